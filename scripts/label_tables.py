"""All figures of region and topic: the tables of both, their speed, zero-shot beside its pipeline.

    python scripts/label_tables.py DATA [--cache DIR] [--left-out]

One script after the other, each as it says at its top: region_table.py, topic_table.py,
label_speed.py, benchmark_zero_shot.py. About twenty minutes on two cores, half an hour more with
`--left-out`; speeds want a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

SCRIPTS = Path(__file__).parent


def commands(data: Path, cache: Path, left_out: bool) -> list[list[str]]:
    """What is run, in this order."""
    topic = ["topic_table.py", str(data), "--cache", str(cache)]
    return [
        ["region_table.py", str(data)],
        [*topic, "--left-out"] if left_out else topic,
        ["label_speed.py", "--topic", "trained"],
        ["benchmark_zero_shot.py"],
    ]


def run(words: Sequence[str]) -> None:
    """Under a heading; what it prints goes through."""
    print(f"\n== {' '.join(words)}", flush=True)
    subprocess.run([sys.executable, SCRIPTS / words[0], *words[1:]], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, help="folder of the labelled samples")
    parser.add_argument("--cache", type=Path, default=Path("topic_vectors"))
    parser.add_argument("--left-out", action="store_true", help="train anew without each set")
    given = parser.parse_args()
    for words in commands(given.data, given.cache, given.left_out):
        run(words)


if __name__ == "__main__":
    main()
