"""What libraries return as a tree, as parent arrays in the order of hint_se: leaves first, parents after children, the root last."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Parent", "fingerprint", "from_dendrogram", "from_levels", "tidy"]

Parent = NDArray[np.int32]


def tidy(parent: Any, n_leaves: int, keep: Any = None) -> Parent:
    """Return a tree in the order hint_se wants: nodes that are not kept or have a single child are left out.

    Parameters
    ----------
    parent : array_like of int, shape (t,)
        Leaves first, the root last with parent -1, a parent after its children.
    n_leaves : int
    keep : array_like of bool, shape (t,), optional
        False leaves an inner node out: its children go to its parent. None: keep all.
    """
    up = np.asarray(parent, dtype=np.int64).copy()
    size = up.size
    kept = np.ones(size, bool) if keep is None else np.array(keep, dtype=bool)
    kept[:n_leaves] = True
    kept[-1] = True
    # A node that only has leaves out of sight below it: none, so children counts are those after the dropping.
    up[:-1] = _kept_ancestor(up, kept)[up[:-1]]
    children = np.bincount(up[:-1][kept[:-1]], minlength=size)
    kept[n_leaves:] &= children[n_leaves:] >= 2
    # A root of one child hands its place to the first node below it that branches.
    kept[np.flatnonzero(kept)[-1] + 1 :] = False
    root = int(np.flatnonzero(kept)[-1]) if n_leaves > 1 else size - 1
    kept[root] = True
    up[root:] = -1
    up[:root] = _kept_ancestor(up, kept)[np.maximum(up[:root], 0)]
    number = np.cumsum(kept) - 1
    result = np.where(up >= 0, number[up], -1)[kept]
    return result.astype(np.int32)


def _kept_ancestor(up: NDArray[np.int64], kept: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return for each node itself or the lowest ancestor that is kept, by pointer jumping."""
    jump = np.where(kept, np.arange(up.size), up)
    while True:
        further = jump[jump]
        if np.array_equal(further, jump):
            return jump
        jump = further


def from_levels(levels: list[NDArray[Any]], n: int) -> Parent:
    """Return the tree of nested labellings of the n leaves, the finest first.

    Communities of two levels are nested by construction here: a finer label only counts together with
    all coarser ones.
    """
    code = np.zeros(n, np.int64)
    codes = []
    for labels in reversed(levels):
        _, own = np.unique(labels, return_inverse=True)
        _, code = np.unique(code * (int(own.max()) + 1) + own, return_inverse=True)
        codes.append(code)
    parents, start, below = [], n, np.arange(n)
    for code in reversed(codes):
        # Every community of the level below lies in the community of any leaf of it.
        member = np.zeros(int(below.max()) + 1, np.int64)
        member[below] = code
        parents.append(start + member)
        start += int(code.max()) + 1
        below = code
    parents.append(np.full(int(below.max()) + 1, start))
    return tidy(np.concatenate([*parents, [-1]]), n)


def from_dendrogram(dendrogram: NDArray[Any], *, contract: bool = False) -> Parent:
    """Return the tree of a linkage table (two merged ids, distance, size per row).

    With `contract` a merge at the distance of its parent is no level of its own: a node of many children that
    the table had to write as a chain is one node again.
    """
    rows = np.asarray(dendrogram)
    n = len(rows) + 1
    parent = np.full(2 * n - 1, -1, np.int64)
    parent[rows[:, :2].astype(np.int64)] = (n + np.arange(n - 1))[:, None]
    keep = np.ones(2 * n - 1, bool)
    if contract:
        distance = np.concatenate([np.full(n, -np.inf), rows[:, 2]])
        keep = (parent < 0) | (distance != distance[parent])
    # Sorted by distance, a merge may stand before one of its own parts where the distances are equal.
    order = np.concatenate([np.arange(n), n + np.argsort(-_depths(parent)[n:], kind="stable")])
    number = np.empty_like(order)
    number[order] = np.arange(order.size)
    up = np.where(parent[order] >= 0, number[parent[order]], -1)
    return tidy(up, n, keep[order])


def _depths(up: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of edges from the root (parent -1) to each node, by pointer doubling."""
    depth = (up >= 0).astype(np.int64)
    jump = np.where(up >= 0, up, np.arange(up.size))
    while True:
        further = jump[jump]
        if np.array_equal(further, jump):
            return depth
        depth += depth[jump]
        jump = further


def fingerprint(parent: Parent, n: int) -> str:
    """Return a digest of the communities of a tree, however its inner nodes are numbered.

    A community is the sum of random numbers of its leaves, modulo 2**64. No node may have a single child, see `tidy`.
    """
    up = np.asarray(parent, dtype=np.int64)
    code = np.zeros(up.size, np.uint64)
    code[:n] = np.random.default_rng(0).integers(0, 2**64, n, np.uint64)
    depth = _depths(up)
    by_depth = np.argsort(-depth, kind="stable")
    for level in np.split(by_depth, np.flatnonzero(np.diff(depth[by_depth])) + 1)[:-1]:
        np.add.at(code, up[level], code[level])
    return hashlib.sha256(np.sort(code).tobytes()).hexdigest()[:16]
