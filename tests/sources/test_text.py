"""Plain text: one article a file, and which first line is its title."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from pipeline.sources.base import BadRecord, Record
from pipeline.sources.text import TextSource, is_headline, split_title


@pytest.mark.parametrize(
    ("text", "title", "body"),
    [
        ("A headline\nThe text.", "A headline", "The text."),
        ("\n\n  Is it a headline?  \n\n\nThe text.\n", "Is it a headline?", "The text."),
        ("This is a sentence.\nThe text.", None, "This is a sentence.\nThe text."),
        ("He said “stop.”\nThe text.", None, "He said “stop.”\nThe text."),
        ("To be continued…\nThe text.", None, "To be continued…\nThe text."),
        ("x" * 150 + "\nThe text.", "x" * 150, "The text."),
        ("x" * 151 + "\nThe text.", None, "x" * 151 + "\nThe text."),
        ("One line only", None, "One line only"),
        ("", None, ""),
    ],
)
def test_the_title_is_a_first_short_line_without_final_stop(
    text: str, title: str | None, body: str
) -> None:
    assert split_title(text) == (title, body)


def test_an_empty_line_is_no_headline() -> None:
    assert not is_headline("")


def test_one_article_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("\ufeffTitel\r\n\r\nDer Text.\r\n".encode())
    (tmp_path / "b.txt").write_bytes(b"caf\xe9 \0")
    (tmp_path / "c.txt.gz").write_bytes(gzip.compress(b"No title here."))
    (tmp_path / "d.txt").write_text("")
    first, bad, third, empty = TextSource(path=str(tmp_path)).read()
    assert first == Record(
        str(tmp_path / "a.txt"), {"title": "Titel", "text": "Der Text.", "source": "a.txt"}
    )
    assert isinstance(bad, BadRecord)
    assert bad.where == str(tmp_path / "b.txt")
    assert isinstance(third, Record)
    assert "title" not in third.values
    assert isinstance(empty, Record)  # ingest says that it is empty, as for every source
