"""Nodes that come to a tree later: each goes to the best place, everything else stays."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from hint_se import _core
from hint_se.checks import integer
from hint_se.errors import GraphError
from hint_se.hierarchy.invariants import leaf_count
from hint_se.inputs.csr import listed
from hint_se.inputs.edits import as_arrivals
from hint_se.inputs.loops import SelfLoops, warn_loops
from hint_se.trees.builton import Edges, Source
from hint_se.trees.update import TreeUpdates

__all__ = ["TreePlacement"]


class TreePlacement(TreeUpdates):
    """The method of `Tree` that takes new nodes in. It makes a new tree."""

    def place(self, edges: Any, weights: Any = None, *, n_nodes: int | None = None, height: int | None = None) -> Self:
        r"""Return the tree with new nodes, each where it raises the entropy least; the others stay where they are.

        For a new node v with weight :math:`w_u` to the node u, put below the tree node a, that is what the edge form of the
        entropy grows by: the nodes above a hold its degree too, and its edges meet in a or above:

        .. math:: \sum_{b \supseteq a} o_b \log_2 \frac{V_b + d_v}{V_b} + \sum_u 2 w_u \log_2 V_{lca(u, v)},

        with :math:`o_b` twice the weight that b joins between its children. Every place is weighed at which that can be least: beside a
        node, under a new one that joins the two, and as one more child. A root of more than two children stays the root.

        Parameters
        ----------
        edges : edge list
            Whatever `Graph.from_edges` takes, with ids, or with names where the tree has names. New ids and names are new
            nodes, and each edge has one. Self-loops are dropped with one `SelfLoopWarning`, unless those of the tree count.
        weights : array_like of float, shape (k,), optional
            Finite and > 0, one per edge, added up where edges repeat. None: every edge weighs 1 and counts once.
        n_nodes : int, optional
            Number of nodes with the new ones, for trees without names. None: enough for the ids in ``edges``. A node
            without edges hangs under the root.
        height : int, optional
            Greatest leaf depth, from the height of this tree on, **as it was given to** `build_tree`: a tree does not remember its
            limit. None: no limit.

        Returns
        -------
        Tree
            It holds every invariant. The same input gives the same tree.

        Raises
        ------
        GraphError
            If an edge is between nodes of the tree, which is for `update`, or edges or weights are not as above; the message
            names the row.
        ValueError
            If the height is less than that of this tree.

        Notes
        -----
        The next to be placed is the new node with the greatest share of its weight at nodes that have their place, of equal ones the
        first; what it weighs to the others counts once these come. In the end those that have edges among themselves
        are moved on, in the same order, until none gains, at most eight times. So many nodes that come at once fare better in one call
        than in many.

        The graph is not needed: time is that of copying the arrays of the tree, and for each edge of a climb from its ends
        to the root, some microseconds. `graph` makes the larger graph when it is asked for. Unlike `update`, no node of the tree is moved and no
        community divided; now and then `refine` or a rebuild does that.

        Examples
        --------
        >>> import hint_se
        >>> tree = hint_se.build_tree([(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)], height=2)
        >>> more = tree.place([(6, 3), (6, 4), (7, 6), (8, 0)], height=2)
        >>> more.labels(1)
        array([0, 0, 0, 1, 1, 1, 1, 1, 0], dtype=int32)
        >>> more.graph
        Graph(n_nodes=9, n_edges=11, volume=22)
        """
        limit = 0 if height is None else integer("height", height, max(1, int(_core.depths(self.parent).max())), 2**31)
        known = leaf_count(self.parent)
        arrivals = as_arrivals(known, self.node_names, edges, weights, n_nodes)
        loops = self._loops()
        made = _core.graph_from_edges(arrivals.edges, arrivals.weights, arrivals.n_nodes, loops)
        rows = made[:4]
        if not np.isfinite(self.volume[-1] + _core.degrees(*rows).sum()):
            raise GraphError("weights: expected a finite total with those of the tree, got an overflow")
        warn_loops(made[4], loops, "those of the tree count in no degree")
        changed = _core.degrees(*rows)
        if self._changed is not None:
            # Without end it may be more than a double holds.
            with np.errstate(over="ignore"):
                changed = changed + np.pad(self._changed, (0, arrivals.n_nodes - known))
            changed = np.minimum(changed, np.finfo(np.float64).max)
        placed = self._of(
            *_core.place_leaves(*rows, self.parent, self.volume, self.cuts, known, limit),
            arrivals.names,
            changed=changed,
        )
        graph, before = self._source
        if graph is not None:
            object.__setattr__(placed, "_source", Source(graph, (*before, Edges(*listed(rows)))))
        return placed

    def _loops(self) -> SelfLoops:
        graph = self._source.graph
        if graph is not None:
            return graph._self_loops
        n = leaf_count(self.parent)
        return "keep" if (self.volume[:n] - self.cuts[:n] > 1e-9 * self.volume[:n]).any() else "drop"
