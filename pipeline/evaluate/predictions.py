"""The published rows of a finished run, and which of them a labelled sample speaks of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from pipeline.article import ROW_SCHEMA
from pipeline.digest import digest_of
from pipeline.errors import InputError, RunError
from pipeline.evaluate.labels import Gold
from pipeline.runs.directory import RunDirectory
from pipeline.runs.files import read_record

Row = Mapping[str, object]
_FILES = ("articles.parquet", "articles.jsonl")


@dataclass(frozen=True, slots=True)
class Predictions:
    """Published rows by article id, with the file's digest and the version that wrote them."""

    directory: RunDirectory
    file: Path
    digest: str
    version: str
    rows: Mapping[str, Row]


@dataclass(frozen=True, slots=True)
class Matched:
    """Labels beside predictions. Every label is in one of `pairs`, `unmatched` (the run published
    no such article) and `unscored` (the label says nothing); `unlabelled` counts predictions."""

    pairs: tuple[tuple[Gold, Row], ...]
    unmatched: tuple[str, ...]
    unscored: tuple[str, ...]
    unlabelled: int

    def counts(self) -> dict[str, int]:
        """How many there are of each."""
        return {
            "labels": len(self.pairs) + len(self.unmatched) + len(self.unscored),
            "matched": len(self.pairs),
            "unmatched": len(self.unmatched),
            "unscored": len(self.unscored),
            "unlabelled_predictions": self.unlabelled,
        }


def read_predictions(directory: RunDirectory) -> Predictions:
    """The rows of a run that is finished and lies as it was published.

    Raises:
        RunError: it is no run, is unfinished, or its published file is another.
        InputError: the file has no rows, or lacks columns of this version.
    """
    directory.planned("annotate")
    manifest = read_record(directory.manifest) or {}
    published = manifest.get("published")
    if not isinstance(published, dict) or not published:
        raise RunError(
            f"{directory.path}: the run is not finished, nothing is published; the command that "
            "began it goes on from there"
        )
    name = next((name for name in _FILES if name in published), None)
    if name is None:
        raise RunError(f"{directory.path}: publishes neither {' nor '.join(_FILES)}; publish again")
    file = directory.published / name
    if not file.is_file() or digest_of(file) != published[name]:
        raise RunError(f"{file}: is not what the run published; dateline publish writes it anew")
    table = _table(file)
    lacking = [column for column in ROW_SCHEMA.names if column not in table.column_names]
    versions = manifest.get("versions")
    version = str(versions.get("dateline")) if isinstance(versions, dict) else "unknown"
    if not table.num_rows:
        raise InputError(f"{file}: no articles in it, so there is nothing to evaluate")
    if lacking:
        raise InputError(f"{file}: of Dateline {version}, without {', '.join(lacking)}; run again")
    rows = {str(row["id"]): row for row in table.to_pylist()}
    return Predictions(directory, file, str(published[name]), version, rows)


def match(labels: Sequence[Gold], rows: Mapping[str, Row]) -> Matched:
    """Pair labels with predictions by id.

    Raises:
        InputError: not one label is of an article of the run.
    """
    unscored = tuple(gold.id for gold in labels if not gold.is_scored())
    scored = [gold for gold in labels if gold.is_scored()]
    pairs = tuple((gold, rows[gold.id]) for gold in scored if gold.id in rows)
    unmatched = tuple(gold.id for gold in scored if gold.id not in rows)
    if not pairs:
        raise InputError(
            f"none of the {len(scored)} labels is of an article of the run: labels have ids such "
            f"as {', '.join(unmatched[:3]) or 'none'}, the run {', '.join(list(rows)[:3])}"
        )
    return Matched(pairs, unmatched, unscored, len(rows.keys() - {gold.id for gold in labels}))


def _table(file: Path) -> pa.Table:
    import pyarrow.json as pj
    import pyarrow.parquet as pq

    if file.suffix == ".parquet":
        return pq.read_table(file)
    if not file.stat().st_size:
        return ROW_SCHEMA.empty_table()
    return pj.read_json(
        file,
        read_options=pj.ReadOptions(block_size=1 << 26),
        parse_options=pj.ParseOptions(explicit_schema=ROW_SCHEMA),
    )
