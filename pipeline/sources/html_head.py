"""What a page says of itself: its metadata elements and the JSON-LD of schema.org."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_ARTICLE_TYPES = ("article", "blogposting")
"""How the names of the types of articles end: NewsArticle, OpinionNewsArticle, LiveBlogPosting."""

_META_NAMES = ("property", "name", "itemprop", "http-equiv")
_PUBLISHED = ("article:published_time", "datepublished")
_SEPARATORS = (" | ", " - ", " – ", " — ", " · ", " :: ", " • ")


@dataclass(frozen=True, slots=True)
class Declared:
    """What the metadata of a page say of its article, None where they say nothing; `is_article`
    where they say that it is one."""

    is_article: bool = False
    published: str | None = None
    title: str | None = None
    author: str | None = None
    url: str | None = None
    site: str | None = None
    language: str | None = None


def declared(tree: HtmlElement) -> Declared:
    """The article that the metadata are about."""
    metas: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = next(filter(None, map(meta.get, _META_NAMES)), None)
        if name and (content := " ".join((meta.get("content") or "").split())):
            metas.setdefault(name.lower(), content)
    canonical = next(
        (e.get("href") for e in tree.iter("link") if e.get("rel") == "canonical"), None
    )
    article = next(filter(_is_article, _objects_of(tree)), {})
    stated = next((metas[name] for name in _PUBLISHED if name in metas), None)
    return Declared(
        is_article=bool(article) or stated is not None,
        published=_text(article.get("datePublished")) or stated,
        title=_text(article.get("headline")) or metas.get("og:title"),
        author="; ".join(dict.fromkeys(_names(article.get("author")))) or metas.get("author"),
        url=canonical or metas.get("og:url"),
        site=metas.get("og:site_name") or next(_names(article.get("publisher")), None),
        language=tree.get("lang")
        or metas.get("content-language")
        or metas.get("og:locale")
        or _text(article.get("inLanguage")),
    )


def without_site(title: str, site: str | None) -> str:
    """A title without the name of the site behind it."""
    for separator in _SEPARATORS:
        headline, _, last = title.rpartition(separator)
        if headline and site and last.strip().casefold() == site.strip().casefold():
            return headline.strip()
    return title


def _objects_of(tree: HtmlElement) -> Iterator[Mapping[str, object]]:
    for script in tree.iter("script"):
        if (script.get("type") or "").strip().lower() == "application/ld+json" and script.text:
            try:
                # Line breaks in strings are an error of JSON that many pages make.
                yield from _objects(json.loads(script.text, strict=False))
            except (ValueError, RecursionError):
                continue


def _objects(value: object) -> Iterator[Mapping[str, object]]:
    """The objects on top, in lists and in graphs: what the page is about, not what it names."""
    if isinstance(value, list):
        for part in value:
            yield from _objects(part)
    elif isinstance(value, dict):
        yield value
        yield from _objects(value.get("@graph"))


def _is_article(value: Mapping[str, object]) -> bool:
    kinds = value.get("@type")
    return any(
        isinstance(kind, str) and kind.lower().endswith(_ARTICLE_TYPES)
        for kind in (kinds if isinstance(kinds, list) else [kinds])
    )


def _text(value: object) -> str | None:
    return " ".join(unescape(value).split()) or None if isinstance(value, str) else None


def _names(value: object) -> Iterator[str]:
    """Names of people or organisations: texts, objects with a name, or a list of these."""
    for part in value if isinstance(value, list) else [value]:
        name = _text(part.get("name") if isinstance(part, dict) else part)
        if name and not name.startswith(("http:", "https:")):
            yield name
