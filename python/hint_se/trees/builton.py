"""The graph that a tree was built on: kept beside it, and known again where it comes from elsewhere."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.errors import TreeError
from hint_se.hierarchy.invariants import leaf_count
from hint_se.inputs.align import graph_over
from hint_se.inputs.edges import NodeNames
from hint_se.inputs.graph import Graph
from hint_se.inputs.inputs import GraphLike
from hint_se.inputs.loops import SelfLoops

__all__ = ["BuiltOn", "Edges", "Source"]


class Edges(NamedTuple):
    """Edges that came with new nodes, each once: ids of shape (k, 2), and weights."""

    ends: NDArray[np.int64]
    weights: NDArray[np.float64]


class Source(NamedTuple):
    """The graph that a tree was built on, where it is known, and what was placed in the tree since."""

    graph: Graph | None
    placed: tuple[Edges, ...] = ()


class BuiltOn:
    """What `Tree` knows of its graph. Files, pickles and copies leave the graph behind."""

    parent: NDArray[np.int32]
    volume: NDArray[np.float64]
    cuts: NDArray[np.float64]
    node_names: NodeNames | None
    #: Weight of the edges that changed at each leaf since the part of the tree around it was built. None: nothing did.
    _changed: NDArray[np.float64] | None = None
    _source: Source = Source(None)

    @property
    def graph(self) -> Graph | None:
        """The graph that the tree was built on, with what was placed since; None where the tree has lost it.

        Files, pickles and copies leave it behind. The first call after `place` makes the larger graph: O(n + m).
        """
        source = self._source
        if source.graph is not None and source.placed:
            # One assignment, so that whoever asks at the same time, or stops it here, finds the one or the other.
            source = Source(_grown(source.graph, source.placed, leaf_count(self.parent), self.node_names))
            object.__setattr__(self, "_source", source)
        return source.graph

    def _own_graph(self, graph: GraphLike, self_loops: SelfLoops = "drop") -> Graph:
        """Return a graph in the order of the leaves; TreeError unless volumes and cuts of this tree are those over it."""
        known = graph_over(graph, self.node_names, leaf_count(self.parent), self_loops=self_loops)
        if known is not self._source.graph or self._source.placed:
            self._check_graph(known)
        return known

    def _graph_or(self, graph: GraphLike | None, what: str) -> Graph:
        """Return the graph that is given, else the one that the tree was built on; TreeError where there is neither."""
        if graph is not None:
            return self._own_graph(graph)
        own = self.graph
        if own is None:
            raise TreeError(
                f"graph: expected the graph, which {what} needs and this tree has lost; give it: graph=..., or --edges"
            )
        return own

    def _check_graph(self, graph: Graph) -> None:
        volume, cut = _core.tree_from_parent(*graph._columns, self.parent)
        # Sums may have been made in another order.
        slack = 1e-9 * max(float(self.volume[-1]), np.finfo(np.float64).tiny)
        for what, found, own in (("volume", volume, self.volume), ("cut", cut, self.cuts)):
            wrong = np.flatnonzero(~(np.abs(found - own) <= slack))
            if wrong.size:
                node = int(wrong[0])
                raise TreeError(
                    f"graph: expected the one that the tree was built on, got one in which tree node {node} has the "
                    f"{what} {float(found[node])!r} and not {float(own[node])!r}"
                )


def _grown(graph: Graph, placed: tuple[Edges, ...], n_nodes: int, names: NodeNames | None) -> Graph:
    """Return a graph with the edges that were placed after it, all in one pass."""
    ends, weights = (np.concatenate(columns) for columns in zip(*placed, strict=True))
    return Graph._of(*_core.grow_graph(*graph._columns, ends, weights, n_nodes), names)
