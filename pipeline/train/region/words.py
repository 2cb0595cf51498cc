"""The word model of focus: what it learns from, and fitting it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.article import Article
from pipeline.core.errors import InputError
from pipeline.region.focus_words import WordModel, words_of
from pipeline.region.gazetteer import Gazetteer
from pipeline.region.lexicon import LexiconRegion
from pipeline.train.region.figures import answers_of
from pipeline.train.region.settings import RegionTraining

_BATCH = 512
_MOST_SURE = 3
"""Countries that an article without labels teaches, at most."""


@dataclass(frozen=True, slots=True)
class Document:
    """An article in words, with the countries that it is about, for the word model."""

    words: frozenset[str]
    countries: Sequence[str]
    weight: float


def document(
    article: Article, gazetteer: Gazetteer, countries: Sequence[str], weight: float
) -> Document:
    """The article in words, without the names that the gazetteer knows."""
    title, text = article.title or "", article.text
    words = words_of(title, text, gazetteer.mentions(title, text))
    return Document(frozenset(words), countries, weight)


def sure_documents(
    articles: Iterable[Article], gazetteer: Gazetteer, settings: RegionTraining
) -> Iterator[Document]:
    """Articles without labels, each with the countries the lexicon is sure of."""
    lexicon = LexiconRegion()
    for article in articles:
        [found] = answers_of(lexicon, [article])
        focus = [country for country in found.countries if country.focus]
        if focus and focus[0].score >= settings.silver_share:
            codes = [country.alpha2 for country in focus[:_MOST_SURE]]
            yield document(article, gazetteer, codes, settings.silver_weight)


def word_model(documents: Sequence[Document], settings: RegionTraining, seed: int = 0) -> WordModel:
    """Multinomial logistic regression by Adam; an article of several countries is shared alike.

    Raises:
        InputError: no country has articles enough, or no word.
    """
    import torch

    often = Counter(word for one in documents for word in one.words)
    ranked = sorted((word for word in often if often[word] >= settings.least_articles),
                    key=lambda word: (-often[word], word))  # fmt: skip
    index = {word: at for at, word in enumerate(sorted(ranked[: settings.most_words]))}
    count = Counter(code for one in documents for code in one.countries)
    countries = sorted(code for code in count if count[code] >= settings.least_of_country)
    if not index or not countries:
        raise InputError(
            f"too few articles: no word is in {settings.least_articles} of them, or no country has "
            f"{settings.least_of_country}; give more, silver=FILE of articles without labels, or "
            "lower training.least_articles and training.least_of_country"
        )
    place = {code: at for at, code in enumerate(countries)}
    rows, truth, weights = [], [], []
    for one in documents:
        known = sorted(index[word] for word in one.words if word in index)
        about = [place[code] for code in one.countries if code in place]
        if known and about:
            rows.append(np.array(known))
            truth.append(about)
            weights.append(one.weight)
    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    table = torch.nn.EmbeddingBag(len(index), len(countries), mode="sum")
    torch.nn.init.zeros_(table.weight)
    bias = torch.zeros(len(countries), requires_grad=True)
    steps = torch.optim.Adam([table.weight, bias], lr=settings.rate)
    for epoch in range(settings.epochs):
        order = generator.permutation(len(rows))
        for group in steps.param_groups:
            group["lr"] = settings.rate * (1 - epoch / settings.epochs)
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            sizes = np.array([len(rows[n]) for n in chosen])
            values = np.repeat(1 / np.sqrt(sizes), sizes).astype(np.float32)
            logits = bias + table(
                torch.from_numpy(np.concatenate([rows[n] for n in chosen])),
                torch.from_numpy(np.concatenate([[0], np.cumsum(sizes)[:-1]])),
                per_sample_weights=torch.from_numpy(values),
            )
            wanted = torch.zeros_like(logits)
            for row, n in enumerate(chosen):
                wanted[row, truth[n]] = 1 / len(truth[n])
            share = torch.tensor([weights[n] for n in chosen])
            cost = -(wanted * torch.log_softmax(logits, 1)).sum(1)
            loss = (share * cost).sum() / share.sum() + settings.penalty * (table.weight**2).sum()
            steps.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            steps.step()
    exact = table.weight.detach().numpy()
    scale = np.abs(exact).max(axis=0) / 127 + 1e-9
    return WordModel(
        index,
        countries,
        np.round(exact / scale).astype(np.int8),
        scale.astype(np.float32),
        bias.detach().numpy().astype(np.float32),
    )
