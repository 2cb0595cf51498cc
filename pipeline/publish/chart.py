"""Counts as a chart: a Vega-Lite specification, drawn as SVG or PNG without a browser."""

from __future__ import annotations

from pipeline.core.extras import needs
from pipeline.publish.counts import NONE, TIMES, Counts, Dimension
from pipeline.publish.xml_text import xml_text

Spec = dict[str, object]

_VEGA_LITE = "5.20"
_MOST_BARS, _MOST_COLOURS, _MOST_PANELS = 25, 8, 8
"""Values that are shown as bars or rows, as lines, and as panels; more cannot be told apart."""
_WIDTH, _HEIGHT, _PANEL = 640, 320, 220
_STEP = 18
_PNG_SCALE = 2.0
_PLURALS = {"country": "countries"}


def drawn(spec: Spec, form: str) -> bytes:
    """The chart as `svg` or `png`; texts of articles in it are escaped by Vega.

    Raises:
        ConfigError: vl-convert is not installed.
    """
    with needs("vl_convert", "evaluate"):
        import vl_convert
    if form == "png":
        return bytes(
            vl_convert.vegalite_to_png(spec, _VEGA_LITE, scale=_PNG_SCALE, allowed_base_urls=[])
        )
    return str(vl_convert.vegalite_to_svg(spec, _VEGA_LITE, allowed_base_urls=[])).encode()


def chart_of(counts: Counts) -> Spec:
    """Bars or a line for each value where there are periods, else bars or a heat map; a third
    dimension makes panels. What is too much for a chart is left out and said in its title."""
    time = next((name for name in counts.by if name in TIMES), None)
    others = [name for name in counts.by if name != time]
    most = [_MOST_COLOURS] if time else [_MOST_BARS, _MOST_BARS]
    limits = dict(zip(others, [*most, _MOST_PANELS], strict=False))
    shown = {name: _shown(counts, name, limit) for name, limit in limits.items()}
    if time:
        shown[time] = [value for value in counts.values[time] if value != NONE]
    titles = {name: _titles(counts, name, values) for name, values in shown.items()}
    values = [
        {"articles": count, **{n: titles[n][v] for n, v in zip(counts.by, key, strict=True)}}
        for key, count in counts.rows()
        if all(value in titles[name] for name, value in zip(counts.by, key, strict=True))
    ]
    axes = {name: _axis(name, list(titles[name].values())) for name in shown}
    spec = _over_time(time, others, axes) if time else _by_value(others, axes)
    said = [f"{counts.articles:,} articles"]
    for name, limit in limits.items():
        if len(counts.values[name]) > len(shown[name]):
            total = sum(value != NONE for value in counts.values[name])
            said.append(f"the {limit} most frequent of {total} {_PLURALS.get(name, name + 's')}")
    if time and NONE in counts.values[time]:
        said.append("without those that have no date")
    return {
        "data": {"values": values},
        "background": "white",
        "title": {"text": f"Articles by {', '.join(counts.by)}", "subtitle": "; ".join(said)},
        "config": {"axis": {"labelLimit": 240}, "legend": {"labelLimit": 240}},
        **spec,
    }


def _over_time(time: Dimension, others: list[Dimension], axes: dict[Dimension, Spec]) -> Spec:
    y: Spec = {"field": "articles", "type": "quantitative", "title": "articles"}
    encoding: Spec = {"x": {**axes[time], "axis": {"labelOverlap": True}}, "y": y}
    if others:
        encoding["color"] = {**axes[others[0]], "title": others[0]}
    if len(others) > 1:
        encoding["facet"] = {**axes[others[1]], "columns": 3}
    width, height = (_PANEL, _PANEL) if len(others) > 1 else (_WIDTH, _HEIGHT)
    mark: Spec = (
        {"type": "line", "point": True, "strokeJoin": "round"} if others else {"type": "bar"}
    )
    return {"width": width, "height": height, "mark": mark, "encoding": encoding}


def _by_value(names: list[Dimension], axes: dict[Dimension, Spec]) -> Spec:
    number: Spec = {"field": "articles", "type": "quantitative", "title": "articles"}
    encoding: Spec = {"y": axes[names[0]]}
    if len(names) == 1:
        encoding["x"] = number
        return {"width": _WIDTH, "height": {"step": _STEP}, "mark": "bar", "encoding": encoding}
    encoding |= {
        "x": {**axes[names[1]], "axis": {"labelAngle": -50}},
        "color": {**number, "legend": {"type": "symbol"}},
    }
    if len(names) > 2:
        encoding["facet"] = {**axes[names[2]], "columns": 2}
    step: Spec = {"step": _STEP}
    return {"width": step, "height": step, "mark": "rect", "encoding": encoding}


def _axis(name: Dimension, titles: list[str]) -> Spec:
    return {"field": name, "type": "ordinal" if name in TIMES else "nominal", "sort": titles,
            "title": None}  # fmt: skip


def _shown(counts: Counts, name: Dimension, limit: int) -> list[str]:
    """The most frequent values, and that there is none in any case."""
    values = [value for value in counts.values[name] if value != NONE]
    return values[:limit] + [NONE] * (NONE in counts.values[name])


def _titles(counts: Counts, name: Dimension, values: list[str]) -> dict[str, str]:
    """What each value is called; with its code where another one is called the same. Other
    characters than those of XML would end the process that draws."""
    names = counts.names.get(name, {})
    titles: dict[str, str] = {}
    for value in values:
        title = xml_text(names.get(value, value))
        while title in titles.values():
            title = f"{title} ({xml_text(value)})"
        titles[value] = title
    return titles
