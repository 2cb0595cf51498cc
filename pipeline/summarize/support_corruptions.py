"""Sentences that an article supports, and the same ones made false, for training the support check.

Everything is drawn from a seeded `random.Random`; what has no place for an error gives None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from pipeline.summarize.support_words import FUNCTION_WORDS, tokenize

_NAME = re.compile(r"\b[A-Z][\w’']+(?:[ -](?:of |de |al-)?[A-Z][\w’']+)*")
_NUMBER = re.compile(r"(?<![\w.,])[$£€]?\d[\d,.]*\d|(?<![\w.,])\d\b")
_AUXILIARY = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|can|could|should|may|might)\b(?! not|n't)"
)
_NOT = re.compile(r"(?:n't| not| never)\b")
_SERIES = [
    "two three four five six seven eight nine ten".split(),
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
    "January February March April June July August September October November December".split(),
]
_IN_SERIES = re.compile(r"\b(?:" + "|".join(word for one in _SERIES for word in one) + r")\b")
_OPPOSITES = [
    pair.split(":")
    for pair in (
        "rise:fall rises:falls rose:fell rising:falling increase:decrease increased:decreased "
        "more:fewer higher:lower win:lose won:lost winning:losing accepted:rejected "
        "support:oppose supported:opposed before:after best:worst better:worse first:last "
        "largest:smallest biggest:smallest old:new open:close opened:closed began:ended "
        "start:stop started:stopped allowed:banned arrested:released buy:sell bought:sold "
        "gains:losses growth:decline guilty:innocent convicted:acquitted hired:fired "
        "joined:left killed:saved legal:illegal man:woman men:women father:mother son:daughter "
        "brother:sister husband:wife north:south northern:southern east:west eastern:western "
        "up:down success:failure positive:negative strong:weak early:late earlier:later "
        "always:never most:least public:private alive:dead praised:criticised "
        "confirmed:denied above:below improved:worsened safe:dangerous victory:defeat war:peace "
        "boy:girl days:years weeks:months hours:minutes million:billion"
    ).split()
]
_OPPOSITE = {a: b for one, other in _OPPOSITES for a, b in ((one, other), (other, one))}
_JOINTS = frozenset(
    "is are was were has have had will would can could said says told after to in with for by as "
    "that from when and".split()
)
_PARTS = (
    (re.compile(r"\s*\([^()]*\)"), ""),
    (re.compile(r", (?:who|which|whose|where)[^,]*,"), ""),
    (re.compile(r", (?:he|she|it|they|police|officials|the \w+) (?:said|says|added)\.$"), "."),
    (
        re.compile(
            r"^(.{35,}?),? (?:while|because|although|after|but|when|and|which|who|saying|including)"
            r" .{15,}$"
        ),
        r"\1.",
    ),
)
"""What can be left out of a sentence without making it false."""


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence about the article `article`, whether that supports it, and how it was made."""

    article: int
    text: str
    supported: bool
    kind: str


def examples(articles: Sequence[Sequence[str]], seed: int) -> Iterator[Example]:
    """For each article, given as sentences, a true sentence and a false one made from it.

    A quarter is in lower case, as some summarizers write.
    """
    random = Random(seed)  # noqa: S311 - reproducible draws, no secret
    for number, sentences in enumerate(articles):
        made = true_sentence(sentences, random)
        if made is None:
            continue
        text, kind = made
        in_lower_case = random.random() < 0.25
        yield Example(number, text.lower() if in_lower_case else text, True, kind)
        other = articles[random.randrange(len(articles))]
        for name in random.sample(sorted(CORRUPTIONS), len(CORRUPTIONS)):
            false = CORRUPTIONS[name](text, sentences, other, random)
            if false and false != text and false not in sentences:
                yield Example(number, false.lower() if in_lower_case else false, False, name)
                break


def true_sentence(sentences: Sequence[str], random: Random) -> tuple[str, str] | None:
    """A sentence of the article, shortened, joined with the next, or as it is; and which."""
    usable = [n for n, sentence in enumerate(sentences) if _is_usable(sentence)]
    if not usable:
        return None
    at = random.choice(usable[: max(6, len(usable) // 2)])
    sentence, way = sentences[at], random.random()
    short = _shortened(sentence, random)
    if way < 0.45 and short:
        return short, "shortened"
    if way < 0.65 and at + 1 in usable:
        following = _shortened(sentences[at + 1], random) or sentences[at + 1]
        joined = f"{(short or sentence).rstrip('.')}, and {_uncapitalised(following)}"
        return joined, "joined"
    return sentence, "copied"


def _is_usable(sentence: str) -> bool:
    return 7 <= len(sentence.split()) <= 40 and sentence[0].isupper() and sentence[-1] in ".!?"


def _shortened(sentence: str, random: Random) -> str | None:
    found = [pattern.sub(instead, sentence, count=1) for pattern, instead in _PARTS]
    found = [text for text in found if text != sentence and len(text.split()) >= 5]
    return random.choice(found) if found else None


def _uncapitalised(sentence: str) -> str:
    word = sentence.split()[0].lower()
    return sentence[0].lower() + sentence[1:] if word in FUNCTION_WORDS else sentence


def _names(text: str) -> list[re.Match[str]]:
    """Capitalised runs, the one at the beginning left out: it may be any word."""
    return [match for match in _NAME.finditer(text) if match.start() > 0]


def _put(text: str, match: re.Match[str], instead: str) -> str:
    return text[: match.start()] + instead + text[match.end() :]


def swap_name(
    text: str, article: Sequence[str], other: Sequence[str], random: Random
) -> str | None:
    """Another name of as many words: of the article mostly, else of another article."""
    found = _names(text)
    if not found:
        return None
    match = random.choice(found)
    words = match.group().split()
    pool = sorted(
        {
            name.group()
            for sentence in (article if random.random() < 0.7 else other)
            for name in _names(sentence)
            if name.group() not in text
            and (len(name.group().split()) > 1) == (len(words) > 1)
            and not set(name.group().split()) & set(words)
        }
    )
    return _put(text, match, random.choice(pool)) if pool else None


def change_number(
    text: str, article: Sequence[str], other: Sequence[str], random: Random
) -> str | None:
    """Another number, number word, month or day of the week."""
    found = [*_NUMBER.finditer(text), *_IN_SERIES.finditer(text)]
    if not found:
        return None
    match = random.choice(found)
    old = match.group()
    for series in _SERIES:
        if old in series:
            return _put(text, match, random.choice([word for word in series if word != old]))
    at = random.choice([n for n, sign in enumerate(old) if sign.isdigit()])
    digit = random.choice([sign for sign in "123456789" if sign != old[at]])
    return _put(text, match, old[:at] + digit + old[at + 1 :])


def negate(text: str, article: Sequence[str], other: Sequence[str], random: Random) -> str | None:
    """A denial taken out, or put in."""
    if _NOT.search(text):
        return _NOT.sub("", text, count=1)
    found = list(_AUXILIARY.finditer(text))
    if not found:
        return None
    match = random.choice(found)
    return _put(text, match, f"{match.group()} {random.choice(['not', 'never'])}")


def oppose(text: str, article: Sequence[str], other: Sequence[str], random: Random) -> str | None:
    """A word for its opposite."""
    found = [m for m in re.finditer(r"\b[A-Za-z]+\b", text) if m.group().lower() in _OPPOSITE]
    if not found:
        return None
    match = random.choice(found)
    return _put(text, match, _OPPOSITE[match.group().lower()])


def swap_roles(
    text: str, article: Sequence[str], other: Sequence[str], random: Random
) -> str | None:
    """Two names of the sentence in each other's places."""
    found = [m for m in _NAME.finditer(text) if m.group().split()[0].lower() not in FUNCTION_WORDS]
    pairs = [
        (one, two)
        for n, one in enumerate(found)
        for two in found[n + 1 :]
        if one.group() != two.group() and two.start() > one.end() + 2
    ]
    if not pairs:
        return None
    one, two = random.choice(pairs)
    between = text[one.end() : two.start()]
    return text[: one.start()] + two.group() + between + one.group() + text[two.end() :]


def replace_word(
    text: str, article: Sequence[str], other: Sequence[str], random: Random
) -> str | None:
    """A common word for one with a like ending, of this article or another."""
    words = text.split()
    places = [n for n, word in enumerate(words) if n and _is_common(word)]
    if not places:
        return None
    at = random.choice(places)
    pool = sorted(
        {
            word
            for sentence in (other if random.random() < 0.5 else article)
            for word in sentence.split()
            if _is_common(word)
            and word[-2:] == words[at][-2:]
            and word not in text
            and tokenize(word)[0].stem != tokenize(words[at])[0].stem
        }
    )
    return " ".join([*words[:at], random.choice(pool), *words[at + 1 :]]) if pool else None


def _is_common(word: str) -> bool:
    ascii_letters = word.isascii() and word.isalpha() and word.islower()
    return ascii_letters and len(word) > 4 and word not in FUNCTION_WORDS


def splice(text: str, article: Sequence[str], other: Sequence[str], random: Random) -> str | None:
    """Its beginning, and the end of another sentence of the article, joined at a common word."""
    rest = [sentence for sentence in article if _is_usable(sentence) and sentence[:20] not in text]
    if not rest:
        return None
    ending, words = random.choice(rest).split(), text.split()
    places = [n for n, word in enumerate(words[2:-1], 2) if word in _JOINTS]
    for at in random.sample(places, len(places)):
        joints = [n for n, word in enumerate(ending[1:-2], 1) if word == words[at]]
        if joints:
            return " ".join([*words[:at], *ending[random.choice(joints) :]])
    return None


def other_article(
    text: str, article: Sequence[str], other: Sequence[str], random: Random
) -> str | None:
    """A true sentence about another article."""
    made = true_sentence(other, random) if other is not article else None
    return made[0] if made else None


def add_clause(
    text: str, article: Sequence[str], other: Sequence[str], random: Random
) -> str | None:
    """The sentence with a short one of another article added."""
    pool = [s for s in other if _is_usable(s) and len(s.split()) < 25] if other != article else []
    if not pool:
        return None
    return f"{text.rstrip('.')}, and {_uncapitalised(random.choice(pool))}"


Corruption = Callable[[str, Sequence[str], Sequence[str], Random], str | None]

CORRUPTIONS: dict[str, Corruption] = {
    "name": swap_name,
    "number": change_number,
    "negation": negate,
    "opposite": oppose,
    "roles": swap_roles,
    "word": replace_word,
    "splice": splice,
    "pairing": other_article,
    "clause": add_clause,
}
