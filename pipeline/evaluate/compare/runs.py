"""The runs of a comparison: read, checked against each other, scored on the articles they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.core.errors import ConfigError, InputError
from pipeline.evaluate.checks import absent_notes, few_note, unmatched_note
from pipeline.evaluate.gold.labels import Gold
from pipeline.evaluate.levels import at_common_level
from pipeline.evaluate.metrics.scores import Pair, Scores, score
from pipeline.evaluate.predictions import Matched, Predictions, answerable, find_predictions, match
from pipeline.taxonomy.labels import LabelTree
from pipeline.taxonomy.topics import media_topics

_NAMED = 10


@dataclass(frozen=True, slots=True)
class Shared:
    """Runs by a name that tells them apart, each with what it published and what of the labels it
    has; `pairs` are the labels of articles that all have, beside each run's row: what it and
    another have an answer to."""

    runs: Mapping[str, Predictions]
    matched: Mapping[str, Matched]
    pairs: Mapping[str, Sequence[Pair]]
    notes: tuple[str, ...]

    def scored(self) -> dict[str, Scores]:
        """The scores of each run on the articles that all have."""
        rows = [row for pairs in self.pairs.values() for _, row in pairs]
        return {name: score(pairs, rows) for name, pairs in self.pairs.items()}


def shared(
    named: Sequence[str],
    runs: str,
    labels: Sequence[Gold],
    topics: LabelTree | None = None,
    allow_unmatched: bool = False,
) -> Shared:
    """Read runs by name or folder, and pair the articles that all published with their labels.

    Raises:
        ConfigError: fewer than two, one given twice, or runs that choose from other topics.
        InputError: too many labels are of no article of a run, or none is in all of them.
        RunError: one is unfinished, or not what it published.
    """
    if len(named) < 2:
        raise ConfigError("nothing to compare: dateline compare RUN RUN [RUN ...] gold=FILE")
    read: dict[str, Predictions] = {}
    seen: dict[str, str] = {}
    for word in named:
        one = find_predictions(word, runs)
        place = str(one.file.resolve())
        if place in seen:
            raise ConfigError(f"{word}: the run was given already, as {seen[place]}; a run differs "
                              "in nothing from itself")  # fmt: skip
        seen[place] = word
        read[word] = one
    short = [one.name for one in read.values()]
    found = {one.name if short.count(one.name) == 1 else word: one for word, one in read.items()}
    _check_topics(found, topics)
    matched = {}
    for name, one in found.items():
        try:
            matched[name] = match(answerable(labels, one), one.rows)
        except InputError as error:
            raise InputError(f"{name}: {error}") from error
    asked = _comparable(labels, found)
    rows = [one.rows for one in found.values()]
    common = [gold for gold in asked if gold.is_scored() and all(gold.id in r for r in rows)]
    if not common:
        raise InputError(f"no labelled article is in all of {', '.join(found)}")
    pairs = {
        name: [(gold.without(one.lacking), one.rows[gold.id]) for gold in common]
        for name, one in found.items()
    }
    notes = _notes(found, matched, labels, len(common), allow_unmatched)
    notes += _other_texts(pairs)
    # All at once, so that every run is scored at the same level.
    every, roll_up = at_common_level(
        [pair for own in pairs.values() for pair in own], topics or media_topics(2)
    )
    levelled = {
        name: every[place * len(common) : (place + 1) * len(common)]
        for place, name in enumerate(pairs)
    }
    return Shared(found, matched, levelled, (*notes, *roll_up))


def _comparable(labels: Sequence[Gold], runs: Mapping[str, Predictions]) -> list[Gold]:
    """The labels without what fewer than two runs have an answer to.

    Raises:
        InputError: they say nothing else.
    """
    lacking = Counter(name for one in runs.values() for name in one.lacking)
    alone = [name for name, count in lacking.items() if len(runs) - count < 2]
    rest = [gold.without(alone) for gold in labels]
    if not any(gold.is_scored() for gold in rest):
        raise InputError(f"nothing that the labels say is in two of {', '.join(runs)}")
    return rest


def topic_edition(predictions: Predictions) -> str | None:
    """The edition of the topics that a run chose from; None where it gave none."""
    edition = predictions.keys.get("identity.topic.taxonomy")
    return None if edition is None else str(edition)


def _check_topics(runs: Mapping[str, Predictions], topics: LabelTree | None) -> None:
    sets = {name: topic_edition(one) for name, one in runs.items()}
    given = {name: one for name, one in sets.items() if one is not None}
    names = list(given)
    for name in names[1:]:
        if given[name] != given[names[0]]:
            one, other = (f"{n} from {given[n]}" for n in (names[0], name))
            raise ConfigError(f"the runs choose from other topics: {one}, {other}")
    # An own file's edition is its digest.
    for name, edition in given.items():
        own = edition.startswith("sha256:")
        if topics is not None and edition != topics.version:
            raise ConfigError(f"{name} did not choose from topic_labels.path, but {edition}")
        if topics is None and own:
            raise ConfigError(
                f"{name} has topics of its own: give topic_labels.path=FILE, the file it had"
            )


def _notes(
    runs: Mapping[str, Predictions],
    matched: Mapping[str, Matched],
    labels: Sequence[Gold],
    common: int,
    allow: bool,
) -> list[str]:
    notes = []
    for name, one in matched.items():
        try:
            missing = unmatched_note(one, allow)
        except InputError as error:
            raise InputError(f"{name}: {error}") from error
        notes += [*(f"{name}: {note}" for note in missing), *absent_notes(labels, runs[name], name)]
        notes += runs[name].notes()
    notes += few_note(common)
    if any(one.unmatched for one in matched.values()):
        notes.append(f"every figure is on the {common} articles that all runs have")
    return notes


def _other_texts(pairs: Mapping[str, Sequence[Pair]]) -> list[str]:
    """Articles that have the same id in all runs and another title or text, where they have one."""
    several = list(pairs.values())
    other = [
        one[0][0].id
        for one in zip(*several, strict=True)
        if len({row.text for _, row in one if row.text}) > 1
        or len({row.title for _, row in one if row.title}) > 1
    ]
    if not other:
        return []
    ids = ", ".join(other[:_NAMED]) + (", ..." if len(other) > _NAMED else "")
    return [f"{len(other)} of {len(several[0])} articles have another text in one run than in "
            f"another ({ids})"]  # fmt: skip
