"""Plain text: one article a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.sources.base import BadRecord, Record
from pipeline.sources.files import find_files, read_text

_LONGEST_TITLE = 150
"""Characters. The longest of the headlines in the development data has 124."""


def is_headline(line: str) -> bool:
    """Whether a line reads as a headline: short and without a final full stop.

    A headline may ask or exclaim; only a full stop or an ellipsis marks running text.
    """
    return 0 < len(line) <= _LONGEST_TITLE and not line.endswith((".", "…", ".”", '."', ".’"))


def split_title(text: str) -> tuple[str | None, str]:
    """A first short line without final stop is the title; without one the title is None."""
    first, _, rest = text.strip().partition("\n")
    if is_headline(first.strip()) and rest.strip():
        return first.strip(), rest.strip()
    return None, text.strip()


@dataclass(config=PLUGIN)
class TextSource:
    """Files or folders of plain text, one article a file."""

    path: str | None
    patterns: Sequence[str] = ("**/*.txt", "**/*.txt.gz", "**/*.text")
    encoding: str = "utf-8"

    def identity(self) -> Mapping[str, str]:
        return {"reader": "text-1"}

    def files(self) -> list[Path]:
        return find_files(self.path, self.patterns)

    def records(self) -> Iterator[Record | BadRecord]:
        for file in self.files():
            text = read_text(file, self.encoding)
            if isinstance(text, BadRecord):
                yield text
            else:
                yield from self._records_of(file, text)

    def _records_of(self, file: Path, text: str) -> Iterator[Record]:
        title, body = split_title(text)
        values = {"text": body, "source": file.name}
        yield Record(str(file), values | ({"title": title} if title else {}))
