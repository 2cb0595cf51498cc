"""A news page saved as text: an article, then, after blank lines, a list of other headlines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.sources.base import Record
from pipeline.sources.text import TextSource, is_headline


def split_page(text: str) -> tuple[str, list[str]]:
    """The article and the headlines after it.

    The list is the longest run of trailing blocks (parted by blank lines) in which every line reads
    as a headline; the first block always belongs to the article. A single closing line is no list
    but a credit or a caption, and stays with the article.
    """
    blocks = [block.strip() for block in re.split(r"\n[^\S\n]*\n\s*", text.strip())]
    first_of_list = len(blocks)
    while first_of_list > 1 and _all_headlines(blocks[first_of_list - 1]):
        first_of_list -= 1
    if first_of_list == 1 and is_headline(blocks[0]):
        first_of_list += 1  # the first block was the title, so the article is the next one
    headlines = [
        line.strip()
        for block in blocks[first_of_list:]
        for line in block.splitlines()
        if line.strip()
    ]
    if len(headlines) < 2:
        return "\n\n".join(blocks), []
    return "\n\n".join(blocks[:first_of_list]), headlines


def _all_headlines(block: str) -> bool:
    return all(is_headline(line.strip()) for line in block.splitlines() if line.strip())


@dataclass(config=PLUGIN)
class PageSource(TextSource):
    """Saved news pages: each gives its article and one headline-only article a listed headline."""

    def identity(self) -> Mapping[str, str]:
        return {"reader": "page-3"}

    def _records_of(self, name: str, text: str) -> Iterator[Record]:
        article, headlines = split_page(text)
        yield from super()._records_of(name, article)
        for number, headline in enumerate(headlines, 1):
            where = f"{name}: headline {number}"
            yield Record(where, {"title": headline, "text": "", "source": Path(name).name})
