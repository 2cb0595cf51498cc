"""Region by a trained model of focus over the lexicon's evidence and the words of the article.

Every country that is named, and a few that the words speak for, gets the probability that the
article is about it. Offsets and mentions are the lexicon's; a country that is in focus and is not
named has none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass as plain_dataclass
from dataclasses import replace
from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.article import SCORE_DIGITS, Article, Country, RegionScores
from pipeline.config.schema import PLUGIN
from pipeline.region.focus_features import candidates, features, weighed
from pipeline.region.focus_model import FocusModel, artefact, load_focus_model
from pipeline.region.focus_words import words_of
from pipeline.region.gazetteer import Gazetteer
from pipeline.region.hits import Mention
from pipeline.region.lexicon import by_country, countries_of, dateline_end
from pipeline.region.lists import even_list
from pipeline.region.world_words import speaks_of_world
from pipeline.stage import RegionThresholds
from pipeline.taxonomy.regions import ancestors, load_places, load_towns, taxonomy_identity

STAGE_VERSION = "3"
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

    Scores the countries that are named, and those that the words alone speak for, by the
    probability that the article is about them, best first; and World, where it may be the answer.
    """

    model: str | None = None
    focus_threshold: _Share | None = None
    best_threshold: _Share | None = None
    world_countries: PositiveInt = 5
    max_evidence: PositiveInt = 20
    needs_vector: ClassVar[bool] = False
    decision_fields: ClassVar[frozenset[str]] = frozenset({"focus_threshold", "best_threshold"})

    def __post_init__(self) -> None:
        self._folder = Path(self.model).expanduser() if self.model else None
        self._gazetteer: Gazetteer | None = None
        self._loaded: FocusModel | None = None

    def identity(self) -> Mapping[str, str]:
        """Stage version, edition and sha256 of the tables, sha256 of the model."""
        model = {"model": artefact(self._folder).digest}
        return {"stage": f"focus-{STAGE_VERSION}", **taxonomy_identity(), **model}

    def open(self) -> None:
        """Builds the automaton and reads the model; a second call does nothing."""
        if self._loaded is None:
            self._gazetteer = Gazetteer(load_places() + load_towns())
            self._loaded = load_focus_model(self._folder)

    def thresholds(self) -> RegionThresholds:
        """Those that are given, else those chosen with the model, which is read for them."""
        focus, best = self.focus_threshold, self.best_threshold
        if focus is None or best is None:
            model = load_focus_model(self._folder)
            focus = model.focus_threshold if focus is None else focus
            best = model.best_threshold if best is None else best
        return RegionThresholds(focus, best)

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        """The articles with the scores of countries and World, in the same order."""
        self.open()
        assert self._gazetteer is not None and self._loaded is not None
        seen = [evidence(article, self._gazetteer, self._loaded) for article in articles]
        if not seen:
            return []
        scores = self._loaded.probabilities(np.concatenate([one.rows for one in seen]))
        ends = np.cumsum([len(one.rows) for one in seen])[:-1]
        parts = np.split(scores, ends)
        return [
            self._scored(article, one, part)
            for article, one, part in zip(articles, seen, parts, strict=True)
        ]

    def _scored(self, article: Article, seen: Seen, scores: NDArray[np.float32]) -> Article:
        chances = {
            code: round(float(score), SCORE_DIGITS)
            for code, score in zip(seen.chosen, scores, strict=True)
        }
        shares = even_list(seen.mentions, article.text)
        chances |= {code: min(chances[code], round(shares[code], SCORE_DIGITS)) for code in shares}
        able = set() if shares else self._able(chances, seen)
        countries = countries_of(
            chances,
            able,
            by_country(seen.mentions),
            article.title or "",
            article.text,
            self.max_evidence,
        )
        return replace(
            article, region_scores=RegionScores(countries, self._world(article, countries))
        )

    def _able(self, chances: Mapping[str, float], seen: Seen) -> set[str]:
        """Countries that may be in focus: they are named, or the words are clear about them."""
        assert self._loaded is not None
        words = self._loaded.words
        return {
            code
            for code, chance in chances.items()
            if code not in seen.silent or words.is_clear(code, seen.words, chance)
        }

    def _world(self, article: Article, countries: Sequence[Country]) -> float | None:
        """The most that World may score: 1 for a piece that names many countries on several
        continents, else what its words say of the world."""
        named = [country for country in countries if country.mentions]
        spread = {chain[1] for c in named if len(chain := ancestors(c.alpha2)) > 1}
        if len(named) >= self.world_countries and len(spread) >= _WORLD_REGIONS:
            return 1.0
        return speaks_of_world(article.title or "", article.text) or None


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
