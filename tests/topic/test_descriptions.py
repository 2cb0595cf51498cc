"""The description stage on an encoder of hashes: probabilities, order, abstention, config."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from omegaconf import OmegaConf

from decided import decided
from pipeline.article import Article
from pipeline.config.schema import build
from pipeline.core.errors import ConfigError, LabelError
from pipeline.core.resources import resource
from pipeline.stage import Stage
from pipeline.taxonomy.labels import Label
from pipeline.taxonomy.topics import VERSION, data_digests, load_topics, media_topics
from pipeline.topic import descriptions
from pipeline.topic.descriptions import TOPIC_BIAS, DescriptionTopic

SPORT = load_topics()["medtop:15000000"]
WEATHER = load_topics()["medtop:17000000"]


class HashEncoder:
    """A vector of length 1 drawn from the text's digest; remembers what it was given."""

    def __init__(self) -> None:
        self.opened = 0
        self.texts: list[str] = []

    def identity(self) -> Mapping[str, str]:
        return {"encoder": "hash", "weights": "none"}

    def open(self) -> None:
        self.opened += 1

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.texts += texts
        return np.stack([_vector(text) for text in texts])


class ConstantEncoder(HashEncoder):
    """The same vector for every text: all topics tie."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([_vector("constant") for _ in texts])


def _vector(text: str) -> NDArray[np.float32]:
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    drawn = np.random.default_rng(seed).normal(size=64)
    return (drawn / np.linalg.norm(drawn)).astype(np.float32)


def _topic_vector(topic: Label) -> NDArray[np.float32]:
    sentences = [sentence.rstrip(".") + "." for sentence in topic.description.split(". ")]
    mean = np.mean([_vector(text) for text in (topic.name, *sentences)], axis=0)
    return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)


def about(topic: Label) -> Article:
    """An article as near to the topic's description as can be."""
    return Article(id=topic.code, text=topic.name, vector=_topic_vector(topic))


def some(text: str = "some article") -> Article:
    """An article about nothing the topics know."""
    return Article(id=text, text=text, vector=_vector(text))


@pytest.fixture
def stage() -> DescriptionTopic:
    built = DescriptionTopic(HashEncoder())
    built.open()
    return built


@pytest.fixture
def unbiased(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descriptions, "TOPIC_BIAS", dict.fromkeys(load_topics(), 0.0))


def test_every_topic_is_found_by_its_own_description(stage: DescriptionTopic) -> None:
    articles = [about(topic) for topic in load_topics().values()]
    done = decided(stage, articles)
    assert [article.topic for article in done] == list(load_topics())
    assert [article.topic_name for article in done] == [t.name for t in load_topics().values()]
    assert [article.id for article in done] == [article.id for article in articles]


def test_the_strongest_topic_is_the_first_of_topics(stage: DescriptionTopic) -> None:
    [done] = decided(stage, [about(SPORT)])
    assert done.topics[0].qcode == done.topic == SPORT.code
    assert done.topics[0].score == done.topic_score
    assert done.topic_score == round(done.topic_score or 0, 4)
    assert all(topic.score >= stage.threshold for topic in done.topics)


def test_scores_are_a_softmax_of_cosine_and_bias() -> None:
    stage = DescriptionTopic(HashEncoder(), temperature=0.1, threshold=0.0)
    logits = {
        qcode: (float(_topic_vector(topic) @ _vector("some article")) + TOPIC_BIAS[qcode]) / 0.1
        for qcode, topic in load_topics().items()
    }
    total = math.fsum(math.exp(logit) for logit in logits.values())
    [done] = decided(stage, [some()])
    assert [topic.qcode for topic in done.topics] == sorted(logits, key=lambda q: -logits[q])
    for found in done.topics:
        expected = math.exp(logits[found.qcode]) / total
        assert found.score == pytest.approx(expected, abs=1e-4)


def test_nothing_above_the_threshold_is_no_topic() -> None:
    [done] = decided(DescriptionTopic(HashEncoder(), threshold=1.0), [some()])
    assert (done.topic, done.topic_name, done.topic_score, done.topics) == (None, None, None, ())


def test_without_a_vector_there_is_no_topic_and_the_others_keep_theirs(
    stage: DescriptionTopic,
) -> None:
    bare = Article(id="bare", text="Goal!", topic=SPORT.code)
    first, second, third = decided(stage, [about(SPORT), bare, about(WEATHER)])
    assert (second.topic, second.topic_name, second.topic_score, second.topics) == (
        None,
        None,
        None,
        (),
    )
    assert (first.topic, third.topic) == (SPORT.code, WEATHER.code)
    assert decided(stage, [bare]) == [second]
    assert stage([]) == []


@pytest.mark.usefixtures("unbiased")
def test_ties_go_by_code() -> None:
    stage = DescriptionTopic(ConstantEncoder(), threshold=0.05)
    [done] = decided(stage, [some()])
    assert [topic.qcode for topic in done.topics] == list(load_topics())
    assert {topic.score for topic in done.topics} == {round(1 / 17, 4)}


def test_an_article_has_the_same_topics_in_any_company(stage: DescriptionTopic) -> None:
    articles = [some(f"article {n}") for n in range(40)]
    together = decided(stage, articles)
    assert together == [decided(stage, [article])[0] for article in articles]


def test_a_lower_temperature_is_surer_of_the_same_topic() -> None:
    warm, cold = DescriptionTopic(HashEncoder(), 0.2, 0.0), DescriptionTopic(HashEncoder(), 0.02)
    [one], [other] = decided(warm, [about(SPORT)]), decided(cold, [about(SPORT)])
    assert one.topic == other.topic
    assert (one.topic_score or 1) < (other.topic_score or 0)


def test_descriptions_are_encoded_once_and_by_sentence() -> None:
    encoder = HashEncoder()
    stage = DescriptionTopic(encoder)
    stage.open()
    texts = list(encoder.texts)
    stage.open()
    stage([about(SPORT)])
    assert encoder.texts == texts
    assert encoder.opened == 1
    assert SPORT.name in texts
    assert SPORT.description not in texts
    assert " ".join(texts[texts.index(SPORT.name) + 1 :]).startswith(SPORT.description)


def test_identity_names_table_stage_and_encoder_before_open() -> None:
    encoder = HashEncoder()
    stage = DescriptionTopic(encoder)
    assert isinstance(stage, Stage)
    assert stage.needs_vector is True
    assert stage.identity() == {
        "stage": "descriptions-2",
        "taxonomy": VERSION,
        "sha256:media_topics.csv": data_digests()["media_topics.csv"],
        "encoder": "hash",
        "weights": "none",
    }
    assert encoder.opened == 0


def test_the_bias_covers_the_table() -> None:
    assert list(TOPIC_BIAS) == list(load_topics())


@pytest.mark.parametrize("threshold", [-0.1, 1.01, math.nan])
def test_threshold_out_of_range_is_refused(threshold: float) -> None:
    with pytest.raises(ConfigError, match=r"topic\.threshold"):
        DescriptionTopic(HashEncoder(), threshold=threshold)


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.inf, math.nan])
def test_temperature_must_be_above_zero(temperature: float) -> None:
    with pytest.raises(ConfigError, match=r"topic\.temperature"):
        DescriptionTopic(HashEncoder(), temperature=temperature)


def test_config_is_the_class_defaults() -> None:
    config = OmegaConf.load(resource("configs", "topic", "descriptions.yaml"))
    values = OmegaConf.to_container(config, resolve=False)
    assert isinstance(values, dict)
    assert values["encoder"] == "${encoder}"
    default = DescriptionTopic(HashEncoder())
    named = {f.name for f in fields(DescriptionTopic)}
    assert set(values) == {"_target_", *named}
    assert values.pop("labels") == "${topic_labels.path}"
    for name in named - {"encoder", "labels"}:
        assert values[name] == getattr(default, name)
    encoder = HashEncoder()
    node = {str(key): value for key, value in values.items()}
    built = build(node, "topic", DescriptionTopic, encoder=encoder)
    assert built.encoder is encoder


def test_at_level_2_a_topic_is_its_likeliest_narrower_one() -> None:
    [broad] = decided(DescriptionTopic(HashEncoder(), threshold=0.1), [about(SPORT)])
    [done] = decided(DescriptionTopic(HashEncoder(), threshold=0.1, level=2), [about(SPORT)])
    assert len(done.topics) == len(broad.topics)
    tree = media_topics(2)
    assert done.topic is not None
    assert tree.labels[done.topic].parent == SPORT.code
    assert done.topic_name == tree.labels[done.topic].name
    assert 0 < (done.topic_score or 0) < (broad.topic_score or 0)


def test_labels_of_a_file_take_the_place_of_media_topics(tmp_path: Path) -> None:
    file = tmp_path / "desk.csv"
    file.write_text("code,name,description,parent\nball,Ball,,\ncup,Cup,,ball\nrain,Rain,,\n")
    article = Article(id="1", text="Rain", vector=_vector("Rain"))
    ball = Article(id="2", text="Ball", vector=_vector("Ball"))
    stage = DescriptionTopic(HashEncoder(), threshold=0.5, labels=str(file))
    assert [(done.topic, done.topic_name) for done in decided(stage, [article, ball])] == [
        ("rain", "Rain"),
        ("ball", "Ball"),
    ]
    deeper = DescriptionTopic(HashEncoder(), threshold=0.5, labels=str(file), level=2)
    # Rain has nothing below it and stays; Cup is all that there is below Ball.
    assert [done.topic for done in decided(deeper, [article, ball])] == ["rain", "cup"]
    assert "sha256:media_topics.csv" not in stage.identity()
    before = stage.identity()
    file.write_text(file.read_text().replace("Cup", "Bowl"))
    assert DescriptionTopic(HashEncoder(), labels=str(file)).identity() != before


@pytest.mark.parametrize("level", [3, 9])
def test_a_level_that_is_not_there_is_refused(level: int) -> None:
    with pytest.raises(ConfigError, match=rf"topic\.level is {level}.*2 level"):
        DescriptionTopic(HashEncoder(), level=level)


def test_a_wrong_label_file_is_refused_when_the_stage_is_built(tmp_path: Path) -> None:
    file = tmp_path / "desk.csv"
    file.write_text("code,name,description,parent\nball,Ball,,game\n")
    with pytest.raises(LabelError, match=r"ball \(Ball\) has the unknown parent game"):
        DescriptionTopic(HashEncoder(), labels=str(file))
