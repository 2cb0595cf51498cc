"""A model as a file or folder for other programs: GGUF, or a folder that transformers loads."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Literal

from pipeline.core.errors import ModelError
from pipeline.engines.weights.keeping import part_of, put, remove
from pipeline.engines.weights.merging import copy_model
from pipeline.engines.weights.models import Weights
from pipeline.engines.weights.pretrained import load_config, load_model, load_tokenizer

Format = Literal["gguf", "hf"]


def export(weights: Weights, form: Format, target: Path, overwrite: bool = False) -> Path:
    """Write the model to `target`, a GGUF file or for `hf` a folder; returns where it is.

    With `gguf` a `target` that is a folder gets the file. `hf` has safetensors, configuration,
    tokenizer, chat template and generation settings; weights of a GGUF are bfloat16 in it.

    Raises:
        ModelError: it is there already, cannot be written, or the model has no such form.
    """
    source = weights.path
    if form == "gguf":
        if source.suffix != ".gguf":
            raise ModelError(
                f"model {weights.name} is a folder of other files, not a GGUF; give --format hf"
            )
        if target.is_dir():
            target = target / f"{Path(weights.name).name.removesuffix('.gguf')}.gguf"
    elif source.is_dir() and not (source / "config.json").is_file():
        raise ModelError(f"{source}: no config.json in it, so no model that transformers loads")
    _check_free(target, form, overwrite)
    part = part_of(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if form == "gguf":
            shutil.copyfile(source, part)
        elif source.is_dir():
            copy_model(source, part)
        else:
            _unpack(weights, part)
        put(part, target)
    except OSError as error:
        raise ModelError(f"{target}: cannot be written: {error.strerror or error}") from error
    finally:
        remove(part)
    return target


def _check_free(target: Path, form: Format, overwrite: bool) -> None:
    if target.is_dir() and form == "hf":
        inside = {path.name for path in target.iterdir()}
        if inside and "config.json" not in inside:
            # The folder is replaced as a whole: it might be anything else of the user's.
            raise ModelError(f"{target}: a folder with other files in it; give --to another one")
        if inside and not overwrite:
            raise ModelError(f"{target}: is there already; give --overwrite, or --to another one")
    elif target.is_dir():
        raise ModelError(f"{target}: is a folder; give --to a file")
    elif target.exists() and (form == "hf" or not overwrite):
        way_out = "--to a folder" if form == "hf" else "--overwrite, or --to another file"
        raise ModelError(f"{target}: is there already; give {way_out}")


def _unpack(weights: Weights, out: Path) -> None:
    """A GGUF as transformers reads it."""
    import torch
    from transformers import AutoModelForCausalLM

    config, tokenizer = load_config(weights), load_tokenizer(weights)
    model = load_model(AutoModelForCausalLM, weights, config, torch.bfloat16)
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    file = out / "config.json"
    values = json.loads(file.read_text(encoding="utf-8"))
    values.pop("quantization_config", None)  # it says how the GGUF was read
    file.write_text(json.dumps(values, indent=2, sort_keys=True) + "\n", encoding="utf-8")
