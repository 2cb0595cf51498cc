"""A command line in parts: overrides of the configuration, and the few options, wherever they
stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast, get_args

from pipeline.config.compose import Part
from pipeline.core.errors import ConfigError

_FLAGS = {
    "-h": "help", "--help": "help", "-m": "multirun", "--multirun": "multirun",
    "--resolve": "resolve", "-q": "quiet", "--quiet": "quiet",
}  # fmt: skip
_VALUED = {"--config-dir": "folder", "-cd": "folder", "--cfg": "cfg", "-c": "cfg"}


@dataclass
class Line:
    """What is behind a verb: `words` without the options, which are

    `folders` (`--config-dir`, more than one may be given), the part of the configuration that is
    only shown (`--cfg`, with `--resolve`), `--help`, `--multirun`, and `--quiet`.
    """

    words: list[str] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    cfg: Part | None = None
    flags: set[str] = field(default_factory=set)


def read_line(words: Sequence[str]) -> Line:
    """The words behind a verb, sorted.

    Raises:
        ConfigError: an option is unknown, or has no value.
    """
    line, waiting = Line(), list(words)
    while waiting:
        word = waiting.pop(0)
        if not word.startswith("-") or word == "-":  # which is standard input
            line.words.append(word)
            continue
        option, is_joined, value = word.partition("=")
        if option in _FLAGS and not is_joined:
            line.flags.add(_FLAGS[option])
        elif option in _VALUED:
            if not is_joined:
                if not waiting:
                    raise ConfigError(f"{option}: what? Give a value behind it")
                value = waiting.pop(0)
            _set(line, _VALUED[option], option, value)
        else:
            known = ", ".join(name for name in (*_FLAGS, *_VALUED, "--debug") if name[1] == "-")
            raise ConfigError(f"no option {word}; there are {known}. Keys are KEY=VALUE")
    return line


def _set(line: Line, name: str, option: str, value: str) -> None:
    if name == "folder":
        folder = Path(value).expanduser().absolute()
        if not folder.is_dir():
            raise ConfigError(f"{option} {value}: no such folder")
        line.folders.append(folder)
    elif value in get_args(Part):
        line.cfg = cast("Part", value)
    else:
        raise ConfigError(f"{option} {value}: is one of {', '.join(get_args(Part))}")
