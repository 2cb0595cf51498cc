"""Articles out of nothing, for measuring: of any number and length, and pairs known to be one."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.core.resources import resource

_SYLLABLES = (
    "an bel cor dra el fen gor hal im jor kel lan mor nes or pel ran sel tor ul ven wil".split()
)
_JOINS = "the of and to in for with on from by at as".split()
_NOTICES = (
    "Forecast for {a}: {day} will be dry with some clouds. Highs of {n} degrees are expected "
    "in the afternoon and lows of {m} at night. Winds from the west will be light. The next "
    "bulletin will be issued in the evening by the weather service. Those who go to the hills "
    "should carry water and a hat, and come back before dark. The pollen count is moderate in "
    "most parts of the county.",
    "{a} made a profit of {n} million in the third quarter, compared with {m} million a year "
    "before, the company said on {day}. Sales rose with demand from abroad. The board keeps "
    "its forecast for the year. Analysts had expected a result of about that size. The shares "
    "were little changed in early trading. The company will publish its full report next "
    "month, as it does every year.",
    "{a}, {n}, of {b}, was fined {m} pounds for driving without insurance, the court was told "
    "on {day}. The offence took place on the main road into the town in the spring. Six "
    "points were added to the licence. The chair of the bench said that the sum has to be "
    "paid within four weeks, and that costs will be set at a later hearing. There was no "
    "appeal against the decision of the bench so far.",
)
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


@dataclass(frozen=True, slots=True)
class Generated:
    """An article, and the story that it tells: those of one story are duplicates of each other."""

    id: str
    title: str
    text: str
    published: str
    story: int


class Generator:
    """Draws articles; the same seed gives the same."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)  # noqa: S311 for measuring
        words = resource("text", "data", "words.txt").read_text("utf-8").split()
        self._words = [word for word in words if 3 < len(word) < 11]

    def articles(self, number: int, words: int) -> Iterator[Generated]:
        """Different articles of about so many words."""
        for story in range(number):
            yield self._article(story, words)

    def with_duplicates(self, stories: int, words: int) -> list[Generated]:
        """Articles of so many stories, half of which come a second time with one of the known
        edits, and as many notices of templates, each of which is a story of its own."""
        found: list[Generated] = []
        for story in range(stories):
            article = self._article(story, words)
            found.append(article)
            if story % 2:
                edit = self._draw.choice(self._edits())
                text = edit(article.text)
                found.append(replace(article, id=f"{article.id}-again", text=text))
        for number in range(stories // 2):
            found.append(self._notice(stories + number))
        self._draw.shuffle(found)
        return found

    def _article(self, story: int, words: int) -> Generated:
        sentences: list[str] = []
        length = 0
        while length < words:
            sentence = self._sentence()
            length += len(sentence.split())
            sentences.append(sentence)
        paragraphs = (" ".join(sentences[n : n + 3]) for n in range(0, len(sentences), 3))
        title = " ".join(self._sentence().split()[:8]).rstrip(".,")
        day = f"2026-{self._draw.randint(1, 9):02d}-{self._draw.randint(1, 28):02d}T08:00:00Z"
        return Generated(f"g{story}", title, "\n\n".join(paragraphs), day, story)

    def _notice(self, story: int) -> Generated:
        text = self._draw.choice(_NOTICES).format(
            a=f"{self._name()} {self._name()}", b=self._name(), day=self._draw.choice(_DAYS),
            n=self._draw.randint(2, 99), m=self._draw.randint(100, 999),
        )  # fmt: skip
        return Generated(f"g{story}", "Notice", text, "2026-09-01", story)

    def _sentence(self) -> str:
        words: list[str] = []
        for _ in range(self._draw.randint(8, 26)):
            part = self._draw.random()
            if part < 0.35:
                words.append(self._draw.choice(_JOINS))
            elif part < 0.42:
                words.append(self._name())
            elif part < 0.45:
                words.append(str(self._draw.randint(2, 9000)))
            else:
                words.append(self._draw.choice(self._words))
        return " ".join([words[0].capitalize(), *words[1:]]) + "."

    def _name(self) -> str:
        return "".join(self._draw.choices(_SYLLABLES, k=self._draw.randint(2, 3))).capitalize()

    def _edits(self) -> Sequence[Callable[[str], str]]:
        return (
            lambda text: self._reworded(text, 0.03),
            lambda text: self._reworded(text, 0.1),
            lambda text: " ".join(text.split(" ")[: int(len(text.split(" ")) * 0.7)]),
            lambda text: (
                f"{self._name().upper()} (Reuters) - {text} (Reporting by A. {self._name()})"
            ),
            lambda text: f"{text}\n\n{self._sentence()} {self._sentence()} {self._sentence()}",
            lambda text: self._reworded(f"{self._sentence()} {text}", 0.02),
        )

    def _reworded(self, text: str, share: float) -> str:
        return " ".join(
            self._draw.choice(self._words) if self._draw.random() < share else word
            for word in text.split(" ")
        )
