"""From features to an encoding tree: kNN edges, pair edges, weights, and the only calls into `hint_se`.

Nodes. With `pairs="edge"` (the paper) node i is image i and node N + i is text i. With `pairs="contract"` node i is the pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

import hint_se
from hint_train.errors import DataError
from hint_train.structure.knn import nearest
from hint_train.structure.transform import confirmed

if TYPE_CHECKING:
    from pathlib import Path

    import torch
    from numpy.typing import NDArray

    from hint_train.config.sections import GraphConfig, ProxyConfig, TreeConfig
    from hint_train.structure.knn import Rows


@dataclass(frozen=True, slots=True)
class NeighbourLists:
    """Nearest neighbours of one modality, most similar first: (N, k) rows and similarities."""

    index: NDArray[np.int64]
    similarity: NDArray[np.float32]


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


@dataclass(frozen=True, slots=True)
class Csr:
    """Lists of pair numbers: row i owns `indices[indptr[i]:indptr[i + 1]]`."""

    indptr: NDArray[np.int64]
    indices: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TreeNeighbours:
    """N+ (`same`) and N- (`cross`) of one modality's rows, as lists of pair numbers."""

    same: Csr
    cross: Csr


def neighbour_lists(features: Rows, config: GraphConfig, device: torch.device) -> NeighbourLists:
    """As many nearest neighbours as the edges and their weights need, or as there are other rows."""
    wanted = max(config.k, config.agreement_k) if config.edge_weight == "agreement" else config.k
    k = min(wanted, len(features) - 1)
    index, value = nearest(features, k, config.similarity, device)
    return NeighbourLists(index.cpu().numpy(), value.cpu().numpy())


def pair_graph(image: NeighbourLists, text: NeighbourLists, config: GraphConfig) -> PairGraph:
    """The cross-modal relationship graph (paper section 4.2, Eq. 2).

    Edges are the kNN edges of both modalities and, unless pairs are contracted, one edge per pair. With `agreement` each
    direction i -> j in which a modality lists the edge adds the floor, and 1 if the other modality has j among the first
    `agreement_k` of i. kNN edges of weight 0 are dropped, so there may be none.
    """
    n = len(image.index)
    contracted = config.pairs == "contract"
    parts, weights = [], []
    for own, other, offset in ((image, text, 0), (text, image, 0 if contracted else n)):
        edges, edge_weights = _modality_edges(own, other, config)
        parts.append(edges + offset)
        weights.append(edge_weights)
    if not contracted:
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


_FOLLOWED = 0.25
"""Greatest share of changed edges for which a tree follows its graph. Above it an update saves little and finds less."""


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


class EncodingTree:
    """An encoding tree over the training pairs."""

    __slots__ = ("_graph", "_tree", "contracted", "n_pairs")

    def __init__(self, tree: hint_se.Tree, graph: PairGraph, config: TreeConfig) -> None:
        self._tree = tree
        self._graph = graph if config.rebuild_every else None  # nobody else asks for it again
        self.n_pairs, self.contracted = graph.n_pairs, graph.contracted

    @classmethod
    def build(cls, graph: PairGraph, config: TreeConfig) -> EncodingTree:
        """The tree of least structural entropy that `hint_se` finds for `graph`.

        Raises
        ------
        DataError
            The graph cannot be used, in the words of `hint_se`.
        """
        try:
            tree = hint_se.build_tree(
                (graph.edges, graph.weights),
                n_nodes=graph.n_nodes,
                height=config.height,
                algorithm=config.algorithm,
                effort=config.effort,
                seed=config.tree_seed,
            )
        except hint_se.GraphError as error:
            raise DataError(f"the graph of the training pairs: {error}") from error
        return cls(tree, graph, config)

    @classmethod
    def restored(cls, graph: PairGraph, parent: NDArray[np.int32], config: TreeConfig) -> EncodingTree:
        """The tree over `graph` that had this `parent` array."""
        return cls(hint_se.Tree.from_parent(_core_graph(graph), parent), graph, config)

    def following(self, graph: PairGraph, config: TreeConfig) -> EncodingTree:
        """A tree for `graph`: this one brought up to date where few edges of its graph changed, else a new one."""
        if self._graph is None or config.algorithm != "auto":  # an update knows no other algorithm
            return self.build(graph, config)
        gone, new, share = changes(self._graph, graph)
        if share > _FOLLOWED:
            return self.build(graph, config)
        found = self._tree.update(
            _core_graph(self._graph), new.edges, gone.edges, weights=new.weights, height=config.height
        )
        return EncodingTree(found.tree, graph, config)

    @property
    def parent(self) -> NDArray[np.int32]:
        """Number of every node's parent, as `restored` takes it."""
        return np.asarray(self._tree.parent)

    @property
    def height(self) -> int:
        """Greatest leaf depth."""
        return int(self._tree.height)

    @property
    def entropy(self) -> float:
        """Structural entropy in bits."""
        return float(self._tree.entropy)

    def save(self, path: Path) -> None:
        """Write the tree as `hint_se.Tree.load` reads it."""
        self._tree.save(path)

    def communities(self, level: int | None) -> NDArray[np.int64]:
        """Community 0, 1, ... of every node at a level, None the finest: the parent of its leaf.

        A leaf right under the root is a community of its own: it is isolated, or the tree found nobody to join it with.
        """
        if level is not None:
            return np.asarray(self._tree.labels(level)).astype(np.int64)
        parent = np.asarray(self._tree.parent)
        leaves = self.n_pairs if self.contracted else 2 * self.n_pairs
        found = np.where(parent[:leaves] == len(parent) - 1, np.arange(leaves), parent[:leaves])
        return np.unique(found, return_inverse=True)[1].astype(np.int64)

    def neighbours(self, config: ProxyConfig, seed: int) -> tuple[TreeNeighbours, TreeNeighbours]:
        """Neighbours N+ and N- of the images and of the texts (paper Eq. 5).

        A contracted tree has one list for both modalities: the other pairs of the community. N- holds a row's own pair
        always or never, as `include_pair` says, except that an empty list falls back to the pair itself.
        """
        n = self.n_pairs
        if self.contracted:
            groups = np.zeros(n, dtype=np.int64)
            same = _csr(self._tree.neighbours(groups, level=config.level, cap=config.cap, seed=seed)[:2])
            both = TreeNeighbours(_own(same, config.include_self), _own(same, config.include_pair))
            return both, both
        groups = np.repeat(np.array([0, 1], dtype=np.int64), n)
        table = self._tree.neighbours(groups, level=config.level, cap=config.cap, seed=seed)
        # Node i and node N + i are one pair, so both become pair number i.
        same, cross = (Csr(c.indptr, c.indices % n) for c in (_csr(table[:2]), _csr(table[2:])))
        return cast(
            "tuple[TreeNeighbours, TreeNeighbours]",
            tuple(
                TreeNeighbours(
                    _own(_rows(same, start, start + n), config.include_self),
                    _own(_rows(cross, start, start + n), config.include_pair),
                )
                for start in (0, n)
            ),
        )


def _core_graph(graph: PairGraph) -> hint_se.Graph:
    return hint_se.Graph.from_edges(graph.edges, graph.weights, n_nodes=graph.n_nodes)


def _csr(table: tuple[NDArray[np.int64], NDArray[np.int32]]) -> Csr:
    return Csr(np.asarray(table[0], dtype=np.int64), np.asarray(table[1], dtype=np.int64))


def _rows(table: Csr, start: int, stop: int) -> Csr:
    first, last = table.indptr[start], table.indptr[stop]
    return Csr(table.indptr[start : stop + 1] - first, table.indices[first:last])


def _own(table: Csr, include: bool) -> Csr:
    """`table` with each row's own number present (`include`) or absent; a list left empty holds just the own number."""
    n = len(table.indptr) - 1
    row = np.repeat(np.arange(n, dtype=np.int64), np.diff(table.indptr))
    foreign = row != table.indices
    row, indices = row[foreign], table.indices[foreign]
    filled = np.bincount(row, minlength=n)
    own = np.arange(n, dtype=np.int64) if include else np.flatnonzero(filled == 0)
    row, indices = np.concatenate([own, row]), np.concatenate([own, indices])
    order = np.argsort(row, kind="stable")
    return Csr(np.concatenate([[0], np.cumsum(np.bincount(row, minlength=n))]), indices[order])
