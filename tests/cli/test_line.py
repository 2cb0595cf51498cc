"""Options anywhere on a line; all else is left as it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.cli.line import Line, read_line
from pipeline.core.errors import ConfigError


def test_options_are_sorted_out_wherever_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("mine", "other"):
        Path(name).mkdir()
    words = ["a=1", "--config-dir", "mine", "run", "-cd=other", "b=-2", "--cfg", "job", "-m", "-q"]
    assert read_line(words) == Line(
        ["a=1", "run", "b=-2"],
        [tmp_path / "mine", tmp_path / "other"],
        "job",
        {"multirun", "quiet"},
    )
    assert read_line([]) == Line()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--config-dri", "x"], "no option --config-dri; there are --help"),
        (["--config-dir", "nowhere"], "--config-dir nowhere: no such folder"),
        (["a=1", "--cfg"], "--cfg: what?"),
        (["--cfg", "jobs"], "--cfg jobs: is one of job, hydra, all"),
        (["--quiet=yes"], "no option --quiet=yes"),
    ],
)
def test_a_wrong_option_is_said(words: list[str], said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read_line(words)
    assert said in str(raised.value)
