"""Topic by a decision model, which gives each allowed answer a probability and writes no text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from pydantic.dataclasses import dataclass

from pipeline.article import Article, Rejection
from pipeline.config.schema import PLUGIN
from pipeline.core.errors import ConfigError
from pipeline.engines.base import Failure
from pipeline.engines.classifiers.decisions import YES, Answers, DecisionEngine, Question
from pipeline.taxonomy.topics import load_topics, taxonomy_identity
from pipeline.topic.row import OneThreshold, article_text, check_threshold, topic_scores

STAGE_VERSION = "1"
"""Goes up with every change of what comes out."""

TOPIC = "{topic}"
_CHOICE = "topic"


@dataclass(config=PLUGIN)
class DecisionTopic(OneThreshold):
    """The topic stage; parameters as explained in `configs/topic/decision.yaml`.

    One `question` with the topics as options, or with `multi_label` the `statement` of each topic
    by itself, true or not. An article about which the engine has no answers is rejected.

    Raises:
        ConfigError: `statement` has no place for the topic, or `threshold` is not in 0..1.
    """

    engine: DecisionEngine
    question: str = "What is this news article about?"
    statement: str = "This news article is about {topic}."
    multi_label: bool = False
    threshold: float = 0.3
    needs_vector: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_threshold(self.threshold)
        if TOPIC not in self.statement:
            raise ConfigError(f"topic.statement={self.statement!r}: has no {TOPIC}")
        self._topics = tuple(load_topics().values())
        self._questions = {_CHOICE: Question(self.question, tuple(t.name for t in self._topics))}
        if self.multi_label:
            self._questions = {
                topic.code: Question(self.statement.replace(TOPIC, topic.name))
                for topic in self._topics
            }

    def identity(self) -> Mapping[str, str]:
        """Stage version, the topic table's digest, and what decides the answers."""
        stage = {"stage": f"decision-{STAGE_VERSION}", **taxonomy_identity()}
        return {**self.engine.identity(), **stage}

    def open(self) -> None:
        """Opens the engine."""
        self.engine.open()

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        """The articles with the scores of all topics or a rejection, in the same order; those
        without text have none."""
        texts = [article_text(article) for article in articles]
        given = [text for text in texts if text]
        found = iter(self.engine.decide(given, self._questions) if given else ())
        return [
            self._scored(article, next(found)) if text else article
            for article, text in zip(articles, texts, strict=True)
        ]

    def _scored(self, article: Article, answers: Answers | Failure) -> Article:
        if isinstance(answers, Failure):
            return replace(article, rejection=Rejection("topic", answers.reason, answers.error))
        if self.multi_label:
            scores = [answers[topic.code][YES] for topic in self._topics]
        else:
            scores = [answers[_CHOICE][topic.name] for topic in self._topics]
        return replace(article, topic_scores=topic_scores(self._topics, scores))
