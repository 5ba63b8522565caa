"""The ways to a `Graph`: edge lists, tables, rows and matrices, graphs of other libraries.

What an input holds is read in `pairs`, `tables`, `csr` and `sources`. Directed edges have a module of their own, `directed`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

import numpy as np

from hint_se import _core
from hint_se.errors import GraphError
from hint_se.inputs import csr, sources
from hint_se.inputs.directed import DirectedConstructor
from hint_se.inputs.edges import ListedGraph, as_weights, names_for
from hint_se.inputs.loops import SelfLoops, as_self_loops, warn_loops
from hint_se.inputs.pairs import listed_graph
from hint_se.inputs.tables import labelled_matrix, table_columns
from hint_se.inputs.words import Weight

__all__ = ["GraphConstructors"]


class GraphConstructors(DirectedConstructor):
    """The constructors of `Graph`; the one for directed edges is inherited."""

    __slots__ = ()

    @classmethod
    def from_edges(
        cls,
        edges: Any,
        weights: Any = None,
        *,
        n_nodes: int | None = None,
        node_names: Iterable[Any] | None = None,
        relabel: bool = False,
        weight: Weight = "auto",
        self_loops: SelfLoops = "drop",
    ) -> Self:
        """Return the graph of an edge list.

        (u, v) and (v, u) are the same edge. Repeated edges are summed where there are weights and
        counted once where there are none. Self-loops are dropped with one `SelfLoopWarning`, or kept.

        Parameters
        ----------
        edges : array_like of int or str, shape (m, 2) or (2, m); (source, target); data frame; list of pairs or triples
            Integers of any dtype are node ids in [0, n_nodes). Strings (or, in lists and columns of objects, any
            hashables) are names, numbered by first appearance, row by row. An array of two rows is read by
            columns, as torch_geometric's ``edge_index``, **unless it is (2, 2), which is read by rows**; for
            columns whatever their number give the tuple (source, target) or ``edges.T``. A Python list holds
            pairs, or tuples (u, v, weight). Of a data frame see `from_dataframe`. Torch, CuPy and JAX arrays must lie on the CPU.
        weights : array_like of float, shape (m,), optional
            Finite and > 0. None: every edge weighs 1, or what a data frame or the triples say.
        n_nodes : int, optional
            Number of nodes, so that trailing isolated nodes exist. None: 1 + the largest id, which
            may then be at most 16 x the number of distinct ids + 2^20.
        node_names : iterable of hashables, optional
            One distinct name per node, kept by the tree.
        relabel : bool
            Take integers, of up to 64 bits, as names: number them by first appearance.
        weight : "auto", None, or column
            Of a data frame: which column holds the weights, by name or by position from 0. "auto": the one called
            weight, weights, w, edge_weight, value or count, in this order and in upper case or lower; one
            `InputWarning` names other columns of numbers. None: no column.
        self_loops : {"drop", "keep"}
            Whether edges from a node to itself go, or count: twice their weight in the degree of the node, as in
            networkx and igraph, and nothing in any cut. Repeats are summed or counted once as those of edges are.

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
        >>> from hint_se import Graph
        >>> Graph.from_edges([("a", "b"), ("b", "c")]).node_names
        ('a', 'b', 'c')
        >>> Graph.from_edges([[0, 1], [1, 0]], [0.5, 1.0]).volume
        3.0
        >>> Graph.from_edges([(7, 2**60)], relabel=True).node_names
        (7, 1152921504606846976)
        >>> Graph.from_edges([(0, 1), (1, 1)], self_loops="keep").degrees
        array([1., 3.])
        """
        as_self_loops(self_loops)
        source = sources.source_of(edges)
        if source is not None:
            raise GraphError(f"edges: expected an edge list, got a graph; Graph.from_{source} takes it")
        found = listed_graph(edges, weights, n_nodes, node_names, relabel, weight)
        values = as_weights(found.weights, len(found.ids))
        made = _core.graph_from_edges(found.ids, values, found.n_nodes, self_loops)
        warn_loops(made[4], self_loops)
        return cls._of(*made[:4], found.names)

    @classmethod
    def from_dataframe(
        cls,
        frame: Any,
        *,
        source: Any = None,
        target: Any = None,
        weight: Weight = "auto",
        n_nodes: int | None = None,
        relabel: bool = False,
        self_loops: SelfLoops = "drop",
    ) -> Self:
        """Return the graph of a data frame (pandas, Polars) or table (pyarrow) with one edge per row.

        What a column holds decides: integers are ids, strings are names, categories too are what they are. Without
        labels of columns, the ends are those called source and target, src and dst, from and to, or node1 and node2,
        or the only two beside the weights. ``weight``, ``n_nodes``, ``relabel`` and
        ``self_loops`` are those of `from_edges`.
        Raises GraphError if a column is not there, misses a value, or holds what `from_edges` refuses.

        Examples
        --------
        >>> from hint_se import Graph
        >>> import pandas
        >>> frame = pandas.DataFrame({"from": ["a", "b"], "to": ["b", "c"], "mails": [3, 1]})
        >>> graph = Graph.from_dataframe(frame, source="from", target="to", weight="mails")
        >>> graph.node_names, graph.volume
        (('a', 'b', 'c'), 8.0)
        """
        columns = table_columns(frame, source, target, weight)
        return cls.from_edges(
            (columns.source, columns.target), columns.weights, n_nodes=n_nodes, relabel=relabel, self_loops=self_loops
        )

    @classmethod
    def from_csr(
        cls,
        indptr: Any,
        indices: Any,
        weights: Any = None,
        *,
        node_names: Iterable[Any] | None = None,
        extra_volume: Any = None,
    ) -> Self:
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
        extra_volume : array_like of float, shape (n,), optional
            What each node's degree holds beyond its row, finite and >= 0: twice the weight of its self-loop.

        Examples
        --------
        >>> from hint_se import Graph
        >>> Graph.from_csr([0, 1, 3, 4], [1, 0, 2, 1])
        Graph(n_nodes=3, n_edges=2, volume=4)
        """
        values = np.ones(np.size(indices)) if weights is None else weights
        return cls._of_rows(csr.checked(indptr, indices, values, extra_volume, shared=True), node_names)

    @classmethod
    def from_scipy(
        cls, matrix: Any, *, node_names: Iterable[Any] | None = None, self_loops: SelfLoops = "drop"
    ) -> Self:
        """Return the graph of a symmetric scipy sparse matrix or array.

        Stored duplicates are summed (scipy's meaning of them), rows are sorted, the diagonal is dropped with one
        `SelfLoopWarning`, or kept (``self_loops``, see `from_edges`): an entry there is the weight of a loop, once, as
        networkx writes it, and counts twice. A boolean matrix is an unweighted graph. Raises GraphError if the matrix is not square,
        not symmetric to the last bit, or stores entries that are not finite and > 0; of a directed graph take
        ``A + A.T`` or `from_directed`.

        Examples
        --------
        >>> from hint_se import Graph
        >>> import scipy.sparse
        >>> Graph.from_scipy(scipy.sparse.csr_array([[0, 2.5], [2.5, 0]]))
        Graph(n_nodes=2, n_edges=1, volume=5)
        """
        return cls._of_matrix(sources.scipy_rows(matrix), node_names, self_loops)

    @classmethod
    def from_dense(
        cls, matrix: Any, *, node_names: Iterable[Any] | None = None, self_loops: SelfLoops = "drop"
    ) -> Self:
        """Return the graph of a dense symmetric adjacency matrix, array_like (n, n); zeros are no edges.

        A data frame of pandas is read by its labels, which become the node names: the columns may stand in another
        order than the rows. All else is as in `from_scipy`.

        Examples
        --------
        >>> from hint_se import Graph
        >>> Graph.from_dense([[0, 2.5], [2.5, 0]])
        Graph(n_nodes=2, n_edges=1, volume=5)
        """
        values, labels = labelled_matrix(matrix)
        if labels is not None and node_names is not None:
            raise GraphError("node_names: given twice, as the labels of the data frame and as an argument")
        return cls._of_matrix(sources.dense_rows(values), node_names if labels is None else labels, self_loops)

    @classmethod
    def from_networkx(cls, graph: Any, weight: Weight = "auto", *, self_loops: SelfLoops = "drop") -> Self:
        """Return the graph of an undirected networkx graph; nodes keep their order, names their value.

        Nodes that are exactly 0..n-1 in this order need no names. ``weight`` is an attribute of the edges, see
        `from_edges`; if only some have it, the others weigh 1, as in networkx, and `InputWarning` counts them. Parallel edges of a multigraph
        are summed, and count each where there are no weights, as in its own degrees. Raises GraphError if the
        graph is directed or empty, no edge has the attribute, or a weight is not a finite number > 0. ``self_loops``
        is that of `from_edges`.

        Examples
        --------
        >>> from hint_se import Graph
        >>> import networkx
        >>> Graph.from_networkx(networkx.path_graph(["a", "b", "c"])).node_names
        ('a', 'b', 'c')
        """
        return cls._of_nodes(sources.networkx_edges(graph, weight), self_loops)

    @classmethod
    def from_igraph(cls, graph: Any, weight: Weight = "auto", *, self_loops: SelfLoops = "drop") -> Self:
        """Return the graph of an undirected igraph graph; the vertex attribute "name" becomes the node names.

        ``weight`` is an attribute of the edges, see `from_edges`. Parallel edges are summed, and count each where there
        are no weights. Raises GraphError if the graph is directed or empty, names repeat, there is no such attribute,
        or a weight is not a finite number > 0. ``self_loops`` is that of `from_edges`.
        """
        return cls._of_nodes(sources.igraph_edges(graph, weight), self_loops)

    @classmethod
    def from_torch_geometric(cls, data: Any, weight: Weight = "auto", *, self_loops: SelfLoops = "drop") -> Self:
        """Return the graph of a torch_geometric ``Data``, or of anything with ``edge_index`` and ``num_nodes``.

        Undirected graphs hold both directions of each edge there; the two are one edge here. ``weight`` is an
        attribute of shape (m,) or (m, 1), see `from_edges`. ``edge_attr`` holds features, often distances, and is read
        only if it is asked for. Raises GraphError if a direction is missing or weighs otherwise, or as
        `from_edges` does, whose ``self_loops`` this is.
        """
        return cls._of_matrix(sources.torch_geometric_rows(data, weight), None, self_loops)

    @classmethod
    def _of_nodes(cls, found: ListedGraph, self_loops: SelfLoops) -> Self:
        return cls.from_edges(
            found.ids, found.weights, n_nodes=found.n_nodes, node_names=found.names, self_loops=self_loops
        )

    @classmethod
    def _of_matrix(cls, rows: csr.Rows, node_names: Iterable[Any] | None, self_loops: SelfLoops) -> Self:
        extra = None
        if as_self_loops(self_loops) == "keep":
            extra = np.zeros(rows.indptr.size - 1) if rows.loops is None else 2.0 * rows.loops
        try:
            columns = csr.checked(rows.indptr, rows.indices, rows.values, extra, shared=rows.shared)
        except GraphError as error:
            raise GraphError(f"matrix: {error}{csr.remedy(rows)}") from error
        warn_loops(rows.n_loops, self_loops)
        return cls._of_rows(columns, node_names)

    @classmethod
    def _of_rows(cls, columns: csr.CoreRows, node_names: Iterable[Any] | None) -> Self:
        return cls._of(*columns, None if node_names is None else names_for(node_names, columns[0].size - 1))
