"""Plain attention gives what the eager one of transformers gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.train.summarizer.attention import plain_attention

PADDED = [[0, 0, 0, 4, 9, 8, 7, 6], [4, 9, 10, 11, 12, 13, 8, 5]]
MASK = [[0, 0, 0, 1, 1, 1, 1, 1], [1] * 8]


@pytest.fixture(scope="module")
def models(llama: Path) -> list[Any]:
    from transformers import AutoModelForCausalLM

    eager, plain = (
        AutoModelForCausalLM.from_pretrained(llama, attn_implementation="eager").eval()
        for _ in range(2)
    )
    plain.set_attn_implementation(plain_attention())
    assert plain.config._attn_implementation != eager.config._attn_implementation
    return [eager, plain]


@pytest.mark.parametrize("masked", [False, True], ids=["whole", "padded"])
def test_outputs_are_those_of_eager_attention(models: list[Any], masked: bool) -> None:
    import torch

    ids, mask = torch.tensor(PADDED), torch.tensor(MASK)
    given = {"attention_mask": mask, "position_ids": (mask.cumsum(-1) - 1).clamp(min=0)}
    with torch.no_grad():
        eager, plain = (m(input_ids=ids, **(given if masked else {})).logits for m in models)
    seen = mask.bool() if masked else torch.ones_like(mask).bool()
    assert torch.allclose(eager[seen], plain[seen], atol=1e-5)
    assert torch.isfinite(plain).all(), "a row of padding sees nothing"


def test_what_comes_later_is_not_seen(models: list[Any]) -> None:
    import torch

    ids = torch.tensor([PADDED[1]])
    other = ids.clone()
    other[0, -1] = 6
    with torch.no_grad():
        first, second = (models[1](input_ids=part).logits[0] for part in (ids, other))
    assert torch.equal(first[:-1], second[:-1]) and not torch.equal(first[-1], second[-1])


def test_gradients_are_those_of_eager_attention(models: list[Any]) -> None:
    import torch

    ids, mask = torch.tensor(PADDED), torch.tensor(MASK)
    found = []
    for model in models:
        model.zero_grad()
        logits = model(input_ids=ids, attention_mask=mask).logits
        logits[mask.bool()].pow(2).sum().backward()
        found.append(model.model.layers[0].self_attn.k_proj.weight.grad.clone())
    assert torch.allclose(*found, atol=1e-4, rtol=1e-3) and found[0].abs().max() > 0


def test_generation_with_a_cache_is_the_same(models: list[Any]) -> None:
    import torch
    from transformers import GenerationConfig

    config = GenerationConfig(max_new_tokens=12, do_sample=False, pad_token_id=0)
    ids, mask = torch.tensor(PADDED), torch.tensor(MASK)
    eager, plain = (
        model.generate(input_ids=ids, attention_mask=mask, generation_config=config)
        for model in models
    )
    assert eager.tolist() == plain.tolist() and eager.shape[1] == 20
