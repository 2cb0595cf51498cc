"""Trains the shipped support check, prints its table and writes the artefact.

    python scripts/models/build_support.py DATA WORK

DATA holds `judged/`, `support/`, `written/` and the articles that words are counted in. The
cross-encoder is trained from the sentence encoder in two parts, by made errors and by what
summarizers really wrote; the rest is as in `dateline train-support`. WORK keeps what is done: the
same command goes on after a kill, and the same data give the same files. No held-out document is in
any training; the last line is of those.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from pipeline.core.resources import resource
from pipeline.engines.encoders.embedding import SentenceEncoder
from pipeline.summarize.support.check import SupportChecker
from pipeline.summarize.support.model import BASE, FOLDER
from pipeline.train.support.build import build, write, write_card
from pipeline.train.support.folds import plans
from pipeline.train.support.held_out import held_out_lines
from pipeline.train.support.measure import balanced_lines, judged_lines, left_out
from pipeline.train.support.statements import summaries
from pipeline.train.support.vocabulary import Arrays, articles, vocabulary_arrays

_SEED = 1

_DATA = (
    "Sentences of this project's own summaries, each judged right or wrong by a large language "
    "model that read the article under a written guide; summaries that such a model wrote by "
    "reading; the same made false by program (roles, speakers, modality, time, cause, comparison, "
    "denial, names and numbers of the same article). Summaries annotated by people or corrected by "
    "hand: FRANK, GenAudit/USB, Go-Figure, QAGS, XSumFaith, EntFA, FactCC, FIB, DeFacto, WiCE, "
    "AggreFact, Falke et al.; by program or language model: CG2C, SummEdits, BUMP, RTE, FactCC and "
    "MFMA corruptions. Word counts of news articles of about 300 outlets. English only. No text "
    "of them is in the artefact."
)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    rows = summaries(given.data)
    built = build(rows, _vocabulary(given.data, given.work), plans, BASE, given.work, _SEED)
    lines = judged_lines(built.judged)
    known, coefficients = built.known, built.judged.coefficients()
    lines += balanced_lines(known, left_out(known), coefficients, rows)
    print("\n".join(lines))
    out = resource("models") / FOLDER
    write(out, built, BASE)
    card = {"data": _DATA, "training": "scripts/models/build_support.py DATA WORK"}
    write_card(out, BASE, {**card, "figures": lines})
    lines += held_out_lines(rows, {"this check": SupportChecker(SentenceEncoder(BASE))})
    print(lines[-1])
    write_card(out, BASE, {**card, "figures": lines})


def _vocabulary(data: Path, work: Path) -> Arrays:
    file = work / "vocabulary.safetensors"
    if not file.exists():
        arrays = vocabulary_arrays(articles(data))
        save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, file)
    return load_file(file)


if __name__ == "__main__":
    main()
