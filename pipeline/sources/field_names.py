"""What data sets call the fields of an article, and which column of a table is which by its name.

Names are compared without case, accents and separators: `publishedAt` is `published_at`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "guid", "uuid", "articleid", "newsid", "docid", "documentid", "identifier"),
    "url": (
        "url", "link", "canonicalurl", "articleurl", "weburl", "pageurl", "sourceurl", "permalink",
        "uri", "lien", "enlace",
    ),
    "title": (
        "title", "headline", "heading", "webtitle", "articletitle", "newstitle", "head", "header",
        "titel", "uberschrift", "ueberschrift", "schlagzeile", "titre", "titulo", "titolo",
    ),
    "text": (
        "text", "content", "body", "maintext", "articlebody", "articletext", "articlecontent",
        "fulltext", "bodytext", "contenttext", "plaintext", "cleantext", "rawtext", "newstext",
        "maincontent", "storytext", "story", "article", "texte", "texto", "testo", "tekst",
        "volltext", "artikeltext", "inhalt", "artikel", "contenu", "corps", "contenido", "cuerpo",
        "conteudo", "corpo", "contenuto",
    ),
    "published": (
        "published", "publishedat", "publisheddate", "publishedon", "datepublished", "datepublish",
        "publishdate", "publishtime", "publicationdate", "pubdate", "dateofpublication",
        "webpublicationdate", "firstpublished", "versioncreated", "date", "datetime", "datum",
        "erscheinungsdatum", "veroffentlicht", "datedepublication", "fecha", "fechapublicacion",
        "datapublicacao", "datapubblicazione", "timestamp", "createdat", "created", "data",
    ),
    "language": (
        "language", "lang", "languagecode", "langcode", "inlanguage", "sprache", "langue", "idioma",
        "lingua", "taal",
    ),
    "source": (
        "source", "sourcename", "publisher", "publication", "outlet", "newspaper", "sitename",
        "sourcedomain", "domain", "site", "quelle", "zeitung", "fuente", "fonte", "bron",
    ),
    "author": (
        "author", "authors", "authorname", "byline", "creator", "writer", "reporter", "journalist",
        "autor", "autoren", "verfasser", "auteur", "auteurs", "autore", "autores",
    ),
}  # fmt: skip
"""By field, likeliest first: of news APIs, crawlers, content systems and spreadsheets."""

SUMMARIES = (
    "description", "summary", "abstract", "excerpt", "snippet", "teaser", "standfirst",
    "zusammenfassung", "resume", "resumen", "resumo", "riassunto", "beschreibung", "descripcion",
)  # fmt: skip
"""Names of a part of the text, taken for it only where there is no other."""

_CONTAINERS = ("article", "_source", "fields", "attributes", "document", "doc", "meta", "metadata")
"""Objects that hold fields: `_source` of Elasticsearch, `fields` of the Guardian's API."""

_INNER: Mapping[str, tuple[str, ...]] = {
    "id": ("oid", "id", "value"),
    "url": ("url", "href", "value"),
    "title": ("main", "text", "title", "rendered", "value", "default"),
    "text": ("text", "body", "content", "plain", "plaintext", "rendered", "value", "default"),
    "published": ("date", "datetime", "iso", "value"),
    "language": ("code", "iso", "value"),
    "source": ("name", "title", "domain"),
    "author": ("name", "displayname", "fullname"),
}
"""What an object in the place of a field keeps it under: `$oid`, `headline.main`, `source.name`."""


_NEEDED = ("id", "url", "title", "text", "published")
"""Fields that are not done without in silence where an object of other names is in their place."""


@lru_cache(4096)
def squashed(name: str) -> str:
    """A name without case, accents and separators."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    return "".join(character for character in parts if character.isalnum())


@dataclass(slots=True)
class _Scope:
    """The names of one object: of its columns, and of those in each object of it."""

    columns: dict[str, str] = field(default_factory=dict)
    inner: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, path: str, name: str) -> None:
        head, _, leaf = name.partition(".")
        key = squashed(head)
        if leaf:
            self.inner.setdefault(key, {}).setdefault(squashed(leaf), path)
        elif key not in self.columns or name == key:  # the very name before one in capitals
            self.columns[key] = path

    def find(self, field: str, names: Iterable[str]) -> str | None:
        for name in names:
            if name in self.inner:
                inner = self.inner[name]
                if path := next((inner[leaf] for leaf in _INNER[field] if leaf in inner), None):
                    return path
            elif name in self.columns:
                return self.columns[name]
        return None


def guessed(columns: Iterable[str]) -> dict[str, str]:
    """The column that each field is likeliest in; fields that none has a name of are absent.

    `columns` are dotted where they are nested. What lies in an object that only holds fields
    counts after what does not.
    """
    top = _Scope()
    contained: dict[str, _Scope] = {}
    for column in columns:
        top.add(column, column)
        head, _, rest = column.partition(".")
        if rest and head.casefold() in _CONTAINERS:
            contained.setdefault(head.casefold(), _Scope()).add(column, rest)
    outer = [top, *(contained[name] for name in _CONTAINERS if name in contained)]
    found: dict[str, str] = {}
    for field_name, names in NAMES.items():
        for some in (names, SUMMARIES) if field_name == "text" else (names,):
            path = next((path for scope in outer if (path := scope.find(field_name, some))), None)
            if path is not None:
                found[field_name] = path
                break
        else:
            if field_name in _NEEDED and field_name in top.columns:
                found[field_name] = top.columns[field_name]
    return found


def is_own_name(field: str, column: str) -> bool:
    """Whether a column has the field's own name, be it an object's that keeps it under another."""
    return squashed(column.partition(".")[0]) == field
