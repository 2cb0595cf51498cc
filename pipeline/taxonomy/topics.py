"""Which topics exist: the 17 top concepts of IPTC Media Topics, each with a description of ours.

A table and how to read it, nothing about articles. Codes and names in `data/media_topics.csv` are
IPTC's (IPTC Media Topics NewsCodes, https://iptc.org, CC BY 4.0); the descriptions are Dateline's.
Whoever edits one makes the sums again: `python scripts/build_taxonomy.py --sums`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from pipeline.taxonomy import tables

VERSION = "iptc-mediatopics-2025-10-09.descriptions-1"
"""Release of Media Topics that the codes and en-GB names are from; our descriptions' edition."""

DATA_FILES = ("media_topics.csv",)


@dataclass(frozen=True, slots=True)
class MediaTopic:
    """A top concept of Media Topics.

    `description` is one paragraph of short sentences, each as it might stand in a news item about
    the topic: what an encoder compares articles with, and not the definition by IPTC.
    """

    qcode: str
    name: str
    description: str


@cache
def load_topics() -> MappingProxyType[str, MediaTopic]:
    """QCode such as `medtop:11000000` to topic, 17 of them in the order of their codes."""
    return MappingProxyType(
        {
            row["qcode"]: MediaTopic(row["qcode"], row["name"], row["description"])
            for row in tables.read_rows("media_topics.csv")
        }
    )


@cache
def data_digests() -> MappingProxyType[str, str]:
    """File name to sha256 of its bytes, for the identity of what reads this table."""
    return tables.digests(DATA_FILES)
