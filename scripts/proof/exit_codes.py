"""Run `dateline run` again and again on small CSV, text and Parquet inputs, and count how it ends.

    python scripts/proof/exit_codes.py [--runs 50] [--at-once 2] [KEY=VALUE ...]

What goes wrong while a process ends is a matter of a thread's chance, rare, and seen in nothing but
the exit code. Prints a line for each source and exits with 1 if any run ended with another code
than 0. Fifty runs of each take about five minutes on two free cores.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from starting import DATELINE

_PLAIN = ("topic=none", "region=lexicon", "summarizer=lead", "cache.max_gb=0")
_ROWS = [
    {"title": f"Rain in week {n}", "text": f"It rained in Cork in week {n}. Farmers were glad."}
    for n in range(12)
]


def write_inputs(folder: Path) -> dict[str, Path]:
    """The same few articles as each source reads them; the path by the name of the source."""
    with (folder / "a.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, list(_ROWS[0]))
        rows.writeheader()
        rows.writerows(_ROWS)
    pq.write_table(pa.Table.from_pylist(_ROWS), folder / "a.parquet")
    (folder / "texts").mkdir()
    for number, row in enumerate(_ROWS):
        (folder / "texts" / f"{number}.txt").write_text("\n\n".join(row.values()), encoding="utf-8")
    return {"csv": folder / "a.csv", "text": folder / "texts", "parquet": folder / "a.parquet"}


def run_once(source: str, path: Path, name: str, words: Sequence[str]) -> tuple[int, str]:
    """The exit code of a run, and the last line that it said on standard error."""
    command = [*DATELINE, "run", *_PLAIN, *words]
    command += [f"source={source}", f"source.path={path}", f"run.name={name}"]
    done = subprocess.run(
        [*command, f"paths.runs={path.parent / 'runs'}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, (done.stderr.splitlines() or [""])[-1]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=50, help="of each source (50)")
    parser.add_argument("--at-once", type=int, default=2, help="runs at the same time (2)")
    parser.add_argument("words", nargs="*", metavar="KEY=VALUE", help="of dateline run")
    options = parser.parse_args(arguments)
    all_well = True
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.at_once) as pool:
        for source, path in write_inputs(Path(folder)).items():
            ends = [
                pool.submit(run_once, source, path, f"{source}-{number}", options.words)
                for number in range(options.runs)
            ]
            codes = Counter(end.result()[0] for end in ends)
            shares = (f"{n} of {options.runs} ended with {c}" for c, n in sorted(codes.items()))
            print(f"{source}: {', '.join(shares)}", flush=True)
            for code, line in sorted({end.result() for end in ends}):
                if code:
                    all_well = False
                    print(f"  {code}: {line}")
    return 0 if all_well else 1


if __name__ == "__main__":
    sys.exit(main())
