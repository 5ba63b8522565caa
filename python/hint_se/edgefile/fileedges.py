"""The edges of a file before they are a graph: with their direction, and with the ids that the file gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hint_se.errors import GraphError
from hint_se.inputs.csr import same_rows
from hint_se.inputs.edges import NodeNames, as_n_nodes, as_weights, is_stray, name_table
from hint_se.inputs.graph import Graph
from hint_se.inputs.loops import SelfLoops

__all__ = ["FileEdges", "as_counted", "compact", "counted_from_1", "from_arrays", "in_file"]

# Ids are looked up in a table of flags where that takes at most so many entries for each id that occurs.
_DENSE_SLACK = 2**20
_ROWS = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEdges:
    """Edges as a file lists them.

    Parameters
    ----------
    where : str
        What error messages call the file.
    edges : ndarray of int64, shape (m, 2)
        Source and target as node numbers in [0, n_nodes).
    weights : ndarray of float64, shape (m,), or None
    n_nodes : int
    node_names : tuple of hashables, optional
        The file's id of each node where that is not its number.
    matrix : bool
        Whether an undirected edge is expected in either direction, as in a square matrix.
    directed : bool, ndarray of bool, shape (m,), or None
        Whether the file says that its edges lead from source to target: of all, of each, or nothing.
    """

    where: str
    edges: NDArray[np.int64]
    weights: NDArray[np.float64] | None
    n_nodes: int
    node_names: NodeNames | None = None
    matrix: bool = False
    directed: NDArray[np.bool_] | bool | None = None

    def graph(self, *, directed: bool | None = None, self_loops: SelfLoops = "drop") -> Graph:
        """Return the graph of the edges.

        Parameters
        ----------
        directed : bool or None
            True: the flow along the edges, see `Graph.from_directed`. False: an edge joins its ends whatever
            direction the file gives it. None: the same, of a file that gives none.
        self_loops : {"drop", "keep"}
            As in `Graph.from_edges`.

        Raises
        ------
        GraphError
            If there are no nodes, the file has directions and nobody said what to do with them, it has none and
            they are asked for, or, for None, the edges are those of a matrix that is not symmetric.
        """
        if directed:
            return self._flow(self_loops)
        if directed is None and np.any(self.directed):
            raise GraphError(
                f"{self.where}: expected undirected edges, the file says that they are directed; take their flow by "
                "directed=True (--directed), or leave the directions aside by directed=False (--undirected)"
            )
        if directed is None or not self.matrix or self.directed is False:
            return self._undirected(self_loops)
        try:
            return self._undirected(self_loops)
        except GraphError:
            return self._graph(self.edges, self.weights, self_loops)

    def _flow(self, self_loops: SelfLoops) -> Graph:
        """Return the graph of the flow; where the file has undirected edges as well, these lead both ways."""
        if self.directed is not None and not np.any(self.directed):
            raise GraphError(f"{self.where}: expected directed edges, the file says that they are undirected")
        edges, weights = self.edges, self.weights
        if isinstance(self.directed, np.ndarray):
            both = ~self.directed
            edges = np.concatenate((edges, edges[both, ::-1]))
            weights = None if weights is None else np.concatenate((weights, weights[both]))
        try:
            return Graph.from_directed(
                edges, weights, n_nodes=self.n_nodes, node_names=self.node_names, self_loops=self_loops
            )
        except GraphError as error:
            raise GraphError(f"{self.where}: {error}") from error

    def _undirected(self, self_loops: SelfLoops) -> Graph:
        edges, weights = self.edges, self.weights
        if self.matrix:
            lower = edges[:, 0] > edges[:, 1]
            other = self._graph(edges[lower], None if weights is None else weights[lower], self_loops)
            edges, weights = edges[~lower], None if weights is None else weights[~lower]
        graph = self._graph(edges, weights, self_loops)
        if self.matrix and not same_rows(graph._columns[:3], other._columns[:3]):
            raise GraphError(f"{self.where}: expected a symmetric matrix, {_asymmetry(graph, other)}")
        return graph

    def _graph(self, edges: NDArray[np.int64], weights: NDArray[np.float64] | None, self_loops: SelfLoops) -> Graph:
        try:
            return Graph.from_edges(
                edges, weights, n_nodes=self.n_nodes, node_names=self.node_names, self_loops=self_loops
            )
        except GraphError as error:
            raise GraphError(f"{self.where}: {error}") from error

    def over(self, names: Iterable[Any]) -> FileEdges:
        """Return the same edges between nodes that are numbered by another table of names.

        Raises
        ------
        GraphError
            If a node has no name in that table.
        """
        table = name_table(names)
        numbers = {name: number for number, name in enumerate(table)}
        own: Sequence[Any] = range(self.n_nodes) if self.node_names is None else self.node_names
        place = np.fromiter((numbers.get(name, -1) for name in own), np.int64, len(own))
        unknown = np.flatnonzero(place < 0)
        if unknown.size:
            raise GraphError(
                f"{self.where}: expected nodes of the tree, got {own[unknown[0]]!r}"
                + (f" and {unknown.size - 1} more" if unknown.size > 1 else "")
            )
        return replace(self, edges=place[self.edges], n_nodes=len(table), node_names=table)


def from_arrays(where: str, ids: NDArray[Any], names: NodeNames | None, weights: Any, n_nodes: int | None) -> FileEdges:
    """Return the edges of arrays that a file holds: of numbers of names, or of ids >= 0.

    Raises
    ------
    GraphError
        If there are names and ``n_nodes``, or an id is negative or not below ``n_nodes``.
    """
    values = as_weights(weights, len(ids))
    if names is not None:
        if n_nodes is not None:
            raise GraphError("edges: expected integers with n_nodes, got names")
        return FileEdges(where=where, edges=ids.astype(np.int64), weights=values, n_nodes=len(names), node_names=names)
    least, most = (int(ids.min()), int(ids.max())) if ids.size else (0, 0)
    if least < 0 or (n_nodes is not None and most >= n_nodes):
        expected = ">= 0" if least < 0 else f"below {n_nodes}"
        raise GraphError(f"edges: expected ids {expected}, got {least if least < 0 else most}")
    if n_nodes is not None:
        return FileEdges(where=where, edges=ids.astype(np.int64), weights=values, n_nodes=n_nodes)
    edges, count, occurring = compact([ids[i : i + _ROWS].astype(np.int64) for i in range(0, len(ids), _ROWS)])
    return FileEdges(where=where, edges=edges, weights=values, n_nodes=count, node_names=occurring)


def in_file(where: str, error: GraphError) -> GraphError:
    """Return an error of what a file holds, that names the file once."""
    text = str(error)
    return GraphError(text if text.startswith(f"{where}: ") else f"{where}: {text}")


def as_counted(n_nodes: int, n_edges: int, where: str, line: int) -> int:
    """Return a number of nodes that a line of a file claims, unless it is far beyond what its edges can join.

    Raises
    ------
    GraphError
        If it is above 32 x the number of edges + 2^20, so that it costs an error and no memory, or no number of nodes.
    """
    if is_stray(n_nodes, 2 * n_edges):
        raise GraphError(
            f"{where}, line {line}: expected nodes that have edges, the claim is {n_nodes} nodes with {n_edges} edges"
        )
    try:
        return as_n_nodes(n_nodes)
    except GraphError as error:
        raise GraphError(f"{where}, line {line}: {error}") from error


def counted_from_1(n_nodes: int) -> NodeNames:
    """Return the names of nodes that their file counts from 1."""
    return tuple(range(1, n_nodes + 1))


def compact(chunks: list[NDArray[np.int64]]) -> tuple[NDArray[np.int64], int, NodeNames | None]:
    """Return edges between nodes 0..n-1, n, and the ids that occur, increasing, unless they are 0..n-1 themselves.

    Parameters
    ----------
    chunks : list of ndarray of int64, shapes (k, 2)
        Ids >= 0. The list is emptied. Every step is short, so that Ctrl-C never waits.
    """
    n_ids = sum(chunk.size for chunk in chunks)
    high = max((int(chunk.max()) for chunk in chunks if chunk.size), default=-1)
    if high <= n_ids + _DENSE_SLACK:
        seen = np.zeros(high + 1, np.bool_)
        for chunk in chunks:
            seen[chunk.ravel()] = True
        ids = np.flatnonzero(seen)
        place = None if ids.size == high + 1 else np.cumsum(seen, dtype=np.int32)
    else:
        ids, place = _distinct(chunks), None
    edges = np.empty((n_ids // 2, 2), np.int64)
    stop = len(edges)
    while chunks:
        chunk = chunks.pop()
        into = edges[stop - len(chunk) : stop]
        stop -= len(chunk)
        if ids.size == high + 1:
            into[:] = chunk
        elif place is None:
            into[:] = np.searchsorted(ids, chunk)
        else:
            np.subtract(place[chunk], 1, out=into)
    return edges, ids.size, None if ids.size == high + 1 else tuple(ids.tolist())


def _distinct(chunks: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return the sorted distinct ids of all chunks by merging runs of like size."""
    runs: list[NDArray[np.int64]] = []
    for chunk in chunks:
        runs.append(np.unique(chunk))
        while len(runs) > 1 and runs[-2].size <= 2 * runs[-1].size:
            runs.append(_merged(runs.pop(), runs.pop()))
    while len(runs) > 1:
        runs.append(_merged(runs.pop(), runs.pop()))
    return runs[0]


def _merged(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    both = np.concatenate((a, b))
    both.sort(kind="stable")  # finds the two runs and merges them
    return both[np.concatenate(([True], both[1:] != both[:-1]))]


def _asymmetry(upper: Graph, lower: Graph) -> str:
    """Return where two graphs over the same nodes differ, in the words of a matrix."""
    (keys, values), (other_keys, other_values) = _entries(upper), _entries(lower)
    alone = np.setxor1d(keys, other_keys)
    if alone.size:
        row, column = divmod(int(alone[0]), upper.n_nodes)
        if not np.isin(alone[0], keys):
            row, column = column, row
        what = f"got entry ({row + 1}, {column + 1}) without ({column + 1}, {row + 1})"
    else:
        first = int(np.argmax(values != other_values))
        row, column = divmod(int(keys[first]), upper.n_nodes)
        what = f"got {values[first]} at ({row + 1}, {column + 1}) and {other_values[first]} at its mirror image"
    advice = "take its flow by directed=True (--directed), or A + A.T by directed=False (--undirected)"
    return f"{what} (counted from 1); {advice}"


def _entries(graph: Graph) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return row * n + column and the value of each entry above the diagonal, increasing."""
    owner = np.repeat(np.arange(graph.n_nodes), np.diff(graph.indptr))
    above = owner < graph.indices
    return owner[above] * graph.n_nodes + graph.indices[above], graph.weights[above]
