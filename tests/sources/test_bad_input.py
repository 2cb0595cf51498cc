"""Bad input through the command: one line that names the file, exit code 2 or 3, the rest kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from command import Outcome, rejects_in

Run = Callable[..., Any]
GOOD = [{"id": str(n), "text": f"Story number {n} of the café."} for n in range(4)]
LINES = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in GOOD)
OPTIONS = ("region=none", "topic=none", "summarizer=lead", "run.name=r", "paths.runs=runs")


def run(dateline: Run, source: str, path: str, *more: str) -> Any:
    return dateline("run", f"source={source}", f"source.path={path}", *OPTIONS, *more)


def counts(folder: Path) -> dict[str, int]:
    return json.loads((folder / "runs" / "r" / "manifest.json").read_text())["counts"]


@pytest.mark.parametrize(
    ("source", "path", "raw", "said"),
    [
        ("jsonl", "none.jsonl", None, "none.jsonl: no such file or folder"),
        ("text", ".", None, "no file in this folder matches **/*.txt"),
        ("jsonl", "a.jsonl", b"", "a.jsonl: no records in it"),
        ("csv", "a.csv", b"id,words\n1,x\n", "a.csv: no column 'text'"),
        ("csv", "a.csv", "id,text\n".encode("utf-16-le"), "a.csv:1: not utf-8"),
        ("hub", ".", None, "cannot be loaded by `datasets`"),
        ("hub", "a.csv", b"id,text\n1,x\n", "a.csv: is a file"),
    ],
)
def test_a_source_that_cannot_be_read(
    source: str, path: str, raw: bytes | None, said: str, dateline: Run, tmp_path: Path
) -> None:
    if raw is not None:
        (tmp_path / path).write_bytes(raw)
    outcome = run(dateline, source, path)
    assert outcome.code == 2
    assert outcome.message.startswith("dateline: ")
    assert said in outcome.message


BAD_RECORDS: Sequence[tuple[str, str, bytes, str]] = [
    ("jsonl", "a.jsonl", b'{"text": "cut\n', "a.jsonl:1: broken JSON"),
    ("jsonl", "a.jsonl", b'{"text": "nul \\u0000"}\n', "a.jsonl:1: contains NUL bytes"),
    ("jsonl", "a.jsonl", b'{"text": "\\ud800 \\u0000"}\n', "a.jsonl:1: contains NUL bytes"),
    ("jsonl", "a.jsonl", b'{"text": "caf\xe9"}\n', "a.jsonl:1: not utf-8"),
    ("jsonl", "a.jsonl", b'{"text": "' + b"long " * 500_000 + b'"}\n', "a.jsonl:1: 2,500,000 char"),
]


@pytest.mark.parametrize(("source", "path", "raw", "said"), BAD_RECORDS, ids=range(5))
def test_a_bad_record_is_kept_apart_and_the_others_go_on(
    source: str, path: str, raw: bytes, said: str, dateline: Run, tmp_path: Path
) -> None:
    (tmp_path / path).write_bytes(raw + LINES.encode())
    outcome = run(dateline, source, path)
    assert outcome.code == 0
    assert said in outcome.err
    assert "Traceback" not in outcome.err
    expected = {"read": 5, "annotated": 4, "duplicate": 0, "filtered": 0, "rejected": 1}
    assert counts(tmp_path) == expected
    [reject] = rejects_in(tmp_path / "runs" / "r" / "rejects")
    assert said in reject.reason
    assert reject.payload
    published = (tmp_path / "runs" / "r" / "published" / "articles.jsonl").read_text()
    assert [json.loads(line)["id"] for line in published.splitlines()] == ["0", "1", "2", "3"]


def test_too_many_rejects_are_exit_code_3_and_kept(dateline: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("broken\n" * 3 + LINES)
    assert run(dateline, "jsonl", "a.jsonl", "run.max_reject_rate=0.4").code == 3
    assert len(rejects_in(tmp_path / "runs" / "r" / "rejects")) == 3
    assert run(dateline, "jsonl", "a.jsonl", "run.max_reject_rate=0.5").code == 0
    assert counts(tmp_path)["annotated"] == 4


def test_a_mended_configuration_runs_under_the_same_name(dateline: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,words\n1,A story.\n")
    assert run(dateline, "csv", "a.csv").code == 2
    assert run(dateline, "csv", "a.csv", "source.fields.text=words").code == 0
    other = run(dateline, "csv", "a.csv", "source.fields.text=words", "source.fields.id=null")
    assert other.code == 2
    assert "source.fields.id was 'auto' and is null" in other.err
    assert run(dateline, "csv", "a.csv", "source.fields.text=words", "runner.workers=2").code == 0


def test_a_run_that_kept_nothing_says_why_and_is_mended_under_its_name(
    dateline: Run, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("id,text,body\n1,,A story.\n2,,Another.\n3,,A third.\n")
    refused = run(dateline, "csv", "a.csv")
    assert refused.code == 3
    assert "rejected: a.csv:2: neither title nor text" in refused.err
    assert "3 of 3 records were rejected" in refused.err
    assert run(dateline, "csv", "a.csv", "source.fields.text=body").code == 0
    assert counts(tmp_path)["annotated"] == 3
    assert not list((tmp_path / "runs" / "r" / "rejects").glob("*"))


def test_dates_that_are_not_read_are_said_and_counted(dateline: Run, tmp_path: Path) -> None:
    rows = ("2026-01-31", "02/03/2026", "04/05/2026", "2 hours ago")
    (tmp_path / "a.csv").write_text(
        "id,text,published\n" + "".join(f"{n},Story {n}.,{d}\n" for n, d in enumerate(rows))
    )
    done = run(dateline, "csv", "a.csv")
    assert done.code == 0
    assert "2 ambiguous ('02/03/2026'), 1 relative ('2 hours ago')" in done.message
    manifest = json.loads((tmp_path / "runs" / "r" / "manifest.json").read_text())
    assert manifest["unread_dates"] == {"ambiguous": 2, "relative": 1}
    assert manifest["text_notes"] == {"stub": 4}


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_later_file_without_the_column_costs_that_file_only(
    dateline: Callable[..., Outcome], tmp_path: Path, kind: str
) -> None:
    import pandas as pd

    (tmp_path / "in").mkdir()
    for name, column in (("a", "text"), ("b", "words"), ("c", "text")):
        table = pd.DataFrame({"id": [name], column: [f"It rained in {name} today."]})
        path = tmp_path / "in" / f"{name}.{kind}"
        table.to_csv(path, index=False) if kind == "csv" else table.to_parquet(path)
    done = dateline(
        "run", f"source={kind}", "source.path=in", "topic=none", "summarizer=lead", "run.name=x"
    )
    assert done.code == 0
    assert f"b.{kind}: no column 'text'" in done.message
    assert "3 read, 2 annotated, 1 rejected" in done.out
