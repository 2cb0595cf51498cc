"""Region by lexicon: which countries an article names, which it is about, and their M49 regions.

The first stage a run can afford everywhere: no model, every decision traceable to offsets.
Focus follows the geoparsing practice of counting mentions weighted by position (CLIFF, D'Ignazio
et al. 2014); what counts as a place name is decided in `gazetteer`.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, ClassVar

from pydantic import Field, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.article import Article, Country, Evidence, Region
from pipeline.config.schema import PLUGIN
from pipeline.region.gazetteer import Gazetteer
from pipeline.region.hits import Mention
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
# A dateline is at most "FORT VALLEY, Georgia, Sept 30 (Agency) - ".
_DATELINE_CHARS = 90
_DASH = re.compile(r"\s*(?:\s--?|–|—)\s|\)\s*[-–—]")
_DATELINE_HEAD = re.compile(r"\s*[A-Z][A-Z.'’ -]{2,}[^.!?]*$|\s*[A-Z][^.!?]*\([^)]+$")

_Share = Annotated[float, Field(ge=0, le=1)]

KIND_WEIGHTS: Mapping[str, float] = {
    "country": 1.0,
    "demonym": 0.8,
    "capital": 0.8,
    "division": 0.8,
    "city": 0.8,
    "town": 0.5,
    "metonym": 0.5,
    "institution": 0.3,
}
"""What a mention counts by its kind; set by judgement, not tuned."""


@dataclass(config=PLUGIN)
class LexiconRegion:
    """The region stage; parameters as explained in `configs/region/lexicon.yaml`.

    Sets `countries` (all that are named, best first), `regions` (those with a focus country) and
    `region`, `region_name`, `region_score`. An article without a place has none of them.
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

    def __post_init__(self) -> None:
        self._gazetteer: Gazetteer | None = None

    def identity(self) -> Mapping[str, str]:
        """Stage version, edition of the tables, and the sha256 of each."""
        digests = {f"sha256:{name}": digest for name, digest in data_digests().items()}
        return {"stage": f"lexicon-{STAGE_VERSION}", "taxonomy": VERSION, **digests}

    def open(self) -> None:
        """Builds the automaton, about half a second with towns."""
        self._gazetteer = Gazetteer(load_places() + (load_towns() if self.towns else ()))

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        """The articles with countries and regions, in the same order."""
        if self._gazetteer is None:
            self.open()
        return [self._annotated(article) for article in articles]

    def _annotated(self, article: Article) -> Article:
        assert self._gazetteer is not None
        title = article.title or ""
        mentions = self._gazetteer.mentions(title, article.text)
        countries = self._countries(mentions, title, article.text)
        regions = _roll_up(countries)
        subs = [region for region in regions if region.level == "sub-region"]
        best = max(subs, key=lambda region: region.score, default=None)
        if best is not None and best.score < self.min_region_score:
            best = None
        return replace(
            article,
            countries=countries,
            regions=regions,
            region=best.code if best else None,
            region_name=best.name if best else None,
            region_score=best.score if best else None,
        )

    def _countries(self, mentions: list[Mention], title: str, text: str) -> tuple[Country, ...]:
        dateline = dateline_end(text)
        named: dict[str, list[Mention]] = defaultdict(list)
        for mention in mentions:
            named[mention.alpha2].append(mention)
        weights = {code: self._weight(found, dateline) for code, found in named.items()}
        total = self.prior + sum(weights.values())
        scores = {code: round(weight / total, _DIGITS) for code, weight in weights.items()}
        threshold = max(self.min_focus_score, self.focus_ratio * max(scores.values(), default=0))
        return tuple(
            Country(
                alpha2=code,
                name=load_countries()[code].name,
                score=scores[code],
                focus=scores[code] >= threshold,
                mentions=len(named[code]),
                evidence=tuple(
                    evidence_of(mention, title, text)
                    for mention in named[code][: self.max_evidence]
                ),
            )
            for code in sorted(scores, key=lambda code: (-scores[code], code))
        )

    def _weight(self, mentions: list[Mention], dateline: int) -> float:
        """Sum of the mentions' weights, raised to `repeat_power`: repeats count less and less."""
        total = math.fsum(self._value(mention, dateline) for mention in mentions)
        return math.pow(total, self.repeat_power)

    def _value(self, mention: Mention, dateline: int) -> float:
        value = KIND_WEIGHTS[mention.kind]
        if mention.in_title:
            return value * self.title_weight
        if mention.end <= dateline:
            return value * self.dateline_weight
        early = math.exp(-mention.start / self.decay_chars)
        return value * (self.tail_weight + (1 - self.tail_weight) * early)


def dateline_end(text: str) -> int:
    """Where the dateline ends ("NAIROBI, Kenya (Agency) - "), 0 without one."""
    found = _DASH.search(text, 0, _DATELINE_CHARS)
    if found is None or not _DATELINE_HEAD.match(text[: found.start()]):
        return 0
    return found.end()


def evidence_of(mention: Mention, title: str, text: str) -> Evidence:
    """A mention as it stands in the row."""
    source = title if mention.in_title else text
    surface = source[mention.start : mention.end]
    return Evidence(mention.start, mention.end, surface, mention.in_title)


def _roll_up(countries: tuple[Country, ...]) -> tuple[Region, ...]:
    """Regions that hold a focus country, world first, then by score.

    The scores of all countries in a region add up: an article about one country of a region tends
    to name its neighbours.
    """
    scores: dict[str, float] = defaultdict(float)
    for country in countries:
        for code in ancestors(country.alpha2):
            scores[code] += country.score
    focus = {code for c in countries if c.focus for code in ancestors(c.alpha2)}
    areas = load_regions()
    ranked = sorted(focus, key=lambda code: (LEVELS.index(areas[code].level), -scores[code], code))
    return tuple(
        Region(code, areas[code].name, areas[code].level, min(1.0, round(scores[code], _DIGITS)))
        for code in ranked
    )
