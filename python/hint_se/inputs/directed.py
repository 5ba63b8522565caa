"""The way from directed edges to a `Graph`: the flow of a random walker along them.

The walk itself is in the core (``cpp/src/graph/flow.cpp``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.errors import GraphError
from hint_se.inputs import sources
from hint_se.inputs.edges import NodeNames, as_n_nodes, as_weights
from hint_se.inputs.loops import SelfLoops, as_self_loops, warn_loops
from hint_se.inputs.pairs import listed_graph
from hint_se.inputs.words import AUTO, Weight

__all__ = ["DirectedConstructor"]


class DirectedConstructor:
    """The constructor of `Graph` for directed graphs."""

    __slots__ = ()

    @classmethod
    def from_directed(
        cls,
        edges: Any,
        weights: Any = None,
        *,
        teleportation: float = 0.15,
        n_nodes: int | None = None,
        node_names: Iterable[Any] | None = None,
        relabel: bool = False,
        weight: Weight = AUTO,
        self_loops: SelfLoops = "drop",
    ) -> Self:
        """Return the graph of the flow along directed edges: how much a random walker goes along each in the long run.

        The walker follows an edge (u, v) with a probability in proportion to its weight, and now and then jumps. The
        returned graph is undirected and has the same edges; what it says of a community is how seldom the walker
        leaves it. Where edges lead round in circles, communities are those circles; without directions they
        would be where edges are dense.

        Parameters
        ----------
        edges : edge list, or directed graph of networkx, igraph, torch_geometric, or scipy sparse
            (u, v) leads from u to v; in a matrix A, A[u, v] is the weight from u to v. An edge list is whatever
            `from_edges` takes. Repeated edges of one direction are summed where there are weights and counted once
            where there are none; parallel edges of a multigraph count each.
        weights : array_like of float, shape (m,), optional
            For edge lists: finite and > 0, one per edge, any unit. None: every edge weighs 1.
        teleportation : float
            τ in [1e-15, 1]: the probability of a jump at each step. The smaller, the more the walk is that of the
            edges alone. For 1 the weights of the two directions are summed and no direction counts.
        n_nodes, node_names, relabel
            For edge lists, as in `from_edges`.
        weight : "auto", None, or name
            A column of a data frame or an attribute of a graph, as in `from_edges`.
        self_loops : {"drop", "keep"}
            Whether self-loops are dropped before the walk, with one `SelfLoopWarning`, or the walker follows them too
            and stays. The flow along a kept one counts in the degree of its node twice, and in no cut.

        Returns
        -------
        Graph
            {u, v} weighs the flow from u to v plus that from v to u, see the notes; all weights add up to at most 1.
            From τ = 0.001 on O(n + m) memory, and O(m log(1e-14) / log(1 - τ)) time at most: 199 passes over the
            edges for 0.15, 32,221 for 0.001. Below, time and memory follow from how densely nodes are linked, not
            from τ.

        Raises
        ------
        GraphError
            If ids, weights, shapes or ``teleportation`` are not as above, or the graph is undirected. If τ is below
            0.001 and, with all others eliminated, more than 2,048 nodes are left that have some 32 links or more.

        Notes
        -----
        With P_uv = w_uv / s_u, s_u the weight of the edges that leave u, and S the sum of these over all nodes, the
        stationary distribution solves

            π_v = (1 - τ) (Σ_u π_u P_uv + D s_v / S) + τ s_v / S,   D = Σ π_u over the nodes that no edge leaves,

        and the flow along an edge is π_u P_uv. This is PageRank (Brin and Page 1998) whose jumps lead to the start of
        an edge instead of to any node, and whose jumps are no part of the flow: the "smart teleportation" of Lambiotte
        and Rosvall (2012), which Infomap takes by default. So the result hardly depends on τ; where each edge has an
        equal one in the other direction it does not at all: the flow is in proportion to the weights, and the
        tree is that of the undirected graph.

        From a dead end the walker jumps. From τ = 0.001 on π is found by power iteration, whose error shrinks by 1 - τ
        each time at least, until its sum over all nodes changes by less than 1e-14: the error is at most 1e-14 / τ.
        Below, by eliminating one node after the other (Grassmann, Taksar and Heyman 1985), which subtracts nothing
        and so is exact to rounding however seldom the walker jumps. The same edges in any order give the same graph,
        bit by bit.

        Examples
        --------
        Two circles of three, and three nodes that nobody leads to, each with heavier edges into both circles. By
        weight it belongs together what these three join; by flow, what the walker does not leave:

        >>> import hint_se
        >>> circles = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3)]
        >>> edges, weights = [*circles, (6, 0), (6, 3), (7, 1), (7, 4), (8, 2), (8, 5)], [1] * 6 + [2] * 6
        >>> hint_se.build_tree(edges, weights, height=2).labels(1)
        array([0, 1, 2, 0, 1, 2, 0, 1, 2], dtype=int32)
        >>> hint_se.build_tree(hint_se.Graph.from_directed(edges, weights), height=2).labels(1)
        array([0, 0, 0, 1, 1, 1, 2, 3, 4], dtype=int32)
        """
        as_self_loops(self_loops)
        if isinstance(teleportation, bool) or not isinstance(teleportation, int | float | np.integer | np.floating):
            raise GraphError(f"teleportation: expected a number in [1e-15, 1], got {teleportation!r}")
        # Less cannot be told from never in double precision.
        if not 1e-15 <= teleportation <= 1:
            raise GraphError(f"teleportation: expected a number in [1e-15, 1], got {teleportation}")
        if sources.source_of(edges) is None:
            found = listed_graph(edges, weights, n_nodes, node_names, relabel, weight)
        elif weights is None and n_nodes is None and node_names is None and not relabel:
            found = sources.directed_edges(edges, weight)
        else:
            raise GraphError(f"edges: all other arguments go with edge lists; a {type(edges).__name__} brings its own")
        values, count = as_weights(found.weights, len(found.ids)), as_n_nodes(found.n_nodes)
        made = _core.graph_from_arcs(found.ids, values, count, 1.0 - float(teleportation), self_loops)
        warn_loops(made[4], self_loops, "the walk leaves them out")
        return cls._of(*made[:4], found.names)

    @classmethod
    def _of(
        cls,
        indptr: NDArray[np.int64],
        indices: NDArray[np.int32],
        weights: NDArray[np.float64],
        extra_volume: NDArray[np.float64] | None,
        names: NodeNames | None,
    ) -> Self:
        """Return a graph of arrays that have just been made or checked."""
        raise NotImplementedError
