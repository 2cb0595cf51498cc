"""`dateline train-region`: the artefact, its card and figures, what it is used by, mistakes."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import yaml
from rich.console import Console

from command import Outcome
from decided import decided
from pipeline.article import Article
from pipeline.config import compose
from pipeline.core.digest import digest_of
from pipeline.core.errors import StoppedError
from pipeline.core.stopping import Stop
from pipeline.engines.weights.artefact import CARD
from pipeline.region.focus import FocusRegion
from pipeline.region.focus_model import WEIGHTS
from pipeline.train.region.command import train_region
from pipeline.train.region.rows import read_region_rows
from pipeline.train.region.settings import RegionTraining, TrainRegionSettings

Command = Callable[..., Outcome]

ABOUT = {
    "KE": ("Kenya", "shilling growers roses maize herders lake".split()),
    "PE": ("Peru", "sol anchovy llama copper highlands quinoa".split()),
    "JP": ("Japan", "yen diet shrine robots bullet typhoon".split()),
}
SMALL = ("training.least_of_country=20", "training.least_articles=3")


def article(number: int, named: bool = True) -> dict[str, object]:
    """One about one of three countries, in its words, that names another in passing."""
    draw = np.random.default_rng(number)
    code = list(ABOUT)[number % 3]
    other = ABOUT[list(ABOUT)[(number + 1) % 3]][0]
    country, words = ABOUT[code]
    own = " ".join(draw.choice(words, 4).tolist())
    passing = f"It was read in {other} too." if number % 2 else "Nobody else was asked."
    text = (
        f"The {own} of item {number} were counted on Monday in {country if named else 'the area'}. "
        f"Ministers of {country if named else 'the place'} spoke of {own}. {passing}"
    )
    return {"id": f"a{number}", "title": f"A count {number}", "text": text, "countries": [code]}


def written(path: Path, rows: Sequence[object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a model trained on `gold.jsonl` and `silver.jsonl` beside it, and what it
    printed."""
    folder = tmp_path_factory.mktemp("region")
    gold = written(folder / "gold.jsonl", [article(n) for n in range(150)])
    silver = written(folder / "silver.jsonl", [article(n) for n in range(200, 260)])
    words = [f"gold={gold}", f"silver={silver}", f"to={folder / 'mine'}", "data=Made up.", *SMALL]
    told = Console(file=io.StringIO(), width=400)
    return train_region(values_of(*words), told, Stop()), told.file.getvalue()  # type: ignore[attr-defined]


def values_of(*words: str) -> dict[str, object]:
    return compose.composed("train-region", words).values()


def test_the_config_states_every_key_and_the_defaults_of_the_classes() -> None:
    values = values_of("gold=a", "to=b")
    assert set(values) == {field.name for field in fields(TrainRegionSettings)}
    assert TrainRegionSettings(**values) == TrainRegionSettings("a", "b")  # type: ignore[arg-type]
    assert set(values["training"]) == {field.name for field in fields(RegionTraining)}  # type: ignore[call-overload]


def test_a_model_of_ones_own_articles_is_used_and_beats_the_baselines(
    dateline: Command, mine: tuple[Path, str]
) -> None:
    folder, told = mine
    gold = folder.parent / "gold.jsonl"
    card = yaml.safe_load((folder / CARD).read_text())
    assert card["files"] == {WEIGHTS: digest_of(folder / WEIGHTS)}
    assert card["data"] == "Made up." and card["training"]["least_of_country"] == 20
    train, test = read_region_rows(str(gold), None)
    assert card["rows"]["train"] == len(train) == 150 - len(test) and len(test) > 10
    assert 0 < card["rows"]["silver"] <= 60
    assert told.splitlines() == card["figures"]
    trained, lexicon, common = (float(f.split("micro-F1 of countries ")[1].split()[0])
                                for f in card["figures"][1:])  # fmt: skip
    assert trained > common and trained >= lexicon
    stage = FocusRegion(str(folder))
    values = article(900)
    [found] = decided(stage, [Article("x", title="A count", text=str(values["text"]))])
    assert [country.alpha2 for country in found.countries if country.focus] == values["countries"]
    again = dateline("train-region", f"gold={gold}", f"to={folder}")
    assert again.code == 2 and "mine: is there and not empty; name another" in again.message


def test_the_same_articles_give_the_same_bytes_wherever_their_texts_stand(
    dateline: Command, mine: tuple[Path, str], tmp_path: Path
) -> None:
    gold, silver = (mine[0].parent / f"{name}.jsonl" for name in ("gold", "silver"))
    rows = [article(n) for n in range(150)]
    labels = [{"id": row["id"], "countries": row["countries"]} for row in rows]
    first = written(tmp_path / "one.jsonl", labels[:75])
    second = written(tmp_path / "two.jsonl", labels[75:])
    words = [f"gold=[{first},{second}]", f"articles={gold}", f"silver={silver}", *SMALL]
    done = dateline("train-region", *words, "to=b")
    assert done.code == 0, done.err
    assert done.out.endswith("use it with region=focus region.model=b\n")
    assert (mine[0] / WEIGHTS).read_bytes() == (tmp_path / "b" / WEIGHTS).read_bytes()


def test_rows_that_know_a_region_or_a_split(tmp_path: Path) -> None:
    rows = [
        {**article(0), "countries": [], "split": "test"},
        {**article(1), "countries": None, "region": "202", "split": "train", "topics": ["own"]},
        {**article(2), "countries": None},
    ]
    train, test = read_region_rows(str(written(tmp_path / "rows.jsonl", rows)), None)
    assert [(row.countries, row.area) for row in train] == [(None, "202")]
    assert [row.countries for row in test] == [frozenset()]


def refused(rows: Sequence[dict[str, object]], **changes: object) -> list[dict[str, object]]:
    return [
        {name: value for name, value in {**row, **changes}.items() if value is not ...}
        for row in rows
    ]


@pytest.mark.parametrize(
    ("rows", "words", "message"),
    [
        ([], [], "no row has countries or a region; a row has id, countries"),
        (refused([article(0)], countries=...), [], "no row has countries or a region"),
        (refused([article(0)], text=...), [], "row a0 has no text; a row has id"),
        (refused([article(0)], countries=["XX"]), [], "countries has codes that are not known"),
        ([article(n) for n in range(20)], [], "at least 40 to learn from: label more"),
        (refused([article(n) for n in range(80)], split="train"), [], "none of the 0 articles"),
        ([article(3 * n) for n in range(80)], [], "all articles are about the same"),
        ([article(n) for n in range(80)], [], "lower training.least_articles and"),
        (
            [{**article(n), "countries": ["FR" if n % 2 else "DE"]} for n in range(80)],
            ["silver=silver.jsonl", "training.least_of_country=35"],
            "and such as also name countries that they are not about",
        ),
        ([article(n) for n in range(80)], ["+sets.a.trees=2"], "sets.a: no row of gold is of"),
    ],
)  # fmt: skip
def test_what_cannot_be_learnt_from_is_refused_with_the_way_out(
    dateline: Command,
    tmp_path: Path,
    rows: Sequence[object],
    words: Sequence[str],
    message: str,
) -> None:
    gold = written(tmp_path / "gold.jsonl", rows)
    written(tmp_path / "silver.jsonl", [article(n) for n in range(150)])
    done = dateline("train-region", f"gold={gold}", "to=made", *words)
    assert done.code == 2 and message in done.message, done.err
    assert not (tmp_path / "made").exists()


def test_a_missing_file_is_named(dateline: Command) -> None:
    done = dateline("train-region", "gold=nowhere.jsonl", "to=made")
    assert done.code == 2 and "nowhere.jsonl: cannot be read" in done.message


def test_a_training_that_was_asked_to_end_leaves_nothing(tmp_path: Path) -> None:
    stop = Stop()
    stop.ask()
    gold = written(tmp_path / "gold.jsonl", [article(n) for n in range(80)])
    words = [f"gold={gold}", f"to={tmp_path / 'made'}", "training.least_of_country=10"]
    with pytest.raises(StoppedError):
        train_region(values_of(*words), Console(quiet=True), stop)
    assert not (tmp_path / "made").exists()
