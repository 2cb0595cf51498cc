"""Whether a sentence stands alone, and what completes it where it does not.

A pronoun or a short name is replaced only where the sentences before leave no choice; else the
sentence needs the one before it. Never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.summarize.selection.furniture import has_whole_quotes
from pipeline.summarize.selection.people import (
    NOT_PERSON,
    QUOTATION,
    SAYS,
    WORD,
    Person,
    full_name,
    only_person,
)
from pipeline.summarize.selection.shorten import without_linking

_PRONOUN = re.compile(r"^(?P<word>He|She|His|Her)(?= [a-z])")
_SURNAME = re.compile(
    rf"(?:(?P<title>Mr|Mrs|Ms|Miss)\.? )?(?P<name>{WORD})(?P<own>['’]s)?(?P<next>,| [a-z]+)"
)
_ACTS = re.compile(rf",$| (?:{SAYS}|[a-z]+ed|[a-z]+s)$")
_EXPLETIVE = re.compile(
    r"^It (?:is|was|remains|will be|has been|would be|had been|is also|was also) (?:not |still |"
    r"now |also )?"
    r"(?:clear|unclear|understood|believed|thought|expected|estimated|likely|unlikely|possible|"
    r"known|unknown|hoped|feared|reported|alleged|claimed|important|impossible|difficult|hard|easy|"
    r"time|illegal|rare|common|feared)\b"
)
_TEMPORAL = re.compile(
    r"^(?:This|These|That) (?:week|month|year|morning|afternoon|evening|weekend|summer|winter|"
    r"spring|autumn|fall|season|time|century|decade|days)\b"
)
_POINTS = re.compile(
    r"^[\"“'‘]*(?:It|This|These|Those|That|They|Their|Its|Such|Another|Others|Both|Neither|Either|"
    r"One of (?:them|the)|Some of (?:them|the)|Many of (?:them|the)|Most of (?:them|the)|None of|"
    r"All of (?:them|the)|Each|Here|There,|Then|Afterwards|Later|Instead|Rather,|Asked|Speaking|"
    r"The (?:pair|couple|two|three|four|duo|trio|former|latter|same|move|other|others|\d+-year-old|"
    r"(?:first|second|third|last|latest|new|proposed|alleged|current|previous|resulting) [a-z]+|"
    r"(?!government|president|prime|king|queen|pope|police|army|world|economy|public|weather|sun|"
    r"internet|military|country|nation|average|number|amount|cost|price|rate|majority|rest|head|"
    r"idea|fact|way|aim|chance|death|use|presence|lack|arrival|opening|start|end|value|risk|top|"
    r"most|best|worst|largest|biggest|highest|lowest|oldest|youngest|only|late|poor|rich|future)"
    r"[a-z]+ (?:said|says|was|is|has|had|will|would|were|are|have|also|came|comes|took|takes|began|"
    r"told|added|can|could|may|must|which|who|that|did|does|of the|in which|made|makes|went|"
    r"[a-z]+ed)\b"
    r"))(?=[\s,'’])"
)
_AFTER_CLAUSE = re.compile(r"^[A-Z][a-z]+(?:ed|ing)\b[^,]*, (?:it|they)\b")
_INNER_PRONOUN = re.compile(r"\b(?:he|she|him|his|her|hers|himself|herself)\b")
_SUCH = re.compile(r"\bsuch (?!as\b|an?\b|that\b|things\b)(?P<what>[a-z]+s)\b(?! as\b)")
_NAME_LIKE = re.compile(
    r"(?<!^)(?<![.!?:] )\b[A-Z][\w'’]*[a-z]|^(?!The |A |An |In |On |At |For |But |And "
    r")[A-Z][\w'’-]+ [A-Z]"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A sentence completed where that is certain (`text`), and as it was (`plain`).

    `alone` says whether the completed one needs no other; `origin` is the sentence that completes
    it, by a `name`.
    """

    text: str
    alone: bool
    plain: str
    origin: int | None = None
    name: str | None = None


def standing(sentences: Sequence[str | None], index: int) -> Standing:
    """How the sentence at `index` of an article's cleaned sentences stands without the others,
    and without the word that links it to them."""
    text = without_linking(sentences[index] or "")
    before = next((n for n in range(index - 1, -1, -1) if sentences[n]), None)
    previous = sentences[before] if before is not None and index - before == 1 else None
    pronoun = _PRONOUN.match(text)
    if pronoun:
        certain = previous is not None and has_whole_quotes(text)
        person = only_person(previous or "", pronoun["word"]) if certain else None
        if person is None or before is None:
            return Standing(text, False, text)
        name = _called(person, sentences[: before + 1])
        completed = _put(text, pronoun, name)
        return Standing(completed, not _points(completed), text, before, name)
    completed, origin, known = _with_full_name(sentences, index, text)
    return Standing(completed, not _points(completed), text, origin, known)


def _points(text: str) -> bool:
    """Whether the sentence speaks of something that only another one names."""
    if _EXPLETIVE.match(text) or _TEMPORAL.match(text):
        return False
    if _POINTS.match(text) or _AFTER_CLAUSE.match(text):
        return True
    outside = QUOTATION.sub(" ", text)
    such = _SUCH.search(outside)
    if such and such["what"] not in outside[: such.start()]:
        return True
    pronoun = _INNER_PRONOUN.search(outside)
    return pronoun is not None and not _NAME_LIKE.search(outside[: pronoun.start()])


def _called(person: Person, sentences: Sequence[str | None]) -> str:
    """The person's name as these sentences give it in full, else as it stands."""
    whole = f"{person.title} {person.name}" if person.title else person.name
    return whole if " " in person.name else full_name(sentences, person.last) or whole


def _put(text: str, pronoun: re.Match[str], name: str) -> str:
    if pronoun["word"] in ("His", "Her"):
        name += "’" if name.endswith("s") else "’s"
        if "’" not in text:
            name = name.replace("’", "'")
    return name + text[pronoun.end() :]


def _with_full_name(
    sentences: Sequence[str | None], index: int, text: str
) -> tuple[str, int | None, str | None]:
    """The sentence with the full name where it begins with a surname that only one person of the
    sentences before has, the sentence that gives it, and the name."""
    match = _SURNAME.match(text)
    if not match or match["name"] in NOT_PERSON or index == 0:
        return text, None, None
    full = full_name(sentences[:index], match["name"])
    if full is None or not (match["title"] or _ACTS.match(match["next"])):
        return text, None, None
    origin = next(n for n in range(index) if match["name"] in (sentences[n] or ""))
    completed = f"{full}{match['own'] or ''}{match['next']}{text[match.end() :]}"
    return completed, origin, full
