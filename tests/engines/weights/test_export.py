"""Models exported for other programs by the command: what comes out loads there, the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tiny
from command import Outcome
from pipeline.engines.weights.models import find_weights
from pipeline.engines.weights.pretrained import load_config, load_model

Command = Callable[..., Outcome]


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATELINE_MODELS", str(tmp_path / "cache"))
    return tiny.write_gguf(tmp_path / "base.gguf")


@pytest.fixture
def lora(base: Path, tmp_path: Path) -> Path:
    return tiny.write_lora(tmp_path / "lora", str(base))


def logits(model: Any) -> Any:
    import torch

    with torch.inference_mode():
        return model(torch.arange(3, 35)[None]).logits


def test_gguf_is_the_file_itself_under_the_name_that_was_given(
    dateline: Command, base: Path, tmp_path: Path
) -> None:
    out = tmp_path / "deep" / "er" / "mine.gguf"
    done = dateline("models", "export", str(base), "--format", "gguf", "--to", str(out))
    assert (done.code, done.out, done.err) == (0, f"{out}\n", "")
    assert out.read_bytes() == base.read_bytes()
    assert list(out.parent.iterdir()) == [out]


def test_gguf_of_an_adapter_is_the_merged_model_named_after_it(
    dateline: Command, lora: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    into = dateline("models", "export", str(lora), "--format", "gguf", "--to", "out")
    here = dateline("models", "export", f"{lora}/", "--format", "gguf")
    assert (into.out, here.out) == ("out/lora.gguf\n", "lora.gguf\n")
    merged = find_weights(str(lora)).path.read_bytes()
    for path in ("out/lora.gguf", "lora.gguf"):
        assert (tmp_path / path).read_bytes() == merged


def test_hf_is_a_folder_that_transformers_loads_by_itself(
    dateline: Command, lora: Path, tmp_path: Path
) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

    done = dateline("models", "export", str(lora), "--format", "hf", "--to", "out")
    assert (done.code, done.out) == (0, "out\n")
    out = tmp_path / "out"
    assert {path.suffix for path in out.iterdir()} <= {".json", ".safetensors", ".jinja", ".txt"}
    assert "quantization_config" not in json.loads((out / "config.json").read_text())
    model = AutoModelForCausalLM.from_pretrained(out, dtype=torch.float32)
    weights = find_weights(str(lora))
    same = load_model(AutoModelForCausalLM, weights, load_config(weights), torch.float32)
    apart = (logits(model) - logits(same)).abs().mean()
    assert apart < 0.02 * logits(same).std()
    tokenizer = AutoTokenizer.from_pretrained(out)
    assert tokenizer.chat_template == tiny.TEMPLATE
    assert tokenizer("a t")["input_ids"] == [tiny.TOKENS.index(t) for t in ("a", "Ġt")]
    settings = GenerationConfig.from_pretrained(out)
    assert settings.eos_token_id == 2


def test_hf_of_a_folder_is_its_files_without_code(
    dateline: Command, lora: Path, tmp_path: Path
) -> None:
    dateline("models", "export", str(lora), "--format", "hf", "--to", "one")
    (tmp_path / "one" / "code.py").write_text("boom")
    assert dateline("models", "export", "one", "--format", "hf", "--to", "two").code == 0
    before, after = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("one", "two")
    )
    del before["code.py"]
    assert before == after
    done = dateline("models", "export", "one", "--format", "gguf")
    assert done.code == 2 and "not a GGUF; give --format hf" in done.message


def test_nothing_is_overwritten_unasked(dateline: Command, base: Path, tmp_path: Path) -> None:
    export = ("models", "export", str(base), "--format")
    (tmp_path / "a.gguf").write_text("mine")
    done = dateline(*export, "gguf", "--to", "a.gguf")
    assert done.code == 2 and "a.gguf: is there already; give --overwrite" in done.message
    assert (tmp_path / "a.gguf").read_text() == "mine"
    assert dateline(*export, "gguf", "--to", "a.gguf", "--overwrite").code == 0
    assert (tmp_path / "a.gguf").read_bytes() == base.read_bytes()

    assert dateline(*export, "hf", "--to", "a.gguf", "--overwrite").code == 2
    mine = tmp_path / "home" / "letters.txt"
    mine.parent.mkdir()
    mine.write_text("mine")
    done = dateline(*export, "hf", "--to", "home", "--overwrite")
    assert done.code == 2 and "a folder with other files" in done.message
    assert mine.read_text() == "mine"

    model = tmp_path / "model"
    model.mkdir()
    assert dateline(*export, "hf", "--to", "model").code == 0
    (model / "old.txt").touch()
    done = dateline(*export, "hf", "--to", "model")
    assert done.code == 2 and "model: is there already; give --overwrite" in done.message
    assert dateline(*export, "hf", "--to", "model", "--overwrite").code == 0
    assert not (model / "old.txt").exists() and (model / "config.json").is_file()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("export",), "export needs a NAME"),
        (("export", "smollm2-135m-instruct"), "export needs --format gguf or hf"),
        (("export", "smollm2-135m-instruct", "--format", "onnx"), "invalid choice: 'onnx'"),
        (("list", "--overwrite"), "are for export"),
        (("export", "no-such-model", "--format", "hf"), "no-such-model: no such model"),
        (
            ("export", "smollm2-135m-instruct", "--format", "gguf", "--to", "a.txt/b.gguf"),
            "b.gguf: cannot be written: ",
        ),
    ],
)
def test_wrong_usage_is_said_in_words(
    dateline: Command, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    (tmp_path / "a.txt").touch()
    done = dateline("models", *words)
    assert done.code == 2 and done.out == "" and said in done.err
