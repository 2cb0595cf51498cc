"""Random sequence classifiers of a few thousand weights, saved as a user's folder has them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from string import ascii_lowercase
from typing import Any

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
LETTERS = [*ascii_lowercase, *(f"##{letter}" for letter in ascii_lowercase), *",.;'-0123456789"]
WORDS = ["the", "mayor", "of", "cork", "said", "so", "this", "article", "is", "about", "and"]


def write_classifier(
    folder: Path, labels: Sequence[str], seed: int = 3, limit: int = 64, headless: bool = False
) -> Path:
    """A BERT whose weights are large enough for its labels to differ, and its tokenizer."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertModel, BertTokenizer

    torch.manual_seed(seed)
    vocabulary = [*SPECIAL, *LETTERS, *WORDS]
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=limit,
        initializer_range=0.5,
        num_labels=len(labels),
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
    )
    made = BertModel(config) if headless else BertForSequenceClassification(config)
    made.save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    tokenizer = BertTokenizer(str(folder / "vocab.txt"), model_max_length=limit)
    tokenizer.save_pretrained(folder)
    return folder


def reference(folder: Path) -> tuple[Any, Any]:
    """The same model and tokenizer as transformers loads them."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(folder)
    return model.eval(), AutoTokenizer.from_pretrained(folder)
