"""How configuration becomes objects: typed, checked, and refused with the nearest right name."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from typing import TypeVar, cast

from pydantic import ConfigDict, ValidationError

from pipeline.core.errors import ConfigError
from pipeline.core.secrets import redacted

T = TypeVar("T")

PLUGIN = ConfigDict(extra="forbid", arbitrary_types_allowed=True, coerce_numbers_to_str=True)
"""For `pydantic.dataclasses.dataclass`, which every class named by a `_target_` is."""

RENAMED = {
    "verify": "'selection'",
    "labels": "'gold' for labelled articles, 'topic_labels.path' for topics of your own",
    "labels.path": "'topic_labels.path'",
    "topics": "'topic_labels.path'",
}
"""Keys of former versions, and what they are called now."""

_HYDRA_KEYS = frozenset({"_args_", "_partial_", "_convert_", "_recursive_"})
"""What Hydra's own `instantiate` would obey beside `_target_`. Nothing is built by it here."""


def build(node: Mapping[str, object], key: str, kind: type[T], **shared: object) -> T:
    """The object that a config node with a `_target_` describes.

    `key` is where the node stands, for messages; `shared` replaces values by objects that several
    nodes use, such as the encoder, where the node has such a value.

    What `_target_` may name is for `pipeline.config.targets.check_targets` to say, before this is
    called.

    Raises:
        ConfigError: names the key that is unknown or has a wrong value.
    """
    from hydra.utils import get_object

    values = {name: value for name, value in node.items() if name != "_target_"}
    target = node.get("_target_")
    if not isinstance(target, str):
        raise ConfigError(f"{key}._target_ is missing: name the class, such as pipeline.sources...")
    try:
        named: object = get_object(target)
    except Exception as error:  # whatever importing somebody's module raises
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ConfigError(f"{key}._target_={target}: cannot be imported: {reason}") from error
    if not (inspect.isclass(named) or inspect.isroutine(named)):
        what = type(named).__name__
        raise ConfigError(f"{key}._target_={target}: is a {what}; name a class or a function")
    for name in values:
        if name in _HYDRA_KEYS:
            raise ConfigError(f"{key}.{name}: not obeyed here; `_target_` is called with all keys")
        part = values[name]
        if name in shared:
            values[name] = shared[name]
        elif isinstance(part, Mapping) and "_target_" in part:
            values[name] = build(part, f"{key}.{name}", object)
    # A function is called as a class is.
    built: object = construct(cast("type[object]", named), values, key)
    if not isinstance(built, kind):
        raise ConfigError(f"{key}._target_={target}: makes no {kind.__name__}")
    return built


def construct(cls: type[T], values: Mapping[str, object], key: str) -> T:
    """An instance of a (pydantic) dataclass from plain values, with every error naming its key.

    `key` is where the values stand, empty for the top.
    """
    if is_dataclass(cls):
        known = [field.name for field in fields(cls) if field.init]
        for name in values:
            if name not in known:
                raise ConfigError(unknown_key(_under(key, name), [_under(key, k) for k in known]))
    try:
        return cls(**values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        # pydantic names the kinds that a value could have been of as if they were keys.
        where = _under(key, *(name for part in first["loc"] if "[" not in (name := str(part))))
        if first["type"] == "unexpected_keyword_argument":
            raise ConfigError(unknown_key(where, [])) from error
        shown = redacted({where: first["input"]})[where]
        raise ConfigError(f"{where}={shown!r}: {first['msg']}") from error
    except TypeError as error:
        raise ConfigError(f"{key}: {error}") from error


def _under(key: str, *names: str) -> str:
    return ".".join([key, *names] if key else names)


def unknown_key(wrong: str, known: Iterable[str]) -> str:
    """What to say of a key that is not in the configuration: what an old one is called now, or the
    nearest that there is."""
    if renamed := RENAMED.get(wrong) or RENAMED.get(wrong.partition(".")[0]):
        return f"unknown key {wrong!r}: it is now {renamed}"
    near = get_close_matches(wrong, [key for key in known if key != wrong], n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else "see --cfg job for all keys"
    return f"unknown key {wrong!r}: {hint}"
