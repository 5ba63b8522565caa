"""Polars: in this process, by its streaming engine; it has no limit of memory to set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import narwhals as nw

from hint_se.errors import GraphError
from hint_se.optional import optional
from hint_se.tables.engines.bycommunity import by_threads
from hint_se.tables.engines.engine import OfCommunity, addresses, is_addresses, known_table, lazy, with_ends
from hint_se.tables.engines.stores import delta_table, only_delta

__all__ = ["PolarsEngine"]


class PolarsEngine:
    """Polars with as many threads as it takes, and so many for communities."""

    def __init__(self, threads: int) -> None:
        with optional("polars", needed_by="engine='polars'"):
            import polars
        self._polars = polars
        self._threads = threads

    def frame(self, source: Any) -> nw.LazyFrame[Any]:
        """Return Parquet or CSV files, or a table that Polars can hold."""
        if is_addresses(source):
            names = addresses(source)
            if delta := only_delta(names):
                delta_table(delta)  # says what is wrong with it
                return lazy(self._polars.scan_delta(delta))
            if not names[0].lower().endswith((".csv", ".tsv")):
                return lazy(self._polars.scan_parquet(names))
            separator = "\t" if names[0].lower().endswith(".tsv") else ","
            return with_ends(
                lambda header=True: lazy(self._polars.scan_csv(names, separator=separator, has_header=header))
            )
        native = known_table(source)
        if isinstance(native, nw.DataFrame):
            return lazy(native.to_polars().lazy())
        if isinstance(native, nw.LazyFrame) and native.implementation.is_polars():
            return native
        raise GraphError(
            f"edges: expected addresses of files or a table that Polars holds, got {type(source).__name__}"
        )

    def read(self, table: Path) -> nw.LazyFrame[Any]:
        """Return a table that was kept."""
        return lazy(self._polars.scan_parquet(table))

    def write(self, frame: nw.LazyFrame[Any], table: Path) -> None:
        """Keep a frame as one file."""
        frame.sink_parquet(table)

    def rows(self, frame: nw.LazyFrame[Any]) -> list[dict[str, Any]]:
        """Compute a frame of few rows."""
        return frame.collect().rows(named=True)

    def each_community(
        self,
        left: nw.LazyFrame[Any],
        right: nw.LazyFrame[Any],
        function: OfCommunity,
        types: dict[str, str],
        table: Path,
    ) -> None:
        """Sort both tables, then work through them with threads."""
        by_threads(self, left, right, function, types, table, self._threads)

    def rest(self) -> None:
        """Hold nothing between steps."""

    def close(self) -> None:
        """Hold nothing at the end."""
