"""The table is the 17 top concepts; its descriptions are fit to be encoded by sentence."""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files

import pytest

from pipeline.taxonomy import topics
from pipeline.taxonomy.labels import Label
from pipeline.taxonomy.topics import DATA_FILES, data_digests, load_topics

IPTC_NAMES = (
    "arts, culture, entertainment and media",
    "crime, law and justice",
    "disaster, accident and emergency incident",
    "economy, business and finance",
    "education",
    "environment",
    "health",
    "human interest",
    "labour",
    "lifestyle and leisure",
    "politics and government",
    "religion",
    "science and technology",
    "society",
    "sport",
    "conflict, war and peace",
    "weather",
)
"""en-GB names of the release of 2025-10-09, medtop:01000000 to medtop:17000000."""


def test_codes_and_names_are_those_of_iptc() -> None:
    expected = {f"medtop:{n:02d}000000": name for n, name in enumerate(IPTC_NAMES, start=1)}
    assert {qcode: topic.name for qcode, topic in load_topics().items()} == expected
    assert list(load_topics()) == sorted(expected)
    assert all(qcode == topic.code for qcode, topic in load_topics().items())
    assert "2025-10-09" in topics.VERSION


@pytest.mark.parametrize("topic", load_topics().values(), ids=lambda topic: topic.code)
def test_description_is_one_paragraph_of_whole_sentences(topic: Label) -> None:
    assert 40 <= len(topic.description.split()) <= 90
    assert "\n" not in topic.description
    assert topic.description.endswith(".")
    sentences = re.split(r"(?<=\.)\s+", topic.description)
    # A shorter one would be an abbreviation that the stage took for the end of a sentence.
    assert all(len(sentence.split()) >= 3 for sentence in sentences)


def test_no_sentence_describes_two_topics() -> None:
    sentences = [s for t in load_topics().values() for s in t.description.split(". ")]
    assert len(sentences) == len(set(sentences))


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        load_topics()["medtop:01000000"] = load_topics()["medtop:02000000"]  # type: ignore[index]


def test_digests_are_of_the_shipped_bytes() -> None:
    data = files("pipeline.taxonomy") / "data"
    for name in DATA_FILES:
        assert data_digests()[name] == hashlib.sha256((data / name).read_bytes()).hexdigest()
