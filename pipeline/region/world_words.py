"""Words by which an article says that it is about the world, where it is about no country."""

from __future__ import annotations

import re

_READ = 1000
"""Characters of the text in which a piece says what it is about."""

_FEWEST = 2
"""Signs that it takes: one stands in many a piece about a company or a team."""

_MANY = 20
"""Countries that make a piece one of the world when it counts them."""

_SIGNS = re.compile(
    r"""\b(?:
        global(?:ly)? | worldwide | the\s(?:planet|globe)
      | (?:the\s)?world(?:'s|’s) | the\sworld | world\s(?:economy|trade|leaders|population|prices)
      | (?:every|each|all|five|six|seven)\s(?:inhabited\s)?continents?
      | international\swaters | high\sseas | (?:the|world|all)\soceans
      | (?P<count>\d{2,3})\s(?:nations|countries|states\sand\sterritories)
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)

_OTHERWISE = re.compile(
    r"""\s(?:
        (?:cups?|bank|wars?|series|championships?|tours?|wide\sweb|health|trade\scenter|bowl)\b
      | (?:records?|champions?|titles?|number|no\.|class|famous|premiere|rankings?)\b
      | (?:first|leaders?\sin)\b
      | (?:largest|biggest|oldest|tallest|fastest|richest|most|best|top|leading|only|second|third)\b
      | (?:positioning|affairs|times)\b
    )""",
    re.VERBOSE | re.IGNORECASE,
)
"""After a sign: a name or a superlative, not the world."""


_STEMS = ("world", "glob", "planet", "continent", "waters", "seas", "oceans", "nations",
          "countries", "territories")  # fmt: skip
"""Every sign has one of these, and looking for them takes a thirtieth of the time."""


def world_signs(title: str, text: str) -> int:
    """How often title and beginning of the text speak of the whole world."""
    return sum(
        1
        for part in (title, text[:_READ])
        for sign in _SIGNS.finditer(part)
        if not _OTHERWISE.match(part, sign.end())
        and not (sign["count"] and int(sign["count"]) < _MANY)
    )


def speaks_of_world(title: str, text: str) -> float:
    """How much speaks for the world, 0 to 1; 0 where it takes more. No calibrated chance."""
    read = f"{title}\n{text[:_READ]}".lower()
    if sum(read.count(stem) for stem in _STEMS) < _FEWEST:
        return 0.0
    signs = world_signs(title, text)
    return signs / (signs + 1) if signs >= _FEWEST else 0.0
