"""What a search found, for people: the table on the terminal, and an HTML file by itself."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

from rich.console import Console
from rich.table import Table

from pipeline.core.files import write_text
from pipeline.evaluate.report.charts import Spec, draw
from pipeline.tune.objective import Objective
from pipeline.tune.records import Trial
from pipeline.tune.space import Choice, Dimension, Space, shown

_MOST_SHOWN = 15
"""Jobs of the table on the terminal, the best ones; the report has all."""

_MOST_LETTERS = 32
_WIDTH, _HEIGHT, _STEP = 300, 220, 26
_COLOURS = {"domain": [False, True], "range": ["var(--c1)", "var(--c2)"]}


def line_of(space: Space, trial: Trial, objective: Objective) -> str:
    """A job in a line."""
    point = " ".join(f"{one.key}={_short(one, trial)}" for one in space)
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
        cells = _row([_short(one, trial) for one in space], trial)
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
    specs = {one.key: _parameter(one, objective, trials, best) for one in space}
    specs["order of the jobs"] = _history(objective, trials, best)
    charts = "".join(
        f"<figure><figcaption>{escape(name)}</figcaption>{draw(spec)}</figure>"
        for name, spec in specs.items()
    )
    heads = ["job", *(one.key for one in space), objective.metric, "95% interval", "s", "run"]
    rows = [
        [*map(escape, _row([_value(one, trial) for one in space], trial)), _link(folder, trial)]
        for trial in _ranked(trials, objective)
    ]
    failed = [
        [
            escape(cell or "")
            for cell in (
                str(trial.number + 1),
                *(_value(one, trial) for one in space),
                trial.reason,
                trial.failure,
            )
        ]
        for trial in trials
        if trial.score is None
    ]
    point = ", ".join(f"{one.key}={_value(one, best)}" for one in space)
    low, high = best.score.low, best.score.high
    interval = "" if low is None or high is None else f", 95% interval {_interval(low, high)}"
    parts = [
        f"<h1>{escape(folder.name)}: {escape(objective.metric)}</h1>",
        f"<p>Best ({objective.direction}d): <b>{_figure(best.score.value)}</b>{interval}, on "
        f"{best.score.n} articles: {escape(point)}</p>"
        f"<p>{len(rows) + len(failed)} jobs, {len(failed)} failed. The best of many is better than "
        "it will be on other articles: score it on labels that it was not chosen on.</p>",
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


def _row(point: Sequence[str], trial: Trial) -> list[str]:
    assert trial.score is not None
    score = trial.score
    low, high = score.low, score.high
    return [
        str(trial.number + 1),
        *point,
        _figure(score.value),
        "-" if low is None or high is None else _interval(low, high),
        f"{score.seconds:.1f}",
    ]


def _value(one: Dimension, trial: Trial) -> str:
    text = shown(trial.point[one.key])
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == "'" else text


def _short(one: Dimension, trial: Trial) -> str:
    """The same cut to what a table or chart has room for; a long one by its number among all."""
    text = _value(one, trial)
    if len(text) <= _MOST_LETTERS or not isinstance(one, Choice):
        return text
    number = one.options.index(str(trial.point[one.key])) + 1
    return f"{number}: {text[: _MOST_LETTERS - 4]}…"


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
            "x": float(trial.point[one.key]) if is_number else _short(one, trial),
            "score": trial.score.value,
            "best": trial is best,
        }
        for trial in trials
        if trial.score is not None
    ]
    scale: Spec = {"zero": False, "nice": False, "padding": 8}
    if not isinstance(one, Choice) and one.log:
        scale["type"] = "log"
    x: Spec = {"field": "x", "title": None, "type": "nominal", "sort": None}
    if is_number:
        x = {"field": "x", "title": one.key, "type": "quantitative", "scale": scale}
    return _chart(values, x, objective)


def _history(objective: Objective, trials: Sequence[Trial], best: Trial) -> Spec:
    """Score by the order of the jobs."""
    values = [
        {"x": trial.number + 1, "score": trial.score.value, "best": trial is best}
        for trial in trials
        if trial.score is not None
    ]
    x: Spec = {"field": "x", "title": "job", "type": "quantitative", "scale": {"zero": False}}
    return _chart(values, x, objective)


def _chart(values: Sequence[Mapping[str, object]], x: Spec, objective: Objective) -> Spec:
    """Names, which are long, stand one below the other; numbers side by side."""
    score: Spec = {
        "field": "score", "title": objective.metric, "type": "quantitative",
        "scale": {"zero": False, "padding": 8},
    }  # fmt: skip
    is_number = x["type"] == "quantitative"
    return {
        "width": _WIDTH, "height": _HEIGHT if is_number else {"step": _STEP},
        "data": {"values": list(values)},
        "mark": {"type": "circle", "size": 55, "opacity": 0.8},
        "encoding": {
            **({"x": x, "y": score} if is_number else {"x": score, "y": x}),
            "color": {"field": "best", "type": "nominal", "legend": None, "scale": _COLOURS},
            "order": {"field": "best", "type": "nominal"},
        },
    }  # fmt: skip


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _link(folder: Path, trial: Trial) -> str:
    """The run's directory, as a link to the report of its evaluation."""
    assert trial.score is not None
    report = Path(trial.score.run) / "evaluation" / "report.html"
    place = quote(Path(os.path.relpath(report, folder)).as_posix())
    return f'<a href="{place}">{escape(trial.score.run)}</a>'


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], marked: str) -> str:
    """Cells are HTML, heads are not."""
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    body = "".join(
        f"<tr{' class=best' if row[0] == marked else ''}>"
        + "".join(f"<td>{cell}</td>" for cell in row)
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
:root { color-scheme: light dark; --paper: #fbfaf8; --ink: #1d2126; --soft: #5b6570;
  --line: #dcdfe3; --c1: #2a6fbb; --c2: #d1731a; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --ink: #e6e8ea; --soft: #a3adb7;
  --line: #343a41; --c1: #6aa9ec; --c2: #f0a04b; } }
body { background: var(--paper); color: var(--ink); font: 15px/1.5 sans-serif; margin: 1rem auto;
  max-width: 80rem; overflow-wrap: anywhere; padding: 0 1rem; }
a { color: var(--c1); }
figure { display: inline-block; margin: 0 1rem 1rem 0; max-width: 100%; overflow-x: auto; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { border-bottom: 1px solid var(--line); overflow-wrap: normal; padding: .2rem .6rem;
  text-align: left; }
.best { font-weight: bold; }
</style>
BODY
</html>
"""
