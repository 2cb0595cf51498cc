"""Plain text: one article a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path

from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.sources.base import BadRecord, Notes, Record
from pipeline.sources.encoding import AUTO
from pipeline.sources.fetch import Fetching
from pipeline.sources.files import Paths, find_files, read_each
from pipeline.sources.parts import Part

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
class TextSource(Fetching):
    """Files or folders of plain text, one article a file."""

    path: Paths
    patterns: Sequence[str] = ("**/*.txt", "**/*.txt.gz", "**/*.text")
    encoding: str = AUTO
    notes: Notes = field(default_factory=Notes, init=False, repr=False, compare=False)

    def identity(self) -> Mapping[str, str]:
        return {"reader": "text-3"}

    def files(self) -> list[Path]:
        return find_files(self.path, self.patterns, self)

    def read(self) -> Iterator[Record | BadRecord]:
        yield from read_each(self.files(), self.read_part, self)

    def read_part(self, part: Part) -> Iterator[Record | BadRecord]:
        """The article of a file."""
        text = part.text(self.encoding, self.notes)
        if isinstance(text, BadRecord):
            yield text
        else:
            yield from self._records_of(part.name, text)

    def _records_of(self, name: str, text: str) -> Iterator[Record]:
        title, body = split_title(text)
        values = {"text": body, "source": Path(name).name}
        yield Record(name, values | ({"title": title} if title else {}))
