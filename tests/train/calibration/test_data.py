"""What is too little to fit a calibration to."""

from __future__ import annotations

import pytest

from pipeline.calibrate.scored import scored
from pipeline.core.errors import InputError
from pipeline.train.calibration.data import FEWEST, check_enough
from tiny_scores import overconfident


def test_too_little_is_refused_with_the_least_number() -> None:
    with pytest.raises(InputError, match=f"19 articles have.* at least {FEWEST}"):
        check_enough(scored(*overconfident(FEWEST - 1), single=False), "topic", "more")
    check_enough(scored(*overconfident(FEWEST), single=False), "topic", "more")
    gold, scores = overconfident(30)
    with pytest.raises(InputError, match="all 90 scores are of wrong answers"):
        check_enough(scored([frozenset()] * 30, scores, single=False), "topic", "more")
    right = [dict.fromkeys(codes, 0.5) for codes in gold]
    with pytest.raises(InputError, match="of right answers"):
        check_enough(scored(gold, right, single=False), "topic", "more")
