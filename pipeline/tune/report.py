"""What a search found, for people: the table on the terminal, and an HTML file by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pipeline.extras import needs
from pipeline.runs.files import write_text
from pipeline.tune.objective import Objective
from pipeline.tune.records import Trial
from pipeline.tune.space import Choice, Dimension, Space, shown

_MOST_SHOWN = 15
"""Jobs of the table on the terminal, the best ones; the report has all."""

_MOST_LETTERS = 40
_VEGA_LITE = "5.20"
_CELL = 40
_COLOURS = {"domain": [False, True], "range": ["#4c78a8", "#e45756"]}

Spec = dict[str, object]


def line_of(space: Space, trial: Trial, objective: Objective) -> str:
    """A job in a line."""
    point = " ".join(f"{one.key}={_value(one, trial)}" for one in space)
    if trial.score is None:
        return f"{point}: failed, {trial.reason} (traceback: {trial.failure})"
    how = "finished before" if trial.score.reused else f"{trial.score.seconds:.1f} s"
    return f"{point}: {objective.metric} {_figure(trial.score.value)} ({how})"


def print_table(
    space: Space, objective: Objective, trials: Sequence[Trial], best: Trial, out: Console
) -> None:
    """The best jobs, and those that failed."""
    assert best.score is not None
    ranked = _ranked(trials, objective)
    failed = [trial for trial in trials if trial.score is None]
    title = f"{objective.metric}, {objective.direction}d on {best.score.n} articles"
    names = [one.key for one in space]
    table = Table("job", *names, "score", "95% interval", "s", title=title)
    for trial in ranked[:_MOST_SHOWN]:
        cells = _row(space, trial)
        table.add_row(*map(_plain, cells), style="bold" if trial is best else None)
    out.print(table)
    if len(ranked) > _MOST_SHOWN:
        out.print(f"and {len(ranked) - _MOST_SHOWN} more, in the report", highlight=False)
    for trial in failed:
        line = f"job {trial.number + 1} failed: {trial.reason} ({trial.failure})"
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def write_report(
    folder: Path, space: Space, objective: Objective, trials: Sequence[Trial], best: Trial
) -> Path:
    """Write `report.html`; returns its path.

    Raises:
        ConfigError: what draws the charts is not installed.
    """
    assert best.score is not None
    charts = "".join(
        f"<figure>{_drawn(spec)}</figure>"
        for spec in [
            *(_parameter(one, objective, trials, best) for one in space),
            _history(objective, trials, best),
        ]
    )
    heads = ["job", *(one.key for one in space), objective.metric, "95% interval", "s", "run"]
    rows = [
        [*_row(space, trial), trial.score.run if trial.score else ""]
        for trial in _ranked(trials, objective)
    ]
    failed = [
        [str(trial.number + 1), *(_value(one, trial) for one in space), trial.reason, trial.failure]
        for trial in trials
        if trial.score is None
    ]
    point = ", ".join(f"{one.key}={_value(one, best)}" for one in space)
    low, high = best.score.low, best.score.high
    interval = "" if low is None or high is None else f", 95% interval {_interval(low, high)}"
    parts = [
        f"<h1>{escape(folder.name)}: {escape(objective.metric)}</h1>",
        f"<p>Best ({objective.direction}d): <b>{_figure(best.score.value)}</b>{interval}, on "
        f"{best.score.n} articles, with {escape(point)}. {len(rows)} jobs, {len(failed)} failed. "
        "The best of many is better than it will be on other articles: score it on labels that it "
        "was not chosen on.</p>",
        charts,
        "<h2>Jobs</h2>",
        _table(heads, rows, str(best.number + 1)),
    ]
    if failed:
        heads = ["job", *(one.key for one in space), "reason", "traceback"]
        parts += ["<h2>Failed</h2>", _table(heads, failed, "")]
    title = escape(f"dateline tune: {folder.name}")
    path = folder / "report.html"
    write_text(path, _PAGE.replace("TITLE", title).replace("BODY", "\n".join(parts)))
    return path


def _ranked(trials: Sequence[Trial], objective: Objective) -> list[Trial]:
    sign = -1 if objective.direction == "maximize" else 1
    scored = [(trial, trial.score.value) for trial in trials if trial.score is not None]
    return [trial for trial, _ in sorted(scored, key=lambda pair: (sign * pair[1], pair[0].number))]


def _row(space: Space, trial: Trial) -> list[str]:
    assert trial.score is not None
    score = trial.score
    low, high = score.low, score.high
    return [
        str(trial.number + 1),
        *(_value(one, trial) for one in space),
        _figure(score.value),
        "-" if low is None or high is None else _interval(low, high),
        f"{score.seconds:.1f}",
    ]


def _value(one: Dimension, trial: Trial) -> str:
    text = shown(trial.point[one.key])
    text = text[1:-1] if len(text) > 1 and text[0] == text[-1] == "'" else text
    return text if len(text) <= _MOST_LETTERS else f"{text[: _MOST_LETTERS - 1]}…"


def _figure(value: float) -> str:
    return f"{value:.4g}"


def _interval(low: float, high: float) -> str:
    return f"{_figure(low)} to {_figure(high)}"


def _plain(text: str) -> str:
    return text.replace("[", r"\[")  # rich would read lists as markup


def _parameter(one: Dimension, objective: Objective, trials: Sequence[Trial], best: Trial) -> Spec:
    """Score against a parameter, a point a job."""
    is_number = not isinstance(one, Choice) or all(map(_is_number, one.options))
    values = [
        {
            "x": float(trial.point[one.key]) if is_number else _value(one, trial),
            "score": trial.score.value,
            "best": trial is best,
        }
        for trial in trials
        if trial.score is not None
    ]
    scale: Spec = {"zero": False, "nice": False, "padding": 8}
    if not isinstance(one, Choice) and one.log:
        scale["type"] = "log"
    x: Spec = {"field": "x", "title": one.key, "type": "nominal", "sort": None}
    if is_number:
        x = {"field": "x", "title": one.key, "type": "quantitative", "scale": scale}
    width: object = 300 if is_number else {"step": _CELL}
    return _chart(values, x, objective, width)


def _history(objective: Objective, trials: Sequence[Trial], best: Trial) -> Spec:
    """Score by the order of the jobs."""
    values = [
        {"x": trial.number + 1, "score": trial.score.value, "best": trial is best}
        for trial in trials
        if trial.score is not None
    ]
    x: Spec = {"field": "x", "title": "job", "type": "quantitative", "scale": {"zero": False}}
    return _chart(values, x, objective, 300)


def _chart(
    values: Sequence[Mapping[str, object]], x: Spec, objective: Objective, width: object
) -> Spec:
    y = {"field": "score", "title": objective.metric, "type": "quantitative"}
    return {
        "width": width, "height": 220, "background": "white",
        "config": {"axis": {"titlePadding": 14, "titleFontWeight": "normal", "labelLimit": 200}},
        "data": {"values": list(values)},
        "mark": {"type": "circle", "size": 55, "opacity": 0.8},
        "encoding": {
            "x": x, "y": {**y, "scale": {"zero": False}},
            "color": {"field": "best", "type": "nominal", "legend": None, "scale": _COLOURS},
            "order": {"field": "best", "type": "nominal"},
        },
    }  # fmt: skip


def _drawn(spec: Spec) -> str:
    """The chart as an SVG element; text in it is escaped by Vega."""
    with needs("vl_convert", "tune"):
        import vl_convert
    svg: str = vl_convert.vegalite_to_svg(spec, vl_version=_VEGA_LITE, allowed_base_urls=[])
    return svg


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _table(heads: Sequence[str], rows: Sequence[Sequence[str | None]], marked: str) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    body = "".join(
        f"<tr{' class=best' if row[0] == marked else ''}>"
        + "".join(f"<td>{escape(cell or '')}</td>" for cell in row)
        + "</tr>"
        for row in rows
    )
    return f"<div class=wide><table><tr>{head}</tr>{body}</table></div>"


_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>TITLE</title>
<style>
:root { color-scheme: light dark; }
body { font: 15px/1.5 sans-serif; margin: 1rem auto; max-width: 80rem; padding: 0 1rem; }
figure { display: inline-block; margin: 0 1rem 1rem 0; max-width: 100%; overflow-x: auto; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { border-bottom: 1px solid #8886; padding: .2rem .6rem; text-align: left; }
.best { font-weight: bold; }
</style>
BODY
</html>
"""
