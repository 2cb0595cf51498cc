"""Topics of labels and of predictions at a level of the tree that both reach.

A label of the first level cannot say whether a prediction of the second is right; compared as they
stand, every one would be wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from pipeline.article import Article, Topic
from pipeline.core.errors import InputError
from pipeline.evaluate.metrics.scores import Pair, scores_by_code
from pipeline.evaluate.metrics_file import known
from pipeline.taxonomy.labels import LabelTree

Codes = tuple[str, ...]
_NAMED = 5


def at_common_level(pairs: Sequence[Pair], tree: LabelTree) -> tuple[tuple[Pair, ...], list[str]]:
    """The pairs with all topics at the deepest level that every article's labels and predictions
    reach, and notes of what was done, if anything had to be.

    A code that is deeper stands for the one above it at that level, with the greatest score of
    those that fall together. A code is left out beside one below it, which says as much. A code
    with none below it reaches every level.

    Raises:
        InputError: a prediction is a code that the tree lacks.
    """
    compared = [pair for pair in pairs if pair[0].topics is not None]
    _check_known(compared, tree)
    gold = [gold.topics or () for gold, _ in compared]
    said = [_codes(row) for _, row in compared]
    level = _reached([*gold, *said], tree)
    rolled_up = any(len(_path(code, tree)) > level for codes in (*gold, *said) for code in codes)
    if not rolled_up and all(not _implied(codes, tree) for codes in (*gold, *said)):
        return tuple(pairs), []
    done = tuple(
        (replace(gold, topics=coarser(gold.topics, level, tree)), _row(row, level, tree))
        if gold.topics is not None
        else (gold, row)
        for gold, row in pairs
    )
    return done, list(_notes(gold, said, level if rolled_up else None, tree))


def _notes(
    gold: Sequence[Codes], said: Sequence[Codes], level: int | None, tree: LabelTree
) -> Iterator[str]:
    """`level` is the one to which codes were rolled up, if any were."""

    def counted(is_such: Callable[[Codes], bool]) -> str:
        counts = [(sum(map(is_such, gold)), "labels"), (sum(map(is_such, said)), "predictions")]
        return " and ".join(f"{n} {whose}" for n, whose in counts if n)

    if level is not None:
        short = counted(lambda codes: not _reaches(codes, level + 1, tree))
        yield (
            f"topics are compared at level {level} of the tree, since {short} go no deeper: a code "
            "below it counts as the one above"
        )
    if beside := counted(lambda codes: bool(_implied(codes, tree))):
        yield f"{beside} have a topic beside one below it, and only the narrower one counts"


def coarser(codes: Iterable[str], level: int, tree: LabelTree) -> Codes:
    """The codes at `level`, each once, in their order; a code above others of them left out."""
    codes = tuple(codes)
    implied = _implied(codes, tree)
    kept = (_path(code, tree) for code in codes if code not in implied)
    return tuple(dict.fromkeys(path[min(level, len(path)) - 1] for path in kept))


def _implied(codes: Codes, tree: LabelTree) -> set[str]:
    """Those of the codes that are above others of them."""
    return {above for code in codes for above in _path(code, tree)[:-1]} & set(codes)


def _row(row: Article, level: int, tree: LabelTree) -> Article:
    scores = scores_by_code(row.topics)
    topics = []
    for code in coarser(scores, level, tree):
        below = [score for one, score in scores.items() if code in _path(one, tree)]
        best = max((score for score in below if score is not None), default=math.nan)
        topics.append(Topic(code, tree.labels[code].name, best))
    topics.sort(key=lambda topic: -(known(topic.score) or 0.0))
    if not topics:
        return replace(row, topics=(), topic=None, topic_name=None, topic_score=None)
    top = topics[0]
    return replace(
        row,
        topics=tuple(topics),
        topic=top.qcode,
        topic_name=top.name,
        topic_score=known(top.score),
    )


def _reached(sets: Sequence[Codes], tree: LabelTree) -> int:
    levels = range(tree.depth(), 1, -1)
    return next((n for n in levels if all(_reaches(codes, n, tree) for codes in sets)), 1)


def _reaches(codes: Codes, level: int, tree: LabelTree) -> bool:
    """Whether none of these codes stops above `level` where the tree goes on."""
    paths = [_path(code, tree) for code in codes]
    return not any(
        len(path) < level
        and path[-1] in tree.below
        and not any(path[-1] in other[:-1] for other in paths)
        for path in paths
    )


def _path(code: str, tree: LabelTree) -> Codes:
    """From the top of the tree down to the code."""
    above = tree.labels[code].parent
    return (code,) if above is None else (*_path(above, tree), code)


def _codes(row: Article) -> Codes:
    return tuple(topic.qcode for topic in row.topics)


def _check_known(pairs: Sequence[Pair], tree: LabelTree) -> None:
    strange = sorted({c for _, row in pairs for c in _codes(row) if c not in tree.labels})
    if strange:
        more = ", ..." if len(strange) > _NAMED else ""
        raise InputError(
            f"the run has topics that are not among those of the labels: "
            f"{', '.join(strange[:_NAMED])}{more}; a run with topics of your own is evaluated with "
            "topic_labels.path=FILE, the CSV file that it had"
        )
