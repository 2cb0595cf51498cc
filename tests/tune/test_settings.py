"""Which words are tune's own, which the run's; what the command line changes of a sweep."""

from __future__ import annotations

from pipeline.tune.settings import SweepSettings, TuneSettings, parted


def test_words_are_parted() -> None:
    own = ["sweep=x", "gold=l.csv", "name=n", "evaluate.baselines=true"]
    run = ["topic_labels.path=desk.csv", "topic=none", "+region.x=1", "'a=b'"]
    mixed = [own[0], run[0], *own[1:3], run[1], *own[3:], *run[2:]]
    assert parted(mixed) == (own, run)


def test_the_command_line_goes_before_the_sweep() -> None:
    sweep = SweepSettings({"a": "1,2"}, "topics.ece", "minimize", ["b=1"], ["c=1"], "tpe", 9)
    assert TuneSettings("l", sweep=sweep).own() == sweep
    own = TuneSettings("l", sweep=sweep, objective="topics.micro_f1", trials=3).own()
    assert (own.objective, own.direction, own.trials) == ("topics.micro_f1", None, 3)
    assert (own.overrides, own.job_overrides, own.sampler) == (["b=1"], ["c=1"], "tpe")
