"""Training of the support check on tiny data: what is drawn, resuming, figures, forests."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from pipeline.train.boosting import logits_of, mean_of, trees
from pipeline.train.support import cross_encoder
from pipeline.train.support.cross_encoder import kept_differences, train
from pipeline.train.support.examples import MADE, Example
from pipeline.train.support.figures import balanced_accuracy, calibration_error, figure, roc_area
from pipeline.train.support.mixture import Plan, drawn, usable
from pipeline.train.support.statements import Detail, groups, sentence_verdicts
from tiny_bert import tiny_bert


def example(n: int, set_: str, label: int, split: str = "train", group: int = 0) -> Example:
    text = "the mayor met the miners ." if label else "rain met the mayor ."
    return Example(
        "the mayor met the miners .",
        text,
        label,
        1.0,
        set_,
        "",
        group,
        split,
        n,
        0,  # type: ignore[arg-type]
    )


POOL = [
    *(example(n, "judged", n % 2, group=n) for n in range(40)),
    *(example(n, MADE, 0, group=n) for n in range(40, 60)),
    example(90, "judged", 1, "test"),
    example(91, "judged", 1, "validation"),
    example(92, "other", 1),
]
PLAN = Plan("p", None, {"judged": 0.5, MADE: 0.5}, 400, 1e-3, groups=range(10))


def test_nothing_held_out_or_left_out_is_drawn_and_sets_come_by_their_shares() -> None:
    assert {one.row for one in usable(POOL, PLAN)} == {*range(10, 60)}
    order = list(drawn(POOL, PLAN, 1))
    assert order == list(drawn(POOL, PLAN, 1)) and len(order) == 400
    counts = Counter((one.set, one.label) for one in order)
    assert abs(counts["judged", 0] - 100) < 40 and abs(counts["judged", 1] - 100) < 40
    assert abs(counts[MADE, 0] - 200) < 40


def test_a_training_that_was_killed_goes_on_and_gives_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bert").mkdir()
    base = str(tiny_bert(tmp_path / "bert"))
    monkeypatch.setattr(cross_encoder, "_KEEP_EVERY", 3)
    monkeypatch.setattr(cross_encoder, "_WARM", 2)
    monkeypatch.setattr(cross_encoder, "MAX_TOKENS", 48)
    whole = load_file(train(POOL, PLAN, tmp_path / "whole", base, 1))
    steps = 0
    real = cross_encoder.batches_of

    def killed(*given: object) -> object:
        nonlocal steps
        for batch in real(*given):  # type: ignore[arg-type]
            steps += 1
            if steps == 8:
                raise KeyboardInterrupt
            yield batch

    monkeypatch.setattr(cross_encoder, "batches_of", killed)
    with pytest.raises(KeyboardInterrupt):
        train(POOL, PLAN, tmp_path / "parts", base, 1)
    monkeypatch.setattr(cross_encoder, "batches_of", real)
    path = train(POOL, PLAN, tmp_path / "parts", base, 1)
    again = load_file(path)
    assert all(np.array_equal(whole[name], again[name]) for name in whole)
    engine = kept_differences(path, base, tmp_path / "differences.safetensors")
    engine.open()
    right, wrong = engine.logits(["the mayor met the miners ."] * 2, [POOL[1].text, POOL[0].text])
    assert right > wrong


def test_figures() -> None:
    scores = np.array([0.1, 0.4, 0.35, 0.8])
    labels = np.array([0, 0, 1, 1])
    assert roc_area(scores, labels) == 0.75
    assert balanced_accuracy(scores, labels, 0.5) == 0.75
    sure = np.repeat([0.2, 0.8], 50)
    assert calibration_error(sure, (np.arange(100) % 5 < np.repeat([1, 4], 50)).astype(int)) < 1e-9
    found = figure(roc_area, scores, labels, np.arange(4))
    assert found.low <= found.value <= found.high


def test_the_mean_of_forests_is_the_mean_of_what_they_say() -> None:
    random = np.random.default_rng(0)
    features = random.normal(size=(300, 5))
    wanted = features[:, 0] > 0
    one = trees(features, wanted, np.ones(300), [0])
    other = trees(features[:150, ::-1].copy(), wanted[:150], np.ones(150), [1])
    both = logits_of(mean_of([one, other]), features)
    assert np.allclose(both, (logits_of(one, features) + logits_of(other, features)) / 2, atol=1e-5)


def test_documents_that_share_text_are_one_group() -> None:
    words = [f"word{n}" for n in range(60)]
    first, part, other = " ".join(words), " ".join(words[20:]), " ".join(reversed(words))
    numbers = groups([first, other, f"Caption. {part}", first.upper()])
    assert numbers[0] == numbers[2] == numbers[3] != numbers[1]


def test_verdicts_come_from_marked_spans_where_the_summary_has_an_error() -> None:
    summary = ["Two tugs came.", "The captain was drunk."]
    assert sentence_verdicts(summary, 1, Detail()) == [1, 1]
    assert sentence_verdicts(summary, 0, Detail(unsupported_spans=(("drunk",),))) == [1, 0]
    assert sentence_verdicts(summary, 0, Detail()) == [-1, -1]
