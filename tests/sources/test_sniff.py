"""Which format a file has, by what is in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sources.sniff import HEAD, Kind, NoFormat, kind_of

PROSE = "The bridge was closed on Monday, the city said; nobody was hurt.\n\nIt opens again soon.\n"


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("a.html", b"<!DOCTYPE html>\n<html><head>", "html"),
        ("a.txt", b"<!doctype HTML>\n<html>", "html"),
        ("a", b"\xef\xbb\xbf  <html lang='de'>", "html"),
        ("a.txt", b"<p>Rain is expected.</p><p>More of it.</p>", "html"),
        ("a.htm", b"Rain is expected.", "html"),
        ("a.php", b"<!-- saved from url --><div>", "html"),
        ("a.xml", b'<?xml version="1.0"?>\n<!-- x --><rss version="2.0">', "feed"),
        ("a", b'<feed xmlns="http://www.w3.org/2005/Atom">', "feed"),
        ("a.xml", b'<rdf:RDF xmlns="http://purl.org/rss/1.0/">', "feed"),
        ("a.json", b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', "feed"),
        ("a.xml", b'<?xml version="1.0"?><newsItem guid="x">', "newsml"),
        ("a.xml", b'<?xml version="1.0"?><n:newsMessage xmlns:n="y">', "newsml"),
        ("a.json", b'{"uri": "x", "type": "text", "body_text": "..."}', "ninjs"),
        ("a.json", b'[{"uri": "x", "headlines": []}]', "ninjs"),
        ("a.json", b'[\n  {"title": "x", "uri": "y"}\n]', "json"),
        ("a.jsonl", b'{"title": "x"}\n{"title": "y"}\n', "json"),
        ("a.txt", b'{"title": "x"}', "json"),
        ("a.txt", PROSE.encode(), "text"),
        ("a.txt", b"[Updated] The bridge is closed.\n", "text"),
        ("a.txt", b"", "text"),
        ("a.txt", PROSE.encode("cp1252"), "text"),
        ("a.txt", PROSE.encode("utf-16"), "text"),
        ("a.txt", b"a, b\nc, d\ne, f\n", "text"),
        ("a.csv", b"title;text\nx;y\n", "csv"),
        ("a.data", b"title\ttext\nx\ty\nz\tw\n", "csv"),
        ("a.csv", "title;text\n".encode("utf-16"), "csv"),
        ("a.x", b"PAR1\x15\x04", "parquet"),
        ("a.x", b"WARC/1.1\r\n", "warc"),
        ("a.x", b"PK\x03\x04....xl/workbook.xml", "xlsx"),
    ],
)
def test_formats(name: str, head: bytes, kind: Kind) -> None:
    assert kind_of(name, head) == kind


@pytest.mark.parametrize(
    ("name", "head", "said"),
    [
        ("a.txt", b"%PDF-1.7", "pdftotext"),
        ("a.docx", b"PK\x03\x04....word/document.xml", "Word"),
        ("a.zip", b"PK\x03\x04....b.txt", "unpack it"),
        ("a.jsonl", b"\x1f\x8b\x08", "add .gz"),
        ("a.jpg", b"\xff\xd8\xff\xe0", "an image"),
        ("a.txt", b"binary\x00\x01\x02", "neither text"),
        ("a.xml", b"<?xml version='1.0'?><invoice>", "<invoice>"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'>", "<svg>"),
    ],
)
def test_what_is_not_read_has_a_way_out(name: str, head: bytes, said: str) -> None:
    found = kind_of(name, head)
    assert isinstance(found, NoFormat)
    assert said in found.reason


@given(st.binary(max_size=300), st.sampled_from(["a", "a.txt", "a.xml", "a.csv", "a.json"]))
def test_any_bytes_have_a_kind(head: bytes, name: str) -> None:
    kind_of(name, head[:HEAD])


@given(st.text(max_size=200))
def test_what_begins_with_a_document_of_html_is_never_text(text: str) -> None:
    assert kind_of("a.txt", f"<!doctype html><html>{text}".encode()) != "text"
