"""What is made from a model once and kept in the model cache: merged, distilled, converted.

A kept file or folder has the digest of its bytes in its name and appears there whole, by a rename,
so that it does not matter who is killed, who else makes it, or what becomes of it later.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pipeline.core.digest import digest_of, digest_of_folder
from pipeline.core.errors import ModelError
from pipeline.engines.weights.placing import part_of, put, remove, sweep

_KEY_LETTERS = 16


def kept(place: Path, key: str, ending: str, what: str, make: Callable[[Path], None]) -> Path:
    """The one of the folder `place` for this key that is whole, made if there is none.

    `make` writes it to the path it is given: a folder without an `ending`, else a file. `key` is
    the digest of all that decides it, `what` its name in an error.

    Raises:
        ModelError: it cannot be written there.
    """
    short = key[:_KEY_LETTERS]
    digest = digest_of if ending else digest_of_folder
    for path in sorted(place.glob(f"{short}-*{ending}")):
        with suppress(OSError):  # somebody removes it at this moment
            if path.name == f"{short}-{digest(path)}{ending}":
                return path
    part = part_of(place / short)
    try:
        place.mkdir(parents=True, exist_ok=True)
        sweep(place)
        make(part)
        path = place / f"{short}-{digest(part)}{ending}"
        put(part, path)
    except OSError as error:
        raise ModelError(
            f"{place}: the {what} cannot be kept there: {error.strerror or error}; make room, or "
            "set DATELINE_MODELS to a folder that can be written to"
        ) from error
    finally:
        remove(part)
    return path
