"""Edges to add to a graph and to take from it, and edges of nodes that come to a tree, turned into the ids that the core takes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hint_se.errors import GraphError
from hint_se.inputs.edges import NodeNames, as_n_nodes, as_weights, is_stray
from hint_se.inputs.graph import Graph
from hint_se.inputs.pairs import EdgeList, as_edges

__all__ = ["Arrivals", "Edits", "as_arrivals", "as_edits"]


class Edits(NamedTuple):
    """Added and removed edges as ids of shape (k, 2), and the nodes there are afterwards."""

    added: NDArray[np.int64]
    weights: NDArray[np.float64] | None
    removed: NDArray[np.int64]
    n_nodes: int
    names: NodeNames | None


class Arrivals(NamedTuple):
    """Edges of new nodes as ids of shape (k, 2), and the nodes there are with them."""

    edges: NDArray[np.int64]
    weights: NDArray[np.float64] | None
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
    plus, minus = (
        _edge_list(graph.node_names, edges, what, "graph")
        for edges, what in ((added, "added_edges"), (removed, "removed_edges"))
    )
    if minus.weights is not None:
        raise GraphError("removed_edges: expected edges alone, got weights; an edge is removed whole")
    values = _weights(plus, weights)
    if graph.node_names is None:
        count = _count(graph.n_nodes, plus.ids, n_nodes, "added_edges", "graph")
        return Edits(_pairs(plus.ids), values, _pairs(minus.ids), count, None)
    if n_nodes is not None:
        raise GraphError(_GROWS.format(whole="graph", what="added_edges"))
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


def as_arrivals(n_known: int, known_names: NodeNames | None, edges: Any, weights: Any, n_nodes: int | None) -> Arrivals:
    """Return the edges of new nodes as the core takes them.

    Parameters
    ----------
    n_known : int
        Nodes that are there.
    known_names : tuple of hashables, or None
        Their names, by which edges go then, else by ids. Other names and greater ids are new nodes.
    edges : edge list
        Whatever `Graph.from_edges` takes; each edge has a new node.
    weights : array_like of float, shape (k,), optional
    n_nodes : int, optional
        Number of nodes afterwards, where there are no names.

    Raises
    ------
    GraphError
        If these are not as above; the message names the row.
    """
    found = _edge_list(known_names, edges, "edges", "tree")
    values = _weights(found, weights)
    if known_names is None:
        ids, names = _pairs(found.ids), None
        count = _count(n_known, ids, n_nodes, "edges", "tree")
    else:
        if n_nodes is not None:
            raise GraphError(_GROWS.format(whole="tree", what="edges"))
        index = dict(zip(known_names, range(n_known), strict=True))
        ids = _renumbered(found, index)
        names = known_names if len(index) == n_known else tuple(index)
        count = as_n_nodes(len(names))
    old = (ids >= 0) & (ids < n_known)
    if old.all(axis=1).any():
        row = int(old.all(axis=1).argmax())
        u, v = (node if names is None else names[node] for node in ids[row].tolist())
        raise GraphError(
            f"edges: expected a new node at each edge, got {u!r} and {v!r} in row {row}, which the tree has; "
            "update takes edges between these"
        )
    return Arrivals(ids, values, count, names)


_GROWS = "n_nodes: goes with ids; a {whole} with names grows by the new names in {what}"


def _edge_list(known_names: NodeNames | None, edges: Any, what: str, whole: str) -> EdgeList:
    if edges is None:
        return EdgeList(np.empty((0, 2), np.int64))
    try:
        found = as_edges(edges, relabel=known_names is not None)
    except GraphError as error:
        raise GraphError(f"{what}: {error}") from error
    if known_names is None and found.names is not None:
        raise GraphError(f"{what}: expected ids, as the {whole} has no node names, got the name {found.names[0]!r}")
    return found


def _weights(edges: EdgeList, weights: Any) -> NDArray[np.float64] | None:
    if edges.weights is not None and weights is not None:
        raise GraphError("weights: given twice, in the table or the triples and as an argument")
    return as_weights(edges.weights if weights is None else weights, len(edges.ids))


def _pairs(ids: NDArray[Any]) -> NDArray[np.int64]:
    return np.ascontiguousarray(ids, dtype=np.int64)


def _renumbered(edges: EdgeList, index: dict[Any, int]) -> NDArray[np.int64]:
    """Return the edges by the numbers in ``index``, to which new names are added in their order."""
    if edges.names is None:
        return _pairs(edges.ids)
    numbers = np.array([index.setdefault(name, len(index)) for name in edges.names], dtype=np.int64)
    return _pairs(numbers[edges.ids])


def _count(n_known: int, added: NDArray[Any], n_nodes: int | None, what: str, whole: str) -> int:
    if n_nodes is not None:
        count = as_n_nodes(n_nodes)
        if count < n_known:
            raise GraphError(
                f"n_nodes: expected at least the {n_known} nodes there are, got {count}; without its edges "
                "a node stays, isolated"
            )
        return count
    high = int(added.max(initial=-1))
    if is_stray(high - n_known, len(added)):
        raise GraphError(f"{what}: the {whole} has {n_known} nodes, got id {high}; pass n_nodes if it is meant")
    return as_n_nodes(max(n_known, high + 1))
