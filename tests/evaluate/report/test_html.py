"""The report: what stands in it, that articles stay text, and that it works in a browser."""

from __future__ import annotations

import base64
import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest

from browser import Page, chromium
from pipeline.article import Article, Country, Evidence, SummarySentence, Topic
from pipeline.core.bootstrap import Interval
from pipeline.evaluate.article_scores import Answered, ArticleScores
from pipeline.evaluate.gold.labels import Gold
from pipeline.evaluate.metrics.scores import Pair, score
from pipeline.evaluate.report.articles import MOST_ARTICLES, MOST_CHARACTERS, article_view, loss
from pipeline.evaluate.report.html import write_report

ATTACK = (
    """</script><script>window.hurt = 1</script><img src=x onerror="window.hurt = 2">'"&{{7*7}}"""
)
TEXT = "Rain fell on Quito. The mayor closed two bridges.\n\nNobody in Lima was hurt."
RECORD: dict[str, object] = {
    "versions": {"dateline": "0"},
    "bootstrap": {"seed": 1, "resamples": 2000, "level": 0.95},
    "labels": {"file": "labels.jsonl", "sha256": "aa", "split": None},
    "predictions": {"run": f"run {ATTACK}", "file": "articles.parquet", "sha256": "bb"},
    "counts": {"labels": 3, "matched": 3},
    "notes": [f"a note {ATTACK}"],
}


def _bounds(interval: Interval) -> list[tuple[str, float]]:
    return [("mean", interval.mean), ("low", interval.low), ("high", interval.high)]


def written(folder: Path, pairs: Sequence[Pair]) -> Path:
    """The report of these alone, with a baseline beside ROUGE-1."""
    scores = score(pairs)
    metrics: dict[str, dict[str, object]] = {
        name: {
            part: None if math.isnan(value) else value for part, value in _bounds(metric.interval)
        }
        | {"n": metric.n}
        for name, metric in scores.metrics.items()
    }
    if "summary.rouge1" in metrics:
        metrics["summary.rouge1"]["baselines"] = {"lead_3": {"mean": 12.345, "n": 1}}
    record = RECORD | {"metrics": metrics, "detail": scores.detail}
    return write_report(folder, record, scores.articles, pairs)


def evidence(name: str) -> Evidence:
    return Evidence(TEXT.index(name), TEXT.index(name) + len(name), name)


def flood() -> Pair:
    country = Country("EC", "Ecuador", 0.9, True, 1, (evidence("Quito"),))
    mention = Country("PE", "Peru", 0.1, False, 1, (evidence("Lima"),))
    title = Country("CL", "Chile", 0.2, False, 1, (Evidence(0, 5, "Chile", in_title=True),))
    article = Article(
        id="flood", title="Chile looks on", text=TEXT, url="https://example.org/flood",
        language="en", region="005", region_score=0.8, countries=(country, mention, title),
        topic="medtop:03000000", topic_score=0.9,
        topics=(Topic("medtop:03000000", "disaster", 0.9), Topic("medtop:17000000", "rain", 0.6)),
        summary="Two bridges closed in Bogota. Rain fell.", summary_support=0.4, summary_sentences=(
            SummarySentence("Two bridges closed in Bogota.", 0.4, (1,), ("Bogota",)),
            SummarySentence("Rain fell.", 0.9, (0, 1)),
        ), summary_note="best_of",
    )  # fmt: skip
    gold = Gold("flood", ("EC",), "419", ("medtop:03000000",), ("Mayor closes bridges in rain.",))
    return gold, article


def hostile() -> Pair:
    article = Article(
        id=f"id {ATTACK}", title=f"title {ATTACK}", text=f"{ATTACK}\n{'x' * 100_000}",
        url="javascript:window.hurt=3", language="en", topic=ATTACK, topic_score=0.7,
        topics=(Topic(ATTACK, f"name {ATTACK}", 0.7),), summary=ATTACK, summary_support=0.1,
        summary_sentences=(SummarySentence(ATTACK, 0.1, (0,), (ATTACK[:20],)),),
        summary_note="fallback_lead",
    )  # fmt: skip
    return Gold(article.id, topics=(f"gold {ATTACK}",), summary=(ATTACK,)), article


def plain(name: str = "plain") -> Pair:
    topics = (Topic("medtop:15000000", "sport", 0.9),)
    article = Article(name, text="A match was played.", topic="medtop:15000000", topic_score=0.9,
                      topics=topics)  # fmt: skip
    return Gold(name, topics=("medtop:15000000",)), article


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of an article with everything, one that attacks, and one that is right."""
    pairs = [plain(), flood(), hostile()]
    return written(tmp_path_factory.mktemp("evaluation"), pairs)


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Elements(HTMLParser):
    """All elements of a page with the text inside them."""

    found: list[Element] = field(default_factory=list)
    _open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(Element(tag, {name: value or "" for name, value in attrs}))
        if tag not in ("meta", "link", "input", "br"):
            self._open.append(self.found[-1])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, tag: str, kind: str | None = None) -> list[Element]:
        found = [one for one in self.found if one.tag == tag]
        return [one for one in found if kind is None or one.attributes.get("class") == kind]

    def at(self, anchor: str) -> str:
        [found] = [one for one in self.found if one.attributes.get("id") == anchor]
        return found.text


@pytest.fixture(scope="module")
def elements(report: Path) -> Elements:
    parser = Elements()
    parser.feed(report.read_text(encoding="utf-8"))
    parser.close()
    assert not parser._open
    return parser


def test_it_holds_itself_together(elements: Elements) -> None:
    for element in elements.found:
        assert "src" not in element.attributes
        assert not any(name.startswith("on") for name in element.attributes), element
    links = [one.attributes["href"] for one in elements.all("a")]
    assert {link for link in links if link[0] != "#"} == {"https://example.org/flood"}
    [script] = elements.all("script")
    digest = base64.b64encode(hashlib.sha256(script.text.encode()).digest()).decode()
    [policy] = [one.attributes["content"] for one in elements.all("meta")
                if one.attributes.get("http-equiv") == "Content-Security-Policy"]  # fmt: skip
    assert policy.startswith("default-src 'none'") and f"script-src 'sha256-{digest}'" in policy
    ids = Counter(one.attributes["id"] for one in elements.found if "id" in one.attributes)
    assert set(ids.values()) == {1}


def test_it_has_every_part(elements: Elements) -> None:
    titles = [one.text.split("  ")[0] for one in elements.all("strong")]
    label = ["Reliability", "Score against coverage", "Thresholds", "By label"]
    region, countries, topics = [*label, "Confusion"], label, [*label, "Confusion"]
    summary = ["Length of summaries", "Length of articles", "Support", "ROUGE-Lsum"]
    assert titles == [*region, *countries, *topics, *summary]
    assert len(elements.all("svg")) == len(titles)
    names = [one.text for one in elements.all("div", "name")]
    assert names.count("F1, micro") == 3 and "ROUGE-Lsum" in names
    tiles = [" ".join(one.text.split()) for one in elements.all("div", "tile")]
    # Topics: two of the four that were given are right, of three in gold; 2 x 2 / (4 + 3).
    assert any(tile.startswith("F1, micro 0.571 0.000 to 1.000n 3") for tile in tiles), tiles
    assert any(tile.startswith("ROUGE-1") and tile.endswith("lead 3 12.3") for tile in tiles)


def test_evidence_stands_where_its_offsets_say(elements: Elements) -> None:
    assert [one.text for one in elements.all("mark", "focus")] == ["place in focus", "Quito"]
    assert [one.text for one in elements.all("mark", "mention")][1:] == ["Chile", "Lima"]
    assert "Bogota" in [one.text for one in elements.all("mark", "unsupported")]


def test_summary_sentences_lead_to_what_carries_them(elements: Elements) -> None:
    links = [one for one in elements.all("a") if one.attributes["href"].startswith("#a2s")]
    assert [one.text for one in links] == ["2", "1", "2"]
    assert elements.at("a2s2") == "The mayor closed two bridges."
    assert elements.at("a2s1") == "Rain fell on Quito."
    body = next(one.text for one in elements.all("div", "body") if "Quito" in one.text)
    assert body == TEXT


def test_what_articles_say_stays_text(elements: Elements) -> None:
    assert len(elements.all("script")) == 1 and not elements.all("img")
    assert ATTACK in elements.all("h1")[0].text and ATTACK in elements.all("p", "note")[0].text
    assert ATTACK in [one.text for one in elements.all("p", "reference")]
    [long] = [one.text for one in elements.all("div", "body") if ATTACK in one.text]
    assert len(long) == MOST_CHARACTERS
    left_out = len(ATTACK) + 1 + 100_000 - MOST_CHARACTERS
    assert f"{left_out:,} more characters" in elements.all("p", "cut")[0].text
    assert any("window.hurt" in one.text for one in elements.all("option"))


def test_the_worst_come_first_and_no_more_than_the_page_can_bear(tmp_path: Path) -> None:
    pairs = [plain(f"p{number:03}") for number in range(MOST_ARTICLES + 4)] + [flood()]
    first = written(tmp_path, pairs).read_bytes()
    parser = Elements()
    parser.feed(first.decode())
    articles = parser.all("details", "article")
    assert [one.attributes["data-id"] for one in articles[:2]] == ["flood", "p000"]
    assert len(articles) == MOST_ARTICLES
    assert f"The {MOST_ARTICLES} worst of {len(pairs)} articles" in first.decode()
    assert written(tmp_path, pairs).read_bytes() == first


def test_the_loss_by_hand() -> None:
    gold, _ = pair = flood()
    record = score([pair]).articles[gold.id]
    # 005 for 419: 1; EC for EC: 0; two topics for one of them: F1 2/3; "bridg", "close", "in" and
    # "rain" are common, in another order.
    rouge = record.summary["rougeLsum"]
    assert loss(record) == pytest.approx((1 + 0 + 1 / 3 + 1 - rouge / 100) / 4)
    assert loss(ArticleScores("x", {"topics": Answered((), (), None)})) == 0
    view = article_view(1, *pair, record, {"005": "South America"})
    assert view.tasks["region"].brief == "+ South America, − 419"
    assert view.tags == ("region", "topics", "unsupported", "low")


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    with chromium() as page:
        yield page


@pytest.fixture
def page(browser: Page, report: Path) -> Page:
    browser.open(report)
    return browser


def shown(page: Page) -> list[str]:
    """The first letters of the articles that can be seen, in their order."""
    found: list[str] = page.script(
        "return [...document.querySelectorAll('details.article')]"
        ".filter(one => one.checkVisibility()).map(one => one.dataset.id.slice(0, 5))"
    )
    return found


@pytest.mark.parametrize("width", [380, 1400])
def test_nothing_is_wider_than_the_window(page: Page, width: int) -> None:
    page.script("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    papers = set()
    for scheme in ("light", "dark"):
        page.show(width, scheme)
        assert page.script("return document.documentElement.scrollWidth") == width
        style = "getComputedStyle(document.body)"
        papers.add(page.script(f"return {style}.backgroundColor + {style}.color"))
        # Colours of charts are variables; one that is not defined would be drawn black.
        fill = "getComputedStyle(document.querySelector('svg [aria-roledescription=bar]')).fill"
        papers.add(page.script(f"return {fill}"))
    assert len(papers) == 4 and "rgb(0, 0, 0)" not in papers
    assert page.console() == []


def test_filters_and_search(page: Page) -> None:
    page.show(1400)
    assert len(shown(page)) == 3
    page.click("[value=unsupported]")
    page.click("[value=region]")
    assert shown(page) == ["flood"]
    page.click("#clear")
    assert len(shown(page)) == 3
    page.type("[type=search]", "the MAYOR")
    assert shown(page) == ["flood"]
    page.type("[type=search]", "nobody wrote this")
    assert shown(page) == [] and page.script("return !document.getElementById('nothing').hidden")
    page.click("#clear")
    page.script(
        "const select = document.querySelector('[name=label]'); select.value = 'medtop:15000000';"
        "select.dispatchEvent(new Event('input', {bubbles: true}))"
    )
    assert shown(page) == ["plain"]
    assert page.script("return document.getElementById('count').value") == "1 of 3 shown"
    page.click("#clear")
    page.script(
        "const select = document.querySelector('[name=order]'); select.value = '-rank';"
        "select.dispatchEvent(new Event('input', {bubbles: true}))"
    )
    assert shown(page)[0] == "plain"
    assert page.console() == []


def test_a_link_leads_to_its_sentence(page: Page) -> None:
    page.show(1400)
    page.script("document.querySelector('[data-id=flood]').open = true")
    page.click("a[href='#a2s2']")
    assert page.script("return document.querySelector(':target').textContent").startswith(
        "The mayor"
    )


def test_a_hostile_article_does_nothing_and_nothing_is_loaded(page: Page) -> None:
    page.script("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    page.type("[type=search]", "<script>window.hurt")
    assert shown(page) == ["id </"]
    assert page.script("return window.hurt") is None
    assert page.script("return document.querySelectorAll('script, img').length") == 1
    kinds = "performance.getEntriesByType('resource').filter(one => one.name.startsWith('http'))"
    assert page.script(f"return {kinds}.length") == 0
    assert page.console() == []
