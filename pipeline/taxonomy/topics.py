"""Which topics exist: the 17 top concepts of IPTC Media Topics, each with a description of ours,
and the 120 concepts below them.

Tables and how to read them, nothing about articles. Codes and names are IPTC's (IPTC Media Topics
NewsCodes, https://iptc.org, CC BY 4.0), and so are the definitions of the second level in
`data/media_topics_2.csv` (`scripts/models/build_topics.py`); the descriptions of
`data/media_topics.csv` are Dateline's. Whoever edits one makes the sums again:
`python scripts/models/build_taxonomy.py --sums`.
"""

from __future__ import annotations

from functools import cache
from types import MappingProxyType

from pipeline.taxonomy import tables
from pipeline.taxonomy.labels import Label, LabelTree, checked

VERSION = "iptc-mediatopics-2025-10-09.descriptions-1"
"""Release of Media Topics that the codes and en-GB names are from; our descriptions' edition."""

DATA_FILES = ("media_topics.csv",)


@cache
def load_topics() -> MappingProxyType[str, Label]:
    """QCode such as `medtop:11000000` to topic, 17 of them in the order of their codes.

    Each description is one paragraph of short sentences as they might stand in a news item about
    the topic: what an encoder compares articles with, and not the definition by IPTC.
    """
    return MappingProxyType(
        {
            row["qcode"]: Label(row["qcode"], row["name"], row["description"])
            for row in tables.read_rows("media_topics.csv")
        }
    )


SECOND_LEVEL = "media_topics_2.csv"


@cache
def media_topics(level: int) -> LabelTree:
    """The top concepts, and from level 2 on those below them. Raises as `tables.read_rows`."""
    labels = list(load_topics().values())
    version = VERSION
    if level > 1:
        labels += [Label(**row) for row in tables.read_rows(SECOND_LEVEL)]
        version = f"{VERSION}.sha256:{tables.digests([SECOND_LEVEL])[SECOND_LEVEL]}"
    return LabelTree(checked(labels, SECOND_LEVEL), version)


@cache
def data_digests() -> MappingProxyType[str, str]:
    """File name to sha256 of its bytes, for the identity of what reads this table."""
    return tables.digests(DATA_FILES)


def taxonomy_identity() -> dict[str, str]:
    """As `tables.identity` has it."""
    return tables.identity(VERSION, data_digests())
