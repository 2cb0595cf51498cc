"""What a fingerprint covers and what it leaves out."""

from __future__ import annotations

import pytest

from pipeline.core.fingerprint import differences, fingerprint, semantic_keys

CONFIG = {"model": "m", "engine": {"precision": "f32"}, "labels": ["a", "b"]}


def of(config: dict[str, object]) -> str:
    return fingerprint(semantic_keys(config, "stage"))


def test_keys_are_dotted() -> None:
    assert semantic_keys(CONFIG, "stage") == {
        "stage.model": "m", "stage.engine.precision": "f32", "stage.labels": ["a", "b"]
    }  # fmt: skip


def test_what_is_unneeded_does_not_count_wherever_it_stands() -> None:
    given = {**CONFIG, "speed": 7, "engine": {"speed": 9, "is_fast": True, "parts": [{"speed": 1}]}}
    keys = semantic_keys(given, "s", lambda node: ["speed"] if "is_fast" in node else [])
    assert keys == {
        "s.model": "m", "s.engine.is_fast": True, "s.engine.parts": [{"speed": 1}],
        "s.labels": ["a", "b"], "s.speed": 7,
    }  # fmt: skip
    everywhere = semantic_keys(given, "s", lambda node: ["speed"])
    assert everywhere["s.engine.parts"] == [{}] and "s.speed" not in everywhere


@pytest.mark.parametrize(
    "change",
    [
        {"model": "n"},
        {"model": None},
        {"engine": {"precision": "bf16"}},
        {"labels": ["b", "a"]},
        {"more": 1},
        {"model": "\udce9"},
    ],
)
def test_everything_else_does(change: dict[str, object]) -> None:
    assert of({**CONFIG, **change}) != of(CONFIG)


def test_the_order_of_keys_does_not_count() -> None:
    assert of(dict(reversed(CONFIG.items()))) == of(CONFIG)


def test_differences_name_the_keys() -> None:
    before = {"a": 1, "b": 2, "gone": None}
    assert differences(before, {"a": 1, "b": 3, "new": "x"}) == [
        "b was 2 and is 3", "gone is not there any more", "new is new: 'x'"
    ]  # fmt: skip
    assert differences({"a": "0" * 64, "b": "x" * 70}, {"a": "1" * 64, "b": 1, "c": "2" * 64}) == [
        "a has other content", f"b was '{'x' * 59}... and is 1", "c is new"
    ]  # fmt: skip
    assert differences(before, dict(before)) == []
