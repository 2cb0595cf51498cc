"""`dateline train-summarizer` on a tiny model: the adapter, its card, going on, mistakes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from command import Outcome
from pipeline.config import compose
from pipeline.core.stopping import Stop
from pipeline.engines.weights.models import find_weights
from pipeline.train.summarizer.batches import Example
from pipeline.train.summarizer.settings import AdapterSettings, TrainSettings
from tiny_words import save_tokenizer

Command = Callable[..., Outcome]


@pytest.fixture
def words(llama: Path, pairs_file: Path) -> list[str]:
    """A command that trains for 2 epochs of 3 steps."""
    return [
        "train-summarizer", f"pairs={pairs_file}", "to=made", f"model={llama}", "training.rank=4",
        "training.batch=2", "max_answer_tokens=8", "rouge_pairs=2",
    ]  # fmt: skip


@pytest.fixture
def trained_on(monkeypatch: pytest.MonkeyPatch) -> list[Example]:
    """What the trainer is given, which then trains nothing."""
    from pipeline.train.summarizer.adapter import AdapterTrainer, State

    given: list[Example] = []

    def train(self: AdapterTrainer, examples: list[Example], *others: object) -> State:
        given.extend(examples)
        self.adapter.mkdir(parents=True)
        return State(1, 1.0, [1.0])

    monkeypatch.setattr(AdapterTrainer, "train", train)
    return given


def composed(*overrides: str) -> dict[str, Any]:
    return compose.composed("train-summarizer", ["pairs=a", "to=b", *overrides]).values()


def test_the_config_states_every_key_and_the_defaults_of_the_class() -> None:
    values = composed()
    assert set(values) == {field.name for field in fields(TrainSettings)}
    assert AdapterSettings(**values["training"]) == AdapterSettings()
    assert set(values["training"]) == {field.name for field in fields(AdapterSettings)}


def test_it_makes_an_adapter_with_a_card_that_the_engines_find(
    dateline: Command,
    words: list[str],
    llama: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATELINE_MODELS", str(tmp_path / "models"))
    done = dateline(*words)
    assert done.code == 0
    assert "made/adapter: use it with summarizer.model=made/adapter" in done.out
    assert "epoch 1: validation loss" in done.err and "ROUGE-Lsum brief" in done.err
    folder = tmp_path / "made" / "adapter"
    card = (folder / "README.md").read_text()
    state = json.loads((tmp_path / "made/checkpoint/state.json").read_text())
    assert state["step"] == 6 and len(state["losses"]) == 2
    for line in (
        "| brief | 3 | train |", "| sentence | 3 | train |", "| brief | 1 | validation |",
        "for 6 steps of 2 pairs, 0.0 hours", f"{state['losses'][1]:.4f}; kept: epoch",
        "Epoch 2, greedy, on held-out pairs: ROUGE-Lsum brief", f"adapter of {llama}",
    ):  # fmt: skip
        assert line in card
    merged = find_weights(str(folder))
    base = find_weights(str(llama))
    assert merged.digest != base.digest and merged.path != base.path
    # The same command has nothing left to do.
    before = (folder / "adapter_model.safetensors").read_bytes()
    assert dateline(*words).code == 0
    assert (folder / "adapter_model.safetensors").read_bytes() == before


def test_stopped_it_says_so_and_goes_on(
    dateline: Command, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.train.summarizer.adapter import AdapterTrainer

    step, stops = AdapterTrainer._step, [Stop()]
    monkeypatch.setattr("pipeline.core.stopping.Stop", lambda: stops[-1])

    def stopping(self: AdapterTrainer, *rest: Any) -> float:
        stops[-1].asked = self.state.step == 1
        return step(self, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(AdapterTrainer, "_step", stopping)
        done = dateline(*words)
    assert done.code == 130
    assert done.message == (
        "dateline: stopped as asked; what is finished is kept, the same command goes on"
    )
    assert json.loads((tmp_path / "made/checkpoint/state.json").read_text())["step"] == 2
    stops.append(Stop())
    assert dateline(*words).code == 0
    assert json.loads((tmp_path / "made/checkpoint/state.json").read_text())["step"] == 6
    other = dateline(*words, "training.rank=8", "prompt='Text: {text}'")
    assert other.code == 2
    assert "made: holds a training with other rank, prompt; name another folder" in other.message


def test_the_model_is_asked_as_it_will_be_and_answers_end(
    dateline: Command, words: list[str], llama: Path, trained_on: list[Example]
) -> None:
    from transformers import AutoTokenizer

    asked = "instructions.sentence='a tram .'"
    assert dateline(*words, "max_source_tokens=12", asked, "prompt='so {text}'").code == 0
    tokenizer = AutoTokenizer.from_pretrained(llama)
    prompt, answer = (tokenizer.decode(ids) for ids in (trained_on[1].prompt, trained_on[1].answer))
    turn = "<|im_end|> <|im_start|> <unk>"
    # Twelve tokens of the article are its first sentence.
    text = "so the mayor of cork said that it was so ."
    assert prompt.split() == f"<|im_start|> <unk> a tram . {turn} {text} {turn}".split()
    assert answer.split() == "a river rose on monday . <|im_end|>".split()


def test_an_answer_that_is_cut_off_has_no_end(
    dateline: Command, words: list[str], trained_on: list[Example]
) -> None:
    assert dateline(*words, "max_answer_tokens=4").code == 0
    assert {len(example.answer) for example in trained_on} == {4}
    assert not any(example.answer[-1] == 5 for example in trained_on)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (["pairs=gone.jsonl"], "gone.jsonl: cannot be read"),
        (["pairs=empty.jsonl"], "empty.jsonl: no pairs in this file"),
        (["pairs=train.jsonl"], "no pair is held out to validate"),
        (["pairs=odd.jsonl"], "pair 1 has the form 'haiku'; tell how it is asked for: +instr"),
        (["model=no-such"], "no-such: no such model"),
        (["model=lora"], "model=lora: is an adapter; make a model of it first"),
        (["start=smollm2-135m-instruct"], "is a whole model and no adapter; give it as model="),
        (["start=gone"], "gone: not a whole .safetensors file: No such file"),
        (["start=smollm2-135m-news"], "made for smollm2-135m-instruct, not for"),
        (["prompt=Summarize"], "prompt has no {text}"),
        (["training.rank=0"], "training.rank=0: Input should be greater than 0"),
        (["training.rnk=2"], "did you mean 'training.rank'"),
        (["+trainin=2"], "unknown key 'trainin': did you mean 'training'?"),
    ],
)
def test_a_mistake_is_said_in_one_line(
    dateline: Command, words: list[str], tmp_path: Path, change: list[str], said: str
) -> None:
    row = {"text": "It rained.", "summary": "Rain.", "form": "brief", "split": "train"}
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "train.jsonl").write_text(json.dumps(row))
    (tmp_path / "odd.jsonl").write_text(json.dumps({**row, "form": "haiku"}))
    (tmp_path / "lora").mkdir()
    (tmp_path / "lora" / "adapter_config.json").write_text("{}")
    done = dateline(*words, *change)
    assert done.code == 2 and said in done.message
    assert done.message.startswith("dateline: ") and not (tmp_path / "made").exists()


@pytest.mark.parametrize(("given", "missing"), [((), "pairs"), (("pairs=a",), "to")])
def test_what_has_no_default_is_asked_for(
    dateline: Command, given: tuple[str, ...], missing: str
) -> None:
    done = dateline("train-summarizer", *given)
    assert done.code == 2 and f"give {missing}=VALUE" in done.message


def test_a_model_that_is_not_causal_is_refused(
    dateline: Command, words: list[str], tmp_path: Path
) -> None:
    from transformers import T5Config, T5ForConditionalGeneration

    folder = tmp_path / "t5"
    T5ForConditionalGeneration(
        T5Config(vocab_size=24, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
    ).save_pretrained(folder)
    save_tokenizer(folder)
    done = dateline(*words, f"model={folder}")
    assert done.code == 2 and "only causal models can be trained" in done.message


def test_a_missing_package_is_said_with_its_extra(
    dateline: Command, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "rouge_score", None)
    done = dateline(*words)
    assert done.code == 2 and "pip install 'dateline[train]'" in done.message
