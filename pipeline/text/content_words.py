"""Content words of a text, folded so that forms of one word are equal."""

from __future__ import annotations

import re

from pipeline.text.tokens import POSSESSIVE

WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:[’'][^\W\d_]+)*")
_STEM = 5
"""Letters that make two content words one: "elected" is carried by "election"; set by judgement."""

FUNCTION_WORDS = frozenset(
    "a about after all also an and any are as at be been before between but by can could did "
    "do for from had has have he her his how if in into is it its may more most no nor not of "
    "on or other our over said she should so some such than that the their them then there "
    "these they this those to under up was we were what when where which while who will with "
    "would you".split()
)
"""Those of `summarize.support.words` are more: the models that select sentences were trained on
these, the support check on those."""
_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()
    )
}


def content_words(text: str) -> list[str]:
    """The words that carry meaning, in order: five letters of each, numbers as digits."""
    return [word for word in map(_fold, WORD.findall(text)) if word not in FUNCTION_WORDS]


def _fold(word: str) -> str:
    plain = plain_word(word)
    return plain if plain in FUNCTION_WORDS or plain[0].isdigit() else plain[:_STEM]


def plain_word(word: str) -> str:
    """Lower case, without possessive or thousands separators, small number words as digits."""
    plain = POSSESSIVE.sub("", word.casefold())
    return plain.replace(",", "") if plain[0].isdigit() else _NUMBERS.get(plain, plain)
