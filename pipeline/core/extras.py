"""Which packages are installed, and what to say when one of an optional extra is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version

from pipeline.core.errors import ConfigError


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


def installed(packages: Sequence[str]) -> dict[str, str]:
    """The versions of those that are installed."""
    found = {}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
