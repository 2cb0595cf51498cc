"""ninjs, IPTC's news in JSON, versions 1 to 3: https://iptc.org/standards/ninjs/.

Version 1 has fields such as `headline` and `body_text`, later ones have lists of `headlines` and
`bodies` with roles; version 3 writes names in camel case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path

from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.sources.base import BadRecord, LeftOut, Notes, Read, Record
from pipeline.sources.encoding import AUTO
from pipeline.sources.fetch import Fetching
from pipeline.sources.files import Paths, find_files, read_each
from pipeline.sources.json_objects import inner, read_objects
from pipeline.sources.newscodes import country_of_code, country_of_name, media_topic
from pipeline.sources.objects import Row, lists_of_objects
from pipeline.sources.parts import Part
from pipeline.sources.values import bad_row
from pipeline.text.cleaning import cleaned_text

Item = Mapping[str, object]
"""An item or a part of one, its names in small letters."""

_ARTICLES = frozenset(("", "text", "composite"))
_WITHDRAWN = frozenset(("canceled", "cancelled", "withheld"))
_TAG = re.compile(r"<(?:html|body|p|div|section|article|br|h\d)\b", re.IGNORECASE)
_IGNORED = "subjects that are no Media Topics, which are not taken"
_NO_COUNTRY = "places that name no country, which are not taken"


@dataclass(config=PLUGIN)
class NinjsSource(Fetching):
    """Files of ninjs: an item, an array or lines of them, or an object with one list of them."""

    path: Paths
    patterns: Sequence[str] = ("**/*.json", "**/*.jsonl", "**/*.ninjs")
    encoding: str = AUTO
    notes: Notes = field(default_factory=Notes, init=False, repr=False, compare=False)

    def identity(self) -> Mapping[str, str]:
        return {"reader": "ninjs-1"}

    def files(self) -> list[Path]:
        return find_files(self.path, self.patterns, self)

    def read(self) -> Iterator[Read]:
        read: Iterator[Read] = read_each(self.files(), self.read_part, self)
        yield from read

    def read_part(self, part: Part) -> Iterator[Read]:
        """The articles of a file; pictures and what was withdrawn are left out."""
        for row in read_objects(part.pieces(self.encoding, self.notes), part.name):
            for item in self._items(row) if isinstance(row, Row) else (row,):
                yield self.item(item) if isinstance(item, Row) else item

    def _items(self, row: Row) -> Iterator[Row | BadRecord]:
        """The object, or what its only list of items holds."""
        lists = [] if is_item(row.values) else list(lists_of_objects(row.values))
        if len(lists) == 1 and is_item(lists[0][1]):
            self.notes.add(row.where, f"items from the list {lists[0][0]!r}")
            yield from inner(row, lists[0][0])
        else:
            yield row

    def item(self, row: Row) -> Read:
        """An item as a record, or why it is none."""
        item = _lowered(row.values)
        kind, status = _string(item.get("type")), _string(item.get("pubstatus")).casefold()
        if kind.casefold() not in _ARTICLES:
            return LeftOut(row.where, f"{kind} item")
        if status in _WITHDRAWN:
            return LeftOut(row.where, f"{status} item")
        title = _headline(item)
        text = _body(item)
        if not title and not text:
            reason = "no headline and no body; is it ninjs?"
            return bad_row(row.values, row.where, reason, "KeyError")
        uri = _string(item.get("uri"))
        values = {
            "id": uri,
            "url": uri if uri.startswith(("http://", "https://")) else "",
            "title": title,
            "text": text,
            "published": _string(item.get("versioncreated")) or _string(item.get("firstcreated")),
            "language": _string(item.get("language")),
            "source": _names(item.get("infosources")) or _string(item.get("copyrightholder")),
            "author": _names(item.get("byline")) or _names(item.get("by")),
        }
        given = {name: value for name, value in values.items() if value}
        return Record(row.where, given, self._topics(row, item), self._countries(row, item))

    def _topics(self, row: Row, item: Item) -> list[str] | None:
        subjects = [*_objects(item.get("subjects")), *_objects(item.get("subject"))]
        topics = [next(filter(None, map(media_topic, _codes(one))), None) for one in subjects]
        if None in topics:
            self.notes.add(row.where, _IGNORED)
        return list(dict.fromkeys(topic for topic in topics if topic)) or None

    def _countries(self, row: Row, item: Item) -> list[str] | None:
        """Of the places that the item is about, or else of those that it mentions."""
        places = [*_objects(item.get("places")), *_objects(item.get("place"))]
        about = [one for one in places if _string(one.get("rel")) != "mentions"]
        countries = [
            next(filter(None, map(country_of_code, _codes(one))), None)
            or country_of_name(_string(one.get("name")))
            for one in about or places
        ]
        if None in countries:
            self.notes.add(row.where, _NO_COUNTRY)
        return list(dict.fromkeys(country for country in countries if country)) or None


def is_item(values: Mapping[str, object]) -> bool:
    """Whether an object looks like an item of ninjs: it has a `uri`, and a headline or a body."""
    item = _lowered(values)
    return "uri" in item and any(
        name in ("headlines", "bodies", "headline") or name.startswith(("headline_", "body_"))
        for name in item
    )


def _headline(item: Item) -> str:
    main = [one for one in _objects(item.get("headlines")) if _string(one.get("role")) == "main"]
    listed = [*main, *_objects(item.get("headlines"))]
    single = [item.get(name) for name in ("headline", "headline_main")]
    others = [value for name, value in item.items() if name.startswith("headline_")]
    texts = [*(_string(one.get("value")) for one in listed), *map(_string, (*single, *others))]
    return next(filter(None, texts), "")


def _body(item: Item) -> str:
    """The text: a plain one with paragraphs, one with mark-up, any plain one, the description."""
    listed = [_string(one.get("value")) for one in _objects(item.get("bodies"))]
    named = [_string(value) for name, value in item.items() if name.startswith("body_")]
    bodies = [*listed, *named]
    plain = next((body for body in bodies if body and not body.startswith("<")), "")
    marked = next((body for body in bodies if body.startswith("<") and _TAG.search(body)), "")
    if marked and "\n" not in plain:
        return cleaned_text(marked).text
    if plain:
        return plain
    described = [_string(one.get("value")) for one in _objects(item.get("descriptions"))]
    return next(filter(None, (*described, _string(item.get("description_text")))), "")


def _codes(one: Item) -> Iterator[str]:
    """The codes of a concept, each as a URI or with its scheme."""
    for name in ("uri", "qcode", "code", "literal"):
        code = _string(one.get(name))
        yield code
        if scheme := _string(one.get("scheme")):
            yield f"{scheme}{code}" if scheme.endswith(("/", ":")) else f"{scheme}:{code}"
            yield f"{scheme}/{code}"


def _names(value: object) -> str:
    """A name, or those of objects that have one, joined."""
    names = [_string(one.get("name")) for one in _objects(value)]
    return _string(value) or ", ".join(filter(None, names))


def _objects(value: object) -> list[Item]:
    several = value if isinstance(value, list) else [value]
    return [_lowered(one) for one in several if isinstance(one, Mapping)]


def _string(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else ""


def _lowered(values: Mapping[str, object]) -> Item:
    return {name.casefold(): value for name, value in values.items()}
