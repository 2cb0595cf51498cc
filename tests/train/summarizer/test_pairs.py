"""Pairs to train on: reading, splitting, and what is left out."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from pipeline.core.errors import InputError
from pipeline.train.summarizer.pairs import Pair, is_supported, read_pairs, split_of

ROW = {"text": "Rain fell in Cork.", "summary": "Rain fell.", "form": "brief"}


def written(path: Path, *lines: object) -> Path:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    content = "\n".join(texts).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_pairs_are_read_with_what_they_lack(tmp_path: Path, name: str) -> None:
    lines = [{**ROW, "id": "x", "split": "test"}, "", ROW]
    first, second = read_pairs(written(tmp_path / name, *lines))
    assert first == Pair("x", ROW["text"], "Rain fell.", "brief", "test")
    assert second == Pair("3", ROW["text"], "Rain fell.", "brief", split_of(ROW["text"]))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["", "{broken"], "a.jsonl:2: no JSON"),
        (
            [ROW, {"text": "A."}],
            "a.jsonl:2: summary is missing; form is missing; a pair has text, summary and",
        ),
        ([["text"]], "a.jsonl:1: not a JSON object"),
        ([{**ROW, "summary": " "}], "a.jsonl:1: summary is empty"),
        ([{**ROW, "text": 5}], "a.jsonl:1: text is a int, not a text"),
        ([{**ROW, "split": "dev"}], "split 'dev' is none of 'train', 'validation' or 'test'"),
        ([], "no pairs in this file"),
    ],
)
def test_what_is_no_pair_is_named(tmp_path: Path, lines: list[object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_pairs(written(tmp_path / "a.jsonl", *lines))


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    whole = written(tmp_path / "a.jsonl.gz", *[ROW] * 50).read_bytes()
    (tmp_path / "cut.gz").write_bytes(whole[:-12])
    (tmp_path / "broken.gz").write_bytes(whole[:12] + b"\xff" * 20 + whole[32:])
    (tmp_path / "no.gz").write_bytes(b"text")
    (tmp_path / "latin.jsonl").write_bytes(b"\xe9\n")
    for name in ("cut.gz", "broken.gz", "no.gz", "latin.jsonl", "gone.jsonl", "."):
        with pytest.raises(InputError, match="cannot be read"):
            read_pairs(tmp_path / name)


def test_documents_are_split_by_their_words() -> None:
    texts = [f"Document {n} says little." for n in range(4000)]
    splits = [split_of(text) for text in texts]
    assert 0.03 < splits.count("test") / len(texts) < 0.07
    assert 0.08 < splits.count("validation") / len(texts) < 0.12
    assert [split_of(f"  {text.upper()}\n") for text in texts] == splits
    assert split_of("Document 0 says little.") == "train", "for ever"


def test_supported_summaries_have_only_names_and_numbers_of_the_text() -> None:
    text = "The mayor of Cork, Mary Byrne, spent 1,200 euros on Tuesday."
    assert is_supported("Mayor Byrne of Cork spent 1200 euros.", text)
    assert not is_supported("It cost money. Mayor Byrne spent 1,300 euros.", text)
    assert not is_supported("The mayor of Galway spent money.", text)
