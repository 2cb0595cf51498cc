"""Files that are broken or meant to do harm, by the command: each is a reject with its reason, the
others are read, and the counts add up."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import struct
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from html import escape
from pathlib import Path

import pytest
import zstandard

from command import ROOT, Outcome, rejects_in
from pipeline.core.workers import Done
from pipeline.ingest.ingest import ingest
from pipeline.sources import html_pages
from pipeline.sources.base import Read
from pipeline.sources.html_page import Page

Command = Callable[..., Outcome]
OPTIONS = (
    "region=none", "topic=none", "summarizer=lead", "run.name=r", "publish=[jsonl]",
    "run.max_reject_rate=1",
)  # fmt: skip


def csv(*names: str, end: str = "\n") -> str:
    """A table of one article a name."""
    return end.join(["id,text", *(f"{name},A story of {name} and the sea." for name in names), ""])


def zipped(members: Iterable[tuple[str, str | bytes]]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return data.getvalue()


def tarred(*members: tuple[tarfile.TarInfo, bytes], mode: str = "w") -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=mode, format=tarfile.PAX_FORMAT) as archive:  # type: ignore[call-overload]
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return data.getvalue()


def member(name: str, **values: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for key, value in values.items():
        setattr(info, key, value)
    return info


@pytest.fixture
def run(dateline: Command, tmp_path: Path) -> Command:
    """Run over the folder `in`; returns how it ended."""
    (tmp_path / "in").mkdir()

    def run(source: str, *more: str, path: str = "in") -> Outcome:
        return dateline("run", f"source={source}", f"source.path={path}", *OPTIONS, *more)

    return run


def put(folder: Path, **files: str | bytes) -> None:
    """Files of the folder `in`; `__` in a name stands for a dot."""
    for name, content in files.items():
        raw = content.encode() if isinstance(content, str) else content
        (folder / "in" / name.replace("__", ".")).write_bytes(raw)


def ids(folder: Path) -> list[str]:
    lines = (folder / "runs/r/published/articles.jsonl").read_text().splitlines()
    return [json.loads(line)["id"] for line in lines]


def rejected(folder: Path) -> dict[str, str]:
    """The reason of each reject, without its position before it, by position."""
    return {
        one.where: one.reason.removeprefix(f"{one.where}: ")
        for one in rejects_in(folder / "runs/r/rejects")
    }


def counts(folder: Path) -> dict[str, int]:
    manifest = json.loads((folder / "runs/r/manifest.json").read_text())["counts"]
    assert manifest.pop("read") == sum(manifest.values())
    return {name: count for name, count in manifest.items() if count}


ZEROS = "id,text\nbomb," + "0" * 10**6


def sparse() -> bytes:
    """A tar archive of a kilobyte that holds a file of a terabyte with nothing in it."""
    info = member("bomb.csv")
    info.pax_headers = {"GNU.sparse.size": str(2**40), "GNU.sparse.map": "0,10"}
    return tarred((info, b"id,text\na,"))


def test_bombs(run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.sources.unpacking._FREELY_UNPACKED", 2**16)
    raw = ZEROS.encode()
    put(
        tmp_path, a__csv=csv("a"), b__csv__gz=gzip.compress(raw), c__csv__bz2=bz2.compress(raw),
        d__csv__xz=lzma.compress(raw), e__csv__zst=zstandard.compress(raw),
        f__csv__zip=zipped([("bomb.csv", raw), ("fine.csv", csv("f"))]), g__csv__tar=sparse(),
        h__csv__tar__gz=gzip.compress(tarred((member("bomb.csv"), raw))), z__csv=csv("z"),
    )  # fmt: skip
    outcome = run("csv")
    assert outcome.code == 0, outcome.err
    assert ids(tmp_path) == ["a", "f", "z"]
    bombs = rejected(tmp_path)
    assert list(bombs) == [
        "b.csv.gz", "c.csv.bz2", "d.csv.xz", "e.csv.zst", "f.csv.zip/bomb.csv",
        "g.csv.tar/bomb.csv", "h.csv.tar.gz/bomb.csv", "h.csv.tar.gz",
    ]  # fmt: skip
    for reason in bombs.values():
        assert "unpacks to over 200 times its size, as a decompression bomb does" in reason
    assert counts(tmp_path) == {"annotated": 3, "rejected": len(bombs)}


def overlapping() -> bytes:
    """A hundred names for the bytes of one member, as in archives that hold petabytes."""
    data = zipped([("a.csv", csv(*map(str, range(1000))))])
    names, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    sizes = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 100, 100, 100 * (end - names), names, 0)
    return data[:names] + data[names:end] * 100 + sizes


def encrypted() -> bytes:
    data = bytearray(zipped([("secret.csv", csv("x")), ("open.csv", csv("open"))]))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def unknown_method() -> bytes:
    data = bytearray(zipped([("odd.csv", csv("x"))]))
    data[8] = data[data.index(b"PK\x01\x02") + 10] = 97
    return bytes(data)


def test_archives_that_cannot_be_unpacked(run: Command, tmp_path: Path) -> None:
    put(
        tmp_path, a__csv__zip=overlapping(), b__csv__zip=encrypted(), c__csv__zip=unknown_method(),
        d__csv__zip=zipped([("in.zip", zipped([("x.csv", csv("x"))]))]),
        e__csv__zip=b"no archive", f__csv__tar=b"no archive", z__csv=csv("z"),
    )  # fmt: skip
    outcome = run("csv")
    assert outcome.code == 0, outcome.err
    assert ids(tmp_path) == ["open", "z"]
    reasons = rejected(tmp_path)
    said = {
        "a.csv.zip": "its files overlap, as those of a decompression bomb do",
        "b.csv.zip/secret.csv": "is encrypted, password required",
        "c.csv.zip/odd.csv": "That compression method is not supported",
        "d.csv.zip/in.zip": "not utf-8",
        "e.csv.zip": "File is not a zip file",
        "f.csv.tar": "truncated header",
    }
    assert list(reasons) == list(said)
    for where, words in said.items():
        assert words in reasons[where]
    assert counts(tmp_path) == {"annotated": 2, "rejected": 6}


def tree(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if "runs" not in path.parts}


def test_names_that_lead_out_of_an_archive(run: Command, tmp_path: Path) -> None:
    names = ["../evil.csv", "a/../../evil.csv", "..\\evil.csv", "/tmp/dateline-evil.csv"]
    link = member("link.csv", type=tarfile.SYMTYPE, linkname="/etc/passwd")
    hard = member("hard.csv", type=tarfile.LNKTYPE, linkname="../../a.csv")
    pipe = member("pipe.csv", type=tarfile.FIFOTYPE)
    members = [(member(name), csv(f"t{n}").encode()) for n, name in enumerate(names)]
    put(
        tmp_path, a__csv__zip=zipped((name, csv(f"z{n}")) for n, name in enumerate(names)),
        b__csv__tar=tarred(*members, (link, b""), (hard, b""), (pipe, b"")), z__csv=csv("z"),
    )  # fmt: skip
    before = tree(tmp_path)
    outcome = run("csv")
    assert outcome.code == 0, outcome.err
    assert tree(tmp_path) == before
    assert not Path("/tmp/dateline-evil.csv").exists()
    # One from the root of a disk is read: nothing is unpacked to a name.
    assert ids(tmp_path) == ["z3", "t3", "z"]
    reasons = rejected(tmp_path)
    for archive in ("a.csv.zip", "b.csv.tar"):
        for name in names[:3]:
            assert "its name leads out of the archive" in reasons.pop(f"{archive}/{name}")
    assert list(reasons) == [f"b.csv.tar/{name}.csv" for name in ("link", "hard", "pipe")]
    assert all("a link or a device, not a file" in reason for reason in reasons.values())
    assert counts(tmp_path) == {"annotated": 3, "rejected": 9}


def test_a_line_that_is_too_long(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("parts", "line_marks"):
        monkeypatch.setattr(f"pipeline.sources.{module}.LONGEST_LINE", 2**16)
    put(tmp_path, a__csv=f"{csv('a')}long,{'word ' * 40_000}\n{csv('b')}", z__csv=csv("z"))
    outcome = run("csv")
    assert outcome.code == 0, outcome.err
    assert ids(tmp_path) == ["a", "b", "z"]
    [reason] = rejected(tmp_path).values()
    assert "million characters; split or remove it" in reason
    assert rejects_in(tmp_path / "runs/r/rejects")[0].payload.startswith("long,word word")
    assert counts(tmp_path) == {"annotated": 3, "rejected": 1}


def test_wrong_and_mixed_encodings(run: Command, tmp_path: Path) -> None:
    put(
        tmp_path, a__csv=csv("a"), b__csv=csv("b").encode() + b"c,A caf\xe9 by the sea.\n",
        d__csv=csv("d").encode("utf-16"), e__csv=csv("e").encode("utf-16-le"),
        f__csv=csv("f", "g", end="\r"), h__csv=csv("h").replace("sea", "s\0a"),
        i__csv=csv("i", end="\r\n"), j__csv=bytes(range(256)) * 8,
    )  # fmt: skip
    outcome = run("csv", "source.encoding=utf-8")
    assert outcome.code == 0, outcome.err
    assert ids(tmp_path) == ["a", "b", "d", "f", "g", "i"]
    reasons = rejected(tmp_path)
    assert list(reasons) == ["b.csv:3", "e.csv", "h.csv:2", "j.csv"]
    assert "contains NUL bytes" in reasons.pop("h.csv:2")
    assert all("not utf-8; set source.encoding, e.g. cp1252" in one for one in reasons.values())
    assert counts(tmp_path) == {"annotated": 6, "rejected": 4}


class InProcess:
    """Stands for the processes, whose start takes longer than these pages."""

    def __init__(self, function: Callable[[Page], Read], *options: object, **more: object) -> None:
        self._function = function

    def ordered(self, items: Iterable[Page | Done[Read]]) -> Iterator[Read]:
        for item in items:
            yield item.result if isinstance(item, Done) else self._function(item)

    def close(self) -> None:
        pass


SENTENCE = "The council of the town agreed on a plan for the harbour, as had been asked for long. "


def page(number: int, more: str = "", head: str = "") -> str:
    return (
        f"<html><head><title>Story {number} of the day</title>{head}</head><body onload='steal()'>"
        f"<h1>Story {number} of the day</h1><p>{SENTENCE * 3}</p>{more}<p>Number {number}. "
        f"{SENTENCE}</p></body></html>"
    )


def test_scripts_in_pages(run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_pages, "Workers", InProcess)
    code = "document.cookie='stolen'"
    script = f"<script>{code}</script>"
    data = json.dumps({"@type": "NewsArticle", "articleBody": script, "headline": script})
    data = data.replace("</", "<\\/")
    put(
        tmp_path, a__html=page(1, f"{script}<style>p{{color:{code}}}</style>"),
        b__html=page(2, f"<p>Before <img src=x onerror={code}> after, one said at the time.</p>"),
        c__html=page(3, f"<iframe srcdoc='{script}'></iframe><a href='javascript:{code}'>A</a>"),
        d__html=page(4, f"<p>{escape(script)} and more was said at the time.</p>"),
        e__html=page(5, head=f'<script type="application/ld+json">{data}</script>'),
        f__html=page(6, f"<script>{code}"),
        z__html="<html><body><script>" + code * 10,
    )  # fmt: skip
    outcome = run("html", "ingest.near_duplicates=false")
    assert outcome.code == 0, outcome.err
    text = (tmp_path / "runs/r/published/articles.jsonl").read_text()
    assert all(f"Number {number}." in text for number in range(1, 6))
    assert "stolen" not in text and "steal" not in text and "<" not in text
    assert "no article text on this page" in rejected(tmp_path)["z.html"]
    assert counts(tmp_path) == {"annotated": 6, "rejected": 1}


def test_a_crawl_cut_in_its_last_record(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html_pages, "Workers", InProcess)
    records = []
    for number in range(3):
        http = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{page(number)}".encode()
        head = (
            "WARC/1.0\r\nWARC-Type: response\r\nWARC-Date: 2026-02-03T04:05:06Z\r\n"
            f"WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-{number:012}>\r\n"
            f"WARC-Target-URI: https://e.example/{number}\r\n"
            "Content-Type: application/http; msgtype=response\r\n"
            f"Content-Length: {len(http)}\r\n\r\n"
        )
        records.append(head.encode() + http + b"\r\n\r\n")
    crawl = b"".join(records)
    put(tmp_path, a__warc=crawl[:-300], z__warc=crawl.replace(b"town", b"city"))
    outcome = run("warc", "ingest.near_duplicates=false")
    assert outcome.code == 0, outcome.err
    [reason] = rejected(tmp_path).values()
    assert "a.warc: not readable as WARC after record 2: the file ends within the next" in reason
    assert counts(tmp_path) == {"annotated": 5, "rejected": 1}


def test_two_files_that_are_the_same(run: Command, tmp_path: Path) -> None:
    packed = gzip.compress(csv("a").encode())
    put(tmp_path, a__csv=csv("a", "b"), b__csv=csv("a", "b"), c__csv__gz=packed)
    outcome = run("csv")
    assert outcome.code == 0, outcome.err
    assert ids(tmp_path) == ["a", "b"]
    assert counts(tmp_path) == {"annotated": 2, "duplicate": 3}


def test_a_file_that_changes_while_it_is_read(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, a__csv=csv("a"), b__csv=csv("b"))

    def changing(*given: object) -> None:
        ingest(*given)  # type: ignore[arg-type]
        put(tmp_path, b__csv=csv("b", "c"))

    monkeypatch.setattr("pipeline.workflow.reading.ingest", changing)
    outcome = run("csv")
    assert outcome.code == 2
    assert "b.csv: changed while it was read; run again when nobody writes to it" in outcome.err
    monkeypatch.setattr("pipeline.workflow.reading.ingest", ingest)
    assert run("csv").code == 2
    assert run("csv", "run.overwrite=true").code == 0
    assert ids(tmp_path) == ["a", "b", "c"]


@pytest.mark.parametrize("source", ["csv", "auto"])
def test_a_folder_and_a_file_without_permission(
    source: str, run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what the system says to those who are not root."""
    put(tmp_path, a__csv=csv("a"), b__csv=csv("b"), z__csv=csv("z"))
    closed = tmp_path / "in" / "closed"
    closed.mkdir()
    (closed / "c.csv").write_text(csv("c"))
    scan, open_file = os.scandir, Path.open

    def scandir(path: str | Path = ".") -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    def opened(path: Path, *given: object, **named: object) -> object:
        if path.name in ("closed", "b.csv"):
            raise PermissionError(13, "Permission denied", str(path))
        return open_file(path, *given, **named)  # type: ignore[call-overload]

    monkeypatch.setattr("os.scandir", scandir)
    monkeypatch.setattr(Path, "open", opened)
    outcome = run(source)
    assert outcome.code == 0, outcome.err
    assert ids(tmp_path) == ["a", "z"]
    reasons = rejected(tmp_path)
    assert list(reasons) == ["b.csv", "closed"]
    assert all("[Errno 13] Permission denied" in reason for reason in reasons.values())
    assert counts(tmp_path) == {"annotated": 2, "rejected": 2}


def test_ids_that_are_numbers(run: Command, tmp_path: Path) -> None:
    given = ["7", "7.5", "12345678901234567890123", "0", "true", "null", '"7"', "[7]"]
    rows = (f'{{"id": {one}, "text": "Story {n} of the sea."}}\n' for n, one in enumerate(given))
    put(tmp_path, a__jsonl="".join(rows))
    outcome = run("jsonl")
    assert outcome.code == 0, outcome.err
    *numbers, of_content = ids(tmp_path)
    assert numbers == ["7", "7.5", "12345678901234567890123", "0", "True"]
    assert len(of_content) == 64
    reasons = rejected(tmp_path)
    assert list(reasons) == ["a.jsonl:8", "a.jsonl:7"]
    assert "'id' is a list, not a string" in reasons["a.jsonl:8"]
    assert counts(tmp_path) == {"annotated": 6, "rejected": 2}


@pytest.mark.parametrize(
    "name", ["a.tar", "a.tar.gz", "a.tgz", "a.tar.bz2", "a.tbz2", "a.txz", "a.csv.tar.zst"]
)
def test_tar_archives(name: str, run: Command, tmp_path: Path) -> None:
    packed = gzip.compress(csv("c").encode())
    plain = tarred(
        (member("./b.csv"), csv("b").encode()), (member("sub/c.csv.gz"), packed),
        (member(".hidden.csv"), b"x"),
    )  # fmt: skip
    pack = {"tar": bytes, "gz": gzip.compress, "tgz": gzip.compress, "bz2": bz2.compress,
            "tbz2": bz2.compress, "txz": lzma.compress, "zst": zstandard.compress}  # fmt: skip
    (tmp_path / "in" / name).write_bytes(pack[name.rpartition(".")[2]](plain))  # type: ignore[operator]
    outcome = run("csv", path=f"in/{name}")
    assert outcome.code == 0, outcome.err
    assert ids(tmp_path) == ["b", "c"]
    assert counts(tmp_path) == {"annotated": 2}


def test_several_paths(run: Command, tmp_path: Path) -> None:
    put(tmp_path, b__csv=csv("b"), a__csv=csv("a"))
    (tmp_path / "c, 2.csv").write_text(csv("c"))
    (tmp_path / "d.csv.gz").write_bytes(gzip.compress(csv("d").encode()))
    outcome = run("csv", path="['c, 2.csv',in,d*.gz,in/a.csv]")
    assert outcome.code == 0, outcome.err
    assert ids(tmp_path) == ["c", "a", "b", "d"]
    missing = run("csv", "run.name=other", path="[in,nowhere.csv]")
    assert (missing.code, "nowhere.csv: no such file" in missing.err) == (2, True)


def test_standard_input(tmp_path: Path) -> None:
    words = ["run", "--quiet", "source=csv", "source.path=-", *OPTIONS]
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *words],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        input=f"{csv('a', 'b')}c\n", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert ids(tmp_path) == ["a", "b"]
    assert list(rejected(tmp_path)) == ["stdin:4"]
    assert counts(tmp_path) == {"annotated": 2, "rejected": 1}
