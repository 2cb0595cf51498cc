"""Whether the title of an article can be its headline, and what is cut off it."""

from __future__ import annotations

import re

from pipeline.article import How, SummarySentence
from pipeline.summarize.forms import BOUNDS

_SITE = re.compile(
    r"\s+(?:\||[-–—])\s+(?:[A-Z][\w.'’&]*(?: [A-Z&][\w.'’&]*){0,3}|[\w-]+\.(?:com|org|net|co\.uk|"
    r"in))$"
)
"""The name of the outlet after a bar or dash."""
_KICKER = re.compile(
    r"^(?:VIDEO|WATCH|PHOTOS?|GALLERY|EXCLUSIVE|BREAKING(?: NEWS)?|UPDATED?|OPINION|ANALYSIS|LIVE|"
    r"Video|Watch|Photos?|Gallery|Exclusive|Breaking|Updated?|In pictures)\s*(?::|\||[-–—])\s*"
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
_SENTENCE_END = re.compile(r"(?<=[a-z0-9)]{2})[.:;] (?=[A-Z\"“‘'])")
_ASIDE = re.compile(
    r",? (?:[-–—]+ .*|(?:even )?(?:as|while|after|amid|despite|and it|but it|according to) .*)$|"
    r", .*$"
)
_BEGINS_ASIDE = re.compile(r"(?:As|With|After|Before|While|When|If|Despite|Amid|In|Best) ")
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|can|could|may|says?|said|\w{3,}s|\w{3,}ed)\b"
)
"""What a headline has beside a name; a plural is taken for one as well."""

_LEAST = 4
"""Words below which a title is a rubric."""


def usable_title(title: str) -> str | None:
    """The title without the outlet's name and the kicker before it, where what is left tells
    news in at most the words that a headline has; else None."""
    text = " ".join(title.split())
    site = _SITE.search(text)
    if site and ("|" in site.group() or _OUTLET.search(text)):
        text = text[: site.start()]
    text = _shorter(_KICKER.sub("", text, count=1).rstrip(" ."))
    words = text.split()
    if not _LEAST <= len(words) <= BOUNDS["headline"].words or _NOT_NEWS.search(text):
        return None
    if text.endswith(("…", "...")) or text == text.upper():
        return None
    return text


def own_headline(title: str | None) -> list[SummarySentence]:
    """The article's own title as its headline, where it can be one."""
    headline = usable_title(title) if title else None
    if title is None or headline is None:
        return []
    how: How = "as_is" if headline == title.strip() else "shortened"
    return [SummarySentence(headline, 1.0, how=how)]


def _shorter(text: str) -> str:
    """A title with too many words without its second sentence, and without a clause at its end
    where what is left still says something."""
    most = BOUNDS["headline"].words
    for pattern in (_SENTENCE_END, _ASIDE):
        if len(text.split()) <= most:
            break
        cut = pattern.search(text)
        head = text[: cut.start()].rstrip(" ,") if cut else text
        if len(head.split()) > _LEAST and _VERB.search(head) and not _BEGINS_ASIDE.match(head):
            text = head
    return text
