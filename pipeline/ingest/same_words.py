"""The words of a text, however they are set, by which two copies of it are known.

Words alone are compared, so that it holds where the text still has other quotes, invisible
characters, entities or tags. What changes the meaning of a number stays: its sign, its point, its
unit of money or per cent.
"""

from __future__ import annotations

import html
import re
import unicodedata

_SCRIPTS = re.compile(r"<!--.*?-->|<(script|style)\b[^<>]*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(
    r"""</?(?P<name>a|abbr|acronym|article|aside|b|big|blockquote|body|br|button|caption|center|cite
    |code|dd|del|div|dl|dt|em|embed|figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|i
    |iframe|img|input|ins|label|li|link|main|mark|meta|nav|noscript|object|ol|option|p|picture|pre|q
    |s|section|select|small|source|span|strike|strong|sub|summary|sup|svg|table|tbody|td|tfoot|th
    |thead|time|title|tr|u|ul|video|wbr)(?=[\s/>])(?:"[^"<]*"|'[^'<]*'|[^'"<>])*>""",
    re.VERBOSE | re.IGNORECASE,
)
_INLINE = frozenset(
    "a abbr acronym b big cite code del em font i ins mark q s small span strike strong sub sup u "
    "wbr time".split()
)
"""Tags that part no words: `<b>T</b>he` is one word."""

_MINUS, _POINT, _COMMA = "\1", "\2", "\3"
"""Of a number, while all other punctuation goes."""
_IN_NUMBER = re.compile(r"[-.,·\u2010-\u2014\u2212](?=[$€£¥]?\.?\d)")
_RAISED = re.compile(r"(?<=\d)(?=[\u00b2\u00b3\u00b9\u2070-\u2079\u2080-\u2089])")
_SPACING = re.compile(r"[\u00a0\u00ab\u00bb\u2000-\u200a\u2010-\u2029\u202f\u2031-\u205f\u3000]")
_FREQUENT = "’‘“”–—\u00a0"
"""Of them, the ones that most texts have; replacing them is faster than a pattern."""
_UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]")
"""With these two gone most English texts are ASCII, of which the rest is five times as fast."""
_KEPT_SIGNS = frozenset("%‰+°" + _MINUS + _POINT + _COMMA)
_APOSTROPHES = frozenset("\u02b9\u02ba\u02bb\u02bc\u02bd\u02be\u02bf\u02c8")
"""Letters, by Unicode, that are written as apostrophes."""


class _Letters(dict[int, str | None]):
    """What becomes of each character: letters, marks and digits stay, spaces and punctuation part
    words, what cannot be seen goes."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        kind = unicodedata.category(character)
        kept: str | None = " "
        if character in _APOSTROPHES:
            kept = " "
        elif kind[0] in "LMN" or kind == "Sc" or character in _KEPT_SIGNS:
            kept = character
        elif kind == "Cf" or (kind == "Cc" and not character.isspace()):
            kept = None
        self[code] = kept
        return kept


_LETTERS = _Letters()
_BYTES = bytes(ord(_LETTERS[code] or " ") for code in range(256))
_GONE = bytes(code for code in range(256) if _LETTERS[code] is None)
"""The same of Latin-1, where it takes a fiftieth of the time."""


def words_of(text: str) -> str:
    """The words of a text in lower case, parted by single spaces."""
    if "&" in text:
        text = html.unescape(html.unescape(text))
    if "<" in text:
        text = _TAG.sub(_parting, _SCRIPTS.sub(" ", text))
    text = _IN_NUMBER.sub(_sign, text)
    if not text.isascii():
        for mark in _FREQUENT:
            text = text.replace(mark, " ")
    if not text.isascii():
        text = _UNSEEN.sub("", _SPACING.sub(" ", text))
    if not text.isascii():
        # NFKC makes a space with an accent of the accent that stands for an apostrophe, and 102 of
        # ten squared.
        text = _RAISED.sub(" ", text.replace("\u00b4", "'"))
        text = unicodedata.normalize("NFKC", text)
    text = text.casefold()
    try:
        text = text.encode("latin-1").translate(_BYTES, _GONE).decode("latin-1")
    except UnicodeEncodeError:
        text = text.translate(_LETTERS)
    return " ".join(text.split())


def _sign(mark: re.Match[str]) -> str:
    """A minus or a decimal point as such, a dash or a comma as what parts words."""
    before = mark.string[mark.start() - 1 : mark.start()]
    if mark[0] in ".,·":
        inside = before.isdigit() or (mark[0] != "," and not before.strip())
        return (_COMMA if mark[0] == "," else _POINT) if inside else " "
    return " " if before.isalnum() or before in (")", "]", "%") else _MINUS


def _parting(tag: re.Match[str]) -> str:
    return "" if tag["name"].lower() in _INLINE else " "
