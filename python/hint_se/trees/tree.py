"""Encoding trees: flat arrays with names.

What a tree is turned into is left to `views`, how it follows its graph to `update`, and how it is found to `build`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.checks import integer
from hint_se.errors import TreeError
from hint_se.files import treefile
from hint_se.hierarchy.invariants import as_parent, check_changed, check_columns, leaf_count
from hint_se.inputs.edges import NodeNames
from hint_se.inputs.graph import Graph
from hint_se.inputs.inputs import GraphLike, as_graph
from hint_se.inputs.loops import SelfLoops
from hint_se.inputs.words import Weight
from hint_se.trees.builton import Source
from hint_se.trees.communities import TreeCommunities
from hint_se.trees.labelled import as_levels, parent_of
from hint_se.trees.neighbours import TreeNeighbours
from hint_se.trees.refining import TreeRefinement
from hint_se.trees.views import TreeViews

__all__ = ["Tree"]


@dataclass(frozen=True, eq=False, repr=False)
class Tree(TreeCommunities, TreeViews, TreeRefinement, TreeNeighbours):
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
    cuts : ndarray of float64, shape (t,)
        Weight of the edges with exactly one end under each node, in the unit of the weights.
    node_names : tuple of hashables, optional
        Name of each leaf where the graph brought names, else None.

    Raises
    ------
    TreeError
        If an invariant does not hold.

    Examples
    --------
    >>> import hint_se
    >>> tree = hint_se.build_tree([(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)], height=2)
    >>> tree
    Tree(n_leaves=6, height=2, entropy=1.6995 bits)
    >>> tree.labels(1)
    array([0, 0, 0, 1, 1, 1], dtype=int32)
    """

    parent: NDArray[np.int32]
    volume: NDArray[np.float64]
    cuts: NDArray[np.float64]
    node_names: NodeNames | None = None

    def __post_init__(self) -> None:
        parent = as_parent(self.parent)
        columns = check_columns(parent, self.volume, self.cuts, self.node_names)
        for name, value in zip(("parent", "volume", "cuts", "node_names"), (parent, *columns), strict=True):
            object.__setattr__(self, name, value)

    @classmethod
    def from_parent(
        cls, graph: GraphLike, parent: Any, *, weight: Weight = "auto", self_loops: SelfLoops = "drop"
    ) -> Self:
        """Return the tree of a parent array over a graph, with its volumes and cuts computed.

        Parameters
        ----------
        graph : Graph or anything `build_tree` accepts
        parent : array_like of int, shape (t,)
            Leaves 0..n-1 first, in the order of the graph's nodes, ``parent[i] > i``, the root last with parent -1.
        weight : "auto", None, or name
            Which column or attribute holds the weights, see `build_tree`.
        self_loops : {"drop", "keep"}
            As in `build_tree`.

        Raises
        ------
        GraphError, TreeError
            If an invariant does not hold.

        Examples
        --------
        >>> Tree.from_parent([(0, 1), (2, 3)], [4, 4, 5, 5, 6, 6, -1]).entropy
        1.0
        """
        known, array = as_graph(graph, weight=weight, self_loops=self_loops), as_parent(parent)
        if leaf_count(array) != known.n_nodes:
            raise TreeError(f"parent: expected {known.n_nodes} leaves, one per node, got {leaf_count(array)}")
        volume, cut = _core.tree_from_parent(*known._columns, array)
        return cls._of(array, volume, cut, known.node_names, known)

    @classmethod
    def from_labels(
        cls, graph: GraphLike, labels: Any, *, weight: Weight = "auto", self_loops: SelfLoops = "drop"
    ) -> Self:
        """Return the tree of a partition of a graph, or of several that nest: of Leiden, of Infomap, of classes that are known.

        Parameters
        ----------
        graph : Graph or anything `build_tree` accepts
        labels : labels, mapping, sets of names, or a list of these
            One label per node, in the order of the graph's nodes; a mapping from names (ids, where there are none) to labels; a list of
            sets of names; or what has a ``membership``, as partitions of igraph and leidenalg do. Several levels, from the coarsest
            to the finest: a list of such partitions, an array (levels, n), or a mapping from names to tuples, which are paths
            from the root as Infomap has them. Labels are any hashables. Lists do for sets, but for one list of all nodes alone: that
            might be labels that all differ.
        weight : "auto", None, or name
            Which column or attribute holds the weights, see `build_tree`.
        self_loops : {"drop", "keep"}
            As in `build_tree`.

        Returns
        -------
        Tree
            ``tree.labels(k)`` is level k of the labels; a community of one node is its leaf.

        Raises
        ------
        GraphError
            If the graph breaks an invariant.
        TreeError
            If the labels are not those of its nodes, do not nest, or are one list of all nodes in a list.

        Examples
        --------
        >>> edges = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)]
        >>> round(Tree.from_labels(edges, [0, 0, 0, 1, 1, 1]).entropy, 4)
        1.6995
        >>> Tree.from_labels(edges, [{0, 1, 2}, {3, 4}, {5}]).labels(1)
        array([0, 0, 0, 1, 1, 2], dtype=int32)
        """
        known = as_graph(graph, weight=weight, self_loops=self_loops)
        parent = parent_of(as_levels(labels, known.node_names, known.n_nodes))
        volume, cut = _core.tree_from_parent(*known._columns, parent)
        return cls._of(parent, volume, cut, known.node_names, known)

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
        return float(_core.entropy_terms(self.parent, self.volume, self.cuts).sum())

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
        treefile.save(path, treefile.Columns(self.parent, self.volume, self.cuts, self.node_names, self._changed))

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, graph: GraphLike | None = None) -> Tree:
        """Read a tree that `save` wrote, checking everything in it.

        Parameters
        ----------
        path : str or path-like
        graph : Graph or anything `build_tree` accepts, optional
            The one that the tree was built on, which a file does not hold: for what `cut`, `null` and `summary` ask of it.

        Raises
        ------
        TreeError
            If the file is no saved tree, is damaged, has a newer format, or breaks a tree invariant; or the graph is another.
        OSError
            If the file cannot be read.
        """
        found = treefile.load(path)
        tree = cls._of(*found[:4], changed=found.changed)
        return tree if graph is None else tree._on(graph)

    def _on(self, graph: GraphLike) -> Self:
        """Return the tree with the graph that it was built on; TreeError where it is another."""
        columns = self.parent, self.volume, self.cuts, self.node_names
        return self._of(*columns, graph=self._own_graph(graph), changed=self._changed)

    @classmethod
    def _of(
        cls,
        parent: NDArray[np.int32],
        volume: NDArray[np.float64],
        cut: NDArray[np.float64],
        names: NodeNames | None,
        graph: Graph | None = None,
        changed: NDArray[np.float64] | None = None,
    ) -> Self:
        tree = object.__new__(cls)
        for field, value in (
            ("parent", parent),
            ("volume", volume),
            ("cuts", cut),
            ("node_names", names),
            ("_source", Source(graph)),
            ("_changed", changed if changed is not None and changed.any() else None),
        ):
            object.__setattr__(tree, field, value)
        return tree

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tree):
            return NotImplemented
        return self.node_names == other.node_names and all(
            np.array_equal(getattr(self, name), getattr(other, name)) for name in ("parent", "volume", "cuts")
        )

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        # Copies and unpickled trees are checked and read-only like any other.
        return _unpickled, (type(self), self.parent, self.volume, self.cuts, self.node_names, self._changed)

    def __len__(self) -> int:
        return self.n_leaves

    def __repr__(self) -> str:
        return f"Tree(n_leaves={self.n_leaves}, height={self.height}, entropy={self.entropy:.4f} bits)"

    def _node(self, node: int) -> int:
        return integer("node", node, 0, self.parent.size)


def _unpickled(cls: type[Tree], parent: Any, volume: Any, cuts: Any, names: NodeNames | None, changed: Any) -> Tree:
    tree = cls(parent, volume, cuts, names)
    object.__setattr__(tree, "_changed", None if changed is None else check_changed(changed, tree.n_leaves))
    return tree
