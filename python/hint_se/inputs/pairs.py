"""Edge lists as users bring them, turned into the ids that the core takes, and the names that they came with."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hint_se.errors import GraphError
from hint_se.inputs.arrays import as_array, describe, dimensions, is_array
from hint_se.inputs.edges import EdgeArray, ListedGraph, NodeNames, as_ids, as_n_nodes, count_nodes, names_for
from hint_se.inputs.labels import (
    Labelled,
    by_appearance,
    holds_integers,
    integers_of,
    label_integers,
    label_objects,
    label_strings,
)
from hint_se.inputs.tables import column_ends, is_columns, is_table, table_columns
from hint_se.inputs.words import AUTO, Weight, refuse_weight

__all__ = ["EdgeList", "as_edges", "is_edge_list", "is_triples", "listed_graph"]


# What makes a graph or a table of objects that hold one in another form.
_CALLS = {"HeteroData": ".to_homogeneous()", "LazyFrame": ".collect()", "SparseTensor": ".to_scipy()"}
# What is said of the edges of a multigraph of networkx, which are listed with their keys.
_TAKEN = "; Graph.from_networkx takes the graph itself; list(G.edges(keys=False)) are its edges alone"


class EdgeList(NamedTuple):
    """An edge list: ids of shape (m, 2), and names and weights where the input brought them."""

    ids: EdgeArray
    names: NodeNames | None = None
    weights: Any = None


def as_edges(edges: Any, *, relabel: bool = False, weight: Weight = AUTO, where: str | None = None) -> EdgeList:
    """Return the edge list of an array, a tuple of two columns, a table or a list of pairs or triples.

    An array is (m, 2), one edge per row, or (2, m) with m != 2, one edge per column: an array (2, 2) is read by
    rows. A list holds pairs, or tuples (u, v, weight). Names are numbered in the order of their first appearance, row by row. Integers are
    ids, unless ``relabel`` makes names of them. ``where`` is the file that a table is from, for what is said of it.

    Raises
    ------
    GraphError
        If the input is none of these; the message says what arrived.
    """
    if is_table(edges):
        columns = table_columns(edges, weight=weight, where=where or "table")
        ends = column_ends(columns.source, columns.target, relabel=relabel, where=where or "edges")
        return EdgeList(*ends, columns.weights)
    refuse_weight(edges, weight)
    if is_columns(edges):
        return EdgeList(*column_ends(*edges, relabel=relabel))
    if is_triples(edges):
        _refuse_keys(edges)
        return as_edges([edge[:2] for edge in edges], relabel=relabel)._replace(weights=[edge[2] for edge in edges])
    if isinstance(edges, list | tuple) and _holds_objects(edges, relabel):
        return _numbered(label_objects(chain.from_iterable(edges), 2), relabel)
    array = _rows(edges)
    if array.dtype.kind in "UT":
        return _numbered(by_appearance(label_strings(array.reshape(-1))), relabel)
    if array.dtype.kind == "O":
        return _numbered(label_objects(array.reshape(-1).tolist(), 2), relabel)
    if relabel and array.dtype.kind in "iu":
        return _numbered(by_appearance(label_integers(array.reshape(-1))), relabel)
    return EdgeList(as_ids(array))


def listed_graph(
    edges: Any,
    weights: Any,
    n_nodes: int | None,
    node_names: Iterable[Any] | None,
    relabel: bool,
    weight: Weight = AUTO,
) -> ListedGraph:
    """Return an edge list with what `Graph.from_edges` may get beside it."""
    found = as_edges(edges, relabel=relabel, weight=weight)
    if found.weights is not None:
        if weights is not None:
            raise GraphError("weights: given twice, in the table or the triples and as an argument")
        weights = found.weights
    if found.names is not None:
        if node_names is not None or n_nodes not in (None, len(found.names)):
            raise GraphError(
                f"edges: they name {len(found.names)} nodes themselves; expected no n_nodes and no node_names"
            )
        n_nodes, node_names = len(found.names), found.names
    if len(found.ids) == 0 and n_nodes in (None, 0):
        raise GraphError("edges: expected at least one edge (or n_nodes), got an empty graph")
    count = count_nodes(found.ids) if n_nodes is None else as_n_nodes(n_nodes)
    return ListedGraph(found.ids, weights, count, None if node_names is None else names_for(node_names, count))


def is_edge_list(item: Any) -> bool:
    """Return whether the first of two items is an edge list, and not one pair of ids or one of two columns."""
    if is_triples(item):
        return True
    if isinstance(item, list | tuple):
        return not item or isinstance(item[0], list | tuple) or is_array(item[0])
    return is_table(item) or (is_array(item) and dimensions(item, "edges") > 1)


def _rows(edges: Any) -> NDArray[Any]:
    """Return an edge list as an array (m, 2), a view where it is an array already."""
    listed = isinstance(edges, list | tuple)
    if not listed and not is_array(edges):
        raise GraphError(
            "edges: expected an array (m, 2) or (2, m), a list of pairs, a table or a graph, got "
            f"{describe(edges)}{_kind_hint(edges)}"
        )
    if listed:
        _refuse_ragged(edges)
    array = as_array(edges, "edges")
    if array.size == 0 and (array.ndim == 1 or (array.ndim == 2 and 2 in array.shape)):
        return np.empty((0, 2), np.int64)
    if array.ndim == 2 and array.shape[1] == 2:
        return array
    if array.ndim == 2 and array.shape[0] == 2 and not listed:
        return array.T
    raise GraphError(f"edges: expected shape (m, 2) or (2, m), got shape {array.shape}{_shape_hint(array, listed)}")


def _refuse_ragged(edges: list[Any] | tuple[Any, ...]) -> None:
    """Raise GraphError for the first of listed edges that has another length than the one before."""
    sizes = [len(edge) for edge in edges if isinstance(edge, list | tuple)]
    if len(sizes) == len(edges) and len(set(sizes)) > 1:
        row = next(row for row, size in enumerate(sizes) if size != sizes[0])
        raise GraphError(
            f"edges: expected {sizes[0]} entries in each row, as in row 0, got {edges[row]!r} in row {row}"
        )


def is_triples(edges: Any) -> bool:
    """Return whether edges are tuples (u, v, weight), the form of networkx and of most algorithms."""
    if not isinstance(edges, list | tuple) or not edges:
        return False
    return all(isinstance(edge, tuple) and len(edge) == 3 and not is_array(edge[0]) for edge in edges)


def _refuse_keys(triples: list[Any] | tuple[Any, ...]) -> None:
    """Raise GraphError where the third entries number the edges between two nodes from 0, as the keys of networkx do."""
    if type(triples[0][2]) is not int or triples[0][2] != 0:
        return
    counts: dict[Any, int] = {}
    for u, v, key in triples:
        if type(key) is not int or key != counts.get((u, v), 0):
            return
        counts[u, v] = key + 1
    raise GraphError(
        f"edges: the weight of edge 0 is 0; third entries number parallel edges, as keys of networkx do{_TAKEN}"
    )


def _holds_objects(pairs: list[Any] | tuple[Any, ...], relabel: bool) -> bool:
    """Return whether a list holds pairs that NumPy would change: strings beside integers, integers beyond int64."""
    if not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
        return False
    kinds = set(map(type, chain.from_iterable(pairs)))
    if kinds == {int}:
        return relabel or max(map(max, pairs)) >= 2**63
    return not all(issubclass(kind, int | float | complex | np.number | np.bool_) for kind in kinds)


def _numbered(labelled: Labelled, relabel: bool) -> EdgeList:
    # Integers held as objects (an array of mixed columns, ids beyond int64) are ids, not names.
    if not relabel and holds_integers(labelled):
        return EdgeList(integers_of(labelled).reshape(-1, 2))
    return EdgeList(labelled.codes.reshape(-1, 2), tuple(labelled.table))


def _kind_hint(value: Any) -> str:
    if isinstance(value, str):
        return "; hint_se.read_graph reads files"
    if isinstance(value, dict):
        return f"; make it a list: {_listing(value)}"
    if type(value).__name__.endswith(("MultiEdgeView", "MultiEdgeDataView")):
        return _TAKEN
    if type(value).__name__ in _CALLS:
        return f"; call {_CALLS[type(value).__name__]} first"
    return "; make it a list: list(edges)" if hasattr(value, "__iter__") else ""


def _listing(edges: dict[Any, Any]) -> str:
    """Return the expression that makes a list of the edges in a dictionary."""
    if isinstance(next(iter(edges), None), tuple):
        return "[(*edge, weight) for edge, weight in edges.items()]"
    if hasattr(next(iter(edges.values()), None), "__iter__"):
        return "[(u, v) for u in edges for v in edges[u]]"
    return "list(edges.items())"


def _shape_hint(array: NDArray[Any], listed: bool) -> str:
    if array.ndim != 2:
        return ""
    if array.shape[0] == 2 and listed:
        return "; a list holds one pair per edge, or a tuple (u, v, weight); columns go in as an array: np.array(edges)"
    if array.shape[0] == array.shape[1]:
        return "; a dense adjacency matrix goes in with Graph.from_dense(matrix)"
    if 3 in array.shape:
        return "; give weights apart: " + (
            "(edges[:, :2], edges[:, 2])" if array.shape[1] == 3 else "(edges[:2], edges[2])"
        )
    return "; for feature vectors: StructuralEntropyClustering(n_neighbors=...)" if array.dtype.kind == "f" else ""
