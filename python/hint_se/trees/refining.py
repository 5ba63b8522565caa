"""One community of a tree searched again, as a graph of its own."""

from __future__ import annotations

from typing import Self, get_args

import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.checks import integer, one_of
from hint_se.choices import Effort
from hint_se.hierarchy.invariants import leaf_count
from hint_se.inputs.csr import CoreRows
from hint_se.inputs.graph import Graph
from hint_se.inputs.inputs import GraphLike
from hint_se.trees.placing import TreePlacement
from hint_se.trees.searching import threads_for

__all__ = ["TreeRefinement"]


class TreeRefinement(TreePlacement):
    """The method of `Tree` that searches one of its communities again. It makes a new tree."""

    def refine(
        self,
        node: int,
        *,
        height: int | None = None,
        effort: Effort = "default",
        seed: int = 0,
        n_threads: int | None = None,
        graph: GraphLike | None = None,
    ) -> Self:
        r"""Return the tree with the part below one node built anew where that lowers the entropy; the rest stays.

        So a large tree is built fast, and the communities that one looks into are searched harder. Only the edges inside the community
        are looked at: of an edge that leaves it, every division pays the same,

        .. math:: \sum_a -\frac{w}{vol} \log_2 \frac{V_a}{V_{a^-}} = -\frac{w}{vol} \log_2 \frac{V_{leaf}}{V_{node}},

        the sum running over the tree nodes a from the leaf to below the node. So the weight that leaves the community counts as volume of
        its leaves alone, and what is saved there is saved in the whole tree.

        Parameters
        ----------
        node : int
            In [0, root], for instance of `Tree.to_frame`. The root stands for the whole tree, a leaf has nothing to refine.
        height : int, optional
            Greatest leaf depth of the whole tree, >= 1, **as it was given to** `build_tree`. None: no limit.
        effort : {"fast", "default", "best"}
            As in `build_tree`.
        seed : int
            In [0, 2^64).
        n_threads : int, optional
            >= 1. None: as many as this process may use. The tree is the same for every number.
        graph : Graph or anything `build_tree` accepts, optional
            Where the tree has lost the one that it was built on.

        Returns
        -------
        Tree
            Its entropy is not above that of this tree; this tree itself where nothing better was found. The nodes
            of the tree are numbered anew.

        Raises
        ------
        ValueError
            If an argument is out of range, or the node is deeper than the height allows for children.
        TreeError
            If there is no graph, or another one is given.

        Examples
        --------
        >>> import hint_se, networkx
        >>> graph = networkx.planted_partition_graph(8, 50, 0.3, 0.01, seed=1)
        >>> tree = hint_se.build_tree(graph, effort="fast")
        >>> finer = tree.refine(tree.root)
        >>> finer.entropy < tree.entropy
        True
        """
        top = integer("node", node, 0, self.parent.size)
        limit = 0 if height is None else integer("height", height, 1, 2**31)
        one_of("effort", effort, get_args(Effort))
        start, threads = integer("seed", seed, 0, 2**64), threads_for(n_threads)
        known = self._graph_or(graph, "refine")
        leaves = _core.leaves(self.parent, leaf_count(self.parent), top)
        depth = int(_core.depths(self.parent)[top])
        if limit and depth >= limit and leaves.size > 1:
            raise ValueError(f"height: expected more than {depth}, the depth of node {top}, got {limit}")
        if leaves.size < 3:
            return self
        part, *_ = _core.build_tree(
            *_inside(known, leaves), limit - depth if limit else 0, "auto", effort, start, threads, None
        )
        parent = _put_back(self.parent, top, leaves, part)
        refined = self._of(parent, *_core.tree_from_parent(*known._columns, parent), self.node_names, known)
        return refined if _entropy(refined) < _entropy(self) else self


def _entropy(tree: TreeRefinement) -> float:
    return float(_core.entropy_terms(tree.parent, tree.volume, tree.cuts).sum())


def _inside(graph: Graph, leaves: NDArray[np.int32]) -> CoreRows:
    """Return the graph of the edges among some nodes; what else their degrees hold is volume alone."""
    place = np.full(graph.n_nodes, -1, dtype=np.int64)
    place[leaves] = np.arange(leaves.size)
    counts = np.diff(graph.indptr)[leaves]
    entries = np.repeat(graph.indptr[leaves] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
    starts, ends = np.repeat(np.arange(leaves.size), counts), place[graph.indices[entries]]
    once = starts < ends
    rows = _core.graph_from_edges(
        np.stack([starts[once], ends[once]], axis=1), graph.weights[entries[once]], leaves.size, "drop"
    )[:3]
    return *rows, np.maximum(graph.degrees[leaves] - _core.degrees(*rows, None), 0.0)


def _put_back(
    parent: NDArray[np.int32], top: int, leaves: NDArray[np.int32], part: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Return the parent array of a tree of which the nodes between a node and its leaves are those of another tree."""
    n, k = leaf_count(parent), leaves.size
    gone = np.zeros(parent.size, dtype=np.bool_)
    climbing = np.unique(parent[leaves])
    while climbing.size:  # each node once, however deep they lie
        gone[climbing] = True
        above = np.unique(parent[climbing[climbing != top]])
        climbing = above[~gone[above]]
    gone[top] = False
    new = part.size - 1 - k  # inner nodes of the part, which come after the leaves: parents have larger ids
    number = np.cumsum(~gone) - 1 + np.where(np.arange(parent.size) < n, 0, new)
    placed = np.empty(parent.size - int(gone.sum()) + new, dtype=np.int32)
    stays = np.flatnonzero(~gone)[:-1]
    placed[number[stays]] = number[parent[stays]]
    inner = np.concatenate([leaves, np.arange(n, n + new), number[top : top + 1]])
    placed[inner[:-1]] = inner[part[:-1]]
    placed[-1] = -1
    return placed
