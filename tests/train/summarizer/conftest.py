"""A tiny random Llama with a chat template, as a folder, and pairs to train it on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tiny_words import SPECIAL, WORDS, save_tokenizer


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(7)
    folder = tmp_path_factory.mktemp("llama")
    LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(SPECIAL) + len(WORDS), hidden_size=32, intermediate_size=32,
            num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
            max_position_embeddings=256, pad_token_id=0, bos_token_id=1, eos_token_id=2,
            initializer_range=0.3,  # else its frozen output layer can say nothing with certainty
        )
    ).save_pretrained(folder)  # fmt: skip
    save_tokenizer(folder)
    return folder


@pytest.fixture
def pairs_file(tmp_path: Path) -> Path:
    """Six pairs to train on, two held out."""
    path = tmp_path / "pairs.jsonl"
    with path.open("w") as out:
        for n in range(8):
            text = f"the mayor of cork said that it was so . {WORDS[n]} river rose on monday ."
            row = {"id": str(n), "text": text, "summary": f"{WORDS[n]} river rose on monday ."}
            split = "train" if n < 6 else "validation"
            out.write(json.dumps({**row, "form": ("brief", "sentence")[n % 2], "split": split}))
            out.write("\n")
    return path
