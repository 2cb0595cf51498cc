"""Label files: what is read, and what is refused with the name of the entry."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.core.errors import LabelError
from pipeline.taxonomy.labels import read_labels
from pipeline.taxonomy.topics import load_topics, media_topics

DESK = """\
code,name,description,parent
money,Money,"Banks raise rates. Shares fall.",
play,Play,The team wins the cup.,
football,Football,The striker scores twice.,play
tennis,Tennis,,play
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "desk.csv"


def test_a_file_is_a_tree(file: Path) -> None:
    file.write_text(DESK, encoding="utf-8-sig")
    tree = read_labels(file)
    assert list(tree.labels) == ["money", "play", "football", "tennis"]
    assert tree.below == {"": ("money", "play"), "play": ("football", "tennis")}
    assert tree.depth() == 2
    assert tree.labels["tennis"].description == "Tennis"
    assert tree.labels["money"].parent is None
    before = tree.version
    file.write_text(DESK.replace("twice", "once"))
    assert read_labels(file).version != before


def test_description_and_parent_may_be_left_out(file: Path) -> None:
    file.write_text("code,name\na,Apples\nb,Pears\n")
    tree = read_labels(file)
    assert [label.description for label in tree.labels.values()] == ["Apples", "Pears"]
    assert tree.depth() == 1


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["a,One,,", "b,Two,,", "a,Three,,"], r"a \(Three\) has the code of One"),
        (["a,One,,", "b,Two,,c"], r"b \(Two\) has the unknown parent c"),
        (["a,One,,b", "b,Two,,c", "c,Three,,a", "d,Four,,"], r"own ancestor: a < b < c < a"),
        (["a,One,,", "b,Two,,b"], r"b is its own ancestor: b < b"),
        (["d,Four,,a", "a,One,,b", "b,Two,,a"], r"a is its own ancestor: a < b < a"),
        (["a,One,,", ",Two,,"], r"entry 2 \(\?\) has no code"),
        (["a,,,"], r"entry 1 \(a\) has no name"),
        (["a,One,,,more"], r"entry 1 has not the columns"),
        ([], r"no labels in it"),
    ],
)
def test_a_wrong_file_is_refused_by_entry(file: Path, rows: list[str], message: str) -> None:
    file.write_text("\n".join(["code,name,description,parent", *rows, ""]))
    with pytest.raises(LabelError, match=message) as caught:
        read_labels(file)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize("content", [b"id,title\n1,x\n", b"\xff\xfe\x00", b'code,name\n"a,b\n'])
def test_what_is_no_table_of_labels_is_refused(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(LabelError, match=r"desk\.csv"):
        read_labels(file)


def test_a_missing_file_is_refused(file: Path) -> None:
    with pytest.raises(LabelError, match="cannot be read"):
        read_labels(file)


def test_media_topics_have_two_levels() -> None:
    assert list(media_topics(1).labels) == list(load_topics())
    tree = media_topics(2)
    assert tree.depth() == 2
    assert len(tree.labels) == 17 + 120
    assert set(tree.below) == {"", *load_topics()}  # each top concept has narrower ones
    assert all(label.description.endswith(".") for label in tree.labels.values())
    assert tree.labels["medtop:20000082"].parent == "medtop:02000000"
    assert media_topics(1).version != tree.version
