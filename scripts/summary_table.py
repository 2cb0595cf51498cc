"""How the summarizers do, in one table: against references, and against the articles themselves.

    python scripts/summary_table.py pairs.jsonl.gz              # held-out pairs, all systems
    python scripts/summary_table.py pairs.jsonl.gz --support 200   # the default on any 200 articles
    python scripts/summary_table.py --forms                     # lengths on the bundled sample

Pairs are those of `dateline train-summarizer`. ROUGE is F1 with Porter's stemmer, on a sentence a
line (ROUGE-Lsum); intervals are 95% bootstrap over documents. `supported` are summaries without a
name, number or date that the article lacks, as Dateline's own check sees it.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from pipeline.annotate.shard import plan_stages
from pipeline.article import Article
from pipeline.config.compose import CONFIGS, plain
from pipeline.core.bootstrap import mean_interval
from pipeline.core.errors import DatelineError
from pipeline.evaluate.metrics.baselines import extractive
from pipeline.evaluate.metrics.rouge import ROUGE, rouge
from pipeline.sources import sample
from pipeline.stage import Stage
from pipeline.summarize.forms import BOUNDS, Form
from pipeline.train.summarizer.pairs import Pair, read_pairs

SAMPLE = Path(sample.__file__).with_name("articles.jsonl")
LEAST_WORDS = 40
BATCH = 32
FORMS: tuple[Form, ...] = ("brief", "sentence")
BASELINES = {"lead1": "lead-1", "lead3": "lead-3", "textrank": "TextRank"}
MODELS = {
    "untuned, greedy": ["summarizer=smollm2_135m", "selection=flag"],
    "tuned, greedy": ["summarizer=smollm2_135m_news", "selection=flag"],
    "tuned, default": ["summarizer=smollm2_135m_news"],
}


@dataclass(frozen=True)
class Scores:
    """Of one system, a value a document."""

    rouge: dict[str, NDArray[np.float64]]
    words: NDArray[np.float64]
    supported: NDArray[np.float64]
    within: NDArray[np.float64]
    fallback: NDArray[np.float64]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("pairs", type=Path, nargs="?")
    parser.add_argument("--split", action="append", help="test, which is the default; validation")
    parser.add_argument(
        "--support", type=int, metavar="N", help="only the default policy, on N articles"
    )
    parser.add_argument("--form", choices=FORMS, action="append", help="else both of the pairs")
    parser.add_argument("--forms", action="store_true", help="lengths of all forms on the sample")
    options = parser.parse_args()
    asked: list[Form] = options.form or list(FORMS)
    console = Console(width=150)
    if options.forms:
        console.print(form_table())
    if options.pairs and options.support:
        console.print(support_table(read_pairs(options.pairs), options.support, asked))
    elif options.pairs:
        splits = options.split or ["test"]
        pairs = [pair for pair in read_pairs(options.pairs) if pair.split in splits]
        for form in asked:
            console.print(quality_table([pair for pair in pairs if pair.form == form], form))


def quality_table(pairs: Sequence[Pair], form: Form) -> Table:
    """Every system on the pairs of a form."""
    table = Table(title=f"{form}: {len(pairs)} held-out articles", title_justify="left")
    for column in ("system", *ROUGE, "words", "supported %", "within form %", "fallback %"):
        table.add_column(column)
    scores = {name: _scores(stage, pairs, form) for name, stage in _systems(form)}
    for name, found in scores.items():
        table.add_row(
            name,
            *(str(mean_interval(found.rouge[kind])) for kind in ROUGE),
            f"{found.words.mean():.0f}",
            str(mean_interval(100 * found.supported)),
            f"{100 * found.within.mean():.0f}",
            f"{100 * found.fallback.mean():.0f}",
        )
    default = scores["tuned, default"].rouge["rougeLsum"]
    for name in ("lead-1", "lead-3", "TextRank", "untuned, greedy", "tuned, greedy"):
        difference = mean_interval(default - scores[name].rouge["rougeLsum"])
        table.add_row(f"tuned, default - {name}", "", "", str(difference))
    return table


def support_table(pairs: Sequence[Pair], articles: int, forms: Sequence[Form]) -> Table:
    """What the default policy publishes of held-out articles, drawn by chance from all sets."""
    texts = sorted({pair.text for pair in pairs if pair.split != "train"})
    random.Random(1).shuffle(texts)  # noqa: S311 not for secrets
    texts = texts[:articles]
    table = Table(title=f"default policy, {len(texts)} articles", title_justify="left")
    for column in ("form", "sentences", "unsupported empty %", "generated %", "notes"):
        table.add_column(column)
    for form in forms:
        done = _summaries(_stage(MODELS["tuned, default"], form), texts)
        sentences = [sentence for article in done for sentence in article.summary_sentences]
        clean = np.array([not sentence.unsupported for sentence in sentences], float)
        generated = np.array([_is_generated(article) for article in done], float)
        notes = [note for a in done if a.summary_note for note in a.summary_note.split("+")]
        table.add_row(
            form,
            str(len(sentences)),
            str(mean_interval(100 * clean)),
            str(mean_interval(100 * generated)),
            ", ".join(f"{note} {notes.count(note)}" for note in sorted(set(notes))),
        )
    return table


def form_table() -> Table:
    """Whether summaries of the bundled sample are as long as their form says."""
    table = Table(title="bundled sample, default policy", title_justify="left")
    for column in ("form", "summaries", "within its bounds %", "parts", "words", "notes"):
        table.add_column(column)
    lines = SAMPLE.read_text(encoding="utf-8").splitlines()
    # Headlines without a text have no summary, whatever the form.
    texts = [text for text in (json.loads(line).get("text") for line in lines) if text]
    texts = [text for text in texts if len(text.split()) >= LEAST_WORDS]
    for form in BOUNDS:
        done = [a for a in _summaries(_stage(MODELS["tuned, default"], form), texts) if a.summary]
        within = np.array([_is_within(article, form) for article in done], float)
        notes = [note for a in done if a.summary_note for note in a.summary_note.split("+")]
        table.add_row(
            form,
            str(len(done)),
            str(mean_interval(100 * within)),
            f"{np.mean([len(article.summary_sentences) for article in done]):.1f}",
            f"{np.mean([_words(article) for article in done]):.0f}",
            ", ".join(f"{note} {notes.count(note)}" for note in sorted(set(notes))),
        )
    return table


def _systems(form: Form) -> Iterator[tuple[str, Stage]]:
    for name, stage in extractive().items():
        stage.open()
        yield BASELINES[name], stage
    for name, overrides in MODELS.items():
        yield name, _stage(overrides, form)


def _stage(overrides: Sequence[str], form: Form) -> Stage:
    from hydra import compose, initialize_config_dir

    more = ["run.name=table", "region=none", "topic=none", *overrides]
    more += ["summarizer.min_words=1", f"summarizer.form={form}"]
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        stages = plan_stages(plain(compose("annotate", overrides=more)))
    stage = stages["summarizer"].stage
    stage.open()
    return stage


def _scores(stage: Stage, pairs: Sequence[Pair], form: Form) -> Scores:
    done = _summaries(stage, [pair.text for pair in pairs])
    return Scores(
        rouge=rouge([a.summary or "" for a in done], [[pair.summary] for pair in pairs]),
        words=np.array([_words(article) for article in done], float),
        supported=np.array(
            [not any(s.unsupported for s in article.summary_sentences) for article in done], float
        ),
        within=np.array([_is_within(article, form) for article in done], float),
        fallback=np.array([not _is_generated(article) for article in done], float),
    )


def _summaries(stage: Stage, texts: Sequence[str]) -> list[Article]:
    articles = [Article(id=str(n), text=text, language="en") for n, text in enumerate(texts)]
    done: list[Article] = []
    for start in range(0, len(articles), BATCH):
        done += stage(articles[start : start + BATCH])
    for article in done:
        if article.rejection is not None:
            raise DatelineError(f"article {article.id}: {article.rejection.reason}")
    return done


def _is_generated(article: Article) -> bool:
    return bool(article.summary) and "fallback_lead" not in (article.summary_note or "")


def _is_within(article: Article, form: Form) -> bool:
    return BOUNDS[form].hold([sentence.text for sentence in article.summary_sentences])


def _words(article: Article) -> int:
    return len((article.summary or "").split())


if __name__ == "__main__":
    main()
