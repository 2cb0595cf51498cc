"""`dateline models`: what models there are, fetching and checking them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from pipeline.engines.models import ModelCard, card_folder, cards, find_weights, pull, verify
from pipeline.errors import ConfigError

_WIDE = 300


def models_command(words: Sequence[str]) -> int:
    """Run `dateline models WORDS`; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="dateline models", description="The embedded models: list, fetch, check, locate."
    )
    parser.add_argument("action", choices=("list", "pull", "verify", "path"))
    parser.add_argument("name", nargs="?", help="a model card's name; all cards if left out")
    options = parser.parse_args(words)
    if options.action == "path" and not options.name:
        parser.error("path needs a NAME")
    chosen = _chosen(options.name)
    if options.action == "list":
        _list(chosen)
    elif options.action == "path":
        print(find_weights(options.name).path)
    else:
        for card in chosen:
            folder = pull(card) if options.action == "pull" else verify(card)
            print(f"{card.name}: {len(card.files)} files as on the card, in {folder}")
    return 0


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
