"""The graph over the training pairs: kNN edges, pair edges, weights (paper Eq. 2), and what changed between two of them.

Nodes. With `pairs="edge"` (the paper) node i is image i and node N + i is text i. With `pairs="contract"` node i is the pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array, csr_array

from hint_train.structure.transform import confirmed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hint_train.config.sections import GraphConfig
    from hint_train.structure.neighbour_lists import NeighbourLists

_BLOCK_ROWS = 16_384


@dataclass(frozen=True, slots=True)
class PairGraph:
    """Undirected weighted edges over the training pairs, repeated edges meant to be summed."""

    edges: NDArray[np.int64]
    weights: NDArray[np.float64]
    n_pairs: int
    contracted: bool

    @property
    def n_nodes(self) -> int:
        """N where pairs are contracted, else 2 N."""
        return self.n_pairs if self.contracted else 2 * self.n_pairs

    def adjacency(self) -> csr_array:
        """A (n_nodes, n_nodes), symmetric, with repeated edges summed."""
        one_way = coo_array((self.weights, (self.edges[:, 0], self.edges[:, 1])), shape=(self.n_nodes, self.n_nodes))
        return csr_array(one_way + one_way.T)


def pair_graph(image: NeighbourLists, text: NeighbourLists, config: GraphConfig) -> PairGraph:
    """The cross-modal relationship graph (paper section 4.2, Eq. 2).

    Edges are the kNN edges of both modalities and, unless pairs are contracted, one edge per pair. With `agreement` each
    direction i -> j in which a modality lists the edge adds the floor, and 1 if the other modality has j among the first
    `agreement_k` of i. Edges of weight 0 are left out, so there may be none.
    """
    n = len(image.index)
    contracted = config.pairs == "contract"
    parts, weights = [], []
    for own, other, offset in ((image, text, 0), (text, image, 0 if contracted else n)):
        edges, edge_weights = _modality_edges(own, other, config)
        parts.append(edges + offset)
        weights.append(edge_weights)
    if not contracted and config.pair_edge > 0:
        rows = np.arange(n, dtype=np.int64)
        parts.append(np.stack([rows, rows + n], axis=1))
        weights.append(np.full(n, config.pair_edge))
    return PairGraph(np.concatenate(parts), np.concatenate(weights), n, contracted)


def _modality_edges(
    own: NeighbourLists, other: NeighbourLists, config: GraphConfig
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The distinct undirected kNN edges of one modality and their weights, all greater than 0."""
    n, arcs = len(own.index), _arcs(own, other, config)
    weights: NDArray[np.float64]
    if config.edge_weight == "similarity":
        keys, first, count = np.unique(arcs >> 1, return_index=True, return_counts=True)
        weights = own.similarity[:, : config.k].ravel()[first].astype(np.float64)
    else:
        keys, count, confirmations = _joined(arcs)
        weights = np.ones(len(keys))
        if config.edge_weight == "agreement":
            weights = config.agreement_floor + (confirmations > 0).astype(np.float64)
            weights += np.where(count == 2, config.agreement_floor + (confirmations == 2), 0)
    keep = (weights > 0) & (count == 2) if config.knn == "mutual" else weights > 0
    return np.stack([keys[keep] // n, keys[keep] % n], axis=1), weights[keep]


def _arcs(own: NeighbourLists, other: NeighbourLists, config: GraphConfig) -> NDArray[np.int64]:
    """For each arc 2 (low n + high) of its two ends, and 1 more if the other modality confirms it; those that can count, in blocks."""
    n, found = len(own.index), []
    for start in range(0, n, _BLOCK_ROWS):
        arcs = own.index[start : start + _BLOCK_ROWS, : config.k]
        source = np.arange(start, start + len(arcs), dtype=np.int64)[:, None]
        keys = (np.minimum(source, arcs) * n + np.maximum(source, arcs)) << 1
        if config.edge_weight == "agreement":
            agreed = confirmed(arcs, other.index[start : start + _BLOCK_ROWS, : config.agreement_k])
            keys |= agreed
            if config.knn == "union" and config.agreement_floor == 0:  # the others weigh nothing, and are most of all
                keys = keys[agreed]
        found.append(keys.ravel())
    return np.concatenate(found)


def _joined(arcs: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The distinct edges of `arcs` in order, how many arcs each has, and how many of these are confirmed: by one sort in place."""
    arcs.sort()
    first = np.flatnonzero(np.diff(arcs >> 1, prepend=-1))
    if len(first) == 0:
        return arcs, arcs, arcs
    return arcs[first] >> 1, np.diff(first, append=len(arcs)), np.add.reduceat(arcs & 1, first)


def changes(before: PairGraph, after: PairGraph) -> tuple[PairGraph, PairGraph, float]:
    """What is gone of `before`, what is new in `after`, and the share of both in all edges.

    Repeated edges are summed, and an edge whose weight changed is gone and new.
    """
    (old, old_weight), (new, new_weight) = _summed(before), _summed(after)
    _, i, j = np.intersect1d(old, new, assume_unique=True, return_indices=True)
    same = old_weight[i] == new_weight[j]
    return (
        _from_keys(np.delete(old, i[same]), np.delete(old_weight, i[same]), before),
        _from_keys(np.delete(new, j[same]), np.delete(new_weight, j[same]), after),
        1 - 2 * float(same.sum()) / max(1, len(old) + len(new)),
    )


def _summed(graph: PairGraph) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Each edge once, as lower end times n_nodes plus upper end, ascending; and its weights added up."""
    ends = np.sort(graph.edges, axis=1)
    keys, which = np.unique(ends[:, 0] * graph.n_nodes + ends[:, 1], return_inverse=True)
    return keys, np.bincount(which, graph.weights, len(keys)).astype(np.float64)


def _from_keys(keys: NDArray[np.int64], weights: NDArray[np.float64], like: PairGraph) -> PairGraph:
    edges = np.stack([keys // like.n_nodes, keys % like.n_nodes], axis=1)
    return PairGraph(edges, weights, like.n_pairs, like.contracted)
