"""A run directory: what lies where, and whether it belongs to the configuration at hand."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from pipeline import __version__
from pipeline.errors import ConfigError, RunError
from pipeline.runs.files import read_json, write_json
from pipeline.runs.fingerprint import differences, fingerprint
from pipeline.runs.shards import ShardStore

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_OUTPUT = {"ingest": "articles", "annotate": "annotations"}
_MADE_FROM = {
    "ingest": ("articles", "annotations", "rejects", "published", "evaluation", "manifest.json"),
    "annotate": ("annotations", "rejects/annotations-*", "published", "evaluation"),
}
"""What has to go when a step is planned anew: its own output and all that was made from it."""


class RunDirectory:
    """`runs/NAME`: plan, configuration, shards, rejects, manifest and what was published."""

    def __init__(self, runs: str | Path, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise ConfigError(
                f"run.name={name!r}: letters, digits, dot, dash and underscore only, and it "
                "starts with a letter or digit"
            )
        self.name = name
        self.path = Path(runs).expanduser() / name
        self.config = self.path / "config.yaml"
        self.plan = self.path / "plan.json"
        self.manifest = self.path / "manifest.json"
        self.log = self.path / "log.jsonl"
        self.rejects = self.path / "rejects"
        self.published = self.path / "published"

    def articles(self, fingerprint: str) -> ShardStore:
        """What ingest wrote."""
        return ShardStore(self.path / "articles", self.rejects, fingerprint)

    def annotations(self, fingerprint: str) -> ShardStore:
        """What annotate wrote."""
        return ShardStore(self.path / "annotations", self.rejects, fingerprint)

    def check_ours(self) -> None:
        """Refuse a place that holds something else than a run.

        Raises:
            RunError: names what is there.
        """
        if self.path.exists() and not self.path.is_dir():
            raise RunError(f"{self.path}: is a file; choose another run.name or paths.runs")
        if not self._steps() and self.path.is_dir():
            strange = sorted(p.name for p in self.path.iterdir() if p.name != self.log.name)
            if strange:
                raise RunError(
                    f"{self.path}: holds {strange[0]} but no plan.json, so it is not a run; "
                    "choose another run.name"
                )

    def prepare(self, step: str, keys: Mapping[str, object], overwrite: bool) -> str:
        """Plan a step, or check that it is the one planned here; returns its fingerprint.

        `keys` are the semantic keys of the step and of those before it. With `overwrite` a step
        that was planned with other keys is deleted, with all made from it, and planned anew. So is
        one that has stored nothing yet: its input or configuration was wrong, and is mended now.

        Raises:
            RunError: the folder is no run of ours, or a run with other keys.
        """
        self.check_ours()
        steps = self._steps()
        planned = steps.get(step)
        if isinstance(planned, dict) and planned.get("keys") != dict(keys):
            if not overwrite and any((self.path / _OUTPUT[step]).glob("*.receipt.json")):
                changed = "\n  ".join(differences(planned.get("keys", {}), keys))
                raise RunError(
                    f"run {self.name!r} was made with another configuration:\n  {changed}\n"
                    "choose another run.name, or replace it with run.overwrite=true"
                )
            self._delete(step)
            steps = {"ingest": steps["ingest"]} if step != "ingest" and "ingest" in steps else {}
        print_of_keys = fingerprint(keys)
        steps[step] = {"fingerprint": print_of_keys, "keys": dict(keys)}
        write_json(self.plan, {"dateline": __version__, "name": self.name, "steps": steps})
        return print_of_keys

    def is_planned(self, step: str) -> bool:
        """Whether a step was started here."""
        return step in self._steps()

    def fingerprint(self, step: str) -> str:
        """The fingerprint that a step was planned with.

        Raises:
            RunError: it was never started here.
        """
        planned = self._steps().get(step)
        if not isinstance(planned, dict):
            raise RunError(
                f"{self.path}: no {step} was done here; start with `dateline {step}` or "
                "`dateline run`, or check run.name and paths.runs"
            )
        return str(planned["fingerprint"])

    def _steps(self) -> dict[str, object]:
        steps = (read_json(self.plan) or {}).get("steps")
        return dict(steps) if isinstance(steps, dict) else {}

    def _delete(self, step: str) -> None:
        """Remove what a step and those after it wrote, and nothing else that may lie here."""
        for pattern in _MADE_FROM[step]:
            for path in self.path.glob(pattern):
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()
