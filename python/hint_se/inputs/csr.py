"""Compressed sparse rows on their way to a graph: off with the diagonal, into the core's types, checked once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.errors import GraphError
from hint_se.inputs.arrays import as_array
from hint_se.inputs.edges import as_n_nodes

__all__ = ["CoreRows", "Rows", "check_square", "checked", "listed", "remedy", "same_rows", "without_diagonal"]


#: Offsets, neighbours, weights and extra volumes as the core takes them.
CoreRows: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64], NDArray[np.float64] | None]


class Rows(NamedTuple):
    """A graph in compressed sparse rows without its diagonal, still to be checked."""

    indptr: NDArray[Any]
    indices: NDArray[Any]
    values: NDArray[Any]
    loops: NDArray[np.float64] | None
    """Weight of the loop of each node; None where there is none."""
    n_loops: int
    shared: bool
    """Whether the arrays are the input's, so that a graph has to copy them."""


def listed(rows: CoreRows) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the edges of a graph, each once, and behind them the loops that count: ids of shape (k, 2), and weights."""
    indptr, indices, weights, extra_volume = rows
    owners = np.repeat(np.arange(indptr.size - 1), np.diff(indptr))
    once = owners < indices
    ends, weights = np.stack([owners[once], indices[once]], axis=1), weights[once]
    if extra_volume is None:
        return ends, weights
    loops = np.flatnonzero(extra_volume)
    return (
        np.concatenate([ends, np.stack([loops, loops], axis=1)]),
        np.concatenate([weights, 0.5 * extra_volume[loops]]),
    )


def check_square(shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Raise GraphError unless a matrix of this shape and dtype can be an adjacency matrix."""
    if len(shape) != 2 or shape[0] != shape[1]:
        raise GraphError(f"matrix: expected a square adjacency matrix, got shape {shape}")
    if dtype.kind not in "iufb":
        raise GraphError(f"matrix: expected real numbers, got dtype {dtype}")
    as_n_nodes(shape[0])


def without_diagonal(indptr: NDArray[Any], indices: NDArray[Any], values: NDArray[Any], *, shared: bool) -> Rows:
    """Return rows without their diagonal; what is not zero there counts as loops."""
    n, lengths = indptr.size - 1, np.diff(indptr)
    if (lengths < 0).any() or lengths.sum() != indices.size:
        raise GraphError("matrix: expected offsets that rise from 0 to the number of entries, got others")
    owners = np.repeat(np.arange(n, dtype=np.int32), lengths)
    on_diagonal = indices == owners
    if values.dtype.kind == "b":
        values = values.astype(np.float64)
    if not on_diagonal.any():
        return Rows(indptr, indices, values, None, 0, shared)
    loops = values[on_diagonal]
    if not (np.isfinite(loops) & (loops >= 0)).all():
        raise GraphError("matrix: expected finite weights >= 0 on the diagonal, got NaN, infinity or less than 0")
    keep = ~on_diagonal
    left = np.concatenate([[0], np.cumsum(np.bincount(owners[keep], minlength=n))])
    weights = np.zeros(n)
    np.add.at(weights, owners[on_diagonal], loops)
    return Rows(left, indices[keep], values[keep], weights, int(np.count_nonzero(loops)), shared=False)


def checked(indptr: Any, indices: Any, weights: Any, extra_volume: Any = None, *, shared: bool) -> CoreRows:
    """Return the arrays of a graph, read-only and valid; copies where the caller could still write to them."""
    columns = (
        _own(indptr, "indptr", np.int64, shared),
        _own(indices, "indices", np.int32, shared),
        _own(weights, "weights", np.float64, shared),
        None if extra_volume is None else _own(extra_volume, "extra_volume", np.float64, shared),
    )
    as_n_nodes(columns[0].size - 1)
    _core.validate_graph(*columns)
    return columns


def remedy(rows: Rows) -> str:
    """Return what to do with a matrix that is no graph."""
    values = np.asarray(rows.values)
    if not np.isfinite(values).all() or (values < 0).any():
        return "; expected weights that are finite and > 0, zeros are no edges"
    if not values.all():
        return "; entries that are stored and 0 go by A.eliminate_zeros()"
    return "; of a directed graph or one triangle take A + A.T, or Graph.from_directed(A)"


def same_rows(ours: Sequence[NDArray[Any] | None], theirs: Sequence[NDArray[Any] | None]) -> bool:
    """Return whether the arrays of two graphs hold the same, None being another than zeros."""
    return all(map(_same, ours, theirs))


def _same(ours: NDArray[Any] | None, theirs: NDArray[Any] | None) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    return np.array_equal(ours, theirs)


def _own(values: Any, name: str, dtype: type[np.generic], shared: bool) -> NDArray[Any]:
    """Return a flat read-only array of ``dtype``; GraphError where that would change a value."""
    array = as_array(values, name)
    wanted = "iuf" if dtype is np.float64 else "iu"
    if array.ndim != 1 or (array.size and array.dtype.kind not in wanted):
        raise GraphError(f"{name}: expected a flat array of {dtype.__name__}, got {array.dtype} of shape {array.shape}")
    if dtype is not np.float64 and array.size:
        limits = np.iinfo(dtype)  # type: ignore[type-var]
        if int(array.min()) < limits.min or int(array.max()) > limits.max:
            raise GraphError(f"{name}: expected values that fit {dtype.__name__}, got {array.max()}")
    owned = np.array(array, dtype=dtype, order="C") if shared else np.ascontiguousarray(array, dtype=dtype)
    owned.flags.writeable = False
    return owned
