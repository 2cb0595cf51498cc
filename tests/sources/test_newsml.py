"""NewsML-G2, written after IPTC's guidelines, and XML that asks more of its reader than to read."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pipeline.sources.base import BadRecord, LeftOut, Read, Record
from pipeline.sources.newsml import NewsmlSource

NAR = 'xmlns="http://iptc.org/std/nar/2006-10-01/"'
GUID = "urn:newsml:agency.example:20260309:ferry"
NITF = """<inlineXML contenttype="application/nitf+xml">
  <nitf xmlns="http://iptc.org/std/NITF/2006-10-18/"><head><title>No text</title></head><body>
    <body.head>
      <hedline><hl1>Ferry hits
        pier in Lima</hl1></hedline>
      <byline>By A. B., <byttl>Reporter</byttl></byline><dateline>LIMA, Monday</dateline>
    </body.head>
    <body.content>
      <p>A ferry hit a pier in
         <location>Lima</location><em>,</em> Peru.</p>
      <media><media-caption>The ferry.</media-caption></media>
      <p>Nobody was hurt: <q>luck</q>.</p><ul><li>one</li><li>two</li></ul>
    </body.content>
  </body></nitf></inlineXML>"""
XHTML = """<inlineXML contenttype="application/xhtml+xml">
  <html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title><style>p {}</style></head><body>
  <p>A ferry &amp; a pier.<br/>Next line.</p><script>evil()</script><div><p>Last.</p></div>
  <table><tr><td>a</td><td>b</td></tr></table></body></html></inlineXML>"""
ABOUT = """<contentMeta>
  <located qcode="city:Santiago"><broader qcode="iso3166-1a2:CL"/></located>
  <creator uri="https://agency.example/staff/ab"><name>A. B.</name></creator>
  <language tag="en-GB"/>
  <subject type="cpnat:abstract" qcode="medtop:20000337"><name>transport</name></subject>
  <subject uri="http://cv.iptc.org/newscodes/mediatopic/03000000"/>
  <subject qcode="subj:13010000"/>
  <subject type="cpnat:geoArea" qcode="city:Lima"><name>Lima</name>
    <broader qcode="cntry:x"><name>Peru</name></broader></subject>
  <headline xml:lang="en">Ferry hits pier</headline>
</contentMeta>"""
META = """<itemMeta><itemClass qcode="ninat:text"/><provider qcode="nprov:AGENCY"/>
  <versionCreated>2026-03-09T10:37:00+03:00</versionCreated><pubStatus qcode="stat:usable"/>
</itemMeta>"""


def item(content: str = NITF, about: str = ABOUT, meta: str = META, name: str = "newsItem") -> str:
    return (
        f'<{name} {NAR} guid="{GUID}" version="2" standard="NewsML-G2" xml:lang="en-US">'
        f"{meta}{about}<contentSet>{content}</contentSet></{name}>"
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a.xml"


def read(path: Path, text: str, source: NewsmlSource | None = None) -> list[Read]:
    path.write_text(text)
    return list((source or NewsmlSource(path=str(path))).read())


def test_an_item_with_nitf(file: Path) -> None:
    source = NewsmlSource(path=str(file))
    [record] = read(file, '<?xml version="1.0" encoding="UTF-8"?>\n' + item(), source)
    assert record == Record(
        str(file),
        {
            "id": GUID, "title": "Ferry hits pier", "language": "en-GB", "source": "AGENCY",
            "author": "By A. B., Reporter", "published": "2026-03-09T10:37:00+03:00",
            "text": "LIMA, Monday - A ferry hit a pier in Lima, Peru.\n\n"
            "Nobody was hurt: luck.\n\none\ntwo",
        },
        ["medtop:20000337", "medtop:03000000"],
        ["PE"],
    )  # fmt: skip
    assert source.notes.lines == [f"{file}: subjects that are no Media Topics, which are not taken"]


def test_other_content_and_what_is_missing(file: Path) -> None:
    [record] = read(
        file, item(XHTML, "<contentMeta><located><name>Peru</name></located></contentMeta>")
    )
    assert isinstance(record, Record)
    assert record.values["text"] == "A ferry & a pier.\nNext line.\n\nLast.\n\na b"
    assert "title" not in record.values
    assert record.values["language"] == "en-US"
    assert (record.topics, record.countries) == (None, ["PE"])
    plain = '<inlineData contenttype="text/plain">One.\n\nTwo.</inlineData>'
    [record] = read(file, item(plain, ""))
    assert isinstance(record, Record)
    assert record.values["text"] == "One.\n\nTwo."
    [record] = read(file, item(NITF, "<contentMeta><by>C. D.</by></contentMeta>"))
    assert isinstance(record, Record)
    assert record.values["title"] == "Ferry hits pier in Lima"
    assert record.values["author"] == "C. D."
    [bad] = read(file, item('<remoteContent href="x.html"/>', ""))
    assert isinstance(bad, BadRecord)
    assert "remote content is not fetched" in bad.reason


def test_a_message_with_several_items(file: Path) -> None:
    picture = item(meta=META.replace("ninat:text", "ninat:picture"))
    withdrawn = item(
        meta=META.replace("stat:usable", "http://cv.iptc.org/newscodes/pubstatusg2/canceled")
    )
    package = item("", name="packageItem")
    inner = f"<itemSet>{item()}{picture}{package}{withdrawn}{item(XHTML)}</itemSet>"
    where = f"{file}: item"
    first, *others, last = read(file, f"<newsMessage {NAR}><header/>{inner}</newsMessage>")
    assert isinstance(first, Record)
    assert isinstance(last, Record)
    assert (first.where, last.where) == (f"{where} 1", f"{where} 5")
    assert others == [
        LeftOut(f"{where} 2", "picture item"),
        LeftOut(f"{where} 3", "packageItem"),
        LeftOut(f"{where} 4", "canceled item"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<newsItem", "no well-formed XML"),
        ("", "no well-formed XML"),
        (item() + "<more/>", "no well-formed XML"),
        ('<?xml version="1.0" encoding="nonsense"?><a/>', "no well-formed XML"),
        ("<NewsML/>", "a 'NewsML', not a newsItem or a newsMessage"),
        ("<rss><channel/></rss>", "a 'rss', not a newsItem"),
        ("<newsItem>" + "<a>" * 100_000, "over 200 elements in one another"),
    ],
)
def test_what_is_no_news_costs_itself(text: str, said: str, file: Path) -> None:
    [bad] = read(file, text)
    assert isinstance(bad, BadRecord)
    assert bad.reason.startswith(f"{file}: ")
    assert said in bad.reason


ENTITIES = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
USED = item().replace("Lima", "&a9;")
HOSTILE = {
    "expansion": f'<!DOCTYPE x [<!ENTITY a0 "lol">{ENTITIES}]>{USED}',
    "quadratic": f'<!DOCTYPE x [<!ENTITY a9 "{"x" * 9000}">]>{USED.replace("&a9;", "&a9;" * 9000)}',
    "file": f'<!DOCTYPE x [<!ENTITY a9 SYSTEM "file:///etc/passwd">]>{USED}',
    "network": f'<!DOCTYPE x [<!ENTITY a9 SYSTEM "http://127.0.0.1:9/a">]>{USED}',
    "dtd": f'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/a.dtd">{item()}',
    "parameter": '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:9/a.dtd"> %a;]>' + item(),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_entities_are_neither_expanded_nor_fetched(
    kind: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr("socket.socket.connect", lambda *args: asked.append(args))
    start = time.monotonic()
    for encoding in ("utf-8", "utf-16"):
        file.write_bytes(HOSTILE[kind].encode(encoding))
        [bad] = NewsmlSource(path=str(file)).read()
        assert isinstance(bad, BadRecord)
        assert "a document type, which may declare entities" in bad.reason
    assert time.monotonic() - start < 5
    assert not asked


def test_an_encoding_that_is_declared(file: Path) -> None:
    for encoding in ("iso-8859-1", "cp1252", "utf-16"):
        text = f'<?xml version="1.0" encoding="{encoding}"?>' + item().replace("luck", "Glück")
        file.write_bytes(text.encode(encoding))
        [record] = NewsmlSource(path=str(file)).read()
        assert isinstance(record, Record)
        assert "Glück" in record.values["text"]
