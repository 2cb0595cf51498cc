"""Passages of an article that speak to a language model and not to a reader.

A model may repeat or obey them, and the support check cannot object, since the words do stand in
the article. So they are left out of what is read and of what may carry a summary. Patterns of
English; they are one of the defences, not a proof (README, threat model).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.text.sentences import Span, split_sentences

_ROLE = re.compile(r"\W*(?:system|user|assistant|human)\s*:", re.IGNORECASE)
"""A line of a chat."""
_CREDIT = re.compile(
    r"\W*\w+\s*:\s*(?:(?:[A-Z][\w.'’-]*|\d[\d.,]*|de|da|van|von|bin|al|and|&|\([^)]*\))[\s,;]*){1,6}"
    r"[.\s]*$"
)
"""A function with the name of who has it: "Assistant: M. Roe"."""
_OTHER_SPEAKER = re.compile(
    r"\W*(?!(?:system|user|assistant|human)\b)[A-Z][\w.'’-]*(?: [\w.'’-]+){0,3}:\s", re.I
)
"""A speaker of an interview, or a function, as no chat with a model has it."""

_QUOTED = re.compile(r"""["“][^"“”]*["”]|‘[^‘’]*’(?!\w)|(?<!\w)'[^']*'(?!\w)|«[^»]*»""")
_REPORTED = re.compile(
    r"\b(?:said|says|say|saying|reads?|reading|told|tells|telling|wrote|writes|written|typed|types"
    r"|asked|asks|ask|asking|ordered|orders|instructed|instructing|contain(?:s|ed|ing)?|hid|hidden"
    r"|hides|began|begins|such as|phrases?|words?|sentences?|lines?|text|commands?|titled|called"
    r"|included?|includes|including|prompts?|prompted|entered|pasted|sent|posted|with)\b",
    re.IGNORECASE,
)
"""What a report says beside the words that it quotes."""
_FEWEST_WORDS = 3
"""Words beside a quotation that make a report of it."""

_MODEL = (
    r"(?:summari[sz]ers?|(?:large )?language models?|AIs?\b|AI \w+|LLMs?|chatbots?|assistants?)"
)
_WRITING = r"(?:answer|summary|response|reply|output)"
_START = (
    r"(?:^|[.:;!?\"'“‘(*]\s*|\b(?:please|instead),?\s+)(?:(?:please|now|and|then|instead),?\s+)*"
)
_FORMS = r"(?:only|that|about|nothing|an? (?:poem|story|song|limerick)|the (?:words?|phrase))"

_ADDRESSED = re.compile(
    "|".join(
        (
            r"<\|\w+\|>|\[/?INST\]|<</?SYS>>|^#+\s*(?:instruction|system|response)\b",
            _START
            + r"(?:ignore|disregard|forget|override)\b[^.!?]{0,40}\b"
            + r"(?:above|previous|preceding|prior|instructions?|prompts?|the (?:news|article))\b",
            _START + r"(?:(?:this|here) is (?:an? |the )?)?"
            r"(?:notes?|messages?|attention|instructions?|reminder)[ ,:](?:to|for)? ?"
            rf"(?:all |the )*{_MODEL}(?: reading this)?\s*[:,;–—-]",
            r"\b(?:when|if|while|before) (?:you )?summari[sz](?:e|ing) (?:this|the|it)\b",
            _START + r"(?:do not |don['’]t )?summari[sz]e\b(?! (?:the )?(?:findings|results|data))",
            r"\b(?:in|into|with|from|begin|start|end) your (?:answer|summary|output)\b",
            rf"\b(?:your {_WRITING}|the (?:summary|output)) (?:must|should|shall|has to) "
            r"(?:be|begin|start|end|say|include|contain|mention)\b",
            _START + rf"(?:reply|respond|answer|output|print|say|write)(?: \w+)?:? {_FORMS}\b",
            _START + r"(?:reply|respond|answer)(?: only| just)? with\b",
            _START + r"answer every (?:request|question|prompt)\b",
            _START
            + r"(?:(?:your )?(?:output|answer|response)|the output) must be\b|\bprint nothing\b",
            _START
            + r"you are (?:now )?(?:an? |my )(?:AI|assistant|chatbot|pirate|language model)\b",
            _START + r"(?:repeat|reveal|print|show)\b[^.!?]{0,30}\b(?:instructions?|prompts?)\b",
            _START + r"translate (?:this|the|everything|it)\b",
        )
    ),
    re.IGNORECASE,
)


def instructions(text: str, language: str | None = None) -> list[Span]:
    """Where a text speaks to a model: (start, end) in characters, in order.

    A line of a chat goes whole. A sentence takes its neighbours of the same line with it, since
    what a model is to write stands beside it.
    """
    found: list[Span] = []
    start = 0
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        end = start + len(line)
        if _ROLE.match(line) and not _CREDIT.match(line) and not _is_interview(lines, number):
            found.append((start, end))
        elif _ADDRESSED.search(line):
            found += _in_line(line, start, language)
        start = end
    return found


def _is_interview(lines: Sequence[str], number: int) -> bool:
    """Whether other speakers than those of a chat stand beside the line: in the nearest line with a
    speaker before it or after it."""
    near = (*lines[max(0, number - 2) : number], *lines[number + 1 : number + 3])
    return any(_OTHER_SPEAKER.match(line) for line in near)


def _is_addressed(sentence: str) -> bool:
    """Whether a sentence speaks to a model; one that reports such words in quotation marks only
    tells of it."""
    hits = list(_ADDRESSED.finditer(sentence))
    if not hits:
        return False
    quoted = [quote.span() for quote in _QUOTED.finditer(sentence)]
    if not all(any(a <= hit.start() and hit.end() <= b for a, b in quoted) for hit in hits):
        return True
    beside = _QUOTED.sub(" ", sentence)
    return len(beside.split()) < _FEWEST_WORDS or not _REPORTED.search(beside)


def merged(*several: Sequence[Span]) -> list[Span]:
    """The spans of all in order, those that overlap as one."""
    found: list[Span] = []
    for start, end in sorted(span for spans in several for span in spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def without(text: str, spans: Sequence[Span]) -> str:
    """The text without these spans."""
    kept, at = [], 0
    for start, end in spans:
        kept.append(text[at:start])
        at = end
    return "".join([*kept, text[at:]]).strip()


def blanked(sentences: Sequence[str], text: str, spans: Sequence[Span]) -> list[str]:
    """The sentences of a text with "" for each that has a part in a span: all keep their places."""
    kept, at = [], 0
    for sentence in sentences:
        start = text.find(sentence, at)
        # A splitter that changes a sentence would leave it nowhere: it then stays as it is.
        at = start + len(sentence) if start >= 0 else at
        cut = start >= 0 and any(first < at and start < last for first, last in spans)
        kept.append("" if cut else sentence)
    return kept


def _in_line(line: str, offset: int, language: str | None) -> list[Span]:
    sentences, places, at = split_sentences(line, language), [], 0
    for sentence in sentences:
        start = max(line.find(sentence, at), at)
        at = start + len(sentence)
        places.append((offset + start, offset + at))
    hits = [n for n, sentence in enumerate(sentences) if _is_addressed(sentence)]
    if not hits and any(map(_ADDRESSED.search, sentences)):
        return []  # told of, in quotation marks
    if not hits:  # what was found stands across sentences
        return [(offset, offset + len(line))]
    near = sorted({n for hit in hits for n in (hit - 1, hit, hit + 1) if 0 <= n < len(places)})
    return [places[n] for n in near]
