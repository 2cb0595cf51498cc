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

Corruption = Callable[[str, Sequence[str], Random], str | None]

_NAME = re.compile(r"\b[A-Z][\w’'.-]*\w(?:[ -](?:of |de |al-)?[A-Z][\w’'.-]*\w)*")
_NUMBER = re.compile(
    r"(?<![\w.,])[$£€]?\d[\d,.]*\d(?:%| percent| per cent| million| billion)?|(?<![\w.,])\d\b"
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|can|could|may|might|must|said|says|told|"
    r"announced|won|beat|killed|called|plans|wants|accused|urged|warned|agreed|asked|rejected|"
    r"denied|became|began|took|made|gave|found|faces|became|lost|left)\b"
)
_SPEAKERS = (
    "police", "officials", "prosecutors", "the government", "critics", "witnesses", "experts",
    "researchers", "the company", "lawyers", "his family", "campaigners", "the opposition",
)  # fmt: skip
_SAYING = re.compile(
    r"(?P<who>\b(?:[Pp]olice|[Oo]fficials|[Pp]rosecutors|[Cc]ritics|[Ww]itnesses|[Ee]xperts|"
    r"[Rr]esearchers|[Ll]awyers|[Cc]ampaigners|[Aa]uthorities|[Ss]cientists|[Oo]rganisers|"
    r"[Ii]nvestigators|[Rr]esidents|[Tt]he (?:government|company|ministry|opposition|court|judge|"
    r"president|report|union|club|minister|mayor|family|agency|bank|party|group|council|army)|"
    r"[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*))(?P<verb> (?:said|says|say|told|warned|argued|argues|"
    r"claimed|claims|announced|added|denied|called|accused|urged|asked|wrote|insisted|confirmed)\b)"
)
_ACCORDING = re.compile(r"(according to |told )(?P<who>[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*|[a-z]+)")

_IRREGULAR = {
    "be": "been", "become": "become", "begin": "begun", "break": "broken", "bring": "brought",
    "build": "built", "buy": "bought", "choose": "chosen", "come": "come", "cut": "cut",
    "do": "done", "draw": "drawn", "drive": "driven", "fall": "fallen", "fight": "fought",
    "find": "found", "get": "got", "give": "given", "go": "gone", "grow": "grown", "have": "had",
    "hit": "hit", "hold": "held", "keep": "kept", "know": "known", "lay": "laid", "lead": "led",
    "leave": "left", "lose": "lost", "make": "made", "meet": "met", "pay": "paid", "put": "put",
    "raise": "raised", "rise": "risen", "run": "run", "see": "seen", "seek": "sought",
    "sell": "sold", "send": "sent", "set": "set", "show": "shown", "shut": "shut", "sign": "signed",
    "speak": "spoken", "spend": "spent", "stand": "stood", "take": "taken", "tell": "told",
    "win": "won", "withdraw": "withdrawn", "write": "written", "split": "split", "quit": "quit",
}  # fmt: skip


def _participle(verb: str) -> str:
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb.endswith("e"):
        return f"{verb}d"
    if re.search(r"[^aeiou]y$", verb):
        return f"{verb[:-1]}ied"
    if re.fullmatch(r"[^aeiou]*[aeiou][bdgmnprt]", verb):
        return f"{verb}{verb[-1]}ed"
    return f"{verb}ed"


_PAIRS = [
    pair.split("|")
    for pair in (
        "before|after;more than|less than;at least|at most;rose|fell;rise|fall;rises|falls;"
        "increase|decrease;increased|decreased;higher|lower;up|down;gained|lost;won|lost;"
        "beat|lost to;accused|cleared;rejected|approved;denied|admitted;denies|admits;"
        "refused to|agreed to;refuses to|agrees to;failed to|managed to;proposed|adopted;"
        "supported|opposed;supports|opposes;supporting|opposing;support for|opposition to;"
        "welcomed|criticised;criticized|praised;praised|condemned;allowed|banned;"
        "lifted|imposed;last week|next week;last month|next month;last year|next year;"
        "first|last;earlier|later;began|ended;starts|ends;open|close;opened|closed;"
        "sued by|suing;urged|forbade;without|with;most|few;all|none of;both|neither;never|often;"
        "no longer|still;resigned|was appointed;arrested|released;convicted|acquitted;"
        "guilty|not guilty;injured|killed;wounded|killed;buy|sell;bought|sold;joined|left;"
        "against|for;despite|because of;although|because;son|father;daughter|mother;"
        "husband|brother;wife|sister;ahead of|behind;above|below;largest|smallest;"
        "oldest|youngest;younger|older;faster|slower;better|worse;success|failure;"
        "cut|raised;cuts|raises;cutting|raising;extend|shorten;delayed|brought forward;"
        "suspended|resumed;continued|stopped;many|few;unlikely|likely;safe|unsafe;"
        "men|women;boys|girls;man|woman;boy|girl;his|her;victim|suspect;victims|attackers;"
        "defendant|judge;buyers|sellers;teachers|students;doctors|patients;employers|workers;"
        "landlords|tenants;government|opposition;prosecutors|defence lawyers;deal|dispute"
    ).split(";")
]
_OTHER = {a: b for one, two in _PAIRS for a, b in ((one, two), (two, one))}
_OTHER_PATTERN = re.compile(
    r"\b(?:" + "|".join(sorted(map(re.escape, _OTHER), key=len, reverse=True)) + r")\b"
)

_CERTAIN: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"\b(?:may|might|could) (be|have)\b"),
     lambda m: "is" if m[1] == "be" else "has"),
    (re.compile(r"\b(?:plans?|hopes?|wants?|intends?|aims?|is set|are set|is expected|"
                r"are expected|is due|are due|is likely|are likely|has vowed|promised|agreed|"
                r"has offered|offered|threatened|seeks?|tried|is considering whether|was asked|"
                r"was told|has been told|vowed) to (?!be\b)([a-z]+)\b"),
     lambda m: f"has {_participle(m[1])}"),
    (re.compile(r"\b(?:will|may|might|could|would|should) (?!be\b|not\b|have\b)([a-z]+)\b"),
     lambda m: f"has {_participle(m[1])}"),
    (re.compile(r"\b(?:will|would|may|could|should) be\b"), lambda m: "has been"),
    (re.compile(r"\b(?:is|are|was|were) (?:planned|expected|due|likely|set) to be\b"),
     lambda m: "has been"),
    (re.compile(r"\b(?:allegedly|reportedly|possibly|probably|apparently) "), lambda m: ""),
    (re.compile(r"\b(?:alleged|suspected|accused|potential|possible|proposed|planned) "),
     lambda m: ""),
    (re.compile(r"\b(?:is|are|was|were|been|being) (?:accused|suspected) of\b"),
     lambda m: "has been found guilty of"),
    (re.compile(r"\baccused of\b"), lambda m: "convicted of"),
    (re.compile(r"\b(?:charged with|arrested on suspicion of)\b"), lambda m: "convicted of"),
    (re.compile(r"\b(?:called for|demanded|proposed|requested|sought)\b"), lambda m: "secured"),
    (re.compile(r"\b(?:urged|asked|called on)\b"), lambda m: "forced"),
    (re.compile(r"\bis investigating\b"), lambda m: "has confirmed"),
)  # fmt: skip
_UNCERTAIN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bhas been\b"), "may be"),
    (re.compile(r"\bhave been\b"), "may be"),
    (re.compile(r"\b(?:was|were)\b(?= [a-z]+ed\b)"), "will be"),
    (re.compile(r"\bconvicted of\b"), "accused of"),
    (re.compile(r"\bwon\b"), "hopes to win"),
    (re.compile(r"\bdied\b"), "was injured"),
    (re.compile(r"\b(?:has|have) (?:approved|agreed|signed|passed)\b"), "has yet to decide on"),
    (re.compile(r"\bannounced\b"), "ruled out"),
    (re.compile(r"\bsigned\b"), "refused to sign"),
    (re.compile(r"\bapproved\b"), "will vote on"),
    (re.compile(r"\bresigned\b"), "was asked to resign"),
)
_AUXILIARY = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|can|could|should|may|might|did|does|do)\b"
    r"(?! (?:not|never|no)\b|n't)"
)
_NOT = re.compile(r" (?:not|never)\b|n['’]t\b|\bno longer |\bno (?=[a-z])")
_PAST = re.compile(
    r"(?<=[a-z] )(?P<stem>[a-z]{2,}(?:e|[^e]))d(?= (?:the|a|an|his|her|its|to|in|by))"
)
_TAIL = re.compile(
    r",? (?:because|after|as|while|when|following|despite|due to|amid|since|until|but|if|unless|"
    r"so that|in order to)\b"
)


def swap_names(text: str, article: Sequence[str], random: Random) -> str | None:
    """Two names in each other's places, but not of a list, where the order says nothing."""
    names = [m for m in _NAME.finditer(text) if m.group().split()[0].lower() not in FUNCTION_WORDS]
    pairs = [
        (one, two)
        for n, one in enumerate(names)
        for two in names[n + 1 :]
        if one.group() != two.group() and len(text[one.end() : two.start()].split()) > 1
    ]
    if not pairs:
        return None
    one, two = random.choice(pairs)
    between = text[one.end() : two.start()]
    return text[: one.start()] + two.group() + between + one.group() + text[two.end() :]


def name_of_article(text: str, article: Sequence[str], random: Random) -> str | None:
    """A name for another one of the article, of as many words where there is one."""
    names = [m for m in _NAME.finditer(text) if m.group().split()[0].lower() not in FUNCTION_WORDS]
    if not names:
        return None
    match = random.choice(names)
    words = set(match.group().split())
    pool = sorted(
        {
            name.group()
            for sentence in article
            for name in _NAME.finditer(sentence)
            if name.start() > 0
            and name.group() not in text
            and not words & set(name.group().split())
        }
    )
    alike = [name for name in pool if len(name.split()) == len(words)] or pool
    return text[: match.start()] + random.choice(alike) + text[match.end() :] if alike else None


def number_of_article(text: str, article: Sequence[str], random: Random) -> str | None:
    """Two numbers in each other's places, or one for another one of the article."""
    numbers = list(_NUMBER.finditer(text))
    if not numbers:
        return None
    if len(numbers) > 1 and random.random() < 0.5:
        one, two = sorted(random.sample(numbers, 2), key=lambda m: m.start())
        if one.group() != two.group():
            between = text[one.end() : two.start()]
            return text[: one.start()] + two.group() + between + one.group() + text[two.end() :]
    match = random.choice(numbers)
    pool = sorted({m.group() for s in article for m in _NUMBER.finditer(s)} - {match.group()})
    pool = [number for number in pool if number not in text]
    return text[: match.start()] + random.choice(pool) + text[match.end() :] if pool else None


def swap_speaker(text: str, article: Sequence[str], random: Random) -> str | None:
    """Another one says it."""
    matches = [*_SAYING.finditer(text), *_ACCORDING.finditer(text)]
    if not matches:
        return None
    match = random.choice(matches)
    who = match["who"]
    pool = [
        name.group()
        for sentence in article
        for name in _NAME.finditer(sentence)
        if name.start() > 0 and not set(name.group().split()) & set(who.split())
    ]
    if not pool or random.random() < 0.4:
        pool = [one for one in _SPEAKERS if one.split()[-1] not in who.lower()]
    start, end = match.span("who")
    other = random.choice(pool)
    return text[:start] + (other[0].upper() + other[1:] if not start else other) + text[end:]


def make_certain(text: str, article: Sequence[str], random: Random) -> str | None:
    """What was planned, asked or alleged is done."""
    return _rewritten(text, _CERTAIN, random)


def make_uncertain(text: str, article: Sequence[str], random: Random) -> str | None:
    """What was done is planned, or falls short of it."""
    return _rewritten(text, [(pattern, _always(words)) for pattern, words in _UNCERTAIN], random)


def _always(words: str) -> Callable[[re.Match[str]], str]:
    return lambda match: words


def _rewritten(
    text: str,
    rules: Sequence[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]],
    random: Random,
) -> str | None:
    places = [(match, make) for pattern, make in rules for match in pattern.finditer(text)]
    if not places:
        return None
    match, make = random.choice(places)
    return text[: match.start()] + make(match) + text[match.end() :]


def turn(text: str, article: Sequence[str], random: Random) -> str | None:
    """Before for after, more for less, his for her."""
    places = list(_OTHER_PATTERN.finditer(text))
    if not places:
        return None
    match = random.choice(places)
    return text[: match.start()] + _OTHER[match.group()] + text[match.end() :]


def deny(text: str, article: Sequence[str], random: Random) -> str | None:
    """A denial put in or taken out."""
    if _NOT.search(text):
        return _NOT.sub(lambda m: " " if m.group().startswith("no") else "", text, count=1)
    places = list(_AUXILIARY.finditer(text))
    past = list(_PAST.finditer(text))
    if places and (not past or random.random() < 0.6):
        match = random.choice(places)
        return text[: match.end()] + " not" + text[match.end() :]
    if not past:
        return None
    match = random.choice(past)
    stem = match["stem"]
    base = stem[:-1] if stem.endswith("e") and not stem.endswith(("ce", "ge", "se", "ve")) else stem
    return text[: match.start()] + f"did not {base}" + text[match.end() :]


def other_subject(text: str, article: Sequence[str], random: Random) -> str | None:
    """The subject of another sentence of the article does what this one's did."""
    verb = _VERB.search(text)
    if verb is None or verb.start() < 3:
        return None
    own = {token.stem for token in tokenize(text[: verb.start()]) if token.is_content}
    pool = []
    for sentence in article:
        other = _VERB.search(sentence)
        if other is None or not 3 <= other.start() <= 60:
            continue
        subject = sentence[: other.start()].strip(" ,")
        words = {token.stem for token in tokenize(subject) if token.is_content}
        if words and not words & own and sentence[0].isupper():
            pool.append(subject)
    return f"{random.choice(pool)} {text[verb.start() :]}" if pool else None


def other_predicate(text: str, article: Sequence[str], random: Random) -> str | None:
    """This one's subject does what another sentence of the article says of its own."""
    verb = _VERB.search(text)
    if verb is None or verb.start() < 3:
        return None
    subject = text[: verb.start()].strip(" ,")
    own = {token.stem for token in tokenize(subject) if token.is_content}
    pool = []
    for sentence in article:
        other = _VERB.search(sentence)
        if other is None or other.start() < 3 or len(sentence.split()) > 40:
            continue
        words = {token.stem for token in tokenize(sentence[: other.start()]) if token.is_content}
        if not words & own and len(sentence[other.start() :].split()) > 4:
            pool.append(sentence[other.start() :])
    return f"{subject} {random.choice(pool)}" if pool else None


def other_tail(text: str, article: Sequence[str], random: Random) -> str | None:
    """Another cause, time or condition of the article."""
    places = list(_TAIL.finditer(text))
    pool = [
        sentence[match.end() :]
        for sentence in article
        for match in _TAIL.finditer(sentence)
        if 3 < len(sentence[match.end() :].split()) < 20
        and sentence[match.end() : match.end() + 15] not in text
    ]
    if not places or not pool:
        return None
    match = random.choice(places)
    return text[: match.end()] + random.choice(pool)


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
