"""The summarizer on a fake engine: what is asked, what fits, what is published of the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count, islice
from pathlib import Path
from typing import Any

import pytest
from gguf import GGUFWriter

from fake_checker import FakeChecker, NoEncoder
from pipeline.article import Article, Rejection
from pipeline.core.errors import ConfigError
from pipeline.engines.base import Failure, Generation, GenerationSettings, Prompt, Setting, Written
from pipeline.engines.weights.models import find_weights
from pipeline.stage import Stage
from pipeline.summarize.forms import BOUNDS, Form
from pipeline.summarize.lead import LeadSummarizer
from pipeline.summarize.policy import SelectionPolicy
from pipeline.summarize.summarizer import Summarizer

TEXT = (
    "The council of Cork voted for a tram on Tuesday. It will cost 210 million euros. "
    "Buses were the other choice. Councillors argued for nine hours."
)
ARTICLE = Article(id="1", title="Tram for Cork", text=TEXT, language="en")


GREEDY = SelectionPolicy(policy=("fallback",))
"""One text an article, published as it is if there is anything of it."""


@pytest.fixture(autouse=True)
def plain_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.summarize.summarizer.SupportChecker", FakeChecker)


class FakeEngine:
    """A token is a word; answers are given one after the other."""

    def __init__(self, *answers: str, finished: bool = True, context: int = 1000) -> None:
        self.answers = answers
        self.finished = finished
        self.context_tokens = context
        self.prompts: list[Prompt] = []
        self.settings: list[GenerationSettings] = []

    def identity(self, model: str) -> Mapping[str, str]:
        return {"model": model, "engine": "fake"}

    def label(self, model: str) -> str:
        return f"{Path(model).stem}@fake"

    def open(self, model: str) -> None:
        pass

    def effective(self, settings: GenerationSettings) -> Mapping[str, Setting]:
        return {}

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def count_prompt_tokens(self, prompt: Prompt) -> int:
        return self.count_tokens(f"{prompt.system or ''} {prompt.user}")

    def generate(self, prompts: Sequence[Prompt], settings: GenerationSettings) -> list[Written]:
        self.prompts += prompts
        self.settings.append(settings)
        answers = (self.answers[n % len(self.answers)] for n in count())
        written = (Generation(text, self.finished, words(text)) for text in answers)
        return [list(islice(written, settings.samples)) for _ in prompts]


@pytest.fixture
def model(tmp_path: Path) -> str:
    path = tmp_path / "tiny.gguf"
    writer = GGUFWriter(path, "llama")
    writer.add_context_length(64)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return str(path)


def summarizer(engine: FakeEngine, model: str, **settings: object) -> Summarizer:
    values: dict[str, Any] = {
        "prompt": "Text: {text}", "instructions": None, "min_words": 5, "encoder": NoEncoder(),
        "selection": GREEDY, **settings,
    }  # fmt: skip
    read = {"content_selection": "none", "max_new_tokens": 128, "max_source_tokens": 1536}
    return Summarizer(engine=engine, model=model, **{**read, **values})


def test_it_is_a_stage_that_says_what_decides_its_output(model: str) -> None:
    stage = summarizer(FakeEngine("A."), model)
    assert isinstance(stage, Stage)
    assert {"stage", "model", "engine", "support"} == set(stage.identity())
    assert find_weights(model).context_tokens == 64, "as the file says"


def test_the_answer_is_checked_against_the_article(model: str) -> None:
    engine = FakeEngine("Cork will get a tram for 210 million euros. Dublin objected on")
    engine.finished = False
    [done] = summarizer(engine, model, instructions={"brief": "Be short."})([ARTICLE])
    assert done.summary == "Cork will get a tram for 210 million euros."
    assert done.summary_note is None and done.dropped_tokens == 0
    assert done.summary_sentences[0].source_sentences == (0, 1)
    assert done.summary_support == done.summary_sentences[0].support > 0.5
    assert done.summarizer is not None and done.summarizer.startswith("tiny@")
    assert engine.prompts == [Prompt(f"Text: {TEXT}", "Be short.")]


def test_short_articles_are_not_summarised_and_order_is_kept(model: str) -> None:
    engine = FakeEngine("Cork gets a tram.", "The river rose.")
    headline = Article(id="2", title="Storm ahead")
    other = Article(id="3", text="The river rose by two metres on Monday night.")
    done = summarizer(engine, model)([ARTICLE, headline, other])
    assert [article.id for article in done] == ["1", "2", "3"]
    assert [article.summary for article in done] == ["Cork gets a tram.", None, "The river rose."]
    assert done[1].summary_note == "too_short"
    assert len(engine.prompts) == 2


def test_source_over_the_context_is_cut_on_a_sentence_and_counted(model: str) -> None:
    engine = FakeEngine("Cork gets a tram.", context=40)
    [done] = summarizer(engine, model, max_new_tokens=20)([ARTICLE])
    # 40 tokens less 20 new ones less one of the prompt leave 19: the first two sentences.
    assert engine.prompts[0].user.endswith("210 million euros.")
    assert done.dropped_tokens == 10
    [done] = summarizer(FakeEngine("A b."), model, max_source_tokens=12)([ARTICLE])
    assert done.dropped_tokens == 16


def test_no_room_for_the_article_is_a_configuration_error(model: str) -> None:
    with pytest.raises(ConfigError, match="leave no room in a context of 20 tokens"):
        summarizer(FakeEngine("A.", context=20), model, max_new_tokens=96)([ARTICLE])


@pytest.mark.parametrize("answer", ["", "Summary:", "and then,", "- \n\n"])
def test_without_a_whole_sentence_the_lead_stands_in(model: str, answer: str) -> None:
    [done] = summarizer(FakeEngine(answer), model)([ARTICLE])
    assert done.summary_note == "fallback_lead"
    assert done.summary is not None and TEXT.startswith(done.summary)
    assert done.summary_support == 1.0


def test_lengths_of_the_summary_are_kept(model: str) -> None:
    long = "The tram costs money. " + "word " * 90 + "ends. Late. Later."
    [done] = summarizer(FakeEngine(long), model)([ARTICLE])
    assert done.summary == "The tram costs money."
    five = "A tram comes. It costs much. Buses lost. Nine hours passed. All went home."
    [done] = summarizer(FakeEngine(five), model)([ARTICLE])
    assert len(done.summary_sentences) == 3
    [done] = summarizer(FakeEngine(five), model, form="sentence")([ARTICLE])
    assert done.summary == "A tram comes."


def test_text_without_sentences_gets_no_summary(model: str) -> None:
    article = Article(id="4", text="word " * 50)
    [done] = summarizer(FakeEngine(""), model)([article])
    assert done.summary is None and done.summary_note == "no_sentence"


def test_no_summary_is_longer_than_it_may_be_not_even_the_lead(model: str) -> None:
    article = Article(id="4", text="A long sentence " + "goes on " * 60 + "and ends. Short.")
    [done] = summarizer(FakeEngine(""), model)([article])
    assert done.summary is None
    assert done.summary_note == "no_sentence"


def test_a_prompt_needs_a_place_for_the_text(model: str) -> None:
    with pytest.raises(ConfigError, match=r"summarizer\.prompt"):
        summarizer(FakeEngine("A."), model, prompt="Summarise!")


def test_braces_in_the_article_are_only_text(model: str) -> None:
    engine = FakeEngine("A tram comes.")
    article = Article(id="5", text="The set {text} and {0} are braces in a text.")
    summarizer(engine, model)([article])
    assert engine.prompts[0].user == f"Text: {article.text}"


def test_lead_takes_the_first_whole_sentences() -> None:
    lead: Any = LeadSummarizer(sentences=2, min_words=5)
    [done, short] = lead([ARTICLE, Article(id="2", text="No.")])
    assert done.summary == (
        "The council of Cork voted for a tram on Tuesday. It will cost 210 million euros."
    )
    assert done.summarizer == "lead-2" and done.summary_support == 1.0
    assert len(done.summary_sentences) == 2 and done.dropped_tokens == 0
    assert short.summary_note == "too_short" and short.summarizer == "lead-2"


class Shortening(FakeEngine):
    """Answers with the first sentence of the text."""

    def generate(self, prompts: Sequence[Prompt], settings: GenerationSettings) -> list[Written]:
        self.calls = [*getattr(self, "calls", []), len(prompts)]
        self.prompts += prompts
        self.settings.append(settings)
        texts = [prompt.user.partition(": ")[2].partition(".")[0] + "." for prompt in prompts]
        return [
            [Generation(text, True, words(text), words(text))] * settings.samples for text in texts
        ]


def words(text: str) -> int:
    return len(text.split())


def test_windows_read_all_of_a_long_article(model: str) -> None:
    sentences = [f"On day {n} the council of Cork met and said nothing new." for n in range(2000)]
    long = Article(id="9", text=" ".join(sentences))
    engine = Shortening(context=500)
    stage = summarizer(engine, model, max_new_tokens=40, length_policy="windows")
    first, done, last = stage([ARTICLE, long, ARTICLE])
    assert done.summary == sentences[0] and done.dropped_tokens == 0
    assert first.summary == last.summary == TEXT.partition(".")[0] + "."
    assert engine.calls[0] == 2 and engine.calls[1] > 50 and engine.calls[2:] == [2, 1]
    read = " ".join(prompt.user for prompt in engine.prompts[2 : 2 + engine.calls[1]])
    assert all(sentence in read for sentence in sentences)
    assert all(words(prompt.user) <= 460 for prompt in engine.prompts)
    again = summarizer(Shortening(context=500), model, max_new_tokens=40, length_policy="windows")
    assert again([ARTICLE, long, ARTICLE])[1] == done


def test_windows_that_do_not_get_shorter_come_to_an_end(model: str) -> None:
    article = Article(id="9", text="A word. " * 300)
    engine = FakeEngine(" ".join(f"Number {n} is a whole sentence." for n in range(3)), context=60)
    stage = summarizer(engine, model, max_new_tokens=50, length_policy="windows")
    [done] = stage([article])
    assert done.summary is not None and done.dropped_tokens == 0


def test_windows_without_an_answer_have_their_lead_stand_in(model: str) -> None:
    sentences = [f"On day {n} the council of Cork met again." for n in range(40)]
    engine = FakeEngine("", context=120)
    stage = summarizer(engine, model, max_new_tokens=20, length_policy="windows")
    [done] = stage([Article(id="9", text=" ".join(sentences))])
    assert done.summary_note == "fallback_lead"
    assert engine.prompts[-1].user.startswith(f"Text: {sentences[0]} {sentences[1]}")


class Failing(FakeEngine):
    """Fails where the prompt speaks of rivers."""

    def generate(self, prompts: Sequence[Prompt], settings: GenerationSettings) -> list[Written]:
        failure = Failure("the server gave up", "ServerError: 503")
        written = super().generate(prompts, settings)
        return [
            failure if "river" in prompt.user else one
            for prompt, one in zip(prompts, written, strict=True)
        ]


def test_a_prompt_that_fails_rejects_its_article_alone(model: str) -> None:
    river = Article(id="2", text="The river rose by two metres on Monday night.")
    stage = summarizer(Failing("Cork gets a tram."), model)
    done = stage([ARTICLE, river, ARTICLE])
    assert [article.summary for article in done] == ["Cork gets a tram.", None, "Cork gets a tram."]
    assert done[1].rejection == Rejection("summarizer", "the server gave up", "ServerError: 503")
    assert done[0].rejection is None and stage.tokens().written == 8


ASKED: dict[Form, str] = {
    "headline": "A headline!", "sentence": "One sentence!", "brief": "Be brief!", "bullets": "Dots!"
}  # fmt: skip


def test_best_of_has_candidates_drawn_and_publishes_the_supported_one(model: str) -> None:
    good = "Cork voted for a tram. It will cost 210 million euros."
    engine = FakeEngine("Cork voted for Dublin. Buses were the other choice.", good)
    policy = SelectionPolicy(candidates=2, temperature=0.5, top_p=0.8, seed=9)
    [done] = summarizer(engine, model, selection=policy)([ARTICLE])
    [settings] = engine.settings
    assert (settings.samples, settings.temperature, settings.top_p, settings.seed) == (
        2, 0.5, 0.8, 9,
    )  # fmt: skip
    assert done.summary == good and done.summary_note == "best_of"


def test_with_beams_the_candidates_are_the_best_of_them(model: str) -> None:
    engine = FakeEngine("A tram comes. It costs much.")
    summarizer(engine, model, selection=SelectionPolicy(candidates=4), beams=3)([ARTICLE])
    [settings] = engine.settings
    assert (settings.samples, settings.beams, settings.temperature) == (3, 3, 0)


def test_what_is_done_is_noted_step_by_step(model: str) -> None:
    engine = FakeEngine("Cork voted. Paris objected.", "London voted.", "The council of Rome met.")
    stage = summarizer(engine, model, selection=SelectionPolicy(candidates=3))
    [done] = stage([ARTICLE])
    assert done.summary == "Cork voted." and done.summary_note == "sentence_dropped"
    engine = FakeEngine("London voted. Paris met.", "Rome met. Cork voted. Buses were London's.")
    stage = summarizer(engine, model, selection=SelectionPolicy(candidates=2))
    [done] = stage([ARTICLE])
    assert done.summary == "Cork voted."
    assert done.summary_note is not None and done.summary_note.split("+")[-1].startswith("sentence")


def test_only_flagged_it_is_published_as_written(model: str) -> None:
    stage = summarizer(
        FakeEngine("It met Paris. So."), model, selection=SelectionPolicy(policy=("flag",))
    )
    [done] = stage([ARTICLE])
    assert done.summary == "It met Paris. So." and done.summary_note is None
    assert done.summary_sentences[0].unsupported == ("Paris",)


def test_where_nothing_passes_and_nothing_may_stand_in_there_is_no_summary(model: str) -> None:
    policy = SelectionPolicy(policy=("drop",))
    [done] = summarizer(FakeEngine("It met Paris."), model, selection=policy)([ARTICLE])
    assert done.summary is None and done.summary_note == "sentence_dropped"
    assert done.summary_sentences == ()


FALLBACKS: dict[Form, str | None] = {
    "headline": "Tram for Cork",
    "sentence": "The council of Cork voted for a tram on Tuesday.",
    "brief": "The council of Cork voted for a tram on Tuesday. It will cost 210 million euros.",
    "bullets": "- The council of Cork voted for a tram on Tuesday.\n"
    "- It will cost 210 million euros.\n- Buses were the other choice.",
}


@pytest.mark.parametrize("form", list(FALLBACKS))
def test_every_form_has_its_fallback(model: str, form: Form) -> None:
    [done] = summarizer(FakeEngine(""), model, form=form)([ARTICLE])
    assert done.summary == FALLBACKS[form] and done.summary_note == "fallback_lead"
    assert BOUNDS[form].hold([sentence.text for sentence in done.summary_sentences])


@pytest.mark.parametrize("title", [None, " ", "A title of the article " * 4])
def test_a_headline_falls_back_on_a_title_that_is_one(model: str, title: str | None) -> None:
    untitled = Article(id="1", title=title, text=TEXT, language="en")
    [done] = summarizer(FakeEngine(""), model, form="headline")([untitled])
    assert done.summary is None and done.summary_note == "no_sentence"


@pytest.mark.parametrize("form", list(ASKED))
def test_the_instruction_is_that_of_the_form(model: str, form: Form) -> None:
    engine = FakeEngine("A tram comes.")
    summarizer(engine, model, form=form, instructions=ASKED)([ARTICLE])
    assert engine.prompts == [Prompt(f"Text: {TEXT}", ASKED[form])]


def test_a_form_without_an_instruction_is_refused(model: str) -> None:
    with pytest.raises(ConfigError, match=r"summarizer\.form=bullets: .* it has brief"):
        summarizer(FakeEngine("A."), model, form="bullets", instructions={"brief": "Be brief!"})


def test_windows_are_asked_for_one_brief_text_each(model: str) -> None:
    sentences = [f"On day {n} the council of Cork met again." for n in range(40)]
    engine = Shortening(context=140)
    stage = summarizer(
        engine, model, max_new_tokens=20, length_policy="windows", form="headline",
        instructions=ASKED, selection=SelectionPolicy(candidates=3),
    )  # fmt: skip
    [done] = stage([Article(id="9", text=" ".join(sentences))])
    assert done.summary == sentences[0].rstrip(".") and done.summary_note is None
    windows = engine.settings[:-1]
    assert windows and all((s.samples, s.temperature) == (1, 0) for s in windows)
    assert (engine.settings[-1].samples, engine.settings[-1].temperature) == (3, 0.4)
    assert {prompt.system for prompt in engine.prompts[:-1]} == {"Be brief!"}
    assert engine.prompts[-1].system == "A headline!"


def test_no_model_reads_a_list(model: str) -> None:
    scores = "\n".join(f"Wolves {81 + n}, Foxes {70 + n}" for n in range(12))
    engine = FakeEngine("Cork will get a tram for 210 million euros.")
    alone = replace(ARTICLE, id="2", text=scores)
    within = replace(ARTICLE, id="3", text=f"{ARTICLE.text}\n\n{scores}")
    first, second = summarizer(engine, model)([alone, within])
    assert (first.summary, first.summary_note) == (None, "list")
    assert second.summary and "list_left_out" in (second.summary_note or "")
    assert all("Wolves" not in prompt.user for prompt in engine.prompts)


def test_no_model_reads_half_a_sentence(model: str) -> None:
    engine = FakeEngine("Cork will get a tram for 210 million euros.")
    text = f"{ARTICLE.text} The town asked for leave to cut its wholes… [+2829 chars]"
    [done] = summarizer(engine, model)([replace(ARTICLE, text=text)])
    assert done.summary
    assert all("asked for leave" not in prompt.user for prompt in engine.prompts)
