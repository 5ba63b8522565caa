"""Edge lists as users bring them, turned into the arrays that the core takes.

Python coerces and explains; the core gets clean arrays. Whatever can be told from the Python side
(dtype, shape, names, one stray id that would allocate gigabytes) is checked here; what needs a pass
over the rows anyway (ids out of range, weights that are not finite and positive) the core checks once.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .errors import GraphError

__all__ = ["EdgeArray", "NodeNames", "as_edges", "as_n_nodes", "as_weights", "count_nodes", "name_table"]

EdgeArray: TypeAlias = NDArray[np.int32] | NDArray[np.int64]
NodeNames: TypeAlias = tuple[Hashable, ...]

# Without n_nodes an id may be at most kSparseFactor x (number of distinct ids) + kSparseSlack.
_SPARSE_FACTOR = 16
_SPARSE_SLACK = 2**20
# A tree over n nodes has fewer than 2n ids, and they are int32.
_MAX_NODES = 2**30


def as_edges(edges: Any) -> tuple[EdgeArray, NodeNames | None]:
    """Return C-contiguous int32 or int64 ids of shape (m, 2), and node names where the input has them.

    Names come only from inputs that hold Python objects (a list of pairs of strings or other
    hashables, a data frame) and are numbered in the order of their first appearance. An array of
    strings, objects, floats or booleans is refused: there the dtype is more likely a slip.
    """
    if hasattr(edges, "to_numpy") and hasattr(edges, "columns"):
        edges = edges.to_numpy()
        if edges.dtype == object and edges.ndim == 2:
            edges = edges.tolist()
    try:
        array = np.asarray(edges)
    except (TypeError, ValueError, OverflowError) as error:
        if _is_list_of_pairs(edges):
            return _edges_from_objects(edges)
        raise GraphError(f"edges: expected an (m, 2) array of node ids, got {_describe(edges)}") from error
    if array.size == 0 and (array.ndim == 1 or (array.ndim == 2 and array.shape[1] == 2)):
        return np.empty((0, 2), np.int64), None
    if (array.dtype.kind in "USO" or array.ndim > 2) and _is_list_of_pairs(edges):
        return _edges_from_objects(edges)
    if array.ndim != 2 or array.shape[1] != 2:
        raise GraphError(_shape_message(array))
    return _edges_from_integers(array), None


def as_weights(weights: Any, n_edges: int) -> NDArray[np.float64] | None:
    """Return weights as C-contiguous float64 of shape (n_edges,), or None for an unweighted graph."""
    if weights is None:
        return None
    try:
        array = np.asarray(weights)
    except (TypeError, ValueError) as error:
        raise GraphError(f"weights: expected one real number per edge, got {_describe(weights)}") from error
    if array.size == 0 and n_edges == 0:
        return np.empty(0, np.float64)
    if array.dtype.kind not in "iuf":
        raise GraphError(f"weights: expected real numbers, got dtype {array.dtype}")
    if array.shape != (n_edges,):
        raise GraphError(f"weights: expected shape ({n_edges},), one per edge, got shape {array.shape}")
    # A long double beyond float64 becomes inf here, which the core refuses by row.
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(array, dtype=np.float64)


def as_n_nodes(n_nodes: Any) -> int:
    """Return the number of nodes as an int in [1, 2^30], or raise GraphError."""
    if isinstance(n_nodes, bool | np.bool_) or not isinstance(n_nodes, int | np.integer):
        raise GraphError(f"n_nodes: expected an integer, got {_describe(n_nodes)}")
    if n_nodes < 1:
        raise GraphError(f"n_nodes: expected at least 1, got {n_nodes}: an empty graph has no encoding tree")
    if n_nodes > _MAX_NODES:
        raise GraphError(f"n_nodes: expected at most {_MAX_NODES} (2^30), got {n_nodes}")
    return int(n_nodes)


def count_nodes(edges: EdgeArray) -> int:
    """Return 1 + the largest id, or raise GraphError where the ids are negative or far too sparse.

    An id may be at most 16 x the number of distinct ids + 2^20, so that one stray id costs an error
    and not gigabytes. O(m), and O(m log m) only for input that is refused.
    """
    if edges.shape[0] == 0:
        raise GraphError("edges: expected at least one edge (or n_nodes), got an empty graph")
    low, high = int(edges.min()), int(edges.max())
    if low < 0:
        row = int(np.argmax((edges < 0).any(axis=1)))
        raise GraphError(f"edges: expected ids >= 0, got {edges[row].min()} in row {row}")
    # 2m ids at most are distinct: a table of flags is only allocated where that many would justify it.
    if high > _SPARSE_FACTOR * edges.size + _SPARSE_SLACK:
        raise GraphError(_sparse_message(high, int(np.unique(edges).size)))
    if high > _SPARSE_SLACK:
        seen = np.zeros(high + 1, dtype=np.bool_)
        seen[edges.ravel()] = True
        distinct = int(np.count_nonzero(seen))
        if high > _SPARSE_FACTOR * distinct + _SPARSE_SLACK:
            raise GraphError(_sparse_message(high, distinct))
    return as_n_nodes(high + 1)


def name_table(names: Iterable[Any]) -> NodeNames:
    """Return node names as a tuple; GraphError unless they are hashable, distinct and fit to be names."""
    table = tuple(names)
    try:
        distinct = len(set(table))
    except TypeError as error:
        raise GraphError(f"node names: expected hashable values: {error}") from error
    for name in table:
        if not _is_name(name):
            raise GraphError(f"node names: expected strings, integers or other hashables, got {name!r}")
    if distinct != len(table):
        raise GraphError(f"node names: expected distinct names, got {len(table) - distinct} repeated")
    return table


def _is_name(value: Any) -> bool:
    return value is not None and not isinstance(value, bool | np.bool_ | float | np.floating)


def _is_list_of_pairs(edges: Any) -> bool:
    return isinstance(edges, list | tuple) and all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in edges)


def _edges_from_integers(array: NDArray[Any]) -> EdgeArray:
    if array.dtype.kind not in "iu":
        hint = "; give names as a list of pairs" if array.dtype.kind in "USO" else ""
        raise GraphError(f"edges: expected integer node ids, got dtype {array.dtype}{hint}")
    if array.dtype.kind == "u" and array.dtype.itemsize == 8 and int(array.max()) >= 2**63:
        raise GraphError(f"edges: expected ids below 2^31, got {array.max()}")
    if array.dtype.kind == "i" and array.dtype.itemsize == 4:
        return np.ascontiguousarray(array, dtype=np.int32)
    return np.ascontiguousarray(array, dtype=np.int64)


def _edges_from_objects(pairs: list[Any] | tuple[Any, ...]) -> tuple[EdgeArray, NodeNames | None]:
    index: dict[Hashable, int] = {}
    ids = np.empty((len(pairs), 2), np.int64)
    for row, pair in enumerate(pairs):
        for side, name in enumerate(pair):
            if not _is_name(name):
                raise GraphError(
                    f"edges: expected integers, strings or other hashables as nodes, got {name!r} in row {row}"
                )
            try:
                ids[row, side] = index.setdefault(name, len(index))
            except TypeError as error:
                raise GraphError(f"edges: expected hashable nodes, got {_describe(name)} in row {row}") from error
    if not all(isinstance(name, int | np.integer) for name in index):
        return ids, tuple(index)
    # Integers held as objects (a data frame of mixed columns, ids beyond int64) are ids, not names.
    try:
        return np.array([[int(u), int(v)] for u, v in pairs], dtype=np.int64), None
    except OverflowError as error:
        raise GraphError("edges: expected ids below 2^31, got one that does not fit int64") from error


def _shape_message(array: NDArray[Any]) -> str:
    message = f"edges: expected shape (m, 2), got shape {array.shape}"
    if array.ndim == 2 and array.shape[0] == 2:
        return message + "; transpose it: edges.T"
    if array.ndim == 2 and array.shape[1] == 3:
        return message + "; give weights apart: (edges[:, :2], edges[:, 2])"
    return message


def _sparse_message(high: int, distinct: int) -> str:
    return (
        f"edges: the largest id is {high} but only {distinct} distinct ids occur; relabel the nodes to "
        "0..n-1 (np.unique(edges, return_inverse=True)), or pass n_nodes if the gaps are meant"
    )


def _describe(value: Any) -> str:
    if isinstance(value, int | float | str) and len(repr(value)) <= 40:
        return f"{value!r} ({type(value).__name__})"
    return type(value).__name__
