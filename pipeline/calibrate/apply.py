"""Annotations with calibrated scores and the thresholds that go with them, whatever stage they are
of: nothing here knows a model, and every function takes annotated articles to annotated articles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from pipeline.article import Article, Region
from pipeline.calibrate.calibration import Calibration
from pipeline.taxonomy.regions import ancestors, load_countries

Adjust = Callable[[Sequence[Article], Calibration], list[Article]]


def calibrated_topics(articles: Sequence[Article], calibration: Calibration) -> list[Article]:
    """The topics whose probability reaches its threshold, strongest first, and the first as the
    topic. What the stage itself left out cannot come back: it is to give all that it scored."""
    return [_with_topics(article, calibration) for article in articles]


def calibrated_regions(articles: Sequence[Article], calibration: Calibration) -> list[Article]:
    """The regions whose probability reaches the threshold with those above them, the likeliest as
    the region; countries of no such region are in focus no more.

    The threshold is on sub-regions, or on World where that is all there is. Parents get their
    probability by the same map, which keeps them as likely as what they hold.
    """
    return [_with_regions(article, calibration) for article in articles]


ADJUSTMENTS: Mapping[str, Adjust] = {"topic": calibrated_topics, "region": calibrated_regions}


def answers(regions: Sequence[Region]) -> list[Region]:
    """Which of an article's regions may be its region: the sub-regions, else World alone."""
    below = [region for region in regions if region.level == "sub-region"]
    return below or [region for region in regions if region.level == "world"]


def _with_topics(article: Article, calibration: Calibration) -> Article:
    # The order of the scores stands where probabilities are the same.
    found = calibration.probabilities(np.array([topic.score for topic in article.topics]))
    kept = [
        (-chance, -topic.score, topic.qcode, replace(topic, score=float(chance)))
        for topic, chance in zip(article.topics, found, strict=True)
        if chance >= calibration.least(topic.qcode)
    ]
    return article.with_topics([topic for *_, topic in sorted(kept, key=lambda one: one[:3])])


def _with_regions(article: Article, calibration: Calibration) -> Article:
    found = calibration.probabilities(np.array([region.score for region in article.regions]))
    chances = {
        region.code: float(chance) for region, chance in zip(article.regions, found, strict=True)
    }
    kept = [
        region
        for region in answers(article.regions)
        if chances[region.code] >= calibration.least(region.code)
    ]
    codes = {region.code for region in kept}
    best = min(kept, key=lambda r: (-chances[r.code], -r.score, r.code), default=None)
    lines = [_line(country.alpha2) for country in article.countries]
    above = {code for line in lines if codes & line for code in line}
    below = {region.code for region in answers(article.regions)}
    return replace(
        article,
        countries=tuple(
            # Antarctica is in no region.
            replace(c, focus=c.focus and (not line & below or bool(line & codes)))
            for c, line in zip(article.countries, lines, strict=True)
        ),
        regions=tuple(
            replace(region, score=chances[region.code])
            for region in article.regions
            if region.code in codes or (region.code not in below and region.code in above)
        ),
        region=best.code if best else None,
        region_name=best.name if best else None,
        region_score=chances[best.code] if best else None,
    )


def _line(alpha2: str) -> frozenset[str]:
    """The M49 codes above a country; none of a code that is no country's."""
    return frozenset(ancestors(alpha2)) if alpha2 in load_countries() else frozenset()
