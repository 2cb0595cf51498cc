"""Topics of two levels: compared at the one that both reach, and said so."""

from __future__ import annotations

import pytest

from pipeline.article import Article, Topic
from pipeline.core.errors import InputError
from pipeline.evaluate.gold.labels import Gold
from pipeline.evaluate.levels import at_common_level, coarser
from pipeline.taxonomy.labels import Label, LabelTree

LABELS = [
    ("sport", None), ("law", None), ("odd", None), ("ball", "sport"), ("chess", "sport"),
    ("court", "law"), ("police", "law"), ("futsal", "ball"),
]  # fmt: skip
TREE = LabelTree({c: Label(c, c.title(), c, parent) for c, parent in LABELS}, "test")


def row(*topics: tuple[str, float]) -> Article:
    listed = tuple(Topic(code, code, score) for code, score in topics)
    code, score = topics[0] if topics else (None, None)
    return Article("a", topics=listed, topic=code, topic_name=code, topic_score=score)


def gold(*codes: str) -> Gold:
    return Gold("a", topics=codes)


def compared(
    *pairs: tuple[Gold, Article],
) -> tuple[list[tuple[tuple[str, ...] | None, list[str]]], list[str]]:
    found, notes = at_common_level(pairs, TREE)
    sets = [(label.topics, [topic.qcode for topic in said.topics]) for label, said in found]
    return sets, notes


def test_predictions_of_a_deeper_level_count_as_those_above() -> None:
    said = row(("chess", 0.9), ("court", 0.7), ("ball", 0.4))
    [(label, found)], [note] = at_common_level([(gold("sport"), said)], TREE)
    assert label.topics == ("sport",)
    assert found.topics == (Topic("sport", "Sport", 0.9), Topic("law", "Law", 0.7))
    assert (found.topic, found.topic_name, found.topic_score) == ("sport", "Sport", 0.9)
    assert "level 1" in note and "1 labels go no deeper" in note


def test_labels_of_a_deeper_level_count_as_those_above() -> None:
    sets, [note] = compared((gold("court", "police", "chess"), row(("law", 0.5))))
    assert sets == [(("law", "sport"), ["law"])]
    assert "1 predictions go no deeper" in note


def test_one_coarse_label_makes_all_coarse() -> None:
    sets, [note] = compared((gold("ball"), row(("chess", 0.5))), (gold("law"), row(("court", 0.5))))
    assert sets == [(("sport",), ["sport"]), (("law",), ["law"])]
    assert "1 labels go no deeper" in note


def test_topics_of_one_level_stay_as_they_are() -> None:
    deep = (gold("ball"), row(("chess", 0.5)))
    assert at_common_level([deep], TREE) == ((deep,), [])
    top = (gold("sport", "law"), row(("law", 0.5)))
    assert at_common_level([top], TREE) == ((top,), [])
    leaf = (gold("odd"), row(("chess", 0.5), ("odd", 0.2)))
    assert at_common_level([leaf], TREE)[1] == [], "a code with none below it is as deep as can be"
    nothing = (gold(), row())
    assert at_common_level([nothing, deep], TREE)[1] == []
    unsaid = (Gold("b", region=""), row(("law", 0.5)))
    assert at_common_level([unsaid, deep], TREE) == ((unsaid, deep), [])


def test_a_code_beside_one_below_it_says_nothing_more() -> None:
    assert coarser(("sport", "ball", "law"), 2, TREE) == ("ball", "law")
    sets, [note] = compared((gold("sport", "ball"), row(("sport", 0.9), ("chess", 0.6))))
    assert sets == [(("ball",), ["chess"])]
    assert note == (
        "1 labels and 1 predictions have a topic beside one below it, and only the narrower one "
        "counts"
    )
    _, notes = compared((gold("sport", "futsal"), row(("chess", 0.6), ("ball", 0.2))))
    assert ["level 2" in notes[0], "1 labels have" in notes[1]] == [True, True]


def test_predictions_of_another_tree_are_refused() -> None:
    with pytest.raises(InputError, match=r"labels: desk1; .*topic_labels.path=FILE"):
        at_common_level([(gold("sport"), row(("desk1", 0.5)))], TREE)
    only_regions = (Gold("a", region="202"), row(("desk1", 0.5)))
    assert at_common_level([only_regions], TREE) == ((only_regions,), [])
