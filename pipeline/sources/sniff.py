"""Which format a file has, by its first bytes and, where they do not tell, by its name."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

Kind = Literal["html", "feed", "warc", "json", "csv", "xlsx", "ninjs", "newsml", "parquet", "text"]

HEAD = 64 * 2**10
"""Bytes that are looked at."""


@dataclass(frozen=True, slots=True)
class NoFormat:
    """Why a file is of no format that is read, with the way out."""

    reason: str


_MAGIC: tuple[tuple[bytes, Kind | NoFormat], ...] = (
    (b"PAR1", "parquet"),
    (b"WARC/", "warc"),
    (b"%PDF", NoFormat("a PDF; save its text, for example with pdftotext")),
    (b"\x1f\x8b", NoFormat("packed by gzip, which its name does not say; add .gz to it")),
    (b"BZh", NoFormat("packed by bzip2, which its name does not say; add .bz2 to it")),
    (b"\xfd7zXZ", NoFormat("packed by xz, which its name does not say; add .xz to it")),
    (b"\x28\xb5\x2f\xfd", NoFormat("packed by zstd, which its name does not say; add .zst to it")),
    (b"7z\xbc\xaf", NoFormat("a 7z archive; unpack it, or pack it as zip or tar")),
    (b"Rar!", NoFormat("a rar archive; unpack it, or pack it as zip or tar")),
    (b"\xd0\xcf\x11\xe0", NoFormat("an old Office document; save it as .xlsx, .csv or .txt")),
    (b"SQLite format 3", NoFormat("a SQLite database; export the table as CSV")),
    (b"\x89PNG", NoFormat("an image")),
    (b"\xff\xd8\xff", NoFormat("an image")),
    (b"GIF8", NoFormat("an image")),
    (b"\x7fELF", NoFormat("a program")),
)
_ZIPPED: dict[bytes, Kind | NoFormat] = {
    b"xl/": "xlsx",
    b"word/": NoFormat("a Word document; save it as .txt or .html"),
    b"mimetypeapplication/epub": NoFormat("an e-book; save its chapters as .html"),
}
_ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)")
_BEFORE_ROOT = re.compile(
    r"\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>)", re.S | re.I
)
_ROOTS: dict[str, Kind] = {
    "rss": "feed", "feed": "feed", "rdf": "feed", "html": "html", "head": "html", "body": "html",
    "newsitem": "newsml", "newsmessage": "newsml", "packageitem": "newsml", "nitf": "newsml",
}  # fmt: skip
_HTML_TAGS = frozenset("div p a span script style title meta link table article main section h1 "
                       "h2 ul br b i em strong header nav".split())  # fmt: skip
_HTML_NAMES = frozenset((".html", ".htm", ".xhtml", ".shtml", ".php", ".asp", ".aspx"))
_TABLE_NAMES = frozenset((".csv", ".tsv", ".tab", ".psv"))
_JSON_NAMES = frozenset((".json", ".jsonl", ".ndjson", ".jl"))
_TEXT_NAMES = frozenset((".txt", ".text", ".md", ""))
_NINJS = re.compile(
    r'"(?:body_text|body_xhtml|bodies|versioncreated|versionCreated|headlines)"\s*:'
)
_NINJS_OF = re.compile(r'"(?:uri|standard|\$standard)"\s*:')
_JSON_FEED = re.compile(r'"version"\s*:\s*"https?:(?:\\?/){2}jsonfeed\.org')
_DELIMITERS = ",;\t|"
_FEWEST_LINES = 3
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def kind_of(name: str, head: bytes) -> Kind | NoFormat:
    """The format of a file; `name` has lost the ending of its compression, `head` are its first
    `HEAD` bytes, unpacked.

    Markup is never text: what begins with a tag is HTML, a feed or NewsML, or of no format.
    """
    suffix = PurePath(name).suffix.lower()
    for magic, found in _MAGIC:
        if head.startswith(magic):
            return found
    if head.startswith(b"PK\x03\x04"):
        return next((found for mark, found in _ZIPPED.items() if mark in head), _ARCHIVE)
    text = _decoded(head)
    if text is None:
        return NoFormat("neither text nor a format that is read; convert it, or remove it")
    text = text.lstrip("\ufeff \t\r\n")
    if not text:
        return "text"
    if text.startswith("<"):
        return _markup(text, suffix)
    if text[0] in "{[" and (suffix in _JSON_NAMES or _is_json(text)):
        return _json(text)
    if suffix in _TABLE_NAMES:
        return "csv"
    if suffix in _HTML_NAMES:
        return "html"
    if suffix in _TEXT_NAMES:
        return "csv" if suffix == "" and _is_table(text) else "text"
    if _is_table(text):
        return "csv"
    return "text"


_ARCHIVE = NoFormat("an archive in an archive; unpack it")


def _decoded(head: bytes) -> str | None:
    """The beginning as text, whatever its encoding; None for what is none."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace")
    return None if _CONTROL.search(head) else head.decode("utf-8", "replace")


def _markup(text: str, suffix: str) -> Kind | NoFormat:
    is_doctype_html = text[:15].lower().startswith("<!doctype html")
    rest = text
    while (before := _BEFORE_ROOT.match(rest)) is not None:
        rest = rest[before.end() :]
    root = _ROOT.match(rest.lstrip())
    name = root[1].lower() if root else ""
    if name in _ROOTS:
        return _ROOTS[name]
    if is_doctype_html or suffix in _HTML_NAMES or name in _HTML_TAGS:
        return "html"
    if name:
        return NoFormat(f"XML of a kind that is not read (<{name}>); convert it, such as to JSON")
    return "html" if "</" in text else "text"


def _is_json(text: str) -> bool:
    if text[0] == "{":
        return bool(re.match(r'\{\s*(?:"(?:[^"\\]|\\.)*"\s*:|\})', text))
    return bool(re.match(r"\[\s*(?:[\[{]|\])", text))


def _json(text: str) -> Kind:
    if _JSON_FEED.search(text[:2000]):
        return "feed"
    first, _ = _first_object(text)
    if _NINJS.search(first) and _NINJS_OF.search(first):
        return "ninjs"
    return "json"


def _first_object(text: str) -> tuple[str, int]:
    """The first object of a text of JSON, or all that is there of it."""
    start = text.find("{")
    if start < 0:
        return text, 0
    try:
        _, end = json.JSONDecoder().raw_decode(text, start)
    except ValueError:
        end = len(text)
    return text[start:end], end


def _is_table(text: str) -> bool:
    """Whether some lines have the same number of one delimiter as the first."""
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    if len(lines) < _FEWEST_LINES:
        return False
    return any(
        lines[0].count(mark) >= 1
        and sum(line.count(mark) == lines[0].count(mark) for line in lines[1:]) >= len(lines) - 2
        for mark in _DELIMITERS
    )
