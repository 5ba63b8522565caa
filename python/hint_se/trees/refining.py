"""One community of a tree searched again, as a graph of its own."""

from __future__ import annotations

from typing import Self, get_args

from hint_se import _core
from hint_se.checks import integer, one_of
from hint_se.choices import Effort
from hint_se.hierarchy.invariants import leaf_count
from hint_se.inputs.inputs import GraphLike
from hint_se.trees.placing import TreePlacement
from hint_se.trees.searching import threads_for

__all__ = ["TreeRefinement"]


class TreeRefinement(TreePlacement):
    """The method of `Tree` that searches one of its communities again. It makes a new tree."""

    def refine(
        self,
        node: int,
        *,
        height: int | None = None,
        effort: Effort = "default",
        seed: int = 0,
        n_threads: int | None = None,
        graph: GraphLike | None = None,
    ) -> Self:
        r"""Return the tree with the part below one node built anew where that lowers the entropy; the rest stays.

        So a large tree is built fast, and the communities that one looks into are searched harder. Only the edges inside the community
        are looked at: of an edge that leaves it, every division pays the same,

        .. math:: \sum_a -\frac{w}{vol} \log_2 \frac{V_a}{V_{a^-}} = -\frac{w}{vol} \log_2 \frac{V_{leaf}}{V_{node}},

        the sum running over the tree nodes a from the leaf to below the node. So the weight that leaves the community counts as volume of
        its leaves alone, and what is saved there is saved in the whole tree.

        Parameters
        ----------
        node : int
            In [0, root], for instance of `Tree.to_frame`. The root stands for the whole tree, a leaf has nothing to refine.
        height : int, optional
            Greatest leaf depth of the whole tree, >= 1, **as it was given to** `build_tree`. None: no limit.
        effort : {"fast", "default", "best"}
            As in `build_tree`.
        seed : int
            In [0, 2^64).
        n_threads : int, optional
            >= 1. None: as many as this process may use. The tree is the same for every number.
        graph : Graph or anything `build_tree` accepts, optional
            Where the tree has lost the one that it was built on.

        Returns
        -------
        Tree
            Its entropy is not above that of this tree; this tree itself where nothing better was found. The nodes
            of the tree are numbered anew.

        Raises
        ------
        ValueError
            If an argument is out of range, or the node is deeper than the height allows for children.
        TreeError
            If there is no graph, or another one is given.

        Examples
        --------
        >>> import hint_se, networkx
        >>> graph = networkx.planted_partition_graph(8, 50, 0.3, 0.01, seed=1)
        >>> tree = hint_se.build_tree(graph, effort="fast")
        >>> finer = tree.refine(tree.root)
        >>> finer.entropy < tree.entropy
        True
        """
        top = integer("node", node, 0, self.parent.size)
        limit = 0 if height is None else integer("height", height, 1, 2**31)
        one_of("effort", effort, get_args(Effort))
        start, threads = integer("seed", seed, 0, 2**64), threads_for(n_threads)
        known = self._graph_or(graph, "refine")
        leaves = _core.leaves(self.parent, leaf_count(self.parent), top)
        depth = int(_core.depths(self.parent)[top])
        if limit and depth >= limit and leaves.size > 1:
            raise ValueError(f"height: expected more than {depth}, the depth of node {top}, got {limit}")
        if leaves.size < 3:
            return self
        made = _core.rebuild_below(
            *known._columns, self.parent, self.volume, self.cuts, top, limit, effort, start, threads
        )
        if not made[3]:
            return self
        changed = self._changed
        if changed is not None:
            changed = changed.copy()
            changed[leaves] = 0.0
        return self._of(*made[:3], self.node_names, known, changed)
