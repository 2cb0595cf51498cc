"""Make pairs of what the summarizer itself writes: of many candidates the best, to train it on.

    python scripts/distill_pairs.py DATA pairs.jsonl.gz candidates.jsonl distilled.jsonl.gz

DATA and the pairs are as for `summary_pairs.py`. Of each training article that somebody wrote a
summary of, the best candidate is the one nearest to that summary whose sentences the article
carries (rejection sampling, Dong et al. 2023): so that a summary with facts of its own still says
what is worth telling, and nobody learns to invent. Candidates are kept in `candidates.jsonl`; the
same command goes on with it. The pairs held out are taken over as they are, and some of the forms
without candidates, so that these are not forgotten.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from statistics import fmean

import yaml
from summary_pairs import referenced

from pipeline.config.compose import CONFIGS
from pipeline.engines.base import Failure, GenerationSettings, Prompt
from pipeline.engines.encoders.embedding import SentenceEncoder
from pipeline.engines.generation.openvino import OpenVinoEngine
from pipeline.evaluate.metrics.rouge import ROUGE, rouge
from pipeline.summarize.forms import BOUNDS, Form, joined, parts_of
from pipeline.summarize.policy import SelectionPolicy
from pipeline.summarize.source_text import fit
from pipeline.summarize.support.check import Case, SupportChecker
from pipeline.text.sentences import split_sentences
from pipeline.train.summarizer.pairs import Pair, read_pairs

BATCH = 16
SETTINGS = GenerationSettings(max_new_tokens=128, samples=8, temperature=0.7, top_p=0.95, seed=1)
CONFIG = yaml.safe_load((CONFIGS / "summarizer" / "smollm2_135m_news.yaml").read_text())
GAIN = 1.0
"""ROUGE points above the mean of the candidates; below it there was nothing to choose from."""
REPEATED = {"headline": 60, "bullets": 60}
CHECKED = 3
"""Candidates that are checked, the nearest first: of those farther off little is to be learnt."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("candidates", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--articles", type=int, help="at most so many")
    given = parser.parse_args()
    wanted = sorted(referenced(given.data), key=lambda p: hashlib.sha256(p.id.encode()).digest())
    wanted = wanted[: given.articles]
    write_candidates(wanted, given.candidates)
    chosen = best(wanted, read_candidates(given.candidates))
    kept = list(again(read_pairs(given.pairs)))
    with gzip.open(given.out, "wt", encoding="utf-8") as out:
        for pair in [*chosen, *kept]:
            out.write(json.dumps(asdict(pair), ensure_ascii=False) + "\n")
    print(f"{len(wanted)} articles, {len(chosen)} with a candidate to learn from")


def again(pairs: Sequence[Pair]) -> Iterator[Pair]:
    """The pairs that are held out, and of `REPEATED` forms so many, by a digest of their ids."""
    left = dict(REPEATED)
    for pair in sorted(pairs, key=lambda pair: hashlib.sha256(pair.id.encode()).digest()):
        if pair.split != "train":
            yield pair
        elif left.get(pair.form, 0):
            left[pair.form] -= 1
            yield pair


def write_candidates(pairs: Sequence[Pair], path: Path) -> None:
    """Append the candidates of every pair that the file has none of."""
    done = read_candidates(path) if path.exists() else {}
    left = [pair for pair in pairs if pair.id not in done]
    engine = OpenVinoEngine(cache_gb=2)
    if left:
        engine.open(CONFIG["model"])
    with path.open("a", encoding="utf-8") as out:
        for start in range(0, len(left), BATCH):
            batch = left[start : start + BATCH]
            written = engine.generate([_prompt(engine, pair) for pair in batch], SETTINGS)
            for pair, texts in zip(batch, written, strict=True):
                assert not isinstance(texts, Failure)
                row = {"id": pair.id, "candidates": [[t.text, t.finished] for t in texts]}
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
            out.flush()
            print(f"{start + len(batch)} of {len(left)} articles", end="\r", flush=True)


def read_candidates(path: Path) -> dict[str, list[tuple[str, bool]]]:
    """By pair; a line that a killed process left half is not read."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        if line.endswith("\n"):
            row = json.loads(line)
            found[row["id"]] = [(text, finished) for text, finished in row["candidates"]]
    return found


def best(pairs: Sequence[Pair], candidates: Mapping[str, Sequence[tuple[str, bool]]]) -> list[Pair]:
    """The pairs with the best candidate as their summary; those without a good one left out."""
    checker, policy = SupportChecker(SentenceEncoder("all-minilm-l6-v2")), SelectionPolicy()
    checker.open()
    found = []
    for pair in pairs:
        nearest = _nearest(pair, candidates.get(pair.id, ()))
        case = Case(split_sentences(pair.text, "en"), None, nearest)
        for summary in checker.check([case])[0]:
            if all(policy.passes(sentence) for sentence in summary):
                text = joined([sentence.text for sentence in summary], _form(pair))
                found.append(replace(pair, summary=text))
                break
    return found


def _nearest(pair: Pair, candidates: Sequence[tuple[str, bool]]) -> list[list[str]]:
    """The few that come nearest to the pair's summary and keep to its form, in parts, in order."""
    form = _form(pair)
    parts = [parts_of(text, finished, form, "en") for text, finished in candidates]
    points = _closeness([joined(one, form) for one in parts], pair.summary)
    order = sorted(range(len(parts)), key=lambda number: -points[number])
    kept = [n for n in order if BOUNDS[form].hold(parts[n]) and points[n] >= fmean(points) + GAIN]
    return [parts[n] for n in kept[:CHECKED]]


def _closeness(texts: Sequence[str], reference: str) -> list[float]:
    """Mean of the three ROUGE scores of each."""
    scores = rouge(texts, [[reference]] * len(texts))
    return [fmean(float(scores[name][n]) for name in ROUGE) for n in range(len(texts))]


def _form(pair: Pair) -> Form:
    form: Form = "brief" if pair.form == "brief" else "sentence"
    return form


def _prompt(engine: OpenVinoEngine, pair: Pair) -> Prompt:
    text = fit(pair.text, CONFIG["max_source_tokens"], "lead", engine.count_tokens, "en").pieces[0]
    return Prompt(CONFIG["prompt"].replace("{text}", text), CONFIG["instructions"][pair.form])


if __name__ == "__main__":
    main()
