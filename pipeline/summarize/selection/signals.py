"""What a model is asked about a sentence of an article: its place, its words, what it shares with
the title and the other sentences, and with those that are chosen already."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.text.content_words import content_words

Floats = NDArray[np.float32]

_NUMBER = re.compile(r"\d")
_INSIDE_NAME = re.compile(r"(?<=[\w,;] )[A-Z][\w'’-]+")
_QUOTED = re.compile(r"[\"“][^\"”]*[\"”]?|(?:(?<=\s)|^)[‘'][^‘’']{12,}[’']?")
_SAYS = re.compile(
    r"\b(?:said|says|told|added|according to|announced|warned|reported|confirmed|claims?|claimed|"
    r"argued|insisted|wrote|tweeted|explained|admitted|estimated|found|showed?|suggests?)\b"
)
_NEWS = re.compile(
    r"\b(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|today|yesterday|this (?:week|month|year|"
    r"morning|"
    r"afternoon|evening)|last (?:week|night|month)|has been|have been|has \w+ed|will|announced)\b"
)
_PAST_BACKGROUND = re.compile(
    r"\b(?:in (?:19|20)\d\d|years? ago|last year|previously|earlier|was born|had been|used to)\b"
)
_I = re.compile(r"\b(?:I|I['’]m|I['’]ve|my|me|we|our|us|you|your|you['’]re|we['’]re)\b")
_POINTING = re.compile(
    r"^[\"“'‘(]*(?:He|She|It|They|This|These|That|Those|His|Her|Its|Their|Such|Both|Another|"
    r"Others?|The (?:pair|couple|two|move|company|group|report|decision|firm|man|woman|agency|"
    r"study|deal|incident|law|bill|case|announcement|former|latter|\d+-year-old))\b"
)
_LINKED = re.compile(
    r"^[\"“'‘(]*(?:But|And|Or|So|Yet|Still|However|Meanwhile|Instead|Also|Moreover|Furthermore|"
    r"Nevertheless|Nonetheless|Then|Indeed|Plus|Besides|Similarly|Likewise|Finally|In addition|"
    r"For example|For instance|As a result|In fact|Of course|That said|After all|In other words)\b"
)
_OPINION = re.compile(
    r"\b(?:should|must|perhaps|maybe|surely|frankly|clearly|obviously|think|believe|feel|hope|love|"
    r"great|terrible|amazing|wonderful|really|just|very)\b",
    re.IGNORECASE,
)

_MOST_LENGTH = 60.0

STATIC = (
    "place", "log_place", "place_share", "rank", "sentences", "words", "content", "numbers",
    "names", "quoted", "starts_quoted", "says", "news", "background", "first_person", "pointing",
    "linked", "opinion", "question", "exclaims", "colon", "comma", "has_title", "title_recall",
    "title_precision", "centrality", "coverage", "lead_overlap", "first_overlap", "next_overlap",
    "best_overlap", "new_words", "name_weight", "is_first", "parenthesis", "all_first_person",
    "all_quoted", "all_says", "all_questions", "mean_words",
)  # fmt: skip
_WHOLE = [STATIC.index(name) for name in ("first_person", "quoted", "says", "question", "words")]
"""Of the whole article: what kind of text it is."""

STATE = (
    "chosen", "said_share", "says_share", "gap", "follows", "before_all",
    "words_chosen", "shared_names", "last_place", "best_rank",
)  # fmt: skip


POINTING = (
    "alone", "next", "capitals", "known_names", "new_names", "definite", "known_definite",
    "pronouns", "early_pronouns", "starts_the", "starts_known", "starts_quote", "word_count",
)  # fmt: skip
"""Of a sentence, what tells whether it speaks of what others have named, and what the rules and the
first of the models say of it."""

BRIEF = (
    "news", "most_news", "missed_news", "part", "mean_part", "least_part", "first_needs",
    "later_need", "most_later_need", "furniture", "sentences", "words", "apart", "first_place",
    "last_place", "is_lead", "said_again", "has_first", "news_of_first",
)  # fmt: skip
"""Of several sentences together, as a brief."""

_CAPITALS = re.compile(r"(?<=[\w,;] )[A-Z][\w'’-]+|^[A-Z][\w'’-]+(?= [A-Z])")
_ANY_CAPITAL = re.compile(r"[A-Z][\w'’-]+")
_DEFINITE = re.compile(r"\b[Tt]he ([a-z]+)\b")
_LETTERS = re.compile(r"[a-z]+", re.IGNORECASE)
_PRONOUNS = re.compile(
    r"\b(?:he|she|him|his|her|they|them|their|it|its|this|these|those|that|there|here)\b",
    re.IGNORECASE,
)
_QUOTE = re.compile(r"[\"“][^\"”]*[\"”]")
_EARLY = 40
"""Characters of a sentence in which a pronoun is more likely to point back."""


@dataclass(frozen=True, slots=True)
class Read:
    """The sentences of one article as the selector sees them: their content words, and a row of
    `STATIC` for each."""

    numbers: Sequence[int]
    texts: Sequence[str]
    words: Sequence[frozenset[str]]
    names: Sequence[frozenset[str]]
    lengths: Floats
    rows: Floats


def read(texts: Sequence[str | None], title: str | None) -> Read:
    """The cleaned sentences of an article; None for those that are never chosen."""
    numbers = [number for number, text in enumerate(texts) if text]
    kept = [text for text in texts if text]
    lists = [content_words(text) for text in kept]
    words = [frozenset(found) for found in lists]
    names = [frozenset(content_words(" ".join(_INSIDE_NAME.findall(text)))) for text in kept]
    asked = frozenset(content_words(title or ""))
    shared = Counter(word for own in words for word in own)
    weight = {word: math.log(count) for word, count in shared.items()}
    total = sum(weight.values()) or 1.0
    name_count = Counter(name for own in names for name in own)
    lead = frozenset().union(*words[:3])
    rows = np.zeros((len(kept), len(STATIC)), np.float32)
    overlaps = _overlaps(words)
    known: set[str] = set()
    for row, text in enumerate(kept):
        own, size = words[row], max(len(words[row]), 1)
        length = text.count(" ") + 1
        others = overlaps[row]
        quoted = sum(map(len, _QUOTED.findall(text)))
        values = (
            numbers[row],
            math.log1p(numbers[row]),
            numbers[row] / max(len(texts), 1),
            row,
            len(kept),
            min(length, _MOST_LENGTH),
            len(own),
            min(len(_NUMBER.findall(text)), 12),
            min(len(_INSIDE_NAME.findall(text)), 12),
            quoted / max(len(text), 1),
            text[0] in "\"“'‘",
            len(_SAYS.findall(text)),
            len(_NEWS.findall(text)),
            len(_PAST_BACKGROUND.findall(text)),
            len(_I.findall(text)),
            bool(_POINTING.match(text)),
            bool(_LINKED.match(text)),
            len(_OPINION.findall(text)),
            "?" in text,
            "!" in text,
            ":" in text,
            text.count(","),
            bool(asked),
            len(own & asked) / max(len(asked), 1),
            len(own & asked) / size,
            float(others.mean()) if len(others) else 0.0,
            sum(weight[word] for word in own) / total,
            len(own & lead) / size if row > 2 else -1.0,
            len(own & words[0]) / size if row else -1.0,
            float(overlaps[row, row + 1]) if row + 1 < len(kept) else -1.0,
            float(others.max()) if len(others) else 0.0,
            len(own - known) / size,
            sum(math.log1p(name_count[name]) for name in names[row]),
            row == 0,
            "(" in text,
            *(0.0,) * len(_WHOLE),
        )
        rows[row] = values
        known |= own
    rows[:, -len(_WHOLE) :] = rows[:, _WHOLE].mean(axis=0) if len(rows) else 0.0
    lengths = np.array([text.count(" ") + 1 for text in kept], np.float32)
    return Read(numbers, kept, words, names, lengths, rows)


def _overlaps(words: Sequence[frozenset[str]]) -> Floats:
    """Shared content words of every two sentences by the root of the product of their sizes; 0
    with itself."""
    vocabulary = {word: n for n, word in enumerate(sorted(frozenset().union(*words)))}
    matrix = np.zeros((len(words), len(vocabulary)), np.float32)
    for row, own in enumerate(words):
        matrix[row, [vocabulary[word] for word in own]] = 1.0
    norms = np.sqrt(np.maximum(matrix.sum(axis=1, keepdims=True), 1.0))
    matrix /= norms
    found: Floats = matrix @ matrix.T
    np.fill_diagonal(found, 0.0)
    return found


def state_rows(of: Read, among: Sequence[int], chosen: Sequence[int]) -> Floats:
    """`STATE` for the sentences `among` those read, given those that are `chosen`, by row."""
    rows = np.zeros((len(among), len(STATE)), np.float32)
    said = frozenset().union(*(of.words[n] for n in chosen))
    named = frozenset().union(*(of.names[n] for n in chosen))
    for place, row in enumerate(among):
        own, size = of.words[row], max(len(of.words[row]), 1)
        if not chosen:
            rows[place] = (0, 0, 0, 0, 0, 0, 0, 0, -1, -1)
            continue
        before = [n for n in chosen if n < row]
        rows[place] = (
            len(chosen),
            len(own & said) / size,
            len(own & said) / max(len(said), 1),
            row - before[-1] if before else -1,
            row - 1 in chosen,
            row < min(chosen),
            float(sum(of.lengths[n] for n in chosen)),
            len(of.names[row] & named),
            max(chosen),
            min(chosen),
        )
    return rows


def pointing_rows(of: Read, alone: Sequence[bool], following: Floats) -> Floats:
    """`POINTING` of the sentences read, by row; `alone` is what the rules say, `following` the
    logits that a summary draws on each first."""
    names: set[str] = set()
    seen: set[str] = set()
    rows = np.zeros((len(of.texts), len(POINTING)), np.float32)
    for row, text in enumerate(of.texts):
        capitals = _CAPITALS.findall(text)
        known = sum(name in names for name in capitals)
        definite = _DEFINITE.findall(text)
        outside = _QUOTE.sub(" ", text)
        rows[row] = (
            alone[row],
            following[row],
            len(capitals),
            known,
            len(capitals) - known,
            len(definite),
            sum(word in seen for word in definite),
            len(_PRONOUNS.findall(outside)),
            len(_PRONOUNS.findall(outside[:_EARLY])),
            text.startswith("The "),
            text.split()[0].strip('"“') in names,
            text[0] in '"“',
            len(text.split()),
        )
        seen.update(word.lower() for word in _LETTERS.findall(text))
        names.update(_ANY_CAPITAL.findall(text))
    return rows
