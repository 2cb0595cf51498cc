"""Makes the table of second-level topics from the release of IPTC Media Topics.

    python scripts/models/build_topics.py MEDIATOPICS.json.gz
    python scripts/models/build_taxonomy.py --sums

Codes, names and definitions are IPTC's (CC BY 4.0): a description is the definition and the names
of the concepts below. Retired concepts are left out.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "pipeline" / "taxonomy" / "data"
LANGUAGE = "en-GB"


def second_level(release: dict[str, object]) -> list[tuple[str, str, str, str]]:
    """Code, name, description and parent, in the order of parent and code."""
    concepts: dict[str, dict[str, object]] = {}
    for concept in release["conceptSet"]:  # type: ignore[attr-defined]
        if "retired" not in concept:
            concepts[concept["qcode"]] = concept
    rows = []
    for top, concept in sorted(concepts.items()):
        if concept.get("broader"):
            continue
        for code in sorted(_narrower(concept)):
            if code in concepts:
                rows.append(
                    (code, _name(concepts[code]), _described(concepts[code], concepts), top)
                )
    return rows


def _described(concept: dict[str, object], concepts: dict[str, dict[str, object]]) -> str:
    below = [_name(concepts[code]) for code in sorted(_narrower(concept)) if code in concepts]
    parts = [_text(concept, "definition"), *(name[0].upper() + name[1:] for name in below)]
    return " ".join(part.rstrip(".") + "." for part in parts if part)


def _narrower(concept: dict[str, object]) -> list[str]:
    below = concept.get("narrower") or []
    assert isinstance(below, list)
    return below


def _name(concept: dict[str, object]) -> str:
    return _text(concept, "prefLabel")


def _text(concept: dict[str, object], field: str) -> str:
    texts = concept.get(field) or {}
    assert isinstance(texts, dict)
    return " ".join(str(texts.get(LANGUAGE, "")).split())


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("release", type=Path, help="IPTC Media Topics as SKOS in JSON, gzipped")
    with gzip.open(options.parse_args().release, "rt", encoding="utf-8") as file:
        rows = second_level(json.load(file))
    with (DATA / "media_topics_2.csv").open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["code", "name", "description", "parent"])
        table.writerows(rows)


if __name__ == "__main__":
    main()
