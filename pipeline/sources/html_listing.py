"""Pages that are lists of links to articles: front pages, sections, tags, archives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_HEADLINE = 20
"""Characters of a link that may be a headline; 8 in scripts that write without spaces."""
_FEWEST = 8
"""Headlines of a list. Articles have as many below them, but none of their text in between."""
_LONGEST_TEASER = 600
"""Characters of a block with a headline and what it says of the story."""
_MOST_LISTED = 0.6
"""Share of the text of an article that may stand in such blocks."""
_ENOUGH = 300
"""Characters of text that are more than what stands above a list of mere links."""
_LEVELS = 3
"""Elements around the link of a headline up to its block."""


def is_listing(text: str, tree: HtmlElement) -> bool:
    """Whether the `text` that was taken from a page is the text of a list of links."""
    headlines = {}
    for link in tree.iter("a"):
        headline = _text(link)
        if link.get("href") and _is_headline(headline):
            headlines[link] = headline
    if len(headlines) < _FEWEST:
        return False
    lines = [line.removeprefix("- ") for line in text.splitlines() if line.strip()]
    length = sum(map(len, lines))
    if length < _ENOUGH and length < sum(map(len, headlines.values())):
        return True
    listed = "\n".join(_blocks(headlines))
    return sum(len(line) for line in lines if line in listed) > _MOST_LISTED * length


def _is_headline(text: str) -> bool:
    return len(text) >= _HEADLINE or (len(text) >= 8 and " " not in text and not text.isascii())


def _blocks(headlines: dict[HtmlElement, str]) -> Iterator[str]:
    """The text around each headline, up to where another one is."""
    counts: dict[HtmlElement, int] = {}
    around = {}
    for link in headlines:
        around[link] = [link, *(link.iterancestors())][: _LEVELS + 1]
        for element in around[link]:
            counts[element] = counts.get(element, 0) + 1
    for elements in around.values():
        alone = [element for element in elements if counts[element] == 1]
        block = _text(alone[-1])
        if len(block) <= _LONGEST_TEASER:
            yield block


def _text(element: HtmlElement) -> str:
    return " ".join(" ".join(element.itertext()).split())
