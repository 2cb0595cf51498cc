"""Low-rank adapters (LoRA, Hu et al. 2021) as files: read and checked, packed to be shipped.

In the format of PEFT, without that package: a folder with `adapter_config.json` and
`adapter_model.safetensors`, or packed: one .safetensors file with the configuration as metadata.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.core.digest import digest_of
from pipeline.core.errors import ModelError
from pipeline.engines.weights.safetensors_files import (
    Entry,
    FloatArray,
    entries,
    is_float,
    metadata,
    read,
)

CONFIG = "adapter_config.json"
_TENSORS = "adapter_model.safetensors"
_PACKED = "adapter_config"
"""Key of a packed file's metadata."""

_BASE_SHA256 = "base_sha256"
"""Not PEFT's own: the digest of the weights that the adapter was trained on."""

_HARMLESS = frozenset(
    "peft_type peft_version auto_mapping base_model_name_or_path task_type inference_mode r "
    "lora_alpha lora_dropout target_modules exclude_modules use_rslora bias init_lora_weights "
    "layers_to_transform layers_pattern megatron_core loftq_config qalora_group_size".split()
)
"""Settings that do not change how the matrices are added, or are looked at by name. Any other that
is on, such as `use_dora` or one that PEFT does not have yet, would make another model of them."""

_PLAIN_STARTS = (True, False, None, "gaussian", "orthogonal", "eva")
"""Values of `init_lora_weights` that leave the base as it was."""

_PREFIX = "base_model.model."
_A, _B = ".lora_A.weight", ".lora_B.weight"
_MOST_FLOATS = 1 << 16
"""Of a product that are worked on at a time: they stay in the processor's cache."""


@dataclass(frozen=True)
class LowRank:
    """What is added to a matrix of shape (rows, columns): the product of `b` (rows, rank), which
    has the scale in it, and `a` (rank, columns)."""

    a: FloatArray
    b: FloatArray

    @property
    def shape(self) -> tuple[int, int]:
        return self.b.shape[0], self.a.shape[1]

    def added_to(self, matrix: FloatArray) -> FloatArray:
        """`matrix + b @ a`, with the same bits on every machine.

        Libraries of linear algebra add in an order of their own on each processor, so that the
        product is made of single multiplications and additions, which IEEE 754 rounds in one way.
        """
        out = np.empty_like(matrix)
        step = max(1, _MOST_FLOATS // matrix.shape[1])
        for start in range(0, matrix.shape[0], step):
            rows = slice(start, start + step)
            total = self.b[rows, :1] * self.a[0]
            part = np.empty_like(total)
            for rank in range(1, self.a.shape[0]):
                np.multiply(self.b[rows, rank : rank + 1], self.a[rank], out=part)
                np.add(total, part, out=total)
            np.add(matrix[rows], total, out=out[rows])
        return out


@dataclass(frozen=True)
class Adapter:
    """An adapter found on this machine. `file` holds its matrices, `base` names the model it
    belongs to and `base_sha256`, where stated, that model's digest."""

    file: Path
    base: str
    base_sha256: str | None
    rank: int
    scale: float
    digest: str

    def matrices(self) -> dict[str, LowRank]:
        """By the name that transformers has for the module, such as
        `model.layers.0.self_attn.q_proj`.

        Raises:
            ModelError: names the tensor that is no part of a LoRA, does not fit, or is not finite.
        """
        found = self.tensors()
        return {
            name.removesuffix(_A).removeprefix(_PREFIX): LowRank(
                a=a, b=found[name.removesuffix(_A) + _B] * np.float32(self.scale)
            )
            for name, a in found.items()
            if name.endswith(_A)
        }

    def tensors(self) -> dict[str, FloatArray]:
        """As they are in the file, without the scale, by PEFT's names. Raises as `matrices`."""
        found = entries(self.file)
        modules = [name.removesuffix(_A) for name in found if name.endswith(_A)]
        axes = {module + ending: axis for module in modules for ending, axis in ((_A, 0), (_B, 1))}
        for name in sorted(axes.keys() ^ found.keys()):
            what = "is missing" if name in axes else "is no matrix of a plain LoRA"
            raise ModelError(f"{self.file}: tensor {name} {what}; train it with LoRA on layers")
        if not modules:
            raise ModelError(f"{self.file}: no LoRA in it; train it with LoRA on layers")
        return {name: self._matrix(name, found[name], axis) for name, axis in axes.items()}

    def _matrix(self, name: str, entry: Entry, axis: int) -> FloatArray:
        if not is_float(entry):
            raise ModelError(f"{self.file}: tensor {name} is {entry.dtype}, not F32, F16 or BF16")
        if len(entry.shape) != 2 or entry.shape[axis] != self.rank:
            raise ModelError(
                f"{self.file}: tensor {name} has shape {list(entry.shape)}, which does not fit "
                f"rank {self.rank} of its configuration"
            )
        values = read(self.file, entry)
        if not np.isfinite(values).all():
            raise ModelError(
                f"{self.file}: tensor {name} has values that are no finite numbers; train again"
            )
        return values


def is_adapter(folder: Path) -> bool:
    """Whether it is a folder as PEFT writes it."""
    return (folder / CONFIG).is_file()


def read_adapter(path: Path) -> Adapter:
    """The adapter of a folder or a packed file; its matrices are not read yet.

    Raises:
        ModelError: it is damaged, or of a kind that cannot be merged: says which setting.
    """
    if path.is_dir():
        file, where = path / _TENSORS, path / CONFIG
        try:
            text = where.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ModelError(f"{where}: cannot be read: {error}") from error
        if not file.is_file():
            raise ModelError(f"{path}: no {_TENSORS} in it; pickled adapters are not loaded")
        both = f"{digest_of(where)} {digest_of(file)}"
        digest = hashlib.sha256(both.encode()).hexdigest()
    else:
        file = where = path
        packed = metadata(path).get(_PACKED)
        if packed is None:
            raise ModelError(f"{path}: no packed adapter: its metadata has no {_PACKED!r}")
        text, digest = packed, digest_of(path)
    try:
        config = json.loads(text)
    except ValueError as error:
        raise ModelError(f"{where}: not a configuration of an adapter: {error}") from error
    if not isinstance(config, dict):
        raise ModelError(f"{where}: not a configuration of an adapter: no JSON object")
    for problem in _problems(config):
        raise ModelError(f"{where}: {problem}; only plain LoRA adapters can be merged")
    rank, alpha = int(config["r"]), float(config["lora_alpha"])
    scale = alpha / math.sqrt(rank) if config.get("use_rslora") else alpha / rank
    base, sha256 = config["base_model_name_or_path"], config.get(_BASE_SHA256)
    return Adapter(file, base, sha256, rank, scale, digest)


def _problems(config: Mapping[str, object]) -> Iterator[str]:
    kind, bias, start = (config.get(key) for key in ("peft_type", "bias", "init_lora_weights"))
    if kind != "LORA":
        yield f"peft_type is {kind!r}"
    if bias not in ("none", None):
        yield f"bias is {bias!r}"
    if start not in _PLAIN_STARTS:
        yield f"init_lora_weights={start!r} changes the base"
    for key, value in config.items():
        if value and key not in _HARMLESS | {_BASE_SHA256}:
            yield f"{key}={value!r} is not supported"
    for key in ("r", "lora_alpha"):
        value = config.get(key)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not math.isfinite(float(str(value))) or float(str(value)) <= 0:
            yield f"{key}={value!r} is not a number above 0"
        elif key == "r" and not isinstance(value, int):
            yield f"{key}={value!r} is not a whole number"
    for key, needed in (("base_model_name_or_path", True), (_BASE_SHA256, False)):
        value = config.get(key)
        if not (isinstance(value, str) and value) and (needed or value is not None):
            yield f"{key}={value!r} does not name the base model"


def pack_adapter(folder: Path, target: Path, base: str, base_sha256: str) -> None:
    """Write the adapter of a PEFT folder as one bfloat16 .safetensors file, to be shipped.

    `base` is the name of the base's model card, `base_sha256` the digest of its weights; the same
    adapter gives the same bytes.

    Raises:
        ModelError: as `read_adapter` and `Adapter.matrices`.
    """
    import torch
    from safetensors.torch import save_file

    adapter = read_adapter(folder)
    adapter.matrices()  # whatever is wrong with them is said now
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    kept = ("peft_type", "task_type", "r", "lora_alpha", "use_rslora", "bias", "target_modules")
    packed = {key: config[key] for key in kept if key in config}
    if isinstance(packed.get("target_modules"), list):
        packed["target_modules"] = sorted(packed["target_modules"])  # a set, to PEFT
    packed |= {"base_model_name_or_path": base, _BASE_SHA256: base_sha256}
    tensors = {
        name: torch.from_numpy(read(adapter.file, entry)).to(torch.bfloat16)
        for name, entry in entries(adapter.file).items()
    }
    # One key alone: the library writes several in a random order.
    save_file(tensors, target, {_PACKED: json.dumps(packed, sort_keys=True)})
