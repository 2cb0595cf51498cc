"""How region classifiers do on four sets that they were not made with, beside plain baselines.

    python scripts/models/region_table.py DATA [--systems majority,lexicon,...]

DATA has the folder `region/`. Only the held part of each set is measured: two fifths, chosen by
the digest of the text (`pipeline.evaluate.gold.region_sets.is_held`). Title and text are given as
the set has them; Reuters texts come without their dateline. Percentages with 95% bootstrap
intervals over documents:

- `Reuters F1`: micro-F1 of the countries with `focus` against PLACES, over all documents. States
  of 1987 that are no more count as the set maps them: USSR as RU, both Germanies as DE,
  Czechoslovakia as CZ, Yugoslavia as RS, Yemen as YE, Netherlands Antilles as CW.
- `Reuters F1, dateline`: the same with "CITY, March 2 -" before the text, as it was printed.
- `newswire country`: the best country with focus is that of the outlet (a weak label). Records of
  wires for a whole continent have no country and do not count here.
- `newswire sub-region`: `region` is the M49 sub-region of that country; the same records.
- `newswire area`: those other records: `region` lies in the wire's continent.
- `geoparsing main`: the best country with focus is the one most toponyms of the text lie in.
- `BBC desk`: `region` is the desk's sub-region where the desk is one (US and Canada, Latin America,
  UK, Middle East as Western Asia, China, India, Australia), else it lies in the desk's region
  (Europe, Asia, Africa). Articles of desks that are topics do not count. The Middle East desk
  writes on Egypt, Libya and Iran too, which M49 has elsewhere: wrong by this measure.
- `ECE`: expected calibration error of the scores of all countries that the system names, Reuters
  and newswire, ten bins of equal width, in percentage points.

An article without an answer is a wrong one. `majority` says what most of the rest of each set says.
`lexicon 1` is the lexicon at the parameters of its first edition, without towns.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from pipeline.annotate.plan import annotate_config, plan_stages
from pipeline.article import Article, Country
from pipeline.calibrate.apply import decide
from pipeline.config.compose import composed
from pipeline.core.bootstrap import Interval, mean_interval, ratio, sums_interval
from pipeline.evaluate.gold.region_sets import (
    BBC,
    GEOPARSING,
    NEWSWIRE,
    REUTERS,
    SETS,
    Labelled,
    read_set,
    with_dateline,
)
from pipeline.evaluate.metrics.confidence import calibration_error
from pipeline.region.lexicon import LexiconRegion
from pipeline.stage import Scores, Stage
from pipeline.taxonomy.regions import ancestors, load_countries, load_regions

Answers = Sequence[Article]
Measure = Callable[[Mapping[str, Sequence[Labelled]], Mapping[str, Answers]], Interval]

DATELINE = "reuters with dateline"
BATCH = 64
FIRST = {
    "title_weight": 3.0,
    "dateline_weight": 0.6,
    "decay_chars": 800.0,
    "tail_weight": 0.35,
    "repeat_power": 0.9,
    "prior": 0.5,
    "min_focus_score": 0.12,
    "focus_ratio": 0.5,
    "min_region_score": 0.3,
    "towns": False,
}
"""Parameters of the lexicon's first edition."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, help="folder that holds region/")
    parser.add_argument("--systems", default="majority,lexicon 1,lexicon,default")
    options = parser.parse_args()
    console = Console(width=200)
    sets = {name: read_set(options.data, name) for name in SETS}
    console.print(quality_table(options.systems.split(","), sets))


def quality_table(names: Sequence[str], sets: Mapping[str, Sequence[Labelled]]) -> Table:
    """Every measure of every system."""
    held = {name: [one for one in found if one.held] for name, found in sets.items()}
    sizes = ", ".join(f"{name} {len(found)}" for name, found in held.items())
    table = Table(title=f"held documents: {sizes}", title_justify="left")
    for column in ("system", *MEASURES, "ECE Reuters", "ECE newswire"):
        table.add_column(column)
    held[DATELINE] = [with_dateline(one) for one in held[REUTERS]]
    for system in names:
        answers = {
            name: _answers(system, sets.get(name, sets[REUTERS]), [one.article for one in found])
            for name, found in held.items()
        }
        cells = [str(measure(held, answers)) for measure in MEASURES.values()]
        for name in (REUTERS, NEWSWIRE):
            cells.append(f"{100 * country_calibration(held[name], answers[name]):.1f}")
        table.add_row(system, *cells)
    return table


def micro_f1(held: Sequence[Labelled], answers: Answers) -> Interval:
    """Micro-F1 in percent, resampled by document."""
    counts = []
    for one, answer in zip(held, answers, strict=True):
        said = {country.alpha2 for country in answer.countries if country.focus}
        counts.append((200 * len(said & one.countries), len(said) + len(one.countries)))
    return sums_interval(np.array(counts, float), ratio)


def country_calibration(held: Sequence[Labelled], answers: Answers) -> float:
    """Expected calibration error of the scores of named countries, in 0..1 (Naeini et al. 2015)."""
    pairs = [
        (country.score, country.alpha2 in one.countries)
        for one, answer in zip(held, answers, strict=True)
        if one.countries
        for country in answer.countries
    ]
    if not pairs:
        return float("nan")
    scores, truth = np.array(pairs, float).T
    return calibration_error(scores, truth)


def _country_is_right(one: Labelled, answer: Article) -> bool:
    best = next((country.alpha2 for country in answer.countries if country.focus), None)
    return best in one.countries


def _sub_region_is_right(one: Labelled, answer: Article) -> bool:
    return answer.region in {ancestors(country)[-1] for country in one.countries}


def _area_is_right(one: Labelled, answer: Article) -> bool:
    return answer.region is not None and one.area in (
        answer.region,
        load_regions()[answer.region].parent,
    )


def _share(name: str, right: Callable[[Labelled, Article], bool]) -> Measure:
    """Of the documents of a set that have what is asked for, an area or a country."""

    def measure(held: Mapping[str, Sequence[Labelled]], answers: Mapping[str, Answers]) -> Interval:
        pairs = zip(held[name], answers[name], strict=True)
        asked = [p for p in pairs if (p[0].area if right is _area_is_right else p[0].countries)]
        return mean_interval(np.array([100.0 * right(one, answer) for one, answer in asked]))

    return measure


MEASURES: Mapping[str, Measure] = {
    "Reuters F1": lambda held, answers: micro_f1(held[REUTERS], answers[REUTERS]),
    "Reuters F1, dateline": lambda held, answers: micro_f1(held[DATELINE], answers[DATELINE]),
    "newswire country": _share(NEWSWIRE, _country_is_right),
    "newswire sub-region": _share(NEWSWIRE, _sub_region_is_right),
    "newswire area": _share(NEWSWIRE, _area_is_right),
    "geoparsing main": _share(GEOPARSING, _country_is_right),
    "BBC desk": _share(BBC, _area_is_right),
}


def _answers(system: str, known: Sequence[Labelled], articles: Sequence[Article]) -> Answers:
    if system == "majority":
        return _majority([one for one in known if not one.held], articles)
    return answers_of(_stage(system), articles)


def answers_of(stage: Scores, articles: Sequence[Article]) -> Answers:
    """The articles with what the stage's thresholds make of its scores."""
    done: list[Article] = []
    for start in range(0, len(articles), BATCH):
        done += stage(articles[start : start + BATCH])
    thresholds = stage.thresholds()
    return [decide(article, None, thresholds) for article in done]


def _majority(known: Sequence[Labelled], articles: Sequence[Article]) -> Answers:
    """The commonest country, or where the set has areas the commonest sub-region of one."""
    countries = Counter(code for one in known for code in one.countries)
    areas = Counter(one.area for one in known if one.area)
    code = countries.most_common(1)[0][0] if countries else None
    region = ancestors(code)[-1] if code else areas.most_common(1)[0][0]
    named = (
        (Country(code, load_countries()[code].name, 1.0, True, 0, ()),) if code is not None else ()
    )
    return [Article(id=a.id, countries=named, region=region) for a in articles]


def _stage(system: str) -> Scores:
    """`lexicon 1`, or the option `system` of the group `region`; `default` is that of a run."""
    if system == "lexicon 1":
        stage: Stage = LexiconRegion(**FIRST)  # type: ignore[arg-type]
    else:
        more = [] if system == "default" else [f"region={system}"]
        more += ["run.name=table", "topic=none", "summarizer=none"]
        stage = plan_stages(annotate_config(composed("annotate", more).values()))["region"].stage
    stage.open()
    assert isinstance(stage, Scores)
    return stage


if __name__ == "__main__":
    main()
