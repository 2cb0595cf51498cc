"""The figures of label_speed.py and shortlist_recall.py on small input."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from command import ROOT
from pipeline.article import Article
from pipeline.taxonomy.topics import load_topics
from pipeline.train.topic.rows import TopicRow

sys.path.insert(0, str(ROOT / "scripts"))
import label_speed
import label_tables
import shortlist_recall

CODES = list(load_topics())


def row(*topics: str, any_of: tuple[str, ...] = ()) -> TopicRow:
    return TopicRow("1", "set", "", "text", topics, tuple(CODES), any_of)


def test_recall_counts_shares_and_any_of_several() -> None:
    nearness = np.tile(-np.arange(len(CODES), dtype=np.float32), (3, 1))  # nearest is the first
    rows = [row(CODES[0], CODES[2]), row(CODES[1]), row(any_of=(CODES[5], CODES[3]))]
    found = shortlist_recall.recalls(nearness, rows)
    np.testing.assert_allclose(found[:4], [0.5 / 3, 1.5 / 3, 2 / 3, 1])
    assert found[-1] == 1


class Marks:
    """A stage that notes how many articles came at once."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        self.sizes.append(len(articles))
        return list(articles)


def test_stages_get_batches_as_in_a_run_and_all_articles() -> None:
    stage = Marks()
    given = [Article(id=str(n)) for n in range(70)]
    assert label_speed.through([stage], given) == given  # type: ignore[list-item]
    assert stage.sizes == [32, 32, 6]
    assert label_speed.rate([stage], given) > 0  # type: ignore[list-item]


def test_the_sample_has_a_topic_for_each_article() -> None:
    articles, topics = label_speed.sample()
    assert len(articles) == len(topics) > 30
    assert all(set(codes) <= set(CODES) and codes for codes in topics)


def test_one_script_calls_those_that_there_are(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for words in label_tables.commands(tmp_path, tmp_path, left_out=True):
        assert (ROOT / "scripts" / words[0]).is_file()
    (tmp_path / "one.py").write_text("import sys; print('said', sys.argv[1:])")
    monkeypatch.setattr(label_tables, "SCRIPTS", tmp_path)
    label_tables.run(["one.py", "a"])
    assert capfd.readouterr().out == "\n== one.py a\nsaid ['a']\n"
