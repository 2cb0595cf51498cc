"""What the command line gives a key of text is that text, and other keys keep their types."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import example, given, settings
from hypothesis import strategies as st

from command import Outcome
from pipeline.cli.configured import _sections
from pipeline.config.compose import bare_words, list_of, quoted
from pipeline.config.overrides import as_typed, jobs_of
from pipeline.core.errors import ConfigError

Command = Callable[..., Outcome]

NAMES = [
    "2024_05_01", "1e3", "1_000", "0123", "0x10", "yes", "no", "on", "off", "null", "true", "False",
    "2024-05-01", ".5", "1:30", "+5", "1.50", "nan", "inf", "-1", "5.", "a b", "  a ", "a=b", "a,b",
    "a(b)", "a[1]", "a{b,c}", "range(1,3)", "münchen", "東京", "a'b", 'say "no"', "a#b", "a!",
    "a&b", "a;b", "~/news", "a\nb", "a\tb", "a%20b", "50%", "$HOME", "a$b", "a`b", "<a>", "a@b",
    "*.csv",
]  # fmt: skip


def value_of(word: str) -> object:
    """What Hydra takes an override for."""
    value = OverridesParser.create().parse_override(word).value()
    text = getattr(value, "text", value)
    return text if isinstance(text, bool | None) else str(text)  # numbers become text when checked


def typed(verb: str, *words: str, sweeps: bool = False, folder: Path | None = None) -> list[str]:
    return as_typed(verb, words, _sections(verb), sweeps, [folder] if folder else [])


@pytest.mark.parametrize(
    ("verb", "key"),
    [
        ("run", "run.name"),
        ("run", "source.path"),
        ("run", "paths.runs"),
        ("evaluate", "predictions"),
        ("compare", "gold"),
        ("calibrate", "split"),
        ("train-topic", "rows"),
        ("train-summarizer", "to"),
        ("tune", "name"),
    ],
)
def test_names_and_paths_keep_their_spelling(verb: str, key: str) -> None:
    more = ["source=csv"] if verb == "run" else []
    for name in NAMES:
        if name == "null" and key not in ("run.name", "paths.runs", "gold", "rows", "to"):
            continue  # null there is no name at all
        assert value_of(typed(verb, *more, f"{key}={name}")[-1]) == name, name


@settings(max_examples=300, deadline=None)
@example("\\")
@example("a\\'")
@example("'")
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_quoted_is_taken_as_it_stands(text: str) -> None:
    if "${" not in text:
        assert value_of(f"run.name={quoted(text)}") == text


@settings(max_examples=300, deadline=None)
@given(st.from_regex(r"[A-Za-z0-9_.+:=,#~ -]{1,12}", fullmatch=True))
def test_any_name_is_kept(name: str) -> None:
    if name.strip():
        assert value_of(typed("run", f"run.name={name}")[0]) == name


@pytest.mark.parametrize(
    "word",
    [
        "run.name='a b'",
        'run.name="2024_05_01"',
        "run.name=${source.path}",
        "run.overwrite=TRUE",
        "run.max_reject_rate=.5",
        "ingest.limit=1_000",
        "ingest.limit=null",
        "ingest.languages=[en,de]",
        "topic.threshold=1e-1",
        "topic.threshold=null",
        "topic_labels.path=null",
        "publish=[parquet]",
        "experiment=null",
        "topic=trained,descriptions",
        "topic.threshold=.1,.2",
        "summarizer.min_words=1_0",
        "~run.name",
        "+source.fields.txt=2",
    ],
)
def test_other_words_are_left_to_hydra(word: str) -> None:
    assert typed("run", word) == [word]


def test_a_key_of_a_plug_in_that_was_chosen() -> None:
    words = ["source=csv", "source.fields.text=1e3", "publish.jsonl.file=1_0"]
    assert typed("run", *words) == [
        words[0], "source.fields.text='1e3'", "publish.jsonl.file='1_0'"
    ]  # fmt: skip
    for several in ("source.fields.text=[a,b]", "source.path=[a.csv,b.csv]"):
        assert typed("run", "source=csv", several)[1] == several
    assert typed("run", "source=sample", "source.fields.text=1e3")[1] == "source.fields.text=1e3"


def test_several_values_are_several_where_they_are_asked_for() -> None:
    words = ["source=csv", "source.path=a.csv,b.csv"]
    assert typed("run", *words)[1] == "source.path='a.csv,b.csv'"
    assert typed("run", *words, sweeps=True)[1] == words[1]


def test_groups_of_ones_own_have_names_too(tmp_path: Path) -> None:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "2024_05_01.yaml").write_text("# @package _global_\nrun: {}\n")
    word = "experiment=2024_05_01"
    assert typed("run", word, folder=tmp_path) == ["experiment='2024_05_01'"]


def test_the_jobs_of_several_values() -> None:
    words = ["a=1", "b=x,y", "c=range(0,2)", "d=[p,q]"]
    jobs = [["a=1", f"b={b}", f"c={c}", "d=[p,q]"] for b in "xy" for c in (0, 1)]
    assert jobs_of(words) == jobs
    assert jobs_of([]) == [[]]
    for word in ("a=interval(0,1)", "a=[1,"):
        with pytest.raises(ConfigError, match=r"a="):
            jobs_of([word])


@pytest.mark.parametrize("name", ["2024_05_01", "1e3"])
def test_the_directory_of_a_run_has_its_name(name: str, dateline: Command, tmp_path: Path) -> None:
    words = ("summarizer=none", "topic=none", "region=none", "ingest.limit=1")
    done = dateline("run", f"run.name={name}", *words)
    assert done.code == 0, done.message
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [name]


@pytest.mark.parametrize("name", ["a, b.csv", 'it\'s "here" = (1).csv', "zwölf#1.csv", "a\nb.csv"])
def test_an_input_of_any_name(name: str, dateline: Command, tmp_path: Path) -> None:
    (tmp_path / name).write_text("title,text\nOne,A harbour opened on Monday in Cork.\n")
    words = ("source=csv", "run.name=a", "summarizer=none", "topic=none", "region=none")
    done = dateline("run", f"source.path={name}", *words)
    assert done.code == 0, done.message
    assert (tmp_path / "runs" / "a" / "published" / "articles.parquet").is_file()


def test_words_without_a_key_are_told_from_overrides() -> None:
    assert bare_words(["a", "gold=x", "runs/it's", "b/c=d", "~by", "to=e/f"]) == (
        ["a", "runs/it's", "b/c=d"], ["gold=x", "~by", "to=e/f"]
    )  # fmt: skip
    assert list_of(["a", "runs/it's"]) == "['a','runs/it\\'s']"
