"""Which models exist and where their files lie: model cards, digests, the user's cache.

A model is named by a card in `models/`, by a folder, adapter folder or GGUF file, or by a hub id
that is already in the local hub cache. Nothing here loads a model, and nothing goes to the network
but `pull`.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from platformdirs import user_cache_path

from pipeline.config.schema import construct
from pipeline.core.digest import digest_of, digest_of_folder, files_in
from pipeline.core.errors import ConfigError, ModelError
from pipeline.core.resources import resource
from pipeline.engines.weights.adapters import Adapter, is_adapter, read_adapter
from pipeline.engines.weights.gguf_files import gguf_context
from pipeline.engines.weights.merging import merged, merged_digest

_READABLE = (".safetensors", ".gguf")
"""Weight files that cannot carry code. Pickles are never opened."""


@dataclass(frozen=True)
class WheelSource:
    """Files inside an installed package, `folder` below it; `wheel` is the pinned requirement."""

    wheel: str
    package: str
    sha256: str
    folder: str = ""


@dataclass(frozen=True)
class HubSource:
    """Files of a hub repository at a commit; used only from the local hub cache."""

    repo: str
    revision: str


@dataclass(frozen=True)
class ModelCard:
    """What `models/NAME.yaml` says. `files` maps each needed file to its sha256.

    They come from `wheel`, or lie beside the card if it is for an adapter: then `base` names the
    card of the model that it is merged into.
    """

    name: str
    task: str
    licence: str
    parameters: int
    context_tokens: int
    files: Mapping[str, str]
    wheel: WheelSource | None = None
    hub: HubSource | None = None
    base: str | None = None
    notes: str = ""

    @property
    def main_file(self) -> str:
        """The weights."""
        return next(name for name in self.files if name.endswith(_READABLE))


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


def model_cache() -> Path:
    """Where `dateline models pull` puts files: `$DATELINE_MODELS`, else the user's cache."""
    chosen = os.environ.get("DATELINE_MODELS")
    return Path(chosen).expanduser() if chosen else user_cache_path("dateline") / "models"


def cards() -> dict[str, ModelCard]:
    """The shipped model cards by name."""
    found = (load_card(path) for path in sorted(resource("models").glob("*.yaml")))
    return {card.name: card for card in found}


def load_card(path: Path) -> ModelCard:
    """The card in a YAML file.

    Raises:
        ConfigError: a field is unknown or missing.
    """
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    if values.get("wheel"):
        values["wheel"] = construct(WheelSource, values["wheel"], f"{path}: wheel")
    if values.get("hub"):
        values["hub"] = construct(HubSource, values["hub"], f"{path}: hub")
    card = construct(ModelCard, values, str(path))
    if (card.wheel is None) == (card.base is None):
        raise ConfigError(f"{path}: give `wheel`, or `base` if it is the card of an adapter")
    return card


def card_folder(card: ModelCard) -> Path | None:
    """The first source that has all the files: installed wheel, model cache, local hub cache.

    For an adapter the folder of its card; None as well if its base is nowhere.
    """
    if card.base is not None and card_folder(_base_card(card)) is None:
        return None
    for folder in _places(card):
        if all((folder / name).is_file() for name in card.files):
            return folder
    return None


def _base_card(card: ModelCard) -> ModelCard:
    known = cards()
    if card.base not in known or known[card.base].base is not None:
        raise ModelError(f"model card {card.name}: its base {card.base!r} is no card of a model")
    return known[card.base]


def _places(card: ModelCard) -> list[Path]:
    if card.wheel is None:
        return [resource("models")]
    places = []
    # Looked up without importing: the packages themselves would drag in what is not wanted here.
    package = importlib.util.find_spec(card.wheel.package)
    if package is not None and package.submodule_search_locations:
        places.append(Path(package.submodule_search_locations[0]) / card.wheel.folder)
    places.append(model_cache() / card.name)
    if card.hub is not None:
        from huggingface_hub.constants import HF_HUB_CACHE

        repo = "models--" + card.hub.repo.replace("/", "--")
        places.append(Path(HF_HUB_CACHE) / repo / "snapshots" / card.hub.revision)
    return places


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


def verify(card: ModelCard) -> Path:
    """The first folder with the card's files as it says, every digest compared, the base's too.

    Raises:
        ModelError: a file is missing or another one than the card says.
    """
    if card.base is not None:
        verify(_base_card(card))
    wrong: ModelError | None = None
    for folder in _places(card):
        if not all((folder / name).is_file() for name in card.files):
            continue
        try:
            for name in card.files:
                _check_digest(card, name, folder / name)
            return folder
        except ModelError as error:
            wrong = wrong or error  # a later place may have the right one
    raise wrong or ModelError(f"model {card.name} is missing; {_way_out(card)}")


def _way_out(card: ModelCard) -> str:
    if card.wheel is None:
        return "install Dateline again, it comes with it"
    return f"fetch it: dateline models pull {card.name}"


def _check_digest(card: ModelCard, name: str, path: Path) -> None:
    actual, expected = digest_of(path), card.files[name]
    if actual != expected:
        raise ModelError(
            f"{path}: sha256 {actual[:12]}... is not {expected[:12]}... of model card {card.name}; "
            f"not loaded; {_way_out(card)}"
        )


def pull(card: ModelCard) -> Path:
    """Fetch the card's wheel by pip, without its dependencies, and keep only the files needed.

    An adapter has its base fetched, where that is not here, and is merged. Returns the folder in
    the model cache. Raises `ModelError` when pip fails or a digest differs.
    """
    if card.wheel is None:
        base = _base_card(card)
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
                _check_digest(card, name, part)
                part.replace(target / name)
    return target


def _from_card(card: ModelCard) -> Weights:
    folder = verify(card)
    file = folder / card.main_file
    if card.base is not None:
        return _merged(card.name, _from_card(_base_card(card)), read_adapter(file))
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
