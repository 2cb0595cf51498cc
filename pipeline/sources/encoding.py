"""Which encoding bytes are in: by their byte order mark, as UTF-8, or by the letters they give."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from pipeline.core.errors import InputError

AUTO = "auto"

LOOKED_AT = 2**20
"""Bytes from the start of a file in which its encoding is found."""

_UTF_8 = "utf-8"
_SAMPLE = 2**15
"""Bytes of lines that are not ASCII that a guess is made from."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks; that of UTF-32 begins as one of UTF-16 does."""

_BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")
_MARKS_OF_PRINT = "’‘“”„‚«»‹›–—…•€£©®°·§ \u00a0"
_WEST = (
    "äöüß", "àâæçéèêëîïôœùûüÿ", "áéíñóúü¿¡ªº", "áâãàçéêíóôõúüªº", "àèéìíîòóù", "áéèëïíóöúü",
    "æøåéèóòô", "åäöé", "áéíóúýþæðö", "àçéèíïóòúü",
)  # fmt: skip
_CENTRAL = ("ąćęłńóśźż", "áäčďéěíĺľňóôŕřšťúůýž", "áéíóöőúüű", "ăâîşţ", "čćđšž")
_LATIN: Mapping[str, Sequence[str]] = {
    "cp1252": _WEST,
    "cp1250": _CENTRAL,
    "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž"),
    "cp1254": ("çğıiöşüâîû",),
    "mac_roman": _WEST,
    "cp850": _WEST,
    "iso8859_2": _CENTRAL,
}
"""Letters beyond ASCII of the languages that are written in each encoding, likelier encodings
first: charset-normalizer takes French and Portuguese of cp1252 for cp1250."""
_OTHERS = ("cp1251", "koi8_r", "cp866", "cp1253", "cp1255", "cp1256", "gb18030", "big5", "cp932",
           "euc_jp", "cp949")  # fmt: skip
"""Encodings of other scripts that news is kept in."""
_MOST_IN_RUNS = 0.8
"""Share of bytes beyond ASCII that stand beside two others: near 0 in Latin letters, and near 1 in
other scripts."""
_LEAST_KNOWN = 0.6
"""Share of characters beyond ASCII that one language of the encoding has."""


def marked_encoding(start: bytes, encoding: str) -> str:
    """What the byte order mark at the start says, else `encoding`; the mark is no text."""
    for mark, marked in _MARKS:
        if start.startswith(mark):
            return marked
    return encoding


def check_encoding(encoding: str) -> None:
    """Refuse an encoding that is not `auto` and that Python does not know.

    Raises:
        InputError: names it.
    """
    try:
        "".encode(_UTF_8 if encoding == AUTO else encoding)
    except LookupError as error:
        raise InputError(
            f"source.encoding={encoding}: no such encoding; e.g. utf-8, cp1252 or utf-16"
        ) from error


def found_encoding(start: bytes) -> str:
    """The encoding of a file by its first `LOOKED_AT` bytes.

    It is UTF-8 where no more lines than not decode as that, of those that are not ASCII: a few of
    another encoding cost themselves.
    """
    marked = marked_encoding(start, _UTF_8)
    if marked != _UTF_8 or start.isascii() or b"\0" in start:
        return marked
    if len(start) >= LOOKED_AT:  # the last character may be cut
        start = start[: max(start.rfind(b"\n"), start.rfind(b" ")) + 1] or start
    lines = [line for line in re.split(rb"[\r\n]+", start) if not line.isascii()]
    decoded = sum(_is_utf_8(line) for line in lines)
    return _UTF_8 if decoded * 2 >= len(lines) else _guessed(b"\n".join(lines)[:_SAMPLE])


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode(_UTF_8)
    except UnicodeDecodeError:
        return False
    return True


def _guessed(sample: bytes) -> str:
    runs = _BEYOND_ASCII.findall(sample)
    in_runs = sum(len(run) for run in runs if len(run) > len("öß"))
    if in_runs <= _MOST_IN_RUNS * sum(map(len, runs)):
        known = {encoding: _known(sample, encoding) for encoding in _LATIN}
        likeliest = max(known, key=lambda encoding: known[encoding])
        if known[likeliest] >= _LEAST_KNOWN:
            return likeliest
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=list(_OTHERS)).best() or from_bytes(sample).best()
    return best.encoding if best else _UTF_8


def _known(sample: bytes, encoding: str) -> float:
    """Share of the characters beyond ASCII that a language written in the encoding has."""
    counts = Counter(sample.decode(encoding, "replace"))
    beyond = {character: count for character, count in counts.items() if ord(character) > 127}
    languages = [frozenset(f"{x}{x.upper()}{_MARKS_OF_PRINT}") for x in _LATIN[encoding]]
    known = [sum(n for c, n in beyond.items() if c in letters) for letters in languages]
    return max(known) / max(sum(beyond.values()), 1)
