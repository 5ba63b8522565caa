"""Trees that follow their graph: the part that changed is searched again or built anew, the rest stays."""

from __future__ import annotations

from typing import Any, Generic, NamedTuple, Self, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.checks import integer, one_of
from hint_se.choices import Effort
from hint_se.inputs.edges import NodeNames
from hint_se.inputs.edits import as_edits
from hint_se.inputs.graph import Graph
from hint_se.inputs.inputs import GraphLike
from hint_se.inputs.loops import SelfLoops, warn_loops
from hint_se.trees.builton import BuiltOn
from hint_se.trees.searching import threads_for

__all__ = ["TreeUpdates", "Update"]

AnyTree = TypeVar("AnyTree")


class Update(NamedTuple, Generic[AnyTree]):
    """What `Tree.update` returns: tree and graph after the change. ``tree, graph = tree.update(graph, ...)``."""

    tree: AnyTree
    graph: Graph


class TreeUpdates(BuiltOn):
    """The method of `Tree` that brings it to a changed graph. It makes a new tree."""

    def update(
        self,
        graph: GraphLike,
        added_edges: Any = None,
        removed_edges: Any = None,
        *,
        weights: Any = None,
        n_nodes: int | None = None,
        height: int | None = None,
        effort: Effort | None = "default",
        self_loops: SelfLoops = "drop",
    ) -> Update[Self]:
        """Return the tree and the graph after some edges came and others went, building no more anew than has to be.

        Leaves whose edges changed, small subtrees around them and what lies around each that moves go to where the
        entropy falls most, and communities around them are divided where that pays; the rest of the tree stays,
        bit by bit. For a change of 0.1 % of the edges that takes a small part of the time of `build_tree`.

        Parts of which too much has changed since they were built are built anew, as `refine` does: those where the changes weigh
        more than W/50 + 10 W/n, for n leaves whose edges weigh W, an edge being counted at either end; the highest of them. So an update of more than 2 % of the edges of
        a large graph is a rebuild, and many small ones are one now and then. The tree keeps account of what changed, in files too.

        Parameters
        ----------
        graph : Graph or anything `build_tree` accepts
            The graph that this tree was built on, before the change. Keep the `Graph` that comes back: other inputs
            are converted again each time, and compared with the tree. Where the tree has names, nodes go to leaves by name.
        added_edges : edge list, optional
            Whatever `Graph.from_edges` takes, with ids, or with names where the graph has names. New ids and names
            are new nodes. Self-loops are dropped with one `SelfLoopWarning`; where the graph has kept its own, they
            are added and removed as edges are.
        removed_edges : edge list, optional
            Edges of the graph, in either direction. They go whole, whatever they weigh, and before any are added:
            an edge in both lists gets the new weight.
        weights : array_like of float, shape (k,), optional
            Finite and > 0, one per added edge: added up, and to what the edge weighs already. None: an added edge
            weighs 1, counts once, and if it is there already must weigh 1.
        n_nodes : int, optional
            Number of nodes after the change, for graphs without names. None: enough for the ids in ``added_edges``.
            Nodes never go; without its edges a node hangs under the root.
        height : int, optional
            Greatest leaf depth, >= 1, **as it was given to** `build_tree`: a tree does not remember its limit. None:
            no limit. A tree that is taller is cut first.
        effort : {"fast", "default", "best"}, optional
            With which parts are built anew, see `build_tree`. None: none is, and every update takes its small part of the time.
        self_loops : {"drop", "keep"}
            For a graph that is no `Graph`: as it was given to `build_tree`.

        Returns
        -------
        Update
            (tree, graph), a named tuple. The new tree holds every invariant; where the limit is kept, its entropy is
            not above that of this tree on the new graph. Its communities are connected by edges among their own nodes if those
            of this tree were; of a tree that came from elsewhere only what a change reached. The same input gives the same result.

        Raises
        ------
        GraphError
            If a removed edge is not there, or the edges or weights are not as above; the message names the row.
        TreeError
            If this tree is not one of ``graph``: the nodes differ, or volumes and cuts are not those over the graph.
        ValueError
            If the height or the effort is out of range.

        Notes
        -----
        The search visits so many edges for each changed one and then stops, whatever might still be gained: time is
        that of copying graph and tree plus some microseconds for each change, and now and then that of building a part.
        `benchmarks/results/update.md` shows how far updates and rebuilds drift apart.

        Examples
        --------
        >>> import hint_se
        >>> graph = hint_se.Graph.from_edges([(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)])
        >>> tree = hint_se.build_tree(graph, height=2)
        >>> tree.labels(1)
        array([0, 0, 0, 1, 1, 1], dtype=int32)
        >>> tree, graph = tree.update(graph, [(6, 1), (6, 2)], [(2, 3)], height=2)
        >>> tree.labels(1)
        array([0, 0, 0, 1, 1, 1, 0], dtype=int32)
        """
        limit = 0 if height is None else integer("height", height, 1, 2**31)
        known = self._own_graph(graph, self_loops)
        if effort is not None:
            one_of("effort", effort, get_args(Effort))
        edits = as_edits(known, added_edges, removed_edges, weights, n_nodes)
        made = _core.update_tree(
            *known._columns, self.parent, self.volume, self.cuts, self._changed,
            edits.added, edits.weights, edits.removed, edits.n_nodes, limit, effort, threads_for(None),
        )  # fmt: skip
        warn_loops(made[8], known._self_loops, "the graph keeps none")
        after = Graph._of(*made[4:8], edits.names)
        return Update(self._of(*made[:3], edits.names, after, made[3]), after)

    @classmethod
    def _of(
        cls,
        parent: NDArray[np.int32],
        volume: NDArray[np.float64],
        cut: NDArray[np.float64],
        names: NodeNames | None,
        graph: Graph | None = None,
        changed: NDArray[np.float64] | None = None,
    ) -> Self:
        """Return a tree of arrays that the core has just made."""
        raise NotImplementedError
