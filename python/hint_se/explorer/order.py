"""The nodes of a tree one below the other: parents first, siblings by falling size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hint_se.hierarchy.cuts import leaf_counts

__all__ = ["Order", "preorder", "stepwise_lexsort"]


@dataclass(frozen=True, slots=True)
class Order:
    """A tree in preorder. Columns have one row per position, shape (t,); the root is at 0.

    The subtree of position p is p to p + span[p] - 1, and its largest child, if it has any, p + 1.

    Parameters
    ----------
    node : ndarray of int64
        Tree id.
    up : ndarray of int64
        Position of the parent, -1 for the root.
    span : ndarray of int64
        Nodes in the subtree, 1 for a leaf of the tree.
    leaves : ndarray of int64
        Leaves in the subtree, 1 for a leaf.
    """

    node: NDArray[np.int64]
    up: NDArray[np.int64]
    span: NDArray[np.int64]
    leaves: NDArray[np.int64]

    @property
    def inner(self) -> NDArray[np.bool_]:
        """Which positions are no leaf of the tree."""
        above: NDArray[np.bool_] = self.span > 1
        return above


def preorder(parent: NDArray[np.int32], volume: NDArray[np.float64]) -> Order:
    """Return the nodes in preorder; siblings by falling number of leaves, then falling volume, then id. O(t log t)."""
    leaves, span = leaf_counts(parent), _node_counts(parent)
    ids = np.arange(parent.size)
    siblings = stepwise_lexsort((-volume, -leaves, -parent.astype(np.int64)))[:-1]
    # Nodes in the subtrees of the siblings before.
    up = parent[siblings]
    before = np.cumsum(span[siblings]) - span[siblings]
    eldest = np.maximum.accumulate(np.where(np.diff(up, prepend=-1) != 0, np.arange(up.size), 0))
    offset = np.zeros(parent.size, dtype=np.int64)
    offset[siblings] = before - before[eldest] + 1
    place = _summed_down(parent, offset)
    node = np.empty(parent.size, dtype=np.int64)
    node[place] = ids
    above = np.where(parent[node] < 0, -1, place[parent[node]])
    return Order(node, above, span[node], leaves[node])


def stepwise_lexsort(keys: tuple[NDArray[np.float64] | NDArray[np.int64], ...]) -> NDArray[np.int64]:
    """Return what `numpy.lexsort` does, key by key: an interrupt waits for one of them and not for all."""
    rows = np.arange(keys[0].size)
    for key in keys:
        rows = rows[np.argsort(key[rows], kind="stable")]
    return rows


def _node_counts(parent: NDArray[np.int32]) -> NDArray[np.int64]:
    counts = [1] * parent.size
    for node, up in enumerate(parent[:-1].tolist()):
        counts[up] += counts[node]
    return np.array(counts, dtype=np.int64)


def _summed_down(parent: NDArray[np.int32], values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the sum of the values from each node up to the root."""
    sums, up = values.tolist(), parent.tolist()
    for node in range(parent.size - 2, -1, -1):
        sums[node] += sums[up[node]]
    return np.array(sums, dtype=np.int64)
