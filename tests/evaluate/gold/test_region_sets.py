"""The labelled sets of regions: what is read of a record, and which part is held."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from pipeline.core.errors import InputError
from pipeline.evaluate.gold.region_sets import (
    BBC,
    FILES,
    GEOPARSING,
    NEWSWIRE,
    REUTERS,
    is_held,
    read_set,
    with_dateline,
)

RECORD = {"id": "a", "title": "TEA PRICES RISE", "text": "Growers in Kenya were glad."}


def folder_with(folder: Path, name: str, *records: Mapping[str, object]) -> Path:
    (folder / "region").mkdir(exist_ok=True)
    with gzip.open(folder / "region" / FILES[name], "wt", encoding="utf-8") as file:
        file.writelines(json.dumps({**RECORD, **record}) + "\n" for record in records)
    return folder


def test_reuters_has_countries_and_a_dateline_apart(tmp_path: Path) -> None:
    record = {"countries": ["KE", "GB"], "historical": False, "dateline": "  NAIROBI, March 2 -"}
    [one] = read_set(folder_with(tmp_path, REUTERS, record), REUTERS)
    assert one.countries == {"KE", "GB"} and one.area is None and not one.historical
    assert one.article.text == RECORD["text"]
    assert with_dateline(one).article.text == "NAIROBI, March 2 - Growers in Kenya were glad."


def test_a_wire_of_a_continent_has_an_area(tmp_path: Path) -> None:
    records = [
        {"countries": [], "area": "Africa"},
        {"countries": ["KE"], "area": None},
        {"countries": [], "area": None},
    ]
    found = read_set(folder_with(tmp_path, NEWSWIRE, *records), NEWSWIRE)
    assert [(one.area, set(one.countries)) for one in found] == [("002", set()), (None, {"KE"})]


def test_geoparsing_has_the_main_country_only(tmp_path: Path) -> None:
    records = [{"main_country": "KE", "countries": ["KE", "US"]}, {"main_country": None}]
    [one] = read_set(folder_with(tmp_path, GEOPARSING, *records), GEOPARSING)
    assert one.countries == {"KE"}


@pytest.mark.parametrize(
    ("hint", "code"),
    [
        (["Europe", ""], "150"),
        (["Asia", "Western Asia (Middle East)"], "145"),
        (["Europe", "Northern Europe (UK)"], "154"),
        (["Americas", "Northern America"], "021"),
    ],
)
def test_a_desk_is_a_region_or_a_sub_region(tmp_path: Path, hint: list[str], code: str) -> None:
    folder = folder_with(tmp_path, BBC, {"m49_hint": hint}, {"m49_hint": None})
    assert [one.area for one in read_set(folder, BBC)] == [code]


def test_two_fifths_are_held_and_copies_stay_together() -> None:
    held = [is_held(f"story {'x' * n} about tea") for n in range(1000)]
    assert 340 < sum(held) < 460
    assert all(is_held(f"Tea {n}, tea!") == is_held("  tea TEA\n") for n in range(20))


def test_a_missing_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"reuters_train"):
        read_set(tmp_path, REUTERS)
