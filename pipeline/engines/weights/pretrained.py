"""How transformers may read somebody else's model: as data, from files on this machine.

The one place where `from_pretrained` is called. No pickle is opened, no Python file of a model's
folder runs, and nothing is fetched.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.core.errors import ModelError, first_line
from pipeline.engines.weights.models import Weights

if TYPE_CHECKING:
    import torch
    from transformers.pipelines import DecisionPipeline

_INSANE_LENGTH = 10**9
"""transformers writes 10**30 as `model_max_length` where the tokenizer states none."""

_POSITIONS_AFTER_PADDING = frozenset(
    {"camembert", "longformer", "mpnet", "roberta", "xlm-roberta", "xlm-roberta-xl"}
)
"""Models that count positions from the padding token's id on, as fairseq does: 514 are for 512."""


def load_tokenizer(weights: Weights) -> Any:
    """The model's tokenizer.

    Raises:
        ModelError: it cannot be loaded, or only by running code from the folder.
    """
    from transformers import AutoTokenizer

    with _explained(weights):
        return AutoTokenizer.from_pretrained(_source(weights), **_options(weights))


def load_config(weights: Weights) -> Any:
    """The model's configuration, without what would choose other code or other files.

    Raises:
        ModelError: as `load_tokenizer`.
    """
    from transformers import AutoConfig

    with _explained(weights):
        config = AutoConfig.from_pretrained(_source(weights), **_options(weights))
        # A folder may name an attention kernel of the hub here, which the package `kernels`, where
        # it is installed, would fetch and run whatever `trust_remote_code` says.
        config._attn_implementation = None
        config._experts_implementation = None
        # One file is let past `use_safetensors` when it is named here: a pickled adapter.
        config.transformers_weights = None
    return config


def load_model(auto: Any, weights: Weights, config: Any, dtype: torch.dtype) -> Any:
    """The model as the auto class `auto` makes it, its weights from safetensors or GGUF.

    Raises:
        ModelError: as `load_tokenizer`, or there are no such weights.
    """
    from transformers import GgufConfig

    options = {**_options(weights), "config": config, "dtype": dtype}
    if "gguf_file" in options:
        options["quantization_config"] = GgufConfig(dequantize=True)
    else:
        _check_shards(weights.path)
        options["use_safetensors"] = True
    with _explained(weights):
        return auto.from_pretrained(_source(weights), **options).eval()


def load_decisions(weights: Weights, dtype: torch.dtype, device: str) -> DecisionPipeline:
    """A decision model and what surrounds it: one with a head of its own, or any causal model,
    whose next token then decides.

    Raises:
        ModelError: as `load_tokenizer`, or an adapter would have to be put on the model first.
    """
    from transformers import AutoModelForCausalLM, AutoModelForDecision, JevConfig
    from transformers.decision import DecisionConfig
    from transformers.pipelines import DecisionPipeline

    config = load_config(weights)
    with _explained(weights):
        settings = DecisionConfig.from_pretrained(weights.path, local_files_only=True)
    if settings.adapter:
        raise ModelError(
            f"model {weights.name}: decision.json names the adapter {settings.adapter!r}, which "
            "is not loaded; merge it into the model"
        )
    heads = [weights.path / name for name in JevConfig.extra_config_files]
    own_head = isinstance(config, JevConfig) or any(path.is_file() for path in heads)
    auto = AutoModelForDecision if own_head else AutoModelForCausalLM
    model = load_model(auto, weights, config, dtype).to(device)
    if own_head and not (weights.path / "decision.json").is_file():
        settings = model.decision_config  # of the head, where it has one of its own
    tokenizer = load_tokenizer(weights)
    with _explained(weights):
        return DecisionPipeline(
            model=model, tokenizer=tokenizer, decision_config=settings, device=device
        )


def token_limit(config: Any, tokenizer: Any, stated: int | None = None) -> int | None:
    """Most tokens that the model reads: the least of what card, positions and tokenizer say."""
    positions = getattr(config, "max_encoder_position_embeddings", None) or getattr(
        config, "max_position_embeddings", None
    )
    if positions and config.model_type in _POSITIONS_AFTER_PADDING:
        positions -= (config.pad_token_id or 0) + 1
    length = tokenizer.model_max_length
    limits = [stated, positions, length if length < _INSANE_LENGTH else None]
    return min((limit for limit in limits if limit), default=None)


def _check_shards(folder: Path) -> None:
    """What an index calls a shard is read by its own ending, `use_safetensors` or not."""
    for index in folder.glob("*.safetensors.index.json"):
        try:
            shards = set(json.loads(index.read_bytes())["weight_map"].values())
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"{index}: not an index of safetensors shards") from error
        for shard in shards:
            if not (isinstance(shard, str) and shard.endswith(".safetensors")) or (
                Path(shard).name != shard
            ):
                raise ModelError(
                    f"{index}: {shard!r} is not a .safetensors file of this folder; not loaded"
                )


def _source(weights: Weights) -> str:
    path = weights.path
    return str(path.parent if path.suffix == ".gguf" else path)


def _options(weights: Weights) -> dict[str, Any]:
    options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    if weights.path.suffix == ".gguf":
        options["gguf_file"] = weights.path.name
    return options


@contextmanager
def _explained(weights: Weights) -> Iterator[None]:
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    try:
        yield
    except Exception as error:  # whatever a strange folder makes its readers raise
        raise ModelError(
            f"model {weights.name}: transformers cannot load it: {first_line(error)}"
        ) from error
