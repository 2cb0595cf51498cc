"""HTML: what comes of pages in many layouts, held at floors, and of pages that are hostile."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from command import Outcome
from pipeline.config.schema import construct
from pipeline.core.errors import ConfigError
from pipeline.sources import html_pages
from pipeline.sources.base import BadRecord, LeftOut, Read, Record
from pipeline.sources.html import HtmlSource
from pipeline.sources.html_encoding import decoded
from pipeline.sources.html_page import Page, by_resiliparse, by_trafilatura
from pipeline.sources.parts import parts_of

PAGES = Path(__file__).parent / "pages"
EXPECTED: Mapping[str, Mapping[str, str]] = json.loads((PAGES / "expected.json").read_text("utf-8"))
DIGEST = "9542e8fa9258d89c6780a3b6e43e792dc88c4e15a572a1b6d323186708ac7f7f"
"""Of the pages and what is expected of them: a score says something of the extractor only on the
same corpus."""

SENTENCE = (
    "The council met on Tuesday and agreed on a plan for the harbour that was long asked for."
)
BODY = f"<p>{' '.join([SENTENCE] * 3)}</p>"

Extract = Callable[[Page], Read]
both = pytest.mark.parametrize("extract", [by_trafilatura, by_resiliparse])


def f1(text: str, expected: str) -> float:
    """Of tokens, as bags."""
    one, other = (Counter(re.findall(r"\w+", t.casefold())) for t in (text, expected))
    return 2 * (one & other).total() / (one.total() + other.total())


def values(
    page: str | bytes, extract: Extract = by_trafilatura, url: str | None = None
) -> Mapping[str, str]:
    data = page if isinstance(page, bytes) else page.encode()
    record = extract(Page("page", data, url))
    assert isinstance(record, Record)
    return record.values


def test_the_corpus_is_the_one_that_the_floors_are_for() -> None:
    digest = hashlib.sha256()
    for path in sorted(PAGES.iterdir()):
        digest.update(f"{path.name}\n".encode() + path.read_bytes())
    assert digest.hexdigest() == DIGEST


@pytest.mark.parametrize(
    ("extract", "text", "date"), [(by_trafilatura, 0.98, 0.9), (by_resiliparse, 0.97, 0.9)]
)
def test_floors_of_text_title_and_date(extract: Extract, text: float, date: float) -> None:
    """The one date that is not found is in the text alone, where others stand as well."""
    scores, dates = [], []
    for name, expected in EXPECTED.items():
        read = extract(Page(name, (PAGES / name).read_bytes()))
        if "left_out" in expected:
            assert read == LeftOut(name, expected["left_out"])
        elif "bad" in expected:
            assert isinstance(read, BadRecord)
            assert expected["bad"] in read.reason
        else:
            assert isinstance(read, Record)
            scores.append(f1(read.values["text"], expected["text"]))
            assert scores[-1] > 0.9, name
            assert read.values["title"] == expected["title"]
            dates.append(read.values.get("published") == expected["published"])
    assert len(scores) == 13
    assert sum(scores) / len(scores) >= text
    assert sum(dates) / len(dates) >= date


def test_author_source_url_and_language() -> None:
    names = ("author", "source", "url", "language")
    for page, expected in EXPECTED.items():
        if "text" in expected:
            read = values((PAGES / page).read_bytes())
            for name in names:
                assert read.get(name) == expected.get(name), (page, name)


def test_paragraphs_are_parted_by_blank_lines_and_rows_stay_together() -> None:
    text = values((PAGES / "table.html").read_bytes())["text"]
    assert "\n\nParty | Share | Seats\nRural Union | 38.4 | 27\n" in text
    paragraphs = values((PAGES / "nineties.html").read_bytes())["text"].split("\n\n")
    assert EXPECTED["nineties.html"]["text"].split("\n\n")[0] in paragraphs


@both
def test_scripts_and_styles_never_come_through(extract: Extract) -> None:
    body = f"<script>evil()<\\/script> &lt;style&gt;.evil{{}}&lt;/style&gt; {SENTENCE * 3}"
    inner = f'{{"@context": "https://schema.org", "@type": "NewsArticle", "articleBody": "{body}"}}'
    json_ld = f'<script type="application/ld+json">{inner}</script>'
    page = f"""<html><head><title>A title</title><style>.evil {{}}</style></head>
    <body onload="evil()">{BODY}
    <p>{SENTENCE} <script>evil("<p>evil</p>")</script>And <style>.evil {{}}</style>so on.</p>
    <noscript>evil</noscript><template><p>evil</p></template><svg><text>evil</text></svg>
    <!-- evil --><a href="javascript:evil()">{SENTENCE}</a></body></html>"""
    for head in ("", json_ld):
        text = values(page.replace("<title>", f"{head}<title>"), extract)["text"]
        assert "evil" not in text
        assert "And so on." in text
    if extract is by_trafilatura:  # which takes the text of JSON where the page has none
        text = values(f"<html><head><title>A</title></head><body>{json_ld}</body></html>")["text"]
        assert "evil" not in text
        assert SENTENCE in text


@both
@pytest.mark.parametrize(
    "page",
    [
        "",
        "No markup.",
        bytes(range(256)) * 50,
        "<html><body>" + "<div>" * 20_000 + BODY,
        "<html><body><form><input></form></body></html>",
    ],
    ids=["empty", "text", "binary", "deep", "form"],
)
def test_pages_without_an_article_are_bad_records(page: str | bytes, extract: Extract) -> None:
    read = extract(Page("page", page if isinstance(page, bytes) else page.encode()))
    assert isinstance(read, BadRecord)
    assert read.reason.startswith("page: no article text on this page")
    assert "remove it" in read.reason


@both
def test_no_entity_is_expanded_and_no_file_read(extract: Extract, tmp_path: Path) -> None:
    (secret := tmp_path / "a.txt").write_text("a secret")
    doctype = f'<!DOCTYPE html [<!ENTITY a "billions"><!ENTITY b "&a;&a;"><!ENTITY x SYSTEM "file://{secret}">]>'
    for start in ("", '<?xml version="1.0" encoding="utf-8"?>'):
        text = values(f"{start}{doctype}<html><body>{BODY}<p>&b; &x;</p></body></html>", extract)[
            "text"
        ]
        assert "secret" not in text
        assert "billions" not in text


@both
def test_broken_json_ld_costs_nothing(extract: Extract) -> None:
    scripts = [
        '{"@type": ' + "[" * 50_000,
        '["a", 1, null, {"@type": "NewsArticle", "author": [1, {"name": ["a"]}], "publisher": 3}]',
        '{"@context": "https://schema.org", "@graph": [[{"@type": 5}]], "headline": {}}',
    ]
    head = "".join(f'<script type="application/ld+json">{script}</script>' for script in scripts)
    page = f"<html><head><title>A title</title>{head}</head><body>{BODY}</body></html>"
    assert values(page, extract)["text"].startswith(SENTENCE)


@pytest.mark.parametrize(
    ("meta", "published"),
    [
        ("2025-02-03T04:05:06+01:00", "2025-02-03T04:05:06+01:00"),
        ("1850-01-01", "1850-01-01"),  # which ingest counts, and not the year of copyright
        ("2999-01-01T00:00:00Z", "2999-01-01T00:00:00Z"),
        (None, None),
    ],
)
def test_dates(meta: str | None, published: str | None) -> None:
    tag = f'<meta property="article:published_time" content="{meta}">' if meta else ""
    text = f"{BODY}<p>On 3 May 1998 the town was founded.</p><footer>© 2021 The Paper</footer>"
    page = f"<html><head>{tag}</head><body><h1>A title</h1>{text}</body></html>"
    assert values(page).get("published") == published


@pytest.mark.parametrize(
    ("canonical", "url"),
    [
        ("/a/b", "http://e.example/a/b"),
        ("http://e.example/", "http://e.example/x?y=1"),
        ("javascript:alert(1)", "http://e.example/x?y=1"),
        ("http://[", "http://e.example/x?y=1"),
    ],
)
def test_the_address_is_the_canonical_one_if_that_is_of_an_article(
    canonical: str, url: str
) -> None:
    page = f'<html><head><link rel="canonical" href="{canonical}"></head><body>{BODY}</body></html>'
    assert values(page, url="http://e.example/x?y=1")["url"] == url


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("Zażółć".encode("utf-16"), None, "Zażółć"),
        ('<meta charset="iso-8859-2">Zażółć'.encode("iso-8859-2"), None, "Zażółć"),
        ('<meta charset="iso-8859-1">Zażółć'.encode(), None, "Zażółć"),  # it is not
        ("<p>caf\u00e9".encode("latin-1"), "iso-8859-1", "café"),
        ('<meta charset="utf-8">Zażółć gęślą “jaźń'.encode() + b" \x93caf\xe9\x94", None, "“café”"),
        ('<meta charset="utf-8">Schöne Straße, überall'.encode("cp1252"), None, "Schöne Straße"),
        ('<meta charset="iso-2022-jp">日本'.encode("iso-2022-jp"), None, "日本"),
        ('<meta charset="gb2312">镕基'.encode("gb18030"), None, "镕基"),
        ("<p>日本の首相は今日東京で記者会見".encode("euc-jp"), None, "日本の首相"),
        (b'<meta charset="unicode_escape">caf\xe9', None, "café"),
        (b'<meta charset="no such">caf\xe9', "nor this", "café"),
    ],
)
def test_encodings(data: bytes, charset: str | None, text: str) -> None:
    assert text in decoded(data, charset)


def write(folder: Path, count: int) -> None:
    for number in range(count):
        head = f"<head><title>Title {number}</title></head>"
        page = f"<html>{head}<body>{BODY}<p>{number}</p></body></html>"
        (folder / f"{number:03}.html").write_text(page)


def test_files_archives_and_parts_in_their_order(tmp_path: Path) -> None:
    write(tmp_path, 40)
    (tmp_path / "005.html").write_text("<html><body></body></html>")
    with zipfile.ZipFile(tmp_path / "z.html.zip", "w") as archive:
        archive.writestr("a.html", f"<html><body>{BODY}</body></html>")
    (tmp_path / "y.html.gz").write_bytes(b"no gzip")
    source = HtmlSource(path=str(tmp_path), workers=2)
    read = list(source.read())
    assert [Path(r.where).name for r in read] == [
        *(f"{number:03}.html" for number in range(40)), "y.html.gz", "a.html",
    ]  # fmt: skip
    assert [n for n, r in enumerate(read) if isinstance(r, BadRecord)] == [5, 40]
    parts = [part for file in source.files() if file.suffix == ".html" for part in parts_of(file)]
    assert list(source.read_parts(parts)) == read[:40]
    assert list(source.read_part(parts[3])) == read[3:4]


def test_a_page_that_takes_too_long_is_a_bad_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import working

    monkeypatch.setattr(html_pages, "by_trafilatura", working.stuck)
    monkeypatch.setattr(html_pages, "warm", working.nothing)
    pages = html_pages.Pages("trafilatura", 1, 0.5)
    read = list(
        pages.read([Page("a", b"fine"), Page("b", b"stuck"), LeftOut("c", "why"), Page("d", b"")])
    )
    pages.close()
    assert read[0] == LeftOut("a", "fine") and read[2:] == [LeftOut("c", "why"), LeftOut("d", "")]
    assert isinstance(read[1], BadRecord)
    assert read[1].reason.startswith("b: not read within 0.5 s; raise source.deadline")
    assert read[1].payload == "stuck"


def test_counts_of_a_run(dateline: Callable[..., Outcome], tmp_path: Path) -> None:
    options = ("region=none", "topic=none", "summarizer=lead", "run.name=r")
    done = dateline("run", "source=html", f"source.path={PAGES}", *options)
    assert done.code == 0
    assert "16 read, 13 annotated, 2 filtered, 1 rejected" in done.out
    again = dateline("run", "source=html", f"source.path={PAGES}", "source.workers=1", *options)
    assert again.code == 0
    other = dateline(
        "run", "source=html", f"source.path={PAGES}", "source.extractor=resiliparse", *options
    )
    assert other.code == 2


def test_another_extractor_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"source\.extractor='readability'"):
        construct(HtmlSource, {"path": "x", "extractor": "readability"}, "source")
