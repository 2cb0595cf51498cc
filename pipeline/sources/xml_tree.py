"""XML as a tree, without what makes it dangerous: no document type, and so no entities of its own,
neither expanded nor fetched."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

_DEEPEST = 200
"""Elements in elements."""


class ForbiddenError(ValueError):
    """XML that is not read for what it asks of its reader."""


def parsed(data: bytes) -> Element:
    """The root element; names are `{namespace}name`.

    Raises:
        ForbiddenError: it has a document type, or nests too deeply.
        ValueError: it is not well-formed.
    """
    builder = TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise ForbiddenError(f"over {_DEEPEST} elements in one another")
        builder.start(_full(name), {_full(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_full(name))

    def refuse(*declaration: object) -> None:
        raise ForbiddenError("a document type, which may declare entities")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError) as error:  # the latter: an unknown encoding
        raise ValueError(f"no well-formed XML: {error}") from error
    return builder.close()


def local_name(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def children(element: Element | None, name: str) -> Iterator[Element]:
    """The elements of this local name in an element."""
    for child in element if element is not None else ():
        if local_name(child) == name:
            yield child


def child(element: Element | None, *names: str) -> Element | None:
    """The first element at the end of a path of local names."""
    for name in names:
        element = next(children(element, name), None)
    return element


def _full(name: str) -> str:
    return f"{{{name}" if "}" in name else name
