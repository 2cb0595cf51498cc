"""Topic by a mapped classifier on tiny random ones: the checks of the map, scores, bad input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from omegaconf import OmegaConf

from decided import decided
from pipeline.article import Article
from pipeline.config.schema import build
from pipeline.core.errors import LabelError, ModelError
from pipeline.core.resources import resource
from pipeline.engines.classifiers.classifier import SequenceClassifier
from pipeline.taxonomy.topics import load_topics
from pipeline.topic.head import HeadTopic
from tiny_classifier import write_classifier

SPORT, WEATHER, HEALTH = "medtop:15000000", "medtop:17000000", "medtop:07000000"
MAP: dict[str, str | None] = {
    "sport": SPORT, "rain": WEATHER, "other": None, "wind": WEATHER, "health": HEALTH
}  # fmt: skip
TEXT = "The mayor of Cork said so."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_classifier(tmp_path_factory.mktemp("head"), list(MAP), limit=32)


@pytest.fixture(scope="module")
def classifier(folder: Path) -> SequenceClassifier:
    engine = SequenceClassifier(str(folder), precision="f32")
    engine.open()
    return engine


def scores(article: Article) -> dict[str, float]:
    return {topic.qcode: topic.score for topic in article.topics}


def test_softmax_adds_the_labels_of_a_topic(classifier: SequenceClassifier) -> None:
    [(logits, _)] = classifier.text_logits([TEXT])
    powers = np.exp(logits[0].astype(float))
    sport, rain, _, wind, health = powers / powers.sum()
    stage = HeadTopic(classifier, MAP, threshold=0.0)
    stage.open()
    [done] = decided(stage, [Article("a", None, TEXT)])
    expected = {SPORT: sport, WEATHER: rain + wind, HEALTH: health}
    assert scores(done) == pytest.approx(expected, abs=1e-4)
    assert done.topic == max(expected, key=lambda code: expected[code])
    assert done.topic_name == load_topics()[done.topic].name


def test_sigmoid_takes_the_strongest_label_of_a_topic(classifier: SequenceClassifier) -> None:
    [(logits, _)] = classifier.text_logits([TEXT])
    sport, rain, _, wind, health = 1 / (1 + np.exp(-logits[0].astype(float)))
    [done] = decided(
        HeadTopic(classifier, MAP, multi_label=True, threshold=0.0), [Article("a", "", TEXT)]
    )
    expected = {SPORT: sport, WEATHER: max(rain, wind), HEALTH: health}
    assert scores(done) == pytest.approx(expected, abs=1e-4)


def test_windows_are_averaged_by_their_tokens(classifier: SequenceClassifier) -> None:
    text = "the mayor of cork said so and " * 7
    [(logits, tokens)] = classifier.text_logits([text], windows=8)
    assert len(tokens) == 2 and tokens[0] > tokens[1]
    powers = np.exp(logits.astype(float))
    parts = powers / powers.sum(axis=1, keepdims=True)
    mean = (parts * np.array(tokens)[:, None]).sum(axis=0) / sum(tokens)
    article = Article("a", None, text)
    [lead] = decided(HeadTopic(classifier, MAP, threshold=0.0), [article])
    [whole] = decided(HeadTopic(classifier, MAP, length_policy="windows", threshold=0.0), [article])
    one = HeadTopic(classifier, MAP, length_policy="windows", max_windows=1, threshold=0.0)
    assert scores(whole)[SPORT] == pytest.approx(mean[0], abs=1e-4)
    assert scores(lead)[SPORT] == pytest.approx(parts[0, 0], abs=1e-4)
    assert scores(whole) != scores(lead)
    assert decided(one, [article])[0].topics == lead.topics


def test_bad_input_has_topics_or_none_and_never_fails(classifier: SequenceClassifier) -> None:
    articles = [
        Article("empty"),
        Article("headline", "The mayor of Cork said so"),
        Article("long", None, "The mayor of Cork said so. " * 40_000),
        Article("russian", None, "Мэр Корка так сказал."),
        Article("arabic", None, "قال رئيس البلدية"),
    ]
    for policy in ("lead", "windows"):
        stage = HeadTopic(classifier, MAP, length_policy=policy, threshold=0.0)
        done = decided(stage, articles)
        assert [bool(article.topics) for article in done] == [False, *[True] * 4]
        assert [article.id for article in done] == [article.id for article in articles]
        assert decided(stage, []) == []
    [none] = decided(HeadTopic(classifier, MAP, threshold=1.0), articles[1:2])
    assert none.topic is None and none.topics == ()


def swapped(first: str, second: str) -> dict[str, str | None]:
    names = list(MAP)
    one, other = names.index(first), names.index(second)
    names[one], names[other] = second, first
    return {name: MAP[name] for name in names}


@pytest.mark.parametrize(
    ("labels", "named"),
    [
        ({k: v for k, v in MAP.items() if k != "wind"}, "label 3, 'wind', is not in topic.labels"),
        ({**MAP, "snow": WEATHER}, "has no label 'snow'"),
        (swapped("rain", "health"), "label 1 is 'rain' where .* has 'health'"),
    ],
)
def test_a_map_that_is_not_the_models_is_refused_naming_the_entry(
    classifier: SequenceClassifier, labels: dict[str, str | None], named: str
) -> None:
    with pytest.raises(ModelError, match=named):
        HeadTopic(classifier, labels).open()


def test_a_code_that_does_not_exist_is_refused_before_anything_is_loaded() -> None:
    engine = SequenceClassifier("nowhere/at-all")
    with pytest.raises(LabelError, match=r"'rain' is mapped to 'medtop:99'"):
        HeadTopic(engine, {"sport": SPORT, "rain": "medtop:99"})
    with pytest.raises(LabelError, match="no label is mapped"):
        HeadTopic(engine, {"sport": None})


def test_the_order_of_the_map_is_part_of_its_identity(classifier: SequenceClassifier) -> None:
    one = HeadTopic(classifier, MAP).identity()
    assert one != HeadTopic(classifier, swapped("rain", "health")).identity()
    assert one["stage"] == "head-1"


def ready(model: Path) -> dict[str, Any]:
    values = OmegaConf.to_container(OmegaConf.load(resource("configs", "topic", "head.yaml")))
    assert isinstance(values, dict)
    node: dict[str, Any] = {str(key): value for key, value in values.items()}
    node["classifier"]["model"] = str(model)
    return node


def test_the_ready_config_has_every_topic_and_takes_the_card_s_order_only(tmp_path: Path) -> None:
    card = ready(tmp_path)["labels"]
    assert sorted(card.values()) == list(load_topics())
    renamed = {"politics": "politics and government"}  # the name before the release of 2025
    for label, qcode in card.items():
        assert load_topics()[qcode].name == renamed.get(label, label)
    right = write_classifier(tmp_path / "right", list(card))
    stage = build(ready(right), "topic", HeadTopic)
    stage.open()
    [done] = decided(stage, [Article("a", None, TEXT)])
    assert done.topic is None or done.topic in load_topics()
    wrong = write_classifier(tmp_path / "wrong", sorted(card))
    with pytest.raises(ModelError, match=r"label 0 is 'arts, culture.* has 'education'"):
        build(ready(wrong), "topic", HeadTopic).open()
