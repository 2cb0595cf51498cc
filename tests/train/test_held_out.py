"""The list of documents that no shipped model was trained on."""

from __future__ import annotations

import re

from pipeline.core.resources import resource
from pipeline.train.held_out import LIST, document_key, document_split, held_out, share_of

ARTICLE = "The council of Linden voted 7-2 on Tuesday to close its only swimming pool. " * 3


def test_key_passes_over_everything_but_letters_and_digits() -> None:
    dirty = ARTICLE.upper().replace(" ", "\u00a0\n").replace("'", "\u2019").replace(".", "\u2026")
    assert document_key(dirty) == document_key(ARTICLE)


def test_key_is_of_the_beginning() -> None:
    assert document_key(ARTICLE + "An ending.") == document_key(ARTICLE)
    assert document_key("A" + ARTICLE) != document_key(ARTICLE)


def test_list_is_sorted_and_has_each_document_once() -> None:
    keys = (resource("models") / LIST).read_text(encoding="ascii").split()
    assert keys == sorted(set(keys))
    assert all(re.fullmatch("[0-9a-f]{10}", key) for key in keys)
    assert len(keys) > 10_000


def test_documents_of_the_list_are_for_the_test(monkeypatch) -> None:
    monkeypatch.setattr("pipeline.train.held_out.held_out", lambda: {document_key(ARTICLE)})
    assert document_split(ARTICLE) == "test"


def test_six_percent_of_the_others_validate() -> None:
    texts = [f"{n} {ARTICLE}" for n in range(2000)]
    others = [text for text in texts if document_key(text) not in held_out()]
    share = sum(document_split(text) == "validation" for text in others) / len(others)
    assert 0.045 < share < 0.075
    assert all(0 <= share_of(document_key(text)) < 1 for text in others)
