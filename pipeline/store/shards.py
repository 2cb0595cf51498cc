"""Shards: Parquet files of one step, each believed only together with its receipt."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.core import disk
from pipeline.core.errors import RunError
from pipeline.core.files import atomic, cannot, delete, read_record, refused, write_record
from pipeline.core.parquet import read_parquet


@dataclass(frozen=True, slots=True)
class Reject:
    """A dead letter: where the record stood, which stage refused it and why, and its payload.

    `error` is the exception's type and message, `frame` the innermost line of our code that it
    came through, `attempts` how often the record was tried.
    """

    where: str
    stage: str
    reason: str
    error: str
    payload: str
    frame: str | None = None
    attempts: int = 1
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What acknowledges a shard.

    `counts` are records by outcome, `consumed` the records read from the source until the shard was
    closed, `made_from` the sha256 of the shard of the step before, `rejects` that of its rejects.
    """

    shard: int
    rows: int
    sha256: str
    fingerprint: str
    counts: Mapping[str, int]
    consumed: int = 0
    made_from: str | None = None
    rejects: str | None = None


def total(receipts: Iterable[Receipt], outcome: str) -> int:
    """Records with this outcome in all of these shards."""
    return sum(receipt.counts.get(outcome, 0) for receipt in receipts)


class ShardStore:
    """The shards of one step in `folder`, and their rejects in `rejects`.

    A shard is written to a temporary name, synced, renamed, and then acknowledged by its receipt.
    One whose receipt is missing or damaged, has another fingerprint, tells of other bytes, or was
    made from another shard than `parent` holds now, does not exist. `earlier` fingerprints are
    those of shards that a growing run had before its configuration changed.
    """

    def __init__(
        self,
        folder: Path,
        rejects: Path,
        fingerprint: str,
        parent: ShardStore | None = None,
        earlier: Collection[str] = (),
    ) -> None:
        self._folder = folder
        self._rejects = rejects
        self._fingerprint = fingerprint
        self._known = {fingerprint, *earlier}
        self._parent = parent
        self._digests: dict[Path, tuple[tuple[int, int, int], str]] = {}

    def write(
        self,
        shard: int,
        table: pa.Table,
        counts: Mapping[str, int],
        rejects: Sequence[Reject] = (),
        consumed: int = 0,
    ) -> Receipt:
        """Store a shard with its rejects and acknowledge it."""
        rejects_path, refused = self._rejects_path(shard), None
        if rejects:
            lines = (json.dumps(asdict(reject), ensure_ascii=False) for reject in rejects)
            text = "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")
            with atomic(rejects_path) as out:
                out.write(text)
            refused = hashlib.sha256(text).hexdigest()
        else:
            delete(rejects_path)
        path = self._path(shard)
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd")
        content = sink.getvalue()
        with atomic(path, lasting=False) as out:
            out.write(content)
        receipt = Receipt(
            shard=shard,
            rows=table.num_rows,
            sha256=hashlib.sha256(content).hexdigest(),
            fingerprint=self._fingerprint,
            counts=dict(counts),
            consumed=consumed,
            made_from=self._source_of(shard),
            rejects=refused,
        )
        write_record(self._receipt_path(shard), asdict(receipt))
        return receipt

    def receipt(self, shard: int) -> Receipt | None:
        """The receipt of a shard that exists, else None.

        Raises:
            RunError: a file of the shard is there and cannot be read.
        """
        receipt = self._kept_receipt(shard)
        if receipt is None or receipt.made_from != self._source_of(shard):
            return None
        if self._digest(self._path(shard)) != receipt.sha256:
            return None
        if receipt.rejects and self._digest(self._rejects_path(shard)) != receipt.rejects:
            return None
        return receipt

    def receipts(self) -> list[Receipt]:
        """Receipts of the shards 0, 1, 2 ... up to the first that does not exist."""
        found: list[Receipt] = []
        while (receipt := self.receipt(len(found))) is not None:
            found.append(receipt)
        return found

    def forget_from(self, shard: int, end: int | None = None) -> None:
        """Shards from this one on, up to before `end`, exist no more: they are about to be made
        anew, perhaps fewer."""
        above = math.inf if end is None else end
        for path in self._rejects.glob(f"{self._folder.name}-*.jsonl"):
            if shard <= int(path.stem.rpartition("-")[2]) < above:
                delete(path)
        receipts = [
            path
            for path in self._folder.glob("*.receipt.json")
            if shard <= int(path.name.partition(".")[0]) < above
        ]
        if not receipts:
            return
        with refused("removed", self._folder):
            for path in receipts:
                disk.remove(path)
            disk.sync_folder(self._folder)

    def finish(self, counts: Mapping[str, int]) -> None:
        """Acknowledge that no more shards will come; `counts` are those of the whole step."""
        shards = len(self.receipts())
        values = {"shards": shards, "fingerprint": self._fingerprint, "counts": dict(counts)}
        if read_record(self._complete) != values:
            write_record(self._complete, values)

    def finished(self) -> bool:
        """Whether the step was finished and every one of its shards exists."""
        planned = self.planned_shards()
        return planned is not None and planned == len(self.receipts())

    def planned_shards(self) -> int | None:
        """How many shards the step has; None while that is not known."""
        values = read_record(self._complete)
        if values is None or values.get("fingerprint") not in self._known:
            return None
        shards = values.get("shards")
        return shards if isinstance(shards, int) else None

    def read(self, shard: int) -> pa.Table:
        """The shard's table.

        Raises:
            RunError: it does not exist, its bytes are not those of the receipt, or the disk fails.
        """
        path = self._path(shard)
        receipt = self._kept_receipt(shard)
        if receipt is None or not path.exists():
            raise RunError(
                f"{path}: missing, or without a valid receipt; the same command makes it again"
            )
        content = _read(path)
        if hashlib.sha256(content).hexdigest() != receipt.sha256:
            raise RunError(
                f"{path}: changed since its receipt was written; the same command makes it again"
            )
        return read_parquet(content)

    def rejects(self, shard: int) -> list[Reject]:
        """The rejects of a shard that exists.

        Raises:
            RunError: it does not, or its rejects are not those of the receipt.
        """
        receipt = self.receipt(shard)
        path = self._rejects_path(shard)
        if receipt is None:
            raise RunError(
                f"{path}: damaged, or without a valid receipt; the same command mends it"
            )
        if receipt.rejects is None:
            return []
        text = _read(path).decode("utf-8")
        return [Reject(**json.loads(line)) for line in text.split("\n") if line]

    def problems(self) -> list[str]:
        """What is wrong with the step's files, a line each; none for a whole and finished step."""
        planned = self.planned_shards()
        if planned is None:
            return [f"{self._complete}: missing or damaged: the step is not finished"]
        return [problem for shard in range(planned) for problem in self._problems_of(shard)]

    def _problems_of(self, shard: int) -> list[str]:
        receipt = self._kept_receipt(shard)
        if receipt is None:
            return [f"{self._receipt_path(shard)}: missing, damaged or of another configuration"]
        found = []
        path, rejects_path = self._path(shard), self._rejects_path(shard)
        if self._digest(path, again=True) != receipt.sha256:
            found.append(f"{path}: missing, or not the bytes of its receipt")
        else:
            rows = pq.read_metadata(pa.BufferReader(_read(path))).num_rows
            if rows != receipt.rows:
                found.append(f"{path}: {rows} rows, its receipt says {receipt.rows}")
        if receipt.rejects and self._digest(rejects_path, again=True) != receipt.rejects:
            found.append(f"{rejects_path}: missing, or not the bytes of its receipt")
        if receipt.made_from != self._source_of(shard):
            found.append(f"{path}: made from other articles than are here now")
        return found

    def _kept_receipt(self, shard: int) -> Receipt | None:
        """The receipt as it stands in its file, if it is whole and of this configuration."""
        values = read_record(self._receipt_path(shard))
        if values is None or values.get("fingerprint") not in self._known:
            return None
        try:
            receipt = Receipt(**values)  # type: ignore[arg-type]
        except TypeError:
            return None
        return receipt if receipt.shard == shard else None

    def _source_of(self, shard: int) -> str | None:
        if self._parent is None:
            return None
        receipt = self._parent.receipt(shard)
        return receipt.sha256 if receipt else ""

    def _digest(self, path: Path, again: bool = False) -> str | None:
        """sha256 of a file, None without one; read `again` even if it looks unchanged."""
        try:
            stat = path.stat()
            seen = (stat.st_size, stat.st_mtime_ns, stat.st_ino)
            known = self._digests.get(path)
            if known is not None and known[0] == seen and not again:
                return known[1]
            digest = hashlib.sha256(disk.read(path)).hexdigest()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise cannot("read", path, error) from error
        self._digests[path] = (seen, digest)
        return digest

    @property
    def _complete(self) -> Path:
        return self._folder / "complete.json"

    def _path(self, shard: int) -> Path:
        return self._folder / f"{shard:05d}.parquet"

    def _receipt_path(self, shard: int) -> Path:
        return self._folder / f"{shard:05d}.receipt.json"

    def _rejects_path(self, shard: int) -> Path:
        return self._rejects / f"{self._folder.name}-{shard:05d}.jsonl"


def _read(path: Path) -> bytes:
    with refused("read", path):
        return disk.read(path)
