"""Prompts as the token ids that a tokenizer of transformers makes of them."""

from __future__ import annotations

from typing import Any

from pipeline.core.errors import ModelError, first_line
from pipeline.engines.base import Prompt, chat_messages


def encoded(tokenizer: Any, prompt: Prompt) -> list[int]:
    """The prompt's token ids, in the model's chat template where the prompt asks for it.

    Raises:
        ModelError: the template fails.
    """
    if not (prompt.chat and tokenizer.chat_template):
        text = "\n\n".join(part for part in (prompt.system, prompt.user) if part)
        return list(tokenizer(text)["input_ids"])
    messages = chat_messages(prompt, tokenizer.all_special_tokens)
    try:
        rendered = tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, tokenize=False
        )
    except Exception as error:  # the template is a program of the model's, in a sandbox
        raise ModelError(
            f"the model's chat template failed ({first_line(error)}); leave out the system prompt, "
            "summarizer.instructions=null, or the template, summarizer.chat_template=false"
        ) from error
    return list(tokenizer(rendered, add_special_tokens=False)["input_ids"])


def end_of_turn(tokenizer: Any, chat: bool) -> int:
    """The token that ends an answer: the control token that the template puts after it, else the
    end of text.

    Raises:
        ModelError: the tokenizer has neither.
    """
    if chat and tokenizer.chat_template:
        turns = [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "ANSWER"}]
        rendered = tokenizer.apply_chat_template(turns, tokenize=False)
        rest = rendered.rpartition("ANSWER")[2]
        known = tokenizer.added_tokens_decoder
        for token in tokenizer(rest, add_special_tokens=False)["input_ids"]:
            if token in known and known[token].special:
                return int(token)
    if tokenizer.eos_token_id is None:
        raise ModelError("the model's tokenizer has no token that ends a text")
    return int(tokenizer.eos_token_id)
