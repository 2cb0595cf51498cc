"""Passages that a text has word for word of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def places_of(words: Sequence[str]) -> dict[str, list[int]]:
    """Where each word stands."""
    places: dict[str, list[int]] = {}
    for place, word in enumerate(words):
        places.setdefault(word, []).append(place)
    return places


def fragments(
    article: Sequence[str],
    summary: Sequence[str],
    places: Mapping[str, Sequence[int]] | None = None,
    most_places: int | None = None,
) -> list[int]:
    """Lengths of the extractive fragments (Grusky, Naaman and Artzi 2018): from each word of the
    summary the longest sequence that the article has too, then on behind it.

    `places` are those of the article, where they are known; only the first `most_places` of a word
    are looked at.
    """
    places = places_of(article) if places is None else places
    found = []
    at = 0
    while at < len(summary):
        longest = 0
        for place in places.get(summary[at], ())[:most_places]:
            length, most = 1, min(len(summary) - at, len(article) - place)
            while length < most and summary[at + length] == article[place + length]:
                length += 1
            longest = max(longest, length)
        if longest:
            found.append(longest)
        at += max(longest, 1)
    return found
