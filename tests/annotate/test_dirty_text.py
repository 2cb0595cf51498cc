"""Dirty text from ingest to the annotation: tags, broken lines, capitals and lists on the way."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest

from command import SHARED
from pipeline.annotate.annotator import Annotator
from pipeline.annotate.plan import annotate_config, plan_stages
from pipeline.article import Article
from pipeline.config.compose import composed
from pipeline.ingest.normalise import normalise
from pipeline.sources.base import Record

Row = Mapping[str, object]


@pytest.fixture(scope="module")
def region() -> Annotator:
    node = {"_target_": "pipeline.region.focus.FocusRegion"}
    return Annotator(plan_stages(annotate_config({"region": node})), batch_rows=16)


@pytest.fixture(scope="module")
def summarizer() -> Annotator:
    config = composed("annotate", ["run.name=x", "region=none", "topic=none"]).values()
    return Annotator(plan_stages(annotate_config(config)), batch_rows=16)


def article(number: int, title: str, text: str, language: str = "en") -> Article:
    values = {"id": str(number), "title": title, "text": text, "language": language}
    done = normalise(Record("here", values), max_chars=100_000)
    assert isinstance(done, Article)
    return done


def focus(row: Row) -> set[str]:
    countries = row["countries"]
    assert isinstance(countries, list)
    return {country["alpha2"] for country in countries if country["focus"]}


CLEAN = (
    "Nurses in Sri Lanka ended a strike on Friday after the health minister of Sri Lanka offered "
    "a rise of 9 percent. Hospitals in Colombo and Kandy were open again."
)
DIRTY = {
    "capitals": CLEAN.upper(),
    "lower": CLEAN.lower(),
    "title": CLEAN.title(),
    "tags": f'<div data-place="Canada"><p>{CLEAN}</p></div><script>x="Chile"</script>',
    "escaped": f"&lt;p&gt;{CLEAN}&lt;/p&gt;".replace("Sri Lanka", "Sri&amp;nbsp;Lanka"),
    "invisible": CLEAN.replace("Sri Lanka", "Sr\u00adi\u00a0Lan\u200bka"),
    "wrapped": CLEAN.replace("Sri Lanka", "Sri\nLanka"),
}


@pytest.mark.parametrize("kind", DIRTY)
def test_dirty_text_is_of_the_same_country_as_clean_text(kind: str, region: Annotator) -> None:
    given = article(1, "Nurses end strike", DIRTY[kind])
    (row,) = region([given]).table.to_pylist()
    assert focus(row) == {"LK"}
    for evidence in row["countries"][0]["evidence"]:
        assert given.text[evidence["start"] : evidence["end"]] == evidence["text"]


@pytest.mark.shared
@pytest.mark.parametrize(
    "kind", ["letter_case", "html_remains", "invisible_characters", "hard_wrapped_lines"]
)
def test_the_cases_are_of_the_countries_wanted(kind: str, region: Annotator) -> None:
    lines = (SHARED / f"cases/labels_{kind}.jsonl").open(encoding="utf-8")
    rows = [json.loads(line) for line in lines]
    given = [article(n, row["title"], row["text"]) for n, row in enumerate(rows)]
    done = region(given).table.to_pylist()
    wrong = {
        row["id"]: focus(annotated)
        for row, annotated in zip(rows, done, strict=True)
        if focus(annotated) != set(row["want"].split(","))
    }
    assert wrong == {}


@pytest.mark.models
@pytest.mark.shared
def test_summaries_of_the_cases_are_in_normal_case_and_without_markup(
    summarizer: Annotator,
) -> None:
    rows = [
        json.loads(line)
        for name in ("all_caps", "result_lists", "kinds", "news_about_prompts")
        for line in (SHARED / f"cases/summary_{name}.jsonl").open(encoding="utf-8")
    ]
    given = [
        article(n, row["title"], row["text"], "es" if row["id"] == "spanish" else "en")
        for n, row in enumerate(rows)
    ]
    done = summarizer(given).table.to_pylist()
    for row, annotated in zip(rows, done, strict=True):
        summary, note = annotated["summary"], annotated["summary_note"]
        if row["id"] in ("table", "tennis", "election", "boxscore"):
            assert (summary, note) == (None, "list"), row["id"]
        elif row["id"] == "newsapi":
            assert (summary, note) == (None, "too_short")
        else:
            assert summary, row["id"]
            assert not re.search(r"[<>]|&\w+;|[A-Z]{4}(?<!CHIC)", summary), summary
            assert "left_out" not in (note or "")
            assert not any(one["unsupported"] for one in annotated["summary_sentences"])
