"""The check of names, measured: exchanged names, numbers, units and dates are listed, and briefs
that were written with care are left in peace."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from command import SHARED
from exchanges import KINDS, Exchange, exchanges, is_listed
from pipeline.core.resources import resource
from pipeline.summarize.support.facts import Known, facts
from pipeline.text.sentences import split_sentences

LEAST_LISTED = 0.99
MOST_ALARMS = 0.016
"""Of the sentences of the briefs. Each alarm was read: of 75 in 5,099 sentences 46 name what the
text does not name, mostly the United States, and 29, that is 0.6%, are false."""


def sentences(title: str | None, text: str) -> list[str]:
    return [*([title] if title else []), *split_sentences(text)]


def unsupported(article: Sequence[str], sentence: str) -> list[str]:
    known = Known(article)
    return [fact.text for fact in facts(sentence) if known.missing(fact)]


def unlisted(articles: Sequence[Sequence[str]], made: Sequence[Exchange]) -> list[Exchange]:
    return [one for one in made if not is_listed(one, unsupported(articles[one.article], one.text))]


@pytest.fixture(scope="module")
def sample() -> list[list[str]]:
    with resource("sources", "sample", "articles.jsonl").open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [sentences(row["title"], row["text"]) for row in rows if row["text"]]


@pytest.fixture(scope="module")
def written() -> list[dict[str, Any]]:
    with gzip.open(SHARED / "data" / "written" / "written.jsonl.gz", "rt") as lines:
        return [json.loads(line) for line in lines]


def test_exchanged_texts_of_the_sample_are_listed(sample: list[list[str]]) -> None:
    made = list(exchanges(sample, 600, seed=1))
    missed = unlisted(sample, made)
    assert len(made) == 600
    assert len(missed) <= (1 - LEAST_LISTED) * len(made), missed


@pytest.mark.shared
def test_exchanged_texts_of_news_are_listed(written: list[dict[str, Any]]) -> None:
    articles = [sentences(row["title"], row["given"]) for row in written[::3]]
    made = list(exchanges(articles, 2000, seed=1))
    missed = unlisted(articles, made)
    assert len(made) == 2000
    assert len(missed) <= (1 - LEAST_LISTED) * len(made), missed
    kinds = Counter(one.kind for one in made)
    assert kinds.keys() == KINDS.keys()
    assert all(
        n >= 0.9 * kinds[kind] for kind, n in (kinds - Counter(m.kind for m in missed)).items()
    )


@pytest.mark.shared
def test_briefs_raise_few_alarms(written: list[dict[str, Any]]) -> None:
    alarms, read = [], 0
    for row in written:
        known = Known(sentences(row["title"], row["given"]))
        for sentence in split_sentences(row["brief"]):
            read += 1
            if lacking := [fact.text for fact in facts(sentence) if known.missing(fact)]:
                alarms.append((row["id"], lacking))
    assert read > 5000
    assert len(alarms) <= MOST_ALARMS * read, alarms


def test_an_exchange_puts_one_text_in_the_place_of_another(sample: list[list[str]]) -> None:
    for one in exchanges(sample, 200, seed=2):
        assert one.new in one.text and one.new != one.old
        assert (
            one.text.replace(one.new, one.old) in sample[one.article] or one.text.count(one.new) > 1
        )


def test_exchanges_are_the_same_for_a_seed(sample: list[list[str]]) -> None:
    first, again, other = (list(exchanges(sample, 60, seed=seed)) for seed in (3, 3, 4))
    assert first == again != other


OTHER = [
    "On Friday the judge Rana Okafor told reporters in Accra that 85 of them had come to see it.",
    "Nobody had heard of Tom Brandt or of Brandt before, said Okafor, who is 47 and lives there.",
]


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("name", "the old road was opened that day by the mayor Ann Cole and by nobody else."),
        ("first name", "Denholm said that the road had been opened by somebody else that day."),
        ("number", "the old road was opened that day before a crowd of 320 of their friends."),
        (
            "number word",
            "the old road was opened that day before no more than six of their friends.",
        ),
        ("unit", "the old road, which is now all of 12 miles long, was opened that day."),
        ("currency", "the old road, which had cost them some £4.20 to mend, was opened that day."),
        ("date", "the old road, which they had mended by 3 March, was opened by somebody else."),
        ("month", "the old road, which they had mended by late March, was opened by somebody."),
        ("weekday", "the old road, which they had mended by Monday, was opened by somebody else."),
        ("year", "the old road, which they had mended by 2019, was opened by somebody else."),
        ("score", "the old road was opened that day, and then they won the game by 3-1 there."),
        ("clock", "the old road was opened at half past nothing, that is at 9am, by somebody."),
    ],
)
def test_each_kind_is_exchanged_in_its_place_and_listed(kind: str, sentence: str) -> None:
    article = [sentence, "They had seen Denholm before, somebody said of it."]
    made = [
        one
        for seed in range(40)
        for one in exchanges([article, OTHER], 3, seed)
        if one.article == 0 and one.kind == kind
    ]
    assert made
    assert not unlisted([article, OTHER], made)


@pytest.mark.parametrize(
    ("listed", "is_named"),
    [
        (["Rana Okafor"], True),
        (["Okafor"], True),
        (["judge Rana Okafor of Accra"], True),
        (["Accra"], False),
        ([], False),
    ],
)
def test_a_listed_text_names_the_exchanged_one_or_a_part(listed: list[str], is_named: bool) -> None:
    assert (
        is_listed(Exchange(0, "name", "So said Rana Okafor.", "A", "Rana Okafor"), listed)
        is is_named
    )
