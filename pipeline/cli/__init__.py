"""The `dateline` command."""

from pipeline.cli.command import main

__all__ = ["main"]
