"""What of an article may be retold: nothing that speaks to a model, no list of figures, no
sentence that breaks off."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.article import Article
from pipeline.summarize.lead import LIST
from pipeline.text.cut_off import cut_off
from pipeline.text.lists import lists
from pipeline.text.prompt_injection import blanked, instructions, merged, without
from pipeline.text.sentences import split_sentences

INSTRUCTIONS_LEFT_OUT = "instructions_left_out"
LIST_LEFT_OUT = "list_left_out"
"""Notes beside a summary."""


@dataclass(frozen=True, slots=True)
class Readable:
    """An article's `text` without what is left out, its title, None for one that speaks to a model,
    and all its `sentences`, "" for those that are left out, at least in part: they carry nothing.

    `why_none` is the note if that is too little for a summary.
    """

    text: str
    title: str | None
    sentences: list[str]
    has_instructions: bool
    has_lists: bool
    why_none: str


def readable(article: Article, min_words: int, with_broken: bool = False) -> Readable:
    """What may be retold of an article; `with_broken` keeps a sentence that breaks off."""
    text, language, title = article.text, article.language, article.title
    addressed, listed = instructions(text, language), lists(text, language)
    spans = merged(addressed, listed, [] if with_broken else cut_off(text, language))
    return Readable(
        without(text, spans) if spans else text,
        None if title and instructions(title, language) else title,
        blanked(split_sentences(text, language), text, spans),
        bool(addressed),
        bool(listed),
        LIST if listed and len(text.split()) >= min_words else "too_short",
    )
