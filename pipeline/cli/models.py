"""`dateline models`: what models there are, fetching, checking and exporting them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from pipeline.core.errors import ConfigError
from pipeline.engines.weights.cards import ModelCard, card_folder, cards, verify
from pipeline.engines.weights.models import find_weights, pull

if TYPE_CHECKING:
    from pipeline.engines.weights.export import Format

_WIDE = 300


def models_command(words: Sequence[str]) -> int:
    """Run `dateline models WORDS`; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="dateline models",
        description="The embedded models: list, fetch, check, locate, export for other programs.",
    )
    parser.add_argument("action", choices=("list", "pull", "verify", "path", "export"))
    parser.add_argument(
        "name",
        nargs="?",
        help="a model card's name, all cards if left out; export takes a folder or GGUF as well",
    )
    out = parser.add_argument_group("export")
    out.add_argument("--format", choices=("gguf", "hf"), help="hf: as transformers loads it")
    out.add_argument("--to", type=Path, help="file or folder to write; default: NAME here")
    out.add_argument("--overwrite", action="store_true", help="replace what is there")
    options = parser.parse_args(words)
    if options.action in ("path", "export") and not options.name:
        parser.error(f"{options.action} needs a NAME")
    if options.action == "export":
        if options.format is None:
            parser.error("export needs --format gguf or hf")
        _export(options.name, options.format, options.to, options.overwrite)
        return 0
    if options.format or options.to or options.overwrite:
        parser.error("--format, --to and --overwrite are for export")
    chosen = _chosen(options.name)
    if options.action == "list":
        _list(chosen)
    elif options.action == "path":
        print(find_weights(options.name).path)
    else:
        for card in chosen:
            folder = pull(card) if options.action == "pull" else verify(card)
            what = f"{len(card.files)} files as on the card"
            if card.base is not None and options.action == "pull":
                what = f"merged with {card.base}"
            print(f"{card.name}: {what}, in {folder}")
    return 0


def _export(name: str, form: Format, to: Path | None, overwrite: bool) -> None:
    from pipeline.engines.weights.export import export

    weights = find_weights(name)
    ending = ".gguf" if form == "gguf" else ""
    stem = Path(name).expanduser().resolve().name.removesuffix(".gguf")
    print(export(weights, form, to or Path(stem + ending), overwrite))


def _chosen(name: str | None) -> list[ModelCard]:
    known = cards()
    if name is None:
        return list(known.values())
    if name not in known:
        raise ConfigError(f"no model card {name!r}; there are: {', '.join(known)}")
    return [known[name]]


def _list(chosen: Sequence[ModelCard]) -> None:
    table = Table("name", "task", "parameters", "context", "licence", "where")
    for card in chosen:
        folder = card_folder(card)
        where = str(folder) if folder else f"missing: dateline models pull {card.name}"
        size = f"{card.parameters / 1e6:.0f}M"
        table.add_row(card.name, card.task, size, str(card.context_tokens), card.licence, where)
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDE)  # names and paths in a pipe stay whole
    console.print(table)
