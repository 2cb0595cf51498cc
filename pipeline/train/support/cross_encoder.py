"""Training the cross-encoder of the support check, a plan at a time, killed and resumed at will."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.core.digest import digest_of
from pipeline.core.stopping import never, stopped
from pipeline.engines.classifiers.cross_encoder import (
    CrossEncoder,
    differences,
    encoded_pairs,
    with_differences,
    with_head,
)
from pipeline.engines.weights.models import find_weights
from pipeline.engines.weights.pretrained import load_config, load_model, load_tokenizer
from pipeline.summarize.support.model import MAX_TOKENS
from pipeline.train.support.examples import Example
from pipeline.train.support.mixture import BATCH, Plan, drawn

if TYPE_CHECKING:
    import torch

_POOL = 24
_WARM = 60
_KEEP_EVERY = 100
_HEAD_RATE = 10
_NORM = 1.0


def new_model(encoder: str) -> tuple[Any, Any]:
    """The encoder with an untrained head, embeddings frozen, no dropout, and its tokenizer."""
    import torch
    from transformers import AutoModel

    weights = find_weights(encoder)
    config = load_config(weights)
    # Dropout costs a sixth of the time of a step on a CPU, and the passes over the data are few.
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
    config._attn_implementation = "eager"
    torch.manual_seed(0)
    model = with_head(load_model(AutoModel, weights, config, torch.float32))
    return model, load_tokenizer(weights)


def _is_own(name: str) -> bool:
    """Whether a tensor is trained at all: the embeddings are those of the encoder for good."""
    return ".embeddings." not in name and ".pooler." not in name


def batches_of(
    examples: Sequence[Example], tokenizer: Any, seed: int
) -> Iterator[tuple[list[Example], Any]]:
    """Examples of like length together, in an order that says nothing of it."""
    random = Random(seed)  # noqa: S311 - reproducible draws, no secret
    for start in range(0, len(examples), BATCH * _POOL):
        pool = examples[start : start + BATCH * _POOL]
        encoded = _encoded(tokenizer, pool)
        order = sorted(range(len(pool)), key=lambda n: len(encoded["input_ids"][n]))
        cut = [order[n : n + BATCH] for n in range(0, len(order), BATCH)]
        for chosen in random.sample(cut, len(cut)):
            rows = {name: [values[n] for n in chosen] for name, values in encoded.items()}
            yield [pool[n] for n in chosen], tokenizer.pad(rows, return_tensors="pt")


def train(
    examples: Sequence[Example],
    plan: Plan,
    folder: Path,
    encoder: str,
    seed: int,
    stop: Callable[[], bool] = never,
    bar: Callable[[int], None] = lambda steps: None,
) -> Path:
    """Carry the plan out; returns the file of the trained tensors, there once it is done.

    Raises:
        StoppedError: an end was asked for; the same call goes on.
    """
    import torch
    from safetensors.torch import load_file, save_file

    done = folder / f"{plan.name}.safetensors"
    if done.exists():
        return done
    folder.mkdir(parents=True, exist_ok=True)
    model, tokenizer = new_model(encoder)
    if plan.start:
        model.load_state_dict(load_file(folder / f"{plan.start}.safetensors"), strict=False)
    order = list(drawn(examples, plan, seed))
    total = plan.steps
    last = plan.stop or total
    still = tuple(f"bert.encoder.layer.{layer}." for layer in range(plan.frozen))
    for name, parameter in model.named_parameters():
        parameter.requires_grad = _is_own(name) and not name.startswith(still)
    trained = {n: p for n, p in model.named_parameters() if p.requires_grad}
    head = [p for n, p in trained.items() if n.startswith("head")]
    plain = [p for n, p in trained.items() if not n.startswith("head") and p.ndim < 2]
    matrices = [p for n, p in trained.items() if not n.startswith("head") and p.ndim > 1]
    optimizer = torch.optim.AdamW(
        [
            {"params": matrices, "lr": plan.rate, "weight_decay": 0.01},
            {"params": plain, "lr": plan.rate, "weight_decay": 0.0},
            {"params": head, "lr": plan.rate * _HEAD_RATE, "weight_decay": 0.01},
        ],
        fused=True,
    )
    rates = [group["lr"] for group in optimizer.param_groups]
    state = folder / f"{plan.name}.state"
    first = _resumed(state, trained, optimizer) if state.exists() else 0
    log = (folder / f"{plan.name}.log").open("a", encoding="utf-8")
    began, losses = time.monotonic(), []
    model.train()
    for step, (rows, inputs) in enumerate(batches_of(order, tokenizer, seed)):
        if step < first:
            continue
        if step == last:
            break
        share = min((step + 1) / _WARM, max(0.02, 1 - step / total))
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * share
        label = torch.tensor([float(one.label) for one in rows])
        weight = torch.tensor([one.weight for one in rows])
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(**inputs)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits.float(), label, weight)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(trained.values(), _NORM)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(loss.detach()))
        bar(1)
        asked = stop()
        if asked or (step + 1) % _KEEP_EVERY == 0 or step + 1 == last:
            speed = (step + 1 - first) * BATCH / (time.monotonic() - began)
            mean = float(np.mean(losses[-_KEEP_EVERY:]))
            record = {
                "step": step + 1,
                "of": total,
                "loss": round(mean, 4),
                "pairs_s": round(speed, 1),
            }
            print(json.dumps(record), file=log, flush=True)
            save_file(_state(trained, optimizer, step + 1), state.with_suffix(".new"))
            os.replace(state.with_suffix(".new"), state)
        if asked:
            raise stopped()
    save_file(trained_tensors(model), done.with_suffix(".new"))
    os.replace(done.with_suffix(".new"), done)
    state.unlink(missing_ok=True)
    return done


def _state(
    trained: Mapping[str, torch.nn.Parameter], optimizer: torch.optim.Optimizer, step: int
) -> dict[str, torch.Tensor]:
    """What training goes on from: values and the optimizer's moments by name, and the step."""
    import torch

    tensors = {"step": torch.tensor(step)}
    for name, parameter in trained.items():
        tensors[f"{name}/value"] = parameter.detach().clone().contiguous()
        for key, value in optimizer.state[parameter].items():
            tensors[f"{name}/{key}"] = torch.as_tensor(value).clone().contiguous()
    return tensors


def _resumed(
    state: Path, trained: Mapping[str, torch.nn.Parameter], optimizer: torch.optim.Optimizer
) -> int:
    """Takes up the values and moments of a state; returns the steps that were done."""
    import torch
    from safetensors.torch import load_file

    tensors = load_file(state)
    with torch.no_grad():
        for name, parameter in trained.items():
            parameter.copy_(tensors[f"{name}/value"])
            moments = ("step", "exp_avg", "exp_avg_sq")
            optimizer.state[parameter] = {key: tensors[f"{name}/{key}"] for key in moments}
    return int(tensors["step"])


def _encoded(tokenizer: Any, examples: Sequence[Example]) -> Mapping[str, list[list[int]]]:
    firsts, seconds = [one.premise for one in examples], [one.text for one in examples]
    return encoded_pairs(tokenizer, firsts, seconds, MAX_TOKENS)


def write_start(shipped: Path, encoder: str, file: Path) -> None:
    """The tensors of a cross-encoder as it is shipped, for a plan to start from."""
    from safetensors.numpy import load_file
    from safetensors.torch import save_file

    if not file.exists():
        tensors = with_differences(new_model(encoder)[0].state_dict(), load_file(shipped))
        part = file.with_suffix(".new")
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, part)
        os.replace(part, file)


def trained_tensors(model: Any) -> dict[str, torch.Tensor]:
    return {
        name: parameter.detach().clone().contiguous()
        for name, parameter in model.named_parameters()
        if _is_own(name)
    }


def kept_differences(trained: Path, encoder: str, file: Path) -> CrossEncoder:
    """What was trained, written to `file` as it is shipped, and the engine that runs it."""
    from safetensors.numpy import save_file
    from safetensors.torch import load_file

    model, _ = new_model(encoder)
    base = {n: t for n, t in model.state_dict().items() if n.startswith("bert.")}
    save_file(differences(base, load_file(trained)), file)
    return CrossEncoder(encoder, file, digest_of(file), MAX_TOKENS)
