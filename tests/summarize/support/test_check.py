"""The trained support check: its signals on a fake encoder, its artefact, and the embedded one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.core.errors import ModelError
from pipeline.core.resources import resource
from pipeline.engines.base import EmbeddingEngine, PairEngine
from pipeline.engines.encoders.embedding import SentenceEncoder
from pipeline.summarize.support import model
from pipeline.summarize.support.check import Case, Claim, SupportChecker, signals
from pipeline.summarize.support.model import load_cross_encoder, load_support_model
from pipeline.summarize.support.premise import held_against, premise
from pipeline.summarize.support.reading import read
from pipeline.summarize.support.source import Source

SOURCE = [
    "Belarus freed 52 prisoners on Thursday after talks in Minsk.",
    "John Coale, a lawyer for the U.S. president, met the Belarusian leader.",
    "The three-hour meeting cost $1,200, the opposition said.",
    "Sanctions on potash will be lifted, but Poland did not reopen its border.",
]


class Letters:
    """An encoder whose vectors are the counts of letters; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def identity(self) -> Mapping[str, str]:
        return {"encoder": "letters"}

    def open(self) -> None:
        pass

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        rows = [[text.lower().count(c) + 0.01 for c in "abcdefghijklmno"] for text in texts]
        vectors = np.array(rows, np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class Shares:
    """A reader whose logit grows with the share of the second text's words that the first has;
    remembers what it read."""

    def __init__(self) -> None:
        self.read: list[tuple[str, str]] = []

    def identity(self) -> Mapping[str, str]:
        return {"cross_encoder": "shares"}

    def open(self) -> None:
        pass

    def logits(self, firsts: Sequence[str], seconds: Sequence[str]) -> NDArray[np.float32]:
        pairs = list(zip(firsts, seconds, strict=True))
        self.read += pairs
        shares = [
            len(set(b.lower().split()) & set(a.lower().split())) / max(1, len(set(b.split())))
            for a, b in pairs
        ]
        return np.array([8 * share - 4 for share in shares], np.float32)


def checker_of(encoder: Letters | None = None, reader: Shares | None = None) -> SupportChecker:
    return SupportChecker(encoder or Letters(), reader or Shares())


def features_of(sentence: str) -> Mapping[str, float]:
    case = Case(SOURCE, "Prisoners freed", [[sentence]])
    return signals([case], load_support_model().vocabulary, Letters())[Claim(0, sentence)].features


def test_each_signal_sees_its_own_kind_of_error() -> None:
    right = features_of("Belarus freed 52 prisoners after talks in Minsk.")
    wrong = {
        "missing_numbers": "Belarus freed 53 prisoners after talks in Minsk.",
        "missing_names": "Belarus freed 52 prisoners after talks in Angela Merkel.",
        "novel_names": "belarus freed 52 prisoners after talks with merkel.",
        "novel_words": "Belarus freed 52 penguins after talks in Minsk.",
        "negation_new": "Belarus has not freed 52 prisoners after talks in Minsk.",
        "name_parted": "Belarus freed 52 prisoners after talks in Poland.",
        "turned": "Minsk freed 52 prisoners on Thursday after talks in Belarus.",
        "only_beyond_one": "Belarus freed prisoners, and sanctions on potash will be lifted.",
        "repeated_at_once": "Belarus freed freed 52 prisoners after talks in Minsk.",
        "ends_open": "Belarus freed 52 prisoners after talks in the.",
    }
    for name, sentence in wrong.items():
        assert features_of(sentence)[name] > right[name], name
    assert features_of("Poland did reopen its border.")["negation_lost"] == 1.0
    assert features_of(SOURCE[0])["coverage"] == 1.0 and features_of(SOURCE[0])["novel_words"] == 0


def test_summaries_of_one_article_are_checked_together_and_each_text_encoded_once() -> None:
    encoder = Letters()
    assert isinstance(encoder, EmbeddingEngine)
    reader = Shares()
    assert isinstance(reader, PairEngine)
    checker = checker_of(encoder, reader)
    checker.open()
    shared, own = SOURCE[0], "Coale met the leader."
    cases = [
        Case(SOURCE, None, [[shared], [shared, own], []]),
        Case(["Something else happened in Oslo."], None, [[own]]),
    ]
    checked = checker.check(cases)
    assert [[len(summary) for summary in case] for case in checked] == [[1, 2, 0], [1]]
    assert checked[0][0][0] == checked[0][1][0]
    assert checked[0][1][1].source_sentences == (1,)
    assert len(encoder.asked) == len(set(encoder.asked))
    assert len(reader.read) == 3
    assert checker.check(cases) == checked


def unsupported(sentence: str, source: Sequence[str] = SOURCE) -> tuple[str, ...]:
    [[[checked]]] = checker_of().check([Case(source, None, [[sentence]])])
    return checked.unsupported


def test_names_and_numbers_of_its_own_are_listed() -> None:
    text = "Belarus freed 53 prisoners after talks with Angela Merkel."
    assert unsupported(text) == ("53", "Angela Merkel")
    assert unsupported("Merkel met Coale.") == ("Merkel",)
    assert unsupported("Lawyers met Coale.") == ()  # a word's capital at the start proves nothing
    assert unsupported("Angela Merkel met Coale.") == ("Angela Merkel",)


def test_other_forms_of_the_same_name_or_number_are_found() -> None:
    text = "Belarusians paid 1200 dollars for a 3-hour talk, Coale's second in Minsk."
    assert unsupported(text) == ()


def test_a_name_that_only_begins_alike_is_another() -> None:
    source = ["Austria and Iran signed it in June, after 1,000 days."]
    text = "It was signed by Australia and Iraq in July."
    assert unsupported(text, source) == ("Australia", "Iraq", "July")
    assert unsupported("It was signed by Austrians after 100 days.", source) == ("100",)


def test_an_invented_sentence_rests_on_nothing() -> None:
    [[[checked]]] = checker_of().check([Case([], None, [["Penguins adore jazz."]])])
    assert checked.source_sentences == () and checked.support < 0.5


def test_two_sources_are_named_for_a_fused_sentence() -> None:
    text = "Belarus freed 52 prisoners in Minsk, and sanctions on potash will be lifted."
    [[[checked]]] = checker_of().check([Case(SOURCE, None, [[text]])])
    assert checked.source_sentences == (0, 3)


@pytest.mark.parametrize(
    "source",
    [
        [],
        ["..."],
        ["word"],
        ["a" * 200_000],
        ["The same sentence stands here again."] * 1_000,
        ["该委员会周四表示,将于明年在北京举行会议。", "Комитет сообщил об этом в четверг."],
        ["\x00 \ufffd \u202e"],
    ],
    ids=["nothing", "no_words", "one_word", "one_long", "repeated", "scripts", "broken"],
)
def test_hostile_input_gets_a_score(source: list[str]) -> None:
    summary = ["The committee met in Oslo on 3 May.", "…", "b" * 200_000, "会议在北京举行。", "52"]
    [[checked]] = checker_of().check([Case(source, None, [summary])])
    assert [sentence.text for sentence in checked] == summary
    assert all(0 <= sentence.support <= 1 for sentence in checked)
    assert all(n < len(source) for sentence in checked for n in sentence.source_sentences)


def test_an_artefact_that_is_not_that_of_its_card_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "support"
    folder.mkdir()
    shipped = resource("models") / "support"
    (folder / "card.yaml").write_bytes((shipped / "card.yaml").read_bytes())
    weights = bytearray((shipped / "support.safetensors").read_bytes())
    weights[-1] ^= 1
    (folder / "support.safetensors").write_bytes(weights)
    monkeypatch.setattr(model, "resource", lambda *parts: tmp_path)
    load_support_model.cache_clear()
    load_cross_encoder.cache_clear()
    with pytest.raises(ModelError, match=r"support\.safetensors: sha256"):
        load_support_model()
    with pytest.raises(ModelError, match=r"no cross-encoder of the support check"):
        load_cross_encoder()
    (folder / "card.yaml").unlink()
    with pytest.raises(ModelError, match="no model of the support check"):
        load_support_model()
    monkeypatch.undo()
    load_support_model.cache_clear()
    load_cross_encoder.cache_clear()
    assert len(load_support_model().digest) == 64


def test_the_artefact_is_small_and_decides_the_identity() -> None:
    folder = resource("models") / "support"
    assert sum(file.stat().st_size for file in folder.iterdir()) < 13_000_000
    identity = checker_of().identity()
    assert identity["support_model"] == load_support_model().digest
    assert identity["support_encoder"] == "letters"
    assert identity["support_cross_encoder"] == "shares"
    assert SupportChecker(Letters()).identity()["support_cross_encoder"] != "shares"


def premise_of(text: str, source: Sequence[str] = SOURCE, given: Sequence[int] = ()) -> list[int]:
    whole = Source(source, None)
    return premise(read(text, whole, load_support_model().vocabulary), whole, given)


def test_a_sentence_is_held_against_what_shares_most_with_it() -> None:
    assert premise_of("Poland did not reopen its border.")[-1] == 3
    assert premise_of("Belarus freed prisoners; the meeting cost $1,200.") == [0, 2]
    assert premise_of("Penguins adore jazz.") == [0]
    assert premise_of("Penguins adore jazz.", []) == []


def test_a_sentence_is_held_against_what_it_was_made_from_first() -> None:
    assert premise_of("Belarus freed prisoners.", given=[3]) == [0, 3]
    assert premise_of("Penguins adore jazz.", given=[2, 1]) == [1, 2]
    assert premise_of("Penguins adore jazz.", given=[99, -1]) == [0]
    long = [f"The {word} " * 40 + "spoke." for word in ("mayor", "judge", "miner")]
    assert premise_of("The judge spoke to the mayor.", long, given=[0]) == [0]


def test_a_sentence_that_opens_with_a_pronoun_brings_the_one_before_it() -> None:
    source = ["Ida Holm steers the Aurora.", "She blamed a rudder for the grounding off Bergen."]
    assert premise_of("The rudder was blamed for the grounding.", source) == [0, 1]


def test_the_title_is_read_with_the_sentences() -> None:
    source = Source(SOURCE, "Prisoners freed.")
    reading = read("Poland kept its border shut.", source, load_support_model().vocabulary)
    text = held_against(reading, source, "Prisoners freed.")
    assert text.startswith("Prisoners freed. ") and text.endswith(SOURCE[3])


def test_a_case_says_what_its_sentences_were_made_from() -> None:
    reader = Shares()
    texts = ["Penguins adore jazz.", "Belarus freed 52 prisoners."]
    case = Case(SOURCE, None, [texts, texts], [[[2], [0]], [[1], [0]]])
    [[first, second]] = checker_of(reader=reader).check([case])
    assert first[0].source_sentences == (2,) and second[0].source_sentences == (1,)
    assert first[1] == second[1]
    assert (SOURCE[2], texts[0]) in reader.read and (SOURCE[1], texts[0]) in reader.read
    with pytest.raises(ValueError, match="shorter"):
        checker_of().check([Case(SOURCE, None, [texts], [[[0]]])])


@pytest.mark.models
def test_the_shipped_check_parts_true_sentences_from_false_ones() -> None:
    checker = SupportChecker(SentenceEncoder("all-minilm-l6-v2"))
    checker.open()
    true = [*SOURCE[:3], "Belarus freed 52 prisoners after talks in Minsk."]
    false = [
        "Belarus freed 520 prisoners on Friday after talks in Moscow.",
        "Penguins adore jazz.",
        "Angela Merkel will visit the football club in June.",
    ]
    [[checked]] = checker.check([Case(SOURCE, None, [true + false])])
    scores = [sentence.support for sentence in checked]
    assert min(scores[: len(true)]) > 0.5 > max(scores[len(true) :])


RIGHT_AND_WRONG = [
    (
        ["Lena Ortiz sued Marco Bell over the sale of the vineyard in March."],
        "Lena Ortiz sued Marco Bell over a vineyard.",
        "Marco Bell sued Lena Ortiz over a vineyard.",
    ),
    (
        ["The dam may be closed next year, the water board said.", "Farmers protested on Friday."],
        "The water board said the dam may be closed next year.",
        "The dam has been closed, the water board said.",
    ),
    (
        ["Nurse Ada Kline said the ward was full.", "Director Tom Frey said beds were on the way."],
        "Ada Kline said the ward was full.",
        "Tom Frey said the ward was full.",
    ),
    (
        ["A driver accused of hitting a cyclist in Gent will stand trial in May."],
        "A driver accused of hitting a cyclist in Gent will stand trial in May.",
        "A driver has been convicted of hitting a cyclist in Gent.",
    ),
    (
        ["Exports of tea rose by a tenth in June, while exports of coffee fell."],
        "Exports of tea rose by a tenth in June.",
        "Exports of tea fell by a tenth in June.",
    ),
    (
        ["The council rejected a plan by the club Norra to build a stadium."],
        "The council rejected the club's plan to build a stadium.",
        "The council approved the club's plan to build a stadium.",
    ),
    (
        ["The bridge was not damaged in the flood, engineers said on Monday."],
        "Engineers said the bridge was not damaged.",
        "Engineers said the bridge was damaged.",
    ),
    (
        ["Alder beat Finch in the final after Finch had beaten Moss in the second round."],
        "Alder beat Finch in the final.",
        "Finch beat Alder in the final.",
    ),
]
"""Roles, modality, speaker, charge, direction, decision, denial, result."""


@pytest.mark.models
def test_the_shipped_check_ranks_wrong_roles_speakers_and_modality_below_the_right_ones() -> None:
    checker = SupportChecker(SentenceEncoder("all-minilm-l6-v2"))
    checker.open()
    cases = [Case(source, None, [[right, wrong]]) for source, right, wrong in RIGHT_AND_WRONG]
    checked = [summary for [summary] in checker.check(cases)]
    ranked = [right.support > wrong.support for right, wrong in checked]
    assert all(ranked), [w.text for r, (_, w) in zip(ranked, checked, strict=True) if not r]
    assert [summary for [summary] in checker.check(cases)] == checked
