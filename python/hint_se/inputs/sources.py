"""Graphs that say themselves what they are: of SciPy, networkx, igraph and torch_geometric, and dense matrices.

One function per source. A source is known by its class where its library is loaded (an object of it cannot exist
before) or by its attributes, so nothing is imported here.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Hashable, Sequence
from itertools import chain
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.errors import GraphError, InputWarning, warn_user
from hint_se.inputs.arrays import as_array, is_array
from hint_se.inputs.csr import Rows, check_square, same_rows, without_diagonal
from hint_se.inputs.edges import ListedGraph, NodeNames, as_ids, as_n_nodes, as_weights, count_nodes, name_table
from hint_se.inputs.tables import is_table
from hint_se.inputs.words import AUTO, WEIGHT_NAMES, Weight, choose_weight, refuse_weight

__all__ = [
    "Source",
    "dense_rows",
    "directed_edges",
    "igraph_edges",
    "networkx_edges",
    "scipy_rows",
    "source_of",
    "torch_geometric_edges",
    "torch_geometric_rows",
]

Source = Literal["scipy", "networkx", "igraph", "torch_geometric"]

_KINDS: dict[Source, str] = {
    "scipy": "a scipy sparse matrix or array",
    "networkx": "a networkx graph",
    "igraph": "an igraph graph",
    "torch_geometric": "an object with edge_index",
}


# Stands for an attribute that an edge has not, which None would not.
_ABSENT = object()


def source_of(graph: Any) -> Source | None:
    """Return which library's graph an object is; None for an edge list."""
    if is_table(graph):
        return None
    sparse = sys.modules.get("scipy.sparse")
    if sparse is not None and sparse.issparse(graph):
        return "scipy"
    for library in ("networkx", "igraph"):
        module = sys.modules.get(library)
        if module is not None and isinstance(graph, module.Graph):
            return "networkx" if library == "networkx" else "igraph"
    return "torch_geometric" if hasattr(graph, "edge_index") else None


def directed_edges(graph: Any, weight: Weight = AUTO) -> ListedGraph:
    """Return the nodes and the edges, in their direction, of a directed graph of another library.

    In a matrix A, A[u, v] is the weight from u to v; a boolean matrix has no weights.
    """
    match source_of(graph):
        case "networkx":
            return networkx_edges(graph, weight, directed=True)
        case "igraph":
            return igraph_edges(graph, weight, directed=True)
        case "torch_geometric":
            return torch_geometric_edges(graph, weight)
        case _:
            _expect("scipy", graph)
            refuse_weight(graph, weight)
            check_square(tuple(graph.shape), graph.dtype)
            entries = graph.tocoo()
            weights = None if graph.dtype.kind == "b" else entries.data
            return ListedGraph(as_ids(np.stack([entries.row, entries.col], axis=1)), weights, graph.shape[0], None)


def scipy_rows(matrix: Any) -> Rows:
    """Return the rows of a sparse matrix or array, its stored duplicates summed.

    Compressed rows and columns that are sorted and without duplicates are not copied here: a symmetric matrix is
    its own transpose.
    """
    _expect("scipy", matrix)
    check_square(tuple(matrix.shape), matrix.dtype)
    given = matrix.T if matrix.format == "csc" else matrix
    if given.format == "csr" and given.has_canonical_format:
        return without_diagonal(given.indptr, given.indices, given.data, shared=True)
    # Sums in double: in eight bits 100 + 100 would be -56. Booleans stay so, or duplicates would count twice.
    rows = given if given.dtype.kind == "b" else given.astype(np.float64, copy=False)
    rows = rows.tocsr(copy=rows is given)
    rows.sum_duplicates()
    return without_diagonal(rows.indptr, rows.indices, rows.data, shared=False)


def dense_rows(matrix: Any) -> Rows:
    """Return the rows of a dense adjacency matrix; zeros are no edges."""
    array = as_array(matrix, "matrix")
    check_square(array.shape, array.dtype)
    owners, indices = np.nonzero(array)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(owners, minlength=array.shape[0]))])
    return without_diagonal(indptr, indices, array[owners, indices], shared=False)


def networkx_edges(graph: Any, weight: Weight = AUTO, *, directed: bool = False, where: str = "graph") -> ListedGraph:
    """Return the nodes and edges of a networkx graph, views and multigraphs included; messages call it ``where``.

    Parallel edges without weights count each, as in the graph's own degrees. So do, with a warning, edges that lack the weight.
    """
    _expect("networkx", graph)
    _expect_directed("networkx", graph, directed, "to_undirected()")
    nodes = list(graph.nodes)
    names = _names_unless_plain(nodes)
    chosen = _networkx_weight(graph, weight, where)
    # u, v, weight, u, v, weight, ...: slices of one list are taken in C, where a loop over the edges would not be.
    flat = list(chain.from_iterable(graph.edges() if chosen is None else graph.edges(data=chosen, default=_ABSENT)))
    step = 2 if chosen is None else 3
    ids = np.empty((len(flat) // step, 2), np.int32)
    index = None if names is None else dict(zip(nodes, range(len(nodes)), strict=True)).__getitem__
    for side in (0, 1):
        ends = flat[side::step] if index is None else map(index, flat[side::step])
        ids[:, side] = np.fromiter(ends, np.int32, count=len(ids))
    if chosen is not None:
        return ListedGraph(ids, _filled(flat[2::3], chosen, where), len(nodes), names)
    return ListedGraph(ids, np.ones(len(ids)) if graph.is_multigraph() else None, len(nodes), names)


def _filled(weights: list[Any], name: Hashable, where: str) -> list[Any] | NDArray[np.float64] | None:
    """Return weights, of which those that are not there count 1."""
    n_absent = sum(value is _ABSENT for value in weights)
    if not n_absent:
        return weights
    filled = as_weights([1 if value is _ABSENT else value for value in weights], len(weights))
    # Of weights that the core refuses there is more to say.
    if filled is not None and (np.isfinite(filled) & (filled > 0)).all():
        told = (
            f"{n_absent} of {len(weights)} edges have no {name!r} and weigh 1, as in networkx; weight=None takes none"
        )
        warn_user(f"{where}: {told}", InputWarning)
    return filled


def _networkx_weight(graph: Any, weight: Weight, where: str) -> Hashable | None:
    """Return the attribute that holds the weights; None where there are none."""
    if weight is None:
        return None
    # One value of each attribute that any edge has.
    attributes: dict[Hashable, Any] = {}
    for *_, data in graph.edges(data=True):
        attributes.update(data)
    return choose_weight(list(attributes), weight, where, holds_numbers=lambda name: _is_number(attributes[name]))


def igraph_edges(graph: Any, weight: Weight = AUTO, *, directed: bool = False) -> ListedGraph:
    """Return the nodes and edges of an igraph graph; the vertex attribute "name" holds its names.

    Parallel edges without weights count each, as in the graph's own degrees.
    """
    _expect("igraph", graph)
    _expect_directed("igraph", graph, directed, 'as_undirected(mode="each")')
    ids = np.fromiter(chain.from_iterable(graph.get_edgelist()), np.int32, count=2 * graph.ecount()).reshape(-1, 2)

    def holds_numbers(name: str) -> bool:
        return _is_number(next((value for value in graph.es[name] if value is not None), None))

    chosen = choose_weight(graph.es.attributes(), weight, "graph", holds_numbers=holds_numbers)
    weights = None if chosen is None else graph.es[chosen]
    if weights is not None and None in weights:
        raise GraphError(
            f"graph: expected every edge to have the attribute {chosen!r}, got None for edge {weights.index(None)}"
        )
    names = _names_unless_plain(graph.vs["name"]) if "name" in graph.vs.attributes() else None
    if weights is None and graph.has_multiple():
        weights = np.ones(len(ids))
    return ListedGraph(ids, weights, graph.vcount(), names)


def torch_geometric_edges(data: Any, weight: Weight = AUTO) -> ListedGraph:
    """Return the columns of ``edge_index`` as edges, each in its direction, with their weights where there are some."""
    _expect("torch_geometric", data)
    if data.edge_index is None:
        adjacent = getattr(data, "adj_t", None) is not None
        how = (
            "; data.edge_index, data.edge_weight = torch_geometric.utils.to_edge_index(data.adj_t)" if adjacent else ""
        )
        raise GraphError(f"edge_index: expected an array of shape (2, m), got None{how}")
    pairs = as_array(data.edge_index, "edge_index")
    if pairs.ndim != 2 or pairs.shape[0] != 2:
        raise GraphError(f"edge_index: expected shape (2, m), got shape {pairs.shape}")
    ids = as_ids(pairs.T)
    attributes = _edge_attributes(data, len(ids))
    chosen = choose_weight(
        list(attributes), weight, type(data).__name__, holds_numbers=lambda name: attributes[name].dtype.kind in "iuf"
    )
    weights = np.ones(len(ids)) if chosen is None else as_weights(attributes[chosen], len(ids))
    n_nodes = _stored_n_nodes(data)
    return ListedGraph(ids, weights, count_nodes(ids) if n_nodes is None else as_n_nodes(n_nodes), None)


def _edge_attributes(data: Any, n_edges: int) -> dict[Hashable, NDArray[Any]]:
    """Return the attributes of a torch_geometric graph that hold a number for each edge, or are called weights.

    What is called edge_... belongs to edges. Any other name does where it is one of the known ones and has their number.
    """
    keys = getattr(data, "keys", None)
    names = list(getattr(data, "__dict__", {})) if keys is None else list(keys() if callable(keys) else keys)
    if "edge_weight" not in names and getattr(data, "edge_weight", None) is not None:
        names.append("edge_weight")
    found: dict[Hashable, NDArray[Any]] = {}
    for name in names:
        value = getattr(data, name, None)
        of_edges = name.startswith("edge_") and name not in ("edge_index", "edge_label_index")
        if not is_array(value) or not (of_edges or name.lower() in WEIGHT_NAMES):
            continue
        array = as_array(value, name)
        if array.shape == (n_edges, 1):
            array = array[:, 0]
        if array.shape == (n_edges,) or name == "edge_weight":
            found[name] = array
    return found


def torch_geometric_rows(data: Any, weight: Weight = AUTO) -> Rows:
    """Return the rows of an object with ``edge_index``, ``num_nodes`` and perhaps weights.

    An undirected graph is stored there with both directions of each edge, which count once here.
    """
    ids, stored, count, _ = torch_geometric_edges(data, weight)
    weights = as_weights(stored, len(ids))
    halves = ids[:, 0] < ids[:, 1], ids[:, 0] > ids[:, 1]
    try:
        forward, backward = (
            _core.graph_from_edges(ids[half], None if weights is None else weights[half], count, "drop")
            for half in halves
        )
    except GraphError:
        # The rows of a half have other numbers: let the whole list name the faulty one.
        _core.graph_from_edges(ids, weights, count, "drop")
        raise
    if not same_rows(forward[:3], backward[:3]):
        raise GraphError(
            "edge_index: expected both directions of each edge, with one weight, got a directed graph; apply "
            "torch_geometric.transforms.ToUndirected(), take Graph.from_directed, or give edge_index itself, where each "
            "column is an edge"
        )
    own = ids[:, 0] == ids[:, 1]
    doubled = _core.graph_from_edges(ids[own], None if weights is None else weights[own], count, "keep")[3]
    loops = None if doubled is None else 0.5 * doubled
    return Rows(*forward[:3], loops, int(np.count_nonzero(own)), shared=False)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def _expect(source: Source, graph: Any) -> None:
    """Raise GraphError unless a graph is of the library that it is said to be of."""
    if source_of(graph) != source:
        raise GraphError(f"graph: expected {_KINDS[source]}, got {type(graph).__name__}")


def _expect_directed(source: Source, graph: Any, directed: bool, call: str) -> None:
    """Raise GraphError unless a graph has directions, or has none, as it should."""
    if directed and not graph.is_directed():
        raise GraphError(f"graph: expected a directed graph, got an undirected one; Graph.from_{source} takes it")
    if graph.is_directed() and not directed:
        raise GraphError(
            f"graph: expected an undirected graph, got a directed one; call {call}, or let its flow be the weights: "
            "Graph.from_directed(graph)"
        )


def _stored_n_nodes(data: Any) -> int | None:
    """Return the number of nodes that the data states; None where it could only guess from its edges."""
    with warnings.catch_warnings(record=True) as guessed:
        warnings.simplefilter("always")
        n_nodes = getattr(data, "num_nodes", None)
    return None if guessed or n_nodes is None else int(n_nodes)


def _names_unless_plain(nodes: Sequence[Any]) -> NodeNames | None:
    """Return node names; None where the nodes are exactly 0..n-1, in this order."""
    if set(map(type, nodes)) <= {int} and list(nodes) == list(range(len(nodes))):
        return None
    return name_table(nodes)
