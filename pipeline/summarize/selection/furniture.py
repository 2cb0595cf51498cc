"""What stands among the sentences of an article and is none of its news: captions, bylines,
credits, links, stamps, headings. English; a sentence comes back cleaned, or not at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.summarize.selection import furniture_patterns as patterns
from pipeline.text.content_words import content_words
from pipeline.text.tokens import without_s
from pipeline.text.whole_sentences import is_whole

_JOINING = frozenset(
    "a an and as at may june july than by de for from in of on or the to von with".split()
)
_ARTICLES = frozenset(("A", "An", "The"))
_HEADLINE_WORDS = 16
_SAID_AGAIN = 0.5
_SAID_AGAIN_LABELLED = 0.35
_SAID_AGAIN_ARTICLE = 0.2
"""Where the sentence proper begins with an article, which a headline rarely has inside. Of 46 first
sentences that this cuts beyond the others among 5,906 articles, all were headlines."""
_QUOTES = str.maketrans("‘’“”", "''\"\"")
_QUOTE_MARKS = "\"“‘'"
_LEAST_WORDS = 3
_LEAST_UNENDED = 8
"""Words of a line without a full stop that is a sentence where none of the article has one."""
_LEAST_CAPITALS = 0.7
_MOST_LOWER = 0.005
_LEAST_LETTERS = 0.55
_WRAPPED = 0.34


def cleaned_sentences(sentences: Sequence[str], title: str | None = None) -> list[str | None]:
    """For each sentence of one article, the sentence cleaned, or None where it is furniture.

    A text whose lines end anywhere (hard wraps) is told by how many go on in lower case; text in
    capitals throughout is no row of headings. A title that stands before the first sentence is
    cut off.
    """
    breaks = [line for s in sentences for line in s.split("\n")[1:] if line.strip()]
    lower = sum(line.lstrip()[:1].islower() for line in breaks)
    letters = "".join(filter(str.isalpha, " ".join(sentences[:20])))
    upper = sum(map(str.isupper, letters)) / max(len(letters), 1)
    manner = Manner(
        wrapped=bool(breaks) and lower >= _WRAPPED * len(breaks),
        capitals=upper > _LEAST_CAPITALS,
        lower=upper < _MOST_LOWER,
        unended=len(sentences) > 1 and not any(map(is_whole, sentences)),
    )
    found: list[str | None] = []
    for number, sentence in enumerate(sentences):
        if number == 0:
            sentence = _without_headline(_one_line(sentence, manner.wrapped), title)
        following = sentences[number + 1] if number + 1 < len(sentences) else None
        found.append(cleaned(sentence, manner, following, first=number == 0))
    return found


@dataclass(frozen=True, slots=True)
class Manner:
    """How an article is set: lines that end anywhere, all capitals, none at all, no full stops."""

    wrapped: bool = False
    capitals: bool = False
    lower: bool = False
    unended: bool = False


def cleaned(
    sentence: str, manner: Manner = Manner(), following: str | None = None, *, first: bool = False
) -> str | None:
    """A sentence without dateline, stamp, heading, stray quotation mark; None for furniture and
    for what is no whole sentence.

    `following` is the sentence after it, None if it is the last one; before the `first` one there
    is no photograph.
    """
    text = _without_stray_quotes(_one_line(sentence, manner.wrapped))
    text = patterns.CREDIT.sub("", text, count=1)
    if is_furniture(text, manner, first):
        return None
    text = patterns.UNGLUED.sub(r"\1 ", without_dateline(text))
    text = _without_stray_quotes(patterns.INNER.sub("", patterns.TRAILING.sub("", text)))
    if manner.unended and text[-1:].isalnum() and len(text.split()) >= _LEAST_UNENDED:
        text += "."
    if not _is_sentence(text, manner, following) or is_furniture(text, manner, first):
        return None
    return text


def _is_sentence(text: str, manner: Manner, following: str | None) -> bool:
    if re.match(r"[A-Z]\. [a-z]", text):
        return False  # the end of "the U.S."
    if len(text.split()) < _LEAST_WORDS or (text[0].islower() and not manner.lower):
        return text[:1].islower() and text[1:2].isupper() and is_whole(text)  # iPhone sales
    if patterns.INITIALS_END.search(text):
        return following is None or bool(patterns.STARTS_ANEW.match(following))
    return is_whole(text)


def without_dateline(text: str) -> str:
    """A sentence without the place, agency, date or stamp that it begins with."""
    for _ in range(3):
        before = text
        text = patterns.SIGNATURE.sub("", patterns.STAMPS.sub("", text, count=1), count=1)
        for pattern in patterns.DATELINES:
            match = pattern.match(text)
            if match and match.end() < len(text) - 20:
                text = text[match.end() :].lstrip()
                break
        if text == before:
            break
    return text


def _without_headline(sentence: str, title: str | None) -> str:
    """The first sentence without the title, or another headline, that stands before it on the
    same line: words that it says again after a new beginning."""
    start = (title or "").strip().translate(_QUOTES).casefold()
    plain = sentence.translate(_QUOTES).casefold()
    if len(start.split()) > _LEAST_WORDS and plain.startswith(start):
        rest = sentence[len(start) :].lstrip(" .:-–—\n")
        if len(rest.split()) > _LEAST_WORDS and rest[0].isupper():
            return rest
    if without_dateline(sentence) != sentence:
        return sentence  # a dateline stands before the sentence itself
    words = sentence.split()
    sizes = range(min(_HEADLINE_WORDS, len(words) - 8), _LEAST_WORDS, -1)
    # An article is the surest beginning of a sentence.
    for size in sorted(sizes, key=lambda size: words[size] not in _ARTICLES):
        while size > _LEAST_WORDS and words[size - 1] in patterns.MOVED:
            size -= 1
        head = " ".join(words[:size])
        if patterns.REPORTS.search(head):
            continue
        starts = {_bare(word) for word in words[:size] if word not in patterns.MOVED}
        begins = patterns.BEGINS.match(words[size]) or _bare(words[size]) in starts
        if not ((begins and words[size][0].isupper()) or words[size][0].isdigit()):
            continue
        if head[-1] in ",.;:-–—&" or words[size - 1].casefold() in _JOINING:
            continue
        own, again = set(content_words(head)), set(content_words(" ".join(words[size:])))
        least = _SAID_AGAIN_LABELLED if re.match(r"[A-Z][^:.]{2,30}: ", head) else _SAID_AGAIN
        if words[size] in _ARTICLES:
            least = _SAID_AGAIN_ARTICLE
        if len(own) > _LEAST_WORDS and len(own & again) >= least * len(own):
            while words[size - 1] in words[: size - 1]:
                size -= 1  # Pope Francis visits a shrine | Pope Francis
            return " ".join(words[size:])
    return sentence


def _bare(word: str) -> str:
    return without_s(word.casefold().rstrip(":,"))


def _one_line(sentence: str, wrapped: bool) -> str:
    """Headings before a sentence cut off; other lines joined."""
    lines = [" ".join(line.split()) for line in sentence.split("\n")]
    lines = [line for line in lines if any(map(str.isalnum, line))]
    if wrapped or len(lines) < 2:
        return " ".join(lines)
    kept: list[str] = []
    for line in lines:
        if kept and (line[0].islower() or (kept[-1].endswith(":") and line[0] in _QUOTE_MARKS)):
            kept[-1] += " " + line
        else:
            kept.append(line)
    # A line without an end is a heading or a caption; what ends is the sentence.
    return kept[-1]


def _without_stray_quotes(text: str) -> str:
    """Without a quotation mark that belongs to the sentence before or after."""
    text = text.strip()
    while text[:2] in ('" ', "” ", "’ ", "' ") or text[:1] == "”":
        text = text[1:].lstrip()
    while text[-2:] in (' "', " “", " ‘", " '"):
        text = text[:-1].rstrip()
    return text


def is_furniture(text: str, manner: Manner = Manner(), first: bool = False) -> bool:
    """Whether a line is a stamp, credit, service, heading or caption and no sentence."""
    lower, body = text.casefold(), without_dateline(text)
    if (
        patterns.STAMP_ONLY.match(text)
        or any(word in lower for word in patterns.CERTAIN)
        or patterns.ENDS.search(text)
        or patterns.TWEET.search(text)
        or patterns.BEGINNING.match(text)
        or patterns.BEGINNING.match(body)
    ):
        return True
    if any(word in lower and pattern.search(lower) for word, pattern in patterns.SERVICE) and not (
        patterns.CAREFUL.search(text)
    ):
        return True
    letters = "".join(filter(str.isalpha, text))
    if len(letters) < _LEAST_LETTERS * len(text.replace(" ", "")):
        return True
    if not manner.capitals and sum(map(str.isupper, letters)) > _LEAST_CAPITALS * len(letters):
        return True
    label = None if first else patterns.LABEL.match(body)
    if label and not patterns.SPEAKS.search(label["label"]) and not re.search(r"[\"“]", text):
        return True
    pose = patterns.POSE.search(body)
    return bool(pose and not patterns.PAST.search(body[: pose.start()] + body[pose.end() :]))


def is_glued(text: str) -> bool:
    """Whether words of a sentence have lost the space between them."""
    return bool(patterns.GLUED.search(text))


def has_whole_quotes(text: str) -> bool:
    """Whether every quotation that begins in a sentence ends there."""
    return text.count('"') % 2 == 0 and text.count("“") == text.count("”")
