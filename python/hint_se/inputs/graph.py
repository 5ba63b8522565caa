"""The graph that encoding trees are built on: undirected, weighted, in compressed sparse rows."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.errors import GraphError, SelfLoopWarning
from hint_se.inputs import csr, sources
from hint_se.inputs.edges import NodeNames, as_n_nodes, as_weights, count_nodes, names_for
from hint_se.inputs.pairs import as_edges
from hint_se.inputs.tables import table_columns

__all__ = ["Graph", "trusted", "warn_loops"]


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
        columns = csr.checked(self.indptr, self.indices, self.weights, shared=True)
        for name, array in zip(("indptr", "indices", "weights"), columns, strict=True):
            object.__setattr__(self, name, array)
        if self.node_names is not None:
            object.__setattr__(self, "node_names", names_for(self.node_names, self.n_nodes))

    @classmethod
    def from_edges(
        cls,
        edges: Any,
        weights: Any = None,
        *,
        n_nodes: int | None = None,
        node_names: Iterable[Any] | None = None,
        relabel: bool = False,
    ) -> Graph:
        """Return the graph of an edge list.

        (u, v) and (v, u) are the same edge. Repeated edges are summed where there are weights and
        counted once where there are none. Self-loops are dropped with one `SelfLoopWarning`.

        Parameters
        ----------
        edges : array_like of int or str, shape (m, 2) or (2, m); (source, target); data frame; list of pairs
            Integers of any dtype are node ids in [0, n_nodes). Strings (or, in lists and columns of objects, any
            hashables) are names, numbered by first appearance, row by row. An array of two rows is read by
            columns, as torch_geometric's ``edge_index``, **unless it is (2, 2), which is read by rows**; for
            columns whatever their number give the tuple (source, target) or ``edges.T``. A Python list holds
            pairs. Of a data frame see `from_dataframe`. Torch, CuPy and JAX arrays must lie on the CPU.
        weights : array_like of float, shape (m,), optional
            Finite and > 0. None: every edge weighs 1, or what a data frame says.
        n_nodes : int, optional
            Number of nodes, so that trailing isolated nodes exist. None: 1 + the largest id, which
            may then be at most 16 x the number of distinct ids + 2^20.
        node_names : iterable of hashables, optional
            One distinct name per node, kept by the tree.
        relabel : bool
            Take integers, of up to 64 bits, as names: number them by first appearance.

        Returns
        -------
        Graph
            O(n + m) memory, O(n + m log d) time with d the largest row; names cost O(m log m). Ids are copied at
            most once on the way, and not at all where they are C-contiguous rows of int32 or int64.

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
        >>> Graph.from_edges([(7, 2**60)], relabel=True).node_names
        (7, 1152921504606846976)
        """
        source = sources.source_of(edges)
        if source is not None:
            raise GraphError(f"edges: expected an edge list, got a graph; Graph.from_{source} takes it")
        found = _listed(edges, weights, n_nodes, node_names, relabel)
        rows = _core.graph_from_edges(found.ids, as_weights(found.weights, len(found.ids)), found.n_nodes)
        warn_loops(rows[3])
        return trusted(*rows[:3], found.names)

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
    ) -> Graph:
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
            where there are none. Self-loops are dropped before the walk, with one `SelfLoopWarning`.
        weights : array_like of float, shape (m,), optional
            For edge lists: finite and > 0, one per edge, any unit. None: every edge weighs 1.
        teleportation : float
            τ in (0, 1]: the probability of a jump at each step. The smaller, the more the walk is that of the
            edges alone, and the longer its limit takes to find. For 1 the weights of the two directions are
            summed and no direction counts.
        n_nodes, node_names, relabel
            For edge lists, as in `from_edges`.

        Returns
        -------
        Graph
            {u, v} weighs the flow from u to v plus that from v to u, see the notes; all weights add up to at most 1.
            O(n + m) memory, and O(m log(1e-14) / log(1 - τ)) time at most: 199 passes over the edges for 0.15.

        Raises
        ------
        GraphError
            If ids, weights, shapes or ``teleportation`` are not as above, or the graph is undirected.

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

        From a dead end the walker jumps. π is found by power iteration, whose error shrinks by 1 - τ each time at
        least, until its sum over all nodes changes by less than 1e-14. The same edges in any order give the same
        graph, bit by bit.

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
        if isinstance(teleportation, bool) or not isinstance(teleportation, int | float | np.integer | np.floating):
            raise GraphError(f"teleportation: expected a number in (0, 1], got {teleportation!r}")
        if not 0 < teleportation <= 1:
            raise GraphError(f"teleportation: expected a number in (0, 1], got {teleportation}")
        if sources.source_of(edges) is None:
            found = _listed(edges, weights, n_nodes, node_names, relabel)
        elif weights is None and n_nodes is None and node_names is None and not relabel:
            found = sources.directed_edges(edges)
        else:
            raise GraphError(f"edges: all other arguments go with edge lists; a {type(edges).__name__} brings its own")
        rows = _core.graph_from_arcs(
            found.ids, as_weights(found.weights, len(found.ids)), as_n_nodes(found.n_nodes), 1.0 - float(teleportation)
        )
        warn_loops(rows[3], "the walk leaves them out")
        return trusted(*rows[:3], found.names)

    @classmethod
    def from_dataframe(
        cls,
        frame: Any,
        *,
        source: Any = None,
        target: Any = None,
        weight: Any = None,
        n_nodes: int | None = None,
        relabel: bool = False,
    ) -> Graph:
        """Return the graph of a data frame (pandas, Polars) or table (pyarrow) with one edge per row.

        Integers are ids, strings and categoricals are names. Without labels of columns, these are "source",
        "target" and, if it is there, "weight", or else the only two. Raises GraphError if a column is not there,
        misses a value, or holds what `from_edges` refuses, whose ``n_nodes`` and ``relabel`` these are.

        Examples
        --------
        >>> import pandas
        >>> frame = pandas.DataFrame({"from": ["a", "b"], "to": ["b", "c"], "mails": [3, 1]})
        >>> graph = Graph.from_dataframe(frame, source="from", target="to", weight="mails")
        >>> graph.node_names, graph.volume
        (('a', 'b', 'c'), 8.0)
        """
        columns = table_columns(frame, source, target, weight)
        return cls.from_edges((columns.source, columns.target), columns.weights, n_nodes=n_nodes, relabel=relabel)

    @classmethod
    def from_csr(
        cls, indptr: Any, indices: Any, weights: Any = None, *, node_names: Iterable[Any] | None = None
    ) -> Graph:
        """Return the graph of compressed sparse rows that already hold every invariant.

        Parameters
        ----------
        indptr, indices : array_like of int, shapes (n + 1,) and (2m,)
            Rows strictly increasing, symmetric, no self-loops. Nothing is repaired: GraphError if it is not so.
            `from_scipy` sorts rows and drops loops.
        weights : array_like of float, shape (2m,), optional
            Symmetric, finite and > 0. None: every edge weighs 1.
        node_names : iterable of hashables, optional
            One distinct name per node.

        Examples
        --------
        >>> Graph.from_csr([0, 1, 3, 4], [1, 0, 2, 1])
        Graph(n_nodes=3, n_edges=2, volume=4)
        """
        values = np.ones(np.size(indices)) if weights is None else weights
        return cls(indptr, indices, values, None if node_names is None else tuple(node_names))

    @classmethod
    def from_scipy(cls, matrix: Any, *, node_names: Iterable[Any] | None = None) -> Graph:
        """Return the graph of a symmetric scipy sparse matrix or array.

        Stored duplicates are summed (scipy's meaning of them), rows are sorted, the diagonal is dropped with one
        `SelfLoopWarning`. A boolean matrix is an unweighted graph. Raises GraphError if the matrix is not square,
        not symmetric to the last bit, or stores entries that are not finite and > 0; of a directed graph take
        ``A + A.T`` or `from_directed`.

        Examples
        --------
        >>> import scipy.sparse
        >>> Graph.from_scipy(scipy.sparse.csr_array([[0, 2.5], [2.5, 0]]))
        Graph(n_nodes=2, n_edges=1, volume=5)
        """
        return _of_matrix(sources.scipy_rows(matrix), node_names)

    @classmethod
    def from_dense(cls, matrix: Any, *, node_names: Iterable[Any] | None = None) -> Graph:
        """Return the graph of a dense symmetric adjacency matrix, array_like (n, n); zeros are no edges.

        All else is as in `from_scipy`.

        Examples
        --------
        >>> Graph.from_dense([[0, 2.5], [2.5, 0]])
        Graph(n_nodes=2, n_edges=1, volume=5)
        """
        return _of_matrix(sources.dense_rows(matrix), node_names)

    @classmethod
    def from_networkx(cls, graph: Any, weight: str | None = "weight") -> Graph:
        """Return the graph of an undirected networkx graph; nodes keep their order, names their value.

        Nodes that are exactly 0..n-1 in this order need no names. If no edge has the attribute ``weight``, or for
        None, the graph is unweighted; if some have it, the others weigh 1 (networkx's convention). Raises
        GraphError if the graph is directed or empty, or a weight is not a finite number > 0.

        Examples
        --------
        >>> import networkx
        >>> Graph.from_networkx(networkx.path_graph(["a", "b", "c"])).node_names
        ('a', 'b', 'c')
        """
        return _of_nodes(sources.networkx_edges(graph, weight))

    @classmethod
    def from_igraph(cls, graph: Any, weight: str | None = "weight") -> Graph:
        """Return the graph of an undirected igraph graph; the vertex attribute "name" becomes the node names.

        If edges have no attribute ``weight``, or for None, the graph is unweighted. Raises GraphError if the graph
        is directed or empty, names repeat, or a weight is not a finite number > 0.
        """
        return _of_nodes(sources.igraph_edges(graph, weight))

    @classmethod
    def from_torch_geometric(cls, data: Any) -> Graph:
        """Return the graph of a torch_geometric ``Data``, or of anything with ``edge_index`` and ``num_nodes``.

        Undirected graphs hold both directions of each edge there; the two are one edge here. The weights are
        ``edge_weight`` where there is one; ``edge_attr`` holds features, often distances, and is not read. Raises
        GraphError if a direction is missing or weighs otherwise, or as `from_edges` does.
        """
        return _of_matrix(sources.torch_geometric_rows(data), None)

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
        # Pickle forgets that arrays are read-only.
        return trusted, (self.indptr, self.indices, self.weights, self.node_names)

    def __repr__(self) -> str:
        return f"Graph(n_nodes={self.n_nodes}, n_edges={self.n_edges}, volume={self.volume:.6g})"


def _listed(
    edges: Any, weights: Any, n_nodes: int | None, node_names: Iterable[Any] | None, relabel: bool
) -> sources.NodesAndEdges:
    """Return an edge list with what `Graph.from_edges` may get beside it."""
    found = as_edges(edges, relabel=relabel)
    if found.weights is not None:
        if weights is not None:
            raise GraphError("weights: given twice, in the table and as an argument")
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
    return sources.NodesAndEdges(
        found.ids, weights, count, None if node_names is None else names_for(node_names, count)
    )


def _of_nodes(found: sources.NodesAndEdges) -> Graph:
    return Graph.from_edges(found.ids, found.weights, n_nodes=found.n_nodes, node_names=found.names)


def _of_matrix(rows: csr.Rows, node_names: Iterable[Any] | None) -> Graph:
    try:
        columns = csr.checked(rows.indptr, rows.indices, rows.values, shared=rows.shared)
    except GraphError as error:
        raise GraphError(
            f"matrix: {error}; expected a symmetric matrix of positive weights (for a directed graph "
            "or one triangle take A + A.T, or Graph.from_directed(A), for stored zeros call eliminate_zeros())"
        ) from error
    warn_loops(rows.n_loops)
    return trusted(*columns, None if node_names is None else names_for(node_names, columns[0].size - 1))


def trusted(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[np.float64],
    names: NodeNames | None,
) -> Graph:
    """Return a graph of arrays that have just been made or checked, without a second check."""
    graph = object.__new__(Graph)
    for name, array in (("indptr", indptr), ("indices", indices), ("weights", weights)):
        array.flags.writeable = False
        object.__setattr__(graph, name, array)
    object.__setattr__(graph, "node_names", names)
    return graph


def warn_loops(n_loops: int, why: str = "they do not change the tree") -> None:
    """Warn of self-loops that were dropped, if there were any."""
    if n_loops:
        plural = "" if n_loops == 1 else "s"
        # Past this helper and the constructor; deeper callers still see their line in most cases.
        warnings.warn(f"dropped {n_loops} self-loop{plural}: {why}", SelfLoopWarning, stacklevel=3)
