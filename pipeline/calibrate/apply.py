"""From scores to labels: what is in the row, by thresholds or a calibration. Nothing here knows a
model, and nothing is inferred: the same scores can be decided anew at any time."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipeline.article import SCORE_DIGITS, Article, Country, Region, RegionScores
from pipeline.calibrate.calibration import Calibration
from pipeline.stage import RegionThresholds, Thresholds, TopicThresholds
from pipeline.taxonomy.regions import LEVELS, ancestors, load_countries, load_regions

_WORLD = "001"


def decide(article: Article, calibration: Calibration | None, thresholds: Thresholds) -> Article:
    """The article with the topics, or the countries and regions, that its scores amount to.

    With a calibration, topics are given by its probabilities and thresholds alone. Regions are
    those that the thresholds let through, and the calibration says which of them are likely enough.
    """
    if isinstance(thresholds, TopicThresholds):
        return _with_topics(article, calibration, thresholds)
    found = _with_regions(article, thresholds)
    return found if calibration is None else _calibrated_regions(found, calibration)


def answers(regions: Sequence[Region]) -> list[Region]:
    """Which of an article's regions may be its region: the sub-regions, else World alone."""
    return _sub_regions(regions) or [region for region in regions if region.level == "world"]


def _with_topics(
    article: Article, calibration: Calibration | None, thresholds: TopicThresholds
) -> Article:
    """All topics whose score, or probability, reaches the threshold, strongest first."""
    if calibration is None:
        kept = [
            (scored.topic.score, scored.topic)
            for scored in article.topic_scores
            if scored.score >= thresholds.least(scored.qcode)
        ]
    else:
        given = [scored.topic for scored in article.topic_scores]
        found = calibration.probabilities(np.array([topic.score for topic in given]))
        kept = [
            (probability, topic)
            for probability, topic in zip(found.tolist(), given, strict=True)
            if probability >= calibration.least(topic.qcode)
        ]
    # The order of the scores stands where probabilities are the same.
    kept.sort(key=lambda pair: (-pair[0], -pair[1].score, pair[1].qcode))
    return article.with_topics([replace(topic, score=score) for score, topic in kept])


def _with_regions(article: Article, thresholds: RegionThresholds) -> Article:
    """The countries that are named or in focus, and the regions of those in focus, or World."""
    scores = article.region_scores or RegionScores()
    focus = _in_focus(scores.countries, thresholds)
    countries = tuple(
        country if country.focus == (country.alpha2 in focus) else replace(country, focus=False)
        for country in scores.countries
        if country.mentions or country.alpha2 in focus
    )
    regions = _roll_up(countries, thresholds)
    best = max(_sub_regions(regions), key=lambda region: region.score, default=None)
    if best is None and scores.world is not None:
        best = _world(countries, scores.world)
        regions = (best,)
    elif best is not None and best.score < thresholds.region:
        best = None
    return _in_row(article, countries, regions, best)


def _in_focus(countries: Sequence[Country], thresholds: RegionThresholds) -> set[str]:
    able = [country for country in countries if country.focus]
    strongest = max((country.score for country in countries), default=0.0)
    least = max(thresholds.focus, thresholds.ratio * strongest)
    focus = {country.alpha2 for country in able if country.score >= least}
    if not focus and able and thresholds.best is not None:
        best = min(able, key=lambda country: (-country.score, country.alpha2))
        focus = {best.alpha2} if best.score >= thresholds.best else set()
    return focus


def _roll_up(countries: Sequence[Country], thresholds: RegionThresholds) -> tuple[Region, ...]:
    """Regions that hold a focus country, world first, then by score.

    All countries of a region count, not only those in focus: an article about one country of a
    region tends to name its neighbours.
    """
    focus = {code for c in countries if c.focus for code in ancestors(c.alpha2)}
    if not focus:
        return ()
    sums: dict[str, float] = defaultdict(float)
    none: dict[str, float] = defaultdict(lambda: 1.0)
    for country in countries:
        for code in ancestors(country.alpha2):
            sums[code] += country.score
            none[code] *= 1 - country.score
    if thresholds.pooling == "sum":
        order = {code: -sums[code] for code in focus}
        scores = {code: min(1.0, round(sums[code], SCORE_DIGITS)) for code in focus}
    else:
        order = {code: none[code] for code in focus}
        scores = {code: round(1 - none[code], SCORE_DIGITS) for code in focus}
    areas = load_regions()
    ranked = sorted(focus, key=lambda code: (LEVELS.index(areas[code].level), order[code], code))
    return tuple(Region(code, areas[code].name, areas[code].level, scores[code]) for code in ranked)


def _world(countries: Sequence[Country], most: float) -> Region:
    """World for an article about no country: the probability that it is about none of those it
    names, were they independent, and at most what the stage allows."""
    world = load_regions()[_WORLD]
    score = min(math.prod(1 - country.score for country in countries), most)
    return Region(world.code, world.name, world.level, round(score, SCORE_DIGITS))


def _calibrated_regions(article: Article, calibration: Calibration) -> Article:
    """The regions whose probability reaches the threshold with those above them, the likeliest as
    the region; countries of no such region are in focus no more.

    The threshold is on sub-regions, or on World where that is all there is. Parents get their
    probability by the same map, which keeps them as likely as what they hold.
    """
    found = calibration.probabilities(np.array([region.score for region in article.regions]))
    probability = dict(zip((r.code for r in article.regions), found.tolist(), strict=True))
    kept = [
        region
        for region in answers(article.regions)
        if probability[region.code] >= calibration.least(region.code)
    ]
    codes = {region.code for region in kept}
    best = min(kept, key=lambda r: (-probability[r.code], -r.score, r.code), default=None)
    lines = [_line(country.alpha2) for country in article.countries]
    above = {code for line in lines if codes & line for code in line}
    below = {region.code for region in answers(article.regions)}
    countries = tuple(
        # Antarctica is in no region.
        replace(c, focus=c.focus and (not line & below or bool(line & codes)))
        for c, line in zip(article.countries, lines, strict=True)
    )
    regions = tuple(
        replace(region, score=probability[region.code])
        for region in article.regions
        if region.code in codes or (region.code not in below and region.code in above)
    )
    return _in_row(
        article, countries, regions, best and replace(best, score=probability[best.code])
    )


def _in_row(
    article: Article,
    countries: tuple[Country, ...],
    regions: tuple[Region, ...],
    region: Region | None,
) -> Article:
    return replace(
        article,
        countries=countries,
        regions=regions,
        region=region.code if region else None,
        region_name=region.name if region else None,
        region_score=region.score if region else None,
    )


def _sub_regions(regions: Sequence[Region]) -> list[Region]:
    return [region for region in regions if region.level == "sub-region"]


def _line(alpha2: str) -> frozenset[str]:
    """The M49 codes above a country; none of a code that is no country's."""
    return frozenset(ancestors(alpha2)) if alpha2 in load_countries() else frozenset()
