"""Comparisons and leaderboards of runs made up by hand."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from itertools import combinations

import pytest
from rich.console import Console

from pipeline.article import Article, Topic
from pipeline.core.errors import ConfigError
from pipeline.evaluate.article_scores import Answered, ArticleScores
from pipeline.evaluate.compare.comparison import (
    Tally,
    compare,
    document_scores,
    leaderboard,
    main_metrics,
)
from pipeline.evaluate.compare.tables import metrics_table
from pipeline.evaluate.gold.labels import Gold
from pipeline.evaluate.metrics.names import direction, no_metric
from pipeline.evaluate.metrics.scores import Scores, score

TEXT = "The lake froze. Boats stayed in port. Prices of fish rose by a third."


def row(region: str | None = "202", topics: str = "", summary: str | None = None) -> Article:
    """A published row; one letter a topic."""
    return Article(
        "x", text=TEXT, language="en", region=region,
        region_score=None if region is None else 0.9,
        topics=tuple(Topic(topic, topic, 0.8) for topic in topics), topic=topics[:1] or None,
        topic_score=0.8 if topics else None, summary=summary, summary_support=1.0,
    )  # fmt: skip


def scored(gold: Sequence[Gold], **runs: Sequence[Article]) -> dict[str, Scores]:
    rows = [one for run in runs.values() for one in run]
    return {name: score([*zip(gold, run, strict=True)], rows) for name, run in runs.items()}


def topics(*codes: str) -> list[Gold]:
    return [Gold(f"d{number}", topics=tuple(one)) for number, one in enumerate(codes)]


def test_wins_ties_and_the_most_changed() -> None:
    runs = scored(
        topics("a", "ab", "c", ""),
        old=[row(topics="a"), row(topics="a"), row(topics="ab"), row()],
        new=[row(topics="b"), row(topics="ab"), row(topics="c"), row()],
    )
    found = compare("old", runs["old"], "new", runs["new"])
    assert found.documents == {"topics": Tally(first_better=1, second_better=2, ties=1)}
    assert [(one.id, one.tasks["topics"]) for one in found.changed] == [
        ("d0", (1, 0)), ("d2", (0, 1)), ("d1", (pytest.approx(2 / 3), 1))
    ]  # fmt: skip
    micro = found.metrics["topics.micro_f1"]
    assert (micro.first, micro.second) == (pytest.approx(4 / 8), pytest.approx(6 / 8))
    assert micro.interval.mean == pytest.approx(1 / 4) and not micro.is_clear()
    assert "topics.coverage" in found.same and "topics.micro_f1" not in found.same


def test_no_more_than_ten_articles_are_named_as_changed() -> None:
    gold = topics(*"a" * 14)
    runs = scored(gold, old=[row(topics="a")] * 14, new=[row(topics="b")] * 14)
    assert [one.id for one in compare("o", runs["old"], "n", runs["new"]).changed] == sorted(
        one.id for one in gold
    )[:10]


def test_scores_of_an_article() -> None:
    labels = {
        "topics": Answered(("a", "b"), ("b", "c"), None),
        "countries": Answered((), (), None),
        "region": Answered((), ("202",), 0.9),
    }
    scores = ArticleScores("x", labels, {"rougeLsum": 40.0})
    assert document_scores(scores) == {"topics": 0.5, "countries": 1, "region": 0, "summary": 0.4}


def test_figures_stand_on_what_each_run_answered() -> None:
    gold = [Gold("a", region="202"), Gold("b", region="202"), Gold("c", region="202")]
    runs = scored(gold, one=[row(), row("015"), row(None)], other=[row(), row(None), row()])
    found = compare("one", runs["one"], "other", runs["other"])
    brier = found.metrics["region.brier"]
    assert found.counted["region.brier"] == (2, 2) and brier.documents == 3
    assert (brier.first, brier.second) == (pytest.approx((0.01 + 0.81) / 2), pytest.approx(0.01))


def test_the_table_says_on_how_many_a_figure_stands_and_fits_80_columns() -> None:
    gold = [Gold(name, region="202") for name in "abcdef"]
    runs = scored(
        gold, monday=[row(), row("015"), *[row(None)] * 4], tuesday=[row(), row(None), *[row()] * 4]
    )
    found = compare("monday", runs["monday"], "tuesday", runs["tuesday"])
    out = Console(file=StringIO(), width=80)
    out.print(metrics_table(found, "labels 6"))
    lines = [line.rstrip() for line in out.file.getvalue().splitlines()]  # type: ignore[attr-defined]
    assert max(map(len, lines)) <= 80 and not any("…" in line for line in lines)
    sections = [line.strip() for line in lines if ", n " in line]
    assert sections == ["region, n 6", "region, n 2, 5", "region, n 4, 1"]
    for name, section in (
        ("micro_f1", 0), ("brier", 1), ("selective_accuracy", 1), ("abstention_precision", 2)
    ):  # fmt: skip
        place = next(n for n, line in enumerate(lines) if line.split()[:1] == [name])
        assert sum(", n " in line for line in lines[:place]) == section + 1


def test_a_summary_more_is_a_win() -> None:
    gold = [Gold("a", summary=(TEXT,)), Gold("b", summary=(TEXT,))]
    runs = scored(gold, without=[row(), row()], lead=[row(summary=TEXT), row()])
    found = compare("without", runs["without"], "lead", runs["lead"])
    assert found.documents["summary"] == Tally(0, 1, 1)
    assert found.metrics["summary.rougeLsum"].interval.mean == pytest.approx(50)
    assert "summary.words" not in found.metrics, "one has no such figure"


def test_a_leaderboard_in_groups() -> None:
    right, wrong = row(topics="a"), row(topics="b")
    runs = scored(
        topics(*"a" * 60),
        worst=[right] * 6 + [wrong] * 54,
        best=[right] * 50 + [wrong] * 10,
        near=[wrong] * 3 + [right] * 46 + [wrong] * 11,
        none=[row()] * 60,
    )
    board = leaderboard(runs, "topics.micro_f1")
    assert [(one.run, one.group) for one in board] == [
        ("best", "a"), ("near", "a"), ("worst", "b"), ("none", "c")
    ]  # fmt: skip
    assert board[0].to_best is None and board[1].to_best is not None
    assert board[1].to_best.interval.mean == pytest.approx(-4 / 60)
    assert [one.run for one in leaderboard(runs, "topics.selective_accuracy")][-1] == "none"
    assert main_metrics(runs.values()) == ["topics.micro_f1"]


def test_runs_share_a_letter_just_where_their_difference_is_not_clear() -> None:
    """Also along a chain: the middle one is told from neither end, and the ends from each other."""
    right, wrong, number = row(topics="a"), row(topics="b"), 60
    runs = scored(
        topics(*"a" * number),
        **{f"r{n}": [right] * n + [wrong] * (number - n) for n in (60, 57, 54, 51, 20)},
    )
    board = leaderboard(runs, "topics.micro_f1")
    assert [one.run for one in board] == ["r60", "r57", "r54", "r51", "r20"]
    apart = set()
    for one, other in combinations(board, 2):
        difference = compare(one.run, runs[one.run], other.run, runs[other.run]).metrics[
            "topics.micro_f1"
        ]
        includes_zero = difference.interval.low <= 0 <= difference.interval.high
        shared = bool({*one.group} & {*other.group})
        assert shared == (not difference.is_clear()) and (shared or not includes_zero)
        if not shared:
            apart.add((one.run, other.run))
    assert {("r60", "r54"), ("r51", "r20"), ("r60", "r20")} <= apart
    assert not {("r60", "r57"), ("r57", "r54"), ("r54", "r51")} & apart
    assert [one.group for one in board][:2] == ["a", "ab"] and len(board[-1].group) == 1


def test_less_is_better_of_an_error() -> None:
    gold = topics(*"a" * 8)
    runs = scored(gold, sure=[row(topics="a")] * 8, wrong=[row(topics="b")] * 8)
    assert [one.run for one in leaderboard(runs, "topics.brier")] == ["sure", "wrong"]
    # Without an answer there is no error, and no rank.
    runs |= scored(gold, silent=[row()] * 8)
    last = leaderboard(dict(reversed(runs.items())), "topics.brier")[-1]
    assert (last.run, last.metric.n, last.group, last.to_best) == ("silent", 0, "", None)
    assert [direction(f"x.{name}") for name in ("ece", "micro_f1", "lead3_rouge1", "words")] == [
        -1, 1, 1, 0
    ]  # fmt: skip


def test_what_does_not_rank() -> None:
    runs = scored(topics("a"), one=[row(topics="a")], other=[row(topics="b")])
    with pytest.raises(ConfigError, match=r"by=topics\.mico_f1.*did you mean topics\.micro_f1"):
        leaderboard(runs, "topics.mico_f1")
    with pytest.raises(ConfigError, match="neither more nor less"):
        leaderboard(runs, "topics.coverage")
    assert "there are: a.b" in no_metric("zzzzz", ["a.b"])
