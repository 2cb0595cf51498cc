"""`dateline train-region`: articles with known countries to a model of focus with a card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from rich.console import Console

from pipeline.article import Article
from pipeline.config.schema import construct
from pipeline.core.digest import digest_of
from pipeline.core.errors import ConfigError, InputError
from pipeline.core.extras import needs
from pipeline.core.progress import progress_bar
from pipeline.core.stopping import Stop, stopped
from pipeline.engines.weights.artefact import CARD
from pipeline.region.focus import FocusRegion
from pipeline.region.focus_model import WEIGHTS, FocusModel, arrays_of
from pipeline.region.gazetteer import Gazetteer
from pipeline.region.lexicon import LexiconRegion
from pipeline.taxonomy.regions import load_places, load_towns
from pipeline.train.files import named, paths
from pipeline.train.region.figures import accuracy, answers_of, focus_of, micro_f1
from pipeline.train.region.fit import fitted
from pipeline.train.region.rows import (
    RegionRow,
    is_kept_back,
    read_articles,
    read_region_rows,
)
from pipeline.train.region.settings import TrainRegionSettings
from pipeline.train.region.words import Document, sure_documents

FEWEST = 40
"""Labelled articles to learn from: the trees have leaves of 25 candidates, and each sees half."""


def train_region(config: Mapping[str, object], console: Console, stop: Stop) -> Path:
    """Train a model of focus; returns its folder, which has the artefact and its card.

    Raises:
        ConfigError: a key is wrong, or the folder holds something.
        InputError: the articles cannot be read, or are too few or all about one country.
        StoppedError: an end was asked for; nothing is written.
    """
    settings = construct(TrainRegionSettings, config, "")
    folder = Path(settings.to).expanduser()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"to={settings.to}: is there and not empty; name another folder")
    with needs("scikit-learn", "train"):
        import sklearn  # noqa: F401
    train, test = read_region_rows(settings.gold, settings.articles)
    _check(train, test, settings)
    gazetteer = Gazetteer(load_places() + load_towns())
    silver = list(_silver(settings, {r.article.text for r in test}, gazetteer, console, stop))
    model = fitted(train, silver, gazetteer, settings.training, settings.sets, stop)
    figures = _figures(model, train, test)
    for line in figures:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    names = [path.name for path in paths(settings.gold)]
    write_model(
        folder,
        model,
        {
            "data": settings.data or ", ".join(names),
            "rows": {"train": len(train), "test": len(test), "silver": len(silver)},
            "training": {"command": "dateline train-region", **asdict(settings.training)},
            "sets": {name: asdict(one) for name, one in settings.sets.items()},
            "figures": figures,
        },
    )
    return folder


def write_model(folder: Path, model: FocusModel, more: Mapping[str, object]) -> None:
    """The artefact and `card.yaml`: its digest, what it knows, and `more`."""
    from safetensors.numpy import save

    folder.mkdir(parents=True, exist_ok=True)
    (folder / WEIGHTS).write_bytes(save(dict(arrays_of(model))))
    card = {
        "name": "region",
        "task": "which countries an article is about, named or not",
        "licence": "Apache-2.0",
        "files": {WEIGHTS: digest_of(folder / WEIGHTS)},
        "countries_known_by_words": len(model.words.countries),
        "words": len(model.words.index),
        "thresholds": {"focus": model.focus_threshold, "best": model.best_threshold},
        **more,
    }
    text = "# A trained model of focus.\n" + yaml.safe_dump(card, sort_keys=False)
    (folder / CARD).write_text(text, encoding="utf-8")


def stage_of(model: FocusModel) -> FocusRegion:
    """The region stage by a model that is in no folder yet."""
    with TemporaryDirectory() as folder:
        write_model(Path(folder), model, {})
        stage = FocusRegion(folder)
        stage.open()
    return stage


def _check(
    train: Sequence[RegionRow], test: Sequence[RegionRow], settings: TrainRegionSettings
) -> None:
    gold = named(settings.gold)
    for key in settings.sets:
        if key not in {row.set for row in train}:
            raise ConfigError(f"sets.{key}: no row of gold is of this set")
    if len(train) < FEWEST:
        raise InputError(
            f"{gold}: {len(train)} labelled articles to learn from and {len(test)} to "
            f"measure on; it takes at least {FEWEST} to learn from: label more"
        )
    if not any(row.countries for row in test):
        raise InputError(
            f"{gold}: none of the {len(test)} articles to measure on has countries; "
            "label more, or give some of them split='test'"
        )
    labels = {row.countries or row.area for row in train}
    if len(labels) < 2:
        raise InputError(
            f"{gold}: all articles are about the same, so nothing tells countries apart; "
            "label articles about others too"
        )


def _silver(
    settings: TrainRegionSettings,
    test: set[str],
    gazetteer: Gazetteer,
    console: Console,
    stop: Callable[[], bool],
) -> Iterator[Document]:
    """The articles without labels whose countries are sure, none that is measured on."""
    if settings.silver is None:
        return
    articles = [
        one
        for one in read_articles(settings.silver)
        if one.text not in test and not is_kept_back(one)
    ]
    with progress_bar(console, "articles without labels", len(articles)) as bar:

        def asked() -> Iterator[Article]:
            for article in articles:
                if stop():
                    raise stopped()
                yield article
                bar(1)

        yield from sure_documents(asked(), gazetteer, settings.training)


def _figures(model: FocusModel, train: Sequence[RegionRow], test: Sequence[RegionRow]) -> list[str]:
    """How the model does on what it has not seen, beside the lexicon and the commonest country."""
    known = [row for row in test if row.countries is not None]
    gold = [row.countries or frozenset() for row in known]
    articles = [row.article for row in known]
    common = Counter(code for row in train for code in row.countries or ()).most_common(1)
    said = {
        "trained": [focus_of(one) for one in answers_of(stage_of(model), articles)],
        "lexicon": [focus_of(one) for one in answers_of(LexiconRegion(), articles)],
        "commonest country": [[code for code, _ in common]] * len(known),
    }
    lines = [f"{len(known)} articles that were not learnt from; percent with 95% intervals"]
    for name, answers in said.items():
        best = accuracy(
            codes[0] in truth if codes else not truth
            for codes, truth in zip(answers, gold, strict=True)
        )
        lines.append(f"{name}: micro-F1 of countries {micro_f1(gold, answers)}, best right {best}")
    return lines
