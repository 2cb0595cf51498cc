"""Where things lie, and how a command ended, for the tests that run one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pipeline.store.shards import Reject

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


@dataclass(frozen=True)
class Outcome:
    """How a command ended: exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def message(self) -> str:
        """The one line of an error."""
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, f"more than one line: {self.err}"
        return lines[0]


def rejects_in(folder: Path) -> list[Reject]:
    """All rejects of a run, from its folder `rejects`, by step and shard."""
    return [
        Reject(**json.loads(line))
        for path in sorted(folder.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").split("\n")
        if line
    ]
