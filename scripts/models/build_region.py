"""Trains the shipped model of focus, prints how it does on what it has not seen, writes it.

    python scripts/models/build_region.py DATA [--out models/region] [--leave-out]

DATA has the folders `region/` (labelled; only what is not held is read, see
`pipeline.evaluate.gold.region_sets`), and `topic/`, `summary/`, `wikinews/`: articles whose country
the lexicon is sure of teach the word model what else speaks for a country. Every second Reuters
article is seen with its dateline. Seeded.

`--leave-out` also fits once for each labelled set without it, and prints that model's figures on
its held part.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml
from region_table import MEASURES

from pipeline.article import Article
from pipeline.evaluate.gold.region_sets import (
    BBC,
    GEOPARSING,
    NEWSWIRE,
    REUTERS,
    SETS,
    Labelled,
    is_held,
    read_set,
    with_dateline,
)
from pipeline.region.focus_model import FocusModel
from pipeline.region.gazetteer import Gazetteer
from pipeline.taxonomy.regions import load_places, load_towns
from pipeline.train.region.command import stage_of, write_model
from pipeline.train.region.figures import answers_of
from pipeline.train.region.fit import fitted
from pipeline.train.region.rows import RegionRow
from pipeline.train.region.settings import RegionTraining, SetSettings
from pipeline.train.region.words import sure_documents

# An article of a set counts so much: few outlets of a set must not drown in many briefs of another.
COUNTS: Mapping[str, SetSettings] = {
    REUTERS: SetSettings(0.5, 0.5, "micro_f1"),
    NEWSWIRE: SetSettings(3.0, 0.25, "accuracy"),
    GEOPARSING: SetSettings(1.0, 0.1, "none"),
    BBC: SetSettings(1.0, 0.15, "accuracy"),
}

_DESKS = {"154": "GB", "021": "US", "034": "IN", "030": "CN", "053": "AU"}
"""The country that stands for a desk of the BBC where its articles name none."""

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
    gazetteer, training = Gazetteer(load_places() + load_towns()), RegionTraining()
    every = [one for name in SETS for one in read_set(options.data, name)]
    known = [one for one in every if not one.held]
    rows = [_row(with_dateline(one) if n % 2 else one) for n, one in enumerate(known)]
    held = {name: [one for one in every if one.held and one.set == name] for name in SETS}
    silver = list(sure_documents(unlabelled(options.data), gazetteer, training))
    print(f"{len(rows)} labelled articles, {len(silver)} that the lexicon is sure of", flush=True)
    model = fitted(rows, silver, gazetteer, training, COUNTS)
    scores = {name: scores_of(model, held, name) for name in SETS}
    print(yaml.safe_dump({"held": scores}), flush=True)
    left_out = {}
    if options.leave_out:
        for name in SETS:
            rest = [row for row in rows if row.set != name]
            without = fitted(rest, silver, gazetteer, training, COUNTS)
            left_out[name] = scores_of(without, held, name)
            print(yaml.safe_dump({f"without {name}": left_out[name]}), flush=True)
    card = {
        "data": (
            "Three fifths of Reuters-21578 (PLACES, training documents), English Worldwide "
            "Newswire, LGL, TR-News and GeoVirus, BBC 2017 (desks); beside them articles of "
            "Wikipedia Current events, NPR, HuffPost, Inshorts, BBC, CNN/DailyMail, XSum, "
            "news_summary and Wikinews with the countries that the lexicon is sure of. English "
            "only. Words that occur in six articles or more are in the artefact, no text."
        ),
        "training": "scripts/models/build_region.py",
        "scores": (
            "percent with 95% bootstrap intervals on the held two fifths of each set; measures "
            "as in scripts/models/region_table.py"
        ),
    }
    write_model(options.out, model, {**card, "held": scores, "set_left_out": left_out})


def _row(one: Labelled) -> RegionRow:
    desk = _DESKS.get(one.area or "") if one.set == BBC else None
    return RegionRow(one.article, one.countries or None, one.area, desk, one.set)


def unlabelled(data: Path) -> Iterator[Article]:
    """Articles without labels of region, none that is held."""
    for folder in ("topic", "summary", "wikinews"):
        for path in sorted((data / folder).glob("*.jsonl.gz")):
            step = EVERY.get(path.name, 1)
            with gzip.open(path, "rt", encoding="utf-8") as file:
                for number, line in enumerate(file):
                    if number % step == 0:
                        row = json.loads(line)
                        if not is_held(f"{row['title'] or ''}{row['text']}"):
                            yield Article("", title=row["title"] or "", text=row["text"])


def scores_of(model: FocusModel, held: Mapping[str, Sequence[Labelled]], name: str) -> object:
    """The measures of a set, by a model that may not have seen it, on its held part."""
    found = answers_of(stage_of(model), [one.article for one in held[name]])
    own = [m for m in MEASURES if m.lower().startswith(name) and "dateline" not in m]
    return {m: str(MEASURES[m]({name: held[name]}, {name: found})) for m in own}


if __name__ == "__main__":
    main()
