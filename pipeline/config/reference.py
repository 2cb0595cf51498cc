"""The page of all configuration keys, made from the commented files in `configs/`.

    python -m pipeline.config.reference > docs/configuration.md

The files are quoted as they are: what a key means is said in the comment beside it, nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline.config.compose import CONFIGS

_HEAD = """\
# Configuration

Every key with its default, as the files in `configs/` have it; this page is made from them by
`python -m pipeline.config.reference`. `KEY=VALUE` on the command line sets a key, dotted where it
is within another (`ingest.limit=100`); `GROUP=OPTION` chooses another file of a group, whose keys
are then under the name of the group (`source=csv source.path=a.csv`).

A misspelt key is an error that names the nearest right one. `dateline run --cfg job` prints all
keys with the values that they would have. Your own files go into a folder of the same layout:
`dateline run --config-dir DIR`.
"""


def reference(configs: Path = CONFIGS) -> str:
    """The page in Markdown: each verb, then each group with its options."""
    return "\n".join(_sections(configs))


def _sections(configs: Path) -> Iterator[str]:
    yield _HEAD
    for path in sorted(configs.glob("*.yaml")):
        yield f"## dateline {path.stem}\n"
        yield _quoted(path)
    for folder in sorted({path.parent for path in configs.glob("*/*.yaml")}):
        yield f"## Group {folder.name}\n"
        for path in sorted(folder.glob("*.yaml")):
            yield f"### {folder.name}={path.stem}\n"
            yield _quoted(path)


def _quoted(path: Path) -> str:
    return f"```yaml\n{path.read_text(encoding='utf-8').rstrip()}\n```\n"


if __name__ == "__main__":
    print(reference(), end="")
