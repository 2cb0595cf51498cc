"""Mark-up that was left in a text: tags, attributes, comments, scripts, CDATA, Markdown links.

What is a tag is decided here and not by an HTML parser: to a parser, `<name@example.com>`, the
`<b and c>` of "a<b and c>d" and the `<stdio.h>` of a listing are elements, whose words are lost.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 head header hgroup html legend li "
    "main menu nav noscript ol optgroup option p pre section select summary table tbody tfoot "
    "thead title tr ul".split()
)
"""Elements that begin on a line of their own."""
_PARAGRAPHS = _BLOCKS - frozenset("dd dt li option tr".split())
_CELLS = frozenset(("td", "th"))
_VOID = frozenset(
    "area base basefont br col embed frame hr img input link meta param source track wbr".split()
)
_INLINE = frozenset(
    "a abbr acronym applet audio b bdi bdo big blink button canvas cite code colgroup data "
    "datalist del dfn em font i iframe ins kbd label map mark marquee math meter nobr noframes "
    "object output picture progress q rp rt ruby s samp script slot small span strike strong style "
    "sub sup svg template textarea time tt u var video".split()
)
_KNOWN = _BLOCKS | _CELLS | _VOID | _INLINE
_UNSEEN = frozenset(
    "script style template svg math iframe object applet noframes head textarea canvas".split()
)
"""Elements of which a reader sees nothing but the page around them."""
_ROLES = frozenset("system user assistant human instruction instructions prompt sys inst".split())
"""Marks of prompts: `pipeline.text.prompt_injection` wants to see them."""
_FLAGS = (
    "async|autoplay|checked|controls|defer|disabled|hidden|ismap|itemscope|loop|multiple|muted|"
    "nomodule|noshade|nowrap|open|playsinline|readonly|required|reversed|selected|allowfullscreen"
)

_VALUE = r"""(?:"[^"]*+"|'[^']*+'|[^\s"'<>]++)"""
_ATTRIBUTES = (
    rf"(?P<attributes>(?:\s++(?:[\w:@.-]++\s*+=\s*+{_VALUE}|(?:{_FLAGS})(?![\w=-])))*+)\s*+"
)
_TAG = re.compile(
    rf"(?<!<)<(?P<end>/?)(?P<name>[A-Za-z][\w:.-]*+){_ATTRIBUTES}/?>"
    r"|(?P<marker><!\[CDATA\[|\]\]>|<!(?i:doctype)\b[^<>]*+>|<!\[(?:if|endif)\b[^\]<>]*+\]>)"
)
_CUT_OFF = re.compile(
    rf"<(?:{'|'.join(sorted(_KNOWN))})(?:\s+[\w:@.-]+\s*=\s*{_VALUE})*"
    r"""\s+[\w:@.-]+\s*=\s*(?:"[^"<>]*|'[^'<>]*|[^\s"'<>]*)\Z""",
    re.IGNORECASE,
)
"""A tag with attributes in whose midst the text ends."""
_HIDES = re.compile(
    r"""\s(?:hidden(?![\w-])(?!\s*=\s*["']?until)|aria-hidden\s*=\s*["']?true"""
    r"""|style\s*=\s*["'][^"']*(?:display\s*:\s*none|visibility\s*:\s*hidden))""",
    re.IGNORECASE,
)
_SPOKEN_OF = re.compile(
    r"""["'”’)\]]?\s*(?:tags?|elements?|attributes?|blocks?)\b|(?:,|\s(?:and|or))\s*<""",
    re.IGNORECASE,
)
_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "«": "»"}
_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
_CODE_ELEMENTS = frozenset(("code", "pre", "samp", "kbd"))
_LINK = re.compile(
    r"""!?\[(?P<shown>[^\[\]\n]{0,300})\]\((?P<to>(?:https?://|/|mailto:)[^\s()]{0,2000})"""
    r"""(?:\s+"[^"\n]{0,300}")?\)"""
)
_STRONG = re.compile(r"(?<![\w*])\*\*(?=[^\s*])([^*\n]{1,300})(?<=[^\s*])\*\*(?![\w*])")


def without_markup(text: str) -> str:
    """The text that a reader of the page sees, block elements on lines of their own.

    A tag that the text speaks of ("the <b> tag"), code between backticks and all that only looks
    like a tag stay. Takes time linear in the length.
    """
    if "<" in text or "]]>" in text:
        text = _without_tags(text)
    if "](" in text:
        text = _LINK.sub(lambda link: "" if link[0][0] == "!" else link["shown"], text)
    if "**" in text:
        text = _STRONG.sub(r"\1", text)
    return text


def _without_tags(text: str) -> str:
    text = _without(text, "<!--", "-->")
    text = _without(text, "<?xml", "?>")
    text = _without(text, "<?php", "?>")
    tags = _Tags(text).tags
    if not tags and not _CUT_OFF.search(text, max(0, text.rfind("<"))):
        return text
    kept: list[str] = []
    at, last = 0, len(tags)
    skip_to, backticks = _ends_of_unseen(tags), _around_code(tags, text)
    number = 0
    while number < last:
        tag = tags[number]
        kept += [text[at : tag.start()], backticks.get(number) or _in_place_of(tag)]
        at, number = tag.end(), number + 1
        if number - 1 in skip_to:
            number = skip_to[number - 1]
            at = tags[number].start() if number < last else len(text)
    rest = text[at:]
    cut = _CUT_OFF.search(rest, max(0, rest.rfind("<")))
    return "".join([*kept, rest[: cut.start()] if cut else rest])


def _without(text: str, opening: str, closing: str) -> str:
    """The text without all that stands between two marks; an opening one alone stays."""
    if opening not in text or closing not in text:
        return text
    kept, at = [], 0
    while (start := text.find(opening, at)) >= 0:
        end = text.find(closing, start + len(opening))
        if end < 0:
            break
        kept.append(text[at:start])
        at = end + len(closing)
    return "".join([*kept, text[at:]])


class _Tags:
    """The tags of a text that are mark-up."""

    def __init__(self, text: str) -> None:
        self._text = text
        found = list(_TAG.finditer(text))
        spoken_of = [tag for tag in found if not tag["attributes"] and self._is_spoken_of(tag)]
        opened, closed = _names(found, ""), _names(found, "/")
        self._paired = opened & closed
        self._spoken_of = _names(spoken_of, "") - _names(set(found) - set(spoken_of), "")
        self._cdata = "<![CDATA[" in text
        spans = [code.span() for code in _CODE.finditer(text)] if "`" in text and found else []
        self._code_starts = [start for start, _ in spans]
        self._code_ends = list(accumulate((end for _, end in spans), max))
        self.tags = [tag for tag in found if self._is_markup(tag)]

    def _is_markup(self, tag: re.Match[str]) -> bool:
        code = bisect_right(self._code_starts, tag.start()) - 1
        if code >= 0 and tag.start() < self._code_ends[code]:
            return False
        if tag["marker"]:
            return tag["marker"] != "]]>" or self._cdata
        name = tag["name"].lower()
        if tag["attributes"] and name not in _ROLES:
            return True
        if self._is_spoken_of(tag) or (tag["end"] and name in self._spoken_of):
            return False
        if name in _BLOCKS or name in _VOID or name in _CELLS:
            return True
        if name in self._paired and name not in _ROLES:
            return True
        return name in _KNOWN and (bool(tag["end"]) or self._embraces_a_word(tag))

    def _is_spoken_of(self, tag: re.Match[str]) -> bool:
        """Whether the text is about the tag: quoted, or followed by "tag" or "element"."""
        before = self._text[tag.start() - 1 : tag.start()]
        if before and not (before.isspace() or before in "\"'“‘«(["):
            return False
        after = self._text[tag.end() : tag.end() + 1]
        if before in _QUOTES and _QUOTES[before] == after:
            return True
        return bool(_SPOKEN_OF.match(self._text, tag.end()))

    def _embraces_a_word(self, tag: re.Match[str]) -> bool:
        """Whether a lone opening tag stands where a word begins, as no sign of "less" does."""
        before = self._text[tag.start() - 1 : tag.start()]
        after = self._text[tag.end() : tag.end() + 1]
        return not before.isalnum() and after.isalnum()


def _names(tags: Iterable[re.Match[str]], end: str) -> set[str]:
    """The names of opening tags, or of closing ones."""
    return {tag["name"].lower() for tag in tags if tag["name"] and tag["end"] == end}


def _ends_of_unseen(tags: Sequence[re.Match[str]]) -> dict[int, int]:
    """For each opening tag whose content is not shown, the number of the tag that ends it; scripts
    and styles that never end reach to the end of the text, as in a browser."""
    found: dict[int, int] = {}
    waiting: dict[str, list[int]] = {}
    for number, tag in enumerate(tags):
        name = (tag["name"] or "").lower()
        if not name or name in _VOID or tag[0].endswith("/>"):
            continue
        stack = waiting.setdefault(name, [])
        if not tag["end"]:
            stack.append(number)
        elif stack and (opening := stack.pop()) is not None and _is_unseen(tags[opening]):
            found[opening] = number
    for name in ("script", "style"):
        found |= dict.fromkeys(waiting.get(name, [])[:1], len(tags))
    return found


def _around_code(tags: Sequence[re.Match[str]], text: str) -> dict[int, str]:
    """Backticks for the numbers of tags around a listing of mark-up, which is no mark-up."""
    found: dict[int, str] = {}
    opening: int | None = None
    for number, tag in enumerate(tags):
        name = (tag["name"] or "").lower()
        if name not in _CODE_ELEMENTS:
            continue
        if tag["end"] and opening is not None and tags[opening]["name"].lower() == name:
            code = text[tags[opening].end() : tag.start()]
            if "&lt;" in code and "`" not in code:
                lines = "\n" in code
                found |= {opening: "```\n" if lines else "`", number: "\n```" if lines else "`"}
        opening = None if tag["end"] else number
    return found


def _is_unseen(tag: re.Match[str]) -> bool:
    return tag["name"].lower() in _UNSEEN or bool(_HIDES.search(tag["attributes"]))


def _in_place_of(tag: re.Match[str]) -> str:
    if tag["marker"]:
        return ""
    name = tag["name"].lower()
    if name == "br" or name in _BLOCKS - _PARAGRAPHS:
        return "\n"
    if name in _PARAGRAPHS or name == "hr":
        return "\n\n"
    return " " if name in _CELLS or name == "img" else ""
