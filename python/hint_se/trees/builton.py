"""The graph that a tree was built on: kept beside it, and known again where it comes from elsewhere."""

from __future__ import annotations

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

__all__ = ["BuiltOn"]


class BuiltOn:
    """What `Tree` knows of its graph. Files, pickles and copies leave the graph behind."""

    parent: NDArray[np.int32]
    volume: NDArray[np.float64]
    cuts: NDArray[np.float64]
    node_names: NodeNames | None
    _graph: Graph | None = None

    def _own_graph(self, graph: GraphLike, self_loops: SelfLoops = "drop") -> Graph:
        """Return a graph in the order of the leaves; TreeError unless volumes and cuts of this tree are those over it."""
        known = graph_over(graph, self.node_names, leaf_count(self.parent), self_loops=self_loops)
        if self._graph is not known:
            self._check_graph(known)
        return known

    def _graph_or(self, graph: GraphLike | None, what: str) -> Graph:
        """Return the graph that is given, else the one that the tree was built on; TreeError where there is neither."""
        if graph is not None:
            return self._own_graph(graph)
        if self._graph is None:
            raise TreeError(
                f"graph: expected the graph, which {what} needs and this tree has lost; give it: graph=..., or --edges"
            )
        return self._graph

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
