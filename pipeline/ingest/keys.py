"""What is kept of each article to find those that are the same: hashes of its id, its URL, its
words and of sets of three words in a row (MinHash, Broder 1997, by rensa), in bands."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from rensa import RMinHash

from pipeline.article import Article
from pipeline.ingest.same_words import words_of
from pipeline.text.boilerplate import without_dateline

_HASHES, BANDS = 128, 32
"""Of 128 hashes four make a band. Two texts that share half of their sets have a band in common in
87 of 100 cases, two thirds in 99; two that share a hundredth in one of three million."""
_SEED = 1997
_IN_A_ROW = 3

KEYS = np.dtype(
    [
        ("id", np.uint64),
        ("url", np.uint64),
        ("content", np.uint64),
        ("published", np.int64),
        ("words", np.int32),
        ("bands", np.uint64, (BANDS,)),
    ]
)
"""One article. `url` is 0 without one, `published` minutes since 1970, `NEVER` without a date."""

NEVER = np.iinfo(np.int64).max

_ODD = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)
"""Large odd numbers, by which the hashes of three words become one."""


def keys_of(articles: Sequence[Article]) -> NDArray[np.void]:
    """The keys of some articles, in their order."""
    keys = np.zeros(len(articles), KEYS)
    if not len(keys):
        return keys
    words = [_words(article) for article in articles]
    keys["id"] = [_hash(article.id) for article in articles]
    keys["url"] = [_hash(article.url) if article.url else 0 for article in articles]
    keys["content"] = [_hash(_content(*both)) for both in zip(articles, words, strict=True)]
    keys["published"] = [minutes_of(article.published) for article in articles]
    keys["words"], keys["bands"] = _counted_and_banded(words)
    return keys


def same_content(one: Article, other: Article) -> bool:
    """Whether two articles have the same words; of two stubs, whose text many articles have, also
    the same words in the title and the same URL."""
    return _content(one, _words(one)) == _content(other, _words(other))


def minutes_of(published: str | None) -> int:
    """Minutes since 1970 of an ISO date or time, which is UTC where it names no zone."""
    if published is None:
        return int(NEVER)
    moment = datetime.fromisoformat(published)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() // 60)


def _words(article: Article) -> str:
    """Those of the text behind its dateline, which another agency writes otherwise."""
    return words_of(without_dateline(article.text) if article.dateline else article.text)


def _content(article: Article, words: str) -> str:
    if article.text_note != "stub":
        return words
    return "\n".join((words, words_of(article.title or ""), article.url or ""))


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


class _WordHashes(dict[str, int]):
    """The hashes of the words that came so far; it is emptied before it grows too large."""

    def __missing__(self, word: str) -> int:
        if len(self) > _MOST_WORDS:
            self.clear()
        self[word] = value = _hash(word)
        return value


_MOST_WORDS = 500_000
_word_hashes = _WordHashes()


def _counted_and_banded(
    texts: Sequence[str],
) -> tuple[NDArray[np.int32], NDArray[np.uint64]]:
    """For each text of words parted by single spaces how many they are, and its BANDS hashes; a
    text without three words has those of the empty set."""
    words = pc.split_pattern(pa.array(texts, pa.string()), " ")
    lengths = np.diff(words.offsets.to_numpy())
    lengths_of_none = np.array([not text for text in texts])
    encoded = words.flatten().dictionary_encode()
    hashes = np.array([_word_hashes[word] for word in encoded.dictionary.to_pylist()], np.uint64)
    flat = hashes[encoded.indices.to_numpy()]
    sets, sizes = _in_a_row(flat, lengths)
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.uint64)
    rows = RMinHash.digest_matrix_from_flat_token_hashes(sets, starts, _HASHES, _SEED).to_rows()
    hashes = np.array(rows, np.uint64).reshape(len(texts), BANDS, -1)
    bands = np.zeros((len(texts), BANDS), np.uint64)
    with np.errstate(over="ignore"):
        for column in range(hashes.shape[2]):
            bands = (bands ^ hashes[:, :, column]) * _ODD[0]
            bands ^= bands >> np.uint64(29)
    return np.where(lengths_of_none, 0, lengths).astype(np.int32), bands


def _in_a_row(
    flat: NDArray[np.uint64], lengths: NDArray[np.int_]
) -> tuple[NDArray[np.uint64], NDArray[np.int_]]:
    """A hash for each three words in a row of a text, and how many each text has."""
    sizes = np.maximum(lengths - _IN_A_ROW + 1, 0)
    if len(flat) < _IN_A_ROW:
        return np.zeros(0, np.uint64), sizes
    with np.errstate(over="ignore"):
        sets = flat[:-2] * _ODD[0] + flat[1:-1] * _ODD[1] + flat[2:] * _ODD[2]
        sets = (sets ^ (sets >> np.uint64(29))) * _ODD[1]
    text_of = np.repeat(np.arange(len(lengths)), lengths)
    return sets[text_of[:-2] == text_of[2:]], sizes
