"""`dateline verify` finds a flipped bit in any file of a run, and so does whoever loads it."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from command import Outcome
from faults import Run, fast_folder, quick, small_run
from pipeline.core.errors import DatelineError, LabelError, RunError
from pipeline.core.files import read_record, write_record
from pipeline.store.shards import Receipt, Reject, ShardStore
from pipeline.store.stage_cache import StageCache
from pipeline.taxonomy import regions, tables

Command = Callable[..., Outcome]

FILES = (
    *(f"articles/{n:05d}.{kind}" for n in range(4) for kind in ("parquet", "receipt.json")),
    *(f"annotations/{n:05d}.{kind}" for n in range(4) for kind in ("parquet", "receipt.json")),
    "articles/complete.json",
    "annotations/complete.json",
    "rejects/articles-00001.jsonl",
    "plan.json",
    "manifest.json",
    "config.yaml",
    "published/articles.parquet",
    "published/articles.jsonl",
    "published/articles.csv",
)
"""All files of the run that `verify` answers for."""

FLIPS = 12
"""Positions a file, drawn at random but for the first and the last byte."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A finished run with a model and label tables, kept in `saved` as it is."""
    with quick(), fast_folder(tmp_path_factory.mktemp("verify")) as room:
        model = room / "tiny"
        model.mkdir()
        (model / "model.safetensors").write_bytes(bytes(range(256)))
        (model / "tokenizer.json").write_text('{"version": "1.0"}')
        run = small_run(room, "region=lexicon", "summarizer=smollm2_135m", "engine=echo").changed(
            summarizer__model=str(model)
        )
        run.completed()
        run.save(room / "saved")
        yield run


@pytest.fixture(autouse=True)
def as_it_was(run: Run) -> None:
    run.restore(run.folder / "saved")


@pytest.fixture
def whole(run: Run) -> dict[str, bytes]:
    return run.tree()


def flipped(content: bytes, position: int, bit: int) -> bytes:
    found = bytearray(content)
    found[position] ^= 1 << bit
    return bytes(found)


def flips(path: Path) -> Iterator[bytes]:
    """The content of the file with one bit turned, some of the ways there are."""
    content = path.read_bytes()
    draw = random.Random(path.name)
    chosen = {0, len(content) - 1, *(draw.randrange(len(content)) for _ in range(FLIPS))}
    for position in sorted(chosen):
        yield flipped(content, position, draw.randrange(8))


def says(path: Path) -> object:
    """What is meant by a file in which not every character means something."""
    if path.suffix == ".json":
        return read_record(path)
    try:
        config = yaml.safe_load(path.read_bytes())
    except (ValueError, yaml.YAMLError):
        return None
    # What decides the rows; the rest may be changed from run to run.
    return {key: config.get(key) for key in MEANT} if isinstance(config, dict) else None


MEANT = ("source", "ingest", "region", "summarizer")


def found_in(run: Run) -> list[str]:
    """The problems that verify lists, or the one that it stops for."""
    try:
        return run.problems()
    except RunError as error:
        return [str(error)]


def check_load(run: Run, whole: Mapping[str, bytes], name: str) -> None:
    """The next run makes the same again, or refuses and says which file it is about."""
    ended = run.attempt()
    if ended.error is None:
        assert run.tree() == whole and run.problems() == []
    else:
        assert name == "plan.json" and isinstance(ended.error, RunError)
        assert "plan.json" in str(ended.error)


def test_a_whole_run_has_no_problems(run: Run, whole: dict[str, bytes]) -> None:
    assert run.problems() == []
    kept = {name for name in whole if name != "manifest"} | {"manifest.json"}
    assert kept == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_is_found_and_mended(run: Run, whole: dict[str, bytes], name: str) -> None:
    path = run.directory.path / name
    before, meant = path.read_bytes(), says(path) if path.suffix in (".json", ".yaml") else None
    loaded = 0
    for content in flips(path):
        path.write_bytes(content)
        if meant is not None and says(path) == meant:  # white space between the values
            continue
        assert any(str(path) in problem for problem in found_in(run)), name
        if loaded < 3:
            loaded += 1
            check_load(run, whole, name)
            run.restore(run.folder / "saved")
        path.write_bytes(before)
    assert loaded


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_found_and_mended(run: Run, whole: dict[str, bytes], name: str) -> None:
    path = run.directory.path / name
    path.unlink()
    found = found_in(run)
    if name == "plan.json":
        assert any(str(run.directory.path) in problem for problem in found)
    else:
        assert any(str(path) in problem for problem in found)
    check_load(run, whole, name)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [b"", b"\0" * 500], ids=["empty", "zeros"])
def test_a_file_without_content_is_found_and_mended(
    run: Run, whole: dict[str, bytes], name: str, content: bytes
) -> None:
    """What file systems make of files that were not synced before the power went."""
    path = run.directory.path / name
    path.write_bytes(content)
    assert any(str(path) in problem for problem in found_in(run))
    check_load(run, whole, name)


def swap(one: Path, other: Path) -> None:
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


@pytest.mark.parametrize("step", ["articles", "annotations"])
@pytest.mark.parametrize("kind", ["parquet", "receipt.json"])
def test_swapped_shards_are_found_and_mended(
    run: Run, whole: dict[str, bytes], step: str, kind: str
) -> None:
    folder = run.directory.path / step
    swap(folder / f"00000.{kind}", folder / f"00001.{kind}")
    found = run.problems()
    for number in range(2):
        assert any(f"{folder}/{number:05d}." in problem for problem in found)
    check_load(run, whole, step)


def swap_all(run: Run) -> None:
    """Two shards with all that belongs to them, so that every receipt is true of its shard."""
    for step in ("articles", "annotations"):
        for kind in ("parquet", "receipt.json"):
            folder = run.directory.path / step
            swap(folder / f"00000.{kind}", folder / f"00002.{kind}")


def test_shards_swapped_with_all_that_is_theirs_are_found_and_mended(
    run: Run, whole: dict[str, bytes]
) -> None:
    swap_all(run)
    found = run.problems()
    for step in ("articles", "annotations"):
        for number in (0, 2):
            name = f"{step}/{number:05d}.receipt.json"
            assert any(str(run.directory.path / name) in problem for problem in found)
    check_load(run, whole, "articles")


def stores(run: Run) -> tuple[ShardStore, ShardStore]:
    articles = run.directory.articles(run.directory.fingerprint("ingest"))
    return articles, run.directory.annotations(run.directory.fingerprint("annotate"), articles)


def forge(
    store: ShardStore,
    shard: int,
    table: pa.Table,
    counts: Mapping[str, int],
    rejects: tuple[Reject, ...] = (),
    consumed: int = 0,
) -> Receipt:
    """Store another shard with a receipt that is true of it."""
    return store.write(shard, table, counts, rejects, consumed)


ANNOTATED = {"articles": 2, "annotated": 2, "rejected": 0}


def twice(table: pa.Table) -> pa.Table:
    return pa.concat_tables([table, table.slice(0, 1)]).combine_chunks()


def plan_for(run: Run, articles: ShardStore) -> None:
    steps = run.directory.steps()
    work = [{"rows": r.rows, "sha256": r.sha256} for r in articles.receipts()]
    run.directory.write_plan({**steps, "annotate": replace(steps["annotate"], shards=work)})


def test_an_article_that_is_there_twice(run: Run) -> None:
    articles, annotations = stores(run)
    counts = {"read": 3, "articles": 3}
    table = annotations.read(0)
    forge(articles, 0, twice(articles.read(0)), counts, consumed=2)
    forge(annotations, 0, twice(table), {"articles": 3, "annotated": 3, "rejected": 0})
    plan_for(run, articles)
    found = run.problems()
    assert "articles: 1 ids more than once, such as ['a']" in found
    assert any(str(run.directory.manifest) in problem for problem in found)
    assert any("published/articles.parquet: other articles" in problem for problem in found)


def test_an_annotation_that_is_there_twice_or_lost(run: Run) -> None:
    _, annotations = stores(run)
    table = annotations.read(0)
    for other in (twice(table), table.slice(1), table.slice(0, 0), table.take([0, 0])):
        forge(annotations, 0, other, ANNOTATED)
        assert "annotations shard 0: not each of its articles exactly once" in run.problems()


def test_an_article_that_was_annotated_and_rejected(run: Run) -> None:
    _, annotations = stores(run)
    reject = Reject("f:1", "region", "no", "E", "{}", id="a")
    forge(annotations, 0, annotations.read(0), ANNOTATED, (reject,))
    assert "annotations shard 0: not each of its articles exactly once" in run.problems()


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"read": 3, "articles": 2}, "articles shard 0: 3 records read, 2 accounted for"),
        ({"read": 1, "articles": 1}, "articles shard 0: 2 articles and 0 rejects, not as counted"),
        ({"read": 3, "articles": 2, "rejected": 1}, "2 articles and 0 rejects, not as counted"),
    ],
)
def test_a_receipt_that_counts_wrong(run: Run, counts: dict[str, int], said: str) -> None:
    articles, _ = stores(run)
    forge(
        articles, 0, articles.read(0), counts, consumed=2
    )  # the same bytes: nothing else is wrong
    assert any(said in problem for problem in run.problems())


def test_rows_that_are_not_the_receipts(run: Run) -> None:
    path = run.directory.path / "articles" / "00000.receipt.json"
    values = read_record(path)
    assert values is not None
    write_record(path, {**values, "rows": 7})
    assert any("2 rows, its receipt says 7" in problem for problem in run.problems())


def test_a_damaged_entry_of_the_cache_is_made_again(run: Run, whole: dict[str, bytes]) -> None:
    entries = sorted((run.folder / "cache").rglob("*.arrow"))
    assert len(entries) >= 6  # two stages, three shards
    cache = StageCache(run.folder / "cache", 2**30)
    tables_before = [cache.get(entry.stem) for entry in entries]
    assert None not in tables_before
    for number in range(4):
        run.restore(run.folder / "saved")
        for entry in entries:
            entry.write_bytes(list(flips(entry))[number * 3])
        shutil.rmtree(run.directory.path / "annotations")
        run.completed()
        assert run.tree() == whole and run.problems() == []
        for entry, table in zip(entries, tables_before, strict=True):
            found = cache.get(entry.stem)  # made again, or gone
            assert found is None or found.equals(table)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_flipped_bit_in_a_model_is_found_and_refused(run: Run, name: str) -> None:
    path = run.folder / "tiny" / name
    before = path.read_bytes()
    try:
        for content in flips(path):
            path.write_bytes(content)
            assert any("summarizer.weights" in problem for problem in run.problems())
        ended = run.attempt()
        assert isinstance(ended.error, RunError)
        assert "identity.summarizer.weights" in str(ended.error)
        path.unlink()
        assert any("summarizer" in p or str(path.parent) in p for p in run.problems())
    finally:
        path.write_bytes(before)
    assert run.problems() == []


@pytest.fixture
def labels(run: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the label tables that may be damaged, read anew each time."""
    folder = run.folder / "labels"
    shutil.copytree(str(tables._DATA), folder)
    monkeypatch.setattr(tables, "_DATA", folder)
    forget_labels()
    yield folder
    monkeypatch.undo()
    forget_labels()
    shutil.rmtree(folder)


def forget_labels() -> None:
    for module in (tables, regions):
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


@pytest.mark.parametrize("name", regions.DATA_FILES)
def test_a_flipped_bit_in_a_label_file_is_found_and_refused(
    run: Run, labels: Path, name: str
) -> None:
    path = labels / name
    assert run.problems() == []
    for content in list(flips(path))[::4]:
        path.write_bytes(content)
        forget_labels()
        assert any(str(path) in problem for problem in run.problems())
        forget_labels()
        ended = run.attempt()
        assert isinstance(ended.error, LabelError) and str(path) in str(ended.error)


def test_label_files_that_were_changed_on_purpose(run: Run, labels: Path) -> None:
    """With a sum of its own a table is good, but not the one that the run was made with."""
    path, sums = labels / "places.csv", labels / tables.SUMS
    old = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(path.read_bytes() + b"\n")
    new = hashlib.sha256(path.read_bytes()).hexdigest()
    sums.write_text(sums.read_text().replace(old, new))
    forget_labels()
    [problem] = run.problems()
    assert "places.csv" in problem and "not what the annotations were made with" in problem
    ended = run.attempt()
    assert isinstance(ended.error, RunError) and "places.csv" in str(ended.error)


def test_changed_input_is_found(run: Run) -> None:
    path = run.folder / "in.jsonl"
    before = path.read_bytes()
    try:
        path.write_bytes(before + b"\n")
        [problem] = run.problems()
        assert problem == "input in.jsonl has other content since the run was made"
        path.unlink()
        assert run.problems() == []  # gone, it cannot be compared
    finally:
        path.write_bytes(before)


def test_the_command(run: Run, dateline: Command) -> None:
    runs = str(run.directory.path.parent)
    for words in (("small", "--runs", runs), (str(run.directory.path),)):
        done = dateline("verify", *words)
        assert done.code == 0 and done.err == ""
        assert done.out == f"{run.directory.path}: whole; 5 articles, 5 annotated\n"
    shard = run.directory.path / "articles" / "00001.parquet"
    shard.write_bytes(flipped(shard.read_bytes(), 100, 3))
    (run.directory.path / "published" / "articles.jsonl").unlink()
    done = dateline("verify", "small", "--runs", runs)
    assert done.code == 2
    lines = done.out.splitlines()
    assert f"{shard}: missing, or not the bytes of its receipt" in lines
    assert f"{len(lines)} problems" in done.message and "the command that made the run" in done.err
    done = dateline("verify", "other", "--runs", runs)
    assert done.code == 2 and "no ingest was done here" in done.message


def test_a_plan_cannot_have_foreign_code_run(run: Run, dateline: Command) -> None:
    """Checksums are no signatures: whoever can write a run directory can write these too."""
    marker = run.folder / "ran"
    plan = read_record(run.directory.plan)
    before = run.directory.plan.read_bytes()
    assert plan is not None
    evil = {"_target_": "subprocess.getoutput", "cmd": f"touch {marker}"}
    plan["steps"]["ingest"]["config"]["source"] = evil  # type: ignore[index]
    plan["steps"]["ingest"]["config"]["run"]["allow_external_code"] = True  # type: ignore[index]
    write_record(run.directory.plan, plan)
    try:
        for verb in ("verify", "retry"):
            done = dateline(verb, str(run.directory.path))
            assert done.code == 2 and "run.allow_external_code" in done.err
    finally:
        run.directory.plan.write_bytes(before)
    assert not marker.exists()


def test_input_that_is_not_here_is_said_to_be(run: Run, dateline: Command) -> None:
    source = run.folder / "in.jsonl"
    source.rename(run.folder / "away.jsonl")
    try:
        done = dateline("verify", str(run.directory.path))
    finally:
        (run.folder / "away.jsonl").rename(source)
    assert done.code == 0
    assert done.out.splitlines()[0].endswith("its input is not here, so it was not compared")


def test_a_run_that_is_not_finished(run: Run) -> None:
    path = run.directory.path
    shutil.rmtree(path / "published")
    assert len(run.problems()) == 3
    (path / "annotations" / "complete.json").unlink()
    assert any("annotations/complete.json" in problem for problem in run.problems())
    (path / "plan.json").unlink()
    with pytest.raises(DatelineError, match="no ingest was done here"):
        run.problems()


def test_the_files_are_json_that_others_can_read(run: Run) -> None:
    for name in FILES:
        if name.endswith(".json"):
            assert isinstance(json.loads((run.directory.path / name).read_bytes()), dict)
