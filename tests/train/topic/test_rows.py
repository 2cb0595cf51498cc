"""Rows with partly known topics: reading, near-duplicates, splits, and what is known of them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import InputError
from pipeline.train.topic.fit import balanced, fit, targets_of
from pipeline.train.topic.rows import TopicRow, groups, read_topic_rows, splits
from pipeline.train.topic.vectors import chosen

A, B, C = "medtop:04000000", "medtop:06000000", "medtop:07000000"
LABELS = [A, B, C]
LONG = " ".join(f"The council of ward {n} met on day {n * 7} and left by boat." for n in range(12))


def row(text: str, *topics: str, known: tuple[str, ...] = (A, B, C), **more: str) -> TopicRow:
    return TopicRow(text, more.get("set", "s"), "", text, topics, known)


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_rows_are_read_as_written(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl.gz"
    given = {"text": "Rain.", "title": "Wet", "topics": [], "known": LABELS, "any_of": [B, C]}
    path.write_bytes(gzip.compress(f"{json.dumps(given)}\n\n".encode()))
    assert read_topic_rows(path) == [
        TopicRow("1", "", "Wet", "Rain.", (), tuple(LABELS), any_of=(B, C))
    ]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"text": "x", "topics": [A]}, r"rows\.jsonl:2: known is missing; a row has text"),
        (
            {"text": "x", "topics": 5, "known": [A]},
            "topics is a int, not a list; .* lists of codes",
        ),
        ({"text": "x", "topics": [B], "known": [A]}, f"topics has {B}, which is not in known"),
        ({"text": "x", "topics": [], "known": [A], "any_of": [C]}, f"any_of has {C}"),
        ({"text": " ", "topics": [A], "known": [A]}, "text and title are empty"),
        ([], "rows.jsonl:2: not a JSON object"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, given: object, message: str) -> None:
    path = write(tmp_path / "rows.jsonl", {"text": "x", "topics": [A], "known": [A]}, given)
    with pytest.raises(InputError, match=message):
        read_topic_rows(path)


def test_near_duplicates_are_one_group_and_others_are_not() -> None:
    changed = LONG.replace("ward 3 ", "ward three ")
    other = " ".join(f"Choir {n} sang in hall {n * 5} until the lamps went out." for n in range(12))
    first, second, third = groups([LONG, changed, other]).tolist()
    assert (first, second, third) == (0, 0, 2)


def test_a_split_goes_by_the_text_and_keeps_near_duplicates_together() -> None:
    rows = [row(f"{LONG} Number {n} of the harbour songs.") for n in range(2)]
    rows += [row(f"Ship {n} left port {n * n} for bay {n * 3}.") for n in range(400)]
    found = splits(rows)
    assert found[0] == found[1]
    assert splits(rows[::-1])[:400] == found[:1:-1]
    shares = [found.count(part) / len(found) for part in ("train", "validation", "test")]
    np.testing.assert_allclose(shares, [0.7, 0.1, 0.2], atol=0.07)


def test_the_chosen_rows_are_few_of_each_set_whatever_their_order() -> None:
    rows = [row(f"text {n}", set=("a", "b")[n % 2]) for n in range(20)]
    parts = ["train"] * 18 + ["test"] * 2
    found = chosen(rows, parts, {"train": 3})  # type: ignore[arg-type]
    assert sorted(rows[n].set for n in found) == ["a"] * 3 + ["b"] * 3
    assert {rows[n].set for n in found[:2]} == {"a", "b"}
    again = chosen(rows[::-1], parts[::-1], {"train": 3})  # type: ignore[arg-type]
    assert [rows[n].text for n in found] == [rows[::-1][n].text for n in again]


def test_weights_balance_sets_and_topics() -> None:
    rows = [row("x", A, set="big")] * 8 + [row("y", B, set="big")] * 2 + [row("z", A, set="small")]
    plain = balanced(targets_of(rows, LABELS), 0.0)
    assert plain[:10].sum() == pytest.approx(plain[10:].sum())
    even = balanced(targets_of(rows, LABELS), 1.0)
    assert even[:8].sum() == pytest.approx(even[8:10].sum())


def test_a_set_says_nothing_of_topics_that_it_does_not_know() -> None:
    """The first set has C's word under A, as it has no C; the second knows better."""
    first = [row("x", A, known=(A, B), set="first"), row("y", B, known=(A, B), set="first")]
    second = [row("z", C, set="second"), row("w", A, set="second")]
    targets = targets_of(first + second, LABELS)
    features = np.array([[1, 0, 1], [0, 1, 0], [0, 0, 1], [1, 0, 0]], np.float32)
    table, offset = fit(features, targets, balanced(targets), 1e-3)
    logits = features @ table + offset
    assert logits[2].argmax() == 2  # not held down by the first row, where C was no answer
    assert logits[0, 0] > logits[0, 1]
    assert logits[1].argmax() == 1


def test_one_of_several_is_settled_by_the_other_rows() -> None:
    open_row = TopicRow("o", "s", "", "o", (), (A, B, C), any_of=(B, C))
    targets = targets_of([open_row, row("b", B), row("c", C), row("a", A)], LABELS)
    features = np.array([[0, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0]], np.float32)
    table, offset = fit(features, targets, balanced(targets), 1e-2)
    assert (features @ table + offset)[0].argmax() == 2  # like the row of C
    assert table[2, 2] > table[2, 1] and table[2, 2] > table[2, 0]
