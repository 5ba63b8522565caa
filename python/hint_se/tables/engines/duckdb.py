"""DuckDB: in this process, out of core by its own spilling."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import narwhals as nw

from hint_se.errors import GraphError
from hint_se.optional import optional
from hint_se.tables.engines.bycommunity import by_threads
from hint_se.tables.engines.engine import OfCommunity, addresses, in_arrow, is_addresses, known_table, with_ends
from hint_se.tables.engines.stores import delta_table, is_remote, only_delta, store

__all__ = ["DuckDBEngine"]

T = TypeVar("T")


class DuckDBEngine:
    """A DuckDB of its own, within a limit of memory, that spills into a folder.

    Parameters
    ----------
    memory : int
        Bytes that its buffers may hold.
    threads : int
        >= 1.
    scratch : Path
        Folder for what it spills; made and removed by DuckDB.
    """

    def __init__(self, memory: int, threads: int, scratch: Path) -> None:
        with optional("duckdb", needed_by="engine='duckdb'"):
            import duckdb

        self._threads, self._limit = threads, f"{memory}B"
        settings: dict[str, Any] = {
            "memory_limit": self._limit,
            "threads": threads,
            "temp_directory": str(scratch),
            # Rows have no order here, and keeping one costs memory.
            "preserve_insertion_order": False,
        }
        self._connection = duckdb.connect(config=settings)

    def frame(self, source: Any) -> nw.LazyFrame[Any]:
        """Return files, or a table of any library that Narwhals knows; one of DuckDB keeps its own connection."""
        if is_addresses(source):
            return self._computed(lambda: self._files(addresses(source)))
        native = known_table(source)
        if isinstance(native, nw.DataFrame):
            return nw.from_native(self._connection.from_arrow(in_arrow(native)))
        if isinstance(native, nw.LazyFrame):
            return native
        raise GraphError(f"edges: expected addresses of files or a table, got {type(source).__name__}")

    def _files(self, names: list[str]) -> nw.LazyFrame[Any]:
        import duckdb

        if delta := only_delta(names):
            return nw.from_native(self._connection.from_arrow(delta_table(delta)))
        for name in names:
            if is_remote(name) and not self._connection.filesystem_is_registered("s3"):
                self._connection.register_filesystem(store(name))
        separated = names[0].lower().removesuffix(".gz").removesuffix(".zst").endswith((".csv", ".tsv"))
        # By name, with the wider of two types: else the first file decides, and values of the others are rounded or left out.
        together: Any = {"union_by_name": True}
        try:
            if not separated:
                return nw.from_native(self._connection.read_parquet(names, **together))
            return with_ends(lambda **header: nw.from_native(self._connection.read_csv(names, **together, **header)))
        except duckdb.Error as error:
            said = str(error)
            if said.startswith("Traceback"):  # of a file system in Python
                said = said.strip().splitlines()[-1]
            raise GraphError(f"{names[0]}: expected files of edges that DuckDB reads: {said[:300]}") from error

    def read(self, table: Path) -> nw.LazyFrame[Any]:
        """Return a table that was kept."""
        return nw.from_native(self._connection.read_parquet(str(table)))

    def write(self, frame: nw.LazyFrame[Any], table: Path) -> None:
        """Keep a frame as one file."""
        self._computed(lambda: frame.sink_parquet(table))

    def rows(self, frame: nw.LazyFrame[Any]) -> list[dict[str, Any]]:
        """Compute a frame of few rows."""
        found: list[dict[str, Any]] = self._computed(lambda: frame.collect().rows(named=True))
        return found

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
        """Drop all buffers, which a limit below them does: the tables lie in files."""
        for limit in ("32MB", self._limit):
            self._connection.execute(f"SET memory_limit = '{limit}'")

    def close(self) -> None:
        """Close the connection, which removes what it spilled."""
        self._connection.close()

    def _computed(self, query: Callable[[], T]) -> T:
        """Run a query in a thread of its own, so that an interrupt reaches it: DuckDB looks for none while it works."""
        done = threading.Event()
        answer: list[T] = []
        fault: list[BaseException] = []

        def work() -> None:
            try:
                answer.append(query())
            except BaseException as error:
                fault.append(error)
            finally:
                done.set()

        thread = threading.Thread(target=work)
        thread.start()
        try:
            while not done.wait(0.1):
                pass
        except BaseException:
            while not done.wait(0.05):
                self._connection.interrupt()
            raise
        finally:
            done.wait()
            thread.join()
        if fault:
            raise _named(fault[0])
        return answer[0]


def _named(error: BaseException) -> BaseException:
    """Return what DuckDB raised as what it means here."""
    import duckdb

    if isinstance(error, duckdb.OutOfMemoryException):
        return MemoryError(f"DuckDB: {str(error)[:300]}; allow it more by memory=")
    if isinstance(error, duckdb.IOException):
        return OSError(f"DuckDB: {str(error)[:300]}")
    if isinstance(error, duckdb.DataError | duckdb.InvalidInputException):
        return GraphError(f"edges: expected values that DuckDB reads in one way: {str(error)[:300]}")
    return error
