"""Topic by inference on a tiny random classifier: scores, label names, candidates, bad input."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from omegaconf import OmegaConf

from decided import decided
from pipeline.article import Article
from pipeline.config.schema import build
from pipeline.core.errors import ConfigError, ModelError
from pipeline.core.resources import resource
from pipeline.engines.base import EmbeddingEngine
from pipeline.engines.classifiers.classifier import SequenceClassifier
from pipeline.stage import Stage
from pipeline.taxonomy.topics import load_topics
from pipeline.topic.zero_shot import ZeroShotTopic, entailment_ids
from tiny_classifier import reference, write_classifier

LABELS = ["contradiction", "neutral", "entailment"]
NAMES = [topic.name for topic in load_topics().values()]


class TextEncoder:
    """A vector of length 1 drawn from the text's digest."""

    def identity(self) -> Mapping[str, str]:
        return {"weights": "none"}

    def open(self) -> None:
        pass

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        drawn = []
        for text in texts:
            seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
            vector = np.random.default_rng(seed).normal(size=32)
            drawn.append(vector / np.linalg.norm(vector))
        return np.array(drawn, np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_classifier(tmp_path_factory.mktemp("nli"), LABELS, limit=96)


@pytest.fixture(scope="module")
def classifier(folder: Path) -> SequenceClassifier:
    return SequenceClassifier(str(folder), batch_tokens=300, precision="f32")


@pytest.fixture(scope="module")
def stage(classifier: SequenceClassifier) -> ZeroShotTopic:
    return ZeroShotTopic(classifier, None, threshold=0.0, candidates=None)


ARTICLES = [
    Article("a", "The mayor", "The mayor of Cork said so."),
    Article("b", None, "So said the mayor, and so is this article."),
    Article("c", "Cork", ""),
]


def test_scores_are_those_of_the_zero_shot_pipeline(folder: Path, stage: ZeroShotTopic) -> None:
    from transformers import pipeline

    model, tokenizer = reference(folder)
    theirs = pipeline("zero-shot-classification", model=model, tokenizer=tokenizer)
    for article, done in zip(ARTICLES, decided(stage, ARTICLES), strict=True):
        text = f"{article.title or ''}\n{article.text}".strip()
        found = theirs(
            text, NAMES, hypothesis_template="This article is about {}.", multi_label=True
        )
        expected = dict(zip(found["labels"], found["scores"], strict=True))
        assert len(done.topics) == len(NAMES)
        for topic in done.topics:
            assert topic.score == pytest.approx(expected[topic.name], abs=1e-3)
        assert done.topic_name == done.topics[0].name and done.topic_score == done.topics[0].score
        assert done.id == article.id
    scores = [topic.score for topic in decided(stage, ARTICLES)[0].topics]
    assert len(set(scores)) > 5, "the model tells the topics apart"


def test_only_topics_above_the_threshold_are_kept(
    classifier: SequenceClassifier, stage: ZeroShotTopic
) -> None:
    every = decided(stage, ARTICLES)
    middle = every[0].topics[5].score
    for done, all_of in zip(
        decided(ZeroShotTopic(classifier, None, threshold=middle, candidates=None), ARTICLES),
        every,
        strict=True,
    ):
        assert done.topics == tuple(topic for topic in all_of.topics if topic.score >= middle)
    [none] = decided(ZeroShotTopic(classifier, None, threshold=1.0, candidates=None), ARTICLES[:1])
    assert (none.topic, none.topic_name, none.topic_score, none.topics) == (None, None, None, ())


def test_candidates_are_the_nearest_descriptions(
    classifier: SequenceClassifier, stage: ZeroShotTopic
) -> None:
    encoder = TextEncoder()
    some = ZeroShotTopic(classifier, encoder, threshold=0.0, candidates=4)
    assert some.needs_vector and isinstance(some, Stage) and not stage.needs_vector
    some.open()
    assert some._vectors is not None
    wanted = list(load_topics().values())[6]
    near = Article("n", "The mayor", "The mayor of Cork said so.", vector=some._vectors[6])
    asked: list[tuple[str, str]] = []
    logits = classifier.pair_logits

    def counted(pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        asked.extend(pairs)
        return logits(pairs)

    classifier.pair_logits = counted  # type: ignore[method-assign]
    try:
        [done] = decided(some, [near])
    finally:
        del classifier.pair_logits
    assert len(asked) == 4 and len(done.topics) == 4
    assert wanted.name in [topic.name for topic in done.topics]
    [whole] = decided(stage, [near])
    kept = {topic.qcode for topic in done.topics}
    assert done.topics == tuple(topic for topic in whole.topics if topic.qcode in kept)
    assert some.identity()["encoder.weights"] == "none"
    assert "encoder.weights" not in stage.identity()


def test_bad_input_has_topics_or_none_and_never_fails(stage: ZeroShotTopic) -> None:
    articles = [
        Article("empty"),
        Article("blank", "  ", "\n"),
        Article("headline", "The mayor of Cork said so"),
        Article("long", None, "The mayor of Cork said so. " * 40_000),
        Article("russian", None, "Мэр Корка так сказал."),
        Article("arabic", None, "قال رئيس البلدية"),
        Article("emoji", None, "🎉🎉 <p>the &amp; mayor"),
    ]
    done = decided(stage, articles)
    assert [article.id for article in done] == [article.id for article in articles]
    assert [bool(article.topics) for article in done] == [False, False, *[True] * 5]
    assert all(0 <= topic.score <= 1 for article in done for topic in article.topics)
    assert decided(stage, []) == []


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["contradiction", "neutral", "entailment"], (0, 2)),
        (["ENTAILMENT", "NEUTRAL", "CONTRADICTION"], (2, 0)),
        (["entailment", "not_entailment"], (1, 0)),
        (["Neutral", "Entailment", "Contradiction"], (2, 1)),
    ],
)
def test_sides_are_found_by_name(labels: list[str], expected: tuple[int, int]) -> None:
    assert entailment_ids(labels, "m") == expected


@pytest.mark.parametrize(
    "labels",
    [
        ["LABEL_0", "LABEL_1", "LABEL_2"],
        ["negative", "neutral", "entailment"],
        ["entailment", "contradiction", "not_entailment"],
        ["entailment", "Entailment", "contradiction"],
    ],
)
def test_other_labels_are_refused_by_what_was_found(labels: list[str], tmp_path: Path) -> None:
    with pytest.raises(ModelError) as raised:
        entailment_ids(labels, "some/model")
    assert "some/model" in str(raised.value)
    assert all(repr(label) in str(raised.value) for label in labels)


def test_a_model_that_infers_nothing_is_refused_when_opened(tmp_path: Path) -> None:
    write_classifier(tmp_path, ["good", "bad"])
    stage = ZeroShotTopic(SequenceClassifier(str(tmp_path)), None, candidates=None)
    with pytest.raises(ModelError, match=r"'good'.*'bad'"):
        stage.open()


def test_wrong_settings_are_refused(classifier: SequenceClassifier) -> None:
    with pytest.raises(ConfigError, match=r"topic\.hypothesis"):
        ZeroShotTopic(classifier, None, hypothesis="About {}.", candidates=None)
    with pytest.raises(ConfigError, match=r"topic\.threshold"):
        ZeroShotTopic(classifier, None, threshold=1.5, candidates=None)
    with pytest.raises(ConfigError, match=r"topic\.encoder.*candidates=null"):
        ZeroShotTopic(classifier, None, candidates=3)


def test_the_config_builds_it_on_a_users_folder(folder: Path) -> None:
    values = OmegaConf.to_container(
        OmegaConf.load(resource("configs", "topic", "zero_shot.yaml")), resolve=False
    )
    assert isinstance(values, dict)
    node = {str(key): value for key, value in values.items()}
    node["classifier"]["model"] = str(folder)
    encoder = TextEncoder()
    assert isinstance(encoder, EmbeddingEngine)
    built = build(node, "topic", ZeroShotTopic, encoder=encoder)
    assert built.candidates == 4 and built.encoder is encoder
    [done] = decided(
        built, [Article("a", None, "The mayor of Cork said so.", vector=np.eye(32)[0])]
    )
    assert len(done.topics) <= 4
