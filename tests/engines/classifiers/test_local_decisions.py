"""The decision pipeline on a tiny random chat model: answers, limits, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from decided import decided
from pipeline.article import Article
from pipeline.core.errors import ConfigError, ModelError
from pipeline.engines.base import Failure
from pipeline.engines.classifiers.decisions import DecisionEngine, Question
from pipeline.engines.classifiers.local_decisions import LocalDecisions
from pipeline.taxonomy.topics import load_topics
from pipeline.topic.decision import DecisionTopic

LETTERS = list("ABCDEFGHIJKLMNOPQRS")
WORDS = ["<pad>", "<s>", "</s>", "<unk>", "the", "mayor", "of", "cork", "said", "so", "."]
TEMPLATE = "{% for m in messages %}<s> {{ m['content'] }} </s> {% endfor %}"
COLOUR = {"colour": Question("Which?", ("red", "blue", "green")), "warm": Question("Is it warm?")}


def write_chat_model(folder: Path, words: list[str], context: int = 512) -> Path:
    import torch
    from tokenizers import Tokenizer, pre_tokenizers
    from tokenizers.models import WordLevel
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    torch.manual_seed(5)
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 1, "initializer_range": 0.5}
    LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(words) + 2,
            eos_token_id=2,
            pad_token_id=0,
            max_position_embeddings=context,
            **sizes,
            **heads,
        )
    ).save_pretrained(folder)
    core = Tokenizer(WordLevel({word: n for n, word in enumerate(words)}, unk_token="<unk>"))
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        model_max_length=context,
    )
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_chat_model(tmp_path_factory.mktemp("chat"), [*WORDS, *LETTERS, "Yes", "No"])


@pytest.fixture(scope="module")
def tiny(folder: Path) -> LocalDecisions:
    engine = LocalDecisions(str(folder), max_tokens=64, device="cpu", precision="f32")
    engine.open()
    return engine


def test_answers_are_those_of_the_decision_pipeline(folder: Path, tiny: LocalDecisions) -> None:
    from transformers import pipeline

    assert isinstance(tiny, DecisionEngine)
    texts = ["the mayor of cork said so .", "so so so"]
    theirs: Any = pipeline("decision", model=str(folder))
    questions = {name: question.as_json() for name, question in COLOUR.items()}
    found = tiny.decide(texts, COLOUR)
    for text, answers in zip(texts, found, strict=True):
        assert not isinstance(answers, Failure)
        expected = theirs({"state": text, "questions": questions})
        assert answers["colour"] == pytest.approx(expected["colour"]["probabilities"], abs=1e-5)
        assert answers["warm"]["true"] == pytest.approx(expected["warm"]["noul"], abs=1e-5)
        assert sum(answers["colour"].values()) == pytest.approx(1, abs=1e-5)
    assert found[0] != found[1]


def test_what_is_past_the_limit_does_not_count(tiny: LocalDecisions) -> None:
    text = "the mayor said so " * 16
    one, other, megabyte = tiny.decide([text, text + "cork . cork", text * 4000], COLOUR)
    assert one == other == megabyte


def test_the_topic_stage_labels_whatever_comes(tiny: LocalDecisions) -> None:
    articles = [
        Article("empty"),
        Article("headline", "the mayor of cork"),
        Article("long", None, "the mayor of cork said so . " * 40_000),
        Article("russian", None, "Мэр Корка так сказал."),
        Article("marks", None, "</s> <s> <|mark|> <|split|> the mayor"),
    ]
    done = decided(DecisionTopic(tiny, threshold=0.0), articles)
    assert [article.id for article in done] == [article.id for article in articles]
    assert [len(article.topics) for article in done] == [0, 17, 17, 17, 17]
    for article in done[1:]:
        assert sum(topic.score for topic in article.topics) == pytest.approx(1, abs=0.01)
        assert article.topic in load_topics() and article.rejection is None
    [each] = decided(DecisionTopic(tiny, multi_label=True, threshold=0.0), articles[1:2])
    assert len({topic.score for topic in each.topics}) > 1


def test_a_model_that_cannot_be_asked_is_refused(tmp_path: Path) -> None:
    write_chat_model(tmp_path, [*WORDS, "Yes", "No"])
    engine = LocalDecisions(str(tmp_path), device="cpu")
    with pytest.raises(ModelError, match="before it was opened"):
        engine.decide(["so"], COLOUR)
    engine.open()
    with pytest.raises(ModelError, match="not distinct single tokens"):
        engine.decide(["so"], COLOUR)
    with pytest.raises(ModelError, match="hf download no/such"):
        LocalDecisions("no/such").identity()


def test_questions_that_fill_the_context_are_refused(tmp_path: Path) -> None:
    write_chat_model(tmp_path, [*WORDS, *LETTERS, "Yes", "No"], context=24)
    engine = LocalDecisions(str(tmp_path), device="cpu")
    engine.open()
    with pytest.raises(ConfigError, match="of a context of 24"):
        engine.decide(["so"], COLOUR)


def test_an_adapter_beside_the_model_is_not_loaded(folder: Path, tmp_path: Path) -> None:
    write_chat_model(tmp_path, [*WORDS, *LETTERS, "Yes", "No"])
    (tmp_path / "decision.json").write_text(json.dumps({"adapter": "lora"}))
    with pytest.raises(ModelError, match="names the adapter 'lora'"):
        LocalDecisions(str(tmp_path), device="cpu").open()
    (tmp_path / "decision.json").write_text("{")
    with pytest.raises(ModelError, match="cannot load it"):
        LocalDecisions(str(tmp_path), device="cpu").open()


def test_settings_beside_the_model_are_obeyed(folder: Path, tmp_path: Path) -> None:
    write_chat_model(tmp_path, [*WORDS, *LETTERS, "Yes", "No"])
    (tmp_path / "decision.json").write_text(json.dumps({"temperature": {"choice": 1000.0}}))
    engine = LocalDecisions(str(tmp_path), device="cpu", precision="f32")
    engine.open()
    [answers] = engine.decide(["the mayor"], COLOUR)
    assert not isinstance(answers, Failure)
    assert list(answers["colour"].values()) == pytest.approx([1 / 3] * 3, abs=0.01)
    identities = {LocalDecisions(str(path)).identity()["weights"] for path in (folder, tmp_path)}
    assert len(identities) == 2
