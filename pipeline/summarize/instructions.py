"""Passages of an article that speak to a language model and not to a reader.

A model may repeat or obey them, and the support check cannot object, since the words do stand in
the article. So they are left out of what is read and of what may carry a summary. Patterns of
English; they are one of the defences, not a proof (README, threat model).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.summarize.sentences import split_sentences

Span = tuple[int, int]

_ROLE = re.compile(r"\W*(?:system|user|assistant|human)\s*:", re.IGNORECASE)
"""A line of a chat."""

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
            r"\b(?:notes?|messages?|attention|instructions?|reminder)[ ,:](?:to|for)? ?"
            rf"(?:all |the )*{_MODEL}",
            r"\b(?:when|if|while|before) (?:you )?summari[sz](?:e|ing) (?:this|the|it)\b",
            _START + r"(?:do not |don['’]t )?summari[sz]e\b(?! (?:the )?(?:findings|results|data))",
            r"\b(?:in|into|with|from|begin|start|end) your (?:answer|summary|output)\b",
            rf"\b(?:your|the) {_WRITING} (?:must|should|shall|has to) (?:be|begin|start|end|say|"
            r"include|contain|mention)\b",
            _START + rf"(?:reply|respond|answer|output|print|say|write)(?: \w+)?:? {_FORMS}\b",
            _START + r"(?:reply|respond|answer)(?: only| just)? with\b",
            r"\banswer every (?:request|question|prompt)\b",
            r"\b(?:output|answer|response) must be\b|\bprint nothing\b",
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
    for line in text.splitlines(keepends=True):
        end = start + len(line)
        if _ROLE.match(line):
            found.append((start, end))
        elif _ADDRESSED.search(line):
            found += _in_line(line, start, language)
        start = end
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
    hits = [n for n, sentence in enumerate(sentences) if _ADDRESSED.search(sentence)]
    if not hits:  # what was found stands across sentences
        return [(offset, offset + len(line))]
    near = sorted({n for hit in hits for n in (hit - 1, hit, hit + 1) if 0 <= n < len(places)})
    return [places[n] for n in near]
