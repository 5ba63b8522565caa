"""The graph that encoding trees are built on: undirected, weighted, in compressed sparse rows."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from . import _core
from .edges import NodeNames, as_edges, as_n_nodes, as_weights, count_nodes, name_table
from .errors import GraphError, SelfLoopWarning

__all__ = ["Graph", "GraphLike", "as_graph", "known_graph"]

#: What every function that takes a graph accepts. The optional libraries have no type here: naming
#: them would import them.
GraphLike: TypeAlias = Any


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Graph:
    """An undirected weighted graph, checked once and immutable from then on.

    Invariants: symmetric; each row strictly increasing; no self-loops; weights finite and > 0, their
    total finite; isolated nodes allowed; 1 <= n_nodes <= 2^30. The arrays are read-only.

    Parameters
    ----------
    indptr : ndarray of int64, shape (n + 1,)
        Row offsets; the neighbours of node i are ``indices[indptr[i]:indptr[i + 1]]``.
    indices : ndarray of int32, shape (2m,)
        Neighbours; each edge is stored once in either direction.
    weights : ndarray of float64, shape (2m,)
        Weights, in any unit: an encoding tree depends on their ratios only.
    node_names : tuple of hashables, optional
        One name per node where the input brought names, else None.

    Raises
    ------
    GraphError
        If an invariant does not hold; the message says which, and where.

    Examples
    --------
    >>> graph = Graph.from_edges([(0, 1), (1, 2), (2, 0), (2, 3)])
    >>> graph
    Graph(n_nodes=4, n_edges=4, volume=8)
    >>> graph.degrees
    array([2., 2., 3., 1.])
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    weights: NDArray[np.float64]
    node_names: NodeNames | None = None

    def __post_init__(self) -> None:
        arrays = {
            "indptr": _own(self.indptr, "indptr", np.int64),
            "indices": _own(self.indices, "indices", np.int32),
            "weights": _own(self.weights, "weights", np.float64),
        }
        as_n_nodes(arrays["indptr"].size - 1)
        _core.validate_graph(arrays["indptr"], arrays["indices"], arrays["weights"])
        for name, array in arrays.items():
            object.__setattr__(self, name, array)
        if self.node_names is not None:
            object.__setattr__(self, "node_names", _names_for(self.node_names, self.n_nodes))

    @classmethod
    def from_edges(
        cls,
        edges: Any,
        weights: Any = None,
        *,
        n_nodes: int | None = None,
        node_names: Iterable[Any] | None = None,
    ) -> Graph:
        """Return the graph of an edge list.

        (u, v) and (v, u) are the same edge. Repeated edges are summed where there are weights and
        counted once where there are none. Self-loops are dropped with one `SelfLoopWarning`.

        Parameters
        ----------
        edges : array_like of int, shape (m, 2), or list of pairs of hashables
            Node ids in [0, n_nodes), any integer dtype; or names, numbered by first appearance.
        weights : array_like of float, shape (m,), optional
            Finite and > 0. None: every edge weighs 1.
        n_nodes : int, optional
            Number of nodes, so that trailing isolated nodes exist. None: 1 + the largest id, which
            may then be at most 16 x the number of distinct ids + 2^20.
        node_names : iterable of hashables, optional
            One distinct name per node, kept by the tree.

        Returns
        -------
        Graph
            O(n + m) memory, O(n + m log d) time with d the largest row.

        Raises
        ------
        GraphError
            If ids, weights or shapes are not as above; the message names the row and the value.

        Examples
        --------
        >>> Graph.from_edges([("a", "b"), ("b", "c")]).node_names
        ('a', 'b', 'c')
        >>> Graph.from_edges([[0, 1], [1, 0]], [0.5, 1.0]).volume
        3.0
        """
        ids, found = as_edges(edges)
        if found is not None:
            if node_names is not None or n_nodes not in (None, len(found)):
                raise GraphError(
                    f"edges: they name {len(found)} nodes themselves; expected no n_nodes and no node_names"
                )
            n_nodes, node_names = len(found), found
        count = count_nodes(ids) if n_nodes is None else as_n_nodes(n_nodes)
        names = None if node_names is None else _names_for(node_names, count)
        indptr, indices, values, n_loops = _core.graph_from_edges(ids, as_weights(weights, len(ids)), count)
        if n_loops:
            _warn_loops(n_loops)
        return _trusted(indptr, indices, values, names)

    @classmethod
    def from_csr(
        cls, indptr: Any, indices: Any, weights: Any = None, *, node_names: Iterable[Any] | None = None
    ) -> Graph:
        """Return the graph of compressed sparse rows that already hold every invariant.

        Parameters
        ----------
        indptr, indices : array_like of int, shapes (n + 1,) and (2m,)
            Rows strictly increasing, symmetric, no self-loops.
        weights : array_like of float, shape (2m,), optional
            Symmetric, finite and > 0. None: every edge weighs 1.
        node_names : iterable of hashables, optional
            One distinct name per node.

        Raises
        ------
        GraphError
            If an invariant does not hold; nothing is repaired. `from_scipy` sorts rows and drops loops.

        Examples
        --------
        >>> Graph.from_csr([0, 1, 3, 4], [1, 0, 2, 1])
        Graph(n_nodes=3, n_edges=2, volume=4)
        """
        values = np.ones(np.size(indices)) if weights is None else weights
        return cls(indptr, indices, values, None if node_names is None else name_table(node_names))

    @classmethod
    def from_scipy(cls, matrix: Any, *, node_names: Iterable[Any] | None = None) -> Graph:
        """Return the graph of a symmetric scipy sparse matrix or array.

        Stored duplicates are summed (scipy's meaning of them), rows are sorted, the diagonal is
        dropped with one `SelfLoopWarning`. A boolean matrix is an unweighted graph.

        Raises
        ------
        GraphError
            If the matrix is not square, not symmetric, or stores entries that are not finite and > 0.

        Examples
        --------
        >>> import scipy.sparse
        >>> Graph.from_scipy(scipy.sparse.csr_array([[0, 2.5], [2.5, 0]]))
        Graph(n_nodes=2, n_edges=1, volume=5)
        """
        shape = tuple(matrix.shape)
        if len(shape) != 2 or shape[0] != shape[1]:
            raise GraphError(f"matrix: expected a square adjacency matrix, got shape {shape}")
        if matrix.dtype.kind not in "iufb":
            raise GraphError(f"matrix: expected real numbers, got dtype {matrix.dtype}")
        as_n_nodes(shape[0])
        # One copy: the conversion of another format is that copy already.
        rows = matrix.tocsr(copy=True)
        rows.sum_duplicates()
        rows.sort_indices()
        owner = np.repeat(np.arange(shape[0]), np.diff(rows.indptr))
        keep = rows.indices != owner
        n_loops = int(keep.size - np.count_nonzero(keep))
        indptr, indices, values = rows.indptr, rows.indices, rows.data
        if n_loops:
            _warn_loops(n_loops)
            indptr = np.concatenate([[0], np.cumsum(np.bincount(owner[keep], minlength=shape[0]))])
            indices, values = indices[keep], values[keep]
        try:
            return cls.from_csr(indptr, indices, values.astype(np.float64), node_names=node_names)
        except GraphError as error:
            raise GraphError(
                f"matrix: {error}; expected a symmetric matrix of positive weights (for a directed graph "
                "or one triangle take A + A.T, for stored zeros call eliminate_zeros())"
            ) from error

    @classmethod
    def from_networkx(cls, graph: Any, weight: str = "weight") -> Graph:
        """Return the graph of an undirected networkx graph; nodes keep their order, names their value.

        Parameters
        ----------
        graph : networkx.Graph or networkx.MultiGraph
            Undirected. Nodes that are exactly 0..n-1 in this order need no names.
        weight : str
            Edge attribute that holds the weight. If no edge has it, the graph is unweighted; if some
            have it, the others weigh 1 (networkx's convention).

        Raises
        ------
        GraphError
            If the graph is directed or empty, or a weight is not a finite number > 0.

        Examples
        --------
        >>> import networkx
        >>> Graph.from_networkx(networkx.path_graph(["a", "b", "c"])).node_names
        ('a', 'b', 'c')
        """
        if graph.is_directed():
            raise GraphError("graph: expected an undirected graph, got a directed one; call to_undirected()")
        names = name_table(graph.nodes)
        index = {name: i for i, name in enumerate(names)}
        found = [(index[u], index[v], data) for u, v, data in graph.edges(data=True)]
        weighted = any(weight in data for _, _, data in found)
        values = [data.get(weight, 1) for _, _, data in found] if weighted else None
        plain = all(type(name) is int and name == i for i, name in enumerate(names))
        return cls.from_edges(
            np.array([(u, v) for u, v, _ in found], dtype=np.int64).reshape(-1, 2),
            values,
            n_nodes=len(names),
            node_names=None if plain else names,
        )

    @property
    def n_nodes(self) -> int:
        """Number of nodes n, isolated ones included."""
        return self.indptr.size - 1

    @property
    def n_edges(self) -> int:
        """Number of undirected edges m; loops and duplicates no longer count."""
        return self.indices.size // 2

    @property
    def degrees(self) -> NDArray[np.float64]:
        """Weighted degree of each node, float64 (n,), in the unit of the weights; 0 for isolated nodes."""
        return _core.degrees(self.indptr, self.indices, self.weights)

    @property
    def volume(self) -> float:
        """Sum of the degrees: twice the total weight of the edges."""
        return float(self.degrees.sum())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Graph):
            return NotImplemented
        return self.node_names == other.node_names and all(
            np.array_equal(getattr(self, name), getattr(other, name)) for name in ("indptr", "indices", "weights")
        )

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        # Copies and unpickled graphs are checked and read-only like any other: the core trusts them.
        return type(self), (self.indptr, self.indices, self.weights, self.node_names)

    def __repr__(self) -> str:
        return f"Graph(n_nodes={self.n_nodes}, n_edges={self.n_edges}, volume={self.volume:.6g})"


def as_graph(graph: GraphLike, weights: Any = None, *, n_nodes: int | None = None) -> Graph:
    """Return any accepted input as a `Graph`.

    Parameters
    ----------
    graph : Graph, (m, 2) integers, (edges, weights), scipy sparse matrix or array, networkx graph, list of pairs
        A tuple of two is (edges, weights), unless its first item is itself a pair of ids.
    weights : array_like of float, shape (m,), optional
        For edge lists only.
    n_nodes : int, optional
        For edge lists only.

    Raises
    ------
    GraphError
        If the input is none of these, or breaks an invariant.

    Examples
    --------
    >>> as_graph(([[0, 1], [1, 2]], [2.0, 1.0]))
    Graph(n_nodes=3, n_edges=2, volume=6)
    """
    known = known_graph(graph)
    if known is not None:
        if weights is not None or n_nodes is not None:
            raise GraphError(f"graph: weights and n_nodes go with edge lists; a {type(graph).__name__} brings its own")
        return known
    if isinstance(graph, tuple) and len(graph) == 2 and _is_edge_list(graph[0]):
        if weights is not None:
            raise GraphError("weights: given twice, in the tuple (edges, weights) and as an argument")
        graph, weights = graph
    return Graph.from_edges(graph, weights, n_nodes=n_nodes)


def known_graph(graph: GraphLike) -> Graph | None:
    """Return the graph of an object that says what it is; None for an edge list.

    The optional libraries are looked up among the loaded modules: an object of theirs cannot exist
    before they are imported, and hint_se must not import them.
    """
    if isinstance(graph, Graph):
        return graph
    sparse = sys.modules.get("scipy.sparse")
    if sparse is not None and sparse.issparse(graph):
        return Graph.from_scipy(graph)
    networkx = sys.modules.get("networkx")
    if networkx is not None and isinstance(graph, networkx.Graph):
        return Graph.from_networkx(graph)
    return None


def _is_edge_list(item: Any) -> bool:
    """Return whether the first of two items is an edge list, and not one pair of ids."""
    if isinstance(item, list | tuple):
        return not item or isinstance(item[0], list | tuple | np.ndarray)
    return np.ndim(item) != 1


def _trusted(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[np.float64],
    names: NodeNames | None,
) -> Graph:
    """Return a graph of arrays that the core has just made, without a second check."""
    graph = object.__new__(Graph)
    for field, value in (
        ("indptr", indptr),
        ("indices", indices),
        ("weights", weights),
        ("node_names", names),
    ):
        object.__setattr__(graph, field, value)
    return graph


def _own(values: Any, name: str, dtype: type[np.generic]) -> NDArray[Any]:
    """Return a read-only copy of a flat array as ``dtype``; GraphError where that would change a value.

    It is always a copy: an array that the caller could still write to would not stay valid.
    """
    array = np.asarray(values)
    wanted = "iuf" if dtype is np.float64 else "iu"
    if array.ndim != 1 or (array.size and array.dtype.kind not in wanted):
        raise GraphError(f"{name}: expected a flat array of {dtype.__name__}, got {array.dtype} of shape {array.shape}")
    if dtype is not np.float64 and array.size:
        limits = np.iinfo(dtype)  # type: ignore[type-var]
        if int(array.min()) < limits.min or int(array.max()) > limits.max:
            raise GraphError(f"{name}: expected values that fit {dtype.__name__}, got {array.max()}")
    owned = np.array(array, dtype=dtype, order="C")
    owned.flags.writeable = False
    return owned


def _names_for(names: Iterable[Any], n_nodes: int) -> NodeNames:
    table = name_table(names)
    if len(table) != n_nodes:
        raise GraphError(f"node_names: expected {n_nodes} names, one per node, got {len(table)}")
    return table


def _warn_loops(n_loops: int) -> None:
    plural = "" if n_loops == 1 else "s"
    # Past this helper and the constructor; deeper callers still see their line in most cases.
    warnings.warn(f"dropped {n_loops} self-loop{plural}: they do not change the tree", SelfLoopWarning, stacklevel=3)
