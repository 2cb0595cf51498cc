"""Predicted rows, of a finished run or of a file of any tool, and those a labelled sample is of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.article import ROW, Article
from pipeline.core.digest import digest_of
from pipeline.core.errors import InputError, RunError
from pipeline.core.files import read_record
from pipeline.core.version import __version__
from pipeline.evaluate.gold.labels import Gold
from pipeline.evaluate.metrics_file import Counts
from pipeline.evaluate.predicted_rows import by_id, predicted_names, read_predicted
from pipeline.sources.rows import FORMS, form_of, read_rows
from pipeline.store.directory import RunDirectory
from pipeline.taxonomy.regions import load_regions
from pipeline.workflow.verify import directory_of

_FILES = ("articles.parquet", "articles.jsonl")

MADE_BY = {"region": "region", "countries": "region", "topics": "topic", "summary": "summarizer"}
"""The stage of a run that gives what a label of this name is compared with."""

_NEEDED = (
    "text", "region", "region_score", "countries", "topic", "topic_score", "topics", "summary",
    "summary_support", "summary_sentences", "summary_note",
)  # fmt: skip
"""Columns of a published row that figures stand on; others may be of another version's rows."""


@dataclass(frozen=True, slots=True)
class Predictions:
    """Predicted rows by article id, and where they come from.

    `name` is that of the run, or of the file; `folder` is for what is found out about them;
    `lacking` is what they have no answer to: a name of labels (`MADE_BY`), and the stage that was
    switched off in the run, or the field that the file lacks. A run has besides the `version` of
    Dateline, the `keys` that decided its rows, and `fingerprints` of its steps.
    """

    name: str
    file: Path
    digest: str
    folder: Path
    rows: Mapping[str, Article]
    lacking: Mapping[str, str]
    version: str | None = None
    keys: Mapping[str, object] = field(default_factory=dict)
    fingerprints: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_run(self) -> bool:
        """Whether a run of Dateline published them."""
        return self.version is not None

    def notes(self) -> Iterator[str]:
        """What a reader of figures has to know of the version that made the rows."""
        if self.version not in (None, __version__):
            yield f"the run {self.name} is of Dateline {self.version}, this is {__version__}"


@dataclass(frozen=True, slots=True)
class Matched:
    """Labels beside predictions. Every label is in one of `pairs`, `unmatched` (there is no
    prediction of its article) and `unscored` (it says nothing); `unlabelled` counts predictions."""

    pairs: tuple[tuple[Gold, Article], ...]
    unmatched: tuple[str, ...]
    unscored: tuple[str, ...]
    unlabelled: int

    def counts(self) -> Counts:
        """How many there are of each."""
        return Counts(
            labels=len(self.pairs) + len(self.unmatched) + len(self.unscored),
            matched=len(self.pairs),
            unmatched=len(self.unmatched),
            unscored=len(self.unscored),
            unlabelled_predictions=self.unlabelled,
        )


def find_predictions(named: str, runs: str) -> Predictions:
    """The rows of a file, or of a run by its folder or its name below `runs`.

    Raises:
        RunError, InputError: as `read_predictions`, or there is no such file.
    """
    path = Path(named).expanduser()
    if path.is_file():
        return _of_file(path)
    is_folder = path.is_dir() or (Path(runs).expanduser() / named).is_dir()
    if form_of(path) in FORMS and not is_folder:
        raise InputError(
            f"{named}: no such file; predictions is a run, or a file of rows ({', '.join(FORMS)})"
        )
    return read_predictions(directory_of(named, runs))


def read_predictions(directory: RunDirectory) -> Predictions:
    """The rows of a run that is finished and lies as it was published.

    Raises:
        RunError: it is no run, is unfinished, or its published file is another.
        InputError: the file has no rows, lacks columns of this version, or has values that would
            make no figure or another one: an id missing or twice, a score that is no share (NaN
            too), a region that there is not.
    """
    keys = directory.planned("annotate").keys
    manifest = read_record(directory.manifest) or {}
    published = manifest.get("published")
    if not isinstance(published, dict) or not published:
        raise RunError(
            f"{directory.path}: the run is not finished, nothing is published; the command that "
            "began it goes on from there"
        )
    name = next((name for name in _FILES if name in published), None)
    if name is None:
        raise RunError(f"{directory.path}: publishes neither {' nor '.join(_FILES)}; publish again")
    file = directory.published / name
    if not file.is_file() or digest_of(file) != published[name]:
        raise RunError(f"{file}: is not what the run published; dateline publish writes it anew")
    versions = manifest.get("versions")
    version = str(versions.get("dateline")) if isinstance(versions, dict) else "unknown"
    return Predictions(
        directory.name,
        file,
        str(published[name]),
        directory.path / "evaluation",
        _published_rows(file, version),
        _made_without(lambda stage: f"identity.{stage}.stage" not in keys),
        version,
        keys,
        {name: step.fingerprint for name, step in directory.steps().items()},
    )


def _of_file(path: Path) -> Predictions:
    """What any tool wrote: rows with `id` and some of the row's label and summary fields."""
    if form_of(path) not in FORMS:
        raise InputError(f"{path}: predictions are {', '.join(FORMS)}, not {path.suffix!r}")
    found = list(read_predicted(path))
    predicted = predicted_names(found)
    name = path.name.partition(".")[0]
    return Predictions(
        name,
        path,
        digest_of(path),
        path.with_name(f"{name}_evaluation"),
        by_id([row.article() for row in found], path, "one row an article"),
        {name: name for name in MADE_BY if name not in predicted},
    )


def switched_off(run: Mapping[str, object]) -> dict[str, str]:
    """What a run of this configuration will have no answer to, as `Predictions.lacking`."""
    return _made_without(lambda stage: run.get(stage) is None)


def _made_without(is_off: Callable[[str], bool]) -> dict[str, str]:
    return {name: stage for name, stage in MADE_BY.items() if is_off(stage)}


def answerable(labels: Sequence[Gold], predictions: Predictions) -> Sequence[Gold]:
    """The labels without what the predictions have no answer to.

    Raises:
        InputError: they say nothing else.
    """
    if not predictions.lacking:
        return labels
    rest = [gold.without(predictions.lacking) for gold in labels]
    if not any(gold.is_scored() for gold in rest):
        lacking = ", ".join(sorted(set(predictions.lacking.values())))
        why = f"{predictions.file.name}: no {lacking} in it"
        if predictions.is_run:
            why = f"the run {predictions.name}: {lacking} switched off in it"
        raise InputError(f"{why}, and the labels say nothing else")
    return rest


def match(labels: Sequence[Gold], rows: Mapping[str, Article]) -> Matched:
    """Pair labels with predictions by id.

    Raises:
        InputError: not one label is of an article of the run.
    """
    unscored = tuple(gold.id for gold in labels if not gold.is_scored())
    scored = [gold for gold in labels if gold.is_scored()]
    pairs = tuple((gold, rows[gold.id]) for gold in scored if gold.id in rows)
    unmatched = tuple(gold.id for gold in scored if gold.id not in rows)
    if not pairs:
        raise InputError(
            f"none of the {len(scored)} labels is of an article of the run: labels have ids such "
            f"as {', '.join(unmatched[:3]) or 'none'}, the run {', '.join(list(rows)[:3])}"
        )
    return Matched(pairs, unmatched, unscored, len(rows.keys() - {gold.id for gold in labels}))


def _published_rows(file: Path, version: str) -> dict[str, Article]:
    """Published rows by id; a column more does no harm."""
    hint = "mend what made it, run again"
    if version != __version__:
        hint = f"the rows are of Dateline {version}, this is {__version__}: run again"
    rows = list(read_rows(file, ROW, hint, _NEEDED))
    for number, row in enumerate(rows, 1):
        if row.region is not None and row.region not in load_regions():
            raise InputError(f"{file}:{number}: region {row.region!r} is no M49 code; {hint}")
    return by_id(rows, file, hint)
