"""Which of the best jobs of a search are not distinguishable on its labels."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from pipeline.core.errors import InputError, RunError
from pipeline.evaluate.article_scores import TASKS
from pipeline.evaluate.compare.comparison import leaderboard
from pipeline.evaluate.compare.runs import shared
from pipeline.evaluate.gold.labels import Labelled
from pipeline.evaluate.metrics.names import direction
from pipeline.tune.objective import Objective, is_from_models
from pipeline.tune.records import Trial

log = logging.getLogger(__name__)


def letters(
    trials: Sequence[Trial], objective: Objective, labels: Labelled, allow_unmatched: bool
) -> Mapping[str, str]:
    """The letters of each run of these jobs, as a leaderboard of `dateline compare` has them.

    None of one run alone, of a metric of which neither more nor less is better, and of one that
    takes a model, which would have to be asked again.
    """
    runs = list(dict.fromkeys(trial.score.run for trial in trials if trial.score is not None))
    metric = objective.metric
    if len(runs) < 2 or not direction(metric) or is_from_models(metric):
        return {}
    others = {*TASKS, "summary"} - {metric.partition(".")[0]}
    rows = [gold.without(others) for gold in labels.rows]
    try:
        found = shared(runs, "", rows, labels.topics, allow_unmatched)
    except (InputError, RunError) as error:  # a run was taken away since it was scored
        log.warning("no groups of the best jobs: %s", error)
        return {}
    by_name = {rank.run: rank.group for rank in leaderboard(found.scored(), metric)}
    return {run: by_name[name] for run, name in zip(runs, found.runs, strict=True)}
