"""The tree invariants, checked once where arrays come from outside: a user, a file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hint_se.errors import GraphError, TreeError
from hint_se.inputs.arrays import as_array
from hint_se.inputs.edges import NodeNames, name_table

__all__ = ["as_parent", "check_changed", "check_columns", "leaf_count"]


def as_parent(parent: Any) -> NDArray[np.int32]:
    """Return a parent array as read-only int32 after checking the tree invariants it alone decides."""
    array = _array("parent", parent)
    if array.ndim != 1 or array.size == 0 or array.dtype.kind not in "iu":
        raise TreeError(f"parent: expected a flat array of integers, got {array.dtype} of shape {array.shape}")
    if array[-1] != -1:
        raise TreeError(f"parent: expected the root last, with parent -1, got {array[-1]}")
    ids = np.arange(array.size - 1)
    bad = np.flatnonzero((array[:-1] <= ids) | (array[:-1] >= array.size))
    if bad.size:
        raise TreeError(
            f"parent: expected parent[i] > i and below {array.size}, got parent[{bad[0]}] = {array[bad[0]]}"
        )
    owned = np.array(array, dtype=np.int32)
    owned.flags.writeable = False
    has_child = np.zeros(array.size, dtype=np.bool_)
    has_child[owned[:-1]] = True
    childless = np.flatnonzero(~has_child[leaf_count(owned) :])
    if childless.size and owned.size > 1:
        raise TreeError(
            f"parent: expected the leaves first and a child for every other node, got none for node "
            f"{childless[0] + leaf_count(owned)}"
        )
    return owned


def leaf_count(parent: NDArray[np.integer[Any]]) -> int:
    """Return the number of leaves of a parent array: all ids below the smallest parent. O(t)."""
    return int(parent[:-1].min()) if parent.size > 1 else 1


def check_columns(
    parent: NDArray[np.int32], volume: Any, cut: Any, names: Iterable[Any] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64], NodeNames | None]:
    """Return read-only volumes, cuts and names that fit a parent array, or raise TreeError.

    Sums are compared to a relative 1e-9 of the total: they were made in double, in another order.
    """
    size = parent.size
    columns = [_column("volume", volume, size), _column("cuts", cut, size)]
    volumes, cuts = columns
    slack = 1e-9 * max(float(volumes[-1]), np.finfo(np.float64).tiny)
    sums = np.bincount(parent[:-1], weights=volumes[:-1], minlength=size)
    leaves = int(parent[:-1].min()) if size > 1 else 1
    _refuse("volume: expected the sum of the children", np.abs(sums - volumes) > slack, volumes, leaves)
    above = (cuts > volumes + slack) | ((cuts > 0) & (volumes == 0))
    _refuse("cuts: expected at most the volume", above, cuts)
    within = np.bincount(parent[:-1], weights=cuts[:-1], minlength=size)
    _refuse("cuts: expected at most the sum of the children", cuts > within + slack, cuts, leaves)
    if cuts[-1] > slack:
        raise TreeError(f"cuts: expected 0 for the root, got {cuts[-1]}")
    if names is None:
        return volumes, cuts, None
    try:
        table = name_table(names)
    except GraphError as error:
        raise TreeError(str(error)) from error
    if len(table) != leaves:
        raise TreeError(f"node_names: expected {leaves} names, one per leaf, got {len(table)}")
    return volumes, cuts, table


def check_changed(changed: Any, n_leaves: int) -> NDArray[np.float64]:
    """Return the read-only weights of what changed at each leaf, or raise TreeError."""
    return _column("changed", changed, n_leaves)


def _array(name: str, values: Any) -> NDArray[Any]:
    try:
        return as_array(values, name)
    except GraphError as error:
        raise TreeError(str(error)) from error


def _column(name: str, values: Any, size: int) -> NDArray[np.float64]:
    array = _array(name, values)
    if array.shape != (size,) or array.dtype.kind not in "iuf":
        raise TreeError(f"{name}: expected {size} real numbers, got {array.dtype} of shape {array.shape}")
    owned = np.array(array, dtype=np.float64)
    _refuse(f"{name}: expected finite numbers >= 0", ~(np.isfinite(owned) & (owned >= 0)), owned)
    owned.flags.writeable = False
    return owned


def _refuse(
    message: str, bad: NDArray[np.bool_], values: NDArray[np.float64], start: int = 0, stop: int | None = None
) -> None:
    wrong = np.flatnonzero(bad[start:stop])
    if wrong.size:
        node = int(wrong[0]) + start
        raise TreeError(f"{message}, got {values[node]} for node {node}")
