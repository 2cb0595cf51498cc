"""`dateline counts`: files of every kind, the table, and what is told of a mistake."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from command import Outcome

Command = Callable[..., Outcome]

LINES = [
    {"id": "a", "text": "A storm hit Dublin in Ireland on Monday.", "published": "2026-01-05"},
    {"id": "b", "text": "Ireland and France played in Paris.", "published": "2026-03-05"},
    {"id": "c", "text": "It rained.", "source": "=1+1"},
]


@pytest.fixture
def run(dateline: Command) -> Command:
    Path("a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in LINES))
    done = dateline("run", "source=jsonl", "source.path=a.jsonl", "run.name=r", "topic=none",
                    "summarizer=none", "publish=[csv]")  # fmt: skip
    assert done.code == 0, done.err
    return dateline


def test_the_table_and_files_say_the_same(run: Command) -> None:
    shown = run("counts", "r", "by=[country,month]")
    assert shown.code == 0 and "3 articles" in shown.out and "Ireland" in shown.out
    for name in ("counts.csv", "counts.xlsx", "counts.svg", "counts.png"):
        done = run("counts", "r", "by=[country,month]", f"to={name}", "weight=share")
        assert (done.code, done.out) == (0, f"3 articles by country, month: {name}\n")
    with Path("counts.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["country", "country_name", "month", "articles", "share"]
    assert len(rows) == 1 + 3 * 4
    assert ["FR", "France", "2026-02", "0", "0"] in rows
    assert ["none", "", "none", "1", "0.333333"] in rows
    sheet = openpyxl.load_workbook("counts.xlsx").worksheets[0]
    cells = [["" if c is None else c for c in row] for row in sheet.iter_rows(values_only=True)]
    assert [[str(c) for c in row] for row in cells] == rows
    assert b"<svg" in Path("counts.svg").read_bytes()[:200]


def test_a_source_that_is_a_formula_stays_text(run: Command) -> None:
    assert run("counts", "runs/r", "by=source", "to=c.xlsx").code == 0
    sheet = openpyxl.load_workbook("c.xlsx").worksheets[0]
    assert {cell.value for cell in sheet["A"]} == {"source", "none", "=1+1"}
    assert {cell.data_type for cell in sheet["A"]} <= {"s", "inlineStr"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["counts"], "run is not set"),
        (["counts", "nowhere"], "nowhere"),
        (["counts", "a", "b"], "one run, not a and b"),
        (["counts", "r", "by=[country,day,week,topic]"], "give one to three, each once"),
        (["counts", "r", "by=[country,country]"], "give one to three, each once"),
        (["counts", "r", "by=[]"], "give one to three, each once"),
        (["counts", "r", "by=[planet]"], "by"),
        (["counts", "r", "weight=half"], "weight='half'"),
        (["counts", "r", "to=counts.pdf"], "end it in .csv, .xlsx, .svg, .png"),
        (["counts", "r", "bye=month"], "did you mean 'by'?"),
    ],
)
def test_a_mistake_is_one_line(dateline: Command, words: list[str], said: str) -> None:
    done = dateline(*words)
    assert done.code == 2 and said in done.message, done.message
