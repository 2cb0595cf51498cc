"""scripts/models/label_speed.py: what it measures is called as in a run."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from command import ROOT
from pipeline.article import Article

sys.path.insert(0, str(ROOT / "scripts" / "models"))
import label_speed


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
