"""How much of each set is drawn in a training, and from which documents it stays away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from pipeline.train.support.examples import Example

BATCH = 32
"""Pairs a step."""

GENERAL: Mapping[str, float] = {
    "made": 0.5, "written": 0.14, "summedits_other": 0.14, "rte": 0.1, "falke_sentences": 0.04,
    "bump": 0.08,
}  # fmt: skip
"""Shares of the first part: what entailment is, by made errors and by sets of other texts."""

SPECIAL: Mapping[str, float] = {
    "judged": 0.22, "made": 0.16, "written": 0.07, "fib": 0.09, "defacto": 0.09,
    "xsumfaith": 0.03, "entfa": 0.04, "frank": 0.05, "qags": 0.05, "genaudit": 0.03,
    "gofigure": 0.01, "factcc": 0.04, "cg2c_doc": 0.06, "wice": 0.03, "aggrefact_val": 0.03,
    "summedits_other": 0.04, "rte": 0.02, "falke_sentences": 0.02, "bump": 0.02,
    "fib_synthetic": 0.02,
}  # fmt: skip
"""Shares of the second part: what summarizers really write; judged sentences most."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A part of the training: where it starts from, what it draws, and how long.

    The `frozen` lowest layers stay as they are. `sets` are left out, as is every document of the
    groups `groups`. With `stop` it ends after so many steps, before its rate has come down.
    """

    name: str
    start: str | None
    shares: Mapping[str, float]
    pairs: int
    rate: float
    frozen: int = 0
    sets: Collection[str] = ()
    groups: Collection[int] = field(default=(), repr=False)
    stop: int | None = None

    @property
    def steps(self) -> int:
        """Batches of the training, were it not to stop before."""
        return -(-self.pairs // BATCH)


def usable(examples: Sequence[Example], plan: Plan) -> list[Example]:
    """What the plan may draw: training documents only."""
    groups, sets = frozenset(plan.groups), frozenset(plan.sets)
    return [
        one
        for one in examples
        if one.split == "train"
        and one.weight > 0
        and one.set not in sets
        and one.group not in groups
        and one.set in plan.shares
    ]


def drawn(examples: Sequence[Example], plan: Plan, seed: int) -> Iterator[Example]:
    """As many as the plan says, set by its share, both labels alike, each in turn."""
    random = Random(seed)  # noqa: S311 - reproducible draws, no secret
    pools: dict[tuple[str, int], list[Example]] = defaultdict(list)
    for one in usable(examples, plan):
        pools[one.set, one.label].append(one)
    shares = {
        key: plan.shares[key[0]] / (2 if (key[0], 1 - key[1]) in pools else 1)
        for key in sorted(pools)
    }
    if ("written", 1) in shares and ("made", 0) in shares:
        # Written sentences are right: the made ones have to make up for it.
        shares["made", 0] += shares["written", 1] * 0.7
        shares["made", 1] = max(0.02, shares["made", 1] - shares["written", 1] * 0.7)
    orders: dict[tuple[str, int], list[Example]] = {}
    keys = list(shares)
    for key in random.choices(keys, [shares[key] for key in keys], k=plan.pairs):
        if not orders.get(key):
            orders[key] = random.sample(pools[key], len(pools[key]))
        yield orders[key].pop()
