"""The graph over the training pairs: kNN edges, pair edges, weights (paper Eq. 2), and what changed between two of them.

Nodes. With `pairs="edge"` (the paper) node i is image i and node N + i is text i. With `pairs="contract"` node i is the pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hint_train.structure.transform import confirmed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hint_train.config.sections import GraphConfig
    from hint_train.structure.neighbour_lists import NeighbourLists


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
    n = len(own.index)
    arcs = own.index[:, : config.k]
    source, target = np.repeat(np.arange(n, dtype=np.int64), arcs.shape[1]), arcs.ravel()
    low, high = np.minimum(source, target), np.maximum(source, target)
    keys, first, edge, count = np.unique(low * n + high, return_index=True, return_inverse=True, return_counts=True)
    weights: NDArray[np.float64]
    if config.edge_weight == "unit":
        weights = np.ones(len(keys))
    elif config.edge_weight == "similarity":
        weights = own.similarity[:, : config.k].ravel()[first].astype(np.float64)
    else:
        agreed = confirmed(arcs, other.index[:, : config.agreement_k]).ravel()
        weights = np.bincount(edge, config.agreement_floor + agreed, len(keys)).astype(np.float64)
    keep = (weights > 0) & (count == 2) if config.knn == "mutual" else weights > 0
    return np.stack([keys // n, keys % n], axis=1)[keep], weights[keep]


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
