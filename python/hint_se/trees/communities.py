"""Communities of a tree by name: labels, sets, tables, and which of them to read."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.checks import integer
from hint_se.hierarchy.cuts import level_of
from hint_se.hierarchy.invariants import leaf_count
from hint_se.hierarchy.suggest import Suggestion, suggested
from hint_se.optional import optional
from hint_se.trees.cutting import TreeCuts

if TYPE_CHECKING:
    import pandas

__all__ = ["TreeCommunities"]


class TreeCommunities(TreeCuts):
    """The methods of `Tree` that say who is with whom."""

    def suggest_level(self) -> Suggestion:
        """Return which communities to read, and why. O(t log t).

        Among the cuts that divide nodes as a whole it is the one that saves much in a two-level code, with a wide gap to the next
        merge heights below it: see `Suggestion`. A suggestion, not a finding: whether there is any structure at all is for
        `Tree.null` to say.

        Returns
        -------
        Suggestion
            ``n_communities`` for `cut`, ``level`` for `labels`: levels of a tree without a limit are a poor reading, as branches
            differ in depth.

        Examples
        --------
        >>> import hint_se
        >>> tree = hint_se.build_tree([(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)])
        >>> tree.suggest_level().n_communities
        2
        """
        return suggested(self.parent, self.volume, self.cuts)

    def labels(self, level: int | None = None) -> NDArray[np.int32]:
        """Return the community of each leaf at a level of the tree, or in the suggested cut.

        Parameters
        ----------
        level : int, optional
            >= 1. Level 1 is the root's children, the coarsest; larger is finer. A leaf above the level
            keeps its own last ancestor, that is itself. None: the cut that `suggest_level` names.

        Returns
        -------
        ndarray of int32, shape (n,)
            Labels 0, 1, ... in the order of their first appearance.

        Raises
        ------
        ValueError
            If the level is no integer >= 1.

        Examples
        --------
        >>> import hint_se
        >>> hint_se.Tree.from_parent([(0, 1), (2, 3)], [4, 4, 5, 5, 6, 6, -1]).labels(1)
        array([0, 0, 1, 1], dtype=int32)
        """
        if level is None:
            return self.cut(self.suggest_level().n_communities)
        return _core.labels(self.parent, leaf_count(self.parent), level_of(self.parent, level))

    def communities(self, level: int | None = None) -> list[set[Hashable]]:
        """Return the communities at a level, or of the suggested cut, as sets of names. O(n).

        Parameters
        ----------
        level : int, optional
            As in `labels`.

        Returns
        -------
        list of sets
            Of names where the graph brought names, else of ids; in the order of the labels.

        Examples
        --------
        >>> import hint_se
        >>> tree = hint_se.build_tree([("ann", "bob"), ("cid", "dan")], height=2)
        >>> [sorted(group) for group in tree.communities(1)]
        [['ann', 'bob'], ['cid', 'dan']]
        """
        labels = self.labels(level).tolist()
        names: Iterable[Hashable] = range(len(labels)) if self.node_names is None else self.node_names
        found: list[set[Hashable]] = [set() for _ in range(max(labels) + 1)]
        for name, label in zip(names, labels, strict=True):
            found[label].add(name)
        return found

    def to_frame(self, levels: Iterable[int] | None = None) -> pandas.DataFrame:
        """Return a table with a row for each node and level: the community that the node is in, and that one's parent.

        Communities are known by the ids of their tree nodes. The same graph, options and seed give the same ids; for the leaves
        they are 0 to n - 1. A node that ends above a level is a community of its own there.

        Parameters
        ----------
        levels : iterable of int, optional
            >= 1. None: all but that of the leaves, 1 to height - 1; level 1 of a flat tree.

        Returns
        -------
        pandas.DataFrame
            Columns ``node`` (name, else id), ``level``, ``community`` and ``parent`` (tree ids), by level and then by node.

        Raises
        ------
        ImportError
            If pandas is not installed.
        ValueError
            If a level is no integer >= 1.

        Examples
        --------
        >>> import hint_se
        >>> print(hint_se.build_tree([("ann", "bob"), ("cid", "dan")], height=2).to_frame())
          node  level  community  parent
        0  ann      1          4       6
        1  bob      1          4       6
        2  cid      1          5       6
        3  dan      1          5       6
        """
        with optional("pandas", needed_by="to_frame"):
            import pandas
        leaves, depth = leaf_count(self.parent), _core.depths(self.parent)
        asked = range(1, max(int(depth.max()), 2)) if levels is None else levels
        wanted = [integer("levels", level, 1) for level in asked]
        names: list[Any] = list(range(leaves) if self.node_names is None else self.node_names)
        at = {level: self._above(depth, level) for level in sorted(set(wanted))}
        community = np.concatenate([at[level] for level in wanted]) if wanted else np.empty(0, dtype=np.int64)
        return pandas.DataFrame(
            {
                "node": names * len(wanted),
                "level": np.repeat(np.array(wanted, dtype=np.int64), leaves),
                "community": community,
                "parent": self.parent[community].astype(np.int64),
            }
        )

    def _above(self, depth: NDArray[np.int32], level: int) -> NDArray[np.int64]:
        """Return the ancestor of each leaf at a level; a leaf that ends above it is its own."""
        above = np.where(depth > level, self.parent, np.arange(self.parent.size)).astype(np.int64)
        while not np.array_equal(further := above[above], above):
            above = further
        return above[: leaf_count(self.parent)]
