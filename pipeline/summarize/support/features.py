"""The signals of the support check: how a summary sentence stands to its article, as numbers.

None says which data set or system a sentence is from. The names are those in the model's artefact.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pipeline.summarize.support.reading import Read
from pipeline.summarize.support.source import Source
from pipeline.summarize.support.words import FUNCTION_WORDS, PRONOUNS, Vocabulary, hedges, negations
from pipeline.text.sentences import ENDS

_GARBLED = re.compile(r"UNK|<unk>|\ufffd|Â")
_MAY_END = frozenset("her him it them us off out up down over so there here own said".split())


def features(
    sentence: Read, source: Source, vocabulary: Vocabulary, vector: NDArray[np.float32],
    vectors: NDArray[np.float32],
) -> dict[str, float]:  # fmt: skip
    """All signals by name. `vector` is the sentence's, `vectors` those of its candidates."""
    return {
        **_facts(sentence, source),
        **_novelty(sentence, source, vocabulary),
        **_copying(sentence, source),
        **_carriers(sentence, source),
        **_company(sentence, source),
        **_turns(sentence, source),
        **_shape(sentence),
        **_similarity(vector, vectors),
    }


def _facts(sentence: Read, source: Source) -> dict[str, float]:
    """Names and numbers that the article lacks, in cased and in lower-cased text."""
    missing = sentence.missing
    numbers = [token for token in sentence.content if token.is_number]
    lost_numbers = [token for token in numbers if not source.has_word(token)]
    lost_names = [token for token in sentence.names if not source.has_like(token)]
    return {
        "facts": min(6, len(sentence.facts)),
        "missing": min(4, len(missing)),
        "missing_numbers": min(3, sum(fact.value is not None for fact in missing)),
        "missing_names": min(3, sum(fact.value is None for fact in missing)),
        "missing_any": float(bool(missing)),
        "missing_share": len(missing) / max(1, len(sentence.facts)),
        "names": min(6, len(sentence.names)),
        "numbers": min(4, len(numbers)),
        "novel_names": min(4, len(lost_names)),
        "novel_names_share": len(lost_names) / max(1, len(sentence.names)),
        "novel_numbers": min(4, len(lost_numbers)),
        "novel_any": float(bool(missing or lost_names or lost_numbers)),
    }


def _novelty(sentence: Read, source: Source, vocabulary: Vocabulary) -> dict[str, float]:
    """Content words that the article has in no form, counted and weighted by rarity."""
    content = sentence.content
    total = sum(vocabulary.rarity(token) for token in content) or 1.0
    names = {token.plain for token in sentence.names}
    new = [token for token in content if not source.has_word(token)]
    unlike = [token for token in new if not source.has_like(token)]
    found: dict[str, float] = {
        "novel_common": min(6, sum(token.plain not in names for token in new))
    }
    for name, tokens in (("novel", new), ("unlike", unlike)):
        rarities = [vocabulary.rarity(token) for token in tokens]
        found |= {
            f"{name}_words": min(8, len(tokens)),
            f"{name}_share": len(tokens) / max(1, len(content)),
            f"{name}_weight": sum(rarities) / total,
            f"{name}_rarest": max(rarities, default=0.0),
        }
    return found


def _copying(sentence: Read, source: Source) -> dict[str, float]:
    """How much is taken over as it stands: sequences, and fragments (Grusky et al. 2018)."""
    plain = [token.plain for token in sentence.tokens]
    stems = [token.stem for token in sentence.tokens]
    words = max(1, len(plain))
    found: dict[str, float] = {}
    share = 0.0
    for length in (2, 3, 4):
        sequences = list(zip(*(plain[start:] for start in range(length)), strict=False))
        if sequences:
            share = sum(not source.has_sequence(one) for one in sequences) / len(sequences)
        found[f"novel_{length}grams"] = share
    pairs = list(itertools.pairwise(stems))
    new_pairs = sum(not source.has_stem_pair(*pair) for pair in pairs)
    fragments = source.fragments(plain)
    longest = max(fragments, default=0)
    return {
        **found,
        "novel_stem_pairs": new_pairs / max(1, len(pairs)),
        "coverage": sum(fragments) / words,
        "density": math.log1p(sum(length * length for length in fragments) / words),
        "longest_share": longest / words,
        "longest": math.log1p(longest),
        "fragments": math.log1p(len(fragments)),
        "fragments_share": len(fragments) / words,
    }


def _carriers(sentence: Read, source: Source) -> dict[str, float]:
    """How well one, two, three neighbouring and all sentences of the article cover it."""
    weights = sentence.weights
    total = sum(weights.values()) or 1.0
    one = sentence.overlap[sentence.best] if sentence.best >= 0 else 0.0
    both = {sentence.best, sentence.second} - {-1}
    two = sum(w for s, w in weights.items() if not both.isdisjoint(source.having(s))) / total
    everything = sum(w for s, w in weights.items() if source.having(s)) / total
    three = source.window_overlap(weights) / total
    apart = abs(sentence.best - sentence.second) if len(both) == 2 else 0
    return {
        "carried_by_one": one,
        "carried_by_two": two,
        "carried_by_three_in_a_row": three,
        "carried_by_all": everything,
        "only_beyond_one": everything - one,
        "only_beyond_two": everything - two,
        "only_beyond_three": everything - three,
        "carriers_apart": math.log1p(apart),
        "carrier_position": math.log1p(max(0, sentence.best)),
    }


def _company(sentence: Read, source: Source) -> dict[str, float]:
    """Whether words that stand together here stand together in the article."""
    content = sentence.content
    stems = [token.stem for token in content]
    pairs = list(itertools.pairwise(stems))
    known = [source.having(one) and source.having(other) for one, other in pairs]
    together = [source.together(*pair) for pair in pairs]
    parted = [a and not b for a, b in zip(known, together, strict=True)]
    far = [a and not source.together(*pair, within=1) for a, pair in zip(known, pairs, strict=True)]
    names = {token.plain for token in sentence.names}
    beside = {"number": (0, 0), "name": (0, 0)}
    for n, is_known in enumerate(known):
        for token in content[n : n + 2]:
            kind = "number" if token.is_number else "name" if token.plain in names else None
            if kind and is_known:
                bad, seen = beside[kind]
                beside[kind] = (bad + bool(parted[n]), seen + 1)
    own = list(dict.fromkeys(t.stem for t in sentence.names if source.having(t.stem)))
    couples = [(one, other) for n, one in enumerate(own) for other in own[n + 1 :]]
    return {
        "pairs_together": sum(together) / len(pairs) if pairs else 1.0,
        "known_pairs_together": 1 - sum(map(bool, parted)) / max(1, sum(map(bool, known))),
        "pairs_parted": min(6, sum(map(bool, parted))),
        "pairs_far": min(6, sum(map(bool, far))),
        "number_parted": min(4, beside["number"][0]),
        "name_parted": min(4, beside["name"][0]),
        "name_parted_share": beside["name"][0] / max(1, beside["name"][1]),
        "names_parted": min(6, sum(not source.together(*couple) for couple in couples)),
        "names_far": min(6, sum(not source.together(*couple, within=1) for couple in couples)),
    }


def _turns(sentence: Read, source: Source) -> dict[str, float]:
    """Order, negation and certainty against the sentences that carry it."""
    carrier = source.tokens[sentence.best] if sentence.best >= 0 else []
    both = [*carrier, *(source.tokens[sentence.second] if sentence.second >= 0 else [])]
    first: dict[str, int] = {}
    for position, token in enumerate(carrier):
        first.setdefault(token.stem, position)
    order = [first[token.stem] for token in sentence.content if token.stem in first]
    turned = sum(one > other for one, other in itertools.pairwise(order))
    denies, doubts = negations(sentence.tokens), hedges(sentence.tokens)
    return {
        "turned": min(6, turned),
        "turned_share": turned / max(1, len(order) - 1),
        "negations": min(2, denies),
        "carrier_negations": min(2, negations(carrier)),
        "negation_new": float(denies > 0 and not negations(both)),
        "negation_lost": float(not denies and negations(carrier) > 0),
        "hedges": min(3, doubts),
        "hedge_new": float(doubts > 0 and not hedges(both)),
        "hedge_lost": float(not doubts and hedges(carrier) > 0),
    }


def _shape(sentence: Read) -> dict[str, float]:
    """Length, pronouns, quotation, and signs of broken language."""
    text, plain = sentence.text, [token.plain for token in sentence.tokens]
    triples = list(zip(plain, plain[1:], plain[2:], strict=False))
    stems = [token.stem for token in sentence.content]
    last = plain[-1] if plain else ""
    return {
        "words": math.log(max(1, len(plain))),
        "content_share": len(sentence.content) / max(1, len(plain)),
        "pronouns": min(3, sum(word in PRONOUNS for word in plain)),
        "begins_with_pronoun": float(bool(plain) and plain[0] in PRONOUNS),
        "quotes": float(any(sign in text for sign in '"“”')),
        "says": float(not {"said", "says", "say", "told"}.isdisjoint(plain)),
        "garbled": float(bool(_GARBLED.search(text))),
        "repeated_triples": (len(triples) - len(set(triples))) / max(1, len(triples)),
        "repeated_words": (len(stems) - len(set(stems))) / max(1, len(stems)),
        "repeated_at_once": float(any(a == b for a, b in itertools.pairwise(plain))),
        "ends_open": float(last in FUNCTION_WORDS - _MAY_END),
        "not_whole": float(not ENDS.search(text)),
        "unclosed": float(text.count("(") != text.count(")") or text.count('"') % 2 == 1),
    }


def _similarity(vector: NDArray[np.float32], vectors: NDArray[np.float32]) -> dict[str, float]:
    """Cosines with the best candidates, alone and added up, and with the one that shares most."""
    cosines = vectors @ vector
    order = np.argsort(-cosines, kind="stable")
    return {
        "cosine": float(cosines[order[0]]) if len(order) else 0.0,
        "second_cosine": float(cosines[order[1]]) if len(order) > 1 else 0.0,
        "carrier_cosine": float(cosines[0]) if len(order) else 0.0,
        **dict(_added_up(vector, vectors[order])),
    }


def _added_up(
    vector: NDArray[np.float32], ordered: NDArray[np.float32]
) -> Iterator[tuple[str, float]]:
    for name, count in (("pair", 2), ("triple", 3), ("all", len(ordered))):
        added = ordered[:count].sum(axis=0)
        length = float(np.linalg.norm(added))
        yield f"{name}_cosine", float(added @ vector) / length if length else 0.0
