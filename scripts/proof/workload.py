"""Made-up articles, a run of them seen from outside, and the check of it against a calm one."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from starting import Starter

STEPS = ("ingest", "annotate", "publish")
PUBLISHED = ("articles.parquet", "articles.jsonl", "articles.csv")
DEADLINE = 120.0
"""Seconds after which a process that should have ended is taken for hung."""

_FOLDERS = {"ingest": "articles", "annotate": "annotations"}
_COUNTRIES = ("Ireland", "Kenya", "Japan", "Portugal", "Estonia", "Chile", "Canada", "Vietnam")
_SUBJECTS = ("the government", "a new report", "the city council", "many farmers", "the museum")
_VERBS = ("will pay for", "would not build", "has closed", "said little about", "asked about")
_OBJECTS = ("the old bridge", "three schools", "a train to the airport", "oil and wind", "water")


def write_articles(path: Path, articles: int) -> dict[str, int]:
    """`articles` good ones, called a0000 and so on, and for every dozen of them a few that must not
    come out; returns the records by outcome."""
    draw = random.Random(7)  # noqa: S311 the same articles each time
    lines: list[str] = []
    counts = Counter[str]()

    def add(outcome: str, line: str) -> None:
        lines.append(f"{line}\n")
        counts.update(("read", outcome))

    for number in range(articles):
        text = _text(draw)
        record = {"id": f"a{number:04d}", "title": f"News of day {number}", "text": text}
        given = {"language": "en"} if number % 2 else {}  # the others are looked at
        add("annotated", json.dumps({**record, **given}))
        match number % 12:
            case 2:
                add("rejected", json.dumps(record)[: draw.randint(2, 40)])
            case 5:
                add("duplicate", json.dumps({**record, "id": f"again{number}"}))
            case 7:
                foreign = {"id": f"de{number}", "text": f"Regen, {text}", "language": "de"}
                add("filtered", json.dumps(foreign))
            case 9:
                add("rejected", json.dumps({**record, "text": f"Other: {text}", "language": "en"}))
    path.write_text("".join(lines), encoding="utf-8")
    return dict(counts)


def _text(draw: random.Random) -> str:
    sentences = []
    for number in range(draw.choice((1, 3, 5, 8, 13, 21))):
        parts = (draw.choice(words) for words in (_SUBJECTS, _VERBS, _OBJECTS, _COUNTRIES))
        subject, verb, what, country = parts
        week = draw.randint(1, 10**6)
        sentences.append(f"In {country}, {subject} {verb} {what} in week {week} of plan {number}.")
    return " ".join(sentences)


@dataclass
class Run:
    """A run directory seen from outside, by plain files only."""

    path: Path

    def lines(self) -> list[dict[str, object]]:
        """What was logged; raises `ValueError` for a torn line."""
        with suppress(FileNotFoundError), (self.path / "log.jsonl").open("rb") as file:
            return [json.loads(line) for line in file]
        return []

    def began(self, pid: int) -> bool:
        """Whether a process is past its beginning: configured, registered, alone."""
        with suppress(FileNotFoundError):
            return f'"started, process {pid}"'.encode() in (self.path / "log.jsonl").read_bytes()
        return False

    def is_complete(self, step: str) -> bool:
        return (self.path / _FOLDERS[step] / "complete.json").exists()

    def step(self) -> str:
        """The step that is at work, or would be."""
        return next((step for step in _FOLDERS if not self.is_complete(step)), "publish")

    def shows(self, step: str) -> bool:
        """Whether there is a first sign of a step, in a process that began."""
        if step == "ingest":
            return (self.path / "articles").exists()
        if step == "annotate":
            return any(self.path.glob("claims/annotate-*")) or self.is_complete("annotate")
        return any(self.path.glob("published/.*.part"))

    def parts(self) -> list[Path]:
        return list(self.path.rglob(".*.part"))

    def without_receipt(self) -> list[Path]:
        """Shards that were stored and not acknowledged."""
        shards = [*self.path.glob("articles/*.parquet"), *self.path.glob("annotations/*.parquet")]
        return [path for path in shards if not path.with_suffix(".receipt.json").exists()]

    def stored(self, step: str) -> int:
        return sum(1 for _ in self.path.glob(f"{_FOLDERS[step]}/*.receipt.json"))

    def published(self, name: str) -> bytes:
        return (self.path / "published" / name).read_bytes()

    def annotated(self) -> Counter[int]:
        """How often each shard was annotated, as logged."""
        return Counter(
            int(str(line["shard"]))
            for line in self.lines()
            if str(line["message"]).startswith("annotated ") and line["shard"] is not None
        )


KILL_TRAITS = (
    "unaimed", "of several workers", "with the workers", "of a worker",
    "left a shard without receipt", "left a .part",
)  # fmt: skip
"""How a kill came about and what lay about afterwards, beside the step that was at work."""


@dataclass
class Tally:
    """What came of the chains: of each kill its step and traits; `faults` are lines, each naming
    the run directory."""

    kills: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    chains: int = 0
    resumes: int = 0
    lost: int = 0
    doubled: int = 0
    unequal: int = 0
    faults: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


class Workload:
    """Articles and a configuration, with the undisturbed run that all others are held against."""

    def __init__(self, folder: Path, articles: int, *words: str) -> None:
        self.folder = folder
        self._source = folder / "articles.jsonl"
        self.ids = [f"a{number:04d}" for number in range(articles)]
        self.counts = write_articles(self._source, articles)
        self._words = words
        self.warm = folder / "warm"
        self.calm = Run(folder / "runs" / "calm")
        self.seconds: Mapping[str, float] = {}
        """What each step took undisturbed."""

    def command(self, name: str, workers: int = 1, cache: Path | None = None) -> list[str]:
        """`dateline run` of it under a name; without a folder for the cache there is none."""
        kept = "cache.max_gb=0" if cache is None else f"cache.path={cache}"
        words = ["run", "source=jsonl", f"source.path={self._source}", f"run.name={name}"]
        words += [*self._words, "ingest.languages=[en]"]
        return [*words, f"runner.workers={workers}", kept]

    def output(self, name: str) -> Path:
        return self.folder / f"{name}.out"

    def run_calmly(self, starter: Starter) -> Tally:
        """The undisturbed run, which fills a cache: its faults."""
        command = self.command("calm", cache=self.warm)
        code = starter(command, self.folder, self.output("calm")).wait(DEADLINE)
        if code:
            return Tally(faults=[f"undisturbed: exit {code}: {self.output('calm').read_text()}"])
        manifest = json.loads((self.calm.path / "manifest.json").read_text())
        self.seconds = {step: manifest["steps"][step]["seconds"] for step in STEPS}
        return self.check(self.calm)

    def left(self, run: Run, step: str, workers: int) -> float:
        """Seconds that a step will still take in a run, by what it took undisturbed."""
        if step == "publish":
            return self.seconds[step]
        share = 1 - run.stored(step) / self.calm.stored("ingest")
        return self.seconds[step] * max(share, 0) / workers

    def check(self, run: Run) -> Tally:
        """A finished run against the articles and the undisturbed run: its faults."""
        from pipeline.store.directory import RunDirectory
        from pipeline.workflow.verify import problems

        found = Counter(json.loads(line)["id"] for line in run.published(PUBLISHED[1]).splitlines())
        wanted = Counter(self.ids)
        unequal = [name for name in PUBLISHED if run.published(name) != self.calm.published(name)]
        tally = Tally(
            chains=1,
            lost=(wanted - found).total(),
            doubled=(found - wanted).total(),
            unequal=len(unequal),
        )
        faults = [f"{name} differs from the undisturbed run's" for name in unequal]
        faults += problems(RunDirectory(run.path.parent, run.path.name))
        counts = json.loads((run.path / "manifest.json").read_text())["counts"]
        if counts != self.counts:
            faults.append(f"the manifest counts {counts}, not {self.counts}")
        faults += [f"left behind: {path}" for path in (*run.parts(), *run.path.glob("claims"))]
        try:
            run.lines()
        except ValueError as error:
            faults.append(f"log.jsonl: {error}")
        if tally.lost or tally.doubled:
            faults.append(f"{tally.lost} articles lost, {tally.doubled} doubled")
        tally.faults = [f"{run.path}: {fault}" for fault in faults]
        return tally


def echo_workload(folder: Path) -> Workload:
    """Everything real but the model, in 18 shards or so."""
    model = folder / "model"
    model.mkdir()
    (model / "model.safetensors").touch()  # a folder has to hold something like weights
    return Workload(
        folder, 180, "topic=none", "engine=echo", "engine.delay_seconds=0.004",
        "summarizer.encoder=null", f"summarizer.model={model}", "ingest.shard_rows=10",
        "annotate.batch_rows=4",
    )  # fmt: skip


def embedded_workload(folder: Path) -> Workload:
    """The default configuration on few articles, its summaries cut short."""
    return Workload(
        folder, 12, "ingest.shard_rows=3", "annotate.batch_rows=2", "summarizer.max_new_tokens=12"
    )
