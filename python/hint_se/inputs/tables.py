"""Edges in columns: data frames of pandas, Polars and pyarrow, and pairs of columns or flat arrays.

Columns are known by what they can do, so none of these libraries is imported. Integers are node ids. Whatever else
can be a name is numbered by the column's own library, which does in C what Python would do row by row.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hint_se.errors import GraphError, InputWarning, warn_user
from hint_se.inputs.arrays import as_array, describe, dimensions, is_array
from hint_se.inputs.edges import EdgeArray, NodeNames, as_ids, name_table
from hint_se.inputs.labels import (
    Labelled,
    by_appearance,
    holds_integers,
    integers_of,
    label_integers,
    label_objects,
    label_strings,
    merge,
    no_name,
)
from hint_se.inputs.words import AUTO, Weight, choose_weight, known_ends, known_weight

__all__ = ["Columns", "column_ends", "end_names", "is_columns", "is_table", "labelled_matrix", "table_columns"]

# Integers of Polars that NumPy lacks.
_WIDE = ("Int128", "UInt128")
_ARROW_NUMBERS = ("int", "uint", "float", "halffloat", "double", "decimal")
_ARROW_STRINGS = ("string", "large_string", "string_view", "dictionary")


class Columns(NamedTuple):
    """The columns of a table that make an edge list; weights are None where there are none."""

    source: Any
    target: Any
    weights: Any


def is_table(value: Any) -> bool:
    """Return whether a value is a data frame or a table: it has named columns."""
    return hasattr(value, "column_names") or (hasattr(value, "to_numpy") and hasattr(value, "columns"))


def is_columns(value: Any) -> bool:
    """Return whether a value is (source, target): a tuple of two flat arrays or columns. Lists are no columns."""
    return isinstance(value, tuple) and len(value) == 2 and all(map(_is_column, value))


def table_columns(
    table: Any, source: Any = None, target: Any = None, weight: Weight = AUTO, where: str = "table"
) -> Columns:
    """Return the columns of a table, which messages call ``where``: the ends by name, or by known names, or the only two beside the weights.

    Raises
    ------
    GraphError
        If it is no table, a named column is not there, or the rule finds none.
    """
    if not is_table(table):
        raise GraphError(f"table: expected a data frame or a table with named columns, got {describe(table)}")
    names = list(table.column_names if hasattr(table, "column_names") else table.columns)
    if source is None and target is None:
        source, target = end_names(names, weight)
    for name in (source, target):
        if names.count(name) != 1:
            raise GraphError(f"table: expected one column {name!r}, got {names.count(name)} among {names}")
    chosen = choose_weight(
        names, weight, where, holds_numbers=lambda name: _holds_numbers(table[name]), ends=(source, target)
    )
    return Columns(table[source], table[target], None if chosen is None else table[chosen])


def end_names(names: list[Any], weight: Weight) -> tuple[Any, Any]:
    """Return the names of the ends where nobody said them."""
    known = known_ends(names)
    if known is not None:
        return known
    beside = known_weight(names, "table") if weight == AUTO and len(names) > 2 else weight
    others = [name for name in names if name != beside]
    if len(others) == 2:
        return others[0], others[1]
    raise GraphError(
        f"table: expected the columns source, target and perhaps weight, or two columns, got {names}; "
        "name them: Graph.from_dataframe(table, source=..., target=..., weight=...)"
    )


def _holds_numbers(column: Any) -> bool:
    """Return whether a column of any library holds integers or floats; truth values and dates are none."""
    kind = _kind(column)
    if hasattr(kind, "is_numeric"):
        return bool(kind.is_numeric())
    if hasattr(kind, "kind"):
        return kind.kind in "iuf"
    return str(kind).startswith(_ARROW_NUMBERS)


def labelled_matrix(matrix: Any) -> tuple[Any, NodeNames | None]:
    """Return an adjacency matrix with its columns in the order of its rows, and their labels where it has some.

    Only data frames of pandas have labels of rows. Where one side has none but 0..n-1, the other's count for both.

    Raises
    ------
    GraphError
        If rows and columns have other labels.
    """
    if not (is_table(matrix) and hasattr(matrix, "reindex")):
        return matrix, None
    rows, columns = matrix.index.tolist(), matrix.columns.tolist()
    plain, labels = list(range(len(rows))), rows
    if rows != columns and len(rows) == len(columns) == len({*rows} & {*columns}):
        matrix = matrix[rows]
    elif rows == plain and len(columns) == len(plain):
        labels = columns
    elif rows != columns and columns != plain:
        wrong = next(name for name in [*rows, *columns] if rows.count(name) != 1 or columns.count(name) != 1)
        raise GraphError(
            f"matrix: expected each label once among the rows and once among the columns, not so {wrong!r}"
        )
    return matrix, None if labels == plain else name_table(labels)


def column_ends(
    source: Any, target: Any, *, relabel: bool = False, where: str = "edges"
) -> tuple[EdgeArray, NodeNames | None]:
    """Return the ids of two columns as rows (m, 2), and node names where either column holds names.

    What a column holds decides, not how it is stored: integers are ids, whether in a column of objects, a categorical
    or an Arrow dictionary. Of the last two, which may be meant as names, `InputWarning` says so.

    Raises
    ------
    GraphError
        If the columns differ in length, or hold missing values or what is neither an id nor a name.
    """
    ends = _read(source, "source"), _read(target, "target")
    sizes = [end.codes.size if isinstance(end, Labelled) else end.size for end in ends]
    if sizes[0] != sizes[1]:
        raise GraphError(f"edges: expected columns of one length, got {sizes[0]} sources and {sizes[1]} targets")
    if not relabel and all(not isinstance(end, Labelled) or holds_integers(end) for end in ends):
        _warn_of_categories(source, target, where=where)
        # Each by itself: together, signed and unsigned 64-bit integers would become floats.
        ids = [as_ids(integers_of(end) if isinstance(end, Labelled) else end) for end in ends]
        return as_ids(np.stack(ids, axis=1)), None
    left, right = (end if isinstance(end, Labelled) else label_integers(end) for end in ends)
    named = by_appearance(merge(left, right))
    return named.codes, tuple(named.table)


def _warn_of_categories(*columns: Any, where: str) -> None:
    """Warn that integers which are stored as categories were taken for ids."""
    if any(str(_kind(column)).startswith(("category", "dictionary")) for column in columns):
        warn_user(
            f"{where}: categories that are integers are node ids; Graph.from_edges or Graph.from_dataframe with "
            "relabel=True makes names of them, .astype(int) or .dictionary_decode() plain ids",
            InputWarning,
        )


def _read(column: Any, end: str) -> NDArray[Any] | Labelled:
    """Return a column as integers, or as numbers of names."""
    if hasattr(column, "dictionary_encode"):
        return _read_arrow(column, end)
    if hasattr(column, "factorize"):
        return _read_pandas(column, end)
    if hasattr(column, "null_count") and column.null_count():
        raise GraphError(f"{end} column: expected no missing values, got one in row {column.is_null().arg_max()}")
    kind = _kind(column)
    if hasattr(kind, "is_nested") and kind.is_nested():
        raise GraphError(f"{end} column: expected integer node ids or strings, got dtype {kind}")
    if str(kind) in _WIDE:
        return label_objects(column.to_list())
    array = as_array(column, f"{end} column")
    if array.ndim != 1:
        raise GraphError(f"{end} column: expected a flat column, got shape {array.shape}")
    if array.dtype.kind in "UT":
        return label_strings(array)
    if array.dtype.kind == "O":
        return label_objects(array.tolist())
    return _integers(array, end, column)


def _read_pandas(column: Any, end: str) -> NDArray[Any] | Labelled:
    kind = getattr(column.dtype, "kind", "O")
    if kind in "iu" and not column.isna().any():
        return np.asarray(column.to_numpy())
    if kind not in "iuOTU":
        return _integers(np.asarray(column), end, column)
    try:
        codes, table = column.factorize()
    except TypeError:
        # Lists, dictionaries: the rows say which.
        return label_objects(column.tolist())
    if len(codes) and codes.min() < 0:
        raise GraphError(f"{end} column: expected no missing values, got one in row {int(codes.argmin())}")
    return _named(np.asarray(codes, np.int64), table.tolist(), end)


def _read_arrow(column: Any, end: str) -> NDArray[Any] | Labelled:
    if column.null_count:
        row = int(np.asarray(column.is_null()).argmax())
        raise GraphError(f"{end} column: expected no missing values, got one in row {row}")
    if not str(column.type).startswith(_ARROW_STRINGS):
        return _integers(np.asarray(column), end, column)
    encoded = column.dictionary_encode()
    if not hasattr(encoded, "chunks"):
        return _named(np.asarray(encoded.indices).astype(np.int64), encoded.dictionary.to_pylist(), end)
    chunks = encoded.unify_dictionaries().chunks
    if not chunks:
        return np.empty(0, np.int64)
    codes = np.concatenate([np.asarray(chunk.indices) for chunk in chunks])
    return _named(codes.astype(np.int64), chunks[0].dictionary.to_pylist(), end)


def _named(codes: NDArray[np.int64], table: list[Any], end: str) -> NDArray[Any] | Labelled:
    bad = no_name(table)
    if bad is not None and (codes == bad).any():
        row = int((codes == bad).argmax())
        raise GraphError(
            f"{end} column: expected integers, strings or other hashables, got {table[bad]!r} in row {row}"
        )
    return Labelled(codes, table)


def _integers(array: NDArray[Any], end: str, column: Any) -> NDArray[Any]:
    if array.dtype.kind not in "iu":
        raise GraphError(f"{end} column: expected integer node ids or strings, got dtype {_kind(column)}")
    return array


def _kind(column: Any) -> Any:
    """Return what its own library calls the type of a column's values."""
    return getattr(column, "type", getattr(column, "dtype", None))


def _is_column(value: Any) -> bool:
    return is_array(value) and not is_table(value) and dimensions(value, "edges") == 1
