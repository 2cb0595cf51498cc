"""What a search keeps: its plan, and a record of each job, each written whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

from pipeline.core.errors import RunError
from pipeline.core.files import read_record, write_record, write_text
from pipeline.core.fingerprint import differences
from pipeline.core.secrets import redacted
from pipeline.tune.jobs import Score
from pipeline.tune.space import Point


@dataclass(frozen=True, slots=True)
class Trial:
    """A job that was done: its point, and its score or the file that tells why there is none."""

    number: int
    point: Point
    score: Score | None = None
    failure: str | None = None
    reason: str | None = None


class Records:
    """The folder of one search."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._plan = folder / "tune.json"

    def prepare(self, plan: Mapping[str, object]) -> None:
        """Keep what decides the search, or check that it is the one kept here.

        Raises:
            RunError: another search has this name.
        """
        plan = redacted(plan)
        before = read_record(self._plan)
        if before is None and self._plan.exists():
            raise RunError(f"{self._plan}: damaged; choose another name, or remove {self.folder}")
        if before is not None and before != plan:
            lines = "\n  ".join(differences(before, plan))
            raise RunError(
                f"{self.folder}: holds a search that was another:\n  {lines}\nchoose another name"
            )
        if before is None:
            write_record(self._plan, plan)

    def trial(self, number: int) -> Trial | None:
        """A job's record, None without a whole one."""
        values = read_record(self._path(number))
        if values is None:
            return None
        score = values.pop("score")
        kept = None if score is None else Score(**cast("dict[str, object]", score))  # type: ignore[arg-type]
        return Trial(**values, score=kept)  # type: ignore[arg-type]

    def keep(self, trial: Trial) -> None:
        """Write a job's record."""
        write_record(self._path(trial.number), asdict(trial))

    def keep_failure(self, number: int, text: str) -> Path:
        """Write why a job failed; returns where."""
        path = self.folder / "failures" / f"{number:05d}.txt"
        write_text(path, redacted(text))
        return path

    def _path(self, number: int) -> Path:
        return self.folder / "trials" / f"{number:05d}.json"
