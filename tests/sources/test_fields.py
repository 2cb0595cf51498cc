"""Which column is which field: by a name or a list of names that were given, or by auto."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pipeline.config.schema import construct
from pipeline.core.errors import InputError
from pipeline.sources.base import BadRecord, Notes, Record
from pipeline.sources.fields import Fields
from pipeline.sources.objects import Row

Values = Mapping[str, object]


def of_rows(
    rows: list[Values], notes: Notes | None = None, **names: object
) -> list[Record | BadRecord]:
    fields = construct(Fields, names, "source.fields")
    given = [Row(f"a:{number}", values) for number, values in enumerate(rows, 1)]
    return list(fields.records(given, "a", notes or Notes()))


def values(row: Values, **names: object) -> Mapping[str, str]:
    [record] = of_rows([row], **names)
    assert isinstance(record, Record), record
    return record.values


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            {"headline": "H", "maintext": "M", "date_publish": "2026", "source_domain": "d"},
            {"title": "H", "text": "M", "published": "2026", "source": "d"},
        ),
        (
            {"source": {"id": "w", "name": "Wire"}, "author": "A", "title": "T", "content": "C",
             "description": "D", "publishedAt": "2026", "url": "u"},
            {"source": "Wire", "author": "A", "title": "T", "text": "C", "published": "2026",
             "url": "u"},
        ),
        ({"Titel": "T", "Datum": "1.2.2026", "Artikel": "A"},
         {"title": "T", "published": "1.2.2026", "text": "A"}),
        ({"Titre": "T", "Texte": "A", "Auteur": "B"}, {"title": "T", "text": "A", "author": "B"}),
        ({"Título": "T", "FECHA": "2026", "contenido": "A", "fuente": "F"},
         {"title": "T", "published": "2026", "text": "A", "source": "F"}),
        ({"TEXT": "no", "text": "yes", "body": "no"}, {"text": "yes"}),
        ({"summary": "S", "Full Text": "F"}, {"text": "F"}),
        ({"summary": "S", "article": {"body": "B", "headline": {"main": "H"}}},
         {"text": "B", "title": "H"}),
        ({"summary": "S", "title": "T"}, {"text": "S", "title": "T"}),
        ({"_id": {"$oid": "7"}, "text": "x", "published": {"$date": "2026"}},
         {"id": "7", "text": "x", "published": "2026"}),
        ({"id": 7, "title": {"rendered": "T"}, "content": {"rendered": "C", "protected": False}},
         {"id": "7", "title": "T", "text": "C"}),
        ({"_id": 1, "_source": {"text": "x", "lang": "en"}},
         {"id": "1", "text": "x", "language": "en"}),
        ({"text": "x", "authors": ["A", {"name": "B"}, None, ""]}, {"text": "x", "author": "A, B"}),
        ({"text": "x", "author": [], "id": 3.0, "url": float("nan")}, {"text": "x", "id": "3"}),
        ({"body.text": "x", "meta.date": "2026"}, {"text": "x", "published": "2026"}),
        ({"text": "x", "name": "nobody", "section": "s", "image": {"url": "i", "id": 2}},
         {"text": "x"}),
    ],
)  # fmt: skip
def test_common_names_are_known(row: Values, expected: Mapping[str, str]) -> None:
    assert values(row) == expected


def test_what_was_taken_for_what_is_said_once() -> None:
    notes = Notes()
    rows: list[Values] = [
        {"Title": "T", "maintext": "x", "date_publish": "2026"},
        {"title": "T", "maintext": "y"},
        {"text": "own", "source": {"name": "own"}},
        {"maintext": "z", "datum": "2026"},
    ]
    assert len(of_rows(rows, notes)) == 4
    assert notes.lines == [
        "a:1: text from 'maintext', published from 'date_publish'",
        "a:4: published from 'datum'",
    ]
    of_rows(rows, notes)
    assert len(notes.lines) == 2


def test_of_several_names_the_first_that_a_row_has_counts() -> None:
    names = ["body.full", "lead"]
    assert values({"body": {"full": "b"}, "lead": "l"}, text=names)["text"] == "b"
    assert values({"lead": "l"}, text=names)["text"] == "l"
    assert values({"body": {"full": None}, "lead": "l"}, text=names)["text"] == "l"
    assert values({"body": {"full": ""}, "lead": "l"}, text=names)["text"] == "l"
    assert values({"body": {"full": ""}, "lead": None}, text=names)["text"] == ""
    first, second = of_rows([{"lead": "l"}, {"other": "o"}], text=names)
    assert isinstance(first, Record)
    assert isinstance(second, BadRecord)
    assert "no column 'body.full' or 'lead' (columns: other)" in second.reason


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({"title": "headlin"}, r"no column 'headlin' .* set source\.fields\.title=headline"),
        ({"title": ["name", "headlin"]}, r"no column 'name' or 'headlin' .*title=headline"),
        ({"text": "txt"}, r"no column 'txt' .* set source\.fields\.text=text"),
        ({"author": "by"}, r"no column 'by' .* set source\.fields\.author=COLUMN"),
        ({"id": "id"}, r"no column 'id'"),
    ],
)
def test_a_name_that_no_row_has_is_refused_and_nothing_taken_for_it(
    names: dict[str, object], said: str
) -> None:
    row = {"headline": "T", "text": "x"}
    with pytest.raises(InputError, match=said):
        of_rows([row, row], **names)
    with pytest.raises(InputError, match=said):
        construct(Fields, names, "source.fields").of(list(row), "a", Notes())


def test_a_field_is_switched_off() -> None:
    assert values({"text": "x", "title": "T"}, title=None) == {"text": "x"}
    assert values({"title": "T", "body": "x"}, text=None) == {"title": "T"}


def test_rows_of_ever_new_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.sources.fields._MOST_SHAPES", 3)
    rows: list[Values] = [{"text": str(number), f"k{number}": 1} for number in range(10)] * 2
    records = [record for record in of_rows(rows) if isinstance(record, Record)]
    assert [record.values["text"] for record in records] == [str(n) for n in range(10)] * 2
