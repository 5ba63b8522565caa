"""Communities joined by what their graph says: siblings to fewer groups, small communities to a neighbour.

A tree knows the weight that leaves each of its nodes, and not between which. So both ask the graph.
"""

from __future__ import annotations

import heapq
import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.hierarchy.cuts import community_nodes, merge_heights, nearest_split
from hint_se.inputs.graph import Graph

__all__ = ["groups_of", "join_small", "sibling_groups"]

_Pairs: TypeAlias = tuple[NDArray[np.int64], NDArray[np.float64]]


def sibling_groups(
    graph: Graph, labels: NDArray[np.int64], volume: NDArray[np.float64], n_groups: int
) -> NDArray[np.int64]:
    """Return k siblings in the nearest to so many groups, of two the fewer, shape (k,).

    The siblings get a tree of least entropy of their own, which is cut: what lies within them and what leaves their parent counts
    as volume alone, so that its bits are those that the groups would save as nodes between parent and siblings. Parts that nothing links
    form no groups: all are in one, or none is with another.

    Parameters
    ----------
    graph : Graph
    labels : ndarray of int64, shape (n,)
        The sibling that each node of the graph lies in, -1 for none.
    volume : ndarray of float64, shape (k,)
        Of the siblings.
    n_groups : int
        >= 1 and below k.
    """
    return groups_of(*_between(graph, labels), volume, n_groups)


def groups_of(
    pairs: NDArray[np.int64], weights: NDArray[np.float64], volume: NDArray[np.float64], n_groups: int
) -> NDArray[np.int64]:
    """Return what `sibling_groups` does, by the edges between siblings: pairs of them, shape (p, 2), and the weight of each pair."""
    siblings = _core.graph_from_edges(pairs, weights, volume.size, "drop")[:3]
    beside = np.maximum(volume - _core.degrees(*siblings, None), 0.0)
    parent, *columns = _core.build_tree(*siblings, beside, 0, "auto", "default", 0, 1, None)
    divided = nearest_split(parent, merge_heights(parent, *columns), n_groups)
    groups: NDArray[np.int64] = community_nodes(parent, divided)[: volume.size]
    return groups


def join_small(graph: Graph, labels: NDArray[np.int32], min_size: int) -> NDArray[np.int64]:
    r"""Return communities after those of fewer than ``min_size`` nodes have joined a linked one, shape (n,).

    The smallest goes first, of equal ones that of the smaller label; it joins the one whose union has the least entropy as a partition:
    with V the volumes, w the weight between the two and i that inside one of them, the change is, up to the factor 1 / vol,

    .. math:: 2 w \log_2 \frac{V_a + V_b}{vol} + 2 i_a \log_2 \frac{V_a + V_b}{V_a} + 2 i_b \log_2 \frac{V_a + V_b}{V_b}

    One that nothing links stays as it is. O(m + s d) for s joins of d neighbours.
    """
    count = int(labels.max()) + 1
    sizes = np.bincount(labels, minlength=count).tolist()
    volume = np.bincount(labels, weights=graph.degrees, minlength=count)
    loops = 0.0 if graph.extra_volume is None else np.bincount(labels, weights=graph.extra_volume, minlength=count)
    pairs, weights = _between(graph, labels.astype(np.int64))
    links: list[dict[int, float]] = [{} for _ in range(count)]
    for (one, two), weight in zip(pairs.tolist(), weights.tolist(), strict=True):
        links[one][two] = links[one].get(two, 0.0) + weight
        links[two][one] = links[two].get(one, 0.0) + weight
    inside = (volume - loops - [sum(own.values()) for own in links]).tolist()
    volumes, total = volume.tolist(), float(volume.sum())
    into = np.arange(count)
    waiting = [(size, label) for label, size in enumerate(sizes) if size < min_size]
    heapq.heapify(waiting)
    while waiting:
        size, small = heapq.heappop(waiting)
        if into[small] != small or size != sizes[small] or not links[small]:
            continue
        cost = {other: _rise(weight, inside, volumes, (small, other), total) for other, weight in links[small].items()}
        joined = min(cost, key=lambda other: (cost[other], other))
        into[small] = joined
        sizes[joined] += size
        volumes[joined] += volumes[small]
        inside[joined] += inside[small] + 2 * links[small].pop(joined)
        del links[joined][small]
        for other, weight in links[small].items():
            del links[other][small]
            links[joined][other] = links[other][joined] = links[joined].get(other, 0.0) + weight
        links[small] = {}
        if sizes[joined] < min_size:
            heapq.heappush(waiting, (sizes[joined], joined))
    while not np.array_equal(further := into[into], into):
        into = further
    return into[labels]


def _rise(weight: float, inside: list[float], volume: list[float], pair: tuple[int, int], total: float) -> float:
    """Return how much the entropy of a partition rises, times its total, when two communities become one."""
    union = volume[pair[0]] + volume[pair[1]]
    return 2 * weight * math.log2(union / total) + sum(inside[own] * math.log2(union / volume[own]) for own in pair)


def _between(graph: Graph, labels: NDArray[np.int64]) -> _Pairs:
    """Return the edges between two communities each, shape (p, 2), and their weights; label -1 is none."""
    start = np.repeat(labels, np.diff(graph.indptr))
    end = labels[graph.indices]
    apart = (start < end) & (start >= 0)
    return np.stack([start[apart], end[apart]], axis=1), graph.weights[apart]
