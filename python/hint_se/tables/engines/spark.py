"""Spark: what outgrows a machine. The folder of the tree is one that the driver and all workers reach."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import narwhals as nw
import numpy as np

from hint_se.errors import GraphError
from hint_se.optional import optional
from hint_se.tables.engines.engine import OfCommunity, addresses, is_addresses, known_table, lazy, with_ends
from hint_se.tables.engines.stores import delta_files, is_remote, only_delta

__all__ = ["SparkEngine"]


class SparkEngine:
    """A session of Spark, which is stopped at the end where this object started it."""

    def __init__(self, session: Any, own: bool) -> None:
        self._session = session
        self._own = own

    @classmethod
    def at(cls, master: str) -> Self:
        """Start a session at the address of a cluster, or take the one that this process has."""
        with optional("pyspark", needed_by=f"engine={master!r}"):
            from pyspark.sql import SparkSession
        own = SparkSession.getActiveSession() is None
        builder = SparkSession.builder.master(master).appName("hint-se")
        builder = builder.config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        return cls(session, own=own)

    @classmethod
    def of(cls, session: Any) -> Self:
        """Use a session that is there."""
        if not hasattr(session, "createDataFrame"):
            raise ValueError(f"engine: expected a word or a session of Spark, got {type(session).__name__}")
        return cls(session, own=False)

    def frame(self, source: Any) -> nw.LazyFrame[Any]:
        """Return Parquet or CSV files, or a data frame of Spark."""
        if is_addresses(source):
            names = addresses(source)
            if names[0].lower().removesuffix(".gz").endswith((".csv", ".tsv")):
                return with_ends(
                    lambda header=True: lazy(self._session.read.csv(names, header=header, inferSchema=True))
                )
            from pyspark.errors import PySparkException

            try:
                if delta := only_delta([name for name in names if not is_remote(name)]):
                    return lazy(self._delta(delta))
                return lazy(self._session.read.option("mergeSchema", True).parquet(*names))
            except PySparkException as error:
                raise GraphError(f"{names[0]}: expected files of edges that Spark reads: {str(error)[:300]}") from error
        native = known_table(source)
        if isinstance(native, nw.LazyFrame) and native.implementation.is_spark_like():
            return native
        raise GraphError(f"edges: expected addresses of files or a data frame of Spark, got {type(source).__name__}")

    def _delta(self, name: str) -> Any:
        """Return a Delta table: by Delta's package where the session has it, and else by the files of its last version."""
        from py4j.protocol import Py4JJavaError
        from pyspark.errors import PySparkException

        try:
            return self._session.read.format("delta").load(name)
        except (Py4JJavaError, PySparkException) as error:
            if "DATA_SOURCE_NOT_FOUND" not in str(error):
                raise GraphError(f"{name}: expected a Delta table that Spark reads: {str(error)[:300]}") from error
        files = delta_files(name)
        if not files:
            raise GraphError(f"{name}: expected a Delta table with edges, got one without rows")
        return self._session.read.option("mergeSchema", True).option("basePath", name).parquet(*files)

    def read(self, table: Path) -> nw.LazyFrame[Any]:
        """Return a table that was kept."""
        return lazy(self._session.read.parquet(str(table)))

    def write(self, frame: nw.LazyFrame[Any], table: Path) -> None:
        """Keep a frame as a folder, one file for each part."""
        frame.sink_parquet(str(table))

    def rows(self, frame: nw.LazyFrame[Any]) -> list[dict[str, Any]]:
        """Compute a frame of few rows."""
        return [row.asDict() for row in frame.to_native().collect()]

    def each_community(
        self,
        left: nw.LazyFrame[Any],
        right: nw.LazyFrame[Any],
        function: OfCommunity,
        types: dict[str, str],
        table: Path,
    ) -> None:
        """Bring the rows of a community together, and run the function in the workers, which have this package."""

        def on_arrow(_: Any, own: Any, others: Any) -> Any:
            import pyarrow

            sides = [{name: part.column(name).to_numpy() for name in part.column_names} for part in (own, others)]
            made = function(sides[0], sides[1])
            return pyarrow.table({name: pyarrow.array(made[name], kinds[name]) for name in types})

        import pyarrow

        kinds = {name: pyarrow.from_numpy_dtype(np.dtype(dtype)) for name, dtype in types.items()}
        words = {"int64": "bigint", "int32": "int", "float64": "double"}
        schema = ", ".join(f"{name} {words[dtype]}" for name, dtype in types.items())
        grouped = [frame.to_native().groupby("community") for frame in (left, right)]
        grouped[0].cogroup(grouped[1]).applyInArrow(on_arrow, schema).write.parquet(str(table))

    def rest(self) -> None:
        """Hold nothing in this process."""

    def close(self) -> None:
        """Stop the session, where it was started here."""
        if self._own:
            self._session.stop()
