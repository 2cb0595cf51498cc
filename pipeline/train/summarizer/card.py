"""The model card of an adapter: on what it was trained, how, for how long, and how it scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pipeline.train.summarizer.checkpoint import State
from pipeline.train.summarizer.pairs import Pair
from pipeline.train.summarizer.settings import TrainSettings

_HOUR = 3600


def write_card(folder: Path, settings: TrainSettings, pairs: Sequence[Pair], state: State) -> None:
    """`README.md` beside the adapter's files."""
    training = settings.training
    counts = Counter((pair.form, pair.split) for pair in pairs)
    lines = [
        f"# An adapter of {settings.model} that summarises news",
        "",
        f"LoRA, rank {training.rank}, alpha {training.alpha}, on all linear layers. Trained by",
        f"`dateline train-summarizer` for {state.step} steps of {training.batch} pairs, "
        f"{state.seconds / _HOUR:.1f} hours;",
        f"learning rate {training.learning_rate:g}, {settings.max_source_tokens} tokens of an "
        "article.",
        "",
        "| form | pairs | split |",
        "|---|---|---|",
        *(f"| {form} | {count} | {split} |" for (form, split), count in sorted(counts.items())),
        "",
        "Validation loss after each epoch, nats a token: "
        + ", ".join(f"{loss:.4f}" for loss in state.losses)
        + f"; kept: epoch {state.best}.",
    ]
    for epoch, found in enumerate(state.scores, start=1):
        said = ", ".join(f"{name} {value:.1f}" for name, value in found.items())
        lines.append(f"Epoch {epoch}, greedy, on held-out pairs: {said}.")
    lines += ["", f"Use it: `dateline run summarizer.model={folder}`.", ""]
    (folder / "README.md").write_text("\n".join(lines), encoding="utf-8")
