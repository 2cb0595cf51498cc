"""Whether the title of an article can be its headline, and what is cut off it."""

from __future__ import annotations

import re

from pipeline.summarize.forms import BOUNDS

_SITE = re.compile(
    r"\s+(?:\||[-–—])\s+(?:[A-Z][\w.'’&]*(?: [A-Z&][\w.'’&]*){0,3}|[\w-]+\.(?:com|org|net|co\.uk|"
    r"in))$"
)
"""The name of the outlet after a bar or dash."""
_KICKER = re.compile(
    r"^(?:VIDEO|WATCH|PHOTOS?|GALLERY|EXCLUSIVE|BREAKING(?: NEWS)?|UPDATED?|OPINION|ANALYSIS|LIVE|"
    r"Video|Watch|Photos?|Gallery|Exclusive|Breaking|Updated?|In pictures)\s*(?::|\||[-–—])\s*",
)
_OUTLET = re.compile(
    r"(?:News|BBC|CNN|Reuters|Times|Post|Guardian|Mail|Online|Daily|Tribune|Herald|Journal|Today|"
    r"Press|NPR|AP|Telegraph|Independent|Star|Bloomberg|Jazeera|Express|Mirror|World|TV|Radio|"
    r"Politics|Business|Sport|Sports|\.(?:com|org|net|in)|\.co\.uk)$"
)
_NOT_NEWS = re.compile(
    r"\?$|^(?:live|live updates?|as it happened|how|why|what|who|when|where|here['’]s|opinion|quiz|"
    r"podcast|newsletter|letters?|editorial|in pictures|\d+ (?:things|ways|reasons|tips|best))\b|"
    r"\b(?:live updates|as it happened|live blog)\b",
    re.IGNORECASE,
)
_LEAST = 4
"""Words below which a title is a rubric."""


def usable_title(title: str) -> str | None:
    """The title without the outlet's name and the kicker before it, where what is left tells
    news in at most the words that a headline has; else None."""
    text = " ".join(title.split())
    site = _SITE.search(text)
    if site and ("|" in site.group() or _OUTLET.search(text)):
        text = text[: site.start()]
    text = _KICKER.sub("", text, count=1).rstrip(" .")
    words = text.split()
    if not _LEAST <= len(words) <= BOUNDS["headline"].words or _NOT_NEWS.search(text):
        return None
    if text.endswith(("…", "...")) or text == text.upper():
        return None
    return text
