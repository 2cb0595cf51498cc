"""What `dateline VERB --help` prints of a verb with a configuration: its keys and its groups."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.config.compose import CONFIGS, composed, is_group, key_of


def help_of(verb: str, words: Sequence[str], folders: Sequence[Path] = ()) -> str:
    """What `dateline VERB --help` prints: the verb's own keys and its groups, each with the file
    that is chosen; with groups among the words, the files of these alone."""
    asked = [key_of(word) for word in words if "=" in word and is_group(key_of(word), folders)]
    groups = [word for word in words if key_of(word) in asked]
    config = _choices(verb, groups, folders)
    if asked:
        return "\n".join(_option(group, config[group], folders) for group in asked)
    said, _, rest = (CONFIGS / f"{verb}.yaml").read_text(encoding="utf-8").partition("defaults:\n")
    about = "".join(line.removeprefix("# ") for line in said.splitlines(keepends=True))
    parts = [about, "KEY=VALUE of", rest.partition("\n\n")[2].rstrip(), ""]
    if config:
        parts += ["GROUP=OPTION of (the one that is chosen in brackets)", ""]
        parts += [
            f"{group}: {_options(group, chosen, folders)}" for group, chosen in config.items()
        ]
        parts.append("")
        parts += [_option(group, chosen, folders) for group, chosen in config.items() if chosen]
    parts.append(f"The keys of another option: dateline {verb} GROUP=OPTION --help")
    parts.append("All keys with the values that they would have: --cfg job")
    if verb in ("evaluate", "tune"):
        parts.append("Those of the runs: dateline run --help")
    return "\n".join(parts) + "\n"


def _choices(
    verb: str, words: Sequence[str], folders: Sequence[Path]
) -> dict[str, str | list[str] | None]:
    """The groups of a verb in their order, with the option or options that are chosen."""
    config = composed(verb, words, folders).config
    chosen = config.hydra.runtime.choices
    found: dict[str, str | list[str] | None] = {
        name: chosen[name]
        for name in reversed([*map(str, chosen)])
        if "/" not in name and is_group(name, folders)
    }
    several = [name for name in map(str, config) if is_group(name, folders) and name not in found]
    return found | {name: [str(option) for option in config[name] or ()] for name in several}


def _options(group: str, chosen: str | list[str] | None, folders: Sequence[Path]) -> str:
    names = sorted(
        {path.stem for folder in (CONFIGS, *folders) for path in (folder / group).glob("*.yaml")}
    )
    taken = chosen if isinstance(chosen, list) else [chosen]
    return ", ".join(f"[{name}]" if name in taken else name for name in names)


def _option(group: str, chosen: str | list[str] | None, folders: Sequence[Path]) -> str:
    parts = []
    for name in chosen if isinstance(chosen, list) else [chosen]:
        places = [folder / group / f"{name}.yaml" for folder in (CONFIGS, *folders)]
        path = next((place for place in places if place.is_file()), None)
        if path is not None:
            text = path.read_text(encoding="utf-8").rstrip()
            parts.append(f"{group}={name}, keys {group}.KEY:\n{text}\n")
    return "\n".join(parts)
