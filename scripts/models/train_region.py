"""Trains the model of focus, prints how it does on sets it has not seen, writes the artefact.

    python scripts/models/train_region.py DATA [--out models/region] [--leave-out]

DATA has the folders `region/` (labelled; only what is not held is read, see
`pipeline.evaluate.gold.region_sets`), and `topic/`, `summary/`, `wikinews/`: articles whose country
the lexicon is sure of teach the word model what else speaks for a country. Every second Reuters
article is seen with its dateline. Of two halves, the one an article is not in makes the word model
that the trees see, and the trees that the calibration and the thresholds see. Seeded.

`--leave-out` also fits once for each labelled set without it, and prints that model's figures on
its held part.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import yaml
from region_table import MEASURES, answers_of

from pipeline.article import Article
from pipeline.core.digest import digest_of
from pipeline.engines.weights.artefact import CARD
from pipeline.evaluate.gold.region_sets import (
    SETS,
    Labelled,
    is_held,
    read_set,
    with_dateline,
)
from pipeline.region.focus import FocusRegion
from pipeline.region.focus_model import WEIGHTS, FocusModel, arrays_of
from pipeline.region.focus_words import words_of
from pipeline.region.gazetteer import Gazetteer
from pipeline.region.lexicon import LexiconRegion
from pipeline.taxonomy.regions import load_places, load_towns
from pipeline.train.region.fit import (
    FOLDS,
    SILVER_WEIGHT,
    WORD_WEIGHTS,
    Document,
    about,
    calibration,
    candidates_of,
    forest,
    thresholds,
    word_model,
)

SURE = 0.3
"""Share of the evidence from which the lexicon's best country is believed."""

EVERY: Mapping[str, int] = {
    "current_events_train.jsonl.gz": 12,
    "huffpost_train.jsonl.gz": 12,
    "npr_train.jsonl.gz": 3,
    "inshorts_train.jsonl.gz": 3,
}
"""Of long sets, only every n-th article is read."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, help="folder that holds region/ and the unlabelled sets")
    parser.add_argument("--out", type=Path, default=Path("models/region"))
    parser.add_argument("--leave-out", action="store_true", help="measure on sets left out")
    options = parser.parse_args()
    gazetteer = Gazetteer(load_places() + load_towns())
    every = [one for name in SETS for one in read_set(options.data, name)]
    known = [one for one in every if not one.held]
    known = [with_dateline(one) if number % 2 else one for number, one in enumerate(known)]
    held = {name: [one for one in every if one.held and one.set == name] for name in SETS}
    silver = list(silver_documents(options.data, gazetteer))
    print(f"{len(known)} labelled articles, {len(silver)} that the lexicon is sure of", flush=True)
    model = fitted(known, silver, gazetteer)
    scores = {name: scores_of(model, held, name) for name in SETS}
    print(yaml.safe_dump({"held": scores}), flush=True)
    left_out = {}
    if options.leave_out:
        for name in SETS:
            rest = [one for one in known if one.set != name]
            left_out[name] = scores_of(fitted(rest, silver, gazetteer), held, name)
            print(yaml.safe_dump({f"without {name}": left_out[name]}), flush=True)
    write(options.out, model, {"held": scores, "set_left_out": left_out})


def silver_documents(data: Path, gazetteer: Gazetteer) -> Iterator[Document]:
    """Articles without labels of region, each with the countries the lexicon is sure of."""
    lexicon = LexiconRegion()
    lexicon.open()
    for folder in ("topic", "summary", "wikinews"):
        for path in sorted((data / folder).glob("*.jsonl.gz")):
            step = EVERY.get(path.name, 1)
            with gzip.open(path, "rt", encoding="utf-8") as file:
                for number, line in enumerate(file):
                    if number % step:
                        continue
                    row = json.loads(line)
                    title, text = row["title"] or "", row["text"]
                    if is_held(f"{title}{text}"):
                        continue
                    [found] = answers_of(lexicon, [Article("", title=title, text=text)])
                    focus = [country for country in found.countries if country.focus]
                    if focus and focus[0].score >= SURE:
                        words = words_of(title, text, gazetteer.mentions(title, text))
                        codes = [country.alpha2 for country in focus[:3]]
                        yield Document(frozenset(words), codes, SILVER_WEIGHT)


def fitted(
    known: Sequence[Labelled], silver: Sequence[Document], gazetteer: Gazetteer
) -> FocusModel:
    """A model of all of these articles."""
    # By pairs, for every second Reuters article has its dateline.
    folds = np.array([number // 2 % FOLDS for number in range(len(known))])
    documents = []
    for one in known:
        title, text = one.article.title or "", one.article.text
        found_words = words_of(title, text, gazetteer.mentions(title, text))
        documents.append(Document(frozenset(found_words), about(one), WORD_WEIGHTS[one.set]))

    by_fold = []
    for fold in range(FOLDS):
        others = [one for one, at in zip(documents, folds, strict=True) if at != fold]
        by_fold.append(word_model([*others, *silver]))
    found = candidates_of(known, gazetteer, lambda n: by_fold[folds[n]])
    logits = np.zeros(len(found.owner))
    for fold in range(FOLDS):
        here = folds[found.owner] == fold
        grown = forest(found, ~here)
        logits[here] = grown.logits(found.rows[here])
    slope, offset = platt = calibration(logits, found)
    chances = 1 / (1 + np.exp(-(slope * logits + offset)))
    focus, best = thresholds(known, found, chances)
    words = word_model([*documents, *silver])
    everything = np.ones(len(logits), bool)
    return FocusModel(words, forest(found, everything), platt, focus, best)


def scores_of(model: FocusModel, held: Mapping[str, Sequence[Labelled]], name: str) -> object:
    """The measures of a set, by a model that may not have seen it, on its held part."""
    with TemporaryDirectory() as folder:
        write(Path(folder), model, {})
        stage = FocusRegion(model=folder)
        found = answers_of(stage, [one.article for one in held[name]])
    own = [m for m in MEASURES if m.lower().startswith(name) and "dateline" not in m]
    return {m: str(MEASURES[m]({name: held[name]}, {name: found})) for m in own}


def write(out: Path, model: FocusModel, scores: Mapping[str, object]) -> None:
    """The artefact and its card."""
    from safetensors.numpy import save

    out.mkdir(parents=True, exist_ok=True)
    (out / WEIGHTS).write_bytes(save(dict(arrays_of(model))))
    card = {
        "name": "region",
        "task": "which countries an article is about, named or not",
        "licence": "Apache-2.0",
        "files": {WEIGHTS: digest_of(out / WEIGHTS)},
        "data": (
            "Three fifths of Reuters-21578 (PLACES, training documents), English Worldwide "
            "Newswire, LGL, TR-News and GeoVirus, BBC 2017 (desks); beside them articles of "
            "Wikipedia Current events, NPR, HuffPost, Inshorts, BBC, CNN/DailyMail, XSum, "
            "news_summary and Wikinews with the countries that the lexicon is sure of. English "
            "only. Words that occur in six articles or more are in the artefact, no text."
        ),
        "training": "scripts/models/train_region.py",
        "countries_known_by_words": len(model.words.countries),
        "words": len(model.words.index),
        "thresholds": {"focus": model.focus_threshold, "best": model.best_threshold},
        "scores": (
            "percent with 95% bootstrap intervals on the held two fifths of each set; measures "
            "as in scripts/models/region_table.py"
        ),
        **scores,
    }
    text = "# The trained model of focus.\n" + yaml.safe_dump(card, sort_keys=False)
    (out / CARD).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
