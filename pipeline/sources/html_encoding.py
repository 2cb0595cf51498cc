"""Bytes of a page as text: as a browser shows it, and where the page is wrong about its encoding,
as its author saw it."""

from __future__ import annotations

import re

from pipeline.sources.encoding import marked_encoding

_LOOKED_AT = 4096
"""Bytes in which a page names its encoding. Browsers look at 1,024; comments may come before."""

_META = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,300}?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.I
)
_TAG = re.compile(rb"<[^>]*>")
_WIDER = {"gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "big5": "big5hkscs"}
"""What pages of an encoding have beyond what Python's codec of its name knows."""
_SEVEN_BITS = frozenset(("iso2022_jp",))
"""Any page in these is valid UTF-8."""
_MOST_STRAY = 0.5
"""Share of the bytes beyond ASCII that may be no UTF-8 in a page of UTF-8: text pasted in from
another encoding. A page in a single-byte encoding has nearly all."""


def decoded(data: bytes, charset: str | None = None) -> str:
    """The text of a page; `charset` is what came with it, such as by HTTP.

    A byte order mark says most. Then comes UTF-8 if the page is valid in it, whatever it says, for
    hardly any other text is; then `charset`, then what the page says, then what it looks like.
    Bytes of another encoding in a page are read as windows-1252.
    """
    marked = marked_encoding(data[:4], "")
    if marked:
        return data.decode(marked, "replace").removeprefix("\ufeff")
    named = [name for label in (charset, _declared(data)) if label and (name := _codec(label))]
    if not _SEVEN_BITS.intersection(named[:1]):
        text, stray = _utf_8(data)
        if stray == 0 or (stray < _MOST_STRAY and (not named or "utf-8" in named)):
            return text
    for name in (*named, _looks_like(data)):
        if name != "utf-8":
            return data.decode(name, "replace")
    return data.decode("cp1252", "replace")


def _declared(data: bytes) -> str | None:
    match = _META.search(data[:_LOOKED_AT])
    return match[1].decode("ascii", "replace") if match else None


def _codec(label: str) -> str | None:
    """The codec that HTML means by a label; none for those that are no encoding of pages, which
    Python has as well."""
    from resiliparse.parse.encoding import map_encoding_to_html5

    name = map_encoding_to_html5(label.strip().lower().replace("latin-", "latin"), False)
    if name is None or name.startswith("utf-16"):  # in ASCII it cannot be true
        return None
    return _WIDER.get(name, name)


def _looks_like(data: bytes) -> str:
    from resiliparse.parse.encoding import detect_encoding

    name = detect_encoding(_TAG.sub(b" ", data)) or "cp1252"
    return _WIDER.get(name, name)


def _utf_8(data: bytes) -> tuple[str, float]:
    """The text in UTF-8, and which share of the bytes beyond ASCII is none."""
    try:
        return data.decode(), 0.0
    except UnicodeDecodeError:
        escaped = data.decode("utf-8", "surrogateescape")
    stray = [char for char in escaped if "\udc80" <= char <= "\udcff"]
    beyond = sum(byte > 127 for byte in data)
    single = _ESCAPED.sub(lambda match: _windows(match[0]), escaped)
    return single, len(stray) / beyond


_ESCAPED = re.compile("[\udc80-\udcff]+")


def _windows(escaped: str) -> str:
    return escaped.encode("ascii", "surrogateescape").decode("cp1252", "replace")
