"""Taking out of the article shards what repeats another article, so that a kill loses nothing.

What goes is decided once, over all shards, and written down; then shard after shard is written anew
without it. The decision holds also where that is ended half-way.
"""

from __future__ import annotations

import io
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import TypeAdapter

from pipeline.article import STORED_SCHEMA, Article, from_table, to_table
from pipeline.core.errors import RunError
from pipeline.ingest.duplicates import Duplicate, Row, Rule, Search, find_duplicates
from pipeline.ingest.gone import UPDATED
from pipeline.ingest.keys import KEYS, keys_of
from pipeline.store.aside import Aside
from pipeline.store.shards import Receipt, Reject, ShardStore

DUPLICATE, TEXT_NOTE = "duplicate.", "text_note."
"""Before the rule of those that repeat another, and before the note, in a receipt's counts."""

_SHARDS_KEPT = 64
"""Shards whose articles are kept for the next comparison."""

DUPLICATES_SCHEMA = pa.schema(
    [
        *STORED_SCHEMA,
        ("duplicate_of", pa.string()),
        ("similarity", pa.float64()),
        ("rule", pa.string()),
        ("shard", pa.int64()),
        ("row", pa.int64()),
    ]
)
"""An article that repeats another: as it was ingested, the id of the one that it repeats, how much
the two share, why it went, and where it stood."""


@dataclass(frozen=True, slots=True)
class Addition:
    """Shards that came together: the `number` of the addition, the first of its shards, and the one
    after its last, where that is known.

    With `versions` a later text under the same URL or id takes the place of the one before.
    """

    number: int = 0
    first_shard: int = 0
    versions: bool = False
    end: int | None = None


@dataclass(frozen=True, slots=True)
class _Goes:
    """An article that goes, the id of the one it repeats, and the one's likeness."""

    row: int
    of: str
    similarity: float
    rule: Rule


@dataclass(frozen=True, slots=True)
class _Decision:
    """What goes of each shard, and how many rows it had when that was decided; `shards` are all."""

    shards: int
    rows: Mapping[int, int]
    goes: Mapping[int, Sequence[_Goes]]


_DECISION = TypeAdapter(_Decision)


FIRST = Addition()
"""All shards, of a run that does not grow."""


class Repeats:
    """What of an addition to the shards of `store` repeats another article, or, of the shards
    before it, is repeated by a later version."""

    def __init__(
        self,
        store: ShardStore,
        keys: Aside,
        duplicates: Aside,
        near: bool,
        addition: Addition = FIRST,
        gone: frozenset[Row] = frozenset(),
    ) -> None:
        self._store = store
        self._keys = keys
        self._duplicates = duplicates
        self._near = near
        self._addition = addition
        self._gone = gone
        self._articles = lru_cache(_SHARDS_KEPT)(self._articles_of)

    def write_keys(self, shard: int, keys: NDArray[np.void]) -> None:
        """Keep the keys of a shard that is about to be written."""
        data = io.BytesIO()
        np.save(data, keys, allow_pickle=False)
        self._keys.write_bytes(f"{shard:05d}.npy", data.getvalue())

    def decided(self) -> int | None:
        """The number of shards there were when it was written down what goes; None before."""
        decision = self._decision()
        return None if decision is None else decision.shards

    def forget(self) -> None:
        """What goes is to be decided anew: some of the records are read again."""
        self._keys.remove(f"{self._name}.json")

    def settle(self, shards: int, check: Callable[[], None] = lambda: None) -> None:
        """Take out what repeats another article; where that was begun, go on. There are so many
        `shards`.

        Raises:
            RunError: a shard that was written cannot be seen, as happens on a shared disk.
        """
        if len(self._receipts()) != shards:
            raise RunError(
                f"of {shards} shards not all can be seen yet; run the same command again"
            )
        decision = self._decision()
        if decision is None:
            decision = self._decided()
            self._keys.write_record(self._name, _DECISION.dump_python(decision, mode="json"))
        old = [shard for shard in decision.goes if shard < self._addition.first_shard]
        if old:
            tables = [self._repeated(shard, decision.goes[shard]) for shard in old]
            self._duplicates.write_table(
                f"{UPDATED}{self._addition.number:05d}", pa.concat_tables(tables)
            )
        for shard, goes in decision.goes.items():
            if shard < self._addition.first_shard:
                continue
            check()
            if self._store.read(shard).num_rows == decision.rows[shard]:
                self._take_out(shard, goes)

    def append(
        self,
        added: Mapping[int, Sequence[Article]],
        counts: Mapping[int, Counter[str]],
        rejects: Mapping[int, Sequence[Reject]],
    ) -> None:
        """Put articles at the end of shards, but for those that repeat one; `rejects` are those
        that the shards have now, `counts` what is to be added to theirs."""
        receipts = self._store.receipts()
        order = list(added)
        keys = [*map(self._loader, range(len(receipts)))]
        new = {shard: keys_of(added[shard]) for shard in order}

        def article(place: Row) -> Article:
            if place.shard < len(receipts):
                return self._article(place)
            return added[order[place.shard - len(receipts)]][place.row]

        search = Search(
            [*keys, *(partial(new.__getitem__, shard) for shard in order)],
            len(receipts), article, self._near, gone=self._gone,
        )  # fmt: skip
        repeated: dict[int, dict[int, Duplicate]] = defaultdict(dict)
        for one in find_duplicates(search):
            repeated[order[one.place.shard - len(receipts)]][one.place.row] = one
        for shard in order:
            goes = repeated[shard]
            stay = [a for number, a in enumerate(added[shard]) if number not in goes]
            total = Counter(receipts[shard].counts) + counts[shard]
            refused = list(rejects[shard])
            for number, one in goes.items():
                if one.rule == "same id":
                    refused.append(_used_before(added[shard][number]))
                total[f"{DUPLICATE}{one.rule}"] += one.rule != "same id"
                total["duplicate"] += one.rule != "same id"
            total["articles"] -= len(goes)
            total["rejected"] = len(refused)
            table = pa.concat_tables([self._store.read(shard), to_table(stay, STORED_SCHEMA)])
            before = self._load(shard)
            kept = new[shard][[n for n in range(len(added[shard])) if n not in goes]]
            self._store.write(shard, table, +total, refused, receipts[shard].consumed)
            self.write_keys(shard, np.concatenate([before, kept]))

    @property
    def _name(self) -> str:
        return f"decision-{self._addition.number:05d}"

    def _decision(self) -> _Decision | None:
        values = self._keys.record(self._name)
        return None if values is None else _DECISION.validate_python(values)

    def _receipts(self) -> list[Receipt]:
        return self._store.receipts()[: self._addition.end]

    def _receipt(self, shard: int) -> Receipt:
        """That of one shard: to look through all of them for each would take square time."""
        receipt = self._store.receipt(shard)
        if receipt is None:
            raise RunError(f"shard {shard} cannot be seen; run the same command again")
        return receipt

    def _decided(self) -> _Decision:
        receipts = self._receipts()
        found = find_duplicates(
            Search(
                [*map(self._loader, range(len(receipts)))],
                self._addition.first_shard,
                self._article,
                self._near,
                self._addition.versions,
                self._gone,
            )
        )
        of = {one.place: one.of for one in found}
        goes: dict[int, list[_Goes]] = defaultdict(list)
        for one in found:
            stays = one.of
            while stays in of:
                stays = of[stays]
            entry = _Goes(one.place.row, self._article(stays).id, one.similarity, one.rule)
            goes[one.place.shard].append(entry)
        rows = {shard: receipts[shard].rows for shard in goes}
        return _Decision(len(receipts), rows, {shard: goes[shard] for shard in sorted(goes)})

    def _take_out(self, shard: int, goes: Sequence[_Goes]) -> None:
        receipt = self._receipt(shard)
        table = self._store.read(shard)
        repeated = [one for one in goes if one.rule != "same id"]
        if repeated:
            self._duplicates.write_table(f"{shard:05d}", self._repeated(shard, repeated))
        rejects = self._store.rejects(shard) + [
            _used_before(self._article(Row(shard, one.row)))
            for one in goes
            if one.rule == "same id"
        ]
        stay = np.ones(table.num_rows, bool)
        stay[[one.row for one in goes]] = False
        counts = Counter(receipt.counts)
        counts["articles"] -= len(goes)
        counts["duplicate"] += len(repeated)
        counts["rejected"] += len(goes) - len(repeated)
        counts.update(f"{DUPLICATE}{one.rule}" for one in repeated)
        gone = table.filter(pa.array(~stay))["text_note"].to_pylist()
        counts.subtract(f"{TEXT_NOTE}{note}" for note in gone if note is not None)
        keys = self._load(shard)[stay]
        self._articles.cache_clear()
        self._store.write(shard, table.filter(pa.array(stay)), +counts, rejects, receipt.consumed)
        self.write_keys(shard, keys)

    def _repeated(self, shard: int, goes: Sequence[_Goes]) -> pa.Table:
        rows = self._store.read(shard).take([one.row for one in goes])
        added = {
            "duplicate_of": [one.of for one in goes],
            "similarity": [round(one.similarity, 4) for one in goes],
            "rule": [one.rule for one in goes],
            "shard": [shard] * len(goes),
            "row": [one.row for one in goes],
        }
        for name, values in added.items():
            rows = rows.append_column(name, pa.array(values, DUPLICATES_SCHEMA.field(name).type))
        return rows

    def _loader(self, shard: int) -> Callable[[], NDArray[np.void]]:
        return partial(self._load, shard)

    def _load(self, shard: int) -> NDArray[np.void]:
        """The keys of a shard; made again where they are not those of its rows."""
        keys: NDArray[np.void] | None
        data = self._keys.read_bytes(f"{shard:05d}.npy")
        rows = self._receipt(shard).rows
        if data is not None:
            try:
                keys = np.load(io.BytesIO(data), allow_pickle=False)
            except (ValueError, EOFError, OSError):
                keys = None
            if keys is not None and keys.dtype == KEYS and len(keys) == rows:
                return keys
        keys = keys_of(self._articles(shard))
        self.write_keys(shard, keys)
        return keys

    def _article(self, place: Row) -> Article:
        return self._articles(place.shard)[place.row]

    def _articles_of(self, shard: int) -> Sequence[Article]:
        return list(from_table(self._store.read(shard)))


def _used_before(article: Article) -> Reject:
    reason = f"{article.where}: id {article.id!r} was used before, with another text"
    payload = "\n\n".join(part for part in (article.title, article.text) if part)
    return Reject(str(article.where), "ingest", reason, "ValueError: duplicate id", payload)
