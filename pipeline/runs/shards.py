"""Shards: Parquet files of one step, each believed only together with its receipt."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import RunError
from pipeline.runs.files import atomic, read_json, write_json, write_text


@dataclass(frozen=True, slots=True)
class Reject:
    """A dead letter: the record's payload, where it stood, and which stage refused it and why."""

    where: str
    stage: str
    reason: str
    error: str
    payload: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What acknowledges a shard: `counts` are records by outcome, `consumed` records read so far
    from the source when the shard was closed."""

    shard: int
    rows: int
    sha256: str
    fingerprint: str
    counts: Mapping[str, int]
    consumed: int = 0


class ShardStore:
    """The shards of one step in `folder`, and their rejects in `rejects`.

    A shard is written to a temporary name, synced, renamed, and then acknowledged by its receipt.
    One whose receipt is missing, or carries another fingerprint, does not exist.
    """

    def __init__(self, folder: Path, rejects: Path, fingerprint: str) -> None:
        self._folder = folder
        self._rejects = rejects
        self._fingerprint = fingerprint

    def write(
        self,
        shard: int,
        table: pa.Table,
        counts: Mapping[str, int],
        rejects: Sequence[Reject] = (),
        consumed: int = 0,
    ) -> Receipt:
        """Store a shard with its rejects and acknowledge it."""
        path = self._path(shard)
        rejects_path = self._rejects / f"{self._folder.name}-{shard:05d}.jsonl"
        if rejects:
            lines = (json.dumps(asdict(reject), ensure_ascii=False) for reject in rejects)
            write_text(rejects_path, "".join(f"{line}\n" for line in lines))
        else:
            rejects_path.unlink(missing_ok=True)
        with atomic(path) as part:
            pq.write_table(table, part, compression="zstd")
            digest = _sha256(part)
        receipt = Receipt(shard, table.num_rows, digest, self._fingerprint, dict(counts), consumed)
        write_json(self._receipt_path(shard), asdict(receipt))
        return receipt

    def receipt(self, shard: int) -> Receipt | None:
        """The receipt of a shard that exists, else None."""
        values = read_json(self._receipt_path(shard))
        if values is None or values.get("fingerprint") != self._fingerprint:
            return None
        try:
            receipt = Receipt(**values)  # type: ignore[arg-type]
        except TypeError:
            return None
        return receipt if self._path(shard).is_file() else None

    def receipts(self) -> list[Receipt]:
        """Receipts of the shards 0, 1, 2 ... up to the first that does not exist."""
        found: list[Receipt] = []
        while (receipt := self.receipt(len(found))) is not None:
            found.append(receipt)
        return found

    def finish(self, counts: Mapping[str, int]) -> None:
        """Acknowledge that no more shards will come; `counts` are those of the whole step."""
        shards = len(self.receipts())
        values = {"shards": shards, "fingerprint": self._fingerprint, "counts": dict(counts)}
        write_json(self._folder / "complete.json", values)

    def finished(self) -> bool:
        """Whether the step was finished and every one of its shards exists."""
        values = read_json(self._folder / "complete.json")
        return (
            values is not None
            and values.get("fingerprint") == self._fingerprint
            and values.get("shards") == len(self.receipts())
        )

    def read(self, shard: int) -> pa.Table:
        """The shard's table.

        Raises:
            RunError: it does not exist, or its bytes are not those of the receipt.
        """
        path = self._path(shard)
        receipt = self.receipt(shard)
        if receipt is None:
            raise RunError(f"{path}: this shard has no valid receipt; run the step before again")
        if _sha256(path) != receipt.sha256:
            raise RunError(
                f"{path}: changed since its receipt was written; delete it and run again"
            )
        return pq.read_table(path)

    def _path(self, shard: int) -> Path:
        return self._folder / f"{shard:05d}.parquet"

    def _receipt_path(self, shard: int) -> Path:
        return self._folder / f"{shard:05d}.receipt.json"


def read_rejects(folder: Path) -> Iterator[Reject]:
    """All rejects of a run, by step and shard."""
    for path in sorted(folder.glob("*.jsonl")):
        with path.open(encoding="utf-8") as file:
            for line in file:
                yield Reject(**json.loads(line))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
