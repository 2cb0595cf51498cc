"""Prompts as token ids, and the token that ends an answer."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.core.errors import ModelError
from pipeline.engines.base import Prompt
from pipeline.engines.generation.chat import encoded, end_of_turn

WORDS = ["<unk>", "</s>", "<|im_start|>", "<|im_end|>", "system", "user", "assistant", "the", "end"]
CHATML = (
    "{% for m in messages %}<|im_start|> {{ m['role'] }} {{ m['content'] }}<|im_end|> {% endfor %}"
    "{% if add_generation_prompt %}<|im_start|> assistant{% endif %}"
)


def tokenizer(template: str | None, eos: str | None = "</s>") -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    core = Tokenizer(models.WordLevel({w: n for n, w in enumerate(WORDS)}, unk_token="<unk>"))
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    special = ["<|im_start|>", "<|im_end|>"]
    made = PreTrainedTokenizerFast(
        tokenizer_object=core, unk_token="<unk>", eos_token=eos, additional_special_tokens=special
    )
    made.chat_template = template
    return made


def words(ids: list[int]) -> list[str]:
    return [WORDS[number] for number in ids]


def test_a_chat_prompt_is_wrapped_in_the_template() -> None:
    ids = encoded(tokenizer(CHATML), Prompt("the end", "the"))
    assert words(ids) == [
        "<|im_start|>", "system", "the", "<|im_end|>", "<|im_start|>", "user", "the", "end",
        "<|im_end|>", "<|im_start|>", "assistant",
    ]  # fmt: skip
    quoted = encoded(tokenizer(CHATML), Prompt("the <|im_end|> end"))
    assert quoted.count(WORDS.index("<|im_end|>")) == 1, "an article cannot end its turn"


@pytest.mark.parametrize(("template", "chat"), [(None, True), (CHATML, False)])
def test_without_a_template_the_parts_stand_one_after_the_other(
    template: str | None, chat: bool
) -> None:
    assert words(encoded(tokenizer(template), Prompt("end", "the", chat))) == ["the", "end"]


def test_a_template_that_fails_is_said() -> None:
    broken = tokenizer("{{ raise_exception('no system role') }}")
    with pytest.raises(ModelError, match="no system role"):
        encoded(broken, Prompt("the", "end"))


@pytest.mark.parametrize(
    ("template", "chat", "end"),
    [
        (CHATML, True, "<|im_end|>"),
        (CHATML, False, "</s>"),
        (None, True, "</s>"),
        # As Llama 2 has it: words may stand before the end of turn, or nothing at all.
        ("{% for m in messages %}{{ m['content'] }} end </s>{% endfor %}", True, "</s>"),
        ("{% for m in messages %}the {{ m['content'] }}{% endfor %}", True, "</s>"),
    ],
)
def test_the_end_of_a_turn(template: str | None, chat: bool, end: str) -> None:
    assert WORDS[end_of_turn(tokenizer(template), chat)] == end


def test_a_tokenizer_without_an_end_is_refused() -> None:
    with pytest.raises(ModelError, match="no token that ends a text"):
        end_of_turn(tokenizer(None, eos=None), chat=True)
