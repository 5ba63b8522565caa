"""Edges to add to a graph and to take from it, turned into the ids that the core takes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hint_se.errors import GraphError
from hint_se.inputs.edges import NodeNames, as_n_nodes, as_weights, is_stray
from hint_se.inputs.graph import Graph
from hint_se.inputs.pairs import EdgeList, as_edges

__all__ = ["Edits", "as_edits"]


class Edits(NamedTuple):
    """Added and removed edges as ids of shape (k, 2), and the nodes there are afterwards."""

    added: NDArray[np.int64]
    weights: NDArray[np.float64] | None
    removed: NDArray[np.int64]
    n_nodes: int
    names: NodeNames | None


def as_edits(graph: Graph, added: Any, removed: Any, weights: Any, n_nodes: int | None) -> Edits:
    """Return edits of a graph as the core takes them.

    Parameters
    ----------
    graph : Graph
        Edges go by its names where it has names, else by ids.
    added, removed : edge list or None
        Whatever `Graph.from_edges` takes. Names and ids that the graph has not are new nodes in ``added`` and
        an error in ``removed``.
    weights : array_like of float, shape (k,), optional
        One per added edge.
    n_nodes : int, optional
        Number of nodes afterwards, for graphs without names.

    Raises
    ------
    GraphError
        If these are not as above.
    """
    plus, minus = _edge_list(graph, added, "added_edges"), _edge_list(graph, removed, "removed_edges")
    if minus.weights is not None:
        raise GraphError("removed_edges: expected edges alone, got weights; an edge is removed whole")
    if plus.weights is not None and weights is not None:
        raise GraphError("weights: given twice, in the table or the triples and as an argument")
    values = as_weights(plus.weights if weights is None else weights, len(plus.ids))
    if graph.node_names is None:
        count = _count(graph, plus.ids, n_nodes)
        return Edits(_pairs(plus.ids), values, _pairs(minus.ids), count, None)
    if n_nodes is not None:
        raise GraphError("n_nodes: goes with ids; a graph with names grows by the new names in added_edges")
    index = dict(zip(graph.node_names, range(graph.n_nodes), strict=True))
    gone = _renumbered(minus, index)
    if gone.size and gone.max() >= graph.n_nodes:
        row = int((gone >= graph.n_nodes).any(axis=1).argmax())
        raise GraphError(
            f"removed_edges: expected nodes of the graph, got {list(index)[gone[row].max()]!r} in row {row}"
        )
    come = _renumbered(plus, index)
    names = graph.node_names if len(index) == graph.n_nodes else tuple(index)
    return Edits(come, values, gone, as_n_nodes(len(names)), names)


def _edge_list(graph: Graph, edges: Any, what: str) -> EdgeList:
    if edges is None:
        return EdgeList(np.empty((0, 2), np.int64))
    try:
        found = as_edges(edges, relabel=graph.node_names is not None)
    except GraphError as error:
        raise GraphError(f"{what}: {error}") from error
    if graph.node_names is None and found.names is not None:
        raise GraphError(f"{what}: expected ids, as the graph has no node names, got the name {found.names[0]!r}")
    return found


def _pairs(ids: NDArray[Any]) -> NDArray[np.int64]:
    return np.ascontiguousarray(ids, dtype=np.int64)


def _renumbered(edges: EdgeList, index: dict[Any, int]) -> NDArray[np.int64]:
    """Return the edges by the numbers in ``index``, to which new names are added in their order."""
    if edges.names is None:
        return _pairs(edges.ids)
    numbers = np.array([index.setdefault(name, len(index)) for name in edges.names], dtype=np.int64)
    return _pairs(numbers[edges.ids])


def _count(graph: Graph, added: NDArray[Any], n_nodes: int | None) -> int:
    if n_nodes is not None:
        count = as_n_nodes(n_nodes)
        if count < graph.n_nodes:
            raise GraphError(
                f"n_nodes: expected at least the {graph.n_nodes} nodes there are, got {count}; without its edges "
                "a node stays, isolated"
            )
        return count
    high = int(added.max(initial=-1))
    if is_stray(high - graph.n_nodes, len(added)):
        raise GraphError(
            f"added_edges: the graph has {graph.n_nodes} nodes, got id {high}; pass n_nodes if it is meant"
        )
    return as_n_nodes(max(graph.n_nodes, high + 1))
