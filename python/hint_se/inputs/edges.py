"""The parts of an edge list, each checked on its own: ids, weights, the number of nodes, node names.

Python coerces and explains; the core gets clean arrays. Whatever can be told from the Python side
(dtype, shape, names, one stray id that would allocate gigabytes) is checked here; what needs a pass
over the rows anyway (ids out of range, weights that are not finite and positive) the core checks once.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from types import NoneType
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hint_se.errors import GraphError
from hint_se.inputs.arrays import as_array, describe

__all__ = [
    "EdgeArray",
    "ListedGraph",
    "NodeNames",
    "as_ids",
    "as_n_nodes",
    "as_weights",
    "count_nodes",
    "is_name",
    "is_stray",
    "name_table",
    "names_for",
]

EdgeArray: TypeAlias = NDArray[np.int32] | NDArray[np.int64]
NodeNames: TypeAlias = tuple[Hashable, ...]

# Without n_nodes an id may be at most 16 x (number of distinct ids) + 2^20: a slip costs an error and not gigabytes.
_SPARSE_FACTOR = 16
_SPARSE_SLACK = 2**20
# A tree over n nodes has fewer than 2n ids, and they are int32.
_MAX_NODES = 2**30
# Missing values are no names, and numbers that equal an integer (1 == 1.0 == True) would pass for it.
_NO_NAMES = (NoneType, bool, np.bool_, float, np.floating, complex, np.complexfloating)
_NO_NAMES_OF_PANDAS = frozenset({"NAType", "NaTType"})


class ListedGraph(NamedTuple):
    """A graph of listed edges; names are None where they would be 0..n-1."""

    ids: EdgeArray
    weights: Sequence[Any] | NDArray[Any] | None
    n_nodes: int
    names: NodeNames | None


def as_ids(array: NDArray[Any]) -> EdgeArray:
    """Return integers of any dtype and layout as C-contiguous int32 or int64, copied at most once."""
    if array.dtype.kind not in "iu":
        raise GraphError(f"edges: expected integer node ids, got dtype {array.dtype}{_dtype_hint(array.dtype)}")
    if array.dtype.kind == "u" and array.dtype.itemsize == 8 and array.size and int(array.max()) >= 2**63:
        raise GraphError(
            f"edges: expected ids below 2^31, got {array.max()}; Graph.from_edges(edges, relabel=True) takes any"
        )
    if array.dtype.kind == "i" and array.dtype.itemsize == 4:
        return np.ascontiguousarray(array, dtype=np.int32)
    return np.ascontiguousarray(array, dtype=np.int64)


def as_weights(weights: Any, n_edges: int) -> NDArray[np.float64] | None:
    """Return weights as C-contiguous float64 of shape (n_edges,), or None for an unweighted graph."""
    if weights is None:
        return None
    array = as_array(weights, "weights")
    if array.size == 0 and n_edges == 0:
        return np.empty(0, np.float64)
    if array.dtype.kind not in "iuf":
        array = _real(array)
    if array.shape != (n_edges,):
        raise GraphError(f"weights: expected shape ({n_edges},), one per edge, got shape {array.shape}")
    # A long double beyond float64 becomes inf here, which the core refuses by row.
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(array, dtype=np.float64)


def _real(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return real numbers that are held as objects; GraphError, by row and value, for whatever else."""
    if values.dtype.kind not in "OUST":
        raise GraphError(f"weights: expected real numbers, got dtype {values.dtype}")
    for row, value in enumerate(values.reshape(-1).tolist()):
        if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.integer | np.floating):
            raise GraphError(
                f"weights: expected real numbers, got {value!r} in row {row}{_weight_hint(value, values.ndim == 0)}"
            )
    try:
        return values.astype(np.float64)
    except OverflowError as error:
        raise GraphError(f"weights: expected numbers below 1.8e308: {error}") from error


def _weight_hint(value: Any, scalar: bool) -> str:
    if isinstance(value, str) and scalar:
        return f"; weight={value!r} names a column or an attribute"
    if isinstance(value, dict):
        return "; networkx lists weights with G.edges(data='weight')"
    if value is None:
        return ""
    return f" ({type(value).__name__}); numbers of another type go in by float(weight)"


def as_n_nodes(n_nodes: Any) -> int:
    """Return the number of nodes as an int in [1, 2^30], or raise GraphError."""
    if isinstance(n_nodes, bool | np.bool_) or not isinstance(n_nodes, int | np.integer):
        raise GraphError(f"n_nodes: expected an integer, got {describe(n_nodes)}")
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
    if is_stray(high, edges.size):
        raise GraphError(_sparse_message(high, int(np.unique(edges).size)))
    if high > _SPARSE_SLACK:
        seen = np.zeros(high + 1, dtype=np.bool_)
        seen[edges.ravel()] = True
        distinct = int(np.count_nonzero(seen))
        if is_stray(high, distinct):
            raise GraphError(_sparse_message(high, distinct))
    return as_n_nodes(high + 1)


def is_stray(high: int, n_ids: int) -> bool:
    """Return whether the largest of so many ids is more likely a slip of the pen than a node."""
    return high > _SPARSE_FACTOR * n_ids + _SPARSE_SLACK


def is_name(kind: type) -> bool:
    """Return whether values of a type can be names: no missing values, floats, booleans or (hashable) tensors."""
    if issubclass(kind, _NO_NAMES) or kind.__name__ in _NO_NAMES_OF_PANDAS:
        return False
    return issubclass(kind, np.generic) or not hasattr(kind, "__dlpack__")


def name_table(names: Iterable[Any]) -> NodeNames:
    """Return node names as a tuple; GraphError unless they are hashable, distinct and fit to be names."""
    # Strings would be taken letter by letter, sets have no order, and of a dictionary nobody knows which half is meant.
    if isinstance(names, str | bytes | set | frozenset | dict) or not isinstance(names, Iterable):
        raise GraphError(f"node names: expected a list of names, got {type(names).__name__}")
    table = tuple(names)
    try:
        distinct = len(set(table))
    except TypeError as error:
        raise GraphError(f"node names: expected hashable values: {error}") from error
    if not all(map(is_name, set(map(type, table)))):
        name = next(name for name in table if not is_name(type(name)))
        raise GraphError(f"node names: expected strings, integers or other hashables, got {name!r}")
    if distinct != len(table):
        raise GraphError(f"node names: expected distinct names, got {len(table) - distinct} repeated")
    return table


def names_for(names: Iterable[Any], n_nodes: int) -> NodeNames:
    """Return `name_table`, of one name per node."""
    table = name_table(names)
    if len(table) != n_nodes:
        raise GraphError(f"node_names: expected {n_nodes} names, one per node, got {len(table)}")
    return table


def _dtype_hint(dtype: np.dtype[Any]) -> str:
    if dtype.kind == "S":
        return "; decode the names: np.char.decode(edges)"
    if dtype.kind == "f":
        return "; if they are whole numbers: edges.astype(np.int64)"
    return ""


def _sparse_message(high: int, distinct: int) -> str:
    return (
        f"edges: the largest id is {high} but only {distinct} distinct ids occur; relabel the nodes to 0..n-1 with "
        "Graph.from_edges(edges, relabel=True), which keeps the ids as names, or pass n_nodes if the gaps are meant"
    )
