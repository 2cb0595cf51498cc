"""The evidence for each country that an article may be about, as numbers for the focus model.

Candidates are the countries that are named and the few that the words speak for most. Knows the
lexicon's mentions and the word model's answer, and no weights.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.region.hits import Mention
from pipeline.region.lexicon import by_country, weight_of
from pipeline.region.seats import seats
from pipeline.taxonomy.regions import ancestors

UNNAMED = 3
"""Countries that are candidates for the words' sake."""

_DECAY_CHARS = 800.0
_TAIL = 0.35
_LEAD_CHARS = 300
_TITLE = 3.0
_PARTS = 8
_FLOOR = -12.0
_SUBJECT = 2
"""Times that a country is named after the dateline to be what the story may be about."""
_BUREAUS = frozenset(
    {"WASHINGTON", "NEW YORK", "LONDON", "PARIS", "BRUSSELS", "GENEVA", "VIENNA", "THE HAGUE"}
)
"""Where correspondents for the world and its organisations sit; by judgement, not tuned."""

_GROUPS: Mapping[str, str] = {
    "country": "country", "demonym": "demonym", "capital": "city", "city": "city",
    "division": "division", "town": "town", "metonym": "metonym", "institution": "metonym",
}  # fmt: skip
_KINDS = ("country", "demonym", "city", "division", "town", "metonym")

FEATURES = (
    "mentions", *(f"mentions_{kind}" for kind in _KINDS),
    "weight", "weight_share", "weight_to_best", "weight_over_next", "weight_of_sub_region",
    "weight_of_all", "rank", "in_title", "in_dateline", "in_lead", "first", "spread", "countries",
    "length", "words_log", "words_share", "words_to_best", "words_rank", "words_best",
    "words_known",
)  # fmt: skip
"""The columns, in order. `weight` is the sum over mentions of kind and position, as in the lexicon;
`first` and `spread` tell where they stand, in 0..1; `words_*` is what the word model says."""


def candidates(
    mentions: Sequence[Mention], countries: Sequence[str], words: NDArray[np.float32]
) -> list[str]:
    """Alpha-2 codes, named ones first; `words` are log probabilities of `countries`."""
    named = dict.fromkeys(mention.alpha2 for mention in mentions)
    likely = np.argsort(-words, kind="stable")[:UNNAMED]
    return [*named, *(countries[n] for n in likely if countries[n] not in named)]


def weighed(mentions: Sequence[Mention], title: str, text: str, dateline: int) -> list[Mention]:
    """The mentions that speak for focus: without those of an organisation's seat, and without that
    of a bureau's dateline which the story, being about another country, does not come back to
    ("WASHINGTON - Fighting in Sudan ...").

    Labels of Reuters count where a piece was filed as what it is about; a reader does not.
    """
    silent = seats(mentions, title, text)
    mentions = [one for one in mentions if one.alpha2 not in silent]
    filed = [one for one in mentions if not one.in_title and one.end <= dateline]
    bureau = {one.alpha2 for one in filed if text[one.start : one.end].upper() in _BUREAUS}
    if not bureau:
        return mentions
    rest = Counter(one.alpha2 for one in mentions if one.in_title or one.end > dateline)
    if max((n for code, n in rest.items() if code not in bureau), default=0) < _SUBJECT:
        return mentions
    gone = bureau - set(rest)
    return [one for one in mentions if one.alpha2 not in gone]


def features(
    chosen: Sequence[str],
    mentions: Sequence[Mention],
    dateline: int,
    length: int,
    words: Mapping[str, float],
    words_known: int,
) -> NDArray[np.float32]:
    """Shape (candidates, features).

    `dateline` is where it ends and `length` the text's, in characters; `words` has the log
    probability of each country that the word model knows, of `words_known` words.
    """
    found = by_country(mentions)
    weights = {
        code: math.fsum(weight_of(one, dateline, _TITLE, 1.0, _TAIL, _DECAY_CHARS) for one in named)
        for code, named in found.items()
    }
    total = math.fsum(weights.values())
    order = sorted(weights, key=lambda code: (-weights[code], code))
    regions: Counter[str] = Counter()
    for code, weight in weights.items():
        regions[ancestors(code)[-1]] += weight  # type: ignore[assignment]
    best = max(words.values(), default=_FLOOR)
    by_words = {code: rank for rank, code in enumerate(sorted(words, key=lambda c: (-words[c], c)))}
    size = max(1, length)
    rows = np.zeros((len(chosen), len(FEATURES)), np.float32)
    for row, code in zip(rows, chosen, strict=True):
        named = found.get(code, [])
        kinds = Counter(_GROUPS[one.kind] for one in named)
        body = [one for one in named if not one.in_title]
        weight = weights.get(code, 0.0)
        others = next((weights[other] for other in order if other != code), 0.0)
        said = max(_FLOOR, words.get(code, _FLOOR))
        row[:] = (
            math.log1p(len(named)),
            *(math.log1p(kinds[kind]) for kind in _KINDS),
            math.log1p(weight),
            weight / total if total else 0.0,
            weight / weights[order[0]] if order and weight else 0.0,
            math.log1p(weight) - math.log1p(others),
            regions[ancestors(code)[-1]] / total if total else 0.0,
            math.log1p(total),
            min(order.index(code), 9) if code in weights else 10,
            sum(one.in_title for one in named),
            any(one.end <= dateline for one in body),
            math.log1p(sum(dateline < one.end <= dateline + _LEAD_CHARS for one in body)),
            math.exp(-min(one.start for one in body) / _DECAY_CHARS) if body else 0.0,
            len({one.start * _PARTS // size for one in body}) / _PARTS,
            math.log1p(len(weights)),
            math.log1p(size),
            said,
            math.exp(said),
            math.exp(said - best),
            min(by_words.get(code, 9), 9),
            math.exp(best),
            math.log1p(words_known),
        )
    return rows
