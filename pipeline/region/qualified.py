"""Names that an article settles itself: "PARIS, TX", and "Paris" alone after it.

A town with its state, province or country is that one in the whole article, title too, whatever the
name means elsewhere.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.region.hits import DATELINE, TOWN_AFTER, Hit
from pipeline.region.people import Words
from pipeline.taxonomy.regions import Place

CODE = "p"
"""Flag of postal codes, which are codes only behind a name: "PARIS, TX"."""

_LONGEST = 60
_LEADS = frozenset((", ", " ("))
_TOWNS = frozenset(("city", "capital", "town"))
_WORD = r"[A-Z][\w.'’-]*"
_NAME = re.compile(
    rf"(?<![\w.])((?:{_WORD} (?:(?:of|de|la|del|du) )?){{0,3}}{_WORD})(, ?| \(| in | )$"
)
_TOWN_OF = re.compile(
    r" (?:city|town|village|community|suburb|county seat|port)(?: of)? "
    rf"({_WORD}(?: {_WORD}){{0,2}})|['’]s? ({_WORD})"
)
_OF = (" city", " town", " village", " community", " suburb", " county", " port", "'", "’")
"""After a state: "the Maine town of China", "Ontario's London"."""

_CLOSED = re.compile(r"\)|\s*(?:--?|–|—|_|\(|:|;|,|\.|\n|$)|['’]s\b")
_ENDED = re.compile(r"\)|\s*(?:--|[-–—_(:])|,? \d{5}\b")
_GOES_ON = re.compile(
    r"\)|\s*(?:--?|–|—|_|\(|:|;|,|\.|\n|$)| (?:on|in|at|by|to|of|and|or|for|with|after|before|"
    r"where|when|who|which|that|is|was|are|were|has|had|have|will|may|can|would|could|said|says|"
    r"last|next|this|from|until|since|during|but|as|while|\d+)\b"
)
"""After a state that qualifies the name before it; not so in "In Paris, Texas officials said"."""
_LIST = re.compile(r",? (?:and|or|&) (?:the )?[A-Z]|, (?:the )?[A-Z][\w.]*(?:,| and | or )")
_STOPS = TOWN_AFTER | {
    "The", "A", "An", "And", "But", "Of", "On", "By", "For", "With", "While", "After", "Before",
    "Police", "Officials", "Residents", "Voters", "Farmers", "Monday", "Tuesday", "Wednesday",
    "Thursday", "Friday", "Saturday", "Sunday", "When", "Outside", "Since", "Between", "Mayor",
}  # fmt: skip
"""Words in capitals that stand before a name and are no part of it."""
_BEHIND = TOWN_AFTER | {"of", "outside", "Outside"}
_DEGREES = frozenset(("MA", "MD", "PA", "MS", "DO", "ME", "SA"))
"""Codes that also stand behind the name of a person or a firm."""


@dataclass(frozen=True, slots=True)
class _Settlement:
    """A name that an article qualifies at an offset, and the country that it lies in there."""

    name: str
    start: int
    in_title: bool
    alpha2: str


def is_code(hit: Hit, previous: Hit | None) -> bool:
    """Whether a postal code is one here, and no word in capitals: it closes the name of a town that
    is known, or that stands in a dateline or behind a word such as "in"."""
    found = _name_before(hit)
    if found is None:
        return False
    start, name, between = found
    end = start + len(name)
    code = hit.source[hit.start : hit.end]
    known = previous is not None and start <= previous.start and previous.end == end
    if known and previous is not None and previous.alpha2 == code:
        return False  # "Toronto, CA" is of Canada, not of California
    if between == " (":
        return hit.source.startswith(")", hit.end)
    first = not hit.in_title and not hit.source[:start].strip()
    ended = bool(_ENDED.match(hit.source, hit.end))
    if first and ended:
        return True
    closed = ended or (not hit.in_capitals() and bool(_CLOSED.match(hit.source, hit.end)))
    if known:
        return closed
    return (
        closed
        and between != " "
        and _is_located(hit, start, TOWN_AFTER if code in _DEGREES else _BEHIND)
    )


def settled(hits: Sequence[Hit], sources: Mapping[bool, str], words: Words) -> list[Hit]:
    """The hits of title and text, every name that the article settles read as it says.

    Hits have one reading each; `sources` are title (True) and text (False). A name of several
    words ("East Palestine") becomes a hit of its own.
    """
    names: dict[str, list[_Settlement]] = defaultdict(list)
    for number, hit in enumerate(hits):
        division = hit.kind == "division"
        if not division and hit.kind != "country":
            continue
        lead = hit.source[hit.start - 2 : hit.start]
        if not division and lead not in _LEADS:
            continue
        for one in _settlements(hit, hits, number, words):
            names[one.name.casefold()].append(one)
    if not names:
        return list(hits)
    kept = list(hits)
    for found in names.values():
        found.sort(key=lambda one: (one.in_title, one.start))
        kept = _read(kept, sources, found)
    return sorted(kept, key=lambda hit: (not hit.in_title, hit.start))


def _name_before(hit: Hit) -> tuple[int, str, str] | None:
    """Start of the name that ends before a hit, the name, and what stands between the two."""
    at = max(0, hit.start - _LONGEST)
    last = hit.source[at : hit.start].removesuffix(" in ").rstrip(" ,(").rpartition(" ")[2]
    if not last[:1].isupper():
        return None
    found = _NAME.search(hit.source[at : hit.start])
    if found is None:
        return None
    name = found[1]
    start = at + found.start(1)
    while True:
        first, space, rest = name.partition(" ")
        ends = first.endswith(".") and len(first) > len("St.")
        if not space or not (first in _STOPS or ends):
            break
        start += len(first) + 1
        name = rest
    return (start, name, found[2]) if name not in _STOPS else None


def _is_located(hit: Hit, start: int, behind: Collection[str] = _BEHIND) -> bool:
    before = hit.source[max(0, start - len(" throughout ")) : start].split()
    return bool(before) and before[-1] in behind


def _settlements(hit: Hit, hits: Sequence[Hit], number: int, words: Words) -> Iterator[_Settlement]:
    """What a state, province or country says of the name before it, or after it."""
    known = [one for one in hits[max(0, number - 3) : number] if one.in_title == hit.in_title]
    lead = hit.source[max(0, hit.start - 2) : hit.start]
    near = lead in _LEADS or lead == "n " or hit.flag(CODE) or hit.start < DATELINE
    found = _name_before(hit) if near else None
    if found is not None and _qualifies(hit, found, known, words):
        yield _Settlement(found[1], found[0], hit.in_title, hit.alpha2)
    if hit.kind != "division" or not hit.source.startswith(_OF, hit.end):
        return
    after = _TOWN_OF.match(hit.source, hit.end)
    following = hits[number + 1] if number + 1 < len(hits) else None
    if after is not None and following is not None and following.in_title == hit.in_title:
        group = 1 if after[1] else 2
        towns = _TOWNS | {"country"} if group == 1 else _TOWNS
        name = after[group]
        inside = after.start(group) <= following.start < following.end <= after.end(group)
        if inside and following.kind in towns:
            name = name[: following.end - after.start(group)]
            yield _Settlement(name, after.start(group), hit.in_title, hit.alpha2)


def _qualifies(hit: Hit, found: tuple[int, str, str], known: Sequence[Hit], words: Words) -> bool:
    start, name, between = found
    end = start + len(name)
    inside = [one for one in known if start <= one.start and one.end <= end]
    first = not hit.in_title and not hit.source[:start].strip()
    located = _is_located(hit, start)
    opening = name.split(" ")[0]
    if opening != name and opening in words.given | words.honorific:
        return False
    if between == " in ":
        return hit.kind == "division" and bool(inside) and inside[-1].kind in _TOWNS
    if between == " ":
        return hit.flag(CODE) or (first and name.isupper() and hit.kind == "division")
    if between == " (":
        return bool(inside or located) and hit.source[hit.end : hit.end + 1] in (")", ",")
    if not _GOES_ON.match(hit.source, hit.end):
        return False
    if hit.kind == "division" and not (inside and inside[-1].kind in ("country", "division")):
        return bool(inside) or located or first
    # A country after a town, or a state after what may be a country or state: perhaps a list.
    state = bool(inside) and inside[-1].kind == "division" and hit.kind == "division"
    return (first or located or state) and not _LIST.match(hit.source, hit.end)


def _read(hits: list[Hit], sources: Mapping[bool, str], found: Sequence[_Settlement]) -> list[Hit]:
    """The hits with each use of a settled name read as the last settlement before it says.

    Where the country that the name is known for is named too, a name that the article uses before
    it settles it stays what it was: "Paris" in a piece on France that also names Paris, Texas.
    """
    name = found[0].name.casefold()
    exact = {(one.in_title, one.start): one.alpha2 for one in found}
    own = [hit for hit in hits if hit.source[hit.start : hit.end].casefold() == name]
    if own and {hit.alpha2 for hit in own} == {one.alpha2 for one in found}:
        return hits
    known = {id(hit) for hit in own}
    others = {hit.alpha2 for hit in hits if id(hit) not in known}
    uses = [(hit.in_title, hit.start) for hit in own] or [
        (in_title, use.start())
        for in_title, source in sources.items()
        for use in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", source, re.IGNORECASE)
        if source[use.start()].isupper()
    ]
    opens = any(one.in_title for one in found) or (False, found[0].start) == min(
        (use for use in uses if not use[0]), default=None
    )
    kept = {(hit.in_title, hit.start) for hit in own if hit.alpha2 in others and not opens}
    new = []
    for in_title, start in uses:
        if (in_title, start) in kept and (in_title, start) not in exact:
            continue
        at = bisect_right(found, (in_title, start), key=lambda one: (one.in_title, one.start)) - 1
        before = at >= 0 and found[at].in_title == in_title
        alpha2 = found[at if before else 0].alpha2
        end = start + len(name)
        place = Place(sources[in_title][start:end], alpha2, "city", "", ())
        new.append(Hit(start, end, sources[in_title], in_title, (place,)))
    spans = {(hit.in_title, at) for hit in new for at in range(hit.start, hit.end)}
    return [hit for hit in hits if (hit.in_title, hit.start) not in spans] + new
