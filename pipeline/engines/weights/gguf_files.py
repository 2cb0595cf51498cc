"""GGUF files of Llama models: what they state, and a new one with an adapter merged into it.

The format is read and written by the package `gguf`; nothing here knows model cards or caches.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.core.errors import ModelError
from pipeline.engines.weights.adapters import Adapter, LowRank
from pipeline.engines.weights.safetensors_files import FloatArray

if TYPE_CHECKING:
    from gguf import GGUFReader, GGUFWriter, ReaderTensor

_ARCHITECTURE = "llama"
"""Others name or order their tensors in ways that nothing here has been tried on."""

_ABOUT_THE_FILE = frozenset(
    "type basename size_label license license.name license.link tags languages "
    "quantization_version alignment".split()
)
"""Fields `general.*` that stay true when the weights are tuned."""

_NAME, _ORGANIZATION = "general.name", "general.organization"


def gguf_context(path: Path) -> int | None:
    """The context length that a GGUF file states, in tokens.

    Raises:
        ModelError: it is no GGUF file.
    """
    for key, value in _reader(path).fields.items():
        if key.endswith(".context_length"):
            return int(value.contents())
    return None


def merge_gguf(base: Path, adapter: Adapter, out: Path, name: str) -> None:
    """Write `base` with the adapter added as a GGUF called `name`, all its matrices Q8_0.

    One tensor is in memory at a time. The same input gives the same bytes on every machine.

    Raises:
        ModelError: the base is no Llama GGUF, or the adapter does not fit it.
        OSError: `out` cannot be written.
    """
    from gguf import GGMLQuantizationType as Kind
    from gguf import GGUFWriter

    reader = _reader(base)
    deltas = _deltas(reader, base, adapter)
    writer = GGUFWriter(out, _ARCHITECTURE)
    try:
        _copy_fields(reader, writer, name)
        for tensor in reader.tensors:
            kind, rows = _kind(tensor), tensor.data.shape[:-1]
            size = _row_bytes(int(tensor.shape[0]), kind)
            raw = np.dtype(np.float32 if kind == Kind.F32 else np.uint8)
            count = int(np.prod(rows, dtype=np.int64)) * size
            shape = (*rows, size // raw.itemsize)
            writer.add_tensor_info(tensor.name, shape, raw, count, raw_dtype=kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for tensor in reader.tensors:
            writer.write_tensor_data(_merged(tensor, deltas.get(tensor.name), base))
    finally:
        writer.close()


def _reader(path: Path) -> GGUFReader:
    from gguf import GGUFReader

    try:
        return GGUFReader(path)
    except (ValueError, IndexError, KeyError, OSError) as error:
        raise ModelError(f"{path}: not a readable GGUF file: {error}") from error


def _stated(reader: GGUFReader, key: str) -> object:
    field = reader.fields.get(key)
    return None if field is None else field.contents()


def _deltas(reader: GGUFReader, base: Path, adapter: Adapter) -> dict[str, LowRank]:
    """What to add to which tensor of the base, in the order of its rows."""
    from gguf import MODEL_ARCH, get_tensor_name_map

    architecture = _stated(reader, "general.architecture")
    if architecture != _ARCHITECTURE:
        raise ModelError(
            f"{base}: adapters are merged into GGUF files of Llama models, this is of "
            f"{architecture!r}; give the base as a folder with .safetensors files, for "
            "engine=transformers"
        )
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    blocks = _stated(reader, "llama.block_count")
    names = get_tensor_name_map(MODEL_ARCH.LLAMA, blocks if isinstance(blocks, int) else 0)
    deltas = {}
    for module, delta in adapter.matrices().items():
        stem = names.get_name(module)
        tensor = tensors.get(f"{stem}.weight")
        if stem is None or tensor is None:
            raise ModelError(f"{adapter.file}: targets {module}, which {base} does not have")
        shape = tuple(int(n) for n in reversed(tensor.shape))
        if shape != delta.shape:
            raise ModelError(
                f"{adapter.file}: {module} has shape {list(delta.shape)}, in {base} it has "
                f"{list(shape)}; an adapter of another model"
            )
        heads = _heads(reader, stem)
        deltas[tensor.name] = delta if heads is None else _permuted(delta, heads, adapter)
    return deltas


def _heads(reader: GGUFReader, stem: str) -> int | None:
    """How many heads the rows of a matrix belong to, if its rows are permuted in the format."""
    heads = _stated(reader, "llama.attention.head_count")
    if stem.endswith(".attn_k"):
        heads = _stated(reader, "llama.attention.head_count_kv") or heads
    elif not stem.endswith(".attn_q"):
        return None
    return heads if isinstance(heads, int) else 1


def _permuted(delta: LowRank, heads: int, adapter: Adapter) -> LowRank:
    """Rotary pairs of a head lie half a head apart in transformers, side by side in llama.cpp."""
    rows, rank = delta.b.shape
    if rows % (2 * heads):
        raise ModelError(f"{adapter.file}: {rows} rows are no {heads} attention heads")
    halves = delta.b.reshape(heads, 2, rows // heads // 2, rank)
    return LowRank(delta.a, np.ascontiguousarray(halves.swapaxes(1, 2)).reshape(rows, rank))


def _copy_fields(reader: GGUFReader, writer: GGUFWriter, name: str) -> None:
    """All that holds for the merged model as well, its own name, and what it was made from."""
    from gguf import GGUFValueType, LlamaFileType

    writer.data_alignment = int(reader.alignment)
    for key, field in reader.fields.items():
        group, _, rest = key.partition(".")
        if group == "GGUF" or (group == "general" and rest not in _ABOUT_THE_FILE):
            continue
        kind = field.types[0]
        inner = field.types[-1] if kind == GGUFValueType.ARRAY else None
        writer.add_key_value(key, field.contents(), kind, inner)
    writer.add_name(name)
    writer.add_file_type(LlamaFileType.MOSTLY_Q8_0)
    writer.add_base_model_count(1)
    writer.add_base_model_name(0, str(_stated(reader, _NAME) or ""))
    writer.add_base_model_organization(0, str(_stated(reader, _ORGANIZATION) or ""))


def _kind(tensor: ReaderTensor) -> int:
    """Matrices become Q8_0 where their rows are whole blocks; the rest is kept in full."""
    from gguf import GGML_QUANT_SIZES
    from gguf import GGMLQuantizationType as Kind

    block, _ = GGML_QUANT_SIZES[Kind.Q8_0]
    whole = len(tensor.shape) > 1 and int(tensor.shape[0]) % block == 0
    return int(Kind.Q8_0 if whole else Kind.F32)


def _row_bytes(columns: int, kind: int) -> int:
    from gguf import GGML_QUANT_SIZES
    from gguf import GGMLQuantizationType as Kind

    block, size = GGML_QUANT_SIZES[Kind(kind)]
    return int(columns // block * size)


def _merged(tensor: ReaderTensor, delta: LowRank | None, base: Path) -> FloatArray:
    """The tensor's data as it is to be written."""
    from gguf import GGMLQuantizationType as Kind
    from gguf import quants

    kind = _kind(tensor)
    if delta is None and tensor.tensor_type == kind:
        return np.asarray(tensor.data)  # as it was, bit by bit
    try:
        values = quants.dequantize(tensor.data, tensor.tensor_type)
    except NotImplementedError as error:
        raise ModelError(f"{base}: {error}; give it in another quantisation") from error
    values = np.asarray(values, np.float32)
    if delta is not None:
        values = delta.added_to(values)
    return np.asarray(quants.quantize(values, Kind(kind)))
