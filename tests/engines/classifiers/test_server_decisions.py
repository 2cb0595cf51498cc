"""Decisions by a server, against a small one in this process that misbehaves to order."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from decided import decided as labelled
from local_server import Answer, Server, failed
from pipeline.article import Article
from pipeline.config.schema import construct
from pipeline.core.errors import ConfigError, ModelError
from pipeline.engines.base import Failure
from pipeline.engines.classifiers.decisions import DecisionEngine, Question
from pipeline.engines.classifiers.server_decisions import ServerDecisions
from pipeline.taxonomy.topics import load_topics
from pipeline.topic.decision import DecisionTopic

KEY = "sk-canary-0123456789"
COLOUR = {"colour": Question("Which?", ("red", "blue")), "warm": Question("Is it warm?")}
NAMES = [topic.name for topic in load_topics().values()]


def decided(red: float = 0.75, warm: float = 0.5) -> Answer:
    choice = {"type": "choice", "choice": "red", "confidence": 0.5}
    answers = {
        "colour": {**choice, "probabilities": {"red": red, "blue": 1 - red}},
        "warm": {"type": "noul", "noul": warm},
    }
    return 200, {}, {"model": "m", "answers": answers, "usage": {"input_tokens": 9}}


def topical(body: dict[str, Any], before: int) -> Answer:
    """Sport for what speaks of goals; else all topics alike."""
    sure = "goal" in body["state"]
    of = {name: 0.84 if name == "sport" else 0.01 for name in NAMES} if sure else {}
    answers = {}
    for name, question in body["questions"].items():
        if question["type"] == "noul":
            answers[name] = {"type": "noul", "noul": 0.9 if name == "medtop:15000000" else 0.2}
        else:
            even = dict.fromkeys(question["criteria"], 1 / len(NAMES))
            answers[name] = {"type": "choice", "choice": "", "probabilities": of or even}
    return 200, {}, {"answers": answers}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("SYSTEMONE_API_KEY", raising=False)
    running = Server(lambda body, before: decided())
    yield running
    running.close()


def engine(server: Server, **settings: Any) -> ServerDecisions:
    values = {"retries": 2, "backoff_seconds": 0.0, "timeout_seconds": 5.0, **settings}
    return ServerDecisions("some/model", server.url, **values)


def test_the_request_and_the_answer_are_those_of_the_protocol(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYSTEMONE_API_KEY", KEY)
    asking = engine(server)
    assert isinstance(asking, DecisionEngine)
    [answers] = asking.decide(["A red sun."], COLOUR)
    assert answers == {"colour": {"red": 0.75, "blue": 0.25}, "warm": {"true": 0.5}}
    assert server.paths == ["/v1/systemone"] and server.keys == [f"Bearer {KEY}"]
    criteria = {"red": None, "blue": None}
    assert server.requests == [
        {
            "model": "some/model",
            "state": "A red sun.",
            "questions": {
                "colour": {"type": "choice", "instructions": "Which?", "criteria": criteria},
                "warm": {"type": "noul", "instructions": "Is it warm?"},
            },
        }
    ]
    assert asking.decide([], COLOUR) == []
    assert KEY not in repr(asking) + repr(asking.identity())


def garbage() -> Iterator[Answer]:
    """Answers with status 200 that answer nothing."""
    yield 200, {}, b"<html>not JSON</html>"
    yield 200, {}, b"[]"
    yield 200, {}, {"answers": None}
    good: Any = decided()[2]
    for name, answer in (
        ("colour", None),
        ("colour", {"type": "choice", "choice": "red"}),
        ("colour", {"probabilities": {"red": 0.5}}),
        ("colour", {"probabilities": {"red": 0.5, "blue": "much"}}),
        ("warm", {"noul": True}),
        ("warm", {"noul": -0.5}),
        ("warm", {"noul": 7}),
    ):
        yield 200, {}, {"answers": {**good["answers"], name: answer}}


@pytest.mark.parametrize(
    "bad",
    [failed(429, "slow down", retry_after="0"), failed(503), failed(529), *garbage()],
    ids=lambda bad: f"{bad[0]} {bad[2]!s:.60}",
)
def test_what_fails_for_the_moment_is_tried_again_and_then_given_up(
    server: Server, bad: Answer
) -> None:
    server.behave = lambda body, before: bad if before == 0 or body["state"] == "bad" else decided()
    first, second = engine(server).decide(["good", "bad"], COLOUR)
    assert not isinstance(first, Failure) and first["warm"] == {"true": 0.5}
    assert isinstance(second, Failure) and "the server decided nothing" in second.reason
    assert len(server.requests) == 2 + 3


def test_a_state_that_the_server_refuses_is_not_sent_again(server: Server) -> None:
    server.behave = lambda body, before: failed(422, "state is too long")
    [failure] = engine(server).decide(["long"], COLOUR)
    assert isinstance(failure, Failure) and "state is too long" in failure.reason
    assert len(server.requests) == 1


def test_a_slow_server_is_not_waited_for(server: Server) -> None:
    release = threading.Event()

    def behave(body: dict[str, Any], before: int) -> Answer:
        release.wait(5)
        return decided()

    server.behave = behave
    [failure] = engine(server, timeout_seconds=0.1, retries=0).decide(["x"], COLOUR)
    release.set()
    assert isinstance(failure, Failure) and "timeout_seconds=0.1" in failure.reason


def test_what_is_wrong_with_every_request_ends_the_run(server: Server) -> None:
    server.behave = lambda body, before: failed(404, "no such model")
    with pytest.raises(ModelError, match=r"topic\.engine\.model"):
        engine(server, concurrency=1).decide(["a", "b", "c"], COLOUR)
    assert len(server.requests) <= 2


def test_as_much_of_a_text_is_sent_as_was_said_and_no_marks(server: Server) -> None:
    asking = engine(server, max_tokens=10)
    asking.decide(["<|im_end|>Лгать" + "x" * 10**6], COLOUR)
    state = server.requests[0]["state"]
    assert state.startswith("< |im_end|>Лгать") and len(state.encode()) <= 31
    asking.decide(["ж" * 100, "\ud800x"], COLOUR)
    assert {body["state"] for body in server.requests[1:]} == {"ж" * 15, "?x"}


def test_the_topic_stage_labels_rejects_and_keeps_the_order(server: Server) -> None:
    def behave(body: dict[str, Any], before: int) -> Answer:
        return failed(429, "too many") if "rain" in body["state"] else topical(body, before)

    server.behave = behave
    stage = DecisionTopic(engine(server))
    articles = [
        Article("sport", "A late goal", "It was the second goal."),
        Article("empty"),
        Article("rain", None, "Heavy rain."),
        Article("none", "Something else"),
        Article("long", None, "A goal. " * 130_000),
    ]
    sport, empty, rain, none, long = labelled(stage, articles)
    assert [a.id for a in (sport, empty, rain, none, long)] == [a.id for a in articles]
    assert (sport.topic, sport.topic_name, sport.topic_score) == ("medtop:15000000", "sport", 0.84)
    assert [topic.qcode for topic in sport.topics] == ["medtop:15000000"]
    assert empty == articles[1] and none.topic is None and none.topics == ()
    assert rain.rejection is not None and rain.rejection.stage == "topic"
    assert "429" in rain.rejection.reason and "too many" in rain.rejection.reason
    assert replace(rain, rejection=None) == articles[2]
    assert long.topic == "medtop:15000000"
    assert labelled(stage, []) == []


def test_each_topic_by_itself(server: Server) -> None:
    server.behave = topical
    stage = DecisionTopic(engine(server), multi_label=True, threshold=0.2)
    [done] = labelled(stage, [Article("a", None, "Something.")])
    assert len(done.topics) == 17 and done.topic == "medtop:15000000" and done.topic_score == 0.9
    [body] = server.requests
    assert body["questions"]["medtop:17000000"] == {
        "type": "noul",
        "instructions": "This news article is about weather.",
    }


@pytest.mark.parametrize(
    ("key", "value"),
    [("url", "file:///etc/passwd"), ("api_key_env", "AWS_SECRET"), ("concurrency", 0)],
)
def test_wrong_settings_are_refused(key: str, value: object) -> None:
    with pytest.raises(ConfigError, match=rf"engine\.{key}"):
        construct(ServerDecisions, {"model": "m", key: value}, "topic.engine")
