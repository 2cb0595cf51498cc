"""Text of articles for files of XML, such as spreadsheets and drawings."""

from __future__ import annotations

import re

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def xml_text(text: str) -> str:
    """The text without what XML 1.0 has no character for; not escaped."""
    return _NOT_XML.sub("", text)
