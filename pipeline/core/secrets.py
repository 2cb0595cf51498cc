"""What must not be written down: which keys hold a secret, and configurations without them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import overload

HIDDEN = "***"
"""What stands in a dump where a secret was."""

_SECRET_ENDINGS = [
    tuple(ending.split("_"))
    for ending in (
        "password passwd passphrase pwd secret secrets token tokens credential credentials "
        "authorization bearer cookie apikey api_key api_keys access_key access_key_id secret_key "
        "private_key signing_key encryption_key account_key"
    ).split()
]
"""Last words of the names under which programs and cloud services keep secrets."""

_COUNTED = frozenset(
    {"max", "min", "batch", "cache", "new", "source", "context", "dropped", "num", "total"}
)
"""A name ending in `tokens` with one of these before it counts a model's tokens."""

_OF_A_VOCABULARY = frozenset(
    {"pad", "bos", "eos", "unk", "sep", "cls", "mask", "start", "stop", "end", "special"}
)
"""`pad_token` and its like are parts of a vocabulary."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_USER_INFO = re.compile(r"(?<=://)[^/?#\s\"'<>]*@")
_URL_SECRET = re.compile(r"(?<=[?&;])([^=&#\s]+)=([^&#;\s\"'<>]+)")


def is_secret_key(name: str) -> bool:
    """Whether a key of this name holds a secret: `api_key`, `hfToken`, `db-password` do,
    `max_new_tokens`, `pad_token` and `tokenizer` do not."""
    words = tuple(word.lower() for word in _WORD.findall(name))
    before = set(words[:-1])
    if words[-1:] == ("tokens",) and (not before or before & (_COUNTED | _OF_A_VOCABULARY)):
        return False
    if words[-1:] == ("token",) and before & _OF_A_VOCABULARY:
        return False
    return any(words[-len(ending) :] == ending for ending in _SECRET_ENDINGS)


@overload
def redacted(value: Mapping[str, object]) -> dict[str, object]: ...
@overload
def redacted(value: str) -> str: ...
@overload
def redacted(value: object) -> object: ...
def redacted(value: object) -> object:
    """The same mappings, lists and scalars with `***` for every secret.

    A secret is whatever a key named like one holds, null apart, so that it still shows whether it
    was set; and in any string the user and password of a URL and its parameters named like
    secrets. Tuples come back as lists.
    """
    if isinstance(value, Mapping):
        return {
            str(name): HIDDEN if part is not None and is_secret_key(str(name)) else redacted(part)
            for name, part in value.items()
        }
    if isinstance(value, list | tuple):
        return [redacted(part) for part in value]
    return _without(value) if isinstance(value, str) else value


def _without(text: str) -> str:
    if "://" in text:
        text = _USER_INFO.sub(f"{HIDDEN}@", text)
        text = _URL_SECRET.sub(_parameter, text)
    return text


def _parameter(found: re.Match[str]) -> str:
    return f"{found[1]}={HIDDEN}" if is_secret_key(found[1]) else found[0]
