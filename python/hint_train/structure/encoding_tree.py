"""The encoding tree over the training pairs, as `hint_se` builds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

import hint_se
from hint_train.errors import DataError
from hint_train.structure.pair_graph import changes

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from hint_train.config.sections import ProxyConfig, TreeConfig
    from hint_train.structure.pair_graph import PairGraph

_FOLLOWED = 0.25
"""Greatest share of changed edges for which a tree follows its graph. Above it an update saves little and finds less."""


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
            _core_graph(self._graph), new.edges, gone.edges, weights=new.weights, height=config.height, effort=None
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
