"""What a search found, for people: the table on the terminal, and an HTML file by itself."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.core.files import write_text
from pipeline.evaluate.compare.comparison import RULE
from pipeline.evaluate.report.charts import Spec, draw
from pipeline.evaluate.report.html import template
from pipeline.tune.objective import Objective
from pipeline.tune.records import Trial
from pipeline.tune.space import Choice, Dimension, Space, shown

MOST_SHOWN = 15
"""Jobs of the table on the terminal, the best ones; the report has all."""

_MOST_LETTERS = 32
_WIDTH, _HEIGHT, _STEP = 300, 220, 26
_COLOURS = {"domain": [False, True], "range": ["var(--c1)", "var(--c2)"]}


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to: its jobs in their order, the best of them, and by run the letters that
    runs which are not distinguishable share, of the best `MOST_SHOWN`."""

    space: Space
    objective: Objective
    trials: Sequence[Trial]
    best: Trial
    groups: Mapping[str, str]

    def failed(self) -> list[Trial]:
        """The jobs without a score."""
        return [trial for trial in self.trials if trial.score is None]

    def row(self, trial: Trial, point: Sequence[str]) -> list[str]:
        """A job with a score as cells: see `heads`."""
        assert trial.score is not None
        score = trial.score
        return [
            self.groups.get(score.run, ""), str(trial.number + 1), *point, _figure(score.value),
            _interval(trial) or "-", f"{score.seconds:.1f}",
        ]  # fmt: skip

    def heads(self, score: str) -> list[str]:
        """The names of these cells."""
        return ["group", "job", *(one.key for one in self.space), score, "95% interval", "s"]


def ranked(trials: Sequence[Trial], objective: Objective) -> list[Trial]:
    """The jobs with a score, the best first."""
    sign = -1 if objective.direction == "maximize" else 1
    scored = [(trial, trial.score.value) for trial in trials if trial.score is not None]
    return [trial for trial, _ in sorted(scored, key=lambda pair: (sign * pair[1], pair[0].number))]


def line_of(space: Space, trial: Trial, objective: Objective) -> str:
    """A job in a line."""
    point = " ".join(f"{one.key}={_short(one, trial)}" for one in space)
    if trial.score is None:
        return f"{point}: failed, {trial.reason} (traceback: {trial.failure})"
    how = "finished before" if trial.score.reused else f"{trial.score.seconds:.1f} s"
    return f"{point}: {objective.metric} {_figure(trial.score.value)} ({how})"


def print_table(found: Found, out: Console) -> None:
    """The best jobs, and those that failed."""
    assert found.best.score is not None
    objective, n = found.objective, found.best.score.n
    best = ranked(found.trials, objective)
    title = f"{objective.metric}, {objective.direction}d on {n} articles"
    table = Table(*found.heads("score"), title=title)
    for trial in best[:MOST_SHOWN]:
        cells = found.row(trial, [_short(one, trial) for one in found.space])
        table.add_row(*map(escape, cells), style="bold" if trial is found.best else None)
    out.print(table)
    lines = [f"{RULE}."] if found.groups else []
    if len(best) > MOST_SHOWN:
        lines.append(f"and {len(best) - MOST_SHOWN} more, in the report")
    lines += [f"job {one.number + 1} failed: {one.reason} ({one.failure})"
              for one in found.failed()]  # fmt: skip
    for line in lines:
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def write_report(folder: Path, found: Found) -> Path:
    """Write `report.html`; returns its path.

    Raises:
        ConfigError: what draws the charts is not installed.
    """
    space, best = found.space, found.best
    assert best.score is not None
    specs = {one.key: _parameter(one, found) for one in space}
    specs["order of the jobs"] = _history(found)
    text = template("tune", "page", "report.html").render(
        name=folder.name,
        objective=found.objective,
        best=best,
        figure=_figure(best.score.value),
        interval=_interval(best),
        point=", ".join(f"{one.key}={_value(one, best)}" for one in space),
        rule=RULE if found.groups else "",
        charts={name: draw(spec) for name, spec in specs.items()},
        heads=[*found.heads(found.objective.metric), "run"],
        rows=[
            (trial, found.row(trial, [_value(one, trial) for one in space]), _link(folder, trial))
            for trial in ranked(found.trials, found.objective)
        ],
        keys=[one.key for one in space],
        failed=[(trial, [_value(one, trial) for one in space]) for trial in found.failed()],
    )
    path = folder / "report.html"
    write_text(path, text)
    return path


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


def _interval(trial: Trial) -> str:
    score = trial.score
    if score is None or score.low is None or score.high is None:
        return ""
    return f"{_figure(score.low)} to {_figure(score.high)}"


def _parameter(one: Dimension, found: Found) -> Spec:
    """Score against a parameter, a point a job."""
    is_number = not isinstance(one, Choice) or all(map(_is_number, one.options))
    scale: Spec = {"zero": False, "nice": False, "padding": 8}
    if not isinstance(one, Choice) and one.log:
        scale["type"] = "log"
    x: Spec = {"field": "x", "title": None, "type": "nominal", "sort": None}
    if is_number:
        x = {"field": "x", "title": one.key, "type": "quantitative", "scale": scale}
    values = {
        trial.number: float(trial.point[one.key]) if is_number else _short(one, trial)
        for trial in found.trials
    }
    return _chart(found, values, x)


def _history(found: Found) -> Spec:
    """Score by the order of the jobs."""
    x: Spec = {"field": "x", "title": "job", "type": "quantitative", "scale": {"zero": False}}
    return _chart(found, {trial.number: trial.number + 1 for trial in found.trials}, x)


def _chart(found: Found, places: Mapping[int, float | str], x: Spec) -> Spec:
    """Names, which are long, stand one below the other; numbers side by side. `places` are those of
    the jobs on the axis."""
    score: Spec = {
        "field": "score", "title": found.objective.metric, "type": "quantitative",
        "scale": {"zero": False, "padding": 8},
    }  # fmt: skip
    is_number = x["type"] == "quantitative"
    values = [
        {"x": places[trial.number], "score": trial.score.value, "best": trial is found.best}
        for trial in found.trials
        if trial.score is not None
    ]
    return {
        "width": _WIDTH, "height": _HEIGHT if is_number else {"step": _STEP},
        "data": {"values": values},
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
    """From the run's directory to the report of its evaluation."""
    assert trial.score is not None
    report = Path(trial.score.run) / "evaluation" / "report.html"
    return quote(Path(os.path.relpath(report, folder)).as_posix())
