"""Result lists and tables over many countries: about none of them more than about the others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from pipeline.region.hits import Mention

_FEWEST = 4
"""Countries of a list over many; three make a group or a podium, which may be about one."""
_LEADING = 2
_LEADING_SHARE = 0.5
"""Of all mentions the two commonest countries have no more: a match has two, and has more."""
_TABULAR = 0.6
"""Share of the names that stand beside a figure."""

_AFTER = re.compile(r"['’s]*[\s)\].:,;=|–-]{0,4}[\d$€£+]")
_BEFORE = re.compile(r"(?:^|[\n;])\s*\d{1,3}[.)]?\s+[^\n;]{0,40}$")
_REACH = 48


def even_list(mentions: Sequence[Mention], text: str) -> Mapping[str, float]:
    """The share of each country in a list of results or figures over many countries of which none
    stands out; nothing of any other article, nor of one whose title names a country."""
    counts = Counter(one.alpha2 for one in mentions)
    if len(counts) < _FEWEST or any(one.in_title for one in mentions):
        return {}
    total = counts.total()
    if sum(count for _, count in counts.most_common(_LEADING)) > _LEADING_SHARE * total:
        return {}
    tabular = sum(
        bool(_AFTER.match(text, one.end))
        or bool(_BEFORE.search(text[max(0, one.start - _REACH) : one.start]))
        for one in mentions
    )
    if tabular < _TABULAR * total:
        return {}
    return {code: count / total for code, count in counts.items()}
