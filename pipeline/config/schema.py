"""How configuration becomes objects: typed, checked, and refused with the nearest right name."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from typing import ClassVar, Protocol, TypeVar, cast, runtime_checkable

from pydantic import ConfigDict, ValidationError

from pipeline.core.errors import ConfigError
from pipeline.core.fingerprint import semantic_keys
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

TARGET = "_target_"
"""The key of a node that names the class or function it is built by."""


@runtime_checkable
class Performs(Protocol):
    """A plug-in some of whose fields move speed, memory and patience, and never the result."""

    performance_fields: ClassVar[frozenset[str]]


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
    named = _named(node, key)
    values = {name: value for name, value in node.items() if name != TARGET}
    for name in values:
        if name in _HYDRA_KEYS:
            raise ConfigError(f"{key}.{name}: not obeyed here; `_target_` is called with all keys")
        part = values[name]
        if name in shared:
            values[name] = shared[name]
        elif isinstance(part, Mapping) and TARGET in part:
            values[name] = build(part, f"{key}.{name}", object)
    # A function is called as a class is.
    built: object = construct(cast("type[object]", named), values, key)
    if not isinstance(built, kind):
        lacking = ", ".join(name for name in _wanted(kind) if not hasattr(built, name))
        raise ConfigError(
            f"{key}.{TARGET}={node[TARGET]}: makes no {kind.__name__}"
            + (f": it lacks {lacking}; see docs/plugins.md" if lacking else "")
        )
    return built


def _wanted(kind: type[object]) -> Iterator[str]:
    """What an object of a protocol must have, in the order in which it is written down."""
    for base in reversed(kind.__mro__):
        names = dict.fromkeys((*vars(base), *vars(base).get("__annotations__", ())))
        if getattr(base, "_is_protocol", False):
            yield from (name for name in names if not name.startswith("_") or name == "__call__")


def plugin_keys(node: Mapping[str, object], prefix: str) -> dict[str, object]:
    """The leaves of a config node that decide what comes of its plug-ins: without `_target_`, for a
    plug-in states its name and version itself, and without what each declares performance-only.

    Raises:
        ConfigError: what a `_target_` names cannot be imported.
    """

    def unneeded(part: Mapping[str, object]) -> Collection[str]:
        if TARGET not in part:
            return ()
        named = _named(part, prefix)
        performance = named.performance_fields if isinstance(named, Performs) else ()
        return {TARGET, *performance}

    return semantic_keys(node, prefix, unneeded)


def _named(node: Mapping[str, object], key: str) -> object:
    """The class or function that a node names."""
    from hydra.utils import get_object

    target = node.get(TARGET)
    if not isinstance(target, str):
        raise ConfigError(f"{key}.{TARGET} is missing: name the class, such as pipeline.sources...")
    try:
        named: object = get_object(target)
    except Exception as error:  # whatever importing somebody's module raises
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ConfigError(f"{key}.{TARGET}={target}: cannot be imported: {reason}") from error
    if not (inspect.isclass(named) or inspect.isroutine(named)):
        what = type(named).__name__
        raise ConfigError(f"{key}.{TARGET}={target}: is a {what}; name a class or a function")
    return named


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
