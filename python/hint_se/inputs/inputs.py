"""What every function that takes a graph accepts, told apart."""

from __future__ import annotations

from typing import Any, TypeAlias

from hint_se.errors import GraphError
from hint_se.inputs.graph import Graph
from hint_se.inputs.loops import SelfLoops, as_self_loops
from hint_se.inputs.pairs import is_edge_list
from hint_se.inputs.sources import source_of
from hint_se.inputs.words import AUTO, Weight, refuse_weight

__all__ = ["GraphLike", "as_graph", "known_graph"]

#: The optional libraries have no type here: naming them would import them.
GraphLike: TypeAlias = Any


def as_graph(
    graph: GraphLike,
    weights: Any = None,
    *,
    n_nodes: int | None = None,
    relabel: bool = False,
    weight: Weight = AUTO,
    self_loops: SelfLoops = "drop",
) -> Graph:
    """Return any accepted input as a `Graph`.

    Parameters
    ----------
    graph : Graph, edge list, (edges, weights), scipy sparse, or graph of networkx, igraph or torch_geometric
        An edge list is whatever `Graph.from_edges` takes. A tuple of two is (source, target) where both are flat
        arrays, pairs where both are pairs, else (edges, weights).
    weights : array_like of float, shape (m,), optional
        For edge lists only.
    n_nodes : int, optional
        For edge lists only.
    relabel : bool
        Whether integers of edge lists are names.
    weight : "auto", None, or hashable
        Which column or attribute holds the weights, see `choose_weight`.
    self_loops : {"drop", "keep"}
        See `Graph.from_edges`. A `Graph` has what it was made with.

    Raises
    ------
    GraphError
        If the input is none of these, or breaks an invariant.

    Examples
    --------
    >>> as_graph(([[0, 1], [1, 2]], [2.0, 1.0]))
    Graph(n_nodes=3, n_edges=2, volume=6)
    """
    known = known_graph(graph, weight, self_loops)
    if known is not None:
        if weights is not None or n_nodes is not None:
            raise GraphError(f"graph: weights and n_nodes go with edge lists; a {type(graph).__name__} brings its own")
        return known
    if isinstance(graph, tuple) and len(graph) == 2 and (isinstance(graph[0], Graph) or source_of(graph[0])):
        raise GraphError(
            f"graph: (edges, weights) is for edge lists; a {type(graph[0]).__name__} brings its own weights"
        )
    if isinstance(graph, tuple) and len(graph) == 2 and is_edge_list(graph[0]):
        if weights is not None:
            raise GraphError("weights: given twice, in the tuple (edges, weights) and as an argument")
        graph, weights = graph
    return Graph.from_edges(graph, weights, n_nodes=n_nodes, relabel=relabel, weight=weight, self_loops=self_loops)


def known_graph(graph: GraphLike, weight: Weight = AUTO, self_loops: SelfLoops = "drop") -> Graph | None:
    """Return the graph of an object that says what it is; None for an edge list."""
    as_self_loops(self_loops)
    if isinstance(graph, Graph):
        refuse_weight(graph, weight)
        if self_loops == "keep" and graph.extra_volume is None:
            raise GraphError("self_loops: expected a Graph made with self_loops='keep', got one that has dropped them")
        return graph
    match source_of(graph):
        case "scipy":
            refuse_weight(graph, weight)
            return Graph.from_scipy(graph, self_loops=self_loops)
        case "networkx":
            return Graph.from_networkx(graph, weight, self_loops=self_loops)
        case "igraph":
            return Graph.from_igraph(graph, weight, self_loops=self_loops)
        case "torch_geometric":
            return Graph.from_torch_geometric(graph, weight, self_loops=self_loops)
        case None:
            return None
