"""Build the pairs that the shipped rewriter was trained on: source sentences to a summary.

    python scripts/models/rewrite_pairs.py DATA pairs.jsonl.gz

DATA holds `written/written.jsonl.gz`: articles (`given`, `title`) with a `headline`, a `sentence`,
a `brief` and `bullets` that a reader wrote. The text of a pair is the title, where there is one,
and the sentences that carry the summary (`carriers`), in their order, as the summarizer puts them
before the model. The form `passage` is one sentence of a brief with what carries it alone. Pairs
with a name, a number or a rare word of the article that their text lacks are left out.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from pipeline.summarize.rewriting import prompt_text
from pipeline.text.content_words import content_words
from pipeline.text.sentences import split_sentences
from pipeline.train.held_out import document_split
from pipeline.train.summarizer.carriers import Rarity, carriers, details_missing
from pipeline.train.summarizer.pairs import Pair, is_supported

MOST_CARRIERS = {"headline": 3, "sentence": 3, "passage": 3, "brief": 5, "bullets": 6}
MOST_WORDS = 200
"""Words of the source sentences of a pair; what is longer is left out."""
DISTRACTED = 0.3
"""Share of briefs with one more sentence, which the model has to learn to leave out."""
UNTITLED = 0.2
"""Share of pairs without the title: not every article has one."""
_PRONOUNS = frozenset("he she it they his her its their this that these those".split())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("pairs", type=Path)
    options = parser.parse_args()
    pairs = list(_pairs(options.data / "written" / "written.jsonl.gz"))
    with gzip.open(options.pairs, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(asdict(pair), ensure_ascii=False) + "\n" for pair in pairs)
    for (form, split), count in sorted(Counter((p.form, p.split) for p in pairs).items()):
        print(f"{form:10} {split:10} {count:6}")


def _pairs(path: Path) -> Iterator[Pair]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if not row["note"]]
    rarity = _rarity([row["given"] for row in rows])
    for row in rows:
        split = document_split(row["text"])
        if split == "test":
            continue
        source = split_sentences(" ".join(row["given"].split()))
        chance = random.Random(row["id"])  # noqa: S311 not for secrets
        for form, summary, targets in _targets(row):
            chosen = carriers(targets, source, row["title"], rarity)
            if not 0 < len(chosen) <= MOST_CARRIERS[form]:
                continue
            title = row["title"] if chance.random() >= UNTITLED else None
            sentences = [source[n] for n in chosen]
            if not _carry(targets, sentences, source, title, rarity):
                title = row["title"]
            if not _carry(targets, sentences, source, title, rarity):
                continue
            if form == "brief" and chance.random() < DISTRACTED:
                sentences = [source[n] for n in _with_one_more(chosen, len(source), chance)]
            text = prompt_text(title, sentences)
            if len(text.split()) <= MOST_WORDS:
                yield Pair(f"{row['id']}/{form}", text, summary, form, split)


def _carry(
    targets: Sequence[str],
    sentences: Sequence[str],
    source: Sequence[str],
    title: str | None,
    rarity: Rarity,
) -> bool:
    text = " ".join([title or "", *sentences])
    return all(
        is_supported(target, text) and not details_missing(target, sentences, source, title, rarity)
        for target in targets
    )


def _rarity(texts: Sequence[str]) -> Rarity:
    counts = Counter(word for text in texts for word in set(content_words(text)))
    return {word: math.log(len(texts) / count) for word, count in counts.items()}


def _targets(row: dict[str, str]) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Form, summary and its sentences."""
    brief, bullets = split_sentences(row["brief"]), row["bullets"]
    yield "headline", row["headline"].rstrip("."), [row["headline"]]
    yield "sentence", row["sentence"], [row["sentence"]]
    yield "brief", row["brief"], brief
    if len(bullets) >= 3:
        lines = [bullet if bullet.endswith((".", "!", "?")) else f"{bullet}." for bullet in bullets]
        yield "bullets", "\n".join(f"- {line}" for line in lines), lines
    for sentence in brief:
        if sentence.split()[0].casefold() not in _PRONOUNS:
            yield "passage", sentence, [sentence]


def _with_one_more(chosen: list[int], count: int, chance: random.Random) -> list[int]:
    near = [n for n in range(min(count, max(chosen, default=0) + 3)) if n not in chosen]
    return sorted([*chosen, chance.choice(near)]) if near else chosen


if __name__ == "__main__":
    main()
