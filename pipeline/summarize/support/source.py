"""What an article says, in the form the support check asks for it; made once an article."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from pipeline.summarize.support.facts import Known
from pipeline.summarize.support.words import Token, tokenize
from pipeline.text.fragments import fragments, places_of

_SEAM = Token("|", "|", False)
"""Stands between sentences, so that no sequence of words crosses them."""

_MOST_PLACES = 50
"""Occurrences of a word that a copied passage is looked for at; more only cost time."""

_PREFIX = 5
"""Letters that make two words forms of one: "elected", "election"; set by judgement."""


class Source:
    """The sentences of an article, its title as the last, indexed by word.

    `sentences` are those of the text alone; every index returned below `len(sentences)` is one
    of them.
    """

    def __init__(self, sentences: Sequence[str], title: str | None) -> None:
        texts = [*sentences, title] if title else list(sentences)
        self.sentences = sentences
        self.known = Known(texts)
        self.tokens = [tokenize(text) for text in texts]
        self._flat = [token for words in self.tokens for token in [*words, _SEAM]]
        self._plain = [token.plain for token in self._flat]
        self._joined = f" {' '.join(self._plain)} "
        self._stems = [token.stem for token in self._flat]
        self._places = places_of(self._plain)
        self._having: dict[str, set[int]] = {}
        for number, words in enumerate(self.tokens):
            for token in words:
                self._having.setdefault(token.stem, set()).add(number)
        self._prefixes = {plain[:_PREFIX] for plain in self._places if len(plain) >= _PREFIX}
        self._stem_pairs = set(zip(self._stems, self._stems[1:], strict=False))
        self.capitals = _capital_shares(self.tokens)

    def has_word(self, token: Token) -> bool:
        """Whether the article has the word or an inflection of it."""
        return token.plain in self._places or token.stem in self._having

    def has_like(self, token: Token) -> bool:
        """Whether it has the word, or one that begins with the same five letters."""
        return self.has_word(token) or (
            len(token.plain) >= _PREFIX and token.plain[:_PREFIX] in self._prefixes
        )

    def has_sequence(self, plain: tuple[str, ...]) -> bool:
        """Whether the words follow each other in one of its sentences."""
        return f" {' '.join(plain)} " in self._joined

    def has_stem_pair(self, one: str, other: str) -> bool:
        """Whether two stems follow each other in one of its sentences."""
        return (one, other) in self._stem_pairs

    def having(self, stem: str) -> Collection[int]:
        """The sentences that have a stem."""
        return self._having.get(stem, ())

    def together(self, one: str, other: str, within: int = 0) -> bool:
        """Whether two stems stand in one sentence, or in two at most `within` apart."""
        first, second = self._having.get(one, set()), self._having.get(other, set())
        if not first.isdisjoint(second):
            return True
        return any(not second.isdisjoint((n - within, n + within)) for n in first if within)

    def fragments(self, plain: Sequence[str]) -> list[int]:
        """Lengths of the longest passages copied from it, left to right."""
        return fragments(self._plain, plain, self._places, _MOST_PLACES)

    def overlap(self, weights: Mapping[str, float]) -> list[float]:
        """For each sentence, the title's too, the weight of the given stems that it has."""
        shares = [0.0] * len(self.tokens)
        for stem, weight in weights.items():
            for number in self._having.get(stem, ()):
                shares[number] += weight
        return shares

    def window_overlap(self, weights: Mapping[str, float]) -> float:
        """The most weight that three sentences in a row have together."""
        shares = [0.0] * len(self.tokens)
        for stem, weight in weights.items():
            near = {m for n in self._having.get(stem, ()) for m in (n - 1, n, n + 1)}
            for number in near:
                if 0 <= number < len(shares):
                    shares[number] += weight
        return max(shares, default=0.0)


def _capital_shares(sentences: Sequence[Sequence[Token]]) -> dict[str, float]:
    """How often each word has a capital where it does not begin the sentence."""
    inside = [token for words in sentences for token in words[1:]]
    total = Counter(token.plain for token in inside)
    capital = Counter(token.plain for token in inside if token.capital)
    return {plain: capital[plain] / number for plain, number in total.items()}
