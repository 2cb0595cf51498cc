"""No label table is read that is not the one its sum was made of; an edit can be declared."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from command import ROOT
from pipeline.core.errors import LabelError
from pipeline.taxonomy import regions, tables, topics
from pipeline.taxonomy.tables import SUMS, check_tables, digests, read_rows

SHIPPED = files("pipeline.taxonomy") / "data"
MAKER = Path("scripts", "models", "build_taxonomy.py")
LOADERS: dict[str, Callable[[], object]] = {
    "m49.csv": regions.load_regions,
    "countries.csv": regions.load_countries,
    "places.csv": regions.load_places,
    "media_topics.csv": topics.load_topics,
}
CACHED = (*LOADERS.values(), regions.data_digests, topics.data_digests, tables._sums)


def forget() -> None:
    """What this process has read of the tables."""
    for cached in CACHED:
        cached.cache_clear()  # type: ignore[attr-defined]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The tables as a copy that can be spoilt, read in the place of the shipped ones."""
    copy = tmp_path / "pipeline" / "taxonomy" / "data"
    shutil.copytree(str(SHIPPED), copy)
    monkeypatch.setattr(tables, "_DATA", copy)
    forget()
    yield copy
    forget()


@pytest.mark.parametrize("name", LOADERS)
def test_one_flipped_bit_is_refused(data: Path, name: str) -> None:
    content = bytearray((data / name).read_bytes())
    content[len(content) // 2] ^= 1
    (data / name).write_bytes(content)
    for use in (LOADERS[name], check_tables):
        with pytest.raises(
            LabelError, match=rf"{name}: sha256 .* is not .*sha256sum \*\.csv > SHA"
        ):
            use()
    module = topics if name in topics.DATA_FILES else regions
    with pytest.raises(LabelError, match=name):
        module.data_digests()


def test_every_table_has_a_sum_and_is_as_it_says() -> None:
    shipped = {path.name for path in SHIPPED.iterdir() if path.name.endswith(".csv")}
    assert set(check_tables()) == shipped >= {*LOADERS}
    for name, digest in check_tables().items():
        assert digest == hashlib.sha256((SHIPPED / name).read_bytes()).hexdigest()
    assert digests(["m49.csv"]) == {"m49.csv": check_tables()["m49.csv"]}


def test_a_table_without_a_sum_is_refused(data: Path) -> None:
    (data / "more.csv").write_text("a,b\n1,2\n")
    with pytest.raises(LabelError, match=r"more\.csv: .* is not not listed"):
        read_rows("more.csv")


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"nothing of the kind\n"])
def test_without_sums_nothing_is_read(data: Path, content: bytes | None) -> None:
    (data / SUMS).unlink()
    if content is not None:
        (data / SUMS).write_bytes(content)
    with pytest.raises(LabelError, match=f"{SUMS}: cannot be read"):
        regions.load_regions()


def test_a_missing_table_is_named(data: Path) -> None:
    (data / "m49.csv").unlink()
    with pytest.raises(LabelError, match=r"m49\.csv: cannot be read .*install dateline again"):
        regions.load_regions()


def test_whoever_disagrees_edits_a_sentence_and_makes_the_sums_again(
    data: Path, tmp_path: Path
) -> None:
    path = data / "media_topics.csv"
    before = topics.data_digests()
    path.write_text(path.read_text().replace("A new film tops", "A film tops", 1))
    forget()
    (tmp_path / "scripts" / "models").mkdir(parents=True)
    script = shutil.copy(ROOT / MAKER, tmp_path / MAKER)
    subprocess.run([sys.executable, script, "--sums"], check=True)
    assert len(topics.load_topics()) == 17
    assert topics.data_digests() != before
