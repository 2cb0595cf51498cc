"""The cross-encoder on a tiny random BERT: training form, differences, OpenVINO."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from pipeline.core.digest import digest_of
from pipeline.core.errors import ModelError
from pipeline.engines.base import PairEngine
from pipeline.engines.classifiers.cross_encoder import (
    CrossEncoder,
    differences,
    encoded_pairs,
    with_differences,
    with_head,
)
from pipeline.engines.weights.models import find_weights
from pipeline.engines.weights.pretrained import load_config, load_model, load_tokenizer
from tiny_bert import tiny_bert

PAIRS = (
    ["the mayor of lyon met the miners .", "rain fell .", "", "x " * 300],
    ["the miners met the mayor .", "rain fell on the mayor of lyon and it was long .", "a", "b"],
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bert(tmp_path_factory.mktemp("tiny_bert"))


def trained(base: Path) -> tuple[torch.nn.Module, dict[str, torch.Tensor]]:
    """The model with a head and other layers than the base's, and its first state."""
    from transformers import AutoModel

    weights = find_weights(str(base))
    model = with_head(load_model(AutoModel, weights, load_config(weights), torch.float32)).eval()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    torch.manual_seed(5)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "encoder.layer" in name:
                parameter.add_(torch.randn_like(parameter) * 0.05)
        model.head.weight.mul_(20)
    return model, before


def kept_of(
    model: torch.nn.Module, before: dict[str, torch.Tensor]
) -> dict[str, np.typing.NDArray[np.generic]]:
    own = {n: p.detach() for n, p in model.named_parameters() if ".embeddings." not in n}
    bert = {name: tensor for name, tensor in before.items() if name.startswith("bert.")}
    return differences(bert, own)


def torch_logits(base: Path, model: torch.nn.Module) -> np.typing.NDArray[np.float32]:
    tokenizer = load_tokenizer(find_weights(str(base)))
    found = []
    with torch.no_grad():
        for first, second in zip(*PAIRS, strict=True):
            encoded = encoded_pairs(tokenizer, [first], [second], 48)
            found.append(float(model(**{k: torch.tensor(v) for k, v in encoded.items()})))
    return np.array(found, np.float32)


def test_differences_are_bytes_and_give_the_trained_weights_back(base: Path) -> None:
    model, before = trained(base)
    arrays = kept_of(model, before)
    matrix = "bert.encoder.layer.0.attention.self.query.weight"
    assert arrays[matrix].dtype == np.int8 and arrays["head.weight"].dtype == np.float32
    back = with_differences(before, arrays)
    wanted = dict(model.named_parameters())
    for name, tensor in back.items():
        assert torch.allclose(tensor, wanted[name], atol=0.002), name


def test_openvino_gives_the_logits_of_torch_whatever_is_batched_with_them(
    base: Path, tmp_path: Path
) -> None:
    model, before = trained(base)
    save_file(kept_of(model, before), tmp_path / "own.safetensors")
    engine = CrossEncoder(
        str(base), tmp_path / "own.safetensors", digest_of(tmp_path / "own.safetensors"), 48
    )
    assert isinstance(engine, PairEngine)
    engine.open()
    together = engine.logits(*PAIRS)
    expected = torch_logits(base, model)
    assert np.ptp(expected) > 0.2
    assert np.abs(together - expected).max() < 0.15 * np.ptp(expected)
    alone = [engine.logits([a], [b])[0] for a, b in zip(*PAIRS, strict=True)]
    assert np.allclose(together, alone, atol=0.05 * np.ptp(expected))
    assert np.array_equal(engine.logits(*PAIRS), together)
    assert engine.logits([], []).shape == (0,)


def test_a_file_of_another_model_is_refused(base: Path, tmp_path: Path) -> None:
    file = tmp_path / "other.safetensors"
    save_file({"bert.encoder.layer.7.output.dense.weight": np.zeros((4, 4), np.int8),
               "bert.encoder.layer.7.output.dense.weight.step": np.ones((4, 1), np.float32)},
              file)  # fmt: skip
    with pytest.raises(ModelError, match="not of the model"):
        CrossEncoder(str(base), file, digest_of(file), 48).open()


def test_a_closed_engine_says_so(base: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="before it was opened"):
        CrossEncoder(str(base), tmp_path / "none", "0" * 64, 48).logits(["a"], ["b"])
