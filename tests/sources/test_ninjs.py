"""ninjs of each version, written after IPTC's schemas; any JSON gives records or says why not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.sources.base import BadRecord, LeftOut, Read, Record
from pipeline.sources.ninjs import NinjsSource

URI = "https://agency.example/items/1"
COMMON = {
    "id": URI, "url": URI, "title": "Ferry hits pier in Lima", "language": "en", "author": "A. B.",
    "text": "LIMA - A ferry.\n\nNo one.", "source": "The Agency",
    "published": "2026-03-09T10:37:00Z",
}  # fmt: skip
SCHEMES = "http://cv.iptc.org/newscodes/mediatopic/", "http://cvx.iptc.org/iso3166-1a2/"
XHTML = "<p>LIMA - A <b>ferry</b>.</p><p>No one.</p>"

ONE = {
    "uri": URI, "type": "text", "versioncreated": COMMON["published"], "language": "en",
    "copyrightholder": "The Agency", "headline": COMMON["title"], "byline": "A. B.",
    "body_text": "LIMA - A ferry. No one.", "body_xhtml": XHTML,
    "subject": [
        {"name": "transport", "scheme": SCHEMES[0], "code": "20000337"},
        {"code": "medtop:03000000", "rel": "about"},
        {"code": "13010000", "scheme": "subj"},
    ],
    "place": [
        {"name": "Lima", "rel": "about"},
        {"name": "Peru", "rel": "about", "scheme": SCHEMES[1], "code": "pe"},
        {"name": "Chile", "rel": "mentions"},
    ],
}  # fmt: skip
TWO = {
    "uri": URI, "type": "text", "versioncreated": COMMON["published"], "language": "en",
    "copyrightholder": "The Agency", "by": "A. B.",
    "headlines": [{"role": "short", "value": "Ferry"}, {"role": "main", "value": COMMON["title"]}],
    "bodies": [
        {"role": "xml", "contenttype": "application/xml", "value": "<OWN><TEXT>x</TEXT></OWN>"},
        {"role": "main", "contenttype": "text/plain", "value": COMMON["text"]},
        {"role": "html", "contenttype": "text/html", "value": XHTML},
    ],
    "subjects": [
        {"name": "transport", "uri": "http://cv.iptc.org/newscodes/mediatopic/20000337"},
        {"literal": "medtop:03000000"}, {"literal": "13010000"},
    ],
    "places": [{"name": "Peru"}, {"name": "Lima"}, {"name": "Chile", "rel": "mentions"}],
    "associations": [{"name": "a", "uri": "x", "type": "picture", "headline": "y"}],
}  # fmt: skip
THREE = {
    "uri": URI, "type": "text", "versionCreated": COMMON["published"], "language": "en",
    "copyrightHolder": "other", "infoSources": [{"name": "The Agency"}],
    "by": [{"name": "A. B."}],
    "headlines": [{"value": COMMON["title"]}],
    "bodies": [{"role": "main", "contentType": "application/xhtml+xml", "value": XHTML}],
    "subjects": TWO["subjects"],
    "places": [{"uri": "http://cvx.iptc.org/iso3166-1a3/per", "rel": "mentions"}],
}  # fmt: skip


def read(path: Path, value: object, indent: int | None = None) -> list[Read]:
    path.write_text(json.dumps(value, indent=indent))
    return list(NinjsSource(path=str(path)).read())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a.json"


@pytest.mark.parametrize("item", [ONE, TWO, THREE], ids=["1", "2", "3"])
def test_an_item_of_each_version(item: Mapping[str, object], file: Path) -> None:
    [record] = read(file, item, indent=1)
    assert record == Record(f"{file}:1", COMMON, ["medtop:20000337", "medtop:03000000"], ["PE"])


def test_what_is_not_taken_is_said_once(file: Path) -> None:
    file.write_text(json.dumps([ONE, TWO]))
    source = NinjsSource(path=str(file))
    assert len(list(source.read())) == 2
    assert source.notes.lines == [
        f"{file}:1: subjects that are no Media Topics, which are not taken",
        f"{file}:1: places that name no country, which are not taken",
    ]


def test_without_labels_there_are_none(file: Path) -> None:
    item = {"uri": "urn:x:1", "headline": "T", "subject": [{"name": "x"}], "place": [{"name": "Y"}]}
    [record] = read(file, item)
    assert record == Record(f"{file}:1", {"id": "urn:x:1", "title": "T"})


def test_a_description_is_the_text_of_an_item_without_a_body(file: Path) -> None:
    described = {**TWO, "bodies": [], "descriptions": [{"role": "text", "value": "In short."}]}
    [record] = read(file, described)
    assert isinstance(record, Record)
    assert record.values["text"] == "In short."


def test_arrays_lines_and_wrappers(file: Path) -> None:
    assert len(read(file, [ONE, TWO, THREE])) == 3
    file.write_text("".join(json.dumps(item) + "\n" for item in (ONE, TWO)))
    source = NinjsSource(path=str(file))
    assert [record.where for record in source.read()] == [f"{file}:1", f"{file}:2"]
    file.write_text(json.dumps({"_meta": {"total": 2}, "_items": [ONE, TWO]}))
    assert [record.where for record in source.read()] == [
        f"{file}:1: _items 1",
        f"{file}:1: _items 2",
    ]
    assert f"{file}:1: items from the list '_items'" in source.notes.lines


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"type": "picture"}, "picture item"),
        ({"type": "event"}, "event item"),
        ({"pubstatus": "canceled"}, "canceled item"),
        ({"pubStatus": "withheld"}, "withheld item"),
    ],
)
def test_other_items_are_left_out(change: Mapping[str, object], reason: str, file: Path) -> None:
    assert read(file, [{**ONE, **change}]) == [LeftOut(f"{file}:1", reason)]


def test_what_is_no_item_is_a_reject(file: Path) -> None:
    for value in ({}, {"uri": "x"}, {"uri": "x", "headlines": "T"}, {"a": [{"b": 1}]}):
        [bad] = read(file, value)
        assert isinstance(bad, BadRecord)
        assert "no headline and no body; is it ninjs?" in bad.reason
    [bad] = read(file, 7)
    assert isinstance(bad, BadRecord)


NAMES = st.sampled_from(
    ["uri", "type", "headlines", "Headline", "headline_x", "bodies", "body_text", "value", "role",
     "subjects", "subject", "places", "place", "name", "code", "scheme", "literal", "rel", "by",
     "byline", "infosources", "descriptions", "pubstatus", "language", "versioncreated", ""]
)  # fmt: skip
TEXTS = st.text(max_size=8) | st.sampled_from(
    ["text", "main", "medtop:04000000", "http://cv.iptc.org/newscodes/mediatopic/", "04000000",
     "iso3166-1a2:", "pe", "Peru", "<p>x", "<p>&lt;p&gt;", "\ud800", "\0", "a\nb"]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=20,
)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(value=st.dictionaries(NAMES, VALUES, max_size=10) | VALUES)
def test_any_json_gives_records_or_says_why_not(value: object, file: Path) -> None:
    for read_ in read(file, value):
        assert isinstance(read_, Record | BadRecord | LeftOut)
        if isinstance(read_, Record):
            assert all(isinstance(text, str) and text for text in read_.values.values())
            assert {"title", "text"} & set(read_.values)
            assert all(topic.startswith("medtop:") for topic in read_.topics or ())
