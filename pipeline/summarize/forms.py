"""The forms a summary can have, their bounds, and how what a model wrote is read as one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.text.whole_sentences import whole_sentences

Form = Literal["headline", "sentence", "brief", "bullets"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many parts (sentences, bullets, or the headline) and words a form has."""

    least: int
    most: int
    words: int

    def has_room(self, parts: Sequence[str]) -> bool:
        """Whether these parts are not too many and not too long."""
        return len(parts) <= self.most and word_count(parts) <= self.words

    def hold(self, parts: Sequence[str]) -> bool:
        """Whether a summary of these parts is within them."""
        return self.least <= len(parts) and self.has_room(parts)


BOUNDS: dict[Form, Bounds] = {
    "headline": Bounds(1, 1, 12),
    "sentence": Bounds(1, 1, 45),
    "brief": Bounds(2, 3, 90),
    "bullets": Bounds(3, 5, 120),
}
"""Parts as each form is defined; words, but for the headline's, set by judgement: a sentence or a
third of them that is longer is not brief."""

BULLET = re.compile(r"^\s*(?:[-*•‣–—]|\d{1,2}[.)])\s+")
_QUOTED = re.compile(r'^["“](?P<inside>[^"“”]+)["”]$')
_FULL_STOP = re.compile(r"(?<!\.[A-Z])\.+$")
"""Not that of "the U.S."."""
_LABEL = re.compile(r"^(?:#+\s*)?\**(?:headline|title)\**\s*:\**\s*", re.IGNORECASE)


def parts_of(written: str, finished: bool, form: Form, language: str | None = None) -> list[str]:
    """The whole parts of what a model wrote, at most as many as the form has.

    `finished` says that the model itself ended; else a last part that has no end is left out.
    """
    bounds = BOUNDS[form]
    if form == "headline":
        return _headline(written, finished)
    if form == "bullets":
        lines = [BULLET.sub("", line) for line in written.splitlines() if line.strip()]
        if len(lines) > 1:
            found = []
            for number, line in enumerate(lines, start=1):
                whole = whole_sentences(line, finished or number < len(lines), language)
                found += [" ".join(whole)] if whole else []
            return _within(found, bounds)
        # A model that was never told of bullets writes sentences.
    return _within(whole_sentences(BULLET.sub("", written), finished, language), bounds)


def joined(parts: Sequence[str], form: Form) -> str:
    """The parts as one text: sentences in a row, bullets a line each."""
    return "\n".join(f"- {part}" for part in parts) if form == "bullets" else " ".join(parts)


def _headline(written: str, finished: bool) -> list[str]:
    lines = [_LABEL.sub("", line.strip()).strip("*# ") for line in written.splitlines()]
    # "Here is a headline:" is none.
    lines = [line for line in lines if line and not line.endswith(":")]
    if not lines or not (finished or len(lines) > 1):
        return []
    line = _FULL_STOP.sub("", lines[0])
    quoted = _QUOTED.match(line)
    line = _FULL_STOP.sub("", quoted["inside"] if quoted else line).strip()
    return [line] if line and word_count([line]) <= BOUNDS["headline"].words else []


def _within(parts: Sequence[str], bounds: Bounds) -> list[str]:
    """The leading parts, without repetitions, that the bounds have room for."""
    kept: list[str] = []
    for part in dict.fromkeys(parts):
        if not bounds.has_room([*kept, part]):
            break
        kept.append(part)
    return kept


def word_count(parts: Sequence[str]) -> int:
    """Words of all parts together."""
    return sum(len(part.split()) for part in parts)
