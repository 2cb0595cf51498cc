"""Which sentences are whole, and what of a generated text is kept."""

from __future__ import annotations

import re

from pipeline.text.sentences import split_sentences

_END = re.compile(r"""[.!?…。！？][)\]"'”’»]*$""")
_ABBREVIATION = re.compile(
    r"(?:(?<![.\w])[A-Z]|\b(?:Mr|Mrs|Ms|Dr|St|Prof|Gen|Gov|Sen|Rep|Lt|Col|Sgt|Capt|Rev|Jr|Sr|No|vs"
    r"|Jan|Feb|Aug|Sept|Oct|Nov|Dec|Spc|Pfc|Pvt|Cpl|Maj|Adm|Brig|Cmdr|Det|Supt|Insp|Hon|Mt|Ft|def"
    r"|Vol|Nos))\.$"
)
_INITIALS = re.compile(r"\b[A-Z]\.$")
"""Of a text that was cut off: "in the U.S." may have gone on."""
_LABEL = re.compile(r"^(?:[#*\s]*(?:summary|title|tl;?dr|answer)\b[*\s]*:)?[#*\s]*", re.IGNORECASE)


def is_whole(sentence: str) -> bool:
    """Whether it ends as a sentence does, and not on an abbreviation such as "Mr."; one may end
    with "in the U.S." or "at 9 a.m."."""
    return bool(_END.search(sentence)) and not _ABBREVIATION.search(sentence)


def whole_sentences(generated: str, finished: bool, language: str | None = None) -> list[str]:
    """The complete sentences of a generated text, repetitions and labels left out.

    Where the model itself ended (`finished`), a last sentence that only lacks its full stop gets
    one; a text that was cut off ends with its last complete sentence.
    """
    lines = [_LABEL.sub("", line) for line in generated.splitlines()]
    sentences = split_sentences(" ".join(" ".join(lines).split()), language)
    if sentences and finished and re.search(r"\w$", sentences[-1]):
        sentences[-1] += "."
    kept: list[str] = []
    seen: set[str] = set()
    for position, sentence in enumerate(sentences, 1):
        # The model's own end is one even after "in the U.S."
        at_the_end = position == len(sentences) and bool(_END.search(sentence))
        whole = is_whole(sentence) and not (at_the_end and _INITIALS.search(sentence))
        if (whole or (at_the_end and finished)) and sentence.casefold() not in seen:
            seen.add(sentence.casefold())
            kept.append(sentence)
    return kept
