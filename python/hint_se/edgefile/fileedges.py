"""The edges of a file before they are a graph: with their direction, and with the ids that the file gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hint_se.errors import GraphError
from hint_se.inputs.edges import NodeNames, name_table
from hint_se.inputs.graph import Graph

__all__ = ["FileEdges", "compact"]

# Ids are looked up in a table of flags where that takes at most so many entries for each id that occurs.
_DENSE_SLACK = 2**20


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
    """

    where: str
    edges: NDArray[np.int64]
    weights: NDArray[np.float64] | None
    n_nodes: int
    node_names: NodeNames | None = None
    matrix: bool = False

    def graph(self) -> Graph:
        """Return the undirected graph of the edges.

        Raises
        ------
        GraphError
            If there are no nodes, or the edges are those of a matrix that is not symmetric.
        """
        edges, weights = self.edges, self.weights
        if self.matrix:
            lower = edges[:, 0] > edges[:, 1]
            other = self._graph(edges[lower], None if weights is None else weights[lower])
            edges, weights = edges[~lower], None if weights is None else weights[~lower]
        graph = self._graph(edges, weights)
        if self.matrix and graph != other:
            raise GraphError(f"{self.where}: expected a symmetric matrix, {_asymmetry(graph, other)}")
        return graph

    def _graph(self, edges: NDArray[np.int64], weights: NDArray[np.float64] | None) -> Graph:
        try:
            return Graph.from_edges(edges, weights, n_nodes=self.n_nodes, node_names=self.node_names)
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
        return FileEdges(
            where=self.where,
            edges=place[self.edges],
            weights=self.weights,
            n_nodes=len(table),
            node_names=table,
            matrix=self.matrix,
        )


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
    return what + " (counted from 1); for an undirected graph take A + A.T"


def _entries(graph: Graph) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return row * n + column and the value of each entry above the diagonal, increasing."""
    owner = np.repeat(np.arange(graph.n_nodes), np.diff(graph.indptr))
    above = owner < graph.indices
    return owner[above] * graph.n_nodes + graph.indices[above], graph.weights[above]
