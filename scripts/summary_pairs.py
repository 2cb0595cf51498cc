"""Build the pairs that the shipped summarizer adapter was trained on, from a folder of data sets.

    python scripts/summary_pairs.py DATA pairs.jsonl.gz

DATA holds `summary/`, `region/`, `topic/` and `wikinews/` with JSONL files of `id`, `title`, `text`
and `summary`. Only summaries whose names, numbers and dates are all in the article are trained on.
Beside written summaries, the first sentence of an article stands for its summary where the rest
of the article has all that it says, as in XSum (Narayan et al. 2018), and a title for a headline.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from pipeline.text.sentences import split_sentences
from pipeline.train.summarizer.pairs import Pair, is_supported, split_of, without_held_out

MOST_HEADLINE_WORDS = 12
SENTENCE_WORDS = (8, 34)
LEAST_OVERLAP = 0.5
"""Share of a summary's longer words that the article must have: teasers and captions have less."""
LEAD_OVERLAP = 0.6
REWRITTEN = 0.5
"""A first sentence is no summary of the rest where over half of its word triples stand there."""

MIXTURE = {
    ("cnn_dm_train", "brief"): (2, 1000),
    ("cnn_dm_train", "bullets"): (1, 150),
    ("news_summary_train", "paragraph"): (1, 120),
    ("xsum_train", "sentence"): (2, 1000),
    ("bbc2017_dev", "sentence"): (1, 200),
    ("npr_train", "sentence"): (1, 200),
    ("npr_train", "headline"): (1, 200),
    ("bbc2017_dev", "headline"): (1, 100),
    ("wikinews_2019_2020", "headline"): (1, 80),
}
"""How often a pair of a kind is trained on in an epoch, and how many there are at most."""

_STAMP = re.compile(r"^.{0,80}?(?:PUBLISHED|UPDATED):.{0,80}?\d{4}\s*\.?\s*")
"""Byline and times before a Daily Mail article."""
_PLACE = re.compile(r"^(?:[A-Z][\w., ]{2,40})?\(\s*(?:CNN|CNN Student News)\s*\)\s*(?:[-–—]+\s*)?")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("pairs", type=Path)
    options = parser.parse_args()
    pairs = list(_mixed(without_held_out(_all(options.data))))
    with gzip.open(options.pairs, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(asdict(pair), ensure_ascii=False) + "\n" for pair in pairs)
    counts = Counter((pair.id.split("/")[0], pair.form, pair.split) for pair in pairs)
    for (source, form, split), count in sorted(counts.items()):
        print(f"{source:16} {form:10} {split:10} {count:6}")


def _all(data: Path) -> Iterator[Pair]:
    yield from _cnn_dm(data / "summary/cnn_dm_train.jsonl.gz")
    yield from _written(data / "summary/news_summary_train.jsonl.gz", "paragraph", LEAST_OVERLAP)
    yield from _written(data / "summary/xsum_train.jsonl.gz", "sentence", LEAST_OVERLAP)
    yield from _written(data / "region/bbc2017_dev.jsonl.gz", "sentence", LEAD_OVERLAP)
    for name in ("topic/bbc5_train", "topic/npr_train", "wikinews/wikinews_2019_2020"):
        yield from _first_sentences(data / f"{name}.jsonl.gz")
    for name in ("topic/npr_train", "region/bbc2017_dev", "wikinews/wikinews_2019_2020"):
        yield from _headlines(data / f"{name}.jsonl.gz")


def referenced(data: Path) -> list[Pair]:
    """Training articles with the summary that somebody wrote, also one with facts of its own."""
    pairs = [
        *_cnn_dm(data / "summary/cnn_dm_train.jsonl.gz", supported=False),
        *_written(data / "summary/xsum_train.jsonl.gz", "sentence", 0.0, supported=False),
    ]
    found = {
        pair.text: pair
        for pair in reversed(without_held_out(pairs))
        if pair.split == "train" and pair.form != "bullets"
    }
    return list(found.values())


def _mixed(pairs: list[Pair]) -> Iterator[Pair]:
    """The pairs as often as `MIXTURE` says: those with written summaries are the rarest."""
    counts: Counter[tuple[str, str]] = Counter()
    for pair in sorted(pairs, key=lambda pair: hashlib.sha256(pair.id.encode()).digest()):
        kind = pair.id.split("/")[0], pair.form
        times, most = MIXTURE.get(kind, (1, len(pairs)))
        counts[kind] += pair.split == "train"
        if pair.split != "train":
            yield pair
        elif counts[kind] <= most:
            yield from (replace(pair, id=f"{pair.id}#{n}") for n in range(times))


def _cnn_dm(path: Path, supported: bool = True) -> Iterator[Pair]:
    for name, row in _rows(path):
        text = _PLACE.sub("", _STAMP.sub("", row["text"]))
        lines = [_sentence(line) for line in row["summary"].splitlines()]
        lines = list(dict.fromkeys(line for line in lines if len(line.split()) > 2))
        pair = Pair(name, text, " ".join(lines), "brief", split_of(row["text"]))
        if supported and pair.split == "train" and not is_supported(pair.summary, text):
            continue
        yield pair
        if len(lines) >= 3 and pair.split != "test":
            yield replace(pair, summary="\n".join(f"- {s}" for s in lines[:5]), form="bullets")


def _written(path: Path, form: str, overlap: float, supported: bool = True) -> Iterator[Pair]:
    for name, row in _rows(path):
        text, summary = row["text"], row["summary"]
        if form == "paragraph":
            # The set has "?" for quotes and rupees, and lacks spaces after full stops.
            text = re.sub(r"(?<=[a-z]{2}[.!])(?=[A-Z])", " ", text)
            if re.search(r"\?(?=\w)|\w\?\w", summary):
                continue
        pair = Pair(name, text, " ".join(_sentence(summary).split()), form, split_of(text))
        if path.stem.startswith("bbc2017") and pair.split != "train":
            continue  # no reference summaries, teasers too: for training alone
        if pair.split != "train" or (
            _overlap(summary, text) >= overlap and (not supported or is_supported(summary, text))
        ):
            yield pair


def _first_sentences(path: Path) -> Iterator[Pair]:
    for name, row in _rows(path):
        sentences = split_sentences(re.sub(r"\s+", " ", row["text"]).strip())
        if len(sentences) < 6 or split_of(row["text"]) != "train":
            continue
        first, rest = sentences[0], " ".join(sentences[1:])
        low, high = SENTENCE_WORDS
        if (
            low <= len(first.split()) <= high
            and first.endswith(".")
            and re.match(r"[A-Z][a-z]", first)
            and not re.search(r"\b(?:NPR|podcast|newsletter|I|we|you|this story)\b", first)
            and _overlap(first, rest) >= LEAD_OVERLAP
            and _copied(first, rest) <= REWRITTEN
            and is_supported(first, rest)
        ):
            yield Pair(name, rest, first, "sentence", "train")


def _headlines(path: Path) -> Iterator[Pair]:
    for name, row in _rows(path):
        title = " ".join((row["title"] or "").split()).rstrip(".")
        words = len(title.split())
        if (
            4 <= words <= MOST_HEADLINE_WORDS
            and not title.endswith(("?", ":"))
            and not re.search(
                r"\b(?:NPR|quiz|podcast|photos?|video|watch|how|why|what)\b", title, re.I
            )
            and split_of(row["text"]) == "train"
            and _overlap(title, row["text"]) >= LEAD_OVERLAP
            and is_supported(title, row["text"])
        ):
            yield Pair(name, row["text"], title, "headline", "train")


def _rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    stem = path.name.split(".")[0]
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield f"{stem}/{row['id']}", row


def _sentence(text: str) -> str:
    """Without spaces before punctuation, doubled full stops and list marks."""
    text = re.sub(r"\s+([.,;:!?%'’])", r"\1", " ".join(text.split()))
    text = re.sub(r"\.{2,}", ".", text.replace("``", '"').replace("''", '"')).strip("-•* ")
    text = re.sub(r"^NEW: ", "", text)
    return text if re.search(r"[.!?][\"'’”)]*$", text) else f"{text}."


def _long_words(text: str) -> list[str]:
    return [word[:5] for word in re.findall(r"[^\W\d_]{4,}", text.casefold())]


def _overlap(summary: str, text: str) -> float:
    words = _long_words(summary)
    known = set(_long_words(text))
    return sum(word in known for word in words) / max(len(words), 1)


def _copied(summary: str, text: str) -> float:
    def triples(words: list[str]) -> set[tuple[str, ...]]:
        return set(zip(words, words[1:], words[2:], strict=False))

    ours = triples(re.findall(r"\w+", summary.casefold()))
    return len(ours & triples(re.findall(r"\w+", text.casefold()))) / max(len(ours), 1)


if __name__ == "__main__":
    main()
