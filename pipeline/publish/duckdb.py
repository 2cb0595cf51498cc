"""`articles.duckdb`: the rows as a table to be asked in SQL, with views by country, topic, day."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
from pydantic.dataclasses import dataclass

from pipeline.article import ROW_SCHEMA
from pipeline.config.schema import PLUGIN
from pipeline.core.errors import RunError, one_line
from pipeline.core.extras import needs
from pipeline.core.files import atomic, refused

_VIEWS = (
    """CREATE VIEW by_country AS
    SELECT focus.alpha2 AS country, focus.name AS country_name, count(*) AS articles
    FROM (SELECT unnest(if(len(every) > 0, every, [NULL])) AS focus
          FROM (SELECT list_filter(countries, lambda one: one.focus) AS every FROM articles))
    GROUP BY ALL ORDER BY articles DESC, country""",
    """CREATE VIEW by_topic AS
    SELECT topic, topic_name, count(*) AS articles
    FROM articles GROUP BY ALL ORDER BY articles DESC, topic""",
    """CREATE VIEW by_day AS
    SELECT try_cast(left(published, 10) AS DATE) AS day, count(*) AS articles
    FROM articles GROUP BY ALL ORDER BY day""",
)
"""An article about several countries counts once for each; null are those without."""


@dataclass(config=PLUGIN)
class DuckdbPublisher:
    """A DuckDB database whose table `articles` has the columns of the row, lists included.

    The same rows give the same table; the file has an identifier of its own each time.
    """

    file: str = "articles.duckdb"

    def __post_init__(self) -> None:
        # Before a run has begun rather than at its end.
        with needs("duckdb", "duckdb"):
            import duckdb  # noqa: F401

    def write(self, tables: Iterable[pa.Table], folder: Path) -> Path:
        import duckdb

        path = folder / self.file
        with refused("written", path), tempfile.TemporaryDirectory() as place:
            whole = Path(place) / "whole.duckdb"
            try:
                with duckdb.connect(str(whole)) as database:
                    database.from_arrow(ROW_SCHEMA.empty_table()).create("articles")
                    for table in tables:
                        database.from_arrow(table).insert_into("articles")
                    for view in _VIEWS:
                        database.execute(view)
            except duckdb.Error as error:
                raise RunError(f"{path}: cannot be written: {one_line(error)}") from error
            with whole.open("rb") as file, atomic(path) as out:
                shutil.copyfileobj(file, out)
        return path
