"""`dateline train-support`: the models, their card and figures, use, going on, mistakes."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from rich.console import Console

import pipeline
from command import Outcome
from pipeline.config import compose
from pipeline.core.digest import digest_of
from pipeline.core.errors import StoppedError
from pipeline.core.stopping import Stop
from pipeline.engines.weights.artefact import CARD
from pipeline.summarize.support.model import CROSS_WEIGHTS, WEIGHTS
from pipeline.train import boosting
from pipeline.train.support.command import train_support
from pipeline.train.support.pairs import counts_of, read_judged
from pipeline.train.support.settings import SupportTraining, TrainSupportSettings
from pipeline.train.support.statements import JUDGED, WRITTEN
from tiny_bert import tiny_bert

Command = Callable[..., Outcome]

TOWNS = "Bergen Oslo Turku Malmo Narva Gdansk Kiel Aarhus".split()


def rows(number: int) -> list[dict[str, object]]:
    """A document with a claim that it supports and one that it does not."""
    town, other = TOWNS[number % 8], TOWNS[(number + 3) % 8]
    cargo = " ".join(f"{word}{number}" for word in ("salt", "timber", "wool"))
    document = (
        f"The ferry number {number} ran aground off {town} on Tuesday with {number + 20} people. "
        f"Beside {cargo} she had {number % 5 + 2} cars, and tugs took all {number + 20} ashore. "
        f"Captain Ida Holm of ship {number} said that rudder {number} may have failed."
    )
    right = f"The ferry number {number} ran aground off {town}."
    wrong = f"The ferry number {number} sank off {other} with all {number + 900} cows."
    return [
        {"document": document, "claim": claim, "label": label}
        for claim, label in ((right, 1), (wrong, 0))
    ]


def written(path: Path, given: Sequence[object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in given))
    return path


@pytest.fixture(scope="module", autouse=True)
def few_trees() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boosting, "_TREES", 10)
        yield


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The words of a training of seconds, from a tiny encoder, but for `to`."""
    folder = tmp_path_factory.mktemp("small")
    pairs = written(folder / "pairs.jsonl", [row for n in range(50) for row in rows(n)])
    (folder / "bert").mkdir()
    base = tiny_bert(folder / "bert", positions=256)
    words = ["start=null", "training.passes=1", "training.frozen=0", "data=Ferries."]
    return [f"pairs={pairs}", f"base={base}", *words]


@pytest.fixture(scope="module")
def mine(small: Sequence[str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of such a training, and what it printed."""
    told = Console(file=io.StringIO(), width=400)
    folder = tmp_path_factory.mktemp("trained") / "mine"
    return train_support(values_of(*small, f"to={folder}"), told, Stop()), told.file.getvalue()  # type: ignore[attr-defined]


def values_of(*words: str) -> dict[str, object]:
    return compose.composed("train-support", words).values()


def test_the_config_states_every_key_and_the_defaults_of_the_classes() -> None:
    values = values_of("pairs=a", "to=b")
    assert set(values) == {field.name for field in fields(TrainSupportSettings)}
    assert TrainSupportSettings(**values) == TrainSupportSettings("a", "b")  # type: ignore[arg-type]
    assert set(values["training"]) == {field.name for field in fields(SupportTraining)}  # type: ignore[call-overload]


@pytest.mark.models
def test_a_check_of_ones_own_claims_is_trained_and_used(
    dateline: Command, mine: tuple[Path, str], small: Sequence[str], tmp_path: Path
) -> None:
    folder, told = mine
    assert {path.name for path in folder.iterdir()} == {CARD, WEIGHTS, CROSS_WEIGHTS}
    card = yaml.safe_load((folder / CARD).read_text())
    assert card["files"] == {name: digest_of(folder / name) for name in (WEIGHTS, CROSS_WEIGHTS)}
    assert card["data"] == "Ferries." and card["training"]["passes"] == 1
    assert card["claims"] == counts_of(read_judged(small[0].removeprefix("pairs=")))
    trained, shipped, words = card["figures"][-3:]
    assert "trained: area under ROC" in trained and "the shipped check: area" in shipped
    assert "shared words: area" in words and told.splitlines() == card["figures"]
    assert float(trained.split("ROC ")[1].split()[0]) > 0.9
    right, wrong = rows(501)
    [one], [other] = (
        pipeline.load_checker(str(folder))(str(row["document"]), str(row["claim"]))
        for row in (right, wrong)
    )
    assert one.support > other.support
    written(tmp_path / "in.jsonl", [{"text": right["document"], "summary": right["claim"]}])
    assert dateline("check", "in.jsonl", "to=out.jsonl", f"model={folder}").code == 0
    [row] = map(json.loads, (tmp_path / "out.jsonl").read_text().splitlines())
    assert row["summary_support"] == one.support
    assert dateline("check", "in.jsonl", "to=out.jsonl", "model=elsewhere").code == 2
    again = dateline("train-support", *small, f"to={folder}")
    assert again.code == 2 and "mine: is there and not empty; name another" in again.message


@pytest.mark.models
def test_a_training_that_was_stopped_goes_on_and_gives_the_same_bytes(
    dateline: Command, mine: tuple[Path, str], small: Sequence[str], tmp_path: Path
) -> None:
    class AfterSome(Stop):
        def __call__(self) -> bool:
            nonlocal asked
            asked += 1
            return asked > 5

    asked = 0
    with pytest.raises(StoppedError):
        train_support(
            values_of(*small, f"to={tmp_path / 'parts'}"), Console(quiet=True), AfterSome()
        )
    assert not (tmp_path / "parts" / CARD).exists()
    other = dateline("train-support", *small, "to=parts", "training.seed=2")
    assert other.code == 2 and "holds a training with other seed" in other.message
    done = dateline("train-support", *small, "to=parts")
    assert done.code == 0, done.err
    assert done.out.endswith("use it with dateline check FILE to=OUT model=parts\n")
    for name in (WEIGHTS, CROSS_WEIGHTS):
        assert (mine[0] / name).read_bytes() == (tmp_path / "parts" / name).read_bytes()


@pytest.mark.models
def test_it_goes_on_from_models_of_the_same_base_alone(
    dateline: Command, mine: tuple[Path, str], small: Sequence[str], tmp_path: Path
) -> None:
    done = dateline("train-support", *small, "to=second", f"start={mine[0]}")
    assert done.code == 0, done.err
    first, second = (folder / CROSS_WEIGHTS for folder in (mine[0], tmp_path / "second"))
    assert first.read_bytes() != second.read_bytes()
    done = dateline("train-support", *small[:2], "to=third")
    assert done.code == 2 and "start=shipped: was trained from all-minilm-l6-v2" in done.message
    done = dateline("train-support", small[0], "to=third", "start=nowhere")
    assert done.code == 2 and "nowhere: no cross-encoder of the support check" in done.message
    assert not (tmp_path / "third").exists()


def test_documents_that_share_text_are_in_one_split_and_true_claims_are_there_twice(
    tmp_path: Path,
) -> None:
    given = [row for n in range(60) for row in rows(n)]
    copy = {**given[0], "document": f"{given[0]['document']} More.", "split": "test"}
    csv = tmp_path / "more.csv"
    csv.write_text(
        f'document,claim,label,title,split\n"{copy["document"]}",It ran aground.,1,,test\n'
    )
    pairs = str(written(tmp_path / "pairs.jsonl", given))
    read = read_judged((pairs, str(csv)))
    ours = [row for row in read if row.sentences[0] in (given[0]["claim"], "It ran aground.")]
    assert {row.split for row in ours} == {"test"} and len({row.group for row in ours}) == 1
    assert [row.set for row in ours] == [JUDGED, JUDGED, WRITTEN, WRITTEN]
    assert sum(row.set == WRITTEN for row in read) == 61


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda row: {}, "document is missing; claim is missing; label is missing; a row has"),
        (lambda row: {**row, "claim": " "}, "claim is empty; a row has document, claim"),
        (lambda row: {**row, "label": 2}, "label '2'"),
        (lambda row: {**row, "label": 1}, "0 claims that are not supported to learn from"),
        (lambda row: {**row, "split": "train"}, "0 claims that are supported to measure on"),
        (lambda row: {**row, "split": "dev"}, "split 'dev' is none of"),
        (lambda row: {**row, "document": "x"}, "0 claims that are"),
    ],
)
def test_what_cannot_be_learnt_from_is_refused_with_the_way_out(
    dateline: Command,
    tmp_path: Path,
    change: Callable[[dict[str, object]], dict[str, object]],
    message: str,
) -> None:
    given = [change(row) for n in range(60) for row in rows(n)]
    done = dateline("train-support", f"pairs={written(tmp_path / 'p.jsonl', given)}", "to=made")
    assert done.code == 2 and message in done.message, done.err
    assert not (tmp_path / "made").exists()


def test_a_missing_file_and_too_few_rows_are_named(dateline: Command, tmp_path: Path) -> None:
    done = dateline("train-support", "pairs=nowhere.jsonl", "to=made")
    assert done.code == 2 and "nowhere.jsonl: cannot be read" in done.message
    few = written(tmp_path / "few.jsonl", [row for n in range(9) for row in rows(n)])
    done = dateline("train-support", f"pairs={few}", "to=made")
    assert done.code == 2 and "judge more, or say of each row split=" in done.message
    done = dateline("train-support", f"pairs={written(tmp_path / 'no.jsonl', [])}", "to=made")
    assert done.code == 2 and "no rows in it" in done.message
