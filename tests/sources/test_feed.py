"""Feeds: what the formats say, what is said of broken ones, and what a hostile one cannot do."""

from __future__ import annotations

import gzip
import io
import json
import logging
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from local_server import Pages
from pipeline.core.errors import ConfigError
from pipeline.ingest.normalise import normalise
from pipeline.sources.base import BadRecord, LeftOut, Read, Record
from pipeline.sources.feed import FeedSource
from pipeline.sources.feed_entries import Entry, Feed, read_feed
from pipeline.sources.parts import Part

STORY = Entry(
    id="tag:a.test,2026:1",
    url="https://a.test/news/1",
    title="Bridge & road reopen",
    text="The bridge reopened.\n\nTraffic was light.",
    published="2026-06-01T10:00:00Z",
    updated="2026-06-02T10:00:00Z",
    author="Ada Byte",
    source="A Test",
    language="en-GB",
)

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel><title>A Test</title><link>https://a.test/</link><language>en-GB</language>
<item><title>Bridge &amp; road reopen</title><link>/news/1</link>
<guid isPermaLink="false">tag:a.test,2026:1</guid><dc:creator>Ada Byte</dc:creator>
<pubDate>2026-06-01T10:00:00Z</pubDate><atom:updated>2026-06-02T10:00:00Z</atom:updated>
<description>The bridge &amp;hellip;</description>
<content:encoded><![CDATA[<p>The bridge
reopened.</p><script>track()</script><p>Traffic was <b>light</b>.</p>]]></content:encoded>
</item></channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en-GB" xml:base="https://a.test/news/">
<title>A Test</title><entry><id>tag:a.test,2026:1</id>
<title type="html">Bridge &amp;amp; road reopen</title><link href="1"/>
<author><name>Ada Byte</name></author>
<published>2026-06-01T10:00:00Z</published><updated>2026-06-02T10:00:00Z</updated>
<summary>The bridge.</summary><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>The
bridge reopened.</p><p>Traffic was <b>light</b>.</p></div></content></entry></feed>"""

JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "A Test",
        "language": "en-GB",
        "items": [
            {
                "id": "tag:a.test,2026:1",
                "url": "https://a.test/news/1",
                "title": "Bridge & road reopen",
                "content_html": "<p>The bridge\nreopened.</p><p>Traffic was <b>light</b>.</p>",
                "summary": "The bridge.",
                "date_published": "2026-06-01T10:00:00Z",
                "date_modified": "2026-06-02T10:00:00Z",
                "authors": [{"name": "Ada Byte"}],
            }
        ],
    }
)


def feed(text: str | bytes) -> Feed:
    found = read_feed(text if isinstance(text, bytes) else text.encode())
    assert isinstance(found, Feed), found
    return found


def entry(inner: str, about: str = "") -> Entry:
    """The one of an RSS feed."""
    channel = f"<title>A Test</title>{about}<item>{inner}</item>"
    [only] = feed(f'<rss version="2.0"><channel>{channel}</channel></rss>').entries
    return only


def no_feed(data: str | bytes) -> str:
    found = read_feed(data if isinstance(data, bytes) else data.encode())
    assert isinstance(found, str)
    return found


def of_bytes(data: bytes, name: str = "a.rss") -> Part:
    return Part(name, lambda: io.BytesIO(data))


def read(text: str | bytes, source: FeedSource | None = None) -> list[Read]:
    data = text if isinstance(text, bytes) else text.encode()
    return list((source or FeedSource(None)).read_part(of_bytes(data)))


@pytest.mark.parametrize("text", [RSS, ATOM, JSON_FEED], ids=["rss", "atom", "json"])
def test_every_format_says_the_same(text: str) -> None:
    assert feed(text) == Feed([STORY])


def test_rss_1_0_and_0_91() -> None:
    rdf = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
      xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
      <channel><title>A Test</title><dc:language>de</dc:language></channel>
      <item rdf:about="https://a.test/1"><title>Eins</title><link>https://a.test/1</link>
      <description>Ein Text.</description><dc:date>2026-06-01</dc:date></item></rdf:RDF>"""
    [one] = feed(rdf).entries
    assert one == Entry(
        "https://a.test/1", "https://a.test/1", "Eins", "Ein Text.", "", "2026-06-01", "",
        "A Test", "de",
    )  # fmt: skip
    old = """<?xml version="1.0" encoding="ISO-8859-1"?>
      <!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"
      "http://my.netscape.com/publish/formats/rss-0.91.dtd">
      <rss version="0.91"><channel><title>A Test</title><item><title>Caf\xe9 &eacute;</title>
      <link>https://a.test/1</link><description>Text.</description></item></channel></rss>"""
    [one] = feed(old.encode("latin-1")).entries
    assert (one.title, one.text, one.url) == ("Café é", "Text.", "https://a.test/1")


def test_the_values_of_a_record() -> None:
    [record] = read(RSS)
    assert isinstance(record, Record) and record.where == "a.rss: entry 1"
    expected = {name: getattr(STORY, name) for name in STORY.__slots__ if name != "updated"}
    assert record.values == expected
    article = normalise(record, 10_000)
    assert not isinstance(article, BadRecord)
    assert article.text == STORY.text and article.text_note == "stub", "nothing is left to mend"
    assert article.published == STORY.published and article.language == "en"


def test_what_an_entry_does_not_say() -> None:
    one = entry("<link>https://a.test/1</link><description>Short.</description>")
    assert one == Entry(url="https://a.test/1", text="Short.", source="A Test")
    updated = ATOM.replace("<published>2026-06-01T10:00:00Z</published>", "").replace(
        "<id>tag:a.test,2026:1</id>", ""
    )
    [record] = read(updated)
    assert isinstance(record, Record)
    assert record.values["published"] == STORY.updated and record.values["id"] == STORY.url


@pytest.mark.parametrize(
    ("inner", "name", "value"),
    [
        ("<author>ada@a.test (Ada Byte)</author>", "author", "Ada Byte"),
        ('<source url="https://b.test/">The Outlet</source>', "source", "The Outlet"),
        ("<title>AT&amp;amp;T &amp;lt;b&amp;gt;</title>", "title", "AT&T <b>"),
        ("<title>Two\n lines</title>", "title", "Two lines"),
        ("<title>1 &lt; 2</title>", "title", "1 < 2"),
        ("<guid>https://a.test/1</guid>", "url", "https://a.test/1"),
        ("<link>//b.test/1</link>", "url", "https://b.test/1"),
        ("<link>javascript:alert(1)</link>", "url", ""),
        ("<link>http://[</link>", "url", ""),
        ("<pubDate>gestern</pubDate>", "published", "gestern"),
        ("<description>a &lt;br&gt; b &lt;ul&gt;&lt;li&gt;c&lt;/ul&gt;</description>", "text",
         "a\nb\n\nc"),
        ("<description>One &lt;a href='x'>link&lt;/a> there</description>", "text",
         "One link there"),
    ],
)  # fmt: skip
def test_values_in_the_form_of_ours(inner: str, name: str, value: str) -> None:
    assert getattr(entry(inner, "<link>https://a.test/</link>"), name) == value


def test_the_longest_text_counts_wherever_it_stands() -> None:
    content = 'content:encoded xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    one = entry(f"<description>The whole text.</description><{content}>Read on</content:encoded>")
    assert one.text == "The whole text."
    start, end = ATOM.index("<content"), ATOM.index("</entry>")
    picture = f'{ATOM[:start]}<content type="image/png">iVBORw0KGgoAAAANSU=</content>{ATOM[end:]}'
    assert feed(picture).entries[0].text == "The bridge."


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("cp1252", "windows-1252"), ("koi8-r", "KOI8-R"),
     ("gb2312", "gb2312"), ("utf-32", "utf-8")],
)  # fmt: skip
def test_encodings(encoding: str, declared: str) -> None:
    word = {"koi8-r": "Мост", "gb2312": "大桥"}.get(encoding, "Über")
    text = RSS.replace("Bridge", word).replace('"utf-8"', f'"{declared}"')
    found = feed(text.encode(encoding))
    assert found.flaw is None and found.entries[0].title == f"{word} & road reopen"


@pytest.mark.parametrize("declared", ["utf-8", "punycode", "hex", "unicode_escape", "nonsense"])
def test_a_wrong_encoding_is_said(declared: str) -> None:
    data = RSS.replace("Bridge", "Brücke").replace('"utf-8"', f'"{declared}"').encode("cp1252")
    found = feed(data)
    assert found.entries[0].title == "Brücke & road reopen"
    assert found.flaw == f"not {declared}, read as cp1252"


def test_a_broken_feed_is_read_as_far_as_it_goes_and_that_is_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    second = RSS[RSS.index("<item>") : RSS.index("</channel>")].replace(":1<", ":2<")
    cut = RSS.replace("</channel></rss>", second)[:-60]
    with caplog.at_level(logging.WARNING):
        first, last = read(cut)
    assert isinstance(first, Record) and first.values["text"] == STORY.text
    assert isinstance(last, Record) and last.values["id"] == "tag:a.test,2026:2"
    assert "a.rss: broken XML (" in caplog.text and "its 2 entries are read" in caplog.text


def test_what_is_left_out() -> None:
    none = "<rss version='2.0'><channel><title>A Test</title></channel></rss>"
    assert read(none) == [LeftOut("a.rss", "feed without entries")]
    two = RSS.replace("<item>", "<item><link>https://a.test/0</link></item><item>", 1)
    empty, record = read(two)
    assert empty == LeftOut("a.rss: entry 1", "empty entry") and isinstance(record, Record)
    titled = entry("<title>A title alone</title>")
    assert titled.title and not titled.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<!DOCTYPE html><html><body>x</body></html>", "a web page and not a feed; give the add"),
        ("\n<!-- x --><HTML><head><link type='application/rss+xml' rel=alternate href='/f.xml'>",
         "its feed is /f.xml: set source.path to that, or source=html"),
        ("<urlset><url><loc>https://a.test/</loc></url></urlset>", "the root <urlset>"),
        ("Plain text.", "neither XML nor JSON"),
        ("", "neither XML nor JSON"),
        ('{"version": "https://jsonfeed.org/version/1", "items": [', "broken JSON"),
        ('{"articles": []}', "read it with source=json"),
        ("[" * 100_000, "broken JSON"),
        ("\x00\x01\x02", "neither XML nor JSON"),
    ],
)  # fmt: skip
def test_what_is_no_feed(text: str, said: str) -> None:
    assert said in no_feed(text)


def test_no_feed_is_a_bad_record_with_its_beginning() -> None:
    [bad] = read("<html>A page.</html>")
    assert isinstance(bad, BadRecord)
    assert bad.where == "a.rss" and bad.reason.startswith("a.rss: a web page and not a feed")
    assert bad.payload == "<html>A page.</html>"


def test_json_feeds_of_any_shape() -> None:
    items: list[object] = [
        {
            "id": 7,
            "content_text": "Text.",
            "author": {"name": "A"},
            "external_url": "https://b.test",
        },
        {"id": True, "title": None, "content_html": 3, "authors": "x", "tags": {}},
        "no item",
        {"summary": "Short.", "language": "fr", "authors": [{"name": "A"}, {"name": "B"}, 1]},
    ]
    about = {"version": "https://jsonfeed.org/version/1", "title": "T", "language": "de"}
    found = feed("\ufeff" + json.dumps({**about, "items": items}))
    assert found.entries == [
        Entry("7", "https://b.test", text="Text.", author="A", source="T", language="de"),
        Entry(source="T", language="de"),
        Entry(text="Short.", author="A, B", source="T", language="fr"),
    ]
    assert feed(json.dumps({**about, "items": 5})).entries == []


ENTITIES = """<?xml version="1.0"?>{before}<!DOCTYPE rss [{declared}]><rss version="2.0"><channel>
<title>T</title><item><title>A{used}Z</title><description>Text.</description></item></channel></rss>"""


@pytest.mark.parametrize("before", ["", "<!-- <rss> -->", "<?pi <rss> ?>", "<!--><rss>-->"])
@pytest.mark.parametrize(
    "declared",
    [
        '<!ENTITY x "secret">',
        '<!ENTITY x SYSTEM "file://{secret}">',
        '<!ENTITY x PUBLIC "a" "{secret}">',
        '<!ENTITY % p SYSTEM "file://{secret}"> %p; <!ENTITY x "secret">',
        '<!ENTITY a "secret"><!ENTITY x "&a;&a;&a;&a;">',
        '<!ENTITY b "]>"><!ENTITY x "secret">',
    ],
)
def test_no_entity_is_expanded_or_loaded(before: str, declared: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    text = ENTITIES.format(before=before, declared=declared.format(secret=secret), used="&x;" * 3)
    found = read_feed(text.encode())
    shown = found if isinstance(found, str) else found.entries[0].title
    assert "secret" not in shown
    if isinstance(found, Feed):
        assert shown == "A&x;&x;&x;Z" and found.flaw is not None


def test_a_billion_laughs_are_none() -> None:
    laughs = '<!ENTITY l0 "lol">' + "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10)
    )
    long = f'<!ENTITY x "{"x" * 10**5}">'
    for declared, used in ((laughs, "&l9;"), (long, "&x;" * 10**4)):
        for encoding in ("utf-8", "utf-16"):
            text = ENTITIES.format(before="", declared=declared, used=used)
            begun = time.process_time()
            [one] = feed(text.encode(encoding)).entries
            assert len(one.title) <= len(used) + 2 and time.process_time() - begun < 5


def test_data_are_never_taken_for_a_file_name_or_a_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """feedparser opens bytes and strings that name a file, and fetches URLs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.xml").write_text(RSS)
    (tmp_path / "<x>").write_text(RSS)
    for name in ("secret.xml", f"{tmp_path}/secret.xml", f"file://{tmp_path}/secret.xml", "<x>"):
        assert "not a feed" in no_feed(name)


def test_a_feed_that_never_ends_parsing_costs_itself_alone() -> None:
    """A pattern of feedparser takes the square of the number of dots in an author's name."""
    source = FeedSource(None, deadline=2)
    hostile = RSS.replace("Ada Byte", "a." * 10**6)
    parts = [of_bytes(text.encode(), name) for text, name in ((hostile, "a"), (RSS, "b"))]
    bad, good = (next(source.read_part(part)) for part in parts)
    assert isinstance(bad, BadRecord) and "a: cannot be read; raise source.deadline=2" in bad.reason
    assert isinstance(good, Record)


def test_scripts_and_their_like_are_gone() -> None:
    body = (
        "&lt;script&gt;alert(1)&lt;/script&gt;&lt;style&gt;p {}&lt;/style&gt;&lt;p onclick=x()&gt;"
        "One.&lt;/p&gt;&lt;iframe src=x&gt;&lt;/iframe&gt;&lt;!-- no --&gt;&lt;p&gt;Two."
    )
    assert entry(f"<description>{body}</description>").text.split() == ["One.", "Two."]


@pytest.fixture
def server() -> Iterator[Pages]:
    pages = Pages()
    yield pages
    pages.close()


@pytest.fixture
def html(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader of pages that takes what stands after `article:`."""

    class HtmlSource:
        def __init__(self, path: None) -> None:
            pass

        def read_part(self, part: Part) -> Iterator[Read]:
            _, marked, text = part.data().decode().partition("article:")
            yield Record(part.name, {"text": text}) if marked else LeftOut(part.name, "listing")

    module = ModuleType("pipeline.sources.html")
    module.HtmlSource = HtmlSource  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pipeline.sources.html", module)


def follow(server: Pages, **settings: object) -> FeedSource:
    return FeedSource(
        f"{server.url}/feed", follow=True, allow_private=True, **settings  # type: ignore[arg-type]
    )  # fmt: skip


def serve_feed(server: Pages, *names: str, date: str = "2026-06-01") -> None:
    items = "".join(
        f"<item><title>{name}</title><link>{server.url}/{name}</link><pubDate>{date}</pubDate>"
        f"<description>Short {name}.</description></item>"
        for name in names
    )
    body = f"<rss version='2.0'><channel><title>T</title>{items}</channel></rss>".encode()
    server.pages["/feed"] = (200, {"Content-Type": "text/plain"}, [body])


def texts(source: FeedSource) -> list[str]:
    return [record.values["text"] for record in source.read() if isinstance(record, Record)]


@pytest.mark.usefixtures("html")
def test_linked_pages_give_their_text_where_they_have_more(
    server: Pages, caplog: pytest.LogCaptureFixture
) -> None:
    serve_feed(server, "long", "wall", "list", "gone", "moved")
    server.pages["/long"] = (200, {}, [b"article:The whole long text."])
    server.pages["/wall"] = (200, {}, [b"article:Pay."])
    server.pages["/list"] = (200, {}, [b"links"])
    server.pages["/moved"] = (301, {"Location": "file:///etc/passwd"}, [])
    assert texts(follow(server)) == [
        "The whole long text.", "Short wall.", "Short list.", "Short gone.", "Short moved.",
    ]  # fmt: skip
    for said in ("/list: no article; the entry's own", "/gone: 404", "/moved: leads to a file:"):
        assert said in caplog.text


@pytest.mark.usefixtures("html")
def test_a_page_is_fetched_once_for_each_date_of_its_entry(server: Pages) -> None:
    server.pages["/a"] = (200, {}, [b"article:The whole long text."])
    for date in ("2026-06-01", "2026-06-01", "2026-06-02"):
        serve_feed(server, "a", date=date)
        assert texts(follow(server)) == ["The whole long text."]
    assert server.paths().count("/a") == 2
    for _ in range(2):
        serve_feed(server, "a", date="")
        assert texts(follow(server)) == ["The whole long text."]
    assert server.paths().count("/a") == 4, "without a date, who knows"


@pytest.mark.usefixtures("html")
def test_pages_are_followed_up_to_a_number(server: Pages, caplog: pytest.LogCaptureFixture) -> None:
    serve_feed(server, *"abcd")
    server.pages |= {f"/{name}": (200, {}, [b"article:The long text."]) for name in "abcd"}
    assert texts(follow(server, pages=2)) == ["The long text."] * 2 + ["Short c.", "Short d."]
    assert server.paths() == ["/feed", "/a", "/b"]
    assert caplog.text.count("raise source.pages") == 1


@pytest.mark.usefixtures("html")
def test_a_host_that_gives_no_pages_is_asked_no_more(server: Pages) -> None:
    serve_feed(server, *"abcdef")
    server.pages["/b"] = (200, {}, [b"article:The long text."])
    assert texts(follow(server))[1] == "The long text."
    assert server.paths() == ["/feed", "/a", "/b", "/c", "/d", "/e"]


def test_links_of_a_feed_lead_to_no_private_address(
    server: Pages, tmp_path: Path, html: None, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.rss").write_text(RSS.replace("/news/1", f"{server.url}/secret"))
    source = FeedSource(str(tmp_path), follow=True)
    assert texts(source) == [STORY.text]
    assert server.seen == [] and "no public address" in caplog.text


def test_following_needs_the_source_for_pages(
    server: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pipeline.sources.html", None)
    serve_feed(server, "a")
    server.pages["/a"] = (200, {}, [b"x"])
    with pytest.raises(ConfigError, match=r"source\.follow=true needs source=html"):
        texts(follow(server))


def test_a_folder_of_feeds(tmp_path: Path) -> None:
    (tmp_path / "a.rss").write_text(RSS)
    (tmp_path / "b.xml.gz").write_bytes(gzip.compress(ATOM.encode()))
    (tmp_path / "c.atom").write_text("<html>")
    (tmp_path / "d.txt").write_text("other")
    first, second, bad = FeedSource(str(tmp_path)).read()
    assert isinstance(first, Record) and isinstance(second, Record)
    assert first == replace(second, where=first.where)
    assert isinstance(bad, BadRecord) and bad.where == f"{tmp_path}/c.atom"
