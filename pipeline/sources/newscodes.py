"""Codes that agencies give news: Media Topics of IPTC and countries of ISO 3166."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from pipeline.taxonomy.regions import load_countries, load_places

_TOPIC = re.compile(r"(?:medtop:|/mediatopics?/)(\d{8})", re.IGNORECASE)
_COUNTRY = re.compile(r"iso-?3166[-_]?1?[-_]?(?:a[23]|alpha[23]|n)?[:/]+(\w{2,3})", re.IGNORECASE)
"""`iso3166-1a2:IT`, `http://cvx.iptc.org/iso3166-1a2/it`."""


def media_topic(code: str) -> str | None:
    """The QCode of a concept of Media Topics, given as such or as its URI; None for other schemes.

    Source: https://cv.iptc.org/newscodes/mediatopic/
    """
    match = _TOPIC.fullmatch(code.strip()) or _TOPIC.search(code)
    return f"medtop:{match[1]}" if match else None


def country_of_code(code: str) -> str | None:
    """The alpha-2 code of a country that a QCode or URI of ISO 3166-1 names, in letters or digits;
    None for other schemes and for codes that there are not."""
    match = _COUNTRY.search(code)
    return _codes().get(match[1].upper()) if match else None


def country_of_name(name: str) -> str | None:
    """The alpha-2 code of the country with this name, where no other place has it."""
    return _names().get(name.strip().casefold())


@cache
def _codes() -> Mapping[str, str]:
    codes: dict[str, str] = {}
    for alpha2, country in load_countries().items():
        codes |= {code: alpha2 for code in (alpha2, country.alpha3, country.numeric) if code}
    return MappingProxyType(codes)


@cache
def _names() -> Mapping[str, str]:
    readings: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for country in load_countries().values():
        readings[country.name.casefold()].add((country.alpha2, "country"))
    for place in load_places():
        readings[place.surface.casefold()].add((place.alpha2, place.kind))
    return MappingProxyType(
        {
            name: alpha2
            for name, several in readings.items()
            if {kind for _, kind in several} == {"country"} and len(several) == 1
            for alpha2, _ in several
        }
    )
