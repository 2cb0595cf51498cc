"""The stage that fills `Article.vector`, so that an article is encoded once for all who need it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from pydantic.dataclasses import dataclass

from pipeline.article import Article
from pipeline.config.schema import PLUGIN
from pipeline.engines.base import EmbeddingEngine
from pipeline.topic.row import article_text

STAGE_VERSION = "1"


@dataclass(config=PLUGIN)
class Encode:
    """Sets `vector` to that of title, newline, text; None for an article that has neither."""

    encoder: EmbeddingEngine
    needs_vector: ClassVar[bool] = False

    def identity(self) -> Mapping[str, str]:
        """What decides the vectors: the encoder's identity and this stage's version."""
        return {**self.encoder.identity(), "stage": f"encode-{STAGE_VERSION}"}

    def open(self) -> None:
        """Opens the encoder, which others may have opened before."""
        self.encoder.open()

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        """The articles with their vectors, in the same order."""
        texts = [article_text(article) for article in articles]
        given = [text for text in texts if text]
        vectors = iter(self.encoder.encode(given) if given else ())
        return [
            replace(article, vector=next(vectors) if text else None)
            for article, text in zip(articles, texts, strict=True)
        ]
