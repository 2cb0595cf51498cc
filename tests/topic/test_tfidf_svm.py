"""The plain baseline: trained in the test, used as a user's folder, damaged, and compared with
scikit-learn's own scores."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from omegaconf import OmegaConf

from decided import decided
from pipeline.article import Article
from pipeline.config.schema import build
from pipeline.core.digest import digest_of
from pipeline.core.errors import ConfigError, InputError, LabelError, ModelError
from pipeline.core.resources import resource
from pipeline.stage import Stage
from pipeline.taxonomy.topics import load_topics
from pipeline.topic.tfidf import CARD, VOCABULARY, WEIGHTS, load_tfidf, terms
from pipeline.topic.tfidf_estimators import TfidfSettings
from pipeline.topic.tfidf_svm import TfidfSvmTopic
from pipeline.train.topic.tfidf_svm import train_tfidf_svm

SPORT, WEATHER, HEALTH = "medtop:15000000", "medtop:17000000", "medtop:07000000"
ALL = (SPORT, WEATHER, HEALTH)
SAID = {
    SPORT: "striker goal match keeper referee league penalty team".split(),
    WEATHER: "rain snow wind frost forecast storm sunny cloud".split(),
    HEALTH: "nurse virus clinic vaccine patient doctor ward dose".split(),
}
FILL = "the town of people on monday said that a new year in council was".split()


@dataclass(frozen=True)
class Row:
    text: str
    topics: tuple[str, ...]
    known: tuple[str, ...] = ALL
    title: str | None = None


def written(topics: tuple[str, ...], chance: random.Random) -> str:
    words = [word for topic in topics for word in chance.sample(SAID[topic], 3)]
    words += chance.sample(FILL, 8)
    chance.shuffle(words)
    return " ".join(words)


def some_rows(count: int, seed: int) -> list[Row]:
    chance = random.Random(seed)
    choices = [(SPORT,), (WEATHER,), (HEALTH,), (SPORT, WEATHER), ()]
    return [Row(written(topics, chance), topics) for topics in chance.choices(choices, k=count)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = TfidfSettings(features=400)
    return train_tfidf_svm(some_rows(300, 1), tmp_path_factory.mktemp("tfidf") / "model", settings)


def test_it_finds_the_topics_of_texts_that_it_has_not_seen(folder: Path) -> None:
    stage = TfidfSvmTopic(str(folder))
    assert isinstance(stage, Stage)
    rows = some_rows(100, 2)
    done = decided(stage, [Article(str(n), None, row.text) for n, row in enumerate(rows)])
    right = sum(
        {topic.qcode for topic in article.topics} == set(row.topics)
        for article, row in zip(done, rows, strict=True)
    )
    assert right >= 90
    for article in done:
        assert article.topic == (article.topics[0].qcode if article.topics else None)
        assert [t.score for t in article.topics] == sorted(
            (t.score for t in article.topics), reverse=True
        )
        assert all(topic.name == load_topics()[topic.qcode].name for topic in article.topics)


def test_scores_are_scikit_learns(tmp_path: Path) -> None:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.model_selection import StratifiedKFold
    from sklearn.svm import LinearSVC

    rows = some_rows(120, 3)
    model = load_tfidf(train_tfidf_svm(rows, tmp_path / "m", TfidfSettings(min_documents=1)))
    vectorizer = TfidfVectorizer(analyzer=terms, sublinear_tf=True)
    inputs = vectorizer.fit_transform([row.text for row in rows])
    svm = CalibratedClassifierCV(
        LinearSVC(C=0.5, random_state=0),
        cv=StratifiedKFold(3, shuffle=True, random_state=0),
        ensemble=False,
    ).fit(inputs, [SPORT in row.topics for row in rows])
    texts = ["A goal, a goal and a storm!", rows[0].text, "The council said that."]
    expected = svm.predict_proba(vectorizer.transform(texts))[:, 1]
    column = model.topics.index(SPORT)
    found = [(model.probabilities(text) or [])[column] for text in texts]
    assert found == pytest.approx(expected.tolist(), abs=1e-3)


def test_what_a_row_does_not_know_teaches_nothing(tmp_path: Path) -> None:
    rows = some_rows(200, 4)
    # Half the rows know sport alone. Were their silence a no, weather would hardly be learnt.
    rows += [Row(written((WEATHER,), random.Random(n)), (), known=(SPORT,)) for n in range(200)]
    model = load_tfidf(train_tfidf_svm(rows, tmp_path / "m", TfidfSettings()))
    card = yaml.safe_load((tmp_path / "m" / CARD).read_text())
    assert sum(card["examples"][WEATHER].values()) == 200
    assert sum(card["examples"][SPORT].values()) == 400
    [weather] = [
        (model.probabilities("snow wind frost and rain") or [])[model.topics.index(WEATHER)]
    ]
    assert weather > 0.8


def test_topics_without_examples_are_left_out_and_named_in_the_card(folder: Path) -> None:
    card = yaml.safe_load((folder / CARD).read_text())
    assert sorted(card["topics"]) == sorted(ALL)
    assert card["examples"]["medtop:12000000"] == {"for": 0, "against": 0}
    assert card["rows"] == 300 and card["settings"]["features"] == 400
    assert not any(path.suffix in (".pkl", ".joblib") for path in folder.iterdir())


def test_the_same_rows_make_the_same_files(folder: Path, tmp_path: Path) -> None:
    again = train_tfidf_svm(some_rows(300, 1), tmp_path / "again", TfidfSettings(features=400))
    for name in (WEIGHTS, VOCABULARY, CARD):
        assert (again / name).read_bytes() == (folder / name).read_bytes()
    identity = TfidfSvmTopic(str(folder)).identity()
    assert identity == TfidfSvmTopic(str(again)).identity()
    train_tfidf_svm(some_rows(300, 5), again, TfidfSettings(features=400))
    assert identity != TfidfSvmTopic(str(again)).identity()
    assert [path.name for path in tmp_path.iterdir()] == ["again"]


def test_bad_input_has_topics_or_none_and_never_fails(folder: Path) -> None:
    stage = TfidfSvmTopic(str(folder), threshold=0.3)
    articles = [
        Article("empty"),
        Article("headline", "Striker scores penalty, referee ends match"),
        Article("long", None, "The striker had a goal. " * 45_000),
        Article("russian", None, "Мэр Корка так сказал."),
        Article("chinese", None, "市長說，明天會下雨。"),
        Article("emoji", None, "🎉🎉 <p>&amp;"),
    ]
    done = decided(stage, articles)
    assert [article.id for article in done] == [article.id for article in articles]
    assert [article.topic for article in done] == [None, SPORT, SPORT, None, None, None]
    assert decided(stage, []) == []


def test_terms_are_words_and_pairs_in_lower_case() -> None:
    assert list(terms("The U.S. team’s 2–1 win, déjà vu_!")) == [
        "the", "u", "s", "team's", "2", "1", "win", "déjà", "vu",
        "the u", "u s", "s team's", "team's 2", "2 1", "1 win", "win déjà", "déjà vu",
    ]  # fmt: skip
    assert list(terms("")) == []


def redo(folder: Path, **changes: Any) -> None:
    """Change the card, with the digests of the files as they are."""
    card = yaml.safe_load((folder / CARD).read_text())
    card |= {"files": {name: digest_of(folder / name) for name in (WEIGHTS, VOCABULARY)}} | changes
    (folder / CARD).write_text(yaml.safe_dump(card))


def rewrite(folder: Path, name: str, change: Callable[[Any], Any]) -> None:
    from safetensors.numpy import load_file, save_file

    arrays = load_file(folder / WEIGHTS)
    arrays[name] = np.ascontiguousarray(change(arrays[name]))
    save_file(arrays, folder / WEIGHTS)
    redo(folder)


def test_a_changed_or_missing_file_is_not_loaded(folder: Path, tmp_path: Path) -> None:
    import shutil

    for name in (WEIGHTS, VOCABULARY):
        copy = Path(shutil.copytree(folder, tmp_path / name.replace(".", "-")))
        content = bytearray((copy / name).read_bytes())
        content[-3] ^= 1
        (copy / name).write_bytes(content)
        with pytest.raises(ModelError, match=rf"{name}: sha256 .* not loaded"):
            TfidfSvmTopic(str(copy)).open()
        (copy / name).unlink()
        with pytest.raises(ModelError, match=rf"{name}: sha256 missing"):
            TfidfSvmTopic(str(copy)).open()


@pytest.mark.parametrize(
    ("spoil", "error", "named"),
    [
        (lambda f: redo(f, kind="other"), ModelError, "card of kind dateline-tfidf-svm-1"),
        (
            lambda f: redo(f, topics=[*ALL[:2], "medtop:99"]),
            LabelError,
            r"topics\[2\].*'medtop:99'",
        ),
        (lambda f: redo(f, topics=[SPORT, WEATHER, SPORT]), LabelError, "stands there twice"),
        (lambda f: redo(f, topics=[SPORT]), ModelError, "weights has shape"),
        (lambda f: redo(f, files=None), ModelError, "not loaded"),
        (lambda f: (f / CARD).write_text("[a: b: c"), ModelError, "cannot be read"),
        (lambda f: rewrite(f, "offsets", lambda a: a * np.nan), ModelError, "offsets has values"),
        (lambda f: rewrite(f, "idf", lambda a: a[1:]), ModelError, "idf has shape"),
        (
            lambda f: ((f / VOCABULARY).write_text(json.dumps(["a"] * 400)), redo(f)),
            ModelError,
            "a term twice",
        ),
        (lambda f: ((f / VOCABULARY).write_text("{"), redo(f)), ModelError, "not a model"),
        (lambda f: ((f / WEIGHTS).write_bytes(b"pickle"), redo(f)), ModelError, "not a model"),
    ],
)
def test_what_does_not_fit_is_refused_naming_it(
    folder: Path, tmp_path: Path, spoil: Callable[[Path], object], error: type, named: str
) -> None:
    import shutil

    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    spoil(copy)
    with pytest.raises(error, match=named):
        TfidfSvmTopic(str(copy)).open()


def test_rows_that_teach_nothing_are_refused(tmp_path: Path) -> None:
    def train(*rows: Row) -> None:
        train_tfidf_svm(rows, tmp_path / "m", TfidfSettings())

    with pytest.raises(LabelError, match=r"row 1: 'medtop:99' is no code"):
        train(Row("a goal", (SPORT,)), Row("b", ("medtop:99",), known=("medtop:99",)))
    with pytest.raises(LabelError, match=rf"row 0: .*{WEATHER}.* does not know"):
        train(Row("a storm", (WEATHER,), known=(SPORT,)))
    with pytest.raises(InputError, match="no topic has 10 examples"):
        train(*some_rows(12, 6))
    with pytest.raises(InputError, match="nothing to learn"):
        train(Row("…", ()), Row("", ()))
    assert not list(tmp_path.iterdir())


def test_without_a_model_it_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"topic\.model is not set.*train-topic"):
        TfidfSvmTopic().identity()
    with pytest.raises(ModelError, match=r"card\.yaml: cannot be read"):
        TfidfSvmTopic(str(tmp_path)).identity()
    with pytest.raises(ConfigError, match=r"topic\.threshold"):
        TfidfSvmTopic(threshold=-1)


def test_the_config_builds_it(folder: Path) -> None:
    config = OmegaConf.load(resource("configs", "topic", "tfidf_svm.yaml"))
    values = OmegaConf.to_container(config)
    assert isinstance(values, dict)
    node = {**{str(key): value for key, value in values.items()}, "model": str(folder)}
    [done] = decided(
        build(node, "topic", TfidfSvmTopic), [Article("a", "A storm with snow and wind")]
    )
    assert done.topic == WEATHER
