"""Whether a shorter text still says who says it, whether it is sure, and that it is denied.

What a model leaves out first are the words that make a claim a claim. English.
"""

from __future__ import annotations

import re

from pipeline.summarize.support.words import Token, hedges, negations, tokenize

_SPEAKING = frozenset(
    "said says say saying told tells according claim claims claimed argue argues argued "
    "accuse accuses accused believe believes believed warn warns warned announced announces "
    "report reports reported reportedly allege alleges alleged allegedly insist insists "
    "insisted suggest suggests suggested estimate estimates estimated expect expects "
    "expected write writes wrote tweeted think thinks thought deny denies denied describe "
    "describes described call calls called conclude concluded concludes find finds found "
    "show shows showed note notes noted".split()
)
"""Verbs and adverbs by which a sentence says that somebody says it."""
_CONDITIONS = frozenset("if unless whether provided".split())
_AGO = re.compile(r"\b(\w+) ago\b", re.IGNORECASE)


def keeps_stance(text: str, source: str) -> bool:
    """Whether the text speaks, doubts, denies and sets conditions where its source does, and denies
    or doubts nothing that the source states."""
    own, other = _tokens(text), _tokens(source)
    words, known = {token.plain for token in own}, {token.plain for token in other}
    for kind in (_SPEAKING, _CONDITIONS):
        if kind & known and not kind & words:
            return False
    if bool(hedges(other)) != bool(hedges(own)):
        return False
    if min(negations(other), 2) != min(negations(own), 2):
        return False
    # What is counted back from now: `weeks` of "two weeks ago".
    return all(unit.casefold() not in words or "ago" in words for unit in _AGO.findall(source))


def _tokens(text: str) -> list[Token]:
    """Words, without the month of May."""
    return [token for token in tokenize(text) if token.plain != "may" or not token.capital]
