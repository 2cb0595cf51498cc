"""What the report says of each task: headline figures and charts with their titles. No HTML here
but the charts' own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pipeline.evaluate.article_scores import TASKS, ArticleScores
from pipeline.evaluate.metrics.scores import Pair
from pipeline.evaluate.metrics.summaries import words_of
from pipeline.evaluate.metrics_file import Detail, Metrics
from pipeline.evaluate.metrics_file import Figure as Measured
from pipeline.evaluate.report import charts
from pipeline.evaluate.report.record import figure

_LABELS = (
    ("micro_f1", "F1, micro"),
    ("macro_f1", "F1, macro"),
    ("hierarchical_f1", "F1 on the M49 tree"),
    ("coverage", "Coverage"),
    ("ece", "Calibration error"),
)
_SUMMARY = (
    ("rouge1", "ROUGE-1"),
    ("rouge2", "ROUGE-2"),
    ("rougeLsum", "ROUGE-Lsum"),
    ("support", "Support"),
    ("unsupported", "With unsupported names"),
    ("fallback", "Lead stands in"),
)
_HEADLINES = {**dict.fromkeys(TASKS, _LABELS), "summary": _SUMMARY}


@dataclass(frozen=True, slots=True)
class Line:
    """A figure as the page shows it: its mean, interval, articles, and baselines beside it."""

    name: str
    value: str
    interval: str
    n: int
    baselines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """A headline figure; `low`, `at` and `width` place its interval on a bar, in percent."""

    title: str
    line: Line
    at: float
    low: float
    width: float


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with its title and a sentence about how to read it."""

    title: str
    note: str
    svg: Markup
    shape: str = ""
    """Class of the page for one that is `wide` or `tall`."""


@dataclass(frozen=True, slots=True)
class Section:
    """What the page says of a task."""

    name: str
    tiles: Sequence[Tile]
    figures: Sequence[Figure]


def sections(
    record: Metrics,
    articles: Mapping[str, ArticleScores],
    pairs: Sequence[Pair],
    names: Mapping[str, str],
) -> Iterator[Section]:
    """A section for each task that was scored, and one for summaries, if there are any.

    `record` is that of `metrics.json`, `articles` has the scores of each by id, `names` those
    of codes.
    """
    metrics, detail = record["metrics"], record["detail"]
    for task in TASKS:
        if task in detail:
            figures = list(_label_figures(detail[task], names))
            yield Section(task, list(_tiles(task, metrics)), figures)
    tiles = list(_tiles("summary", metrics))
    if tiles or any(row.summary for _, row in pairs):
        yield Section("summary", tiles, list(_summary_figures(articles, pairs)))


def _tiles(task: str, metrics: Mapping[str, Measured]) -> Iterator[Tile]:
    for name, title in _HEADLINES[task]:
        metric = metrics.get(f"{task}.{name}")
        if metric is None:
            continue
        full = 100.0 if _is_rouge(name) else 1.0
        bounds = [one for one in (metric["low"], metric["mean"], metric["high"]) if one is not None]
        if len(bounds) < 3:
            continue
        low, at, high = (round(100 * min(max(one / full, 0.0), 1.0), 2) for one in bounds)
        yield Tile(title, metric_line(name, metric), at, low, high - low)


def metric_line(name: str, metric: Measured) -> Line:
    """A figure of `metrics.json`."""
    interval = "-"
    if metric["mean"] is not None:
        interval = f"{_number(name, metric['low'])} to {_number(name, metric['high'])}"
    beside = metric.get("baselines", {})
    baselines = tuple(
        f"{other.replace('_', ' ')} {_number(name, one['mean'])}" for other, one in beside.items()
    )
    return Line(name, _number(name, metric["mean"]), interval, metric["n"], baselines)


def _number(name: str, value: float | None) -> str:
    return figure(value) if value is None or not _is_rouge(name) else f"{value:.1f}"


def _is_rouge(name: str) -> bool:
    """Whether a figure is in 0..100; the other headlines are in 0..1."""
    return "rouge" in name


def _label_figures(detail: Detail, names: Mapping[str, str]) -> Iterator[Figure]:
    bins = detail.get("reliability")
    if bins:
        yield Figure(
            "Reliability",
            "On the dashed line scores mean what they say; below it they promise too much. "
            "Larger points have more answers.",
            charts.draw(charts.reliability_chart(bins)),
        )
    risks = detail.get("risk_coverage")
    if risks and risks["curve"]:
        yield Figure(
            "Score against coverage",
            f"Accuracy of the surest answers, from the surest on, of {risks['n']} with a score.",
            charts.draw(charts.coverage_chart(risks["curve"])),
        )
    if detail["thresholds"]:
        yield Figure(
            "Thresholds",
            "Of labels with at least that score. Below the run's own threshold nothing changes.",
            charts.draw(charts.threshold_chart(detail["thresholds"])),
        )
    labels = detail["labels"]
    if labels:
        yield Figure(
            "By label",
            f"The number behind a label counts the articles that have it in gold{_most(labels)}.",
            charts.draw(charts.label_bars(labels, names)),
            shape="tall",
        )
    confusion = detail.get("confusion")
    if confusion:
        codes, counts = confusion["labels"], confusion["gold_by_predicted"]
        yield Figure(
            "Confusion",
            f"Articles by their main label, a row for each in gold{_most(codes)}.",
            charts.draw(charts.confusion_chart(codes, counts, names)),
            shape="wide",
        )


def _most(labels: Sequence[str] | Mapping[str, object]) -> str:
    shown = charts.MOST_LABELS
    return f"; the {shown} most frequent of {len(labels)}" if len(labels) > shown else ""


def _summary_figures(
    articles: Mapping[str, ArticleScores], pairs: Sequence[Pair]
) -> Iterator[Figure]:
    rows = [row for _, row in pairs]
    lengths = {
        "summaries": [_words(row.summary) for row in rows if row.summary],
        "references": [_words(one) for gold, _ in pairs for one in gold.summary or ()],
    }
    lengths = {name: values for name, values in lengths.items() if values}
    if lengths:
        drawn = charts.draw(charts.histogram(lengths, "words"))
        yield Figure("Length of summaries", "How many have how many words.", drawn)
    drawn = charts.draw(charts.histogram({"articles": [_words(row.text) for row in rows]}, "words"))
    yield Figure("Length of articles", "How many have how many words.", drawn)
    sentences: dict[str, list[float]] = {"all found": [], "with unsupported names": []}
    for row in rows:
        for sentence in row.summary_sentences:
            kind = "with unsupported names" if sentence.unsupported else "all found"
            sentences[kind].append(sentence.support)
    if any(sentences.values()):
        drawn = charts.draw(charts.histogram(sentences, "support", (0, 1)))
        note = "Of summary sentences, by whether the article has their names and numbers."
        yield Figure("Support", note, drawn)
    rouge = [one.summary["rougeLsum"] for one in articles.values() if one.summary]
    if rouge:
        drawn = charts.draw(charts.histogram({"summaries": rouge}, "ROUGE-Lsum", (0, 100)))
        yield Figure("ROUGE-Lsum", "Of each summary, 0 where there is none.", drawn)


def _words(text: str) -> float:
    return float(len(words_of(text)))
