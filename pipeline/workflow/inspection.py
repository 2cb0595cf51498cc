"""`dateline inspect`: what is in files, found by ingesting the first records of them for a look."""

from __future__ import annotations

import shlex
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
from pydantic import PositiveInt
from pydantic.dataclasses import dataclass as checked_dataclass

from pipeline.annotate.plan import Node
from pipeline.config.schema import PLUGIN, build, construct
from pipeline.config.targets import check_targets
from pipeline.core.secrets import redacted
from pipeline.ingest.date_order import HasDateOrder
from pipeline.ingest.date_parts import Unread
from pipeline.ingest.ingest import FILTERED, UNREAD_DATE, Stores, ingest
from pipeline.ingest.repeats import DUPLICATE, TEXT_NOTE
from pipeline.ingest.settings import IngestSettings
from pipeline.ingest.stubs import words_in
from pipeline.sources.base import FIELDS, Read, Record, Source, TakesNotes
from pipeline.sources.formats import formats_of
from pipeline.sources.sniff import NoFormat
from pipeline.store.aside import Aside
from pipeline.store.log import logging_to
from pipeline.store.shards import Receipt, ShardStore, total
from pipeline.workflow.manifest import counts_under

_SHOWN = 5
"""Examples of a kind."""
_LANGUAGES = 8
_MOST_REJECTED = 0.5
"""`run.max_reject_rate` where it is not set."""

Line = tuple[str, str]
"""What is told of, and what is told."""


@checked_dataclass(config=PLUGIN)
class _RunSettings:
    allow_external_code: bool = False


@checked_dataclass(config=PLUGIN)
class InspectSettings:
    """See `configs/inspect.yaml`."""

    source: Node
    ingest: IngestSettings
    run: _RunSettings
    limit: PositiveInt = 20_000


class _First:
    """The first records of a source, and how many of them have which field."""

    def __init__(self, source: Source, limit: int) -> None:
        self._source = source
        self._limit = limit
        self._is_counted = False
        self.dates = source.dates if isinstance(source, HasDateOrder) else "auto"
        self.fields: Counter[str] = Counter()
        self.records = 0
        self.is_cut = False

    def identity(self) -> Mapping[str, str]:
        return self._source.identity()

    def files(self) -> list[Path]:
        return self._source.files()

    def read(self) -> Iterator[Read]:
        # Ingest may read once more, for the order of days and months.
        counts, self._is_counted = not self._is_counted, True
        for number, record in enumerate(self._source.read()):
            if number == self._limit:
                self.is_cut = True
                return
            if counts and isinstance(record, Record):
                self.records += 1
                self.fields.update(name for name, value in record.values.items() if value.strip())
            yield record


@dataclass(frozen=True)
class _Looked:
    """What ingest made of the records, in a folder that is gone afterwards."""

    first: _First
    stores: Stores
    unread: Mapping[Unread, str]

    @property
    def receipts(self) -> list[Receipt]:
        return self.stores.articles.receipts()

    def tables(self) -> Iterator[pa.Table]:
        return (self.stores.articles.read(receipt.shard) for receipt in self.receipts)


def inspect(
    config: Mapping[str, object],
    words: Sequence[str],
    progress: Callable[[int], None] = lambda records: None,
) -> Iterator[Line]:
    """What is in the files of a source, a line at a time; `words` are those of a command line that
    loads them.

    Raises:
        ConfigError: the configuration is wrong.
        InputError: nothing is there, or it cannot be read so; with the key to set.
    """
    settings = construct(InspectSettings, config, "")
    check_targets(config, settings.run.allow_external_code)
    source = build(settings.source, "source", Source)
    yield from _files(source.files(), settings.limit)
    with tempfile.TemporaryDirectory(prefix="dateline-") as name:
        folder = Path(name)
        unread: dict[Unread, str] = {}

        def unread_date(reason: Unread, given: str) -> None:
            unread.setdefault(reason, given)

        first = _First(source, settings.limit)
        articles = ShardStore(folder / "articles", folder / "rejects", "inspect")
        asides = (Aside(folder / aside) for aside in ("keys", "duplicates", "filtered"))
        looked = _Looked(first, Stores(articles, *asides), unread)
        with logging_to(folder / "log.jsonl", "inspect"):
            ingest(first, settings.ingest, looked.stores, progress, unread_date=unread_date)
        yield from _told(looked, source)
        yield "load them", shlex.join(["dateline", "run", *words])


def _files(files: Sequence[Path], limit: int) -> Iterator[Line]:
    """How many files there are, and of which formats, by what is in them."""
    if not files:
        return
    kinds = list(islice(formats_of(files), limit))
    known: Counter[str] = Counter(kind for kind in kinds if isinstance(kind, str))
    unknown = Counter(kind.reason for kind in kinds if isinstance(kind, NoFormat))
    size = sum(file.stat().st_size for file in files if file.exists())
    yield "files", f"{len(files):,}, {size / 1e6:,.1f} MB: {_counted(known) or 'none to be read'}"
    for reason, count in unknown.most_common(_SHOWN):
        yield "", f"{count:,} not read: {reason}"
    if len(kinds) == limit:
        yield "", f"these are the formats of the first {limit:,}"


def _told(looked: _Looked, source: Source) -> Iterator[Line]:
    receipts = looked.receipts
    read, kept, rejected = (total(receipts, name) for name in ("read", "articles", "rejected"))
    outcomes = ("articles", "duplicate", "filtered", "rejected")
    counts = _counted({name: total(receipts, name) for name in outcomes})
    yield "records", f"{read:,} read" + (f": {counts}" if counts else "")
    if looked.first.is_cut:
        yield "", f"there are more than limit={read}; what follows is of these"
    yield from _fields(looked.first)
    for line in source.notes.lines if isinstance(source, TakesNotes) else ():
        if not line.startswith("read: "):  # as its formats were
            yield "taken", line
    if kept:
        yield from _articles(looked, isinstance(source, HasDateOrder))
    yield from _left_out(looked)
    if rejected > _MOST_REJECTED * read:
        yield "", "a run stops where over half is rejected; run.max_reject_rate=1 goes on"


def _fields(first: _First) -> Iterator[Line]:
    if not first.records:
        return
    shares = {name: first.fields[name] / first.records for name in FIELDS if first.fields[name]}
    lacking = [name for name in FIELDS if name not in shares]
    told = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
    yield "fields", told + (f"; none has {', '.join(lacking)}" if lacking else "")


def _articles(looked: _Looked, takes_order: bool) -> Iterator[Line]:
    """Lengths, languages and dates of what stays."""
    words: list[int] = []
    languages: Counter[str] = Counter()
    days: list[str] = []
    for table in looked.tables():
        words += map(words_in, table["text"].to_pylist())
        languages.update(code or "unknown" for code in table["language"].to_pylist())
        days += [date[:10] for date in table["published"].to_pylist() if date]
    least, *quartiles, most = (f"{n:,.0f}" for n in np.percentile(words, [0, 25, 50, 75, 100]))
    yield "words", f"{least} to {most} a text, quartiles {', '.join(quartiles)}"
    notes = counts_under(looked.receipts, TEXT_NOTE)
    if "stub" in notes:
        yield "", f"stubs (a notice, or fewer than 20 words): {notes['stub']:,}"
    others = len(languages) - _LANGUAGES
    shown = _counted(dict(languages.most_common(_LANGUAGES)))
    yield "languages", shown + (f", and {others} more" if others > 0 else "")
    unread = counts_under(looked.receipts, UNREAD_DATE)
    span = f"{min(days)} to {max(days)}" if days else "none"
    without = len(words) - len(days)
    yield "dates", span + (f"; articles without one: {without:,}" if without else "")
    for reason, given in looked.unread.items():
        if reason in unread:
            yield "", f"{unread[reason]:,} not read ({reason}), such as {given!r}"
    if Unread.AMBIGUOUS in unread and takes_order:
        yield "", "source.dates=dmy or source.dates=mdy says which is the day"


def _left_out(looked: _Looked) -> Iterator[Line]:
    receipts = looked.receipts
    repeated = counts_under(receipts, DUPLICATE)
    yield "duplicates", _counted(repeated) or "none"
    pairs = [
        pair
        for table in looked.stores.duplicates.tables().values()
        for pair in table.select(["where", "duplicate_of", "similarity", "rule"]).to_pylist()
    ]
    for pair in pairs[:_SHOWN]:
        share = f", {pair['similarity']:.0%}" if pair["rule"] == "near" else ""
        yield "", f"{pair['where']} repeats {pair['duplicate_of']} ({pair['rule']}{share})"
    yield "left out", _counted(counts_under(receipts, FILTERED)) or "none"
    rejects = [
        one for r in receipts if r.rejects for one in looked.stores.articles.rejects(r.shard)
    ]
    yield "broken", f"{len(rejects):,}" if rejects else "none"
    for reject in rejects[:_SHOWN]:
        yield "", str(redacted(reject.reason))
    if len(rejects) > _SHOWN:
        yield "", f"... and {len(rejects) - _SHOWN:,} more"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
