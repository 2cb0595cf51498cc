"""A calibration at work on annotated articles: scores, order, thresholds, regions."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.article import Article, Country, Region, Topic
from pipeline.calibrate.apply import calibrated_regions, calibrated_topics
from pipeline.calibrate.calibration import Calibration
from pipeline.config.schema import construct
from pipeline.core.errors import ConfigError

SPORT, HEALTH = "medtop:15000000", "medtop:07000000"


def topical(**scores: float) -> Article:
    codes = {"sport": SPORT, "health": HEALTH}
    topics = [Topic(codes[name], name, score) for name, score in scores.items()]
    return Article(id="a", topics=tuple(topics), topic=topics[0].qcode if topics else None)


def regional(*regions: Region, countries: tuple[Country, ...] = ()) -> Article:
    return Article(id="a", regions=regions, countries=countries)


def country(alpha2: str, focus: bool = True) -> Country:
    return Country(alpha2, alpha2, 0.7, focus, 1, ())


WORLD = Region("001", "World", "world", 0.96)
EUROPE, WEST = Region("150", "Europe", "region", 0.9), Region("155", "West", "sub-region", 0.8)
ASIA, SOUTH = Region("142", "Asia", "region", 0.6), Region("034", "South", "sub-region", 0.55)


def test_a_temperature_divides_the_logit() -> None:
    found = Calibration("temperature", 0.5, slope=0.5)
    np.testing.assert_allclose(found.probabilities(np.array([0.9, 0.5, 0.1])), [0.75, 0.5, 0.25])
    assert 0 < found.probabilities(np.array([0.0]))[0] < 0.01
    shifted = Calibration("platt", 0.5, slope=1.0, offset=np.log(3))
    np.testing.assert_allclose(shifted.probabilities(np.array([0.5])), [0.75])


def test_knots_are_joined_by_lines_and_go_on_flat() -> None:
    found = Calibration("isotonic", 0.5, knots=((0.2, 0.6), (0.1, 0.5)))
    np.testing.assert_allclose(found.probabilities(np.array([0.0, 0.4, 1.0])), [0.1, 0.3, 0.5])


def test_topics_are_cut_by_their_own_thresholds() -> None:
    found = Calibration("temperature", 0.7, slope=0.5, labels={HEALTH: 0.2})
    [done] = calibrated_topics([topical(sport=0.8, health=0.1)], found)
    assert done.topics == (Topic(HEALTH, "health", 0.25),)
    assert (done.topic, done.topic_score, done.topic_name) == (HEALTH, 0.25, "health")
    [none] = calibrated_topics([topical(sport=0.8)], found)
    assert (none.topic, none.topic_score, none.topics) == (None, None, ())
    assert calibrated_topics([], found) == []


def test_equal_probabilities_keep_the_order_of_the_scores() -> None:
    flat = Calibration("isotonic", 0.0, knots=((0.0, 1.0), (0.4, 0.4)))
    [done] = calibrated_topics([topical(sport=0.9, health=0.8)], flat)
    assert [topic.qcode for topic in done.topics] == [SPORT, HEALTH]


def test_a_region_below_its_threshold_goes_with_its_focus() -> None:
    given = regional(
        WORLD, EUROPE, ASIA, WEST, SOUTH, countries=(country("FR"), country("IN"), country("AQ"))
    )
    [done] = calibrated_regions([given], Calibration("temperature", 0.6, slope=0.5))
    assert (done.region, done.region_name, done.region_score) == ("155", "West", 0.6667)
    assert [region.code for region in done.regions] == ["001", "150", "155"]
    assert [c.focus for c in done.countries] == [True, False, True]
    scores = [region.score for region in done.regions]
    assert scores == sorted(scores, reverse=True) and scores[-1] == 0.6667


def test_nothing_above_the_threshold_is_no_region() -> None:
    given = regional(WORLD, ASIA, SOUTH, countries=(country("IN"), country("FR", focus=False)))
    [done] = calibrated_regions([given], Calibration("none", 0.9))
    assert (done.region, done.region_score, done.regions) == (None, None, ())
    assert [c.focus for c in done.countries] == [False, False]


def test_an_answer_that_the_stage_withheld_can_come_back() -> None:
    [done] = calibrated_regions([regional(WORLD, ASIA, SOUTH)], Calibration("none", 0.5))
    assert done.region == "034"  # the lexicon keeps regions whose score is too low for `region`


@pytest.mark.parametrize(("least", "region"), [(0.9, "001"), (0.97, None)])
def test_world_alone_is_an_answer(least: float, region: str | None) -> None:
    given = regional(WORLD, countries=tuple(country(c, focus=False) for c in ("FR", "IN")))
    [done] = calibrated_regions([given], Calibration("none", least))
    assert done.region == region and len(done.regions) == (region is not None)


@pytest.mark.parametrize(
    "wrong", [{"slope": -1}, {"threshold": 1.5}, {"method": "magic"}, {"labels": {"x": 2}}]
)
def test_values_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        construct(Calibration, {"method": "none", "threshold": 0.5, **wrong}, "c")
