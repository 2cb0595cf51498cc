"""`dateline train-support`: judged sentences to the models of a support check with a card."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from safetensors.numpy import load_file

from pipeline.config.schema import construct
from pipeline.core.digest import digest_of
from pipeline.core.errors import ConfigError
from pipeline.core.extras import needs
from pipeline.core.files import write_text
from pipeline.core.stopping import Stop
from pipeline.engines.encoders.embedding import SentenceEncoder
from pipeline.engines.weights.models import find_weights
from pipeline.summarize.support.check import SupportChecker
from pipeline.summarize.support.model import CROSS_WEIGHTS, support_artefact
from pipeline.summarize.support.word_check import WordChecker
from pipeline.train.files import paths
from pipeline.train.support.build import build, write, write_card
from pipeline.train.support.cross_encoder import write_start
from pipeline.train.support.folds import own_plans
from pipeline.train.support.held_out import held_out_lines
from pipeline.train.support.measure import judged_lines
from pipeline.train.support.pairs import counts_of, read_judged
from pipeline.train.support.settings import SHIPPED, TrainSupportSettings
from pipeline.train.support.vocabulary import Arrays

_START = "start"
_MADE_OF = "made_of.json"


def train_support(config: Mapping[str, object], console: Console, stop: Stop) -> Path:
    """Train the models of a support check, or go on; returns their folder, which has the card.

    Raises:
        ConfigError: a key is wrong, or the folder holds something else.
        InputError: the pairs cannot be read, or are too few of a label.
        ModelError: the model to start from is missing or broken.
        StoppedError: an end was asked for; the same command goes on.
    """
    settings = construct(TrainSupportSettings, config, "")
    with needs("scikit-learn", "train"):
        import sklearn  # noqa: F401
    rows = read_judged(settings.pairs)
    find_weights(settings.base)
    folder = Path(settings.to).expanduser()
    start = _start(settings)
    work = _work(settings, folder, start)
    if start:
        write_start(start, settings.base, work / f"{_START}.safetensors")
    training = settings.training
    built = build(
        rows,
        _shipped_words(),
        lambda pool: own_plans(pool, _START if start else None, training),
        settings.base,
        work,
        training.seed,
        console,
        stop,
    )
    write(folder, built, settings.base)
    card = {
        "data": settings.data or ", ".join(path.name for path in paths(settings.pairs)),
        "claims": counts_of(rows),
        "training": {"command": "dateline train-support", "start": settings.start}
        | asdict(training),
    }
    write_card(folder, settings.base, card)  # the check that is measured reads it
    encoder = SentenceEncoder(settings.base)
    shipped = SentenceEncoder(str(support_artefact(None).card["base"]))
    lines = [*judged_lines(built.judged)]
    lines += held_out_lines(
        rows,
        {
            "trained": SupportChecker(encoder, model=str(folder)),
            "the shipped check": SupportChecker(shipped),
            "shared words": WordChecker(),
        },
    )
    write_card(folder, settings.base, {**card, "figures": lines})
    shutil.rmtree(work)
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    return folder


def _start(settings: TrainSupportSettings) -> Path | None:
    """The cross-encoder to begin with, None for a new one on the base."""
    if settings.start is None:
        return None
    given = None if settings.start == SHIPPED else Path(settings.start).expanduser()
    found = support_artefact(given, CROSS_WEIGHTS)
    if found.card["base"] != settings.base:
        raise ConfigError(
            f"start={settings.start}: was trained from {found.card['base']}; give base="
            f"{found.card['base']}, or start=null to train one from {settings.base}"
        )
    return found.path


def _work(settings: TrainSupportSettings, folder: Path, start: Path | None) -> Path:
    """Where the training stands, in the folder; one of something else is refused."""
    made_of = {
        "pairs": [digest_of(path) for path in paths(settings.pairs)],
        "base": settings.base,
        "start": start and digest_of(start),
        **asdict(settings.training),
    }
    file = folder / "work" / _MADE_OF
    if file.exists():
        before = json.loads(file.read_text(encoding="utf-8"))
        differ = ", ".join(name for name, value in made_of.items() if before.get(name) != value)
        if differ:
            raise ConfigError(
                f"to={settings.to}: holds a training with other {differ}; name another folder"
            )
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"to={settings.to}: is there and not empty; name another folder")
    write_text(file, json.dumps(made_of, indent=2) + "\n")
    return file.parent


def _shipped_words() -> Arrays:
    """How rare words are in news: the vocabulary of the shipped model."""
    arrays = load_file(support_artefact(None).path)
    return {name: arrays[name] for name in ("words", "frequencies", "capitals", "documents")}
