"""Write the list of ordinary English words: those that news writes in lower case.

    python scripts/models/build_words.py --data ../shared/data/topic ../shared/data/summary

reads the `text` of every `.jsonl.gz` under the folders and writes `pipeline/text/data/words.txt`.
A word is taken where it stands inside a sentence, after a small letter or a comma and a space:
there a capital means a name. No text of the data is in the list, only single words.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

OUT = Path(__file__).resolve().parents[2] / "pipeline" / "text" / "data" / "words.txt"

_INSIDE = re.compile(r"(?<=[a-z,;] )[A-Za-z]{2,24}(?![\w’'])")
_LEAST_DOCUMENTS = 4
"""Documents that must have a word in lower case: what is rarer is mostly a slip."""
_LEAST_SMALL = 0.7
"""Share of a document's words that must be in lower case: headlines Have A Capital Everywhere."""
_LEAST_SHARE = 0.3
"""Share of its uses that must be in lower case: "brown" has 0.17, "bank" 0.46, "price" 0.92."""


def texts(folders: list[Path]) -> Iterator[str]:
    """The text of every record, a folder's files in the order of their names."""
    for folder in folders:
        for path in sorted(folder.rglob("*.jsonl.gz")):
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                for line in lines:
                    yield str(json.loads(line).get("text") or "")


def ordinary_words(documents: Iterator[str]) -> list[str]:
    """Words that enough documents have, and mostly in lower case, in alphabetical order."""
    lower: Counter[str] = Counter()
    having: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    for text in documents:
        found = Counter(_INSIDE.findall(text))
        small = sum(count for word, count in found.items() if word.islower())
        if small < _LEAST_SMALL * found.total():
            continue
        for word, count in found.items():
            if word.islower():
                lower[word] += count
                having[word] += 1
            else:
                capital[word.lower()] += count
    return sorted(
        word
        for word, documents_with in having.items()
        if documents_with >= _LEAST_DOCUMENTS
        and lower[word] >= _LEAST_SHARE * (lower[word] + capital[word])
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders to read")
    arguments = parser.parse_args()
    words = ordinary_words(texts(arguments.data))
    OUT.write_text("\n".join(words) + "\n", encoding="utf-8")
    print(f"{OUT.name}: {len(words)} words")


if __name__ == "__main__":
    main()
