"""Files of every format in one run, each read as what it is."""

from __future__ import annotations

import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from command import Outcome
from news_texts import OTHER, RESULTS, STORY, WEATHER
from pipeline.core.errors import InputError
from pipeline.sources.auto import AutoSource
from pipeline.sources.base import BadRecord, Record
from pipeline.sources.fields import Fields

Command = Callable[..., Outcome]

PAGE = (
    "<!DOCTYPE html><html><head><title>Harbour closed</title></head><body><nav>Home</nav><article>"
    f"<h1>Harbour closed</h1><p>{STORY[:300]}</p><p>{STORY[300:]}</p></article></body></html>"
)
FEED = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title>Post</title><item><title>Almonds'
    f"</title><guid>g1</guid><description>{OTHER}</description></item></channel></rss>"
)


def read(path: Path, **options: object) -> list[Record]:
    return [one for one in AutoSource(str(path), **options).read() if isinstance(one, Record)]  # type: ignore[arg-type]


def test_a_folder_of_everything(tmp_path: Path, dateline: Command) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "page.html").write_text(PAGE)
    profits = PAGE.replace("Harbour", "Port").replace(STORY[300:], RESULTS)
    (inbox / "as_text.txt").write_text(profits.replace(STORY[:300], RESULTS))
    (inbox / "feed.xml").write_text(FEED)
    (inbox / "table.csv").write_text(f"headline;maintext\nRain;{OTHER[:150]}\n")
    (inbox / "array.json").write_text(json.dumps([{"title": "Snow", "body": OTHER[50:200]}]))
    (inbox / "plain.txt").write_text(f"Wind\n\n{WEATHER}")
    (inbox / "paper.pdf").write_bytes(b"%PDF-1.7")
    outcome = dateline("run", "source.path=inbox", "topic=none", "region=none", "summarizer=none")
    assert outcome.code == 0, outcome.err
    assert "read: 2 html" in outcome.err
    assert all(f"1 {kind}" in outcome.err for kind in ("feed", "csv", "json", "text"))
    assert "a PDF; save its text" in outcome.err
    assert "title from 'headline', text from 'maintext'" in outcome.err
    lines = Path("runs/auto/published/articles.jsonl").read_text().splitlines()
    rows = {row["title"]: row["text"] for row in map(json.loads, lines)}
    assert set(rows) == {
        "Harbour closed", "Port closed", "Almonds", "Rain", "Snow", "Wind"
    }  # fmt: skip
    assert not any("<" in text for text in rows.values())
    assert rows["Harbour closed"].startswith(STORY[:100])


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_an_archive_of_several_formats(kind: str, tmp_path: Path) -> None:
    files = {"a.html": PAGE, "b/feed.xml": FEED, "c.jsonl": '{"text": "Rain fell."}\n'}
    path = tmp_path / f"all.{kind}"
    for name, text in files.items():
        (tmp_path / "x" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "x" / name).write_text(text)
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name in files:
                archive.write(tmp_path / "x" / name, name)
    else:
        with tarfile.open(path, "w:gz") as tar:
            for name in files:
                tar.add(tmp_path / "x" / name, name)
    found = read(path)
    assert [one.values.get("title") for one in found] == ["Harbour closed", "Almonds", None]


def test_a_field_is_wrong_only_where_no_file_has_it(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("absatz;titel\nRain fell.;Rain\n")
    (tmp_path / "b.csv").write_text("text;title\nSnow fell.;Snow\n")
    source = AutoSource(str(tmp_path), fields=Fields(text="absatz"))
    found = list(source.read())
    assert [type(one) for one in found] == [Record, BadRecord]
    with pytest.raises(InputError, match="absatz"):
        list(AutoSource(str(tmp_path), fields=Fields(text="absaz")).read())


def test_several_paths_and_each_file_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Rain fell.")
    (tmp_path / "b.jsonl").write_text('{"text": "Snow fell."}')
    source = AutoSource([str(tmp_path / "b.jsonl"), str(tmp_path)])
    assert [file.name for file in source.files()] == ["b.jsonl", "a.txt"]
    assert len(list(source.read())) == 2


def test_a_source_that_is_named_is_that_one(dateline: Command, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(STORY)
    shown = dateline("run", "source=text", "source.path=a.txt", "--cfg", "job")
    assert "sources.text.TextSource" in shown.out
    shown = dateline("run", "source.path=a.txt", "--cfg", "job")
    assert "sources.auto.AutoSource" in shown.out
    assert "sample_source" in dateline("run", "--cfg", "job").out
