"""What is one article with a few words changed, and what is two."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from news_texts import OTHER, RESULTS, STORY, WEATHER
from pipeline.ingest.near_duplicates import FEWEST_WORDS, similarity, words_of_text


def share(one: str, other: str) -> float | None:
    found = similarity(words_of_text(one), words_of_text(other))
    assert found == similarity(words_of_text(other), words_of_text(one))
    return found


@pytest.mark.parametrize(
    "copy",
    [
        STORY,
        f"TALLINN, Estonia (Reuters) - {STORY} (Reporting by Jo Berg; editing by Ann Lee)",
        STORY.replace("six weeks", "6 weeks").replace("said on Tuesday", "said (Reuters)"),
        STORY.replace("said", "told reporters").replace("expected", "due"),
        STORY.rsplit(". ", 3)[0],
        f"{STORY} Two quays of the old harbour were closed before, after a storm in the spring.",
        STORY.replace("Fishing boats", f"{OTHER[:120]}. Fishing boats"),
        STORY.upper(),
        STORY.replace("Kaja Tamm", "Kaia Tamm").replace("two", "some").replace("new", "northern")
        .replace("older", "outer").replace("half", "a part"),
    ],
)  # fmt: skip
def test_one_article(copy: str) -> None:
    found = share(STORY, copy)
    assert found is not None
    assert found > 0.6


@pytest.mark.parametrize(
    "other",
    [
        OTHER,
        f"{OTHER} {STORY}",
        f"{OTHER} {STORY[len(STORY) // 2 :]}",
        STORY.replace("Tallinn", "Riga"),
        STORY.replace("14 million", "41 million"),
        STORY[:200],
    ],
)
def test_two_articles(other: str) -> None:
    assert share(STORY, other) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"place": "Aberdeen"}, {"place": "Dundee"}),
        ({"high": 19}, {"high": 21}),
        ({"day": "Monday", "low": 4}, {"day": "Friday", "low": 9}),
    ],
)
def test_two_notices_of_one_template(one: dict[str, object], other: dict[str, object]) -> None:
    usual: dict[str, object] = {"place": "Perth", "day": "Sunday", "high": 18, "low": 7}
    assert share(WEATHER.format(**usual | one), WEATHER.format(**usual | other)) is None
    usual = {"firm": "Nordhavn", "profit": 31, "last": 27}
    assert share(RESULTS.format(**usual), RESULTS.format(**usual | {"firm": "Sydhavn"})) is None
    assert share(RESULTS.format(**usual), RESULTS.format(**usual | {"profit": 33})) is None


def test_short_texts_are_left_to_the_same_words() -> None:
    assert share("Rain is expected in Oslo.", "Rain is expected in Oslo.") is None


PARTS = [
    *STORY.split(". "),
    *OTHER.split(". "),
    "TALLINN (Reuters) -",
    "6 weeks",
    "\u00ad",
    "",
    "％ 1,5",
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=14), st.lists(st.sampled_from(PARTS), max_size=14))
def test_two_texts_are_as_alike_from_either_side(one: list[str], other: list[str]) -> None:
    texts = ". ".join(one), ". ".join(other)
    found = share(*texts)
    assert found is None or 0 < found <= 1
    for text in texts:
        whole = share(text, text)
        assert whole == (1 if len(words_of_text(text).forms) >= FEWEST_WORDS else None)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_words_of_any_text(text: str) -> None:
    words = words_of_text(f"{text} {STORY}")
    assert len(words.forms) == len(words.telling)
    found = share(f"{text} {STORY}", STORY)
    assert found is None or 0.5 < found <= 1
