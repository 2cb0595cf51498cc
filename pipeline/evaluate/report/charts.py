"""Charts of the report: Vega-Lite specifications, drawn as SVG without a browser or a network.

Colours are CSS variables of the page, so that one drawing serves light and dark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from pipeline.core.extras import needs
from pipeline.evaluate.metrics_file import LabelScores, ReliabilityBin, Threshold

Spec = dict[str, object]

MOST_LABELS = 25
"""Labels that bars and confusion matrices show; more cannot be read."""

_VEGA_LITE = "5.20"
_SIDE = 230
_PADDING = {"left": 14, "top": 4, "right": 14, "bottom": 4}
"""Vega measures text in another font than the page shows it in."""
_MOST_POINTS = 100
_FEW = 25
_MOST_LETTERS = 24
_CELL = 24
_INK, _SOFT, _LINE = "var(--ink)", "var(--soft)", "var(--line)"
_FIRST, _SECOND, _THIRD, _FOURTH = (f"var(--c{number})" for number in range(1, 5))
_CONFIG: Spec = {
    "font": "sans-serif",
    "background": None,
    "view": {"stroke": None},
    "axis": {
        "labelColor": _SOFT, "titleColor": _SOFT, "titleFontWeight": "normal", "labelFontSize": 11,
        "titleFontSize": 12, "gridColor": _LINE, "domainColor": _LINE, "tickColor": _LINE,
        "labelLimit": 200, "titlePadding": 10,
    },
    "legend": {
        "labelColor": _SOFT, "title": None, "orient": "bottom", "labelFontSize": 11,
        "labelLimit": 220, "columns": 4,
    },
}  # fmt: skip


def draw(spec: Spec) -> Markup:
    """The chart as an SVG element; text in it is escaped by Vega."""
    with needs("vl_convert", "evaluate"):
        import vl_convert
    whole = {"config": _CONFIG, "padding": _PADDING, **spec}
    svg: str = vl_convert.vegalite_to_svg(whole, vl_version=_VEGA_LITE, allowed_base_urls=[])
    return Markup(svg)  # noqa: S704 - Vega's own serialiser wrote it


def reliability_chart(bins: Sequence[ReliabilityBin]) -> Spec:
    """Accuracy against mean confidence of each bin; larger points have more answers."""
    filled = [row for row in bins if row["count"]]
    x = _axis("confidence", "mean confidence", [0, 1])
    y = _axis("accuracy", "accuracy", [0, 1])
    size = {
        "field": "count", "type": "quantitative", "legend": None,
        "scale": {"type": "sqrt", "domainMin": 0, "range": [0, 260]},
    }  # fmt: skip
    return _layers(
        {
            "data": {"values": [{"at": 0}, {"at": 1}]},
            "mark": {"type": "line", "color": _SOFT, "strokeDash": [4, 4]},
            "encoding": {"x": _axis("at", "mean confidence", [0, 1]),
                         "y": _axis("at", "accuracy", [0, 1])},
        },
        {
            "data": {"values": filled},
            "mark": {"type": "line", "color": _FIRST},
            "encoding": {"x": x, "y": y},
        },
        {
            "data": {"values": filled},
            "mark": {"type": "circle", "color": _FIRST, "opacity": 0.85},
            "encoding": {"x": x, "y": y, "size": size},
        },
        height=_SIDE,
    )  # fmt: skip


def coverage_chart(curve: Sequence[Sequence[float]]) -> Spec:
    """Accuracy of the surest answers against the share of answers that they are."""
    step = -(-len(curve) // _MOST_POINTS)
    values = [{"coverage": coverage, "accuracy": 1 - risk}
              for coverage, risk in curve[(len(curve) - 1) % step :: step]]  # fmt: skip
    return {
        "width": _SIDE, "height": _SIDE,
        "data": {"values": values},
        # Of few answers the points say how few; one alone is no line.
        "mark": {"type": "line", "color": _FIRST, "strokeWidth": 2,
                 "point": {"color": _FIRST, "size": 20} if len(values) < _FEW else False},
        "encoding": {"x": _axis("coverage", "share of answers kept", [0, 1]),
                     "y": _axis("accuracy", "accuracy of these", [0, 1])},
    }  # fmt: skip


def threshold_chart(sweep: Sequence[Threshold]) -> Spec:
    """Precision, recall, F1, coverage against the threshold; no precision where nothing is said."""
    names = ("precision", "recall", "F1", "coverage")
    values = [
        {"threshold": row["threshold"], "share": share, "figure": name}
        for row in sweep
        for name, share in zip(
            names, (row["precision"], row["recall"], row["f1"], row["coverage"]), strict=True
        )
        if name != "precision" or row["coverage"]
    ]
    return {
        "width": _SIDE, "height": _SIDE,
        "data": {"values": values},
        "mark": {"type": "line", "strokeWidth": 2},
        "encoding": {
            "x": _axis("threshold", "threshold", [0, 1]),
            "y": _axis("share", None, [0, 1]),
            "color": _colours("figure", names),
            "strokeDash": {"field": "figure", "type": "nominal", "scale": {
                "domain": names, "range": [[1, 0], [6, 3], [1, 0], [2, 2]]}},
        },
    }  # fmt: skip


def label_bars(labels: Mapping[str, LabelScores], names: Mapping[str, str]) -> Spec:
    """F1 of each label as a bar, precision and recall as points; most frequent in gold first."""
    chosen = sorted(labels, key=lambda code: (-labels[code]["gold"], code))[:MOST_LABELS]
    titles = {code: f"{title} ({labels[code]['gold']})"
              for code, title in _titles(chosen, names).items()}  # fmt: skip
    kinds = ("F1", "precision", "recall")
    values = [
        {"label": titles[code], "share": share, "figure": name}
        for code, one in ((code, labels[code]) for code in chosen)
        for name, share in zip(kinds, (one["f1"], one["precision"], one["recall"]), strict=True)
    ]
    encoding: Spec = {
        "y": {"field": "label", "type": "nominal", "title": None, "sort": list(titles.values()),
              "axis": {"ticks": False}},
        "x": _axis("share", None, [0, 1]),
        "color": _colours("figure", list(kinds)),
        "shape": {"field": "figure", "type": "nominal", "scale": {
            "domain": list(kinds), "range": ["square", "circle", "diamond"]}},
    }  # fmt: skip
    bars = {name: how for name, how in encoding.items() if name != "shape"}
    point = {"type": "point", "filled": True, "size": 50, "opacity": 1, "stroke": "var(--card)",
             "strokeWidth": 1}  # fmt: skip
    return {
        "width": 150, "height": {"step": 20},
        "layer": [
            {
                "data": {"values": [row for row in values if row["figure"] == "F1"]},
                "mark": {"type": "bar", "height": 12},
                "encoding": bars,
            },
            {
                "data": {"values": [row for row in values if row["figure"] != "F1"]},
                "mark": point,
                "encoding": encoding,
            },
        ],
    }  # fmt: skip


def confusion_chart(
    codes: Sequence[str], counts: Sequence[Sequence[int]], names: Mapping[str, str]
) -> Spec:
    """Counts with a row for each gold label; the darker, the larger the share of its row."""
    total = {code: sum(counts[i]) + sum(row[i] for row in counts) for i, code in enumerate(codes)}
    chosen = sorted(codes, key=lambda code: (not code, -total[code], code))[:MOST_LABELS]
    titles = _titles(chosen, names)
    place = {code: i for i, code in enumerate(codes)}
    cells = [
        {"gold": titles[gold], "predicted": titles[said], "count": count,
         "share": count / sum(counts[place[gold]]), "right": gold == said}
        for gold in chosen
        for said in chosen
        if (count := counts[place[gold]][place[said]])
    ]  # fmt: skip
    axis = {"ticks": False, "grid": True, "tickBand": "extent"}
    x, y = (
        {"field": field, "type": "nominal", "title": field,
         "scale": {"domain": list(titles.values())}, "axis": {**axis, **more}}
        for field, more in (("predicted", {"orient": "top", "labelAngle": -50}), ("gold", {}))
    )  # fmt: skip
    right = {
        "field": "right", "type": "nominal", "legend": None,
        "scale": {"domain": [True, False], "range": [_FIRST, _SECOND]},
    }  # fmt: skip
    share = {
        "field": "share", "type": "quantitative", "legend": None,
        "scale": {"domain": [0, 1], "range": [0.15, 0.7]},
    }  # fmt: skip
    number = {"field": "count", "type": "quantitative"}
    return {
        "width": {"step": _CELL}, "height": {"step": _CELL},
        "data": {"values": cells},
        "encoding": {"x": x, "y": y},
        "layer": [
            {"mark": "rect", "encoding": {"color": right, "opacity": share}},
            {"mark": {"type": "text", "color": _INK, "fontSize": 11, "aria": False},
             "encoding": {"text": number}},
        ],
    }  # fmt: skip


def histogram(
    series: Mapping[str, Sequence[float]], title: str, domain: tuple[float, float] | None = None
) -> Spec:
    """How many values of each series fall into each of about twenty equal bins."""
    values = [{"value": value, "series": name} for name, some in series.items() for value in some]
    bins: Spec = {"maxbins": 20}
    if domain is not None:
        bins |= {"extent": list(domain), "step": (domain[1] - domain[0]) / 20}
    encoding: Spec = {
        "x": {"field": "value", "type": "quantitative", "bin": bins, "title": title,
              "axis": {"format": "~s", "grid": False, "labelOverlap": True}},
        "y": {"aggregate": "count", "type": "quantitative", "title": None, "stack": None,
              "axis": {"tickMinStep": 1}},
    }  # fmt: skip
    if len(series) > 1:
        encoding["color"] = _colours("series", list(series))
    return {
        "width": _SIDE, "height": 150,
        "data": {"values": values},
        "mark": {"type": "bar", "color": _FIRST, "opacity": 0.65 if len(series) > 1 else 1},
        "encoding": encoding,
    }  # fmt: skip


def _layers(*layers: Spec, height: int) -> Spec:
    return {"width": _SIDE, "height": height, "layer": list(layers)}


def _axis(field: str, title: str | None, domain: Sequence[float]) -> Spec:
    return {
        "field": field, "type": "quantitative", "title": title,
        "scale": {"domain": list(domain)}, "axis": {"tickCount": 5, "format": "~g"},
    }  # fmt: skip


def _colours(field: str, names: Sequence[str]) -> Spec:
    return {
        "field": field, "type": "nominal",
        "scale": {"domain": list(names), "range": [_FIRST, _SECOND, _THIRD, _FOURTH][: len(names)]},
    }  # fmt: skip


def _titles(codes: Sequence[str], names: Mapping[str, str]) -> dict[str, str]:
    """A short name for each code; of one that two would share, the second is the code instead."""
    found: dict[str, str] = {}
    for code in codes:
        name = names.get(code, code)
        short = name if len(name) <= _MOST_LETTERS else f"{name[: _MOST_LETTERS - 1].rstrip()}…"
        found[code] = code if short in found.values() else short
    return found
