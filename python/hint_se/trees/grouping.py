"""Communities joined by what their graph says: siblings to fewer groups, small communities to a neighbour.

A tree knows the weight that leaves each of its nodes, and not between which. So both ask the graph.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.hierarchy.cuts import community_nodes, merge_heights, split_nodes
from hint_se.inputs.graph import Graph

__all__ = ["join_small", "sibling_groups"]

_Pairs: TypeAlias = tuple[NDArray[np.int64], NDArray[np.float64]]


def sibling_groups(
    graph: Graph, labels: NDArray[np.int64], volume: NDArray[np.float64], n_groups: int
) -> NDArray[np.int64]:
    """Return k siblings in at most so many groups, as many of them as can be, shape (k,).

    The siblings get a tree of least entropy of their own, which is cut: what lies within them and what leaves their parent counts
    as volume alone, so that its bits are those that the groups would save as nodes between parent and siblings.

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
    pairs, weights = _between(graph, labels)
    siblings = _core.graph_from_edges(pairs, weights, volume.size, "drop")[:3]
    beside = np.maximum(volume - _core.degrees(*siblings, None), 0.0)
    parent, *columns = _core.build_tree(*siblings, beside, 0, "auto", "default", 0, 1, None)
    divided = split_nodes(parent, merge_heights(parent, *columns), n_groups)
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
    volume = np.bincount(labels, weights=graph.degrees, minlength=count).tolist()
    pairs, weights = _between(graph, labels.astype(np.int64))
    links: list[dict[int, float]] = [{} for _ in range(count)]
    for (one, two), weight in zip(pairs.tolist(), weights.tolist(), strict=True):
        links[one][two] = links[one].get(two, 0.0) + weight
        links[two][one] = links[two].get(one, 0.0) + weight
    into = np.arange(count)
    total = sum(volume)
    waiting = sorted(range(count), key=lambda label: (sizes[label], label))
    while waiting:
        small = min(waiting, key=lambda label: (sizes[label], label))
        waiting.remove(small)
        if sizes[small] >= min_size:
            break
        if not links[small]:
            continue
        inside = {label: volume[label] - sum(links[label].values()) for label in (small, *links[small])}

        def cost(other: int, small: int = small, inside: dict[int, float] = inside) -> float:
            union = volume[small] + volume[other]
            within = sum(inside[own] * np.log2(union / volume[own]) for own in (small, other))
            return float(2 * links[small][other] * np.log2(union / total) + within)

        joined = min(links[small], key=lambda other: (cost(other), other))
        into[into == small] = joined
        sizes[joined] += sizes[small]
        volume[joined] += volume[small]
        for other, weight in links[small].items():
            del links[other][small]
            if other != joined:
                links[joined][other] = links[joined].get(other, 0.0) + weight
                links[other][joined] = links[joined][other]
        links[small] = {}
    return into[labels]


def _between(graph: Graph, labels: NDArray[np.int64]) -> _Pairs:
    """Return the edges between two communities each, shape (p, 2), and their weights; label -1 is none."""
    start = np.repeat(labels, np.diff(graph.indptr))
    end = labels[graph.indices]
    apart = (start < end) & (start >= 0)
    return np.stack([start[apart], end[apart]], axis=1), graph.weights[apart]
