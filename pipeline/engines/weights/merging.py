"""A base model and an adapter as one model, made once and kept in the model cache."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from pipeline.core.digest import files_in
from pipeline.core.errors import ModelError
from pipeline.engines.weights.adapters import Adapter
from pipeline.engines.weights.gguf_files import merge_gguf
from pipeline.engines.weights.keeping import kept
from pipeline.engines.weights.safetensors_files import entries, is_float, read, write

_VERSION = 1
"""Of the way models are merged; a change of it makes all of them again."""

_WHAT = "merged model"

_COPIED = (".safetensors", ".json", ".txt", ".model", ".jinja")
"""What makes up a model's folder: weights, configuration, tokenizer, chat template. No code."""


def merged_digest(base_digest: str, adapter: Adapter) -> str:
    """What a merged model is in fingerprints: it is decided by base, adapter and the way.

    Known before the model is made; the bytes of a GGUF are the same on every machine as well, but
    only for as long as its writer writes its header in the same way.
    """
    text = f"{_VERSION} {base_digest} {adapter.digest}"
    return hashlib.sha256(text.encode()).hexdigest()


def merged(base: Path, base_digest: str, adapter: Adapter, name: str, cache: Path) -> Path:
    """The GGUF file, or the folder if `base` is one, of the model called `name`, below `cache`.

    Raises:
        ModelError: the adapter is for another base, cannot be merged, or `cache` not be written.
    """
    if adapter.base_sha256 not in (None, base_digest):
        raise ModelError(
            f"{adapter.file}: made for {adapter.base} with sha256 "
            f"{str(adapter.base_sha256)[:12]}..., but {base} has {base_digest[:12]}...; "
            "use that base, or train an adapter on this one"
        )
    place = cache / name
    key = merged_digest(base_digest, adapter)
    if base.is_dir():
        return kept(place, key, "", _WHAT, lambda out: _merge_folder(base, adapter, out))
    return kept(place, key, ".gguf", _WHAT, lambda out: merge_gguf(base, adapter, out, name))


def copy_model(folder: Path, out: Path) -> None:
    """Copy the files that make up a model into the new folder `out`. Raises OSError."""
    out.mkdir()
    for file in files_in(folder):
        if file.parent == folder and file.suffix in _COPIED:
            shutil.copyfile(file, out / file.name)


def _merge_folder(base: Path, adapter: Adapter, out: Path) -> None:
    """Copy a safetensors model and change its matrices in place, in the types they have."""
    deltas = adapter.matrices()
    copy_model(base, out)
    for file in sorted(out.glob("*.safetensors")):
        for name, entry in entries(file).items():
            delta = deltas.pop(name.removesuffix(".weight"), None)
            if delta is None:
                continue
            if entry.shape != delta.shape or not is_float(entry):
                raise ModelError(
                    f"{adapter.file}: {name} has shape {list(delta.shape)}, in {base} it is "
                    f"{entry.dtype} of {list(entry.shape)}; an adapter of another model"
                )
            write(file, entry, delta.added_to(read(file, entry)))
    if deltas:
        raise ModelError(f"{adapter.file}: targets {min(deltas)}, which {base} does not have")
