"""`dateline train-summarizer`: pairs of articles and summaries to an adapter with a model card."""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

from rich.console import Console

from pipeline.config.schema import construct
from pipeline.core.digest import digest_of
from pipeline.core.errors import ConfigError, InputError
from pipeline.core.extras import needs
from pipeline.core.progress import progress_bar
from pipeline.core.stopping import Stop, stopped
from pipeline.engines.base import Prompt
from pipeline.engines.generation.chat import encoded, end_of_turn
from pipeline.engines.weights.adapters import Adapter, is_adapter, read_adapter
from pipeline.engines.weights.cards import cards, verify
from pipeline.engines.weights.models import Weights, find_weights
from pipeline.evaluate.metrics.rouge import rouge
from pipeline.summarize.source_text import fit
from pipeline.train.summarizer.adapter import AdapterTrainer
from pipeline.train.summarizer.batches import Example
from pipeline.train.summarizer.card import write_card
from pipeline.train.summarizer.checkpoint import State
from pipeline.train.summarizer.pairs import Pair, read_pairs
from pipeline.train.summarizer.settings import TrainSettings

_LOG = logging.getLogger(__name__)

Config = Mapping[str, object]


def train_summarizer(config: Config, console: Console, stop: Stop) -> Path:
    """Train, or go on training; returns the folder of the adapter.

    Raises:
        ConfigError: a key is wrong.
        InputError: the pairs cannot be read, one has a form without instruction, or none is held
            out.
        StoppedError: an end was asked for; the same command goes on.
    """
    settings = construct(TrainSettings, config, "")
    if "{text}" not in settings.prompt:
        raise ConfigError("prompt has no {text}, the place of the article")
    path = Path(settings.pairs).expanduser()
    pairs = _usable_pairs(path, settings)
    with needs("peft and rouge_score", "train"):  # found missing before hours of training
        import peft  # noqa: F401
        import rouge_score  # noqa: F401
    trainer = AdapterTrainer(
        _base(settings.model),
        settings.training,
        Path(settings.to).expanduser(),
        _made_of(settings, path),
        _start(settings.start),
    )
    state = _Training(settings, trainer, pairs, console).run(stop)
    if stop():
        _LOG.info("stopped after step %d", state.step)
        raise stopped()
    write_card(trainer.adapter, settings, pairs, state)
    return trainer.adapter


def _usable_pairs(path: Path, settings: TrainSettings) -> list[Pair]:
    pairs = read_pairs(path)
    for pair in pairs:
        if pair.form not in settings.instructions:
            raise InputError(
                f"{path}: pair {pair.id} has the form {pair.form!r}; tell how it is asked for: "
                f"+instructions.{pair.form}='...'"
            )
    for split, what in (("train", "trained on"), ("validation", "held out to validate")):
        if not any(pair.split == split for pair in pairs):
            raise InputError(f"{path}: no pair is {what}; give some of them split={split!r}")
    return pairs


def _base(model: str) -> Weights:
    """The model under a name that still finds it when the adapter is used elsewhere."""
    path = Path(model).expanduser()
    if is_adapter(path):
        raise ConfigError(
            f"model={model}: is an adapter; make a model of it first: dateline models export "
            f"{model}"
        )
    weights = find_weights(model)
    if model in cards() or not path.exists():
        return weights
    return replace(weights, name=str(path.resolve()))


def _start(name: str | None) -> Adapter | None:
    """The adapter of a folder as PEFT writes it, of a packed file, or of a model card."""
    if name is None:
        return None
    card = cards().get(name)
    if card is None:
        return read_adapter(Path(name).expanduser())
    if card.base is None:
        raise ConfigError(f"start={name}: is a whole model and no adapter; give it as model=")
    return read_adapter(verify(card) / card.main_file)


def _made_of(settings: TrainSettings, pairs: Path) -> dict[str, object]:
    """What the examples are made of, by name."""
    return {
        "pairs": digest_of(pairs),
        "prompt": settings.prompt,
        "chat_template": settings.chat_template,
        "instructions": settings.instructions,
        "max_source_tokens": settings.max_source_tokens,
        "max_answer_tokens": settings.max_answer_tokens,
    }


class _Training:
    """The examples of one training, its progress and its scores."""

    def __init__(
        self,
        settings: TrainSettings,
        trainer: AdapterTrainer,
        pairs: Sequence[Pair],
        console: Console,
    ) -> None:
        self._settings = settings
        self._trainer = trainer
        self._console = console
        self._train = [pair for pair in pairs if pair.split == "train"]
        # In an order by chance, so that the first few have something of every form and source.
        self._held_out = [pair for pair in pairs if pair.split == "validation"]
        random.Random(settings.training.seed).shuffle(self._held_out)  # noqa: S311
        self._end = end_of_turn(trainer.tokenizer, chat=settings.chat_template)

    def run(self, stop: Stop) -> State:
        """Train until the end, or until it is asked for."""
        with progress_bar(self._console, "pairs", len(self._train) + len(self._held_out)) as bar:
            examples = self._examples(self._train, bar)
            held_out = self._examples(self._held_out, bar)
        begun = self._trainer.state_on_disk().step
        total = self._trainer.steps(len(examples))
        with progress_bar(self._console, "training", total, begun) as bar:

            def stepped(state: State, loss: float) -> None:
                bar(1)
                _LOG.debug("step %d of %d: loss %.3f", state.step, total, loss)

            def scored() -> dict[str, float]:
                scores = self._rouge()
                said = "".join(f"; {name} {value:.1f}" for name, value in scores.items())
                state = self._trainer.state
                epoch, loss = len(state.losses), state.losses[-1]
                self._console.print(f"epoch {epoch}: validation loss {loss:.3f}{said}")
                return scores

            return self._trainer.train(examples, held_out, stepped, scored, stop)

    def _examples(self, pairs: Sequence[Pair], bar: Any) -> list[Example]:
        examples = []
        for pair in pairs:
            answer = tuple(self._ids(pair.summary))
            # What is cut off has no end: the model is not to learn to stop in mid-sentence.
            answer = (*answer, self._end)[: self._settings.max_answer_tokens]
            examples.append(Example(tuple(self._prompt(pair)), answer))
            bar(1)
        return examples

    def _prompt(self, pair: Pair) -> list[int]:
        text = fit(pair.text, self._settings.max_source_tokens, "lead", self._count).pieces[0]
        settings = self._settings
        user, system = settings.prompt.replace("{text}", text), settings.instructions[pair.form]
        return encoded(self._trainer.tokenizer, Prompt(user, system, settings.chat_template))

    def _ids(self, text: str) -> list[int]:
        return list(self._trainer.tokenizer(text, add_special_tokens=False)["input_ids"])

    def _count(self, text: str) -> int:
        tokenizer = self._trainer.tokenizer
        return len(tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])

    def _rouge(self) -> dict[str, float]:
        """Mean F1 of greedy summaries of held-out pairs, by form."""
        chosen = self._held_out[: self._settings.rouge_pairs]
        written = self._trainer.generate(
            [self._prompt(pair) for pair in chosen], self._settings.max_answer_tokens, self._end
        )
        scores = rouge(written, [[pair.summary] for pair in chosen])["rougeLsum"]
        by_form: dict[str, list[float]] = {}
        for pair, score in zip(chosen, scores, strict=True):
            by_form.setdefault(pair.form, []).append(float(score))
        return {f"ROUGE-Lsum {form}": round(fmean(by_form[form]), 2) for form in sorted(by_form)}
