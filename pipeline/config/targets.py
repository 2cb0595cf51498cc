"""Which code a configuration may name by `_target_`: Dateline's own plug-ins, others if allowed.

A `_target_` is called with values of the configuration, so whoever writes it chooses what runs.
Nothing outside this package is imported or looked into here.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import get_type_hints

from pydantic.dataclasses import is_pydantic_dataclass

from pipeline.core.errors import ConfigError

PACKAGE = __name__.partition(".")[0]


def check_targets(config: Mapping[str, object], allow_external: bool) -> None:
    """Refuse a composed configuration that names code which is not Dateline's.

    Dateline's are its plug-ins: the pydantic dataclasses of this package, and its functions that
    say they return one. Other functions of ours are refused as well;
    `pipeline.cli.command.run_command` with a command line of its own would be a way around this
    check.

    Raises:
        ConfigError: names the key, and says how external code is allowed.
    """
    if allow_external:
        return
    for key, target in _targets(config, ""):
        if not isinstance(target, str) or not target:
            raise ConfigError(f"{key}={target!r}: name a class, such as pipeline.sources...")
        if not _is_plugin(resolved_target(target, key)):
            raise ConfigError(
                f"{key}={target}: not a plug-in of Dateline; code from elsewhere runs only with "
                "run.allow_external_code=true (--allow-external-code of verify and retry)"
            )


def _targets(node: object, prefix: str) -> Iterator[tuple[str, object]]:
    """Key and value of every `_target_`, in mappings and lists of any depth."""
    if isinstance(node, Mapping):
        for name, value in node.items():
            key = f"{prefix}.{name}" if prefix else str(name)
            if name == "_target_":
                yield key, value
            else:
                yield from _targets(value, key)
    elif isinstance(node, list | tuple):
        for number, value in enumerate(node):
            yield from _targets(value, f"{prefix}[{number}]")


def resolved_target(target: str, key: str) -> object:
    """What a dotted name stands for; None as soon as it leads out of this package."""
    names = target.split(".")
    if names[0] != PACKAGE or not all(name.isidentifier() for name in names):
        return None
    found: object = import_module(PACKAGE)
    for end, name in enumerate(names[1:], start=2):
        if not _is_ours(found):
            return None
        try:
            if isinstance(found, ModuleType) and name not in vars(found):
                import_module(".".join(names[:end]))
            found = getattr(found, name)
        except (ImportError, AttributeError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise ConfigError(f"{key}={target}: cannot be imported: {reason}") from error
    return found


def _is_ours(found: object) -> bool:
    if isinstance(found, ModuleType):
        module: object = found.__name__
    elif inspect.isclass(found) or inspect.isfunction(found):
        module = found.__module__
    else:
        return False
    return isinstance(module, str) and f"{module}.".startswith(f"{PACKAGE}.")


def _is_plugin(found: object) -> bool:
    if isinstance(found, ModuleType) or not _is_ours(found):
        return False
    if inspect.isfunction(found):
        try:
            found = get_type_hints(found).get("return")
        except NameError:  # a name that is only there for type checkers: no plug-in's factory
            return False
    return inspect.isclass(found) and _is_ours(found) and is_pydantic_dataclass(found)
