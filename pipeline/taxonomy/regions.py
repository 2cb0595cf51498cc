"""Which regions, countries and place names exist: UN M49, ISO 3166-1 and the region lexicon.

Tables and how to walk them, nothing about articles. The CSV files in `data/` are written by
`scripts/models/build_taxonomy.py` and read through `tables`; `VERSION` names the editions they were
made from.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from pipeline.taxonomy import tables

VERSION = "country-codes-caa72d1.places-3.world-cities-49974c6"
"""Commit of datasets/country-codes that M49 and ISO 3166-1 came from; our place list's edition;
commit of datasets/world-cities, which has the towns of GeoNames (CC BY 4.0)."""

LEVELS = ("world", "region", "sub-region", "intermediate")
"""From the whole to the part."""

DATA_FILES = ("m49.csv", "countries.csv", "places.csv", "towns.csv")


@dataclass(frozen=True, slots=True)
class M49Area:
    """A row of M49 above the countries; `level` is one of `LEVELS`, `parent` is None for World."""

    code: str
    name: str
    level: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class IsoCountry:
    """An ISO 3166-1 country or territory under its M49 sub-region.

    `name` is the short English name a news reader would say, `numeric` the three-digit M49 code.
    `parent` is the sub-region's code, `intermediate` that of the M49 intermediate region or "".

    Three rows are not as M49 has them. Taiwan (TW) has no row there and is put under Eastern
    Asia, 030. Kosovo has neither an ISO nor an M49 code: it is the user-assigned XK with an empty
    `numeric`, under Southern Europe, 039, like its neighbours. Antarctica (AQ) lies directly under
    World in M49, and so its parent is 001. Palestine (PS, 275) is a row of both tables.

    States that are no more have no row: their names are surfaces of the state that took their seat
    or capital, as in the table of Reuters: Soviet Union RU, both Germanies DE, Czechoslovakia CZ,
    Yugoslavia RS, Zaire CD, Burma MM, both Vietnams VN.
    """

    alpha2: str
    alpha3: str
    numeric: str
    name: str
    parent: str
    intermediate: str


@dataclass(frozen=True, slots=True)
class Place:
    """A surface form of the lexicon.

    `kind` says what it names (`country`, `demonym`, `capital`, `city` ...), or that it names no
    place at all: `block`, and the word lists `given_name`, `honorific`, `not_surname`.
    `flags`: g also a given name, s also a surname, w also a common word, c only after a comma,
    p a postal code, only behind a name.
    `cues`: what else in the article speaks for this reading where a surface has several: alpha-2
    codes, or `alpha2:kind`. The readings of a surface stand in order of preference.
    """

    surface: str
    alpha2: str
    kind: str
    flags: str
    cues: tuple[str, ...]


@cache
def load_regions() -> MappingProxyType[str, M49Area]:
    """M49 code to area: World, 5 regions, 17 sub-regions, 7 intermediate regions."""
    return MappingProxyType(
        {
            row["code"]: M49Area(row["code"], row["name"], row["level"], row["parent"] or None)
            for row in tables.read_rows("m49.csv")
        }
    )


@cache
def load_countries() -> MappingProxyType[str, IsoCountry]:
    """ISO 3166-1 alpha-2 to country, 249 and Kosovo."""
    return MappingProxyType(
        {row["alpha2"]: IsoCountry(**row) for row in tables.read_rows("countries.csv")}
    )


@cache
def load_places() -> tuple[Place, ...]:
    """Every surface form of the lexicon, the readings of one surface in order of preference."""
    return tuple(
        Place(row["surface"], row["alpha2"], row["kind"], row["flags"], tuple(row["cues"].split()))
        for row in tables.read_rows("places.csv")
    )


@cache
def load_towns() -> tuple[Place, ...]:
    """Towns of more than 15,000 people and first-level divisions that `load_places` has not.

    Each name lies in one country only, as far as GeoNames knows places of that size.
    """
    return tuple(
        Place(name, row["alpha2"], "town", "", ())
        for row in tables.read_rows("towns.csv")
        for name in row["names"].split("|")
    )


@cache
def ancestors(alpha2: str) -> tuple[str, ...]:
    """M49 codes above a country, `(world, region, sub_region)`; for Antarctica World alone.

    Raises `KeyError` for a code that is not in `load_countries`.
    """
    chain: list[str] = []
    code: str | None = load_countries()[alpha2].parent
    while code is not None:
        chain.append(code)
        code = load_regions()[code].parent
    return tuple(reversed(chain))


@cache
def data_digests() -> MappingProxyType[str, str]:
    """File name to sha256 of its bytes, for the identity of what reads these tables."""
    return tables.digests(DATA_FILES)


def taxonomy_identity() -> dict[str, str]:
    """As `tables.identity` has it."""
    return tables.identity(VERSION, data_digests())
