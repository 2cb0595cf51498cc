"""The published rows of a finished run, and which of them a labelled sample speaks of."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pyarrow as pa

from pipeline.article import ROW_SCHEMA
from pipeline.core.digest import digest_of
from pipeline.core.errors import InputError, RunError, one_line
from pipeline.core.files import read_record
from pipeline.core.version import __version__
from pipeline.evaluate.gold.labels import Gold
from pipeline.store.directory import RunDirectory
from pipeline.store.parquet import read_parquet
from pipeline.taxonomy.regions import load_regions

Row = Mapping[str, object]
_FILES = ("articles.parquet", "articles.jsonl")
_CHECKED = 1000
"""Rows whose fields are looked at: a version writes all of them alike."""

_KINDS: tuple[tuple[Callable[[pa.DataType], bool], tuple[type, ...]], ...] = (
    (pa.types.is_struct, (Mapping,)),
    (pa.types.is_list, (list,)),
    (pa.types.is_string, (str,)),
    (pa.types.is_boolean, (bool,)),
    (pa.types.is_integer, (int,)),
    (pa.types.is_floating, (int, float)),
)

_SCORES = ("region_score", "topic_score", "summary_support")
_LISTED = {"regions": "score", "countries": "score", "topics": "score",
           "summary_sentences": "support"}  # fmt: skip
_ROUNDING = 1e-6
"""By which a sum of shares may be over 1."""

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Predictions:
    """Published rows by article id, with the file's digest and the version that wrote them."""

    directory: RunDirectory
    file: Path
    digest: str
    version: str
    rows: Mapping[str, Row]

    def has_stage(self, name: str) -> bool:
        """Whether the run was made with the stage `region`, `topic` or `summarizer`."""
        return f"stages.{name}._target_" in self.directory.planned("annotate").keys


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
        InputError: the file has no rows, lacks columns of this version, or has values that would
            make no figure or another one: an id missing or twice, a score that is no share (NaN
            too), a region that there is not.
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
    versions = manifest.get("versions")
    version = str(versions.get("dateline")) if isinstance(versions, dict) else "unknown"
    rows = _rows(file, version)
    if not rows:
        raise InputError(f"{file}: no articles in it, so there is nothing to evaluate")
    faults = list(_faults(rows))
    if faults:
        more = f"; and {len(faults) - _NAMED} more" if len(faults) > _NAMED else ""
        raise InputError(
            f"{file}: {'; '.join(faults[:_NAMED])}{more}; mend what made it, run again"
        )
    return Predictions(
        directory, file, str(published[name]), version, {str(row["id"]): row for row in rows}
    )


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


def _rows(file: Path, version: str) -> list[Row]:
    """Rows as `ROW_SCHEMA` has them; a column more does no harm.

    Raises:
        InputError: they are of a version whose rows are others, or no rows at all.
    """
    try:
        if file.suffix == ".parquet":
            rows: list[Row] = read_parquet(file).to_pylist()
        else:
            rows = [json.loads(line) for line in file.read_text("utf-8").split("\n") if line]
    except (OSError, ValueError) as error:  # Arrow's errors are ValueErrors
        raise InputError(f"{file}: cannot be read: {one_line(error)}") from error
    wrong = dict.fromkeys(
        what for row in rows[:_CHECKED] for what in _misfits(row, pa.struct(list(ROW_SCHEMA)), "")
    )
    if wrong:
        raise InputError(
            f"{file}: of Dateline {version}, {'; '.join(wrong)}; this is {__version__}: run again"
        )
    return rows


def _faults(rows: Sequence[Row]) -> Iterator[str]:
    """What no figure may stand on."""
    seen: set[str] = set()
    for number, row in enumerate(rows, 1):
        name = str(row["id"] or "")
        if not name or name in seen:
            yield f"two articles have the id {name!r}" if name else f"article {number} has no id"
        seen.add(name)
        values = [(field, row[field]) for field in _SCORES]
        for field, score in _LISTED.items():
            listed = cast("Sequence[Row]", row[field] or ())
            values += [(f"{field}.{score}", one[score]) for one in listed]
        for field, value in values:
            # NaN is in no range.
            if value is not None and not 0 <= cast("float", value) <= 1 + _ROUNDING:
                yield f"{field} of {name!r} is {value}, not in 0..1"
        if row["region"] is not None and row["region"] not in load_regions():
            yield f"the region {row['region']!r} of {name!r} is no M49 code"


def _misfits(value: object, wanted: pa.DataType, name: str) -> Iterator[str]:
    """What of a value is not as the type has it: fields that are missing, values of other kinds."""
    if value is None:
        return
    kinds = next(kinds for is_such, kinds in _KINDS if is_such(wanted))
    if not isinstance(value, kinds):
        yield f"{name or 'a row'} is a {type(value).__name__}"
    elif isinstance(value, Mapping):
        for field in wanted:
            under = f"{name}.{field.name}" if name else field.name
            if field.name in value:
                yield from _misfits(value[field.name], field.type, under)
            else:
                yield f"without {under}"
    elif isinstance(value, list):
        for one in value:
            yield from _misfits(one, wanted.value_type, name)
