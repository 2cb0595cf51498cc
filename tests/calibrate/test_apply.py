"""From scores to labels: thresholds, probabilities, order, focus, regions, World."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.article import Article, Country, RegionScores, Topic, TopicScore
from pipeline.calibrate.apply import decide
from pipeline.calibrate.calibration import Calibration
from pipeline.config.schema import construct
from pipeline.core.errors import ConfigError
from pipeline.stage import RegionThresholds, TopicThresholds

SPORT, HEALTH = "medtop:15000000", "medtop:07000000"


def topical(**scores: float) -> Article:
    codes = {"sport": SPORT, "health": HEALTH}
    given = [TopicScore(codes[name], name, score) for name, score in scores.items()]
    return Article(id="a", topic="stale", topic_scores=tuple(given))


def regional(*countries: Country, world: float | None = None) -> Article:
    return Article(id="a", region="stale", region_scores=RegionScores(countries, world))


def country(alpha2: str, score: float, focus: bool = True, mentions: int = 1) -> Country:
    return Country(alpha2, alpha2, score, focus, mentions, ())


ANY = RegionThresholds(0.5)


def focus(article: Article) -> set[str]:
    return {country.alpha2 for country in article.countries if country.focus}


def test_a_temperature_divides_the_logit() -> None:
    found = Calibration("temperature", 0.5, slope=0.5)
    np.testing.assert_allclose(found.probabilities(np.array([0.9, 0.5, 0.1])), [0.75, 0.5, 0.25])
    assert 0 < found.probabilities(np.array([0.0]))[0] < 0.01
    shifted = Calibration("platt", 0.5, slope=1.0, offset=np.log(3))
    np.testing.assert_allclose(shifted.probabilities(np.array([0.5])), [0.75])


def test_knots_are_joined_by_lines_and_go_on_flat() -> None:
    found = Calibration("isotonic", 0.5, knots=((0.2, 0.6), (0.1, 0.5)))
    np.testing.assert_allclose(found.probabilities(np.array([0.0, 0.4, 1.0])), [0.1, 0.3, 0.5])


def test_topics_are_those_whose_score_reaches_the_threshold_strongest_first() -> None:
    done = decide(topical(health=0.3, sport=0.8), None, TopicThresholds(0.3))
    assert [topic.qcode for topic in done.topics] == [SPORT, HEALTH]
    assert (done.topic, done.topic_score, done.topic_name) == (SPORT, 0.8, "sport")
    own = decide(topical(health=0.3, sport=0.8), None, TopicThresholds(0.9, {HEALTH: 0.1}))
    assert [topic.qcode for topic in own.topics] == [HEALTH]
    none = decide(topical(health=0.3), None, TopicThresholds(0.31))
    assert (none.topic, none.topic_name, none.topic_score, none.topics) == (None, None, None, ())


def test_a_narrower_topic_is_given_where_its_topic_is() -> None:
    narrow = Topic("medtop:20000822", "football", 0.2)
    score = TopicScore(SPORT, "sport", 0.5, narrow)
    given = Article(id="a", topic_scores=(score, TopicScore(HEALTH, "health", 0.4)))
    done = decide(given, None, TopicThresholds(0.45))
    assert done.topics == (narrow,) and done.topic == narrow.qcode
    both = decide(given, None, TopicThresholds(0.4))
    assert [topic.qcode for topic in both.topics] == [HEALTH, narrow.qcode]
    calibrated = decide(given, Calibration("none", 0.3), TopicThresholds(0.45))
    assert [topic.qcode for topic in calibrated.topics] == [HEALTH]


def test_a_calibration_takes_the_place_of_the_thresholds_of_topics() -> None:
    found = Calibration("temperature", 0.7, slope=0.5, labels={HEALTH: 0.2})
    for thresholds in (TopicThresholds(0.0), TopicThresholds(1.0)):
        done = decide(topical(sport=0.8, health=0.1), found, thresholds)
        assert done.topics == (Topic(HEALTH, "health", 0.25),)
        assert (done.topic, done.topic_score, done.topic_name) == (HEALTH, 0.25, "health")
        none = decide(topical(sport=0.8), found, thresholds)
        assert (none.topic, none.topic_score, none.topics) == (None, None, ())


def test_equal_probabilities_keep_the_order_of_the_scores() -> None:
    flat = Calibration("isotonic", 0.0, knots=((0.0, 1.0), (0.4, 0.4)))
    done = decide(topical(health=0.8, sport=0.9), flat, TopicThresholds(0.0))
    assert [topic.qcode for topic in done.topics] == [SPORT, HEALTH]


def test_countries_are_in_focus_from_the_threshold_on_where_nothing_else_is_against_it() -> None:
    given = regional(
        country("FR", 0.8), country("IN", 0.5), country("PE", 0.9, focus=False),
        country("US", 0.4, mentions=0),
    )  # fmt: skip
    done = decide(given, None, ANY)
    assert focus(done) == {"FR", "IN"}
    # One that is neither named nor in focus is not listed.
    assert [c.alpha2 for c in done.countries] == ["FR", "IN", "PE"]
    assert (done.region, done.region_score) == ("155", 0.8)
    loose = decide(given, None, RegionThresholds(0.4))
    assert focus(loose) == {"FR", "IN", "US"} and len(loose.countries) == 4
    assert focus(decide(given, None, RegionThresholds(0.1, ratio=0.9))) == set()
    assert focus(decide(given, None, RegionThresholds(0.1, ratio=0.8))) == {"FR"}


def test_the_best_country_is_in_focus_where_no_other_is() -> None:
    given = regional(country("FR", 0.4), country("IN", 0.3))
    assert focus(decide(given, None, RegionThresholds(0.5, best=0.4))) == {"FR"}
    assert focus(decide(given, None, RegionThresholds(0.5, best=0.41))) == set()
    assert focus(decide(given, None, ANY)) == set()


def test_scores_of_countries_make_up_that_of_their_region() -> None:
    given = regional(country("FR", 0.6), country("DE", 0.5, focus=False), country("IN", 0.55))
    scores = {r.code: r.score for r in decide(given, None, ANY).regions}
    assert scores == {"001": 0.91, "150": 0.8, "155": 0.8, "142": 0.55, "034": 0.55}
    sums = decide(given, None, RegionThresholds(0.5, pooling="sum"))
    assert {r.code: r.score for r in sums.regions}["155"] == 1.0
    assert [r.code for r in sums.regions] == ["001", "150", "142", "155", "034"]
    withheld = decide(given, None, RegionThresholds(0.5, region=0.81))
    assert withheld.region is None and withheld.regions


def test_a_region_below_its_threshold_goes_with_its_focus() -> None:
    given = regional(country("FR", 0.8), country("IN", 0.55), country("AQ", 0.9))
    done = decide(given, Calibration("temperature", 0.6, slope=0.5), ANY)
    assert (done.region, done.region_name, done.region_score) == ("155", "Western Europe", 0.6667)
    assert [region.code for region in done.regions] == ["001", "150", "155"]
    assert [c.focus for c in done.countries] == [True, False, True]
    scores = [region.score for region in done.regions]
    assert scores == sorted(scores, reverse=True) and scores[-1] == 0.6667


def test_nothing_above_the_threshold_is_no_region() -> None:
    given = regional(country("IN", 0.55), country("FR", 0.5, focus=False))
    done = decide(given, Calibration("none", 0.9), ANY)
    assert (done.region, done.region_score, done.regions) == (None, None, ())
    assert [c.focus for c in done.countries] == [False, False]


def test_a_region_that_the_threshold_withheld_can_come_back() -> None:
    given, withholding = regional(country("IN", 0.55)), RegionThresholds(0.5, region=0.9)
    assert decide(given, None, withholding).region is None
    assert decide(given, Calibration("none", 0.5), withholding).region == "034"


@pytest.mark.parametrize(("least", "region"), [(0.9, "001"), (0.97, None)])
def test_world_alone_is_an_answer(least: float, region: str | None) -> None:
    given = regional(*(country(c, 0.02, focus=False) for c in ("FR", "IN")), world=1.0)
    plain = decide(given, None, ANY)
    assert (plain.region, plain.region_score) == ("001", 0.9604)
    assert decide(regional(country("FR", 0.02), world=0.7), None, ANY).region_score == 0.7
    done = decide(given, Calibration("none", least), ANY)
    assert done.region == region and len(done.regions) == (region is not None)


@pytest.mark.parametrize(
    "wrong", [{"slope": -1}, {"threshold": 1.5}, {"method": "magic"}, {"labels": {"x": 2}}]
)
def test_values_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        construct(Calibration, {"method": "none", "threshold": 0.5, **wrong}, "c")
