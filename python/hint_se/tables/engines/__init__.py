"""Engines that run the steps: each reads and writes tables in Parquet, and runs a function for each community.

Nothing here knows what is computed.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hint_se.tables.engines.engine import Engine

__all__ = ["Engine", "engine_for"]


def engine_for(engine: Any, memory: int, threads: int, scratch: Path) -> Engine:
    """Return an engine by its word, or around a session of Spark.

    Parameters
    ----------
    engine : str or pyspark.sql.SparkSession
        ``duckdb``, ``polars``, or the address of a cluster as Spark writes it: ``spark://...``, ``local[2]``, ``yarn``, ``k8s://...``.
    memory : int
        Bytes that DuckDB may hold.
    threads : int
        For DuckDB, and for the communities that DuckDB and Polars hand over.
    scratch : Path
        Folder for what an engine spills.

    Raises
    ------
    ValueError
        If the word names no engine.
    """
    if not isinstance(engine, str):
        from hint_se.tables.engines.spark import SparkEngine

        return SparkEngine.of(engine)
    if engine == "duckdb":
        from hint_se.tables.engines.duckdb import DuckDBEngine

        return DuckDBEngine(memory, threads, scratch)
    if engine == "polars":
        from hint_se.tables.engines.polars import PolarsEngine

        return PolarsEngine(threads)
    if re.fullmatch(r"spark://.+|k8s://.+|local(\[[^\]]+\])?|yarn", engine):
        from hint_se.tables.engines.spark import SparkEngine

        return SparkEngine.at(engine)
    raise ValueError(f"engine: expected duckdb, polars, spark://..., local[N], k8s://... or yarn, got {engine!r}")
