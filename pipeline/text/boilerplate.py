"""What sites and agencies put around an article: bylines, credits, calls to read or buy more.

Each rule is by itself, has a name, and takes whole lines away, or what is in brackets at the end:
a sentence of the article is never changed. Paragraphs stay.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_DATE = rf"(?:{_MONTH} \d{{1,2}}|\d{{1,2}} {_MONTH})(?:,? \d{{4}})?"
_AGENCY = (
    r"(?:AP|AFP|Reuters|REUTERS|UPI|ANI|PTI|IANS|TASS|Xinhua|dpa|DPA|EFE|ANSA|CNN|PA|Bernama|"
    r"Yonhap|"
    r"Kyodo(?: News)?|Interfax|Anadolu|Bloomberg(?: News)?|(?:The )?Associated Press)"
)
_CAPITALS = r"[A-ZÀ-Þ][A-ZÀ-Þ.'’-]+(?:[ /-][A-ZÀ-Þ][A-ZÀ-Þ.'’-]*){0,4}"
_NAMES = r"[A-ZÀ-Þ][\w.'’-]+(?: (?:de|of|the|la|el|al|[A-ZÀ-Þ][\w.'’-]*)){0,3}"
_PLACE = rf"(?:{_CAPITALS}|{_NAMES})(?:, ?[A-ZÀ-Þ][\w.'’]+(?: [A-ZÀ-Þ][\w.'’]+)?){{0,2}}"
_DATELINE = re.compile(
    rf"(?P<agency>{_PLACE},? ?(?:{_DATE},? ?)?[(\[]{_AGENCY}[)\]])\s*(?:--|[-–—:])\s+"
    rf"|(?P<capitals>{_CAPITALS}(?:, ?[A-ZÀ-Þ][\w.'’]+){{0,2}}(?:,? {_DATE})?)\s*(?:--|[–—]|"
    rf"-(?= ))\s*"
    r"(?=[“\"‘'A-ZÀ-Þ])"
    rf"|(?P<dated>{_NAMES}, {_DATE})\s*(?:--|[-–—:])\s+"
)
_NO_PLACES = (
    "Update",
    "UPDATE",
    "EXCLUSIVE",
    "BREAKING",
    "WATCH",
    "OPINION",
    "ANALYSIS",
    "Correction",
)
_PERSON = r"[A-ZÀ-Þ][\w.'’-]+(?: (?:de|van|von|bin|al|[A-ZÀ-Þ][\w.'’-]*)){1,4}"
_BYLINE = re.compile(
    rf"(?:By|BY|Par|Von|Por|Di)\s+(?P<author>{_PERSON}(?:(?:, | and | & | und | et "
    rf"){_PERSON}){{0,3}})"
    r"(?:,? (?:in [A-Z]\w+|[\w ]{0,20}(?:[Ww]riter|[Cc]orrespondent|[Rr]eporter|[Ee]ditor)[\w "
    r"]{0,20}"
    r"|Associated Press|AP|Reuters))?"
)
_LONGEST = 30
"""Words of a line that a rule takes; longer ones are paragraphs."""
_END = r"[.!…:]*"

_LINES: dict[str, tuple[str, ...]] = {
    "photo_credit": (
        r"\(?(?:file )?(?:photo(?:graph)?s?|image|picture|illustration|graphic|foto|bild)s?"
        r"(?: (?:credit|source|courtesy|by|copyright))?\s*[:/|©].{0,120}",
        r"\(?(?:photo|image|picture|video|illustration)s? (?:by|courtesy(?: of)?|credit|via) "
        r".{0,100}",
        r"(?:image|media|video|photo) (?:caption|source|copyright|credit)\b.{0,160}",
        r"[^.]{0,80}(?:/|via |\| ?)(?:getty images|shutterstock|afp|reuters|ap photo|istock)\)?",
        r"(?:getty images|ap photo|afp|shutterstock|unsplash)\)?",
        r"(?:file photo|file image|representative image|representational image)\b.{0,60}",
    ),
    "read_more": (
        r"\W*(?:read(?: more| also| next| full story)?|also read|see also|related(?: (?:article|"
        r"story|"
        r"stories|coverage|content|news|links?))?|more (?:on this(?: story)?|from [\w ]+)|"
        r"watch(?: now| also|"
        r" live)?|listen(?: now)?|don'?t miss|recommended|you may also like|must read|lire aussi|"
        r"lesen sie (?:auch|mehr)|mehr zum thema|leia (?:também|mais)|lee también|leggi "
        r"anche)\s*[:>|»→-].*",
        r"(?:read|click|tap|see|find out|learn) (?:more|here)\b.{0,80}",
        r"(?:more on this story|related (?:articles|stories|topics|content)|read more|most read|"
        r"around the bbc|top stories|trending(?: now)?|advertisement|skip advertisement|"
        r"article continues (?:after|below).{0,40}|story continues (?:after|below).{0,40})",
    ),
    "subscription": (
        r".{0,40}\b(?:sign up|subscribe|register)\b.{0,60}\b(?:newsletter|newsletters|e-?mail|"
        r"inbox|alerts?|"
        r"channel|updates|podcast|app|channel|briefing)\b.{0,80}",
        r"(?:follow|like|join|find) (?:us|me|him|her|them|@\w+|bbc|the [\w ]{1,20})\b.{0,60}\bon "
        r"(?:twitter|x|facebook|instagram|whatsapp|telegram|youtube|tiktok|linkedin|bluesky|"
        r"threads)\b.{0,60}",
        r"(?:get|receive) (?:the|our|all the) (?:latest|best|top|breaking)\b.{0,100}\b(?:inbox|"
        r"newsletter|"
        r"app|alerts|e-?mail)\b.{0,40}",
        r"(?:download|get) (?:our|the) .{0,30}\bapp\b.{0,60}",
        r"share (?:this|on|via)\b.{0,60}",
        r"(?:support (?:our|independent|local|quality) journalism).{0,80}",
    ),
    "copyright": (
        r"\(?(?:©|\(c\)|copyright (?:©|\(c\)|\d{4}|by\b)).{0,140}",
        r".{0,60}all rights reserved\b.{0,140}",
        r"our standards:.{0,80}",
        r"this (?:material|content|story|article) may not be (?:published|reproduced|"
        r"broadcast).{0,120}",
        r".{0,60}does not necessarily (?:reflect|represent) the (?:views|position|opinion).{0,80}",
        r"with inputs? from (?:agencies|pti|ani|reuters|afp)\b.{0,40}",
    ),
}  # fmt: skip
_TAIL = re.compile(
    r"\s*[(\[](?:(?:additional )?(?:reporting|writing|editing|compiled|written|translated) "
    r"(?:and (?:writing|editing) )?by|with reporting by)\b[^()\[\]]{0,400}[)\]]\.?\s*\Z"
    r"|\s*\n\s*(?:(?:additional )?reporting|editing|writing) by [^\n]{0,300}\Z"
    r"|\s*\n\s*(?:the )?(?:associated press|ap|reuters|afp)[^\n]{0,80} contributed to this "
    r"(?:report|story|article)\.?\s*\Z",
    re.IGNORECASE,
)
_PATTERNS = {
    name: re.compile(rf"(?:{'|'.join(lines)}){_END}", re.IGNORECASE)
    for name, lines in _LINES.items()
}
_STARTS = (
    "photo", "(photo", "image", "(image", "picture", "(picture", "illustration", "graphic",
    "foto", "bild", "video", "media", "file ", "(file", "getty", "ap photo", "afp",
    "shutterstock", "unsplash", "representati", "read", "also read", "see ", "related", "more ",
    "watch", "listen", "don", "recommended", "you may", "must", "lire", "lesen", "mehr", "leia",
    "lee ", "leggi", "click", "tap ", "find", "learn", "around the", "top stories", "trending",
    "advert", "skip ad", "article cont", "story cont", "most read", "follow", "like ", "join",
    "get ", "receive", "share", "download", "support", "©", "(c)", "copyright", "our standards",
    "this ", "with input",
)  # fmt: skip
_WITHIN = (
    "getty", "shutterstock", "/afp", "reuters", "istock", "sign up", "subscribe", "register",
    "rights reserved", "necessarily",
)  # fmt: skip
"""How a line that any rule takes begins, or what it has in it: looked for first, being fast."""
_IN_TAIL = ("eporting", "diting", "riting", "ontributed", "ompiled", "ranslated", "ritten")
_TAIL_CHARS = 700
_LEAD = 120
"""Characters in which a dateline ends."""

BYLINE, TAIL, DATELINE = "byline", "agency_tail", "dateline"
RULES: tuple[str, ...] = (BYLINE, DATELINE, *_LINES, TAIL)
"""The names of the rules, in the order in which they are applied."""


@dataclass(slots=True)
class Trimmed:
    """A text without what stands around it: who wrote it and where from, as far as that was said,
    and the rules that found something."""

    text: str
    author: str | None = None
    dateline: str | None = None
    rules: list[str] = field(default_factory=list)


def trimmed(text: str, rules: Collection[str] = RULES) -> Trimmed:
    """A clean text without its boilerplate. A dateline is told of and stays, for it says
    where the news is. A text that would be nothing but boilerplate stays as it is.
    """
    result = Trimmed(text)
    if BYLINE in rules and _byline(result):
        result.rules.append(BYLINE)
    if DATELINE in rules and _dateline(result):
        result.rules.append(DATELINE)
    result.rules += _lines(result, rules)
    if TAIL in rules and _tail(result):
        result.rules.append(TAIL)
    if not result.text.strip():
        return Trimmed(text)
    return result


def without_dateline(text: str) -> str:
    """The text behind its dateline."""
    match = _dateline_of(text)
    return text[match.end() :] if match else text


def _dateline_of(text: str) -> re.Match[str] | None:
    lead = text[:_LEAD]
    if not any(mark in lead for mark in ("-", "–", "—", ":")) or not lead[0].isupper():
        return None
    match = _DATELINE.match(lead)
    return None if match is None or lead.startswith(_NO_PLACES) else match


def _byline(result: Trimmed) -> bool:
    first, break_, rest = result.text.partition("\n")
    match = _BYLINE.fullmatch(first.strip())
    if match is None or not break_ or not rest.strip():
        return False
    result.author, result.text = match["author"], rest.lstrip()
    return True


def _dateline(result: Trimmed) -> bool:
    match = _dateline_of(result.text)
    if match is None:
        return False
    result.dateline = match[0].strip().rstrip("-–—: ").strip()
    return True


def _lines(result: Trimmed, rules: Collection[str]) -> list[str]:
    """Take the lines that one of the rules takes; returns the rules that did."""
    lines = result.text.split("\n")
    taken = {
        number: rule
        for number, line in enumerate(lines)
        if _may_be_taken(line)
        for rule in _LINES
        if rule in rules and _PATTERNS[rule].fullmatch(line.strip())
    }
    if not taken or len(lines) == 1:
        return []
    left = "\n".join(line for number, line in enumerate(lines) if number not in taken)
    result.text = re.sub(r"\n{3,}", "\n\n", left).strip()
    return [rule for rule in _LINES if rule in taken.values()]


def _may_be_taken(line: str) -> bool:
    if not 0 < len(line) <= 10 * _LONGEST:
        return False
    lower = line.lower().lstrip("•·*▪►➡️>- ")
    return (lower.startswith(_STARTS) or any(mark in lower for mark in _WITHIN)) and line.count(
        " "
    ) < _LONGEST


def _tail(result: Trimmed) -> bool:
    before = result.text
    while any(mark in result.text[-_TAIL_CHARS:] for mark in _IN_TAIL):
        match = _TAIL.search(result.text, max(0, len(result.text) - _TAIL_CHARS))
        if match is None:
            break
        result.text = result.text[: match.start()].rstrip()
    return result.text != before
