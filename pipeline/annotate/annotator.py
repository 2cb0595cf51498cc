"""Taking the articles of a shard through the stages, one stage after the other.

A stage is given what ingest wrote in normal case (`pipeline.annotate.reading`), and the vector,
never what another stage found: so its result depends on nothing but the articles, itself and its
company, and can be kept and used again.
"""

from __future__ import annotations

import gc
import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from pipeline.annotate.planned import Planned, guarded, tokens_of
from pipeline.annotate.reading import READING_VERSION, as_published, reading
from pipeline.annotate.results import annotation_table, joined, result_table
from pipeline.annotate.usage import Spent
from pipeline.article import ARTICLE_SCHEMA, Article, Rejection, to_table
from pipeline.core.errors import RunError
from pipeline.core.fingerprint import fingerprint
from pipeline.core.progress import NamesStages
from pipeline.core.stopping import never, stopped
from pipeline.stage import TellsSettings
from pipeline.store.stage_cache import StageCache

ENCODER = "encoder"

_LAYOUT = "2"
"""Goes up with every change of how results are stored in the cache."""

_MARK = pa.table({"known": pa.array([True])})

_KEEP_EVERY = 30.0
"""Seconds after which the finished batches of a stage go into the cache: what a kill costs."""


@dataclass(frozen=True)
class Annotated:
    """The rows of a shard that were annotated, the rejections of the others by row, the cost."""

    table: pa.Table
    rejections: Mapping[int, Rejection]
    spent: Spent


class Annotator:
    """The stages of one configuration; each is opened when it is first needed."""

    def __init__(
        self, stages: Mapping[str, Planned], batch_rows: int, cache: StageCache | None = None
    ) -> None:
        self.stages = dict(stages)
        self.batch_rows = batch_rows
        self._cache = cache
        self._opened: set[str] = set()
        self._marked: set[str] = set()

    def open(self, names: Iterable[str] | None = None) -> None:
        """Open stages (all by default), the last first: engines that load in the background get a
        head start."""
        wanted = set(self.stages if names is None else names) - self._opened
        if not wanted:
            return
        # Frameworks make millions of objects while they are imported, and all of them stay: looking
        # through them for garbage took a third of the time of opening, and a fifth of that of
        # checking summaries.
        collecting = gc.isenabled()
        gc.disable()
        try:
            for name in reversed(self.stages):
                if name in wanted:
                    self.stages[name].stage.open()
                    self._opened.add(name)
        finally:
            gc.freeze()
            if collecting:
                gc.enable()

    def __call__(
        self,
        articles: Sequence[Article],
        progress: Callable[[int], None] = lambda rows: None,
        stopping: Callable[[], bool] = never,
        cached: bool = True,
    ) -> Annotated:
        """The articles annotated or rejected; `progress` is told of those that are through, and
        without `cached` nothing comes from the cache or goes into it.

        Raises:
            StoppedError: `stopping` said so; the batches that were finished are in the cache.
        """
        return _Shard(self, articles, self._cache if cached else None, progress, stopping).run()

    def is_known(self) -> bool:
        """Whether the cache has results of every stage as configured: then it may have all that a
        run needs, and nothing is worth opening in advance."""
        cache, names = self._cache, [name for name in self.stages if name != ENCODER]
        return cache is not None and all(cache.get(self._mark(name)) is not None for name in names)

    def mark(self, name: str) -> None:
        """Have the cache remember that there are results of this stage."""
        if self._cache is not None and name not in self._marked:
            self._marked.add(name)
            self._cache.put(self._mark(name), _MARK)

    def _mark(self, name: str) -> str:
        given = {"layout": _LAYOUT, "reading": READING_VERSION}
        return fingerprint({**given, **self.stages[name].keys})


class _Shard:
    """One pass of one shard through the stages."""

    def __init__(
        self,
        annotator: Annotator,
        articles: Sequence[Article],
        cache: StageCache | None,
        progress: Callable[[int], None],
        stopping: Callable[[], bool],
    ) -> None:
        self._annotator = annotator
        self._stages = annotator.stages
        self._articles = list(articles)
        self._cache = cache
        self._progress = progress
        self._stopping = stopping
        self._content = _content_digest(articles) if cache else ""
        self._found: dict[str, pa.Table | None] = {}
        self._rejections: dict[int, Rejection] = {}
        self._has_vectors = False
        self._spent = Spent()

    def run(self) -> Annotated:
        names = [name for name in self._stages if name != ENCODER]
        missing = [name for name in names if not self._is_whole(self._kept(name))]
        if any(self._stages[name].stage.needs_vector for name in missing):
            missing.append(ENCODER)
        self._at("loading models")
        self._annotator.open(missing)
        results = {}
        for name in names:
            self._at(name)
            stage = self._stages[name].stage
            if stage.needs_vector and not self._is_whole(self._kept(name)):
                self._fill_vectors()
            result = self._result(name, self._progress if name == names[-1] else _silent)
            results[name] = self._stages[name].rows(result)
        if not names:
            self._progress(len(self._articles))
        rows = self._alive(0, len(self._articles))
        ids = [self._articles[row].id for row in rows]
        return Annotated(annotation_table(ids, rows, results), self._rejections, self._spent)

    def _at(self, stage: str) -> None:
        if isinstance(self._progress, NamesStages):
            self._progress.at(stage)

    def _result(self, name: str, progress: Callable[[int], None]) -> pa.Table:
        """What the stage sets, from the cache as far as it has it; failures become rejections."""
        key, found, total = self._key(name), self._kept(name), len(self._articles)
        parts = [] if found is None else [found]
        start = self._covered(found)
        self._spent.cached[name] += sum(len(part) for part in parts)
        progress(start)
        if start < total:
            self._annotator.open([name])  # a rejection may have made another result necessary
        before, put = len(self._rejections), time.monotonic()
        for first in range(start, total, self._annotator.batch_rows):
            clean = len(self._rejections) == before
            if self._stopping():
                if clean:
                    self._keep(key, parts)
                raise stopped(self._spent)
            if clean and time.monotonic() - put > _KEEP_EVERY:
                self._keep(key, parts)
                put = time.monotonic()
            last = min(first + self._annotator.batch_rows, total)
            parts.append(self._batch(name, self._alive(first, last)))
            progress(last - first)
        result = joined(parts)
        # A rejection may be of the moment, and `dateline retry` wants to know.
        if start < total and len(self._rejections) == before:
            self._keep(key, [result])
            self._annotator.mark(name)
        return result

    def _batch(self, name: str, rows: Sequence[int]) -> pa.Table:
        stage, given = self._stages[name].stage, [reading(self._articles[row]) for row in rows]
        tokens, begun = tokens_of(stage), time.perf_counter()
        done = list(guarded(name, stage, given))
        self._spent.seconds[name] += time.perf_counter() - begun
        self._spent.articles[name] += len(given)
        if isinstance(stage, TellsSettings):
            self._spent.settings[name] = dict(stage.effective())
        self._spent.tokens_read += tokens_of(stage).read - tokens.read
        self._spent.tokens_written += tokens_of(stage).written - tokens.written
        if [article.id for article in done] != [article.id for article in given]:
            raise RunError(f"stage {name} did not give back the articles it was given, in order")
        kept = []
        for row, article in zip(rows, done, strict=True):
            if article.rejection is None:
                kept.append((row, as_published(article, self._articles[row])))
            else:
                self._rejections[row] = article.rejection
        return result_table([row for row, _ in kept], [article for _, article in kept])

    def _fill_vectors(self) -> None:
        if self._has_vectors:
            return
        self._has_vectors = True
        table = self._result(ENCODER, _silent)
        if "vector" not in table.column_names:
            return
        for row, vector in zip(table["row"].to_pylist(), table["vector"], strict=True):
            if vector.is_valid:
                array = vector.values.to_numpy(zero_copy_only=False)
                self._articles[row] = replace(self._articles[row], vector=array)

    def _alive(self, first: int, last: int) -> list[int]:
        return [row for row in range(first, last) if row not in self._rejections]

    def _is_whole(self, found: pa.Table | None) -> bool:
        return found is not None and len(found) == len(self._articles) - len(self._rejections)

    def _covered(self, found: pa.Table | None) -> int:
        """How many articles, in whole batches from the first on, a result from the cache covers."""
        if self._is_whole(found):
            return len(self._articles)
        if found is None or not len(found):
            return 0
        batch_rows = self._annotator.batch_rows
        covered = (int(found["row"][-1].as_py()) // batch_rows + 1) * batch_rows
        return min(covered, len(self._articles))

    def _kept(self, name: str) -> pa.Table | None:
        """The stage's result in the cache: whole, or its first batches, or None."""
        if self._cache is None:
            return None
        key = self._key(name)
        if key not in self._found:
            self._found[key] = self._cache.get(key)
        return self._found[key]

    def _keep(self, key: str, parts: Sequence[pa.Table]) -> None:
        if self._cache is not None and parts:
            self._cache.put(key, joined(parts))

    def _key(self, name: str) -> str:
        """What decides the result: the stage, the articles, and the company they are in."""
        planned = self._stages[name]
        keys = dict(planned.keys)
        if planned.stage.needs_vector:
            keys |= self._stages[ENCODER].keys
        return fingerprint(
            keys
            | {
                "layout": _LAYOUT,
                "reading": READING_VERSION,
                "stage": name,
                "articles": self._content,
                "batch_rows": self._annotator.batch_rows,
                "rejected": sorted(self._rejections),
            }
        )


def _content_digest(articles: Sequence[Article]) -> str:
    """sha256 over what a stage may look at, in order."""
    sink = pa.BufferOutputStream()
    table = to_table(articles, ARTICLE_SCHEMA)
    with pa.ipc.new_stream(sink, table.schema) as out:
        out.write_table(table)
    return hashlib.sha256(sink.getvalue()).hexdigest()


def _silent(rows: int) -> None:
    pass
