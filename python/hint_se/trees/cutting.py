"""The method of `Tree` that cuts it into so many communities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hint_se.checks import integer
from hint_se.errors import InputWarning, warn_user
from hint_se.hierarchy.cuts import (
    community_nodes,
    merge_heights,
    nearest_split,
    number_by_appearance,
    split_nodes,
    split_order,
)
from hint_se.hierarchy.invariants import leaf_count
from hint_se.inputs.graph import Graph
from hint_se.inputs.inputs import GraphLike
from hint_se.trees.builton import BuiltOn
from hint_se.trees.grouping import join_small, sibling_groups
from hint_se.trees.oldcolumn import VerbAndColumn

__all__ = ["TreeCuts"]


class TreeCuts(BuiltOn):
    """The method of `Tree` that cuts it. It changes nothing."""

    @VerbAndColumn
    def cut(self, n_communities: int, *, min_size: int = 1, graph: GraphLike | None = None) -> NDArray[np.int32]:
        """Return the community of each leaf in the cut of the tree into so many communities.

        From the root down, the node whose parts hang together most loosely is divided into its children, until there
        are enough. How loosely is the merge height of `Tree.to_linkage`; of equal ones the node of the larger id goes
        first. Where the last one has more children than are wanted, its children form groups: they get a tree of least entropy
        of their own, which is cut in the same way. So all cuts of a tree are one nested chain: one of more communities divides those
        of one of fewer.

        Parts that nothing links form no groups, components and isolated nodes least of all, so the chain may lack a number. Then the
        cut of the nearest number in the chain comes, of two the smaller, and an `InputWarning` says so.

        Parameters
        ----------
        n_communities : int
            In [1, n].
        min_size : int
            >= 1. Communities of fewer leaves then join a linked one, the smallest first: the one with which the entropy of the
            partition rises least, exactly. So there may be fewer than ``n_communities``. What nothing links stays as it is.
        graph : Graph or anything `build_tree` accepts, optional
            Where the tree has lost the one that it was built on: one that was loaded, copied or made from columns. Without it children
            form no groups.

        Returns
        -------
        ndarray of int32, shape (n,)
            Labels 0, 1, ... in the order of their first appearance. O(t log t), and the time of `build_tree` over the children
            of one node.

        Raises
        ------
        ValueError
            If a number is no integer, or out of range.
        TreeError
            If ``min_size`` needs the graph and there is none, or another one is given.

        Examples
        --------
        >>> import hint_se
        >>> tree = hint_se.build_tree([(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)], height=2)
        >>> tree.cut(2)
        array([0, 0, 0, 1, 1, 1], dtype=int32)
        >>> tree.cut(3)
        array([0, 0, 0, 1, 2, 2], dtype=int32)
        >>> tree.cut(3, min_size=2)
        array([0, 0, 0, 1, 1, 1], dtype=int32)
        """
        leaves = leaf_count(self.parent)
        wanted = integer("n_communities", n_communities, 1, leaves + 1)
        smallest = integer("min_size", min_size, 1)
        known = self.graph if graph is None and smallest == 1 else self._graph_or(graph, "min_size")
        communities = self._nearest(wanted, known)
        labels = number_by_appearance(communities)
        found = int(labels.max()) + 1
        if found != wanted:
            why = "parts that nothing links do not share a community"
            if known is None:
                why = "to group the children of a node takes the graph: cut(n, graph=graph), or --edges"
            warn_user(
                f"cut: the tree has no cut into {wanted:,} communities, the nearest has {found:,}; {why}", InputWarning
            )
        if smallest > 1 and known is not None:
            labels = number_by_appearance(join_small(known, labels, smallest))
        return labels

    def _nearest(self, wanted: int, graph: Graph | None) -> NDArray[np.int64]:
        """Return the community of each leaf, as any numbers that differ, in the cut of the nearest number, of two the smaller."""
        parent, leaves = self.parent, leaf_count(self.parent)
        heights = merge_heights(parent, self.volume, self.cuts)
        if graph is None:
            return community_nodes(parent, nearest_split(parent, heights, wanted))[:leaves]
        divided = split_nodes(parent, heights, wanted)
        fewer = community_nodes(parent, divided)[:leaves]
        count = np.unique(fewer).size
        if count == wanted:
            return fewer
        node = next(node for node in split_order(parent, heights).tolist() if not divided[node])
        divided[node] = True
        more = community_nodes(parent, divided)[:leaves]
        siblings = np.flatnonzero(parent == node)
        place = np.full(parent.size, -1)
        place[siblings] = np.arange(siblings.size)
        sibling = place[more]
        # From one group, the cut of fewer, to each sibling by itself, the next one: no number outside is nearer.
        groups = sibling_groups(graph, sibling, self.volume[siblings], wanted - count + 1)
        return np.where(sibling >= 0, parent.size + groups[sibling], more)
