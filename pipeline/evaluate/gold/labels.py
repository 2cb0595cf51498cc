"""Labelled samples: what people say of articles, read from a file and checked before any score.

Nothing here knows predictions or scores.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, TypeAdapter, ValidationInfo
from pydantic.dataclasses import dataclass as settings

from pipeline.config.schema import PLUGIN
from pipeline.core.errors import InputError
from pipeline.core.resources import resource
from pipeline.evaluate.cells import (
    NO_REGION,
    Codes,
    article_id,
    json_list,
    known_codes,
    listed,
    region_code,
    without_point,
)
from pipeline.sources.rows import FORMS, Record, RowError, checked, form_of, records
from pipeline.taxonomy.labels import LabelTree, read_labels
from pipeline.taxonomy.regions import load_countries
from pipeline.taxonomy.topics import media_topics

SAMPLE = "sample"
SCORED = ("countries", "region", "topics", "summary")
FIELDS = ("id", *SCORED, "split")

_ROUGE_WORD = re.compile("[a-z0-9]")
_SHOWN = 5


def _countries(codes: Codes | None) -> Codes | None:
    return known_codes(codes, load_countries())


def _topics(codes: Codes | None, row: ValidationInfo) -> Codes | None:
    """Of the user's own topics, which the context of the validation is, or of Media Topics."""
    return known_codes(codes, media_topics(2).labels if row.context is None else row.context)


def _region(value: object, row: ValidationInfo) -> str | None:
    """Null says that there is no one region only beside `countries: []`, and nothing elsewhere."""
    code = region_code(value)
    if code is None:
        return "" if row.data.get("countries") == () else None
    return "" if code == NO_REGION else code


def _references(value: object) -> object:
    if isinstance(value, str):
        cells = json_list(value)
        value = [value] if cells is None else cells
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError("is neither a text nor a list of texts")
    if not value or not all(any(map(str.isalnum, one)) for one in value):
        raise ValueError("has an empty reference; leave the field out where there is none")
    return [one.strip() for one in value]


def _split(value: object) -> object:
    return str(value) if type(value) is int else None if value == "" else value


@dataclass(frozen=True, slots=True)
class Gold:
    """What is known of an article; None where nothing is said, which is not scored.

    `countries` are ISO 3166-1 alpha-2, `region` an M49 code or "" for no one region, `topics` codes
    with the main one first, `summary` one or several references.
    """

    id: Annotated[str, BeforeValidator(article_id)]
    countries: Annotated[Codes | None, BeforeValidator(listed), AfterValidator(_countries)] = None
    region: Annotated[str | None, BeforeValidator(_region)] = None
    topics: Annotated[Codes | None, BeforeValidator(listed), AfterValidator(_topics)] = None
    summary: Annotated[Codes | None, BeforeValidator(_references)] = None
    split: Annotated[str | None, BeforeValidator(_split)] = None

    def codes(self, task: str) -> Codes | None:
        """Of "region", "countries" or "topics": empty for none, None where nothing is said."""
        if task == "region":
            return None if self.region is None else (self.region,) if self.region else ()
        return self.countries if task == "countries" else self.topics

    def said(self) -> list[str]:
        """The names of what it says that a prediction can be compared with."""
        parts = (self.countries, self.region, self.topics, self.summary)
        return [name for name, part in zip(SCORED, parts, strict=True) if part is not None]

    def without(self, names: Collection[str]) -> Gold:
        """The same, saying nothing of these."""
        return replace(self, **dict.fromkeys(names))  # type: ignore[arg-type]  # not of `id`

    def is_scored(self) -> bool:
        """Whether it says anything that a prediction can be compared with."""
        return bool(self.said())


_GOLD = TypeAdapter(Gold)


@settings(config=PLUGIN)
class TopicLabelSettings:
    """The `topic_labels` section: the CSV file of a user's own topics, null for Media Topics."""

    path: str | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """The rows of a labelled sample in the order of its file, and what is wrong with them."""

    path: Path
    rows: tuple[Gold, ...]
    problems: tuple[str, ...]
    ignored: tuple[str, ...]
    """Columns that mean nothing here, so that a misspelt one is seen."""
    hints: tuple[str, ...] = ()
    """What is legal and may not be what was meant."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """What a command is given to score by: the rows of its split, what is to be said of the file,
    and the user's own topics if they have any."""

    path: Path
    rows: Sequence[Gold]
    hints: tuple[str, ...]
    topics: LabelTree | None


def labelled(named: str, topics: str | None, split: str | None) -> Labelled:
    """The labels that `gold`, `topic_labels.path` and `split` mean.

    Raises:
        InputError: as `labels_path` and `sound_sample`, or there are none of the split.
    """
    path = labels_path(named)
    tree = read_labels(Path(topics).expanduser()) if topics else None
    sample = sound_sample(path, None if tree is None else tree.labels)
    return Labelled(path, _of_split(sample.rows, split, path), sample.hints, tree)


def labels_path(named: str) -> Path:
    """The file that `gold` means: a path, or the bundled sample.

    Raises:
        InputError: no such file, or none of a known form.
    """
    if named == SAMPLE:
        return resource("sources", "sample", "labels.jsonl")
    path = Path(named).expanduser()
    if not path.is_file():
        raise InputError(f"{named}: no such file of labels; gold=sample is the bundled one")
    if form_of(path) not in FORMS:
        raise InputError(f"{path}: labels are {', '.join(FORMS)}, not {path.suffix!r}")
    return path


def read_sample(path: Path, topics: Collection[str] | None = None) -> Sample:
    """All rows and every problem of a file; `topics` are the known codes, Media Topics if None.

    Raises:
        InputError: it cannot be read at all, has no rows, no id or nothing to score.
    """
    rows: list[Gold] = []
    problems: list[str] = []
    columns: dict[str, None] = {}
    first: dict[str, int] = {}
    null_regions = 0
    given = list(records(path))
    floats = _ids_are_floats(record.values.get("id") for record in given)
    for record in given:
        columns |= dict.fromkeys(map(str, record.values))
        faults: list[str] = []
        try:
            gold = checked(_with_id(record, floats), _GOLD, topics)
        except RowError as error:
            faults += error.faults
            gold = Gold(str(record.values.get("id") or ""))  # it counts, and says nothing
        if gold.id in first:
            faults.append(f"id {gold.id!r} is that of {first[gold.id]}")
        elif gold.id:
            first[gold.id] = record.number
        problems += (f"{path.name}:{record.number}: {fault}" for fault in faults)
        rows.append(gold)
        null_regions += gold.region is None and "region" in record.values and not faults
    if not rows:
        raise InputError(f"{path}: empty; a labelled sample has a row for each article")
    if "id" not in columns:
        raise InputError(f"{path}: no field 'id' (there are: {', '.join(columns)})")
    if not problems and not any(row.is_scored() for row in rows):
        raise InputError(
            f"{path}: nothing to score; give countries, region, topics or summary "
            f"(there are: {', '.join(columns)})"
        )
    ignored = tuple(name for name in columns if name not in FIELDS)
    hints = [
        f"the field {name!r} of the labels is not looked at; {near[0]!r} would be"
        for name in ignored
        if (near := get_close_matches(name.lower(), FIELDS, n=1, cutoff=0.75))
    ]
    if floats:
        hints.append("the ids are numbers with .0 behind, as programs write them; 7.0 is read as 7")
    unread = sum(_ROUGE_WORD.search(one.lower()) is None for r in rows for one in r.summary or ())
    if unread:
        hints.append(
            f"{unread} references have no word of the letters a-z and digits, all that ROUGE "
            "reads: it is 0 against them, whatever a summary says"
        )
    if null_regions:
        hints.append(
            f"region is null in {null_regions} of {len(rows)} labels and not scored there; where "
            f"an article is about no one region, write {NO_REGION!r}"
        )
    return Sample(path, tuple(rows), tuple(problems), ignored, tuple(hints))


def sound_sample(path: Path, topics: Collection[str] | None = None) -> Sample:
    """A sample without problems.

    Raises:
        InputError: as `read_sample`, or some row is wrong.
    """
    sample = read_sample(path, topics)
    if sample.problems:
        shown = "\n  ".join(sample.problems[:_SHOWN])
        raise InputError(
            f"{path}: {number_of(sample.problems)} in the labels:\n  {shown}\n"
            f"all of them: dateline labels check {path}"
        )
    return sample


def number_of(problems: Sequence[str]) -> str:
    """ "1 problem", "2 problems"."""
    return f"{len(problems)} problem{'' if len(problems) == 1 else 's'}"


def _of_split(rows: Sequence[Gold], split: str | None, path: Path) -> Sequence[Gold]:
    if split is None:
        return rows
    chosen = [row for row in rows if row.split == split]
    if not chosen:
        there = ", ".join(sorted({row.split for row in rows if row.split})) or "none"
        raise InputError(f"{path}: no label of split={split} (there are: {there})")
    return chosen


def _ids_are_floats(ids: Iterable[object]) -> bool:
    """Whether a program with no integers for columns with gaps has written the ids."""
    given = [value for value in ids if value is not None]
    return bool(given) and all(type(without_point(value)) is not type(value) for value in given)


def _with_id(record: Record, is_float: bool) -> Record:
    name = record.values.get("id")
    return replace(
        record, values={**record.values, "id": without_point(name) if is_float else name}
    )
