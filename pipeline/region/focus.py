"""Region by a trained model of focus over the lexicon's evidence and the words of the article.

Every country that is named, and a few that the words speak for, gets the probability that the
article is about it. Offsets and mentions are the lexicon's; a country that is in focus and is not
named has none.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass as plain_dataclass
from dataclasses import replace
from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.article import Article, Country, Region
from pipeline.config.schema import PLUGIN
from pipeline.region.focus_features import candidates, features, weighed
from pipeline.region.focus_model import FocusModel, artefact, load_focus_model
from pipeline.region.focus_words import words_of
from pipeline.region.gazetteer import Gazetteer
from pipeline.region.hits import Mention
from pipeline.region.lexicon import dateline_end, evidence_of
from pipeline.region.lists import even_list
from pipeline.region.world_words import speaks_of_world
from pipeline.taxonomy.regions import (
    LEVELS,
    VERSION,
    ancestors,
    data_digests,
    load_countries,
    load_places,
    load_regions,
    load_towns,
)

STAGE_VERSION = "3"
_DIGITS = 4
_WORLD = "001"
_WORLD_REGIONS = 3
"""Continents over which the countries of a piece about the world are spread."""

_Share = Annotated[float, Field(ge=0, le=1)]


@plain_dataclass(frozen=True, slots=True)
class Seen:
    """What is known of an article before the trees are asked: candidates and their features.

    `words` are the rows of the words that the word model knows; `silent` are the candidates that no
    name speaks for.
    """

    mentions: list[Mention]
    chosen: list[str]
    rows: NDArray[np.float32]
    words: NDArray[np.intp]
    silent: Collection[str]


@dataclass(config=PLUGIN)
class FocusRegion:
    """The region stage; parameters as explained in `configs/region/focus.yaml`.

    Sets `countries` (all that are named, and those in focus without a name, best first), `regions`
    (those with a focus country, or World alone) and `region`, `region_name`, `region_score`.
    """

    model: str | None = None
    focus_threshold: _Share | None = None
    best_threshold: _Share | None = None
    world_countries: PositiveInt = 5
    max_evidence: PositiveInt = 20
    needs_vector: ClassVar[bool] = False

    def __post_init__(self) -> None:
        self._folder = Path(self.model).expanduser() if self.model else None
        self._gazetteer: Gazetteer | None = None
        self._loaded: FocusModel | None = None

    def identity(self) -> Mapping[str, str]:
        """Stage version, edition and sha256 of the tables, sha256 of the model."""
        digests = {f"sha256:{name}": found for name, found in data_digests().items()}
        model = {"model": artefact(self._folder).digest}
        return {"stage": f"focus-{STAGE_VERSION}", "taxonomy": VERSION, **digests, **model}

    def open(self) -> None:
        """Builds the automaton and reads the model; a second call does nothing."""
        if self._loaded is None:
            self._gazetteer = Gazetteer(load_places() + load_towns())
            self._loaded = load_focus_model(self._folder)

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        """The articles with countries and regions, in the same order."""
        self.open()
        assert self._gazetteer is not None and self._loaded is not None
        seen = [evidence(article, self._gazetteer, self._loaded) for article in articles]
        if not seen:
            return []
        scores = self._loaded.probabilities(np.concatenate([one.rows for one in seen]))
        ends = np.cumsum([len(one.rows) for one in seen])[:-1]
        parts = np.split(scores, ends)
        return [
            self._annotated(article, one, part)
            for article, one, part in zip(articles, seen, parts, strict=True)
        ]

    def _annotated(self, article: Article, seen: Seen, scores: NDArray[np.float32]) -> Article:
        chances = {
            code: round(float(score), _DIGITS)
            for code, score in zip(seen.chosen, scores, strict=True)
        }
        shares = even_list(seen.mentions, article.text)
        chances |= {code: min(chances[code], round(shares[code], _DIGITS)) for code in shares}
        focus = set() if shares else self._in_focus(chances, seen)
        countries = self._countries(article, seen.mentions, chances, focus)
        regions = _roll_up(countries)
        best = max(
            (region for region in regions if region.level == "sub-region"),
            key=lambda region: region.score,
            default=None,
        )
        if best is None:
            best = self._world(article, countries)
            regions = (best,) if best else ()
        return replace(
            article,
            countries=countries,
            regions=regions,
            region=best.code if best else None,
            region_name=best.name if best else None,
            region_score=best.score if best else None,
        )

    def _countries(
        self,
        article: Article,
        mentions: Sequence[Mention],
        chances: Mapping[str, float],
        focus: Collection[str],
    ) -> tuple[Country, ...]:
        named: dict[str, list[Mention]] = defaultdict(list)
        for mention in mentions:
            named[mention.alpha2].append(mention)
        title = article.title or ""
        return tuple(
            Country(
                alpha2=code,
                name=load_countries()[code].name,
                score=chances[code],
                focus=code in focus,
                mentions=len(named[code]),
                evidence=tuple(
                    evidence_of(mention, title, article.text)
                    for mention in named[code][: self.max_evidence]
                ),
            )
            for code in sorted(chances, key=lambda code: (-chances[code], code))
            if code in named or code in focus
        )

    def _in_focus(self, chances: Mapping[str, float], seen: Seen) -> set[str]:
        assert self._loaded is not None
        every = self.focus_threshold
        every = self._loaded.focus_threshold if every is None else every
        least = self.best_threshold
        least = self._loaded.best_threshold if least is None else least
        words = self._loaded.words
        sure = {
            code: chance
            for code, chance in chances.items()
            if chance >= min(every, least)
            and (code not in seen.silent or words.is_clear(code, seen.words, chance))
        }
        focus = {code for code, chance in sure.items() if chance >= every}
        if not focus and sure:
            best = min(sure, key=lambda code: (-sure[code], code))
            focus = {best} if sure[best] >= least else set()
        return focus

    def _world(self, article: Article, countries: Sequence[Country]) -> Region | None:
        """World, for a piece that is about no country and says that it is about the world, or names
        many countries on several continents.

        The score is the chance that it is about none of them, were they independent, or what the
        words say where that is less.
        """
        spread = {chain[1] for c in countries if len(chain := ancestors(c.alpha2)) > 1}
        score = math.prod(1 - country.score for country in countries)
        if len(countries) < self.world_countries or len(spread) < _WORLD_REGIONS:
            score = min(score, speaks_of_world(article.title or "", article.text))
            if not score:
                return None
        world = load_regions()[_WORLD]
        return Region(world.code, world.name, world.level, round(score, _DIGITS))


def evidence(article: Article, gazetteer: Gazetteer, model: FocusModel) -> Seen:
    """Mentions, candidates and features of an article; nothing without a title and a text."""
    title, text = article.title or "", article.text
    mentions = gazetteer.mentions(title, text)
    words = model.words.rows(words_of(title, text, mentions))
    if not mentions and not len(words):
        return Seen([], [], features([], [], 0, 0, {}, 0), words, ())
    said = model.words.log_probabilities(words)
    chosen = candidates(mentions, model.words.countries, said)
    by_words = dict(zip(model.words.countries, said.tolist(), strict=True))
    dateline = dateline_end(text)
    speaking = weighed(mentions, title, text, dateline)
    rows = features(chosen, speaking, dateline, len(text), by_words, len(words))
    named = {one.alpha2 for one in speaking}
    return Seen(mentions, chosen, rows, words, [code for code in chosen if code not in named])


def _roll_up(countries: Sequence[Country]) -> tuple[Region, ...]:
    """Regions that hold a focus country, world first, then by score.

    The score is the chance that the article is about some country of the region, as if countries
    were independent.
    """
    none: dict[str, float] = defaultdict(lambda: 1.0)
    for country in countries:
        for code in ancestors(country.alpha2):
            none[code] *= 1 - country.score
    focus = {code for c in countries if c.focus for code in ancestors(c.alpha2)}
    areas = load_regions()
    ranked = sorted(focus, key=lambda code: (LEVELS.index(areas[code].level), none[code], code))
    return tuple(
        Region(code, areas[code].name, areas[code].level, round(1 - none[code], _DIGITS))
        for code in ranked
    )
