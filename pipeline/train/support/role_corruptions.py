"""True sentences made false without a name or a number that the article lacks: who did it, who said
it, whether it happened, when, why, how much, or not.

Each takes a true sentence, the sentences of its article and seeded draws, and gives None where
there is no place for its error. What stays true by accident is rare enough to learn from the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

from pipeline.summarize.support.words import FUNCTION_WORDS, tokenize
from pipeline.train.support import corruption_patterns as patterns

Corruption = Callable[[str, Sequence[str], Random], str | None]
Written = Callable[[re.Match[str]], str]


def swap_names(text: str, article: Sequence[str], random: Random) -> str | None:
    """Two names in each other's places, but not of a list, where the order says nothing."""
    names = _names(text)
    pairs = [
        (one, two)
        for n, one in enumerate(names)
        for two in names[n + 1 :]
        if one.group() != two.group() and len(text[one.end() : two.start()].split()) > 1
    ]
    if not pairs:
        return None
    return _swapped(text, *random.choice(pairs))


def name_of_article(text: str, article: Sequence[str], random: Random) -> str | None:
    """A name for another one of the article, of as many words where there is one."""
    names = _names(text)
    if not names:
        return None
    match = random.choice(names)
    words = set(match.group().split())
    pool = sorted({name for name in _other_names(words, article) if name not in text})
    alike = [name for name in pool if len(name.split()) == len(words)] or pool
    return _put(text, match, random.choice(alike)) if alike else None


def number_of_article(text: str, article: Sequence[str], random: Random) -> str | None:
    """Two numbers in each other's places, or one for another one of the article."""
    numbers = list(patterns.NUMBER.finditer(text))
    if not numbers:
        return None
    if len(numbers) > 1 and random.random() < 0.5:
        one, two = sorted(random.sample(numbers, 2), key=lambda m: m.start())
        if one.group() != two.group():
            return _swapped(text, one, two)
    match = random.choice(numbers)
    pool = sorted(
        {m.group() for s in article for m in patterns.NUMBER.finditer(s)} - {match.group()}
    )
    pool = [number for number in pool if number not in text]
    return _put(text, match, random.choice(pool)) if pool else None


def swap_speaker(text: str, article: Sequence[str], random: Random) -> str | None:
    """Another one says it."""
    matches = [*patterns.SAYING.finditer(text), *patterns.ACCORDING.finditer(text)]
    if not matches:
        return None
    match = random.choice(matches)
    who = match["who"]
    pool = _other_names(set(who.split()), article)
    if not pool or random.random() < 0.4:
        pool = [one for one in patterns.SPEAKERS if one.split()[-1] not in who.lower()]
    start, end = match.span("who")
    other = random.choice(pool)
    return text[:start] + (other[0].upper() + other[1:] if not start else other) + text[end:]


def make_certain(text: str, article: Sequence[str], random: Random) -> str | None:
    """What was planned, asked or alleged is done."""
    return _rewritten(text, patterns.CERTAIN, random)


def make_uncertain(text: str, article: Sequence[str], random: Random) -> str | None:
    """What was done is planned, or falls short of it."""
    return _rewritten(text, patterns.UNCERTAIN, random)


def _rewritten(
    text: str, rules: Sequence[tuple[re.Pattern[str], str | Written]], random: Random
) -> str | None:
    places = [(match, made) for pattern, made in rules for match in pattern.finditer(text)]
    if not places:
        return None
    match, made = random.choice(places)
    return _put(text, match, made if isinstance(made, str) else made(match))


def turn(text: str, article: Sequence[str], random: Random) -> str | None:
    """Before for after, more for less, his for her."""
    places = list(patterns.OTHER_PATTERN.finditer(text))
    if not places:
        return None
    match = random.choice(places)
    return _put(text, match, patterns.OTHER[match.group()])


def deny(text: str, article: Sequence[str], random: Random) -> str | None:
    """A denial put in or taken out."""
    if patterns.NOT.search(text):
        return patterns.NOT.sub(lambda m: " " if m.group().startswith("no") else "", text, count=1)
    places = list(patterns.AUXILIARY.finditer(text))
    past = list(patterns.PAST.finditer(text))
    if places and (not past or random.random() < 0.6):
        match = random.choice(places)
        return text[: match.end()] + " not" + text[match.end() :]
    if not past:
        return None
    match = random.choice(past)
    stem = match["stem"]
    base = stem[:-1] if stem.endswith("e") and not stem.endswith(("ce", "ge", "se", "ve")) else stem
    return _put(text, match, f"did not {base}")


def other_subject(text: str, article: Sequence[str], random: Random) -> str | None:
    """The subject of another sentence of the article does what this one's did."""
    verb = patterns.VERB.search(text)
    if verb is None or verb.start() < 3:
        return None
    own = _stems(text[: verb.start()])
    pool = []
    for sentence in article:
        other = patterns.VERB.search(sentence)
        if other is None or not 3 <= other.start() <= 60:
            continue
        subject = sentence[: other.start()].strip(" ,")
        words = _stems(subject)
        if words and not words & own and sentence[0].isupper():
            pool.append(subject)
    return f"{random.choice(pool)} {text[verb.start() :]}" if pool else None


def other_predicate(text: str, article: Sequence[str], random: Random) -> str | None:
    """This one's subject does what another sentence of the article says of its own."""
    verb = patterns.VERB.search(text)
    if verb is None or verb.start() < 3:
        return None
    subject = text[: verb.start()].strip(" ,")
    own = _stems(subject)
    pool = []
    for sentence in article:
        other = patterns.VERB.search(sentence)
        if other is None or other.start() < 3 or len(sentence.split()) > 40:
            continue
        words = _stems(sentence[: other.start()])
        if not words & own and len(sentence[other.start() :].split()) > 4:
            pool.append(sentence[other.start() :])
    return f"{subject} {random.choice(pool)}" if pool else None


def other_tail(text: str, article: Sequence[str], random: Random) -> str | None:
    """Another cause, time or condition of the article."""
    places = list(patterns.TAIL.finditer(text))
    pool = [
        sentence[match.end() :]
        for sentence in article
        for match in patterns.TAIL.finditer(sentence)
        if 3 < len(sentence[match.end() :].split()) < 20
        and sentence[match.end() : match.end() + 15] not in text
    ]
    if not places or not pool:
        return None
    match = random.choice(places)
    return text[: match.end()] + random.choice(pool)


def _names(text: str) -> list[re.Match[str]]:
    return [
        m
        for m in patterns.NAME.finditer(text)
        if m.group().split()[0].lower() not in FUNCTION_WORDS
    ]


def _other_names(words: set[str], article: Sequence[str]) -> list[str]:
    """Names of the article that have none of the words and begin no sentence."""
    return [
        name.group()
        for sentence in article
        for name in patterns.NAME.finditer(sentence)
        if name.start() > 0 and not words & set(name.group().split())
    ]


def _stems(text: str) -> set[str]:
    return {token.stem for token in tokenize(text) if token.is_content}


def _put(text: str, match: re.Match[str], instead: str) -> str:
    return text[: match.start()] + instead + text[match.end() :]


def _swapped(text: str, one: re.Match[str], two: re.Match[str]) -> str:
    """The text with the first match in the place of the second, and the other way round."""
    return _put(_put(text, two, one.group()), one, two.group())


ROLE_CORRUPTIONS: dict[str, tuple[Corruption, float]] = {
    "roles": (swap_names, 3.0),
    "entity": (name_of_article, 2.0),
    "number": (number_of_article, 1.5),
    "speaker": (swap_speaker, 2.0),
    "certain": (make_certain, 3.0),
    "uncertain": (make_uncertain, 1.0),
    "turn": (turn, 2.0),
    "denial": (deny, 1.0),
    "subject": (other_subject, 2.0),
    "predicate": (other_predicate, 2.0),
    "tail": (other_tail, 1.5),
}
"""Each with how often it is wanted against the others."""


def corrupted(
    text: str, article: Sequence[str], random: Random, count: int
) -> list[tuple[str, str]]:
    """Up to `count` false sentences made from a true one, each by another error, with its name."""
    names = list(ROLE_CORRUPTIONS)
    order = sorted(names, key=lambda name: -(random.random() ** (1 / ROLE_CORRUPTIONS[name][1])))
    known = {" ".join(sentence.lower().split()) for sentence in article}
    found: list[tuple[str, str]] = []
    for name in order:
        false = ROLE_CORRUPTIONS[name][0](text, article, random)
        plain = " ".join((false or "").lower().split())
        if false and plain != " ".join(text.lower().split()) and plain not in known:
            found.append((false, name))
        if len(found) == count:
            break
    return found
