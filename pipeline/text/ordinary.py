"""Which words are ordinary English, and so no names: those that news writes in lower case.

The list is `data/words.txt`, written by `scripts/models/build_words.py`.
"""

from __future__ import annotations

from functools import cache, lru_cache

from pipeline.core.resources import resource

_ENDINGS = (
    ("ies", "y"), ("ied", "y"), ("ing", ""), ("ing", "e"), ("ed", ""), ("ed", "e"), ("es", ""),
    ("s", ""), ("ly", ""),
)  # fmt: skip
"""Those of surnames are left out: Spicer does not come of spice."""
_LEAST_STEM = 4


@cache
def _words() -> frozenset[str]:
    return frozenset(resource("text", "data", "words.txt").read_text("utf-8").split())


@lru_cache(maxsize=20_000)
def is_ordinary(word: str) -> bool:
    """Whether a word, in lower case, is one of the language or an inflection of one."""
    words = _words()
    if word in words:
        return True
    return any(
        word.endswith(ending)
        and len(word) - len(ending) >= _LEAST_STEM
        and word[: len(word) - len(ending)] + instead in words
        for ending, instead in _ENDINGS
    )
