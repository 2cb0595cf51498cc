"""Character references such as `&eacute;` and `&#233;` as characters, in linear time."""

from __future__ import annotations

import html
import re
from html.entities import html5

_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ESCAPED = re.compile(r"&(?:(?:amp|AMP|#0*38|#[xX]0*26);)+(?=#?\w+;)")
"""An ampersand that was escaped itself, once or a thousand times, before a reference."""
_UNFINISHED = re.compile(r"&nbsp(?![\w;=])")
_BEGINS = re.compile(r"&+(?=#?\w+;)")


def decoded(text: str) -> str:
    """The text with its references as characters; those that were escaped twice are references.

    Only what ends with a semicolon is one: "AT&T" and the "&copy=1" of a link stay.
    """
    if "&" not in text:
        return text
    return _UNFINISHED.sub(" ", _REFERENCE.sub(_character, text))


def flattened(text: str) -> str:
    """The text with references that were escaped any number of times escaped once."""
    return _ESCAPED.sub("&", text)


def without_references(text: str) -> str:
    """The text in which nothing is a reference any more: their ampersands are gone."""
    return _BEGINS.sub("", text)


def _character(reference: re.Match[str]) -> str:
    found = reference[0]
    return html.unescape(found) if found[1] == "#" else html5.get(found[1:], found)
