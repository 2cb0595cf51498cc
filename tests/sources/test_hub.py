"""Data sets of `datasets`, here local folders: no hub is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.core.errors import InputError
from pipeline.sources.base import BadRecord, Record
from pipeline.sources.fields import Fields
from pipeline.sources.hub import HubSource

TEXTS = [f"Text number {i}." for i in range(3)]


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    asked: list[object] = []
    monkeypatch.setattr("socket.socket.connect", lambda *args: asked.append(args))
    monkeypatch.setattr("socket.getaddrinfo", lambda *args, **kw: asked.append(args) or [])
    yield
    assert asked == []


def read(path: Path, **options: object) -> list[Record | BadRecord]:
    return list(HubSource(path=str(path), **options).read())


def fill(folder: Path, kind: str) -> None:
    if kind == "csv":
        (folder / "train.csv").write_text("id,words\n" + "".join(f"{t},{t}\n" for t in TEXTS))
    elif kind == "jsonl":
        lines = "".join(f'{{"id": "{t}", "words": "{t}"}}\n' for t in TEXTS)
        (folder / "train.jsonl").write_text(lines)
    else:
        pq.write_table(pa.table({"id": TEXTS, "words": TEXTS}), folder / "train.parquet")


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_local_folder(kind: str, tmp_path: Path) -> None:
    fill(tmp_path, kind)
    (tmp_path / ".hidden").write_text("x")
    source = HubSource(path=str(tmp_path), fields=Fields(text="words"))
    assert [file.name for file in source.files()] == [f"train.{kind}"]
    assert list(source.read()) == [
        Record(f"{tmp_path}: row {n}", {"id": text, "text": text})
        for n, text in enumerate(TEXTS, 1)
    ]
    with pytest.raises(InputError, match=r"no column 'text' \(columns: id, words\)"):
        read(tmp_path)


def test_what_cannot_be_loaded(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"source\.path is not set"):
        list(HubSource(path=None).read())
    with pytest.raises(InputError, match=r"cannot be loaded by `datasets`"):
        read(tmp_path)
    fill(tmp_path, "csv")
    with pytest.raises(InputError, match=r"nosplit.*source\.split"):
        read(tmp_path, split="nosplit")
    with pytest.raises(InputError, match=r"is a file; give its folder"):
        read(tmp_path / "train.csv")


def test_damage_after_the_first_rows_stops_with_the_row(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": TEXTS}), tmp_path / "a.parquet")
    (tmp_path / "b.parquet").write_bytes(b"garbage")
    records = HubSource(path=str(tmp_path)).read()
    assert len([next(records) for _ in TEXTS]) == 3
    with pytest.raises(InputError, match=r"cannot be read after row 3"):
        next(records)
