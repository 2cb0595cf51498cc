"""The encode stage: which text an article's vector is of, and which articles have none."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.annotate.encode import Encode
from pipeline.article import Article
from pipeline.stage import Stage


class HashEncoder:
    """A vector of length 1 drawn from the text's digest; remembers what it was given."""

    def __init__(self) -> None:
        self.opened = 0
        self.calls: list[list[str]] = []

    def identity(self) -> Mapping[str, str]:
        return {"encoder": "hash", "weights": "none"}

    def open(self) -> None:
        self.opened += 1

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.calls.append(list(texts))
        return np.stack([self.vector(text) for text in texts])

    @staticmethod
    def vector(text: str) -> NDArray[np.float32]:
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
        drawn = np.random.default_rng(seed).normal(size=16)
        return (drawn / np.linalg.norm(drawn)).astype(np.float32)


def test_the_vector_is_of_title_newline_text() -> None:
    encoder = HashEncoder()
    articles = [
        Article(id="both", title="A title", text="The text."),
        Article(id="neither"),
        Article(id="text", text="Text alone."),
        Article(id="title", title="Title alone"),
        Article(id="blank", title=" ", text="\n"),
    ]
    done = Encode(encoder)(articles)
    assert encoder.calls == [["A title\nThe text.", "Text alone.", "Title alone"]]
    assert [article.id for article in done] == [article.id for article in articles]
    assert [article.vector is None for article in done] == [False, True, False, False, True]
    for article, text in zip((done[0], done[2], done[3]), encoder.calls[0], strict=True):
        assert article.vector is not None
        np.testing.assert_array_equal(article.vector, encoder.vector(text))


def test_articles_are_otherwise_as_they_were() -> None:
    article = Article(id="a", title="T", text="t", url="https://example.org/a", topic_score=0.5)
    assert Encode(HashEncoder())([article]) == [article]  # `vector` takes no part in ==


def test_without_text_the_encoder_is_not_called() -> None:
    encoder = HashEncoder()
    stage = Encode(encoder)
    assert stage([]) == []
    assert stage([Article(id="a")])[0].vector is None
    assert encoder.calls == []


def test_identity_is_the_encoders_and_open_opens_it() -> None:
    encoder = HashEncoder()
    stage = Encode(encoder)
    assert isinstance(stage, Stage)
    assert stage.needs_vector is False
    assert stage.identity() == {"encoder": "hash", "weights": "none", "stage": "encode-1"}
    assert encoder.opened == 0
    stage.open()
    assert encoder.opened == 1
