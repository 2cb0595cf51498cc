"""Region with the trained model of focus: rows, unnamed countries, World, the artefact."""

from __future__ import annotations

import json
import shutil
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from omegaconf import OmegaConf

from decided import decided
from pipeline.article import Article
from pipeline.config.schema import construct
from pipeline.core.errors import ConfigError, ModelError
from pipeline.core.resources import resource
from pipeline.engines.weights.artefact import CARD, lines_as_bytes, lines_of
from pipeline.region.focus import FocusRegion
from pipeline.region.focus_features import FEATURES, candidates, features
from pipeline.region.focus_model import (
    FOLDER,
    WEIGHTS,
    arrays_of,
    load_focus_model,
)
from pipeline.region.focus_words import WordModel, words_of
from pipeline.region.hits import Mention
from pipeline.stage import Stage

SHIPPED = resource("models") / FOLDER
STORY = (
    "NAIROBI, Kenya (Agency) - Flower farms around Lake Naivasha sent home a third of their "
    "pickers on Monday after two weeks without rain. Kenyan growers sell mostly to the "
    "Netherlands. The government in Nairobi promised loans, and Kenya's central bank cut its rate."
)


@pytest.fixture(scope="module")
def stage() -> FocusRegion:
    built = FocusRegion()
    built.open()
    return built


def annotate(stage: FocusRegion, text: str, title: str | None = None) -> Article:
    return decided(stage, [Article(id="a", title=title, text=text)])[0]


def focus(article: Article) -> set[str]:
    return {country.alpha2 for country in article.countries if country.focus}


def test_the_country_that_a_story_is_about(stage: FocusRegion) -> None:
    article = annotate(stage, STORY, "Kenya's flower farms wilt")
    assert focus(article) == {"KE"} and article.countries[0].alpha2 == "KE"
    assert {country.alpha2 for country in article.countries} == {"KE", "NL"}
    assert (article.region, article.region_name) == ("202", "Sub-Saharan Africa")
    assert [region.code for region in article.regions] == ["001", "002", "202"]
    for country in article.countries:
        for found in country.evidence:
            source = (article.title or "") if found.in_title else article.text
            assert source[found.start : found.end] == found.text


def test_scores_are_rounded_chances_in_order(stage: FocusRegion) -> None:
    scores = [country.score for country in annotate(stage, STORY).countries]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 and round(score, 4) == score for score in scores)


def test_a_washington_dateline_on_a_piece_about_sudan(stage: FocusRegion) -> None:
    text = (
        "WASHINGTON, May 3 (Agency) - Fighting in Sudan drove 40,000 people out of El Fasher in a "
        "week, aid groups said. Sudanese army officers and a rival force in Khartoum blamed each "
        "other, and Sudan's main grain market closed."
    )
    assert focus(annotate(stage, text)) == {"SD"}


def test_words_speak_for_a_country_that_is_not_named(stage: FocusRegion) -> None:
    text = (
        "Qtrly net profit 42 cts vs 38 cts. Revs 12.1 mln dlrs vs 10.4 mln. The company said its "
        "board raised the dividend to shareholders of record."
    )
    article = annotate(stage, text, "ACORN STORES INC 4TH QTR NET")
    [country] = article.countries
    assert country.focus and country.alpha2 == "US"
    assert (country.mentions, country.evidence) == (0, ())
    assert article.region == "021"


def test_a_piece_about_many_countries_is_about_the_world(stage: FocusRegion) -> None:
    strict = FocusRegion(focus_threshold=1.0, best_threshold=1.0)
    text = "Delegates from Kenya, Peru, Japan, France and Fiji met online."
    article = annotate(strict, text)
    assert focus(article) == set()
    assert (article.region, article.region_name) == ("001", "World")
    assert [region.code for region in article.regions] == ["001"]
    assert article.region_score is not None and 0 < article.region_score < 1
    few = annotate(strict, "Delegates from Kenya and Peru met.")
    assert (few.region, few.regions) == (None, ())


@pytest.mark.parametrize("title", [None, "", "\U0001f600 \u200b"])
def test_neither_places_nor_words(stage: FocusRegion, title: str | None) -> None:
    article = annotate(stage, "", title)
    assert article.countries == () and article.regions == ()
    assert article.region is None and article.region_score is None
    assert stage([]) == []


BAD_INPUT = [
    ("", "Kenya's flower farms wilt"),
    ("\U0001f1f0\U0001f1ea\U0001f600 \u200d\ufe0f" * 50, None),
    ("\u0642\u0627\u0644\u062a \u0648\u0632\u0627\u0631\u0629 Kenya \u0641\u064a Nairobi", None),
    ("<p>Floods in <b>Kenya</b>&nbsp;<a href='https://x.example/Peru'>more</a></p>", None),
    ((STORY + "\n") * (1_000_000 // len(STORY)), "Kenya"),
]


@pytest.mark.parametrize(("text", "title"), BAD_INPUT, ids=range(len(BAD_INPUT)))
def test_bad_input(stage: FocusRegion, text: str, title: str | None) -> None:
    article = annotate(stage, text, title)
    if "Kenya" in f"{title}{text}":
        assert "KE" in {country.alpha2 for country in article.countries}
    assert all(country.mentions or country.focus for country in article.countries)


def test_an_article_s_row_does_not_depend_on_its_company(stage: FocusRegion) -> None:
    articles = [
        Article("a", title="Kenya's flower farms wilt", text=STORY),
        Article("b", text=""),
        Article("c", text="Peru and Chile signed a pact on copper in Lima."),
    ]
    assert stage(articles) == [stage([article])[0] for article in articles]


def test_stage_contract(stage: FocusRegion) -> None:
    assert isinstance(stage, Stage) and not stage.needs_vector
    assert {"stage", "taxonomy", "model", "sha256:towns.csv"} <= set(stage.identity())


def test_the_config_states_every_parameter_at_its_default() -> None:
    config = OmegaConf.to_container(OmegaConf.load(resource("configs") / "region" / "focus.yaml"))
    assert isinstance(config, dict)
    del config["_target_"]
    assert config == {field.name: field.default for field in fields(FocusRegion)}
    with pytest.raises(ConfigError, match=r"region\.best_threshold"):
        construct(FocusRegion, {"best_threshold": 2.0}, "region")


def test_the_bundled_sample_is_labelled_as_an_editor_would(stage: FocusRegion) -> None:
    folder = resource("sources", "sample")
    rows = [json.loads(line) for line in (folder / "articles.jsonl").open(encoding="utf-8")]
    gold = [json.loads(line) for line in (folder / "labels.jsonl").open(encoding="utf-8")]
    found = decided(
        stage, [Article(row["id"], title=row["title"], text=row["text"] or "") for row in rows]
    )
    wrong = [
        (row["title"], article.region, label["region"])
        for row, article, label in zip(rows, found, gold, strict=True)
        if article.region != label["region"]
    ]
    assert len(rows) - len(wrong) >= 38, wrong


def test_words_leave_out_the_places() -> None:
    mentions = [Mention(0, 5, True, "KE", "country"), Mention(4, 8, False, "PE", "country")]
    assert words_of("Kenya’s dam", "The Peru £5 vote", mentions) == {"s", "dam", "the", "£", "vote"}


def test_word_model_weighs_the_words_it_knows() -> None:
    model = WordModel(
        {"crore": 0, "stg": 1},
        ["GB", "IN"],
        np.array([[0, 100], [50, 0]], np.int8),
        np.array([0.1, 0.02], np.float32),
        np.zeros(2, np.float32),
    )
    said = np.exp(model.log_probabilities(model.rows({"crore", "unheard"})))
    assert said == pytest.approx([1 / (1 + np.exp(2)), 1 / (1 + np.exp(-2))], rel=1e-5)
    both = model.log_probabilities(model.rows({"crore", "stg"}))
    assert both[0] - both[1] == pytest.approx((50 * 0.1 - 100 * 0.02) / np.sqrt(2), rel=1e-5)
    assert np.exp(model.log_probabilities(model.rows(set()))) == pytest.approx([0.5, 0.5])


def test_features_of_named_and_unnamed_candidates() -> None:
    mentions = [Mention(0, 5, True, "KE", "country"), Mention(400, 404, False, "PE", "town")]
    words = np.log(np.array([0.7, 0.2, 0.1], np.float32))
    chosen = candidates(mentions, ["US", "PE", "GB"], words)
    assert chosen == ["KE", "PE", "US", "GB"]
    said = dict(zip(("US", "PE", "GB"), words.tolist(), strict=True))
    rows = features(chosen, mentions, 0, 800, said, 12)
    assert rows.shape == (4, len(FEATURES)) and np.isfinite(rows).all()

    def column(name: str) -> list[float]:
        return [float(value) for value in rows[:, FEATURES.index(name)]]

    assert column("in_title") == [1, 0, 0, 0]
    assert column("mentions_town") == pytest.approx([0, np.log(2), 0, 0])
    assert column("rank") == [0, 1, 10, 10]
    assert column("words_share") == pytest.approx([0, 0.2, 0.7, 0.1], abs=1e-4)
    assert column("words_rank") == [9, 1, 0, 2]


def test_lines_survive_the_artefact() -> None:
    assert lines_of(lines_as_bytes(["crore", "é£", "x"])) == ["crore", "é£", "x"]


def copy_of_the_model(folder: Path) -> Path:
    shutil.copytree(SHIPPED, folder)
    return folder


def test_a_changed_artefact_is_refused(tmp_path: Path) -> None:
    folder = copy_of_the_model(tmp_path / "model")
    with (folder / WEIGHTS).open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ModelError, match="sha256"):
        FocusRegion(model=str(folder)).open()
    (folder / CARD).unlink()
    with pytest.raises(ModelError, match="install dateline again"):
        FocusRegion(model=str(folder)).identity()


def test_a_model_of_other_features_is_refused(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    from pipeline.core.digest import digest_of

    arrays = dict(arrays_of(load_focus_model()))
    arrays["features"] = lines_as_bytes(["mentions"])
    save_file(arrays, tmp_path / WEIGHTS)
    (tmp_path / CARD).write_text(f"files: {{{WEIGHTS}: {digest_of(tmp_path / WEIGHTS)}}}\n")
    with pytest.raises(ModelError, match="other features"):
        FocusRegion(model=str(tmp_path)).open()


def test_a_copy_of_the_model_says_the_same(stage: FocusRegion, tmp_path: Path) -> None:
    folder = copy_of_the_model(tmp_path / "model")
    own = FocusRegion(model=str(folder))
    assert annotate(own, STORY) == annotate(stage, STORY)
    assert own.identity() == stage.identity()
