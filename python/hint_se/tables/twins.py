r"""What the core sees of clusters whose leaves may hang at the cluster's parent, and of components that are finished.

Where the height is limited, a cluster may be a node of the tree or not. To the core it is two nodes, itself and a twin, which
share its inner volume and whose only edge is the inner weight. If the two are alone under a node, that is the cluster; else it is dissolved. Of both
the entropy is that of the real leaves but for a constant: :math:`\sum_i d_i \log d_i` of the leaves against that of the two.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.inputs.csr import listed

__all__ = ["with_twins", "without_twins"]

_Rows = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]


def with_twins(
    rows: _Rows, extra: NDArray[np.float64], twins: NDArray[np.int64], apart: float | None
) -> tuple[_Rows, NDArray[np.float64]]:
    """Return a graph with twins behind its nodes, and last of all one node without edges that stands for all that is ``apart``."""
    count = extra.size
    inner = extra[twins]
    volumes = extra.copy()
    volumes[twins] = 0.0
    if twins.size:
        ends, weights = listed((*rows, None))
        pairs = np.concatenate([ends, np.stack([twins, np.arange(count, count + twins.size)], axis=1)])
        rows = _core.graph_from_edges(pairs, np.concatenate([weights, inner / 2]), count + twins.size, "drop")[:3]
        volumes = np.concatenate([volumes, np.zeros(twins.size)])
    if apart is not None:
        rows = np.append(rows[0], rows[0][-1:]), *rows[1:]
        volumes = np.append(volumes, apart)
    return rows, volumes


def without_twins(
    parent: NDArray[np.int64], count: int, twins: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return a tree without what `with_twins` added to its first ``count`` leaves, and which of these are dissolved."""
    leaves = int(parent[:-1].min())
    dissolved = np.zeros(count, np.bool_)
    children = np.bincount(parent[:-1], minlength=parent.size)
    twin = np.arange(count, count + twins.size)
    up = parent[twins]
    alone = (up == parent[twin]) & (children[up] == 2) & (parent[up] >= 0)
    dissolved[twins[~alone]] = True
    gone = np.zeros(parent.size, np.bool_)
    gone[count:leaves] = True
    gone[up[alone]] = True
    parent = parent.copy()
    parent[twins[alone]] = parent[up[alone]]
    while True:
        parent, gone = _packed(parent, gone)
        children = np.bincount(parent[:-1], minlength=parent.size)
        # A twin that the search parted from its node may leave one of one child, or of none.
        idle = np.flatnonzero((children < 2) & (np.arange(parent.size) >= count) & (parent >= 0))
        if not idle.size:
            return parent, dissolved
        gone[idle] = True
        lone = np.flatnonzero(gone[parent[:-1]])
        while lone.size:
            parent[lone] = parent[parent[lone]]
            lone = lone[gone[parent[lone]]]


def _packed(parent: NDArray[np.int64], gone: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the tree of the nodes that are not gone; their parents are none of those."""
    number = np.cumsum(~gone) - 1
    kept = parent[~gone]
    return np.where(kept < 0, -1, number[kept]), np.zeros(kept.size, np.bool_)
