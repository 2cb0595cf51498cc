"""Stubs: notices and texts of a few words, and no news about such notices."""

from __future__ import annotations

import pytest

from pipeline.ingest.stubs import is_stub

NOTICES = (
    "",
    "[Removed]",
    "nan",
    "[+2829 chars]",
    "Subscribe to continue reading. Already a subscriber? Log in.",
    "word " * 19,
    "词" * 38,
    # longer than a stub's few words
    "We and our partners use cookies to store and access personal data, to show you content that "
    "you may like and to count visits to our website. Accept all. Manage my preferences.",
    "Please turn on JavaScript and reload the page. Our website needs JavaScript to show you maps "
    "and videos, and your browser seems to have JavaScript disabled or is out of date.",
    "A lorry overturned near Lyon on Sunday. To read the full story, start your free trial today. "
    "You can cancel at any time. Already have an account? Sign in to continue. Support independent "
    "journalism for less than a coffee a week.",
    "Verify that you are human. Checking your browser before you can access this page. This "
    "process is automatic, and your browser will be sent on in a few seconds. Ray ID: 7f3.",
    "You have read all your free articles this month. Subscribe now for unlimited digital access "
    "to every story, or log in to continue if you already have a subscription with us.",
    "Bitte aktivieren Sie JavaScript in Ihrem Browser, damit Sie diese Seite lesen. Wir verwenden "
    "Cookies, um Ihnen passende Werbung zu zeigen und unsere Angebote zu verbessern.",
)
ARTICLES = (
    "word " * 20,
    "词" * 40,
    "Browsers will ask once, not each site, whether cookies are welcome, under a draft law that "
    "ministers discussed in Brussels on Tuesday. Publishers fear for their income.",
    "A newspaper in Oslo lost a third of its subscribers after it raised the price to read the "
    "full paper online, its owner said on Monday, and will cut forty jobs before summer.",
    "Its privacy policy misled users, a court in Seoul ruled. The firm must pay 30 million won, "
    "and must say by June which personal data it sells to others. It will appeal.",
    "A lorry overturned near Lyon on Sunday, spilling grain over both lanes of the motorway, and "
    "traffic stood for six hours. Nobody was hurt, said the police. Subscribe to read more.",
)


@pytest.mark.parametrize("text", NOTICES)
def test_notices_and_few_words_are_stubs(text: str) -> None:
    assert is_stub(text)


@pytest.mark.parametrize("text", ARTICLES)
def test_news_is_none(text: str) -> None:
    assert not is_stub(text)
