"""Region by lexicon: which countries an article names, and how much speaks for each.

The first stage a run can afford everywhere: no model, every score traceable to offsets.
Scores follow the geoparsing practice of counting mentions weighted by position (CLIFF, D'Ignazio
et al. 2014); what counts as a place name is decided in `gazetteer`.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, ClassVar

from pydantic import Field, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.article import SCORE_DIGITS, Article, Country, Evidence, RegionScores
from pipeline.config.schema import PLUGIN
from pipeline.region.gazetteer import Gazetteer
from pipeline.region.hits import Mention
from pipeline.stage import RegionThresholds
from pipeline.taxonomy.regions import load_countries, load_places, load_towns, taxonomy_identity

STAGE_VERSION = "3"
# A dateline is at most "FORT VALLEY, Georgia, Sept 30 (Agency) - ".
_DATELINE_CHARS = 90
_DASH = re.compile(r"\s*(?:\s--?|–|—)\s|\)\s*[-–—]")
_DATELINE_HEAD = re.compile(r"\s*[A-Z][A-Z.'’ -]{2,}[^.!?]*$|\s*[A-Z][^.!?]*\([^)]+$")

_Share = Annotated[float, Field(ge=0, le=1)]

KIND_WEIGHTS: Mapping[str, float] = {
    "country": 1.0, "demonym": 0.8, "capital": 0.8, "division": 0.8, "city": 0.8, "town": 0.5,
    "metonym": 0.5, "institution": 0.3,
}  # fmt: skip
"""What a mention counts by its kind; set by judgement, not tuned."""


@dataclass(config=PLUGIN)
class LexiconRegion:
    """The region stage; parameters as explained in `configs/region/lexicon.yaml`.

    Scores every country that is named, best first, by its share of all mentions.
    """

    title_weight: float = 3.0
    dateline_weight: float = 0.6
    decay_chars: PositiveFloat = 800.0
    tail_weight: _Share = 0.35
    repeat_power: _Share = 0.9
    prior: PositiveFloat = 0.5
    min_focus_score: _Share = 0.12
    focus_ratio: _Share = 0.5
    min_region_score: _Share = 0.3
    max_evidence: PositiveInt = 20
    towns: bool = True
    needs_vector: ClassVar[bool] = False
    decision_fields: ClassVar[frozenset[str]] = frozenset(
        {"min_focus_score", "focus_ratio", "min_region_score"}
    )

    def __post_init__(self) -> None:
        self._gazetteer: Gazetteer | None = None

    def identity(self) -> Mapping[str, str]:
        """Stage version, edition of the tables, and the sha256 of each."""
        return {"stage": f"lexicon-{STAGE_VERSION}", **taxonomy_identity()}

    def open(self) -> None:
        """Builds the automaton, about half a second with towns."""
        self._gazetteer = Gazetteer(load_places() + (load_towns() if self.towns else ()))

    def thresholds(self) -> RegionThresholds:
        """As configured; a region's score is the sum of its countries' shares."""
        return RegionThresholds(
            focus=self.min_focus_score,
            ratio=self.focus_ratio,
            region=self.min_region_score,
            pooling="sum",
        )

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        """The articles with the scores of their countries, in the same order."""
        if self._gazetteer is None:
            self.open()
        return [self._scored(article) for article in articles]

    def _scored(self, article: Article) -> Article:
        assert self._gazetteer is not None
        title = article.title or ""
        mentions = self._gazetteer.mentions(title, article.text)
        countries = self._countries(mentions, title, article.text)
        return replace(article, region_scores=RegionScores(countries))

    def _countries(self, mentions: list[Mention], title: str, text: str) -> tuple[Country, ...]:
        dateline, named = dateline_end(text), by_country(mentions)
        weights = {code: self._weight(found, dateline) for code, found in named.items()}
        total = self.prior + sum(weights.values())
        scores = {code: round(weight / total, SCORE_DIGITS) for code, weight in weights.items()}
        return countries_of(scores, scores, named, title, text, self.max_evidence)

    def _weight(self, mentions: list[Mention], dateline: int) -> float:
        """Sum of the mentions' weights, raised to `repeat_power`: repeats count less and less."""
        weights = (self.title_weight, self.dateline_weight, self.tail_weight, self.decay_chars)
        total = math.fsum(weight_of(mention, dateline, *weights) for mention in mentions)
        return math.pow(total, self.repeat_power)


def weight_of(
    mention: Mention, dateline: int, title: float, in_dateline: float, tail: float, decay: float
) -> float:
    """What a mention counts by kind and place: `title` or `in_dateline` times there, else from once
    down to `tail`, which the first `decay` characters bring nearer by an e-fold."""
    value = KIND_WEIGHTS[mention.kind]
    if mention.in_title:
        return value * title
    if mention.end <= dateline:
        return value * in_dateline
    return value * (tail + (1 - tail) * math.exp(-mention.start / decay))


def dateline_end(text: str) -> int:
    """Where the dateline ends ("NAIROBI, Kenya (Agency) - "), 0 without one."""
    found = _DASH.search(text, 0, _DATELINE_CHARS)
    if found is None or not _DATELINE_HEAD.match(text[: found.start()]):
        return 0
    return found.end()


def by_country(mentions: Iterable[Mention]) -> Mapping[str, list[Mention]]:
    """Mentions by alpha-2 code; an empty list for a country without any."""
    named: dict[str, list[Mention]] = defaultdict(list)
    for mention in mentions:
        named[mention.alpha2].append(mention)
    return named


def countries_of(
    scores: Mapping[str, float],
    focus: Collection[str],
    named: Mapping[str, Sequence[Mention]],
    title: str,
    text: str,
    most: int,
) -> tuple[Country, ...]:
    """Countries that are named or may be in `focus`, best first, each with `most` mentions as they
    stand in the row."""
    return tuple(
        Country(
            alpha2=code,
            name=load_countries()[code].name,
            score=scores[code],
            focus=code in focus,
            mentions=len(named[code]),
            evidence=tuple(
                Evidence(one.start, one.end, source[one.start : one.end], one.in_title)
                for one in named[code][:most]
                for source in (title if one.in_title else text,)
            ),
        )
        for code in sorted(scores, key=lambda code: (-scores[code], code))
        if named[code] or code in focus
    )
