"""Parameter-efficient fine-tuning of a causal model on prompt and answer pairs. Nothing of news.

LoRA (Hu et al. 2021) through `peft`. All that decides the result comes from the settings, the pairs
and the number of the step, so training goes on where it was from its last checkpoint.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.core.errors import ModelError
from pipeline.engines.hardware import cpu_has_bf16
from pipeline.engines.weights.adapters import Adapter
from pipeline.engines.weights.models import Weights
from pipeline.engines.weights.pretrained import load_config, load_model, load_tokenizer
from pipeline.train.summarizer.attention import PLAIN_ATTENTION, plain_attention
from pipeline.train.summarizer.batches import Example, padded, shuffled
from pipeline.train.summarizer.checkpoint import Checkpoint, State
from pipeline.train.summarizer.settings import AdapterSettings
from pipeline.train.summarizer.start import begin_from

if TYPE_CHECKING:
    import torch

_LOG = logging.getLogger(__name__)

_IGNORED = -100
"""The label that `cross_entropy` passes over."""
_FLOOR = 0.1
"""Of the learning rate, where the cosine ends."""


class AdapterTrainer:
    """Trains a LoRA adapter on all linear layers of `weights` in `folder`.

    `folder/checkpoint` is where it stands; `folder/adapter` the best epoch's adapter, in the format
    of PEFT. `data` is what the examples are made of, by name. Training begins from `start`, an
    adapter of the same rank and scale, else from one that adds nothing.

    Products are in bfloat16 where the device multiplies it natively, else in float32.

    Raises:
        ModelError: the model cannot be loaded, or is not a causal one; `start` does not fit it.
        RunError: `folder` holds a training with other settings, model or examples.
    """

    def __init__(
        self,
        weights: Weights,
        settings: AdapterSettings,
        folder: Path,
        data: Mapping[str, object],
        start: Adapter | None = None,
    ) -> None:
        import torch
        from peft import LoraConfig, get_peft_model
        from transformers import AutoModelForCausalLM, GenerationConfig

        self._settings = settings
        made_of = {
            "settings": asdict(settings),
            "model": weights.digest,
            "data": dict(data),
            "start": start.digest if start else None,
        }
        self._checkpoint = Checkpoint(folder, made_of)
        self._checkpoint.state()  # what cannot go on is said before the model is loaded
        self.tokenizer = load_tokenizer(weights)
        self._base = weights.name
        config = load_config(weights)
        if config.is_encoder_decoder:
            raise ModelError(f"model {weights.name}: only causal models can be trained, so far")
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._bf16 = self._device == "cuda" or cpu_has_bf16()
        model = load_model(AutoModelForCausalLM, weights, config, torch.float32)
        if self._device == "cpu" and config.model_type in PLAIN_ATTENTION:
            model.set_attn_implementation(plain_attention())
        # `generate` would fill whatever is not set from here, such as a repetition penalty.
        model.generation_config = GenerationConfig()
        torch.manual_seed(settings.seed)
        lora = LoraConfig(
            r=settings.rank,
            lora_alpha=settings.alpha,
            lora_dropout=settings.dropout,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        )
        self.model: Any = get_peft_model(model.to(self._device), lora)
        self._trained = {n: p for n, p in self.model.named_parameters() if p.requires_grad}
        if start is not None:
            begin_from(start, weights, self._trained, settings.rank, settings.alpha)
        self._optimizer = torch.optim.AdamW(
            self._trained.values(), lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        self.state = State()

    def train(
        self,
        examples: Sequence[Example],
        held_out: Sequence[Example],
        progress: Callable[[State, float], None],
        scored: Callable[[], Mapping[str, float]],
        stop: Callable[[], bool],
    ) -> State:
        """Train until the last epoch, the end of patience, or `stop()`; returns where it stands.

        `progress` is called after each step with the state and the loss, `scored` after each epoch
        for whatever figures are to be kept with its validation loss.
        """
        self._resume()
        steps = self.steps(len(examples))
        an_epoch = steps // self._settings.epochs
        while not self._is_done():
            epoch = len(self.state.losses)
            batches = shuffled(examples, self._settings.batch, self._settings.seed, epoch)
            for batch in batches[self.state.step - epoch * an_epoch :]:
                begun = time.monotonic()
                loss = self._step(batch, steps)
                self.state.step += 1
                self.state.seconds += time.monotonic() - begun
                progress(self.state, loss)
                asked = stop()
                if asked or self.state.step % self._settings.checkpoint_steps == 0:
                    self._save()
                if asked:
                    return self.state
            self._close_epoch(held_out, scored)
        return self.state

    def _is_done(self) -> bool:
        epochs = len(self.state.losses)
        return epochs == self._settings.epochs or epochs - self.state.best > self._settings.patience

    @property
    def adapter(self) -> Path:
        """The best adapter so far, a folder as PEFT writes it."""
        return self._checkpoint.adapter

    def steps(self, examples: int) -> int:
        """How many steps so many examples take, over all epochs."""
        return math.ceil(examples / self._settings.batch) * self._settings.epochs

    def generate(self, prompts: Sequence[Sequence[int]], new_tokens: int, end: int) -> list[str]:
        """Greedy answers to prompts, by the model as it is now."""
        import torch
        from transformers import GenerationConfig

        config = GenerationConfig(
            max_new_tokens=new_tokens, do_sample=False, eos_token_id=end, pad_token_id=end
        )
        self.model.eval()
        written = []
        for start in range(0, len(prompts), self._settings.batch):
            batch = [
                Example(tuple(ids), ()) for ids in prompts[start : start + self._settings.batch]
            ]
            ids, mask = (part.to(self._device) for part in padded(batch))
            with torch.no_grad(), self._autocast():
                out = self.model.generate(
                    input_ids=ids, attention_mask=mask, generation_config=config
                )
            written += self.tokenizer.batch_decode(out[:, ids.shape[1] :], skip_special_tokens=True)
        return written

    def _close_epoch(
        self, held_out: Sequence[Example], scored: Callable[[], Mapping[str, float]]
    ) -> None:
        begun = time.monotonic()
        self.state.losses.append(self.loss(held_out[: self._settings.validation_examples]))
        self.state.scores.append(dict(scored()))
        self.state.seconds += time.monotonic() - begun
        _LOG.info("epoch %d: validation loss %.4f", len(self.state.losses), self.state.losses[-1])
        if self.state.best == len(self.state.losses):
            self._checkpoint.save_adapter(self._write_adapter)
        self._save()

    def loss(self, examples: Sequence[Example]) -> float:
        """Mean loss of the answers' tokens, in nats."""
        import torch

        self.model.eval()
        total = tokens = 0.0
        ordered = sorted(examples, key=len)
        with torch.no_grad():
            for start in range(0, len(ordered), self._settings.batch):
                batch = ordered[start : start + self._settings.batch]
                count = sum(len(example.answer) for example in batch)
                total += float(self._loss(batch)) * count
                tokens += count
        return total / max(tokens, 1)

    def _step(self, batch: Sequence[Example], steps: int) -> float:
        import torch

        step = self.state.step
        # Dropout of a step is the same whether or not training was broken off before it.
        torch.manual_seed(self._settings.seed * 1_000_003 + step)
        self.model.train()
        rate = self._settings.learning_rate * _schedule(step, steps, self._settings.warmup)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        loss = self._loss(batch)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._trained.values(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad()
        return float(loss.detach())

    def _loss(self, batch: Sequence[Example]) -> torch.Tensor:
        import torch

        ids, mask = (part.to(self._device) for part in padded(batch))
        # Padded on the left, all answers end at the end: only their places need the vocabulary.
        answers = max(len(example.answer) for example in batch)
        labels = torch.full((len(batch), answers), _IGNORED, dtype=torch.long)
        for row, example in enumerate(batch):
            labels[row, -len(example.answer) :] = torch.tensor(example.answer)
        with self._autocast():
            logits = self.model(
                input_ids=ids,
                attention_mask=mask,
                position_ids=(mask.cumsum(-1) - 1).clamp(min=0),
                logits_to_keep=answers + 1,
                use_cache=False,
            ).logits[:, :-1]
        return torch.nn.functional.cross_entropy(
            logits.float().flatten(0, 1), labels.flatten().to(self._device)
        )

    def _autocast(self) -> torch.autocast:
        import torch

        return torch.autocast(self._device, dtype=torch.bfloat16, enabled=self._bf16)

    def _save(self) -> None:
        """The values and the optimizer's moments by name, and where training stands."""
        import torch

        tensors = {}
        for name, parameter in self._trained.items():
            tensors[name] = parameter.detach().contiguous()
            for key, value in self._optimizer.state[parameter].items():
                tensors[f"{name}/{key}"] = torch.as_tensor(value).contiguous()
        self._checkpoint.save(self.state, tensors)

    def _write_adapter(self, path: Path) -> None:
        self.model.peft_config["default"].base_model_name_or_path = self._base
        # Left to itself the library asks the hub whether the base has the same vocabulary.
        self.model.save_pretrained(str(path), save_embedding_layers=False)

    def state_on_disk(self) -> State:
        """Where the training in the folder stands. Raises as `Checkpoint.state`."""
        return self._checkpoint.state() or State()

    def _resume(self) -> None:
        import torch

        found = self._checkpoint.state()
        self.state = found or State()
        if found is None:
            self._save()  # from here on the folder is this training's
        if not self.state.step:
            return
        tensors = self._checkpoint.tensors()
        with torch.no_grad():
            for name, parameter in self._trained.items():
                parameter.copy_(tensors[name])
                moments = {
                    key: tensors[f"{name}/{key}"].to(parameter.device)
                    for key in ("exp_avg", "exp_avg_sq")
                }
                self._optimizer.state[parameter] = {"step": tensors[f"{name}/step"], **moments}


def _schedule(step: int, steps: int, warmup: float) -> float:
    rise = max(1, round(steps * warmup))
    if step < rise:
        return (step + 1) / rise
    done = (step - rise) / max(1, steps - rise)
    return _FLOOR + (1 - _FLOOR) * (1 + math.cos(math.pi * done)) / 2
