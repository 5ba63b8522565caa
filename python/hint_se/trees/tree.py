"""Encoding trees: flat arrays with names, and the function that builds one from a graph."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Self, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.checks import integer as _integer
from hint_se.checks import one_of as _one_of
from hint_se.errors import GraphError, TreeError
from hint_se.files import treefile
from hint_se.hierarchy.invariants import as_parent, check_columns, leaf_count
from hint_se.inputs.arrays import as_array
from hint_se.inputs.edges import NodeNames
from hint_se.inputs.inputs import GraphLike, as_graph
from hint_se.trees.cutcolumn import CutColumn
from hint_se.trees.update import TreeUpdates
from hint_se.trees.views import TreeViews

__all__ = ["Algorithm", "Effort", "Neighbours", "Progress", "Tree", "build_tree"]

Algorithm: TypeAlias = Literal["auto", "merge-compress"]
Effort: TypeAlias = Literal["fast", "default", "best"]
#: Called now and then with the name of the stage and the fraction of it that is done, in [0, 1].
Progress: TypeAlias = Callable[[str, float], object]


class Neighbours(NamedTuple):
    """Tree neighbours of every leaf as two CSR tables, rows sorted; see `Tree.neighbours`.

    Row i of the first is ``same_indices[same_indptr[i]:same_indptr[i + 1]]``.
    """

    same_indptr: NDArray[np.int64]
    same_indices: NDArray[np.int32]
    other_indptr: NDArray[np.int64]
    other_indices: NDArray[np.int32]


# No slots: the field `cut` is a descriptor, which slots would replace.
@dataclass(frozen=True, eq=False, repr=False)
class Tree(TreeViews, TreeUpdates):
    """An encoding tree: a rooted tree whose leaves are the nodes of a graph. Immutable.

    Invariants: ids 0..n-1 are the leaves; ``parent[i] > i`` but for the root, which is last and has
    parent -1; every other node has a child; volumes add up; a leaf has its node's degree as volume and
    cut; the root has cut 0. So a loop upwards over the ids is bottom-up and needs no recursion.

    Parameters
    ----------
    parent : ndarray of int32, shape (t,)
        Parent of each tree node, -1 for the root.
    volume : ndarray of float64, shape (t,)
        Sum of the degrees of the leaves under each node, in the unit of the weights.
    cut : ndarray of float64, shape (t,)
        Weight of the edges with exactly one end under each node, in the unit of the weights. Called, as in
        ``tree.cut(5)``, it cuts the tree into communities: see `CutWeights`.
    node_names : tuple of hashables, optional
        Name of each leaf where the graph brought names, else None.

    Raises
    ------
    TreeError
        If an invariant does not hold.

    Examples
    --------
    >>> tree = build_tree([(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)], height=2)
    >>> tree
    Tree(n_leaves=6, n_nodes=9, height=2, entropy=1.6995 bits)
    >>> tree.labels(1)
    array([0, 0, 0, 1, 1, 1], dtype=int32)
    """

    parent: NDArray[np.int32]
    volume: NDArray[np.float64]
    cut: CutColumn = CutColumn()  # noqa: RUF009 - no default: the field itself
    node_names: NodeNames | None = None

    def __post_init__(self) -> None:
        parent = as_parent(self.parent)
        # As it was given, which may be no array yet.
        cut = vars(self)["cut"]
        columns = check_columns(parent, self.volume, cut, self.node_names)
        for name, value in zip(("parent", "volume", "cut", "node_names"), (parent, *columns), strict=True):
            object.__setattr__(self, name, value)

    @classmethod
    def from_parent(cls, graph: GraphLike, parent: Any) -> Tree:
        """Return the tree of a parent array over a graph, with its volumes and cuts computed.

        Parameters
        ----------
        graph : Graph or anything `build_tree` accepts
        parent : array_like of int, shape (t,)
            Leaves 0..n-1 first, ``parent[i] > i``, the root last with parent -1.

        Raises
        ------
        GraphError, TreeError
            If an invariant does not hold.

        Examples
        --------
        >>> Tree.from_parent([(0, 1), (2, 3)], [4, 4, 5, 5, 6, 6, -1]).entropy
        1.0
        """
        known, array = as_graph(graph), as_parent(parent)
        if leaf_count(array) != known.n_nodes:
            raise TreeError(f"parent: expected {known.n_nodes} leaves, one per node, got {leaf_count(array)}")
        volume, cut = _core.tree_from_parent(known.indptr, known.indices, known.weights, array)
        return cls._of(array, volume, cut, known.node_names)

    @property
    def n_leaves(self) -> int:
        """Number of leaves n, the nodes of the graph."""
        return leaf_count(self.parent)

    @property
    def root(self) -> int:
        """Id of the root, the last one."""
        return self.parent.size - 1

    @property
    def height(self) -> int:
        """Greatest leaf depth: 0 for one node, 1 for a flat tree, 2 for a partition."""
        return int(_core.depths(self.parent).max())

    @property
    def entropy(self) -> float:
        """Structural entropy in bits of the graph that the tree was built on (Eq. 4, node form)."""
        return float(_core.entropy_terms(self.parent, self.volume, self.cut).sum())

    def labels(self, level: int) -> NDArray[np.int32]:
        """Return the community of each leaf at a level of the tree.

        Parameters
        ----------
        level : int
            >= 1. Level 1 is the root's children, the coarsest; larger is finer. A leaf above the level
            keeps its own last ancestor, that is itself.

        Returns
        -------
        ndarray of int32, shape (n,)
            Labels 0, 1, ... in the order of their first appearance.

        Raises
        ------
        ValueError
            If the level is no integer >= 1.

        Examples
        --------
        >>> Tree.from_parent([(0, 1), (2, 3)], [4, 4, 5, 5, 6, 6, -1]).labels(1)
        array([0, 0, 1, 1], dtype=int32)
        """
        return _core.labels(self.parent, self.n_leaves, self._level(level))

    def children(self, node: int) -> NDArray[np.int32]:
        """Return the children of a tree node, increasing; none for a leaf. O(t).

        Raises ValueError if the node is not in [0, root].
        """
        return np.flatnonzero(self.parent == self._node(node)).astype(np.int32)

    def leaves(self, node: int) -> NDArray[np.int32]:
        """Return the leaves under a tree node, increasing; the leaf itself for a leaf. O(t).

        Raises ValueError if the node is not in [0, root].
        """
        return _core.leaves(self.parent, self.n_leaves, self._node(node))

    def neighbours(self, groups: Any, *, level: int | None = None, cap: int | None = None, seed: int = 0) -> Neighbours:
        """Return, for every leaf, the leaves of its community in its own group and in the other group.

        These are the proxy tables N+ and N- of HINT: the community is the lowest one around the leaf, and
        either table climbs one level at a time while it would be empty. A leaf is not its own neighbour;
        its row stays empty only where no other leaf of that group exists.

        Parameters
        ----------
        groups : array_like of int, shape (n,)
            0 or 1 per leaf, for instance image and text.
        level : int, optional
            >= 1, counted from the root: start from that ancestor. None: from the leaf's parent.
        cap : int, optional
            >= 1: keep at most so many neighbours per row, a seeded sample. None: keep all.
        seed : int
            >= 0, for the sample.

        Returns
        -------
        Neighbours
            Two CSR tables (int64 offsets, int32 leaves), rows sorted. Linear time in their size.

        Raises
        ------
        ValueError
            If an argument is out of range.

        Examples
        --------
        >>> tree = Tree.from_parent([(0, 1), (2, 3)], [4, 4, 5, 5, 6, 6, -1])
        >>> same_indptr, same, other_indptr, other = tree.neighbours([0, 0, 1, 1])
        >>> other[other_indptr[0]:other_indptr[1]]
        array([2, 3], dtype=int32)
        """
        try:
            marks = as_array(groups, "groups")
        except GraphError as error:
            raise ValueError(str(error)) from error
        if marks.shape != (self.n_leaves,):
            raise ValueError(f"groups: expected shape ({self.n_leaves},), got shape {marks.shape}")
        if marks.dtype.kind not in "iub" or ((marks != 0) & (marks != 1)).any():
            raise ValueError(f"groups: expected 0 or 1 per leaf, got dtype {marks.dtype} or other values")
        return Neighbours(
            *_core.neighbours(
                self.parent,
                self.n_leaves,
                np.ascontiguousarray(marks, dtype=np.int32),
                0 if level is None else self._level(level),
                0 if cap is None else min(_integer("cap", cap, 1), self.n_leaves),
                _integer("seed", seed, 0, 2**64),
            )
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the tree to an npz file, without pickle; the file appears whole or not at all.

        Parameters
        ----------
        path : str or path-like
            Taken as it is. An existing file is replaced.

        Raises
        ------
        TreeError
            If the node names are other than strings, integers and tuples of these.
        OSError
            If the file cannot be written.
        """
        treefile.save(path, self.parent, self.volume, self.cut, self.node_names)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Tree:
        """Read a tree that `save` wrote, checking everything in it.

        Raises
        ------
        TreeError
            If the file is no saved tree, is damaged, has a newer format, or breaks a tree invariant.
        OSError
            If the file cannot be read.
        """
        return cls._of(*treefile.load(path))

    @classmethod
    def _of(
        cls, parent: NDArray[np.int32], volume: NDArray[np.float64], cut: NDArray[np.float64], names: NodeNames | None
    ) -> Self:
        tree = object.__new__(cls)
        for field, value in (("parent", parent), ("volume", volume), ("cut", cut), ("node_names", names)):
            object.__setattr__(tree, field, value)
        return tree

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tree):
            return NotImplemented
        return self.node_names == other.node_names and all(
            np.array_equal(getattr(self, name), getattr(other, name)) for name in ("parent", "volume", "cut")
        )

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        # Copies and unpickled trees are checked and read-only like any other.
        return type(self), (self.parent, self.volume, self._cut, self.node_names)

    def __repr__(self) -> str:
        return (
            f"Tree(n_leaves={self.n_leaves}, n_nodes={self.parent.size}, height={self.height}, "
            f"entropy={self.entropy:.4f} bits)"
        )

    def _level(self, level: int) -> int:
        # Below the deepest leaf all levels are the same; the core takes 32 bits.
        return min(_integer("level", level, 1), self.parent.size)

    def _node(self, node: int) -> int:
        return _integer("node", node, 0, self.parent.size)


def build_tree(
    graph: GraphLike,
    weights: Any = None,
    *,
    n_nodes: int | None = None,
    height: int | None = None,
    algorithm: Algorithm = "auto",
    effort: Effort = "default",
    seed: int = 0,
    n_threads: int | None = None,
    progress: Progress | None = None,
) -> Tree:
    """Return an encoding tree of low structural entropy (bits), the hierarchy of communities of a graph.

    No number of communities and no resolution is asked for: both follow from the entropy.

    Parameters
    ----------
    graph : edge list, (edges, weights), Graph, scipy sparse, or graph of networkx, igraph or torch_geometric
        Undirected. An edge list is an array (m, 2) or (2, m), a tuple of two columns, a data frame or a list of
        pairs; see `Graph.from_edges` for the rules on shapes, ids, names, duplicates and self-loops.
    weights : array_like of float, shape (m,), optional
        For edge lists: finite, > 0, any unit.
    n_nodes : int, optional
        For edge lists: number of nodes, at most 2^30.
    height : int, optional
        Greatest leaf depth, >= 1: 1 is the flat tree, 2 a partition. None: no limit.
    algorithm : {"auto", "merge-compress"}
        "merge-compress" is the paper's greedy: merge the pair of siblings with the greatest decrease of
        the entropy until one node is left, then move subtrees up while that lowers it. It stands for
        the literature; "auto" gives lower entropy in less time.
    effort : {"fast", "default", "best"}
        How much local search follows.
    seed : int
        In [0, 2^64). The same seed gives the same tree, for every number of threads.
    n_threads : int, optional
        >= 1. None: as many as this process may use.
    progress : callable, optional
        Called with (stage, fraction in [0, 1]) every few milliseconds, in this thread. What it raises
        ends the build and reaches the caller.

    Returns
    -------
    Tree
        Leaves in the order of the nodes; isolated nodes hang under the root; components are never
        mixed below the root. One node gives a tree of one leaf, height 0, entropy 0.

    Raises
    ------
    GraphError
        If the graph breaks an invariant; the message says what was expected and what arrived.
    ValueError
        If another argument is out of range.
    KeyboardInterrupt
        On Ctrl-C, within half a second.

    Notes
    -----
    Structural entropy is Eq. 4 of HINT (Li and Pan 2016), see `structural_entropy`. Ties are decided
    by the smaller id, so the result depends on the node order only where moves tie.

    Examples
    --------
    >>> build_tree([(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)]).labels(1)
    array([0, 0, 0, 1, 1, 1], dtype=int32)
    """
    limit = 0 if height is None else _integer("height", height, 1, 2**31)
    _one_of("algorithm", algorithm, get_args(Algorithm))
    _one_of("effort", effort, get_args(Effort))
    start = _integer("seed", seed, 0, 2**64)
    threads = _usable_threads() if n_threads is None else _integer("n_threads", n_threads, 1, 2**15)
    if progress is not None and not callable(progress):
        raise ValueError(f"progress: expected a callable (stage, fraction), got {type(progress).__name__}")
    known = as_graph(graph, weights, n_nodes=n_nodes)
    parent, volume, cut = _core.build_tree(
        known.indptr, known.indices, known.weights, limit, algorithm, effort, start, threads, progress
    )
    return Tree._of(parent, volume, cut, known.node_names)


def _usable_threads() -> int:
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1
