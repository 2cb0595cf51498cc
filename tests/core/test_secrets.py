"""What is taken for a secret, what is not, and that dumps keep everything else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.compose import CONFIGS
from pipeline.core.secrets import HIDDEN, is_secret_key, redacted
from pipeline.engines.weights.cards import cards

SECRET = [
    "api_key", "apikey", "apiKey", "API_KEY", "OPENAI_API_KEY", "DATELINE_API_KEY",
    "x-api-key", "password", "passwd", "db.password", "user-password", "dbPassword", "secret",
    "client_secret", "token", "access_token", "hf_token", "HF_TOKEN", "HFToken",
    "refreshToken", "session_token", "authorization", "Authorization", "proxy-authorization",
    "credentials", "aws_secret_access_key", "aws_access_key_id", "aws_session_token",
    "private_key", "passphrase", "access_tokens", "engine.api_key",
]  # fmt: skip
OPEN = [
    "max_tokens", "batch_tokens", "max_new_tokens", "min_new_tokens", "max_source_tokens",
    "max_batch_tokens", "context_tokens", "dropped_tokens", "new_tokens", "tokens",
    "tokenizer", "tokenizer_config", "pad_token", "eos_token", "bos_token_id", "eos_token_id",
    "control_tokens_file", "key", "keys", "keyboard", "primary_key", "secretary", "authorize",
    "author", "monkey", "tokenise", "password_policy", "name", "path", "url",
]  # fmt: skip


@pytest.mark.parametrize("name", SECRET)
def test_secrets(name: str) -> None:
    assert is_secret_key(name)


@pytest.mark.parametrize("name", OPEN)
def test_what_is_not_secret(name: str) -> None:
    assert not is_secret_key(name)


def names(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield str(name)
            yield from names(value)
    elif isinstance(node, list):
        for value in node:
            yield from names(value)


def test_no_shipped_key_is_taken_for_a_secret() -> None:
    """It would vanish from the fingerprint, and another value would resume the same run."""
    found = [
        name for path in CONFIGS.rglob("*.yaml") for name in names(yaml.safe_load(path.open()))
    ]
    assert "max_new_tokens" in found
    assert not [name for name in found if is_secret_key(name)]


def test_shipped_values_are_dumped_as_they_are() -> None:
    for path in CONFIGS.rglob("*.yaml"):
        values = yaml.safe_load(path.read_text())
        assert redacted(values) == values
    assert [redacted(card.notes) for card in cards().values()] == [
        c.notes for c in cards().values()
    ]


def test_only_the_secrets_are_hidden() -> None:
    config = {
        "engine": {"api_key": "canary", "max_new_tokens": 96, "hf_token": None},
        "servers": [{"password": {"nested": "canary"}}, {"url": "https://me:canary@host/v1?x=1"}],
        "path": "s3://canary@bucket/key",
        "sizes": (1, 2.5, True),
    }
    assert redacted(config) == {
        "engine": {"api_key": HIDDEN, "max_new_tokens": 96, "hf_token": None},
        "servers": [{"password": HIDDEN}, {"url": f"https://{HIDDEN}@host/v1?x=1"}],
        "path": f"s3://{HIDDEN}@bucket/key",
        "sizes": [1, 2.5, True],
    }
    assert config["engine"] == {"api_key": "canary", "max_new_tokens": 96, "hf_token": None}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://user:p@ss@host/a", "https://***@host/a"),
        ("see http://a:b@c/ and ftp://d:e@f/", "see http://***@c/ and ftp://***@f/"),
        ("https://host/?api_key=canary&page=2", "https://host/?api_key=***&page=2"),
        ("https://host/?max_tokens=5", "https://host/?max_tokens=5"),
        ("write to a@b.org, see https://host/@name", "write to a@b.org, see https://host/@name"),
        ("a basic income for all", "a basic income for all"),
    ],
)
def test_secrets_inside_strings(text: str, expected: str) -> None:
    assert redacted(text) == expected


KEYS = st.sampled_from(["api_key", "hf_token", "password", "url", "max_new_tokens", "items"])
VALUES = st.recursive(
    st.sampled_from(["CANARY", "plain", "https://u:CANARY@host/", 7, None, True]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


def kept(value: object) -> object:
    """The value with every canary that may stay: one that neither a key nor a URL gives away."""
    if isinstance(value, dict):
        return {name: kept(part) for name, part in value.items() if not is_secret_key(name)}
    if isinstance(value, list):
        return [kept(part) for part in value]
    return value.replace("u:CANARY@", "***@") if isinstance(value, str) else value


@given(VALUES)
def test_nothing_secret_stays_and_nothing_else_goes(value: object) -> None:
    dumped = redacted(value)
    assert "u:CANARY" not in repr(dumped)
    assert kept(dumped) == kept(value)
    assert redacted(dumped) == dumped


@given(st.text(max_size=300))
def test_a_text_without_a_url_stays(text: str) -> None:
    if "://" not in text:
        assert redacted(text) == text
