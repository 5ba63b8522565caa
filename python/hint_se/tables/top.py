"""The tree above the clusters: the core builds it on the contracted graph, with the clusters' volumes as given volumes of its nodes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.choices import Effort
from hint_se.tables.engines.engine import Columns
from hint_se.tables.naming import LEVEL
from hint_se.tables.twins import with_twins, without_twins
from hint_se.trees.searching import Progress

__all__ = ["Top", "named_nodes", "rows_of", "top_tree"]

_NONE = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Top:
    """The tree above the clusters. Its first nodes are the clusters, in the order of their ids; the root is last.

    Parameters
    ----------
    ids : ndarray of int64, shape (c,)
        Of the clusters with edges.
    entries : ndarray of int64, shape (c,)
        Ends of edges of their leaves.
    node : ndarray of int64, shape (t,)
        Name of each node.
    parent : ndarray of int64, shape (t,)
        Position of the parent, -1 for the root.
    volume, cut : ndarray of float64, shape (t,)
        In quanta.
    depth : ndarray of int32, shape (t,)
    dissolved : ndarray of bool, shape (c,)
        Clusters that are no nodes of the tree: their leaves hang at their parents.
    """

    ids: NDArray[np.int64]
    entries: NDArray[np.int64]
    node: NDArray[np.int64]
    parent: NDArray[np.int64]
    volume: NDArray[np.float64]
    cut: NDArray[np.float64]
    depth: NDArray[np.int32]
    dissolved: NDArray[np.bool_]


def top_tree(
    clusters: Columns,
    edges: Columns,
    apart: float | None,
    *,
    level: int,
    height: int,
    effort: Effort,
    threads: int,
    progress: Progress | None,
) -> Top:
    """Return the tree of the contracted graph.

    Parameters
    ----------
    clusters, edges : columns
        As in `rounds`; every cluster has edges.
    apart : float, optional
        Volume of all components that are finished and stand beside this graph; None where there are none. They hang at the root.
    level : int
        First level for the names of its nodes.
    height : int
        Greatest depth of a cluster, 0 for no limit.
    effort : {"fast", "default", "best"}
    threads : int
        >= 1; the tree is the same for every number.
    progress : callable, optional
    """
    order = np.argsort(clusters["id"])
    clusters = {name: column[order] for name, column in clusters.items()}
    count = order.size
    if count == 0:
        root = np.array([level * LEVEL]), np.array([-1]), np.array([apart or 0.0]), np.zeros(1), np.zeros(1, np.int32)
        return Top(_NONE, _NONE, *root, np.zeros(0, np.bool_))
    rows = rows_of(clusters["id"], edges)
    extra = np.maximum(clusters["volume"].astype(np.float64) - _core.degrees(*rows, None), 0.0)
    twins = np.flatnonzero((clusters["node"] >= LEVEL) & (extra > 0)) if height else _NONE
    given, volumes = with_twins(rows, extra, twins, apart)
    built, *_ = _core.build_tree(*given, volumes, height, "auto", effort, 0, threads, progress)
    parent, dissolved = without_twins(built.astype(np.int64), count, twins)
    volume, cut = _core.tree_from_parent(*rows, extra, parent.astype(np.int32))
    node = named_nodes(parent, clusters["id"], clusters["node"], level)
    return Top(clusters["id"], clusters["entries"], node, parent, volume, cut, _depths(parent), dissolved)


def rows_of(ids: NDArray[np.int64], edges: Columns) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Return edges ``a, b, w`` between sorted ids as rows of the core."""
    pairs = np.stack([np.searchsorted(ids, edges[end]) for end in ("a", "b")], axis=1)
    indptr, indices, weights, *_ = _core.graph_from_edges(pairs, edges["w"].astype(np.float64), ids.size, "drop")
    return indptr, indices, weights


def named_nodes(
    parent: NDArray[np.int64], leaf: NDArray[np.int64], leaf_node: NDArray[np.int64], level: int
) -> NDArray[np.int64]:
    """Return names of all nodes of a tree: those of the leaves are given; the others are named by the smallest leaf and their height.

    Two nodes with the same smallest leaf lie above each other and differ in height, so no name comes twice.
    """
    smallest = np.full(parent.size, LEVEL - 1)
    smallest[: leaf.size] = leaf
    height = np.zeros(parent.size, np.int64)
    depth = _depths(parent)
    order = np.argsort(depth, kind="stable")
    ends = np.searchsorted(depth[order], np.arange(depth.max() + 2))
    for d in range(int(depth.max()), 0, -1):
        nodes = order[ends[d] : ends[d + 1]]
        np.minimum.at(smallest, parent[nodes], smallest[nodes])
        np.maximum.at(height, parent[nodes], height[nodes] + 1)
    name = (level + height) * LEVEL + smallest
    name[: leaf.size] = leaf_node
    return np.asarray(name, np.int64)


def _depths(parent: NDArray[np.int64]) -> NDArray[np.int32]:
    return _core.depths(np.ascontiguousarray(parent, dtype=np.int32))
