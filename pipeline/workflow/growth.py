"""A run that grows: each time what is new among its inputs becomes new shards, and old ones stay.

The plan lists the additions: when each came, of which files, and which shards are its own. A file
is known by its content: one that moved is not read again, one that vanished changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter

from pipeline.core.digest import digest_of
from pipeline.core.files import read_record
from pipeline.store.directory import RunDirectory
from pipeline.workflow.job import Job


@dataclass(frozen=True, slots=True)
class Added:
    """An addition: `inputs` are the sha256 of its files by name; `shards` is null until all of its
    records are read."""

    when: str
    inputs: Mapping[str, str]
    first_shard: int
    shards: int | None = None

    @property
    def end(self) -> int | None:
        """The shard after its last; None until all of its records are read."""
        return None if self.shards is None else self.first_shard + self.shards


_ADDITIONS = TypeAdapter(list[Added])

UNREAD = "cannot be read"


def additions_of(directory: RunDirectory) -> list[Added]:
    """The additions of a run; none of one that does not grow."""
    return _ADDITIONS.validate_python(list(directory.planned("ingest").additions))


def write_additions(directory: RunDirectory, additions: Sequence[Added]) -> None:
    """Keep the additions in the plan."""
    steps = directory.steps()
    listed = [asdict(one) for one in additions]
    directory.write_plan({**steps, "ingest": replace(steps["ingest"], additions=listed)})


def files_by_digest(files: Sequence[Path]) -> dict[str, Path]:
    """The files by sha256, each content once; one that cannot be read stands for itself until it
    can be."""
    found: dict[str, Path] = {}
    for file in reversed(files):
        digest = input_digest(file)
        found[f"{digest}: {file}" if digest == UNREAD else digest] = file
    return found


def input_digest(file: Path) -> str:
    """sha256 of a file; `UNREAD` where it cannot be read, which is a reject of its own."""
    try:
        return digest_of(file)
    except OSError:
        return UNREAD


def new_files(additions: Sequence[Added], files: Mapping[str, Path]) -> dict[str, Path]:
    """Those whose content no addition has, in the order of their names."""
    known = {digest for one in additions for digest in one.inputs.values()}
    new = {digest: path for digest, path in files.items() if digest not in known}
    return dict(sorted(new.items(), key=lambda item: str(item[1])))


def begun(files: Mapping[str, Path], first_shard: int) -> Added:
    """An addition of these files, which begins now."""
    when = datetime.now(UTC).isoformat(timespec="seconds")
    return Added(when, {str(path): digest for digest, path in files.items()}, first_shard)


def nothing_new(job: Job) -> bool:
    """Whether a growing run is published as it would be now, of all that is here now."""
    directory = job.directory
    if not directory.is_planned("annotate"):
        return False
    additions = additions_of(directory)
    if (
        not additions
        or additions[-1].shards is None
        or new_files(additions, files_by_digest(job.plan.files))
    ):
        return False
    manifest = read_record(directory.manifest) or {}
    articles, annotations = directory.stores()
    return (
        annotations is not None
        and annotations.finished()
        and bool(manifest.get("published"))
        and all(
            directory.planned(step).config == job.config.recorded(step)
            for step in ("ingest", "annotate")
        )
        and _section(manifest, "publish") == job.config.recorded("publish")["publish"]
        and _section(manifest, "published") == job.config.recorded("publish")["published"]
        and planned_rows(directory) == [receipt.rows for receipt in articles.receipts()]
    )


def planned_rows(directory: RunDirectory) -> list[object]:
    """The rows of the shards that annotate was planned for."""
    return [shard["rows"] for shard in directory.planned("annotate").shards]


def _section(manifest: Mapping[str, object], name: str) -> object:
    config = manifest.get("config")
    return config.get(name) if isinstance(config, Mapping) else None
