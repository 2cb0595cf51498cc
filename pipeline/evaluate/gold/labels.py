"""Labelled samples: what people say of articles, read from a file and checked before any score.

Nothing here knows predictions or scores.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from pipeline.core.errors import InputError
from pipeline.core.resources import resource
from pipeline.evaluate.gold.records import records, twice
from pipeline.ingest.normalise import clean_line
from pipeline.taxonomy.labels import LabelTree, read_labels
from pipeline.taxonomy.regions import load_countries, load_regions
from pipeline.taxonomy.topics import media_topics

SAMPLE = "sample"
SCORED = ("countries", "region", "topics", "summary")
FIELDS = ("id", *SCORED, "split")
NO_REGION = "none"
"""How a file says that an article is about no one region, whatever else it says; null says so only
beside `countries: []`, and nothing elsewhere. A row without the field never says it."""

_WHOLE_FLOAT = re.compile(r"\s*(\d+)\.0+\s*")
_ROUGE_WORD = re.compile("[a-z0-9]")
_SHOWN = 5
_Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Gold:
    """What is known of an article; None where nothing is said, which is not scored.

    `countries` are ISO 3166-1 alpha-2, `region` an M49 code or "" for no one region, `topics` codes
    with the main one first, `summary` one or several references.
    """

    id: str
    countries: tuple[str, ...] | None = None
    region: str | None = None
    topics: tuple[str, ...] | None = None
    summary: tuple[str, ...] | None = None
    split: str | None = None

    def codes(self, task: str) -> tuple[str, ...] | None:
        """Of "region", "countries" or "topics": empty for none, None where nothing is said."""
        if task == "region":
            return None if self.region is None else (self.region,) if self.region else ()
        return self.countries if task == "countries" else self.topics

    def said(self) -> list[str]:
        """The names of what it says that a prediction can be compared with."""
        parts = {
            "countries": self.countries, "region": self.region, "topics": self.topics,
            "summary": self.summary,
        }  # fmt: skip
        return [name for name, part in parts.items() if part is not None]

    def is_scored(self) -> bool:
        """Whether it says anything that a prediction can be compared with."""
        return bool(self.said())


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
    """The labels that `labels=`, `topics=` and `split=` mean.

    Raises:
        InputError: as `labels_path` and `sound_sample`, or there are none of the split.
    """
    path = labels_path(named)
    tree = read_labels(Path(topics).expanduser()) if topics else None
    sample = sound_sample(path, None if tree is None else tree.labels)
    return Labelled(path, _of_split(sample.rows, split, path), sample.hints, tree)


def labels_path(named: str) -> Path:
    """The file that `labels=` means: a path, or the bundled sample.

    Raises:
        InputError: no such file, or none of a known form.
    """
    if named == SAMPLE:
        return resource("sources", "sample", "labels.jsonl")
    path = Path(named).expanduser()
    if not path.is_file():
        raise InputError(f"{named}: no such file of labels; labels=sample is the bundled one")
    if path.suffix not in (".jsonl", ".csv", ".parquet"):
        raise InputError(f"{path}: labels are .jsonl, .csv or .parquet, not {path.suffix!r}")
    return path


def read_sample(path: Path, topics: Collection[str] | None = None) -> Sample:
    """All rows and every problem of a file; `topics` are the known codes, Media Topics if None.

    Raises:
        InputError: it cannot be read at all, has no rows, no id or nothing to score.
    """
    known = media_topics(2).labels if topics is None else topics
    rows: list[Gold] = []
    problems: list[str] = []
    columns: dict[str, None] = {}
    first: dict[str, str] = {}
    null_regions = 0
    given = list(records(path))
    floats = _ids_are_floats(values.get("id") for _, values in given)
    for where, values in given:
        if floats:
            values = {**values, "id": _without_point(values.get("id"))}
        columns |= dict.fromkeys(map(str, values))
        gold = _gold(values, f"{path.name}:{where}", known, problems)
        if gold.id in first:
            problems.append(f"{path.name}:{where}: id {gold.id!r} is that of {first[gold.id]}")
        elif gold.id:
            first[gold.id] = where
        rows.append(gold)
        null_regions += gold.region is None and "region" in values
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


def _gold(
    values: Mapping[str, object], where: str, topics: Collection[str], problems: list[str]
) -> Gold:
    def wrong(what: str) -> None:
        problems.append(f"{where}: {what}")

    for field in twice(values):
        wrong(f"field {field!r} twice")
    given = values.get("id")
    name = ""
    if given is not None and (isinstance(given, bool) or not isinstance(given, str | int)):
        wrong(f"id is a {type(given).__name__}, not a text")
    else:
        name = "" if given is None else clean_line(str(given))  # as ingest does
        if not name:
            wrong("no id")
    countries = _codes(values.get("countries"), "countries", load_countries(), wrong)
    found = _codes(values.get("topics"), "topics", topics, wrong)
    region = _without_point(values.get("region"))
    code: str | None = None
    if region is None or region == "":
        code = "" if "region" in values and countries == () else None
    elif region == NO_REGION:
        code = ""
    else:
        # A spreadsheet takes the zeros off 021 and 005.
        code = str(region).strip().zfill(3)
        if code not in load_regions():
            wrong(f"region {region!r} is no M49 code; write {NO_REGION!r} for no one region")
    split = values.get("split")
    if split is not None and not isinstance(split, str | int):
        wrong(f"split is a {type(split).__name__}, not a text")
        split = None
    return Gold(
        name, countries, code, found, _references(values.get("summary"), wrong),
        None if split is None or split == "" else str(split),
    )  # fmt: skip


def _ids_are_floats(ids: Iterable[object]) -> bool:
    """Whether a program with no integers for columns with gaps has written the ids."""
    given = [value for value in ids if value is not None]
    return bool(given) and all(type(_without_point(value)) is not type(value) for value in given)


def _without_point(value: object) -> object:
    """A whole number without its `.0`, a missing number (NaN) as null, others as they are."""
    if isinstance(value, float):
        return None if math.isnan(value) else int(value) if value.is_integer() else value
    whole = _WHOLE_FLOAT.fullmatch(value) if isinstance(value, str) else None
    return int(whole[1]) if whole else value


def _codes(
    value: object, field: str, known: Collection[str], wrong: _Say
) -> tuple[str, ...] | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        listed = _json_list(value)
        parts = value.replace("|", ";").split(";")
        value = parts if listed is None else listed
    if not isinstance(value, list):
        wrong(f"{field} is a {type(value).__name__}, not a list of codes")
        return None
    codes = [str(code).strip() for code in value]
    for position, code in enumerate(codes):
        if code not in known:
            wrong(f"{field}: unknown code {code!r}")
        if code in codes[:position]:
            wrong(f"{field}: {code!r} twice")
    return tuple(codes)


def _references(value: object, wrong: _Say) -> tuple[str, ...] | None:
    if value is None:
        return None
    if isinstance(value, str):
        listed = _json_list(value)
        value = [value] if listed is None else listed
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        wrong("summary is neither a text nor a list of texts")
        return None
    if not value or not all(any(map(str.isalnum, one)) for one in value):
        wrong("summary: an empty reference; leave the field out where there is none")
    return tuple(one.strip() for one in value)


def _json_list(text: str) -> list[object] | None:
    """The list that a cell holds as JSON, if it does."""
    if not text.lstrip().startswith("["):
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, list) else None
