"""What an engine does: tables in Parquet in and out, and functions of communities."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import narwhals as nw
from numpy.typing import NDArray

from hint_se.errors import GraphError
from hint_se.inputs.words import known_ends

__all__ = ["Columns", "Engine", "OfCommunity"]

#: A table in memory.
Columns: TypeAlias = dict[str, NDArray[Any]]
#: From the rows of two tables that belong to one community to the rows of a new one. A third argument is a `Progress`: what it raises ends it.
OfCommunity: TypeAlias = Callable[..., Columns]


class Engine(Protocol):
    """One engine. Its frames are lazy; what a step makes is kept as a table in Parquet, a file or a folder."""

    def frame(self, source: Any) -> nw.LazyFrame[Any]:
        """Return edges as a frame: addresses of Parquet or CSV files, or a table of this engine."""
        ...

    def read(self, table: Path) -> nw.LazyFrame[Any]:
        """Return a table that was kept."""
        ...

    def write(self, frame: nw.LazyFrame[Any], table: Path) -> None:
        """Compute a frame and keep it at a place where nothing is; an interrupt ends that within half a second."""
        ...

    def rows(self, frame: nw.LazyFrame[Any]) -> list[dict[str, Any]]:
        """Compute a frame of few rows."""
        ...

    def each_community(
        self,
        left: nw.LazyFrame[Any],
        right: nw.LazyFrame[Any],
        function: OfCommunity,
        types: dict[str, str],
        table: Path,
    ) -> None:
        """Keep what a function makes of the rows of each ``community`` of two tables; ``types`` are its columns and their dtypes."""
        ...

    def rest(self) -> None:
        """Give back memory that the next step does not need: the core works outside of the engine."""
        ...

    def close(self) -> None:
        """Let go of everything that this object started."""
        ...


def is_addresses(source: Any) -> bool:
    """Return whether edges are given by the addresses of files."""
    return isinstance(source, str | Path) or (
        isinstance(source, Sequence) and bool(source) and all(isinstance(part, str | Path) for part in source)
    )


def addresses(source: Any) -> list[str]:
    """Return addresses of files as strings."""
    return [str(source)] if isinstance(source, str | Path) else [str(part) for part in source]


def lazy(native: Any) -> nw.LazyFrame[Any]:
    """Return a lazy frame of an engine as one of the layer."""
    found: nw.LazyFrame[Any] = nw.from_native(native)
    return found


def known_table(source: Any) -> Any:
    """Return a table of a library that Narwhals knows as a frame of its, and anything else as it is."""
    try:
        return nw.from_native(source, pass_through=True)
    except nw.exceptions.NarwhalsError as error:  # two columns of one name
        raise GraphError(f"table: {error}") from error


def in_arrow(frame: nw.DataFrame[Any]) -> Any:
    """Return a table in memory as one of pyarrow; GraphError where that has no such values."""
    import pyarrow

    try:
        return frame.to_arrow()
    except (pyarrow.ArrowException, nw.exceptions.NarwhalsError) as error:
        raise GraphError(f"table: expected columns of integers or strings, and of weights: {error}") from error


def with_ends(read: Callable[..., nw.LazyFrame[Any]]) -> nw.LazyFrame[Any]:
    """Return files of text with a header where that names the ends of edges, and else without: its first line is an edge then."""
    found = read()
    return found if known_ends(found.collect_schema().names()) is not None else read(header=False)
