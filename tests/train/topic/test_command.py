"""`dateline train-topic`: the artefact, its card, going on, calibration, mistakes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from rich.console import Console

from command import Outcome
from decided import decided as labelled
from pipeline.article import Article
from pipeline.config import compose
from pipeline.core.digest import digest_of
from pipeline.core.errors import ConfigError, InputError, StoppedError
from pipeline.core.stopping import Stop
from pipeline.engines.weights.artefact import CARD
from pipeline.taxonomy.topics import load_topics
from pipeline.topic.features import features
from pipeline.topic.model import WEIGHTS, calibrated, load_topic_model
from pipeline.topic.tfidf_estimators import TfidfSettings
from pipeline.topic.tfidf_svm import TfidfSvmTopic
from pipeline.train.topic.build import TopicSettings
from pipeline.train.topic.calibration import decided, platt, thresholds
from pipeline.train.topic.command import (
    TrainTopicSettings,
    concept_rows,
    described,
    train,
    train_topic,
)
from pipeline.train.topic.fit import Targets
from pipeline.train.topic.rows import read_topic_rows
from pipeline.train.topic.vectors import CHUNK, encoded_text
from tiny_topics import HEALTH, SPORT, WordEncoder, sentence, settings_for, write_rows

Command = Callable[..., Outcome]
QUIET = Console(quiet=True)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "rows.jsonl")


def composed(*overrides: str) -> dict[str, Any]:
    return compose.composed("train-topic", ["rows=a", "to=b", *overrides]).values()


def test_the_config_states_every_key_and_the_defaults_of_the_class() -> None:
    values = composed()
    assert set(values) == {field.name for field in fields(TrainTopicSettings)}
    assert TopicSettings(**values["training"]) == TopicSettings()
    assert set(values["training"]) == {field.name for field in fields(TopicSettings)}
    assert TfidfSettings(**values["tfidf_svm"]) == TfidfSettings()
    assert set(values["tfidf_svm"]) == {field.name for field in fields(TfidfSettings)}


def test_the_plain_baseline_is_trained_from_the_same_rows(
    dateline: Command, rows: Path, tmp_path: Path
) -> None:
    to = tmp_path / "plain"
    done = dateline("train-topic", f"rows={rows}", f"to={to}", "classifier=tfidf_svm")
    assert done.code == 0
    [article] = labelled(TfidfSvmTopic(str(to)), [Article("a", text=sentence(HEALTH, 4000))])
    assert article.topic == HEALTH
    wrong = dateline("train-topic", f"rows={rows}", f"to={to}", "tfidf_svm.fewes=3")
    assert wrong.code == 2 and "did you mean 'tfidf_svm.fewest'" in wrong.message


def test_the_card_has_digest_labels_encoder_data_and_settings(rows: Path, tmp_path: Path) -> None:
    settings = settings_for(rows, tmp_path / "made")
    folder = train(settings, QUIET, lambda: False)
    card = yaml.safe_load((folder / CARD).read_text())
    assert card["files"] == {WEIGHTS: digest_of(folder / WEIGHTS)}
    assert card["labels"] == list(load_topics())
    assert card["encoder"] == {"encoder": "words", "weights": "words"}
    assert card["data"] == "Sentences of a few words."
    assert sum(card["rows"]["toy"].values()) == 240
    assert TopicSettings(**card["training"]) == settings.training
    assert (folder / WEIGHTS).stat().st_size < 8_000_000


def test_the_same_rows_give_the_same_bytes(rows: Path, tmp_path: Path) -> None:
    one, other = (
        train(settings_for(rows, tmp_path / name), QUIET, lambda: False) for name in ("a", "b")
    )
    assert (one / WEIGHTS).read_bytes() == (other / WEIGHTS).read_bytes()


def test_a_stopped_training_goes_on_from_the_vectors_it_has(rows: Path, tmp_path: Path) -> None:
    asked: list[int] = []

    def after_the_first() -> bool:
        asked.append(1)
        return len(asked) > 1

    encoder = WordEncoder()
    with pytest.raises(StoppedError):
        train(settings_for(rows, tmp_path / "made", encoder), QUIET, after_the_first)
    assert len(encoder.texts) == CHUNK
    assert not (tmp_path / "made" / WEIGHTS).exists()
    train(settings_for(rows, tmp_path / "made", encoder), QUIET, lambda: False)
    texts = [encoded_text(row) for row in read_topic_rows(rows)]
    # Not more than once, but for the descriptions, which are encoded for themselves as well.
    assert max(encoder.texts.count(text) for text in texts) == 1
    assert len(encoder.texts) > CHUNK


def test_topics_without_rows_are_learnt_from_their_descriptions(rows: Path, tmp_path: Path) -> None:
    # Without margins, which part these few rows so well that no label's calibration moves.
    given = settings_for(rows, tmp_path / "made")
    given = replace(given, training=replace(given.training, margins=0.0))
    model = load_topic_model(train(given, QUIET, lambda: False))
    assert {row.topics[0] for row in concept_rows()} == set(load_topics())
    # Weather is in no row; its calibration is that of all labels together, and not none.
    weather = model.labels.index("medtop:17000000")
    assert np.abs(model.sparse[:, weather]).max() > 0
    sport = model.labels.index(SPORT)
    assert model.slope[weather] != model.slope[sport]
    assert model.slope[weather] == model.slope[model.labels.index("medtop:09000000")]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"known": ["medtop:20000082"]}, "row 7 knows medtop:20000082, which is no top"),
        ({"known": [SPORT], "topics": []}, "no row has a topic"),
    ],
)
def test_rows_that_cannot_be_used_are_refused(
    tmp_path: Path, row: dict[str, object], message: str
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"id": "7", "text": "x", "topics": [], **row}) + "\n")
    with pytest.raises(InputError, match=message):
        train(settings_for(path, tmp_path / "made"), QUIET, lambda: False)


def test_code_from_elsewhere_is_refused(rows: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not a plug-in of Dateline"):
        train_topic(composed("encoder._target_=os.system"), QUIET, Stop())


def test_the_command_names_a_missing_file(dateline: Command) -> None:
    done = dateline("train-topic", "rows=nowhere.jsonl", "to=made")
    assert done.code == 2
    assert "nowhere.jsonl" in done.err


def _drawn(count: int, labels: int = 3) -> tuple[np.ndarray[Any, Any], Targets]:
    """Logits of which the softmax is twice as sure as it may be, with labels drawn to fit."""
    draw = np.random.default_rng(5)
    logits = draw.normal(0, 1.5, (count, labels)).astype(np.float32)
    chance = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    label = (chance.cumsum(axis=1) < draw.random((count, 1))).sum(axis=1).clip(0, labels - 1)
    right = np.eye(labels, dtype=bool)[label]
    known = np.ones_like(right)
    none = np.zeros(count, dtype=bool)
    return logits * 2, Targets(right, known, none, np.array(["s"] * count))


def test_calibration_takes_back_what_is_too_sure() -> None:
    logits, targets = _drawn(4000)
    ones = np.ones(4000, np.float32)
    slope, shift = platt(logits, targets, ones)
    found = calibrated(logits, slope, shift)
    for low in (0.1, 0.4, 0.7):
        inside = (found >= low) & (found < low + 0.2)
        assert found[inside].mean() == pytest.approx(targets.right[inside].mean(), abs=0.04)
    raw = calibrated(logits, np.ones(3, np.float32), np.zeros(3, np.float32))
    high = raw > 0.9
    assert raw[high].mean() - targets.right[high].mean() > 0.08


def test_a_label_that_no_row_decides_is_calibrated_like_the_others() -> None:
    logits, targets = _drawn(600)
    targets.known[:, 2] = False
    slope, _ = platt(logits, targets, np.ones(600, np.float32))
    assert 0.2 < slope[2] < 1.2
    least = thresholds(calibrated(logits, slope, slope * 0), targets, np.ones(600, np.float32))
    assert least[2] == pytest.approx(np.median(least[:2]))


def test_thresholds_give_the_best_f1_within_bounds() -> None:
    chances = np.array([[0.9], [0.33], [0.3], [0.2], [0.18]] * 20, np.float32)
    right = np.array([[True], [True], [True], [False], [False]] * 20)
    none = np.zeros(100, dtype=bool)
    targets = Targets(right, np.ones_like(right), none, np.array(["s"] * 100))
    assert thresholds(chances, targets, np.ones(100, np.float32)) == pytest.approx([0.3])
    high = thresholds(chances * 1.1 + 0.5, targets, np.ones(100, np.float32))
    assert high == pytest.approx([0.35])
    sure = thresholds(chances * 0.1, targets, np.ones(100, np.float32))
    assert sure == pytest.approx([0.15])


def test_of_several_accepted_topics_a_row_decides_none_but_it_does_the_others() -> None:
    right = np.array([[True, True, False], [True, False, False]])
    known = np.array([[True, True, True], [True, True, False]])
    targets = Targets(right, known, np.array([True, False]), np.array(["s", "s"]))
    assert decided(targets).tolist() == [[False, False, True], [True, True, False]]


def test_health_and_sport_are_told_apart(rows: Path, tmp_path: Path) -> None:
    model = load_topic_model(train(settings_for(rows, tmp_path / "m"), QUIET, lambda: False))
    texts = ["nurse fever", "referee goal"]
    words = [features("", text) for text in texts]
    found = model.probabilities(words, WordEncoder().encode(texts))
    health, sport = (model.labels.index(code) for code in (HEALTH, SPORT))
    assert found[0, health] > 0.5 > found[0, sport]
    assert found[1, sport] > 0.5 > found[1, health]


def test_the_descriptions_are_part_of_the_sum(rows: Path, tmp_path: Path) -> None:
    """Twice their weight changes the vector's half by the linear model that they are, no more."""
    models = []
    for weight in (0.0, 2.0):
        given = settings_for(rows, tmp_path / str(weight))
        folder = train(
            replace(given, training=replace(given.training, descriptions=weight)),
            QUIET,
            lambda: False,
        )
        models.append(load_topic_model(folder))
    plain_one, told = models
    weights, offset = described(told.labels, WordEncoder())
    assert np.array_equal(told.sparse, plain_one.sparse)
    np.testing.assert_allclose(told.dense - plain_one.dense, 2 * weights, atol=0.05)
    np.testing.assert_allclose(told.offset - plain_one.offset, 2 * offset, atol=1e-4)
