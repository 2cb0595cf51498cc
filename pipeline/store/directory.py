"""A run directory: what lies where, and whether it belongs to the configuration at hand."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fnmatch import fnmatch
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import yaml

from pipeline.core.errors import ConfigError, RunError
from pipeline.core.files import PART, delete, read_record, refused, write_record
from pipeline.core.fingerprint import differences, fingerprint
from pipeline.core.secrets import redacted
from pipeline.core.version import __version__
from pipeline.store.aside import Aside
from pipeline.store.shards import Receipt, ShardStore

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_OUTPUT = {"ingest": "articles", "annotate": "annotations"}
_SHOWN = 5
"""Differences that a refusal names."""
_MADE_FROM = {
    "ingest": (
        "articles", "keys", "duplicates", "filtered", "annotations", "rejects", "published",
        "evaluation", "manifest.json",
    ),
    "annotate": ("annotations", "rejects/annotations-*", "published", "evaluation"),
}  # fmt: skip
"""What has to go when a step is planned anew: its own output and all that was made from it."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step as it was planned: the keys that decide its output, and their fingerprint.

    `config` are the sections of the configuration it was started with, `shards` what it works on:
    rows and sha256 of each. Of a run that grows, `additions` are what came when, and `earlier` the
    keys, configurations and fingerprints that its first shards were made with, if with others.
    """

    fingerprint: str
    keys: Mapping[str, object]
    config: Mapping[str, object]
    shards: Sequence[Mapping[str, object]] = ()
    additions: Sequence[Mapping[str, object]] = ()
    earlier: Sequence[Mapping[str, object]] = ()


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
        self.claims = self.path / "claims"
        self.sessions = self.path / "sessions"
        self.rejects = self.path / "rejects"
        self.published = self.path / "published"

    def articles(self, fingerprint: str) -> ShardStore:
        """What ingest wrote."""
        return ShardStore(
            self.path / "articles", self.rejects, fingerprint, earlier=self._earlier("ingest")
        )

    def annotations(self, fingerprint: str, articles: ShardStore) -> ShardStore:
        """What annotate wrote, of these articles."""
        earlier = self._earlier("annotate")
        return ShardStore(self.path / "annotations", self.rejects, fingerprint, articles, earlier)

    def aside(self, name: str) -> Aside:
        """A folder of what a step keeps beside its shards."""
        return Aside(self.path / name)

    def stores(self) -> tuple[ShardStore, ShardStore | None]:
        """Article and annotation shards as planned; None for annotations not yet planned.

        Raises:
            RunError: no articles were planned.
        """
        articles = self.articles(self.fingerprint("ingest"))
        if not self.is_planned("annotate"):
            return articles, None
        return articles, self.annotations(self.fingerprint("annotate"), articles)

    def check_ours(self) -> None:
        """Refuse a place that holds something else than a run.

        Raises:
            RunError: names what is there.
        """
        with refused("read", self.path):
            if self.path.exists() and not self.path.is_dir():
                raise RunError(f"{self.path}: is a file; choose another run.name or paths.runs")
            if self.steps() or not self.path.is_dir():
                return
            ours = {self.log.name, self.claims.name, self.sessions.name}
            strange = sorted(
                path.name
                for path in self.path.iterdir()
                if path.name not in ours and not fnmatch(path.name, f".*{PART}")
            )
            if strange:
                raise RunError(
                    f"{self.path}: holds {strange[0]} but no plan.json, so it is not a run; "
                    "choose another run.name"
                )

    def kept_config(self) -> dict[str, object] | None:
        """The configuration that is kept for people; None where it is missing or damaged."""
        try:
            kept = yaml.safe_load(self.config.read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError):
            return None
        return kept if isinstance(kept, dict) else None

    def half_written(self) -> list[Path]:
        """Files that are being written, or were by processes that were killed."""
        return list(self.path.rglob(f".*{PART}"))

    def clean(self, left: Iterable[Path]) -> None:
        """Remove files that were `half_written` before no other process was at work any more."""
        for path in left:
            delete(path)

    def prepare(
        self,
        step: str,
        keys: Mapping[str, object],
        overwrite: bool,
        config: Mapping[str, object] = MappingProxyType({}),
        shards: Sequence[Receipt] = (),
        alone: bool = True,
        grow: bool | Literal["from_now"] = False,
    ) -> str:
        """Plan a step, or check that it is the one planned here; returns its fingerprint.

        `keys` are the semantic keys of the step and of those before it, `config` its sections of
        the configuration, `shards` what it is to work on. With `overwrite` a step that was planned
        otherwise is deleted, with all made from it, and planned anew. So is one that has kept no
        article yet: its input or configuration was wrong, and is mended now; but only `alone`, when
        nobody else is working by the plan.

        With `grow` there may be further shards, and "from_now" other keys for those.

        Raises:
            RunError: the folder is no run of ours, or a run with other keys or inputs.
        """
        self.check_ours()
        steps = self.steps()
        planned = steps.get(step)
        keys = redacted(keys)  # a password decides nothing, and must not be written down
        work = [{"rows": receipt.rows, "sha256": receipt.sha256} for receipt in shards]
        # No shards: a retry began to change them, and may not have come to its end.
        other_work = planned is not None and list(planned.shards) not in ([], work)
        if planned is not None and grow and list(planned.shards) == work[: len(planned.shards)]:
            other_work = False
            if grow == "from_now" and planned.keys != keys:
                planned = _from_now(planned, keys)
        if planned is not None and (planned.keys != keys or other_work):
            if not alone or (self._keeps_articles(step) and not overwrite):
                raise RunError(self._refusal(planned, keys))
            self._delete(step)
            steps = {"ingest": steps["ingest"]} if step != "ingest" and "ingest" in steps else {}
            planned = None
        print_of_keys = fingerprint(keys)
        if planned is None or planned.shards != work or planned.config != config:
            kept = planned or Step(print_of_keys, keys, {})
            self.write_plan({**steps, step: replace(kept, config=dict(config), shards=work)})
        return print_of_keys

    def _earlier(self, step: str) -> list[str]:
        planned = self.steps().get(step)
        return [str(one["fingerprint"]) for one in planned.earlier] if planned is not None else []

    def write_plan(self, steps: Mapping[str, Step]) -> None:
        """Replace the plan."""
        values = {name: asdict(step) for name, step in steps.items()}
        write_record(self.plan, {"dateline": __version__, "name": self.name, "steps": values})

    def is_planned(self, step: str) -> bool:
        """Whether a step was started here."""
        return step in self.steps()

    def planned(self, step: str) -> Step:
        """A step as it was planned.

        Raises:
            RunError: it was never started here.
        """
        planned = self.steps().get(step)
        if planned is None:
            raise RunError(
                f"{self.path}: no {step} was done here; start with `dateline {step}` or "
                "`dateline run`, or check run.name and paths.runs"
            )
        return planned

    def fingerprint(self, step: str) -> str:
        """The fingerprint that a step was planned with; raises `RunError` without one."""
        return self.planned(step).fingerprint

    def steps(self) -> dict[str, Step]:
        """All planned steps by name.

        Raises:
            RunError: the plan is damaged.
        """
        values = read_record(self.plan)
        if values is None:
            if self.plan.exists():
                raise RunError(
                    f"{self.plan}: damaged, so nothing here can be trusted to belong to it; "
                    "restore it or choose another run.name"
                )
            return {}
        steps = values["steps"]
        assert isinstance(steps, dict)
        return {name: Step(**step) for name, step in steps.items()}

    def _refusal(self, planned: Step, keys: Mapping[str, object]) -> str:
        changed = differences(planned.keys, keys)
        inputs = [line for line in changed if line.startswith("input.")]
        if not changed:
            return (
                f"run {self.name!r}: its articles are not those that were planned; choose another "
                "run.name, or annotate them anew with run.overwrite=true"
            )
        if any(key.endswith("._target_") for key in planned.keys):
            return (
                f"run {self.name!r} was made by an earlier Dateline, which this one cannot go on "
                "with; choose another run.name, or replace it with run.overwrite=true"
            )
        what = "from other input" if len(inputs) == len(changed) else "with another configuration"
        more = len(changed) - _SHOWN
        lines = "\n  ".join([*changed[:_SHOWN], *([f"and {more} more"] if more > 0 else [])])
        return (
            f"run {self.name!r} was made {what}:\n  {lines}\n"
            "choose another run.name, or replace it with run.overwrite=true"
        )

    def _keeps_articles(self, step: str) -> bool:
        """Whether a step stored any article, so far as its receipts can be read."""
        receipts = (self.path / _OUTPUT[step]).glob("*.receipt.json")
        return any((read_record(path) or {}).get("rows") != 0 for path in receipts)

    def _delete(self, step: str) -> None:
        """Remove what a step and those after it wrote, and nothing else that may lie here."""
        for pattern in _MADE_FROM[step]:
            for path in self.path.glob(pattern):
                with refused("removed", path):
                    if path.is_dir():
                        shutil.rmtree(path)
                    else:
                        path.unlink()


def _from_now(planned: Step, keys: Mapping[str, object]) -> Step:
    """The step with other keys for what comes, and those of before for what is there."""
    before = {
        "fingerprint": planned.fingerprint,
        "keys": dict(planned.keys),
        "config": dict(planned.config),
    }
    return replace(
        planned, fingerprint=fingerprint(keys), keys=keys, earlier=[*planned.earlier, before]
    )
