"""When an article says that it is about the world, and when the words only look like it."""

from __future__ import annotations

import pytest

from pipeline.region.world_words import speaks_of_world, world_signs


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Global pact on plastic wins backing of 61 nations", ""),
        ("Seas are warming on every continent's shelf", "The world's fisheries lose a tenth."),
        ("", "Wheat grew dearer worldwide in May. The world economy slows, lenders say."),
        ("Whales sing lower", "Across the planet, in all oceans, their song has fallen."),
    ],
)
def test_pieces_about_the_world(title: str, text: str) -> None:
    assert 0.5 < speaks_of_world(title, text) < 1


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("World Cup draw made", "The World Cup winners of the World Series meet."),
        ("World Bank lends", "The World Bank has a World Health campaign."),
        ("Firm is the world's largest maker of bolts", "It has world records, and world titles."),
        ("Pact of 12 nations", "12 countries met 7 nations."),
        ("Global Positioning fails", "A Global Times report on Global Affairs."),
        ("A world without a star", "In my world, a planet and another planet turn."),
        ("A market in town", "Its owner is known globally."),  # one sign is none
        ("", "Rain." + " It rained." * 200 + " Worldwide and globally, all over the planet."),
        ("", ""),
    ],
)
def test_pieces_that_are_not(title: str, text: str) -> None:
    assert speaks_of_world(title, text) == 0


def test_signs_are_counted() -> None:
    assert world_signs("The world and the globe", "In 190 countries, worldwide.") == 4
