"""Why an article is left out, in a few words that counts are kept under."""

from __future__ import annotations

import re

from pipeline.article import Article
from pipeline.ingest.settings import IngestSettings

_WORD = re.compile(r"\w+")
_LETTER = re.compile(r"[^\W\d_]")
_LIST_LINES = 8
_LIST_SHARE = 0.8
"""A page nearly all of whose lines are headlines, which end without a stop, is a list of others."""
_HEADLINE_WORDS = (3, 20)
_ENDS = (".", "!", "?", "…", ":", ";", ",", ".”", '."', ".’", "。")


def reason_to_filter(article: Article, settings: IngestSettings) -> str | None:
    """The first reason to leave an article out, None for none. An article of a title alone is
    judged by its language and date only."""
    day = (article.published or "")[:10]
    if day and settings.after is not None and day < settings.after:
        return f"published before {settings.after}"
    if day and settings.before is not None and day > settings.before:
        return f"published after {settings.before}"
    if (
        settings.letters
        and not _LETTER.search(article.title or "")
        and not _LETTER.search(article.text)
    ):
        return "no letters"
    if article.text:
        if settings.min_words or settings.max_words is not None:
            words = len(_WORD.findall(article.text))
            if words < settings.min_words:
                return "too short"
            if settings.max_words is not None and words > settings.max_words:
                return "too long"
        if settings.listings and is_listing(article.text):
            return "listing page"
    if settings.languages is not None and article.language not in settings.languages:
        return f"language {article.language or 'unknown'}"
    return None


def is_listing(text: str) -> bool:
    """Whether a text is a list of headlines, as front pages and pages of a topic are."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if len(lines) < _LIST_LINES:
        return False
    least, most = _HEADLINE_WORDS
    headlines = sum(
        not line.endswith(_ENDS) and least <= len(line.split()) <= most and line[0].isupper()
        for line in lines
    )
    return headlines >= _LIST_SHARE * len(lines)
