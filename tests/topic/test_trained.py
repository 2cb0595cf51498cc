"""The trained topic stage on a model made in the test: scores, thresholds, refusals."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from safetensors.numpy import load_file, save_file

from decided import decided
from pipeline.article import Article
from pipeline.core.digest import digest_of
from pipeline.core.errors import ConfigError, ModelError
from pipeline.engines.weights.artefact import CARD
from pipeline.stage import Stage
from pipeline.taxonomy.topics import load_topics, media_topics
from pipeline.topic.features import features
from pipeline.topic.model import WEIGHTS, calibrated, load_topic_model, log_odds
from pipeline.topic.trained import TrainedTopic
from tiny_topics import HEALTH, SPORT, WordEncoder, sentence, trained


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("topic"))


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def article(text: str, title: str | None = None) -> Article:
    vector = WordEncoder().encode([f"{title or ''}\n{text}".strip()])[0]
    return Article(id=text[:20], title=title, text=text, vector=vector)


def stage(folder: Path, **more: object) -> TrainedTopic:
    return TrainedTopic(WordEncoder(), model=str(folder), **more)  # type: ignore[arg-type]


def test_new_sentences_get_their_topic(folder: Path) -> None:
    topics = [(SPORT, HEALTH)[n % 2] for n in range(40)]
    articles = [article(sentence(topic, 1000 + n)) for n, topic in enumerate(topics)]
    done = decided(stage(folder), articles)
    assert sum(a.topic == topic for a, topic in zip(done, topics, strict=True)) >= 38
    assert [a.id for a in done] == [a.id for a in articles]
    for found in done:
        if found.topics:
            assert found.topics[0].qcode == found.topic
            assert found.topic_score == found.topics[0].score == round(found.topics[0].score, 4)
            assert found.topic_name == load_topics()[str(found.topic)].name
            scores = [topic.score for topic in found.topics]
            assert scores == sorted(scores, reverse=True)


def test_scores_are_those_of_the_model(folder: Path) -> None:
    given = article(sentence(SPORT, 5), title="Cup night")
    [done] = decided(stage(folder, threshold=0.0), [given])
    model = load_topic_model(folder)
    assert given.vector is not None
    chances = model.probabilities([features("Cup night", given.text)], given.vector[None])[0]
    assert len(done.topics) == 17
    for topic in done.topics:
        expected = float(chances[model.labels.index(topic.qcode)])
        assert topic.score == pytest.approx(expected, abs=6e-5)


def test_nothing_above_its_threshold_is_no_topic(copy: Path) -> None:
    arrays = load_file(copy / WEIGHTS)
    save_file({**arrays, "shift": arrays["shift"] - 60}, copy / WEIGHTS)
    card = yaml.safe_load((copy / CARD).read_text())
    card["files"][WEIGHTS] = digest_of(copy / WEIGHTS)
    (copy / CARD).write_text(yaml.safe_dump(card))
    [done] = decided(stage(copy), [article(sentence(SPORT, 6))])
    assert (done.topic, done.topic_name, done.topic_score, done.topics) == (None, None, None, ())


def test_each_label_has_its_own_threshold_unless_one_is_given(folder: Path) -> None:
    given = article(sentence(SPORT, 7))
    built = stage(folder)
    model = load_topic_model(folder)
    everything = {
        t.qcode: t.score for t in decided(stage(folder, threshold=0.0), [given])[0].topics
    }
    least = dict(zip(model.labels, model.threshold.tolist(), strict=True))
    expected = {code for code, score in everything.items() if score >= round(least[code], 4)}
    assert {topic.qcode for topic in decided(built, [given])[0].topics} == expected


def test_without_a_vector_there_is_no_topic_and_the_others_keep_theirs(folder: Path) -> None:
    bare = Article(id="bare", text="Goal!", topic=SPORT)
    first, second = decided(stage(folder), [bare, article(sentence(HEALTH, 8))])
    assert first.topic is None and first.topics == ()
    assert second.topic == HEALTH
    assert decided(stage(folder), []) == []


def test_an_article_has_the_same_topics_in_any_company(folder: Path) -> None:
    articles = [article(sentence((SPORT, HEALTH)[n % 2], 50 + n)) for n in range(9)]
    built = stage(folder)
    together = decided(built, articles)
    assert [a.topics for a in together] == [decided(built, [a])[0].topics for a in articles]


def test_at_level_2_a_topic_is_a_narrower_one(folder: Path) -> None:
    given = article(sentence(SPORT, 9))
    [broad], [done] = decided(stage(folder), [given]), decided(stage(folder, level=2), [given])
    tree = media_topics(2)
    assert done.topic is not None
    assert tree.labels[done.topic].parent in {topic.qcode for topic in broad.topics}
    assert (done.topic_score or 1) < (broad.topic_score or 0)


def test_identity_names_the_model_before_open(folder: Path) -> None:
    built = stage(folder)
    assert isinstance(built, Stage)
    assert built.needs_vector is True
    assert built.identity() == {
        "encoder": "words",
        "weights": "words",
        "stage": "trained-1",
        "model": digest_of(folder / WEIGHTS),
        "taxonomy": media_topics(1).version,
    }


def test_labels_of_ones_own_are_refused_with_the_way_out(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"labels\.path=desk\.csv.*topic=descriptions"):
        stage(folder, labels="desk.csv")


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan")])
def test_a_threshold_out_of_range_is_refused(folder: Path, threshold: float) -> None:
    with pytest.raises(ConfigError, match=r"topic\.threshold"):
        stage(folder, threshold=threshold)


def test_vectors_of_another_encoder_are_refused(folder: Path) -> None:
    with pytest.raises(ModelError, match="not of this encoder"):
        TrainedTopic(WordEncoder("others"), model=str(folder)).identity()


def test_a_missing_model_is_refused(tmp_path: Path) -> None:
    for built in (stage(tmp_path), TrainedTopic(WordEncoder())):
        with pytest.raises(ModelError, match="train-topic"):
            built.open()


def test_a_changed_artefact_is_refused(copy: Path) -> None:
    content = bytearray((copy / WEIGHTS).read_bytes())
    content[-1] ^= 1
    (copy / WEIGHTS).write_bytes(content)
    with pytest.raises(ModelError, match="not loaded"):
        stage(copy).open()


def test_labels_in_another_order_than_the_card_are_refused(copy: Path) -> None:
    card = yaml.safe_load((copy / CARD).read_text())
    card["labels"][2:4] = card["labels"][3:1:-1]
    (copy / CARD).write_text(yaml.safe_dump(card))
    with pytest.raises(ModelError, match="label 2 is medtop:03000000, but medtop:04000000"):
        stage(copy).open()


def test_a_card_with_fewer_labels_is_refused(copy: Path) -> None:
    card = yaml.safe_load((copy / CARD).read_text())
    (copy / CARD).write_text(yaml.safe_dump({**card, "labels": card["labels"][:-1]}))
    with pytest.raises(ModelError, match="another size"):
        stage(copy).open()


def test_chances_grow_with_the_share_of_a_label() -> None:
    logits = np.array([[2.0, 0.0, 0.0], [0.0, 0.0, 0.0]], np.float32)
    odds = log_odds(logits)
    np.testing.assert_allclose(odds[0, 0], 2 - np.log(2), rtol=1e-5)
    np.testing.assert_allclose(odds[1], -np.log(2), rtol=1e-5)
    ones, zeros = np.ones(3, np.float32), np.zeros(3, np.float32)
    np.testing.assert_allclose(calibrated(logits, ones, zeros).sum(axis=1), 1, rtol=1e-5)
    assert (calibrated(logits, 2 * ones, zeros)[0] != calibrated(logits, ones, zeros)[0]).all()


def test_an_empty_article_beside_others_has_logits_of_its_vector_alone(folder: Path) -> None:
    model = load_topic_model(folder)
    vectors = WordEncoder().encode(["goal", "goal"])
    found = model.logits([features("", ""), features("", "goal")], vectors)
    np.testing.assert_allclose(found[0], vectors[0] @ model.dense + model.offset, rtol=1e-4)
    assert not np.allclose(found[0], found[1])
    assert replace(model, digest="x").logits([], vectors[:0]).shape == (0, 17)
