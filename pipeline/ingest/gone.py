"""Articles of a run that are published no more: a later version took their place, or somebody
withdrew them. Their shards stay as they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa
from pydantic import TypeAdapter

from pipeline.ingest.duplicates import Row
from pipeline.store.aside import Aside

UPDATED = "updated-"
"""Begins the names of the tables of articles of earlier shards that have a later version."""

_WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """An article that somebody took back: which, where it stands, why, and when that was said."""

    id: str
    shard: int
    row: int
    reason: str
    when: str


_LIST = TypeAdapter(list[Withdrawal])


class Gone:
    """What is published no more, by shard."""

    def __init__(self, duplicates: Aside) -> None:
        self._duplicates = duplicates
        self.withdrawn = _LIST.validate_python(
            (duplicates.record(_WITHDRAWN) or {}).get("articles", [])
        )
        self.updated = frozenset(
            Row(row["shard"], row["row"])
            for table in duplicates.tables(UPDATED).values()
            for row in table.select(["shard", "row"]).to_pylist()
        )
        self.rows = self.updated | {Row(one.shard, one.row) for one in self.withdrawn}
        self._by_shard: Mapping[int, list[int]] = defaultdict(list)
        for place in self.rows:
            self._by_shard[place.shard].append(place.row)

    def stay(self, shard: int, rows: int) -> pa.Array | None:
        """Which of a shard's rows are published; None for all."""
        if not self._by_shard.get(shard):
            return None
        stay = np.ones(rows, bool)
        stay[self._by_shard[shard]] = False
        return pa.array(stay)

    def withdraw(self, withdrawals: list[Withdrawal]) -> None:
        """Keep that articles were withdrawn."""
        every = [*self.withdrawn, *withdrawals]
        self._duplicates.write_record(_WITHDRAWN, {"articles": [asdict(one) for one in every]})
