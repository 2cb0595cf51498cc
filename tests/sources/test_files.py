"""Finding and reading input files, and what is said of those that cannot be read."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.core.errors import InputError
from pipeline.sources.base import BadRecord
from pipeline.sources.files import find_files
from pipeline.sources.line_marks import UNDECODABLE
from pipeline.sources.parts import DamagedFileError, parts_of

PATTERNS = ("**/*.txt",)


def read_text(path: Path, encoding: str) -> str | BadRecord:
    (part,) = parts_of(path)
    try:
        return part.text(encoding)
    except DamagedFileError as error:
        return error.bad


def read_lines(path: Path, encoding: str) -> Iterator[str]:
    for part in parts_of(path):
        yield from part.lines(encoding)


def test_a_folder_gives_its_matching_files_sorted_without_hidden_ones(tmp_path: Path) -> None:
    for name in ("b.txt", "sub/a.txt", "._b.txt", ".git/x.txt", "c.pdf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "folder.txt").mkdir()
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    found = [str(file.relative_to(tmp_path)) for file in find_files(str(tmp_path), PATTERNS)]
    assert found == ["b.txt", "sub/a.txt"]


def test_a_glob_and_a_file_with_the_letters_of_a_glob(tmp_path: Path) -> None:
    for name in ("a1.txt", "a[1].txt", "b.txt"):
        (tmp_path / name).write_text("x")
    assert find_files(str(tmp_path / "a*.txt"), PATTERNS) == [
        tmp_path / "a1.txt",
        tmp_path / "a[1].txt",
    ]
    assert find_files(str(tmp_path / "a[1].txt"), PATTERNS) == [tmp_path / "a[1].txt"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("", "source.path is not set"),
        ("nowhere", "no such file or folder"),
        ("no*.txt", "no file matches this pattern"),
        ("x" * 300, "File name too long"),
        ("~nobody-has-this-name/x", "home directory"),
    ],
)
def test_nothing_there(
    path: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=said) as error:
        find_files(path, PATTERNS)
    assert path in str(error.value)
    assert "source.path" in str(error.value)


@pytest.mark.parametrize("pattern", ["**.txt", "/abs/*.txt", ""])
def test_a_pattern_that_is_none(pattern: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"source\.patterns"):
        find_files(str(tmp_path), (pattern,))


def test_a_folder_without_a_match_names_it_and_the_patterns(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\*\*/\*\.txt") as error:
        find_files(str(tmp_path), PATTERNS)
    assert str(tmp_path) in str(error.value)


COMPRESSED = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


@pytest.mark.parametrize("suffix", COMPRESSED)
def test_compressed_text(suffix: str, tmp_path: Path) -> None:
    whole = COMPRESSED[suffix]("Über Land\r\nund Meer\r".encode() * 50)
    path = tmp_path / f"a.txt.{suffix}"
    path.write_bytes(whole)
    assert read_text(path, "utf-8") == "Über Land\nund Meer\n" * 50
    assert list(read_lines(path, "utf-8"))[:2] == ["Über Land\n", "und Meer\n"]
    for damaged in (whole[: len(whole) // 2], b"not compressed at all"):
        path.write_bytes(damaged)
        bad = read_text(path, "utf-8")
        assert isinstance(bad, BadRecord)
        assert bad.reason.startswith(f"{path}: cannot be read")
        with pytest.raises(DamagedFileError) as error:
            list(read_lines(path, "utf-8"))
        assert error.value.bad.where == str(path)
        assert "mend or remove" in error.value.bad.reason


def test_a_flipped_bit_in_a_gzip_file(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(bytes(range(256)).hex().encode() * 20, mtime=0))
    packed[60] ^= 0xFF
    path = tmp_path / "a.txt.gz"
    path.write_bytes(bytes(packed))
    bad = read_text(path, "utf-8")
    assert isinstance(bad, BadRecord)
    assert "mend or remove" in bad.reason


@pytest.mark.parametrize(
    "raw", ["café".encode("cp1252"), "über".encode("utf-16-le"), b"\x80\xff\x00"]
)
def test_text_that_is_not_in_the_encoding(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(raw)
    bad = read_text(path, "utf-8")
    assert isinstance(bad, BadRecord)
    assert "set source.encoding" in bad.reason
    assert bad.payload == raw.decode("utf-8", "backslashreplace")
    assert UNDECODABLE in "".join(read_lines(path, "utf-8"))


@pytest.mark.parametrize("encoding", ["utf-8", "UTF8", "utf_8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_text(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("ä\n".encode("utf-16" if encoding == "utf-16" else "utf-8-sig"))
    assert read_text(path, encoding) == "ä\n"
    assert list(read_lines(path, encoding)) == ["ä\n"]


@pytest.mark.parametrize("marked", ["utf-16", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16-le"])
def test_a_byte_order_mark_says_the_encoding(marked: str, encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("ä “ü”\n".encode(marked))
    assert read_text(path, encoding) == "ä “ü”\n"
    assert list(read_lines(path, encoding)) == ["ä “ü”\n"]


def test_the_files_of_an_archive_are_read_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("b.txt", "one\ntwo\n")
        archive.writestr("sub/a.txt", "three".encode("utf-16"))
        archive.writestr("__MACOSX/._b.txt", "no")
        archive.writestr("empty.txt", "")
    parts = {part.name: list(part.lines("utf-8")) for part in parts_of(path)}
    assert parts == {
        f"{path}/b.txt": ["one\n", "two\n"], f"{path}/sub/a.txt": ["three"],
        f"{path}/empty.txt": [],
    }  # fmt: skip
    path.write_bytes(b"PK, but no archive")
    with pytest.raises(DamagedFileError, match="cannot be read: File is not a zip"):
        list(read_lines(path, "utf-8"))


@pytest.mark.parametrize("encoding", ["utf9", "hex"])
def test_an_encoding_that_there_is_not(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x")
    for read in (read_text, lambda *a: list(read_lines(*a))):
        with pytest.raises(InputError, match=rf"source\.encoding={encoding}"):
            read(path, encoding)


def test_only_line_ends_end_a_line(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("one\u2028still\x0b\x85one\r\ntwo\rthree".encode())
    assert list(read_lines(path, "utf-8")) == ["one\u2028still\x0b\x85one\n", "two\n", "three"]


@pytest.mark.parametrize("name", ["a[1].txt", "a*.txt", "a?b.txt", "a b#c%20.txt", "ü,=.txt"])
def test_a_file_name_is_not_a_pattern(name: str, tmp_path: Path) -> None:
    (tmp_path / "a1.txt").write_text("another")
    (tmp_path / "axb.txt").write_text("another")
    (tmp_path / name).write_text("this")
    assert list(read_lines(tmp_path / name, "utf-8")) == ["this"]


def test_a_text_file_that_is_no_article(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.sources.parts.LARGEST_DOCUMENT", 1000)
    path = tmp_path / "a.txt"
    path.write_text("x" * 1000)
    assert read_text(path, "utf-8") == "x" * 1000
    path.write_text("x" * 1001)
    bad = read_text(path, "utf-8")
    assert isinstance(bad, BadRecord)
    assert "split it" in bad.reason


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x")

    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    bad = read_text(path, "utf-8")
    assert isinstance(bad, BadRecord)
    assert bad.reason.startswith(f"{path}: cannot be read: [Errno 13] Permission denied")


def test_reading_asks_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr("datasets.config.HF_UPDATE_DOWNLOAD_COUNTS", True)  # as it is installed
    monkeypatch.setattr("socket.socket.connect", lambda *args: asked.append(args))
    monkeypatch.setattr("socket.getaddrinfo", lambda *args, **kw: asked.append(args) or [])
    path = tmp_path / "a.txt"
    path.write_text("x\n" * 3)
    assert len(list(read_lines(path, "utf-8"))) == 3
    assert asked == []
