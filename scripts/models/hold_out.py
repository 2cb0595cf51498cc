"""Draw the documents that no shipped model is trained on, and write `models/held_out.txt`.

    python scripts/models/hold_out.py DATA

DATA holds folders of JSONL files with `text` or `document`, and where given `set`, `source` or
`outlet`. All documents of the outlets below are held out, and 8% of the others, by their key; one
document has one key in all files.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

from pipeline.train.held_out import LIST, document_key

OUTLETS = frozenset(
    {
        "Al Jazeera", "Associated Press", "Axios", "Chicago Sun-Times", "New Age", "Reuters",
        "TRT World", "reuters_tech_2016", "wikinews",
    }
)  # fmt: skip
"""Wires, papers and sites of several countries, with articles that a reader wrote summaries of."""

SHARE = 0.08


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    options = parser.parse_args()
    keys = {key for path in sorted(options.data.glob("*/*.jsonl.gz")) for key in _keys(path)}
    target = Path(__file__).resolve().parents[2] / "models" / LIST
    target.write_text("".join(f"{key}\n" for key in sorted(keys)), encoding="ascii")
    print(f"{target}: {len(keys):,} documents")


def _keys(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            key = document_key(row.get("document") or row.get("text") or row["given"])
            outlets = {row.get("set"), row.get("source"), row.get("outlet")}
            if outlets & OUTLETS or int(key[:8], 16) / 16**8 < SHARE:
                yield key


if __name__ == "__main__":
    main()
