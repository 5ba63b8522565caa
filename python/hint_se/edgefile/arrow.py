"""Tables of edges in Parquet, Feather and Arrow files, which pyarrow reads."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from hint_se.choices import FileFormat
from hint_se.errors import GraphError
from hint_se.inputs.pairs import as_edges
from hint_se.inputs.words import AUTO, Weight

from .fileedges import FileEdges, from_arrays, in_file

__all__ = ["read_table"]

# How pandas calls the index that it writes beside the columns.
_INDEX = "__index_level_"
_TITLES = {"parquet": "a Parquet file", "arrow": "an Arrow file"}


def read_table(
    file: io.BufferedReader,
    where: str,
    chosen: FileFormat,
    *,
    columns: Sequence[str | int] | None,
    weight: Weight,
    n_nodes: int | None,
) -> FileEdges:
    """Return the edges of a table, whose columns are found as those of a data frame.

    Raises
    ------
    GraphError
        If pyarrow is missing or cannot read the file, or the columns are no edges.
    """
    try:
        import pyarrow
    except ImportError as error:
        raise GraphError(f"{where}: expected pyarrow to read {chosen} files, got none: pip install pyarrow") from error
    if not file.seekable():
        raise GraphError(f"{where}: expected a file, got a pipe: a table cannot be read from one")
    try:
        table = _table(file, chosen)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise GraphError(f"{where}: expected {_TITLES[chosen]}: {str(error)[:200]}") from error
    try:
        kept = table.select([name for name in table.column_names if not name.startswith(_INDEX)])
        found = as_edges(
            kept if columns is None else _chosen(kept, columns), weight=weight if columns is None else AUTO, where=where
        )
        return from_arrays(where, found.ids, found.names, found.weights, n_nodes)
    except GraphError as error:
        raise in_file(where, error) from error


def _table(file: io.BufferedReader, chosen: FileFormat) -> Any:
    if chosen == "parquet":
        from pyarrow import parquet

        return parquet.read_table(file)
    from pyarrow import ipc

    magic = file.peek(6)[:6]
    return (ipc.open_file(file) if magic == b"ARROW1" else ipc.open_stream(file)).read_all()


def _chosen(table: Any, columns: Sequence[str | int]) -> Any:
    """Return the columns that are asked for, by name or by position from 1, under the names that edges have."""
    names = table.column_names
    places = []
    for column in columns:
        if column in names:
            places.append(names.index(column))
        elif str(column).isdecimal() and 1 <= int(column) <= len(names):
            places.append(int(column) - 1)
        else:
            raise GraphError(f"table: expected the column {column!r}, got {', '.join(names)[:200]}")
    return table.select(places).rename_columns(["source", "target", "weight"][: len(places)])
