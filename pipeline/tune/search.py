"""Which point of the space is tried next: a grid, chance, or Optuna's tree of Parzen estimators.

Nothing is kept here: the points that were tried are in the records of the jobs, each of which is
whole or not there. A search that is told of them anew draws what it would have drawn, since each
draw has a seed of its own.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Literal

from pipeline.core.errors import ConfigError
from pipeline.core.extras import needs
from pipeline.tune.settings import DEFAULT_TRIALS, Direction, Sampler
from pipeline.tune.space import Choice, Dimension, Point, Space, grid_of, size_of

if TYPE_CHECKING:
    import optuna

Chosen = Literal["grid", "random", "tpe"]

_TURNS, _APART = 20, 100_003
"""Draws for a point that was not tried yet, and between their seeds."""


def choose_sampler(space: Space, sampler: Sampler | None, trials: int | None) -> tuple[Chosen, int]:
    """How a space is searched and how many jobs that takes.

    `auto` is every point where there are no more of them than `trials` (or the usual number of
    them), else TPE (Bergstra et al. 2011).

    Raises:
        ConfigError: a grid of a space that has intervals.
    """
    size = size_of(space)
    if sampler == "grid" and size == float("inf"):
        raise ConfigError(
            "sampler=grid: an interval has no end of points; give range(from,to,step) or a,b,c"
        )
    if sampler == "grid" or (sampler in (None, "auto") and size <= (trials or DEFAULT_TRIALS)):
        return "grid", int(min(size, trials or size))
    wanted = trials or DEFAULT_TRIALS
    return ("random" if sampler == "random" else "tpe"), wanted


class Search:
    """Draws points by number, the `default` first, where it is in the space, and none twice; `tell`
    in the same order what came of each.

    Raises:
        ConfigError: Optuna is not installed.
    """

    def __init__(
        self,
        space: Space,
        sampler: Chosen,
        seed: int,
        direction: Direction,
        default: Point | None = None,
    ) -> None:
        self._space, self._sampler, self._seed = space, sampler, seed
        self._default = default
        self._seen: list[Point] = []
        self._grid = grid_of(space) if sampler == "grid" else None
        if self._grid is not None and default in self._grid:
            self._grid = [default, *(point for point in self._grid if point != default)]
        if self._grid is not None:
            return
        with needs("optuna", "tune"):
            import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._direction = direction
        self._told: list[optuna.trial.FrozenTrial] = []
        self._distributions = {one.key: _distribution(one) for one in space}

    def draw(self, number: int) -> Point:
        """The point of the job with this number, from 0."""
        point = self._point(number)
        self.see(point)
        return point

    def see(self, point: Point) -> None:
        """A point that is or was tried: it is not drawn again."""
        if point not in self._seen:
            self._seen.append(point)

    def _point(self, number: int) -> Point:
        if self._grid is not None:
            return self._grid[number]
        if number == 0 and self._default is not None:
            return self._default
        for turn in range(_TURNS):
            point = self._ask(self._seed + number + turn * _APART)
            if point not in self._seen:
                break
        return point

    def _ask(self, seed: int) -> Point:
        from optuna import create_study
        from optuna.samplers import BaseSampler, RandomSampler, TPESampler

        sampler: BaseSampler = (
            RandomSampler(seed) if self._sampler == "random" else TPESampler(seed=seed)
        )
        # A new one each time: what was asked of it before and never told would sway it.
        study = create_study(sampler=sampler, direction=self._direction)
        study.add_trials(self._told)
        point = study.ask(self._distributions).params
        return {one.key: point[one.key] for one in self._space}

    def tell(self, point: Point, value: float | None) -> None:
        """What a point scored; None where its job failed."""
        self.see(point)
        if self._grid is not None or value is None:
            return
        from optuna.trial import create_trial

        params = dict(point)
        self._told.append(
            create_trial(params=params, distributions=self._distributions, value=value)
        )


def _distribution(one: Dimension) -> optuna.distributions.BaseDistribution:
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if isinstance(one, Choice):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return CategoricalDistribution(one.options)
    if one.is_integer:
        return IntDistribution(int(one.low), int(one.high), log=one.log)
    return FloatDistribution(one.low, one.high, log=one.log)
