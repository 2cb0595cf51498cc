"""Torch modules as OpenVINO files, their matrices as bytes where they shall be small."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.core.errors import ModelError, first_line
from pipeline.engines.weights.cards import model_cache
from pipeline.engines.weights.keeping import kept

if TYPE_CHECKING:
    import openvino
    import torch

_LEVELS = 127

_GROUP = 128
"""Numbers of a token that are rounded with one step."""


def compiled(
    what: str, decides: str, file: str, precision: str, small: bool, write: Callable[[Path], None]
) -> openvino.CompiledModel:
    """The model that `write` puts as `file` into a new folder, kept in the model cache under what
    `decides` it. With `small` what is multiplied with its matrices becomes bytes as it comes.

    Raises:
        ModelError: it cannot be kept; names `what` it is.
    """
    import openvino

    key = hashlib.sha256(decides.encode()).hexdigest()
    folder = kept(model_cache() / "openvino", key, "", what, write)
    properties = {"INFERENCE_PRECISION_HINT": precision}
    if small:
        properties["DYNAMIC_QUANTIZATION_GROUP_SIZE"] = str(_GROUP)
    return openvino.Core().compile_model(folder / file, "CPU", properties)


def save_ir(
    module: torch.nn.Module,
    example: Mapping[str, torch.Tensor],
    small: bool,
    file: Path,
    what: str,
) -> None:
    """Write a module, traced with `example`, to `file` in a new folder as OpenVINO IR, its matrices
    as bytes if `small`.

    Raises:
        ModelError: OpenVINO cannot convert it; names `what` it is.
    """
    import openvino
    import torch

    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of tracing: branches that are the same for all texts
            converted = openvino.convert_model(module, example_input=dict(example))
    except Exception as error:  # whatever a strange model makes the tracer raise
        raise ModelError(
            f"{what}: OpenVINO cannot convert it to an encoder: {first_line(error)}"
        ) from error
    if small:
        _round(converted)
    file.parent.mkdir()
    openvino.save_model(converted, file, compress_to_fp16=small)


def _round(model: openvino.Model) -> None:
    """Put bytes and a step a row in place of every constant matrix that something is multiplied
    with."""
    from openvino import opset13 as ops

    for node in model.get_ordered_ops():
        if node.get_type_name() != "MatMul":
            continue
        matrix = node.input_value(1).get_node()
        if matrix.get_type_name() != "Constant" or len(matrix.shape) != 2:
            continue
        values = np.asarray(matrix.data, dtype=np.float32)
        axis = 1 if node.get_attributes()["transpose_b"] else 0
        steps = np.maximum(np.abs(values).max(axis=axis, keepdims=True), 1e-9) / _LEVELS
        rounded = ops.constant(np.rint(values / steps).astype(np.int8))
        exact = ops.multiply(ops.convert(rounded, "f32"), ops.constant(steps))
        node.input(1).replace_source_output(exact.output(0))
