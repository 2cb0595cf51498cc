"""The shipped region tables are what the script makes of the raw public ones."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from command import ROOT, SHARED
from pipeline.taxonomy.regions import DATA_FILES
from pipeline.taxonomy.tables import SUMS

MAKER = Path("scripts", "models", "build_taxonomy.py")


@pytest.mark.shared
def test_the_script_makes_exactly_the_shipped_tables(tmp_path: Path) -> None:
    # The script writes beside itself, so a copy of it leaves the shipped tables alone.
    data = tmp_path / "pipeline" / "taxonomy" / "data"
    shipped = files("pipeline.taxonomy") / "data"
    data.mkdir(parents=True)
    (tmp_path / "scripts" / "models").mkdir(parents=True)
    script = shutil.copy(ROOT / MAKER, tmp_path / MAKER)
    curated = (shipped / "curated_places.csv").read_bytes()
    (data / "curated_places.csv").write_bytes(curated)
    done = subprocess.run(
        [sys.executable, script, "--raw", SHARED / "data" / "taxonomy"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made = {"curated_places.csv", *DATA_FILES}
    assert {path.name for path in data.iterdir()} == {*made, SUMS}
    # Without the topics, which the script does not make, the rest of the sums is as shipped.
    shipped_sums = (shipped / SUMS).read_text().splitlines()
    assert [line for line in shipped_sums if line.split()[1] in made] == (
        (data / SUMS).read_text().splitlines()
    )
    for name in DATA_FILES:
        assert (data / name).read_bytes() == (shipped / name).read_bytes(), name
