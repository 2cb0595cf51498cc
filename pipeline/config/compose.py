"""Between Hydra and the rest: where configs lie, and what its errors mean to a user."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.config.schema import unknown_key
from pipeline.core.errors import ConfigError
from pipeline.core.resources import resource

if TYPE_CHECKING:
    from omegaconf import DictConfig

CONFIGS = resource("configs")

_DIRECTORY_OPTIONS = ("--config-dir", "-cd")
OPTIONS_WITH_VALUES = (*_DIRECTORY_OPTIONS, "--cfg", "-c", "--package", "-p", "-sc",
                       "--shell-completion", "--config-name", "-cn", "--config-path", "-cp",
                       "--info", "-i")  # fmt: skip
"""Options of Hydra whose value may be the next word."""


def plain(config: DictConfig) -> dict[str, object]:
    """The configuration as dicts and lists, every interpolation resolved.

    Raises:
        ConfigError: a value is missing or refers to nothing.
    """
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    try:
        values = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except OmegaConfBaseException as error:
        key = error.full_key or "configuration"
        raise ConfigError(f"{key} is not set or cannot be resolved; give {key}=VALUE") from error
    assert isinstance(values, dict)
    return {str(key): value for key, value in values.items()}


@contextmanager
def explained(verb: str, overrides: Sequence[str], also: Sequence[str] = ()) -> Iterator[None]:
    """Turn the errors of composing a configuration into one line with the nearest right name, which
    may be one of `also`.

    What Hydra would run by itself on the way is refused here: see `check_hydra_section`.
    """
    from hydra.errors import HydraException, MissingConfigException, OverrideParseException
    from omegaconf.errors import OmegaConfBaseException

    try:
        with _checked_as_it_is_loaded():
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
        known = [*also, *_keys(verb, overrides)]
        raise ConfigError(unknown_key(found[1].split("@")[0], known)) from error


def check_hydra_section(config: DictConfig) -> None:
    """Refuse callbacks and log handlers in `hydra`: Hydra builds them before we see a thing.

    Its launchers and sweepers are left alone, since it takes only installed plug-ins for them.

    Raises:
        ConfigError: names the key, and says how external code is allowed.
    """
    from omegaconf import OmegaConf

    if OmegaConf.select(config, "run.allow_external_code") is True:
        return
    parts = ("handlers", "formatters", "filters", "loggers", "incremental")
    logging = [f"{name}_logging.{part}" for name in ("hydra", "job") for part in parts]
    for key in ("hydra.callbacks", *(f"hydra.{name}" for name in logging)):
        if OmegaConf.select(config, key):
            raise ConfigError(
                f"{key}: Hydra would build this by itself; code from elsewhere runs only with "
                "run.allow_external_code=true"
            )


@contextmanager
def _checked_as_it_is_loaded() -> Iterator[None]:
    # Every way into Hydra (run, --multirun, --cfg, --help) loads the configuration here, and
    # there is no hook between this and the first thing that it builds.
    from hydra._internal.config_loader_impl import ConfigLoaderImpl

    load = ConfigLoaderImpl.load_configuration

    @wraps(load)
    def checked(*arguments: Any, **options: Any) -> DictConfig:
        config = load(*arguments, **options)
        check_hydra_section(config)
        return config

    ConfigLoaderImpl.load_configuration = checked  # type: ignore[method-assign]
    try:
        yield
    finally:
        ConfigLoaderImpl.load_configuration = load  # type: ignore[method-assign]


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


def _keys(verb: str, overrides: Sequence[str]) -> list[str]:
    """Every key and group of the verb's configuration with the groups that the user chose."""
    from omegaconf import OmegaConf

    groups = [path.name for path in CONFIGS.iterdir() if path.is_dir()]
    # The default run name refers to Hydra's own state, so interpolations stay as they are.
    values = OmegaConf.to_container(
        chosen_groups(verb, overrides, config_folders(overrides)), resolve=False
    )
    return [*groups, *_leaves(values, "")]


def chosen_groups(verb: str, words: Sequence[str], folders: Sequence[Path]) -> DictConfig:
    """The verb's configuration with the groups that the words choose, and no other of them; with
    none where they cannot be had. Interpolations stay as they are."""
    from hydra import compose, initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException

    chosen = [word for word in words if "=" in word and is_group(key_of(word), folders)]
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        try:
            return compose(verb, overrides=[*chosen, *search_path(folders)])
        except HydraException:
            return compose(verb)


def is_group(key: str, folders: Sequence[Path]) -> bool:
    """Whether a key of an override chooses a file; `folders` are the user's own configurations."""
    return any((folder / key).is_dir() for folder in (CONFIGS, *folders))


def config_folders(words: Sequence[str]) -> list[Path]:
    """The folders of the user's own configurations, as Hydra is told of them."""
    found = []
    for before, word in zip(["", *words], words, strict=False):
        option, is_joined, value = word.partition("=")
        if is_joined and option in _DIRECTORY_OPTIONS:
            found.append(value)
        elif before in _DIRECTORY_OPTIONS:
            found.append(word)
    return [Path(folder).expanduser().absolute() for folder in found]


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


def _leaves(node: object, prefix: str) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield f"{prefix}{name}"
            yield from _leaves(value, f"{prefix}{name}.")
