"""The M49 tree and the ISO table are complete, and the lexicon only uses their codes."""

from __future__ import annotations

import hashlib
from collections import Counter
from importlib.resources import files

import pytest

from pipeline.taxonomy import regions
from pipeline.taxonomy.regions import (
    LEVELS,
    ancestors,
    data_digests,
    load_countries,
    load_places,
    load_regions,
    load_towns,
)


def test_m49_has_the_published_number_of_areas() -> None:
    levels = Counter(area.level for area in load_regions().values())
    assert levels == {"world": 1, "region": 5, "sub-region": 17, "intermediate": 7}
    assert set(levels) == set(LEVELS)


def test_every_area_hangs_on_a_higher_one() -> None:
    for area in load_regions().values():
        if area.code == "001":
            assert area.parent is None
        else:
            assert area.parent is not None
            parent = load_regions()[area.parent]
            assert LEVELS.index(parent.level) < LEVELS.index(area.level)


def test_iso_has_249_countries_and_kosovo() -> None:
    countries = load_countries()
    assert len(countries) == 250
    assert len({c.alpha3 for c in countries.values()}) == 250
    assert len({c.name for c in countries.values()}) == 250
    assert [c.alpha2 for c in countries.values() if not c.numeric] == ["XK"]
    assert all(len(c.numeric) == 3 for c in countries.values() if c.numeric)


def test_countries_per_region_as_in_the_m49_table() -> None:
    counts = Counter(ancestors(code)[1] for code in load_countries() if code != "AQ")
    # UNSD: 60, 57, 50, 51, 29; Taiwan added to Asia and Kosovo to Europe.
    assert counts == {"002": 60, "019": 57, "142": 51, "150": 52, "009": 29}


@pytest.mark.parametrize(
    ("alpha2", "expected"),
    [
        ("BY", ("001", "150", "151")),
        ("US", ("001", "019", "021")),
        ("KE", ("001", "002", "202")),
        ("BR", ("001", "019", "419")),
        ("EG", ("001", "002", "015")),
        ("CY", ("001", "142", "145")),
        ("TW", ("001", "142", "030")),
        ("XK", ("001", "150", "039")),
        ("AQ", ("001",)),
    ],
)
def test_ancestors(alpha2: str, expected: tuple[str, ...]) -> None:
    assert ancestors(alpha2) == expected


def test_ancestors_of_an_unknown_code() -> None:
    with pytest.raises(KeyError):
        ancestors("ZZ")


def test_names_are_as_spoken() -> None:
    names = {code: country.name for code, country in load_countries().items()}
    assert names["GB"] == "United Kingdom"
    assert names["RU"] == "Russia"
    assert names["KP"] == "North Korea"
    assert names["CD"] == "DR Congo"
    assert names["HK"] == "Hong Kong"
    assert not [name for name in names.values() if "&" in name or "," in name or "SAR" in name]


def test_intermediate_regions_lie_in_the_country_s_sub_region() -> None:
    for country in load_countries().values():
        if country.intermediate:
            assert load_regions()[country.intermediate].parent == country.parent


def test_places_use_known_codes_and_every_country_is_findable() -> None:
    places = load_places()
    assert {place.alpha2 for place in places if place.alpha2} <= set(load_countries())
    named = {place.alpha2 for place in places if place.kind == "country"}
    assert set(load_countries()) == named
    assert all(set(place.flags) <= set("gswcp") for place in places)


def test_a_surface_with_several_readings_says_what_decides() -> None:
    readings: dict[str, list[regions.Place]] = {}
    for place in load_places():
        if place.alpha2:
            readings.setdefault(place.surface, []).append(place)
    for surface, found in readings.items():
        if len(found) > 1:
            assert all(place.cues for place in found), surface


def test_a_town_has_one_country_and_is_no_other_place() -> None:
    towns = load_towns()
    assert len(towns) > 30_000
    assert len({town.surface for town in towns}) == len(towns)
    assert {town.alpha2 for town in towns} <= set(load_countries())
    assert not {town.surface for town in towns} & {place.surface for place in load_places()}
    country = {town.surface: town.alpha2 for town in towns}
    assert (country["Wrexham"], country["Malakal"], country["Scranton"]) == ("GB", "SS", "US")
    # What news means by them is something else, or they lie in several countries.
    assert not {"Obama", "Taylor", "Liberal", "Meta", "Eastern Province", "Santa Ana"} & set(
        country
    )


@pytest.mark.parametrize(
    ("surface", "alpha2"),
    [
        ("Soviet Union", "RU"),
        ("USSR", "RU"),
        ("East Germany", "DE"),
        ("West Germany", "DE"),
        ("Czechoslovakia", "CZ"),
        ("Yugoslavia", "RS"),
        ("Zaire", "CD"),
        ("Burma", "MM"),
        ("Swaziland", "SZ"),
        ("Ceylon", "LK"),
        ("Kampuchea", "KH"),
        ("South Vietnam", "VN"),
    ],
)
def test_states_that_are_no_more_count_as_their_successors(surface: str, alpha2: str) -> None:
    assert {place.alpha2 for place in load_places() if place.surface == surface} == {alpha2}


def test_iso_codes_are_those_of_the_standard_s_form() -> None:
    for code, country in load_countries().items():
        assert code == country.alpha2 and len(code) == 2 and code.isupper()
        assert len(country.alpha3) == 3 and country.alpha3.isupper()
    numbers = [c.numeric for c in load_countries().values() if c.numeric]
    assert len(set(numbers)) == len(numbers) and all(number.isdigit() for number in numbers)
    assert load_countries()["PS"].numeric == "275" and ancestors("PS") == ("001", "142", "145")
    assert load_countries()["TW"].numeric == "158"


def test_digests_are_of_the_packaged_files() -> None:
    places = (files("pipeline.taxonomy") / "data" / "places.csv").read_bytes()
    assert data_digests()["places.csv"] == hashlib.sha256(places).hexdigest()
    assert set(data_digests()) == {"m49.csv", "countries.csv", "places.csv", "towns.csv"}
