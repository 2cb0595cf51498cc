"""Names of places that mean something else: towns, people, companies, seats, lists, no place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from command import SHARED
from decided import decided
from pipeline.annotate.reading import reading
from pipeline.article import Article
from pipeline.ingest.normalise import normalise
from pipeline.region.focus import FocusRegion
from pipeline.region.focus_words import WordModel
from pipeline.region.gazetteer import Gazetteer
from pipeline.region.hits import Mention
from pipeline.region.lists import even_list
from pipeline.region.seats import seats
from pipeline.sources.base import Record
from pipeline.taxonomy.regions import load_places, load_towns

OWN = Path(__file__).with_name("namesakes.jsonl")
"""Short pieces with their focus countries, `-` for none; written for these tests."""
NONE = {"-", "none/001", "001/none"}
WORLD = "001"


@pytest.fixture(scope="module")
def stage() -> FocusRegion:
    built = FocusRegion()
    built.open()
    return built


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer(load_places() + load_towns())


def rows_of(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def annotated(stage: FocusRegion, row: Mapping[str, str]) -> Article:
    """The article as a run labels it: cleaned at ingest, read in normal case."""
    values = {key: row[key] for key in ("id", "title", "text")}
    article = normalise(Record("row", values), 1_000_000)
    assert isinstance(article, Article)
    [found] = decided(stage, [reading(article)])
    return found


def assert_focus(article: Article, want: str) -> None:
    expected = set() if want in NONE else set(want.replace("+", ",").split(","))
    assert {country.alpha2 for country in article.countries if country.focus} == expected
    if not expected:
        assert article.region in (None, WORLD)
    for country in article.countries:
        for one in country.evidence:
            source = (article.title or "") if one.in_title else article.text
            assert source[one.start : one.end] == one.text


@pytest.mark.parametrize("row", rows_of(OWN), ids=lambda row: row["id"])
def test_own_pieces(stage: FocusRegion, row: dict[str, str]) -> None:
    assert_focus(annotated(stage, row), row["want"])


def given() -> list[dict[str, str]]:
    """The given cases; leaders without their country are for the table of leaders."""
    paths = sorted((SHARED / "cases").glob("labels_*.jsonl"))
    return [row for path in paths if "leaders" not in path.name for row in rows_of(path)]


@pytest.mark.shared
@pytest.mark.parametrize("row", given(), ids=lambda row: row["id"])
def test_given_cases(stage: FocusRegion, row: dict[str, str]) -> None:
    assert_focus(annotated(stage, row), row["want"])


NAMED = [
    # codes are codes behind a name, and words elsewhere
    ("He said OK, and the band played ON. OR so ME and my friend thought, HI to all.", set()),
    ("Jane Roe, MD, and John Poe, PA, treated him.", set()),
    ("BREAD, OR WHAT IS LEFT OF IT, IN THE OVEN, ME SAYS.", set()),
    ("The office moved from Toronto, CA, to a suburb.", {"CA"}),
    ("Trains stop in Skowhegan, ME, twice a day.", {"US"}),
    ("A fire in Lima, OH 45801, spread.", {"US"}),
    # a name that the article does not settle stays what it was
    ("French police in Paris said so. A film is called Paris, Texas.", {"FR", "US"}),
    ("In Paris, Texas officials said, drought spread.", {"FR", "US"}),
    ("Ships from Peru, Texas and Chile met.", {"PE", "US", "CL"}),
    ("The Ohio village of Lisbon voted. Lisbon has a fair.", {"US"}),
    ("Buses leave Ontario's London. London wants more.", {"CA"}),
    ("Mills closed in London (Ontario). London mourned.", {"CA"}),
    ("A pier in Perth, Scotland. Later Perth, Western Australia, got one.", {"GB", "AU"}),
    # names over a line break and with other spaces and hyphens
    ("Rain fell in Papua New\nGuinea.", {"PG"}),
    ("Rain fell in Guinea\u2011Bissau and New\u00a0Zealand.", {"GW", "NZ"}),
    ("They fled the South.\n\nSudan closed the road.", {"SD"}),
    # what the text has in lower case too
    ("China was sold. The china, 214 pieces, was chipped.", set()),
    ("China struck back. Beijing set duties on china.", {"CN"}),
    # companies, and towns that a company sits in
    ("Columbia posted a loss. The sportswear company sold less.", set()),
    ("The mayor of Portland posted a reward. The company in Portland paid.", {"US"}),
]


@pytest.mark.parametrize(("text", "expected"), NAMED, ids=[text[:40] for text, _ in NAMED])
def test_what_a_name_means(gazetteer: Gazetteer, text: str, expected: set[str]) -> None:
    assert {one.alpha2 for one in gazetteer.mentions("", text)} == expected


def test_a_settled_name_of_several_words_is_one_mention(gazetteer: Gazetteer) -> None:
    text = "EAST PALESTINE, Ohio (AP) - Families left East Palestine."
    found = gazetteer.mentions("East Palestine waits", text)
    assert {one.alpha2 for one in found} == {"US"}
    assert [text[one.start : one.end] for one in found if not one.in_title] == [
        "EAST PALESTINE",
        "Ohio",
        "East Palestine",
    ]


def mentions_of(text: str, names: Mapping[str, str], in_title: bool = False) -> list[Mention]:
    return [
        Mention(text.index(name), text.index(name) + len(name), in_title, code, "country")
        for name, code in names.items()
    ]


def test_lists_in_which_no_country_stands_out() -> None:
    text = "Bulgaria 3, Croatia 2\nNorway 0, Ghana 0"
    names = {"Bulgaria": "BG", "Croatia": "HR", "Norway": "NO", "Ghana": "GH"}
    found = mentions_of(text, names)
    assert even_list(found, text) == dict.fromkeys(names.values(), 0.25)
    assert even_list(found[:3], text) == {}
    assert even_list([*found, Mention(0, 4, True, "NO", "country")], text) == {}
    assert even_list([*found, *found[:1] * 2], text) == {}
    prose = "Bulgaria and Croatia met Norway and Ghana"
    assert even_list(mentions_of(prose, names), prose) == {}


def test_a_seat_speaks_for_its_organisation_only_where_that_is_named() -> None:
    text = "BRUSSELS - EU leaders met."
    seat = [Mention(0, 8, False, "BE", "capital")]
    assert set(seats(seat, "", text)) == {"BE"}
    assert set(seats(seat, "", "BRUSSELS - Trams stopped.")) == set()
    belgian = "BRUSSELS - EU leaders met Belgian ones."
    both = [*seat, *mentions_of(belgian, {"Belgian": "BE"})]
    assert set(seats(both, "", belgian)) == set()


def test_words_are_clear_by_their_strongest() -> None:
    model = WordModel(
        {"crore": 0, "lakh": 1, "rupee": 2, "the": 3},
        ["GB", "IN"],
        np.array([[0, 40], [0, 40], [0, 40], [10, 10]], np.int8),
        np.array([0.1, 0.1], np.float32),
        np.zeros(2, np.float32),
    )
    rows = model.rows({"crore", "lakh", "rupee", "the", "unheard"})
    assert model.clues("IN", rows) == pytest.approx(6 - 0.5 * np.log(4))
    assert model.is_clear("IN", rows, 0.3)
    assert not model.is_clear("GB", rows, 0.99)
    assert not model.is_clear("IN", model.rows({"the"}), 0.99)
    assert model.clues("FR", rows) == 0.0
