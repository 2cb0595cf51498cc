"""Between Hydra and the rest: where configs lie, how one is composed, what its errors mean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pipeline.config.schema import unknown_key
from pipeline.core.errors import ConfigError
from pipeline.core.resources import resource

if TYPE_CHECKING:
    from omegaconf import DictConfig

CONFIGS = resource("configs")

Part = Literal["job", "hydra", "all"]
"""Of a composed configuration: our keys, those of Hydra, both."""


@dataclass(frozen=True)
class Composed:
    """A configuration as Hydra composed it, its own section included."""

    config: DictConfig

    def values(self) -> dict[str, object]:
        """Our keys as dicts and lists, every interpolation resolved.

        Raises:
            ConfigError: a value is missing or refers to nothing.
        """
        from omegaconf import OmegaConf
        from omegaconf.errors import OmegaConfBaseException

        try:
            with _known_to_hydra(self.config):
                values = OmegaConf.to_container(
                    self._part("job"), resolve=True, throw_on_missing=True
                )
        except OmegaConfBaseException as error:
            key = error.full_key or "configuration"
            raise ConfigError(
                f"{key} is not set or cannot be resolved; give {key}=VALUE"
            ) from error
        assert isinstance(values, dict)
        return {str(key): value for key, value in values.items()}

    def shown(self, part: Part, resolve: bool) -> str:
        """A part as YAML, with interpolations resolved or as they stand."""
        from omegaconf import OmegaConf

        with _known_to_hydra(self.config):
            return OmegaConf.to_yaml(self._part(part), resolve=resolve)

    def _part(self, part: Part) -> DictConfig:
        from omegaconf import OmegaConf

        config = self.config.copy()
        OmegaConf.set_struct(config, False)
        for key in list(config):
            if part != "all" and (key == "hydra") != (part == "hydra"):
                del config[key]
        return config


def composed(
    verb: str, words: Sequence[str], folders: Sequence[Path] = (), also: Sequence[str] = ()
) -> Composed:
    """The configuration of `dateline VERB WORDS`, `folders` being the user's own configurations.

    Raises:
        ConfigError: a word is wrong; names the key, and the nearest right one, which may be one of
            `also`.
    """
    from hydra import compose, initialize_config_dir

    words = [*_source_of_path(words), *words]
    with (
        _explained(verb, words, folders, also),
        _hydra_to_ourselves(),
        initialize_config_dir(str(CONFIGS), version_base="1.3"),
    ):
        config = compose(verb, [*words, *search_path(folders)], return_hydra_config=True)
    if config.hydra.get("callbacks"):  # which would never be called
        raise ConfigError("hydra.callbacks: Hydra only composes configurations here; remove them")
    return Composed(config)


def _source_of_path(words: Sequence[str]) -> list[str]:
    """The override for a path whose source is not said: it is found by what lies there."""
    keys = {key_of(word) for word in words}
    has_path = any(key.startswith("source.") for key in keys)
    return ["source=auto"] if has_path and "source" not in keys else []


@contextmanager
def _hydra_to_ourselves() -> Iterator[None]:
    """Whoever calls us from an application of Hydra finds it as it was."""
    from hydra.core.global_hydra import GlobalHydra

    held = GlobalHydra.instance()
    before = held.hydra
    held.clear()
    try:
        yield
    finally:
        held.hydra = before


@contextmanager
def _known_to_hydra(config: DictConfig) -> Iterator[None]:
    """What `${hydra:...}` refers to is this configuration, as long as it lasts."""
    from hydra.core.hydra_config import HydraConfig

    held = HydraConfig.instance()
    before = held.cfg
    held.set_config(config)
    try:
        yield
    finally:
        held.cfg = before


@contextmanager
def _explained(
    verb: str, words: Sequence[str], folders: Sequence[Path], also: Sequence[str]
) -> Iterator[None]:
    """Turn the errors of composing a configuration into one line with the nearest right name."""
    from hydra.errors import HydraException, MissingConfigException, OverrideParseException
    from omegaconf.errors import OmegaConfBaseException

    try:
        yield
    except OverrideParseException as error:
        raise ConfigError(
            f"cannot read the override {error.override!r}: write KEY=VALUE, and quote values with "
            f"special characters, 'KEY=\"a, b\"'"
        ) from error
    except MissingConfigException as error:
        raise ConfigError(_missing_option(error)) from error
    except ValueError as error:
        if "Config group override" not in str(error):
            raise
        raise ConfigError("a group was set to null: switch it off with GROUP=none") from error
    except (HydraException, OmegaConfBaseException) as error:
        found = re.search(r"Could not (?:override|append|delete)[^']*'([^']+)'", str(error))
        if found is None:
            raise ConfigError(str(error).splitlines()[0]) from error
        known = [*also, *_keys(verb, words, folders)]
        raise ConfigError(unknown_key(found[1].split("@")[0], known)) from error


def _missing_option(error: Exception) -> str:
    text = str(error)
    wrong = re.search(r"Could not find '([^']+)'", text)
    options = re.search(r"Available options in '([^']+)':\n((?:\t.*\n?)*)", text)
    if wrong is None or options is None:
        return text.splitlines()[0]
    group, known = options[1], options[2].split()
    name = wrong[1].removeprefix(f"{group}/")
    hint = unknown_key(name, known).partition(": ")[2]
    hint = hint if "mean" in hint else "choose another"
    return f"no {group}={name}; {hint} (there are: {', '.join(known)})"


def _keys(verb: str, words: Sequence[str], folders: Sequence[Path]) -> list[str]:
    """Every key and group of the verb's configuration with the groups that the user chose."""
    from omegaconf import OmegaConf

    groups = [path.name for path in CONFIGS.iterdir() if path.is_dir()]
    # The default run name refers to Hydra's own state, so interpolations stay as they are.
    values = OmegaConf.to_container(chosen_groups(verb, words, folders), resolve=False)
    return [*groups, *keys_below(values)]


def chosen_groups(verb: str, words: Sequence[str], folders: Sequence[Path]) -> DictConfig:
    """The verb's configuration with the groups that the words choose, and no other of them; with
    none where they cannot be had. Interpolations stay as they are."""
    from hydra import compose, initialize_config_dir
    from hydra.errors import HydraException

    words = [*_source_of_path(words), *words]
    chosen = [word for word in words if "=" in word and is_group(key_of(word), folders)]
    with _hydra_to_ourselves(), initialize_config_dir(str(CONFIGS), version_base="1.3"):
        try:
            return compose(verb, overrides=[*chosen, *search_path(folders)])
        except HydraException:
            return compose(verb)


def is_group(key: str, folders: Sequence[Path]) -> bool:
    """Whether a key of an override chooses a file; `folders` are the user's own configurations."""
    return any((folder / key).is_dir() for folder in (CONFIGS, *folders))


def search_path(folders: Sequence[Path]) -> list[str]:
    """The override that has Hydra search the user's own configurations, where there are any."""
    places = ",".join(quoted(f"file://{folder}") for folder in folders)
    return [f"hydra.searchpath=[{places}]"] if places else []


def key_of(word: str) -> str:
    """The key of an override, without what Hydra may have before it or behind it."""
    return word.partition("=")[0].lstrip("+~").partition("@")[0]


def quoted(value: str) -> str:
    """A value that Hydra takes as it stands."""
    # Only before a quote does a backslash need one of its own.
    at_end = "\\" * (len(value) - len(value.rstrip("\\")))
    return "'" + re.sub(r"(\\*)'", r"\1\1\\'", value) + at_end + "'"


def bare_words(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words without a key, such as runs or paths, and the overrides."""
    bare: list[str] = []
    others: list[str] = []
    for word in words:
        # No key has a slash in it: a=b/c is a key with its value, a/b=c a path.
        is_key = "=" in word and "/" not in word.partition("=")[0]
        (bare if word and not is_key and not word.startswith("~") else others).append(word)
    return bare, others


def list_of(values: Sequence[str]) -> str:
    """Values as a list that Hydra takes as it stands."""
    return f"[{','.join(map(quoted, values))}]"


def keys_below(node: object, prefix: str = "") -> Iterator[str]:
    """The dotted keys of a node and of all that is in it."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield f"{prefix}{name}"
            yield from keys_below(value, f"{prefix}{name}.")
