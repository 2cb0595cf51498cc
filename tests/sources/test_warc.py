"""WARC as warcio writes it: which records are pages, and what damage costs."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import brotli
import pytest
import zstandard
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from command import Outcome
from pipeline.core.workers import Done
from pipeline.sources import html_pages, warc
from pipeline.sources.base import BadRecord, LeftOut, Read, Record
from pipeline.sources.html_page import Page, by_trafilatura
from pipeline.sources.parts import parts_of
from pipeline.sources.warc import WarcSource

DATE = "2026-02-03T04:05:06Z"
HTML = (("Content-Type", "text/html; charset=utf-8"),)


class InProcess:
    """Stands for the processes, whose start takes longer than these pages."""

    def __init__(self, function: Callable[[Page], Read], *options: object, **more: object) -> None:
        self._function = function

    def ordered(self, items: Iterable[Page | Done[Read]]) -> Iterator[Read]:
        for item in items:
            yield item.result if isinstance(item, Done) else self._function(item)

    def close(self) -> None:
        pass


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_pages, "Workers", InProcess)


def page(number: int) -> bytes:
    sentence = f"The council of town {number} agreed on a plan for the harbour, as had been asked. "
    head = f"<head><title>Story {number} of the day</title></head>"
    return f"<html>{head}<body><p>{sentence * 3}</p></body></html>".encode()


def response(
    writer: WARCWriter,
    body: bytes,
    headers: Sequence[tuple[str, str]] = HTML,
    status: str = "200 OK",
    url: str = "http://e.example/story",
    kind: str = "response",
    warc_headers: dict[str, str] | None = None,
) -> None:
    http = StatusAndHeaders(status, list(headers), protocol="HTTP/1.1")
    writer.write_record(
        writer.create_warc_record(
            url, kind, payload=io.BytesIO(body), http_headers=http,
            warc_headers_dict={"WARC-Date": DATE, **(warc_headers or {})},
        )
    )  # fmt: skip


def written(pages: int, packed: bool = False) -> bytes:
    """A crawl: a description, and for each page its response, its request and its metadata."""
    file = io.BytesIO()
    writer = WARCWriter(file, gzip=packed)
    writer.write_record(writer.create_warcinfo_record("a.warc", {"software": "a test"}))
    for number in range(pages):
        url = f"http://e.example/{number}"
        response(writer, page(number), url=url)
        get = StatusAndHeaders("GET / HTTP/1.1", [("Host", "e.example")], is_http_request=True)
        writer.write_record(
            writer.create_warc_record(url, "request", payload=io.BytesIO(), http_headers=get)
        )
        metadata = io.BytesIO(b"fetchTimeMs: 12")
        writer.write_record(writer.create_warc_record(url, "metadata", payload=metadata))
    return file.getvalue()


def zstd(data: bytes) -> bytes:
    """A frame for every 1,000 bytes: records lie in frames of their own."""
    pack = zstandard.ZstdCompressor().compress
    return b"".join(pack(data[start : start + 1000]) for start in range(0, len(data), 1000))


def read(path: Path, **options: object) -> list[Read]:
    return list(WarcSource(path=str(path), workers=1, **options).read())  # type: ignore[arg-type]


def one(folder: Path, *args: object, **options: object) -> Read:
    """What a file with one response is."""
    file = io.BytesIO()
    response(WARCWriter(file, gzip=False), *args, **options)  # type: ignore[arg-type]
    (folder / "one.warc").write_bytes(file.getvalue())
    [record] = read(folder / "one.warc")
    return record


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz", "a.warc.zst", "a.zip"])
def test_pages_are_those_that_warcio_reads(name: str, tmp_path: Path) -> None:
    plain, path = written(5), tmp_path / name
    match path.suffix:
        case ".gz":
            path.write_bytes(written(5, packed=True))
        case ".zst":
            path.write_bytes(zstd(plain))
        case ".zip":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("a.warc.gz", written(5, packed=True))
        case _:
            path.write_bytes(plain)
    records = read(path)
    expected = []
    for record in ArchiveIterator(io.BytesIO(plain)):
        if record.rec_type == "response":
            url = record.rec_headers.get_header("WARC-Target-URI")
            expected.append(by_trafilatura(Page("", record.content_stream().read(), url)))
    pages = [record for record in records if isinstance(record, Record)]
    assert [dict(record.values) for record in pages] == [dict(e.values) for e in expected]  # type: ignore[union-attr]
    assert [record.where.rpartition(": ")[2] for record in pages] == [
        f"record {number}" for number in (2, 5, 8, 11, 14)
    ]
    left_out = [record.reason for record in records if isinstance(record, LeftOut)]
    assert left_out == ["warcinfo", *["request", "metadata"] * 5]


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("cut", [3000, 300, 30])
@pytest.mark.parametrize("packing", ["plain", "gz", "zst"])
def test_a_file_that_is_cut_costs_its_last_record(cut: int, packing: str, tmp_path: Path) -> None:
    plain = written(20)
    path = tmp_path / ("a.warc" if packing == "plain" else f"a.warc.{packing}")
    data = {"plain": plain, "gz": written(20, packed=True), "zst": zstd(plain)}[packing]
    path.write_bytes(data[:-cut])
    *records, last = read(path)
    whole = read_whole(tmp_path, plain)
    assert isinstance(last, BadRecord)
    assert last.reason.startswith(f"{path}: not readable as WARC after record {len(records)}: ")
    assert "fetch it anew" in last.reason
    assert [type(r) for r in records] == [type(r) for r in whole[: len(records)]]
    if packing != "zst":  # of which a frame is lost whole
        assert len(records) >= len(whole) - (1 if cut == 30 else 4 if cut == 300 else 30)
    assert len(records) > 30


def read_whole(folder: Path, data: bytes) -> list[Read]:
    (folder / "whole.warc").write_bytes(data)
    return read(folder / "whole.warc")


@pytest.mark.usefixtures("in_process")
def test_damage_in_the_middle_costs_what_lies_behind(tmp_path: Path) -> None:
    data = written(3)
    start = data.index(b"WARC/1.0", data.index(b"town 1"))
    (tmp_path / "a.warc").write_bytes(data[:start] + b"XXXX" + data[start + 4 :])
    (tmp_path / "b.warc").write_bytes(b"no WARC at all\n" * 100)
    (tmp_path / "c.warc").write_bytes(b"")
    (tmp_path / "d.warc").write_bytes(data)
    records = read(tmp_path)
    bad = [record for record in records if isinstance(record, BadRecord)]
    assert [record.where for record in bad] == [str(tmp_path / "a.warc"), str(tmp_path / "b.warc")]
    assert sum(isinstance(record, Record) for record in records) == 2 + 3


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"status": "404 Not Found"}, "status 404"),
        ({"status": "301 Moved"}, "status 301"),
        ({"headers": [("Content-Type", "image/png")]}, "not html"),
        ({"headers": [("Content-Type", "application/json")]}, "not html"),
        ({"headers": []}, "not html"),
        ({"kind": "revisit"}, "revisit"),
    ],
)
def test_other_records_are_left_out_by_what_they_are(
    options: dict[str, object], reason: str, tmp_path: Path
) -> None:
    record = one(tmp_path, page(1), **options)
    assert isinstance(record, LeftOut)
    assert record.reason == reason


@pytest.mark.usefixtures("in_process")
def test_a_wrong_digest_is_a_bad_record(tmp_path: Path) -> None:
    data = written(3).replace(b"town 1", b"town X", 1)
    (tmp_path / "a.warc").write_bytes(data)
    [bad] = [record for record in read(tmp_path / "a.warc") if isinstance(record, BadRecord)]
    assert bad.where.endswith("a.warc: record 5")
    assert "WARC-Payload-Digest" in bad.reason and "fetch" in bad.reason
    assert "town X" in bad.payload
    other = one(tmp_path, page(1), warc_headers={"WARC-Payload-Digest": "blake9:ABC"})
    assert isinstance(other, Record)


def chunked(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(data), data)


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize(
    ("encodings", "pack"),
    [
        ({"Content-Encoding": "gzip"}, gzip.compress),
        ({"Content-Encoding": "br"}, brotli.compress),
        ({"Content-Encoding": "zstd"}, zstandard.compress),
        ({"Transfer-Encoding": "chunked"}, chunked),
        (
            {"Content-Encoding": "gzip", "Transfer-Encoding": "chunked"},
            lambda d: chunked(gzip.compress(d)),
        ),
        # Crawlers that unpack and leave the headers.
        ({"Content-Encoding": "gzip"}, bytes),
        ({"Content-Encoding": "br", "Transfer-Encoding": "chunked"}, bytes),
    ],
)
def test_encodings_of_http(
    encodings: dict[str, str], pack: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    record = one(tmp_path, pack(page(1)), headers=[*HTML, *encodings.items()])
    assert isinstance(record, Record)
    assert record.values["title"] == "Story 1 of the day"


@pytest.mark.usefixtures("in_process")
def test_a_page_that_unpacks_to_too_much_is_a_bad_record(tmp_path: Path) -> None:
    bomb = gzip.compress(b"<html>" + b" " * (warc._LARGEST_PAGE + 1))
    record = one(tmp_path, bomb, headers=[*HTML, ("Content-Encoding", "gzip")])
    assert isinstance(record, BadRecord)
    assert "over 16 MB" in record.reason


@pytest.mark.usefixtures("in_process")
def test_address_charset_and_day_of_the_crawl(tmp_path: Path) -> None:
    latin = page(1).replace(b"Story", b"R\xe9cit")
    http = [("Content-Type", "text/html; charset=iso-8859-1")]
    record = one(tmp_path, latin, headers=http)
    assert isinstance(record, Record)
    assert record.values["title"] == "Récit 1 of the day"
    assert record.values["url"] == "http://e.example/story"
    assert "published" not in record.values
    [dated] = read(tmp_path / "one.warc", crawl_date=True)
    assert isinstance(dated, Record)
    assert dated.values["published"] == DATE
    meta = b'<meta property="article:published_time" content="2026-01-01">'
    own = one(tmp_path, page(1).replace(b"<title>", meta + b"<title>"))
    assert isinstance(own, Record)
    [own] = read(tmp_path / "one.warc", crawl_date=True)
    assert isinstance(own, Record) and own.values["published"] == "2026-01-01"


def test_records_are_streamed(tmp_path: Path) -> None:
    file = io.BytesIO()
    writer = WARCWriter(file, gzip=True)
    for number in range(60):
        headers = [("Content-Type", "video/mp4" if number % 2 else "text/html")]
        response(writer, page(number) + b"<!--" + b"x" * 2**20 + b"-->", headers=headers)
    (tmp_path / "a.warc.gz").write_bytes(file.getvalue())
    [part] = parts_of(tmp_path / "a.warc.gz")
    source = WarcSource(path=None, workers=1)
    tracemalloc.start()
    kinds = [type(record) for record in source.read_part(part)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kinds == [Record, LeftOut] * 30
    assert peak < 20 * 2**20  # of 63 MB: a few pages are read ahead


def test_counts_of_a_run(dateline: Callable[..., Outcome], tmp_path: Path) -> None:
    (tmp_path / "a.warc.gz").write_bytes(written(3, packed=True)[:-40])
    done = dateline(
        "run", "source=warc", "source.path=a.warc.gz", "region=none", "topic=none",
        "summarizer=lead", "run.name=r",
    )  # fmt: skip
    assert done.code == 0
    assert "10 read, 3 annotated, 6 filtered, 1 rejected" in done.out
