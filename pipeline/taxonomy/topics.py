"""Which topics exist: the 17 top concepts of IPTC Media Topics, each with a description of ours.

A table and how to read it, nothing about articles. Codes and names in `data/media_topics.csv` are
IPTC's (IPTC Media Topics NewsCodes, https://iptc.org, CC BY 4.0); the descriptions are Dateline's.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

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
    text = (files(__package__) / "data" / "media_topics.csv").read_text(encoding="utf-8")
    return MappingProxyType(
        {
            row["qcode"]: MediaTopic(row["qcode"], row["name"], row["description"])
            for row in csv.DictReader(text.splitlines())
        }
    )


@cache
def data_digests() -> MappingProxyType[str, str]:
    """File name to sha256 of its bytes, for the identity of what reads this table."""
    data = files(__package__) / "data"
    return MappingProxyType(
        {name: hashlib.sha256((data / name).read_bytes()).hexdigest() for name in DATA_FILES}
    )
