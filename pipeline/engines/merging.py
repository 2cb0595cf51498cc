"""A base model and an adapter as one model, made once and kept in the model cache.

A kept model has the digest of its bytes in its name and appears there whole, by a rename, so that
it does not matter who is killed, who else makes it, or what becomes of the file later.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pipeline.digest import digest_of, digest_of_folder, files_in
from pipeline.engines.adapters import Adapter
from pipeline.engines.gguf_files import merge_gguf
from pipeline.engines.placing import part_of, put, remove, sweep
from pipeline.engines.safetensors_files import entries, is_float, read, write
from pipeline.errors import ModelError

_VERSION = 1
"""Of the way models are merged; a change of it makes all of them again."""

_KEY_LETTERS = 16

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
    key = merged_digest(base_digest, adapter)[:_KEY_LETTERS]
    if base.is_dir():
        return _kept(
            place, key, "", digest_of_folder, lambda out: _merge_folder(base, adapter, out)
        )
    return _kept(place, key, ".gguf", digest_of, lambda out: merge_gguf(base, adapter, out, name))


def _kept(
    place: Path,
    key: str,
    ending: str,
    digest: Callable[[Path], str],
    make: Callable[[Path], None],
) -> Path:
    """The one of `place` with this key that is whole, made if there is none."""
    for path in sorted(place.glob(f"{key}-*{ending}")):
        with suppress(OSError):  # somebody removes it at this moment
            if path.name == f"{key}-{digest(path)}{ending}":
                return path
    part = part_of(place / key)
    try:
        place.mkdir(parents=True, exist_ok=True)
        sweep(place)
        make(part)
        path = place / f"{key}-{digest(part)}{ending}"
        put(part, path)
    except OSError as error:
        raise ModelError(
            f"{place}: the merged model cannot be kept there: {error.strerror or error}; make "
            "room, or set DATELINE_MODELS to a folder that can be written to"
        ) from error
    finally:
        remove(part)
    return path


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
