"""The summarizer on a fake engine: what is asked, what fits, what is kept of the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from gguf import GGUFWriter

from pipeline.article import Article
from pipeline.engines.base import Generation, GenerationSettings, Prompt
from pipeline.engines.models import Weights, find_weights
from pipeline.errors import ConfigError
from pipeline.stage import Stage
from pipeline.summarize.lead import LeadSummarizer
from pipeline.summarize.summarizer import Summarizer

TEXT = (
    "The council of Cork voted for a tram on Tuesday. It will cost 210 million euros. "
    "Buses were the other choice. Councillors argued for nine hours."
)
ARTICLE = Article(id="1", title="Tram for Cork", text=TEXT, language="en")


class FakeEngine:
    """A token is a word; answers are given one after the other."""

    def __init__(self, *answers: str, finished: bool = True, context: int = 1000) -> None:
        self.answers = answers
        self.finished = finished
        self.context_tokens = context
        self.prompts: list[Prompt] = []
        self.settings: GenerationSettings | None = None

    def identity(self) -> Mapping[str, str]:
        return {"engine": "fake"}

    def open(self, weights: Weights) -> None:
        pass

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def count_prompt_tokens(self, prompt: Prompt) -> int:
        return self.count_tokens(f"{prompt.system or ''} {prompt.user}")

    def generate(self, prompts: Sequence[Prompt], settings: GenerationSettings) -> list[Generation]:
        self.prompts += prompts
        self.settings = settings
        texts = [self.answers[n % len(self.answers)] for n in range(len(prompts))]
        return [Generation(text, self.finished, len(text.split())) for text in texts]


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
    values: dict[str, object] = {"prompt": "Text: {text}", "min_words": 5, **settings}
    return Summarizer(engine=engine, model=model, **values)  # type: ignore[arg-type]


def test_it_is_a_stage_that_says_what_decides_its_output(model: str) -> None:
    stage = summarizer(FakeEngine("A."), model)
    assert isinstance(stage, Stage)
    assert {"stage", "model", "weights", "engine"} == set(stage.identity())
    assert find_weights(model).context_tokens == 64, "as the file says"


def test_the_answer_is_checked_against_the_article(model: str) -> None:
    engine = FakeEngine("Cork will get a tram for 210 million euros. Dublin objected on")
    engine.finished = False
    [done] = summarizer(engine, model, system="Be short.")([ARTICLE])
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
    [done] = summarizer(FakeEngine(long), model, max_words=30)([ARTICLE])
    assert done.summary == "The tram costs money."
    five = "A tram comes. It costs much. Buses lost. Nine hours passed. All went home."
    [done] = summarizer(FakeEngine(five), model, max_sentences=3)([ARTICLE])
    assert len(done.summary_sentences) == 3


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
    [done, short] = LeadSummarizer(sentences=2, min_words=5)([ARTICLE, Article(id="2", text="No.")])
    assert done.summary == (
        "The council of Cork voted for a tram on Tuesday. It will cost 210 million euros."
    )
    assert done.summarizer == "lead-2" and done.summary_support == 1.0
    assert short.summary_note == "too_short"


class Shortening(FakeEngine):
    """Answers with the first sentence of the text."""

    def generate(self, prompts: Sequence[Prompt], settings: GenerationSettings) -> list[Generation]:
        self.calls = [*getattr(self, "calls", []), len(prompts)]
        self.prompts += prompts
        texts = [prompt.user.partition(": ")[2].partition(".")[0] + "." for prompt in prompts]
        return [Generation(text, True, words(text), words(text)) for text in texts]


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
    assert engine.calls[0] > 50 and len(engine.calls) == 3
    read = " ".join(prompt.user for prompt in engine.prompts[: engine.calls[0]])
    assert all(sentence in read for sentence in sentences)
    assert all(words(prompt.user) <= 460 for prompt in engine.prompts)
    again = summarizer(Shortening(context=500), model, max_new_tokens=40, length_policy="windows")
    assert again([ARTICLE, long, ARTICLE])[1] == done


def test_windows_that_do_not_get_shorter_come_to_an_end(model: str) -> None:
    article = Article(id="9", text="A word. " * 300)
    engine = FakeEngine(" ".join(f"Number {n} is a whole sentence." for n in range(3)), context=60)
    stage = summarizer(engine, model, max_new_tokens=50, length_policy="windows", max_sentences=3)
    [done] = stage([article])
    assert done.summary is not None and done.dropped_tokens == 0


def test_windows_without_an_answer_have_their_lead_stand_in(model: str) -> None:
    sentences = [f"On day {n} the council of Cork met again." for n in range(40)]
    engine = FakeEngine("", context=120)
    stage = summarizer(engine, model, max_new_tokens=20, length_policy="windows")
    [done] = stage([Article(id="9", text=" ".join(sentences))])
    assert done.summary_note == "fallback_lead"
    assert engine.prompts[-1].user.startswith(f"Text: {sentences[0]} {sentences[1]}")
