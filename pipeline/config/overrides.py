"""Overrides of the command line whose values are text: they mean what was typed.

Hydra reads `run.name=2024_05_01` as a number and `source.path=news#1.csv` not at all. The type of
the key decides: what a name, an id or a path is given stands as it is, without quotes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from functools import cached_property
from inspect import isfunction
from itertools import product
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Union, get_args, get_origin, get_type_hints

from pipeline.config.compose import chosen_groups, is_group, key_of, quoted
from pipeline.config.targets import resolved_target
from pipeline.core.errors import ConfigError

if TYPE_CHECKING:
    from omegaconf import DictConfig

_OF_HYDRA = ("'", '"', "[", "{")
"""A value that begins so is written for Hydra: quoted, a list or a mapping."""


def as_typed(
    verb: str,
    words: Sequence[str],
    sections: Mapping[str, object],
    sweeps: bool = False,
    folders: Sequence[Path] = (),
) -> list[str]:
    """The overrides of a command line, those values quoted that Hydra would not take as they stand.

    `sections` are the type hints of the keys at the top of the verb's configuration, those of
    plug-ins left out, which say so themselves. With `sweeps` `a,b` are two values. `folders` are of
    the user's own configurations.
    """
    types = _Types(verb, words, sections, folders)
    return [_typed(word, sweeps, types) if "=" in word else word for word in words]


def jobs_of(words: Sequence[str]) -> list[list[str]]:
    """The overrides of each job that overrides with several values mean, the last key changing
    fastest.

    Raises:
        ConfigError: an override is none of Hydra's, or has values without number.
    """
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    choices: list[list[str]] = []
    for word in words:
        try:
            override = OverridesParser.create().parse_override(word)
        except HydraException as error:
            raise ConfigError(f"cannot read {word!r}: {str(error).splitlines()[0]}") from error
        if not override.is_sweep_override():
            choices.append([word])
        elif override.is_discrete_sweep():
            key = override.get_key_element()
            choices.append([f"{key}={value}" for value in override.sweep_string_iterator()])
        else:
            raise ConfigError(f"{word}: any number is for dateline tune; give a few values, a,b,c")
    return [list(job) for job in product(*choices)]


def _typed(word: str, sweeps: bool, types: _Types) -> str:
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    before, _, value = word.partition("=")
    if not value.strip() or "${" in value or value.startswith(_OF_HYDRA) or before[:1] == "~":
        return word
    key = key_of(word)
    literal = f"{before}={quoted(value)}"
    try:
        override = OverridesParser.create().parse_override(word)
        read = None if override.is_sweep_override() else override.value()
    except (HydraException, ValueError):  # Hydra cannot read it
        return literal
    if override.is_sweep_override():
        return literal if not sweeps and types.is_text(key) and not types.is_group(key) else word
    if isinstance(read, str):
        # A backslash is Hydra's escape; but for those it drops only the spaces around a value.
        return word if read == value or "\\" in value else literal
    if isinstance(read, int | float) and not isinstance(read, bool) and str(read) == value:
        return word  # it becomes the same text again
    if read is None and types.may_be_null(key):
        return word
    return literal if types.is_text(key) else word


@dataclass
class _Types:
    """The types of keys, by the classes that take them; composes the configuration where needed."""

    verb: str
    words: Sequence[str]
    sections: Mapping[str, object]
    folders: Sequence[Path]

    def is_text(self, key: str) -> bool:
        """Whether the key takes text, or several, and nothing that could be written otherwise."""
        types = self._of(key)
        return str in types and types <= {str, NoneType, list[str], Sequence[str]}

    def may_be_null(self, key: str) -> bool:
        return NoneType in self._of(key)

    def is_group(self, key: str) -> bool:
        return is_group(key, self.folders)

    def _of(self, key: str) -> frozenset[object]:
        if self.is_group(key):
            return frozenset({str, NoneType})  # `experiment=null` chooses none
        first, *others = key.split(".")
        if first in self.sections:
            return _members(self.sections[first], others)
        return self._in_plugin([first, *others])

    def _in_plugin(self, names: Sequence[str]) -> frozenset[object]:
        """Of a key below a node with a `_target_`: what the class or function takes."""
        from omegaconf import OmegaConf

        for end in range(len(names) - 1, 0, -1):
            key = f"{'.'.join(names[:end])}._target_"
            target = OmegaConf.select(self._config, key, default=None)
            if isinstance(target, str):
                return _members(resolved_target(target, key), names[end:])
        return frozenset()

    @cached_property
    def _config(self) -> DictConfig:
        return chosen_groups(self.verb, self.words, self.folders)


def _members(hint: object, names: Sequence[str]) -> frozenset[object]:
    """The types that a type hint allows, as members of a union, or those of a key below it."""
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    is_union = isinstance(hint, UnionType) or get_origin(hint) is Union
    members = get_args(hint) if is_union else (hint,)
    if not names:
        return frozenset(get_args(m)[0] if get_origin(m) is Annotated else m for m in members)
    below: set[object] = set()
    for member in members:
        arguments = get_args(member)
        if is_dataclass(member) or isfunction(member):
            try:
                inner = get_type_hints(member).get(names[0])
            except NameError:  # a name that is only there for type checkers
                inner = None
            below |= _members(inner, names[1:]) if inner is not None else set()
        elif len(arguments) == 2:  # a mapping
            below |= _members(arguments[1], names[1:])
    return frozenset(below)
