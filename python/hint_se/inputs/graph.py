"""The graph that encoding trees are built on: undirected, weighted, in compressed sparse rows.

How it is made of what users bring is left to `constructors` and `directed`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.inputs import csr
from hint_se.inputs.constructors import GraphConstructors
from hint_se.inputs.edges import NodeNames, names_for
from hint_se.inputs.loops import SelfLoops

__all__ = ["Graph"]

_COLUMNS = ("indptr", "indices", "weights", "extra_volume")


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False, repr=False)
class Graph(GraphConstructors):
    """An undirected weighted graph, checked once and immutable from then on.

    Invariants: symmetric; each row strictly increasing; no self-loops in the rows; weights finite and > 0, their
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
    extra_volume : ndarray of float64, shape (n,), optional
        What the degree of each node holds beyond its edges, >= 0: twice the weight of its self-loop. It is in no cut.
        None where self-loops were dropped.

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
    extra_volume: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        columns = csr.checked(*self._columns, shared=True)
        for name, array in zip(_COLUMNS, columns, strict=True):
            object.__setattr__(self, name, array)
        if self.node_names is not None:
            object.__setattr__(self, "node_names", names_for(self.node_names, self.n_nodes))

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
        """Weighted degree of each node, float64 (n,), in the unit of the weights; a self-loop that counts does so twice."""
        return _core.degrees(*self._columns)

    @property
    def volume(self) -> float:
        """Sum of the degrees: twice the total weight of the edges, and of the self-loops that count."""
        return float(self.degrees.sum())

    @property
    def _columns(self) -> csr.CoreRows:
        """The arrays in the order in which the core takes them."""
        return self.indptr, self.indices, self.weights, self.extra_volume

    @property
    def _self_loops(self) -> SelfLoops:
        """What becomes of the loops of edges that come to the graph, as of its own."""
        return "drop" if self.extra_volume is None else "keep"

    @classmethod
    def _of(
        cls,
        indptr: NDArray[np.int64],
        indices: NDArray[np.int32],
        weights: NDArray[np.float64],
        extra_volume: NDArray[np.float64] | None,
        names: NodeNames | None,
    ) -> Self:
        """Return a graph of arrays that have just been made or checked, without a second check."""
        graph = object.__new__(cls)
        for name, array in zip(_COLUMNS, (indptr, indices, weights, extra_volume), strict=True):
            if array is not None:
                array.flags.writeable = False
            object.__setattr__(graph, name, array)
        object.__setattr__(graph, "node_names", names)
        return graph

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Graph):
            return NotImplemented
        return self.node_names == other.node_names and csr.same_rows(self._columns, other._columns)

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickle forgets that arrays are read-only.
        return type(self)._of, (*self._columns, self.node_names)

    def __len__(self) -> int:
        return self.n_nodes

    def __repr__(self) -> str:
        return f"Graph(n_nodes={self.n_nodes}, n_edges={self.n_edges}, volume={self.volume:.6g})"
