"""The page of all configuration keys is current, and leaves out no file."""

from __future__ import annotations

from pathlib import Path

from command import ROOT
from pipeline.config.compose import CONFIGS
from pipeline.config.reference import reference


def test_the_page_is_current() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert page == reference(), "python -m pipeline.config.reference > docs/configuration.md"


def test_every_line_of_every_file_is_on_the_page() -> None:
    lines = set(reference().splitlines())
    for path in {*CONFIGS.rglob("*.yaml"), *CONFIGS.rglob("*.yml")}:
        if path.parent.name != "hydra":
            assert set(path.read_text(encoding="utf-8").rstrip().splitlines()) <= lines, path


def test_verbs_come_before_groups(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "text.yaml").write_text("path: null   # a file\n")
    (tmp_path / "run.yaml").write_text("# Runs.\nseed: 1\n")
    assert reference(tmp_path).partition("## ")[2] == (
        "dateline run\n\n```yaml\n# Runs.\nseed: 1\n```\n\n"
        "## Group source\n\n### source=text\n\n```yaml\npath: null   # a file\n```\n"
    )
