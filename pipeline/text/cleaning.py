"""A text as its reader sees it: characters repaired, mark-up and invisible characters gone, broken
lines joined. Cleaning twice is the same as once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import ftfy
from ftfy.badness import is_bad

from pipeline.text.entities import decoded, flattened, without_references
from pipeline.text.invisible import without_invisible
from pipeline.text.markup import without_markup
from pipeline.text.unwrap import Names, joined_lines

_BLANK_LINES = re.compile(r"\n{3,}")

_PLAIN_LINE = re.compile(r"[!-%'-)+-;=-Z^-~]++(?: [!-%'-)+-;=-Z^-~]++)*+")
"""A line in which there is nothing to clean: printable ASCII without what mark-up begins with."""

_FTFY = ftfy.TextFixerConfig(
    uncurl_quotes=False, fix_latin_ligatures=False, normalization="NFC", unescape_html=False
)
"""Mojibake, control characters and line ends are mended; typography is the author's own. Character
references are ours: ftfy takes quadratic time where they are nested."""

_MAYBE_MOJIBAKE = re.compile(r"[^\x00-\x7f]+")
_SUSPECT_ALONE = frozenset("\u0152\u0153ÂÃ")
"""One character outside ASCII by itself, but for these, is nothing that `ftfy.badness` knows."""
_ALWAYS_MENDED = re.compile(r"[\x80-\x9fÂÃ\uff01-\uffef]")
"""These ftfy judges by where a line begins, or always changes."""
_MENDED = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u3000\ufeff\uff01-\uffef\ufff9-\uffff\ud800-\udfff]"
    r"|[\u206a-\u206f]"
)
"""What ftfy always changes: control characters, line ends of other systems, full-width forms."""

_ROUNDS = 4
"""As often a text may be escaped, and mark-up stand in mark-up, to be read as what it was."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A clean text; `repaired` where mark-up went or lines were joined, so that it reads otherwise
    than what came."""

    text: str
    repaired: bool


def cleaned_text(text: str, names: Names = frozenset) -> Cleaned:
    """Unicode repaired, mark-up and invisible characters gone, broken lines joined, runs of spaces
    and blank lines folded; paragraphs, lists and verse keep their lines.

    `names` gives names that no line ends within (`unwrap.joined_lines`).
    """
    return _settled(text, lambda repaired: joined_lines(repaired, names), _paragraphs)


def cleaned_line(text: str) -> Cleaned:
    """As `cleaned_text`, on one line."""
    if not text or _PLAIN_LINE.fullmatch(text):
        return Cleaned(text, False)
    return _settled(text, lambda repaired: repaired, lambda joined: " ".join(joined.split()))


def _settled(text: str, join: Callable[[str], str], fold: Callable[[str], str]) -> Cleaned:
    """Cleaned until nothing more is found, so that doing it twice is the same.

    Once is not enough: ftfy judges a line as a whole, and a line that lost a no-break space, or
    that was two until now, may be mojibake where it was none. Clean text is looked at once.
    """
    # Half a surrogate pair is legal in JSON and in Python, and nowhere else.
    text, repaired, rounds = text.encode("utf-8", "replace").decode("utf-8"), False, 0
    while True:
        rounds += 1
        plain = _without_markup(text, rounds)
        seen = without_invisible(_mended(decoded(plain)))
        joined = join(seen)
        done = fold(joined)
        if done == text:
            return Cleaned(done, repaired)
        repaired |= plain != text or joined != seen
        text = done


def _mended(text: str) -> str:
    """As `ftfy.fix_text`, which is asked only where something looks broken: it takes half a
    millisecond for an article in which it finds nothing."""
    is_printable = text.replace("\n", "").isprintable()  # faster than the pattern
    if (not is_printable and _MENDED.search(text)) or not unicodedata.is_normalized("NFC", text):
        return ftfy.fix_text(text, _FTFY)
    if not text.isascii():
        for run in _MAYBE_MOJIBAKE.finditer(text):
            if len(run[0]) == 1 and run[0] < "\uff01" and run[0] not in _SUSPECT_ALONE:
                continue
            start, end = max(0, run.start() - 2), run.end() + 2
            if _ALWAYS_MENDED.search(run[0]) or is_bad(text[start:end]):
                return ftfy.fix_text(text, _FTFY)
    return text


def _without_markup(text: str, rounds: int) -> str:
    """The text without mark-up; past `_ROUNDS`, without what escapes or nests it again and again,
    and in the end without anything that could be mark-up, so that an end there is."""
    if "<" not in text and "&" not in text and "](" not in text and "**" not in text:
        return text
    if rounds > _ROUNDS:
        text = flattened(text)
    if rounds > 2 * _ROUNDS:
        text = without_references(text).replace("<", "‹").replace("](", "] (")
    return without_markup(text)


def _paragraphs(text: str) -> str:
    lines = map(_folded, text.split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def _folded(line: str) -> str:
    if line.isprintable() and "  " not in line:
        return line.strip()
    return " ".join(line.split())
