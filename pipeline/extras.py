"""What to say when a package of an optional extra is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.errors import ConfigError


@contextmanager
def needs(package: str, extra: str) -> Iterator[None]:
    """For the import of `package`, which the extra installs.

    Raises:
        ConfigError: it is not installed; says how it is.
    """
    try:
        yield
    except ImportError as error:
        raise ConfigError(
            f"{package} is not installed ({error}); pip install 'dateline[{extra}]'"
        ) from error
