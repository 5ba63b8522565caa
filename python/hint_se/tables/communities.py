"""Communities that are improved, each as a graph of its own: which they are, and how one is searched again.

For an edge inside a community the lowest common ancestor of its ends is inside, and of an edge that leaves it every division pays the
same. So what a search saves with the nodes' true degrees, it saves in the whole tree, whatever becomes of the other communities.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.choices import Effort
from hint_se.tables.engines.engine import Columns
from hint_se.tables.naming import LEVEL
from hint_se.tables.top import Top, named_nodes, rows_of
from hint_se.trees.searching import Progress

__all__ = ["LEAST_HEIGHT", "NONE", "TYPES", "Improvement", "chosen"]

#: No community.
NONE = -1
#: Columns of the rows that `Improvement` makes, and their dtypes.
TYPES = {"node": "int64", "parent": "int64", "volume": "float64", "cut": "float64", "depth": "int32"}
# The flat tree and one more level: below that there is nothing to search for.
LEAST_HEIGHT = 2


def chosen(top: Top, most_edges: int, height: int, apart: bool) -> NDArray[np.int64]:
    """Return for each node of a top tree the position of the community it is or lies in, or `NONE`, shape (t,).

    Communities are the largest nodes whose leaves have at most so many edges, and which the height, unless 0, leaves two levels.
    The root is none where components stand ``apart``.
    """
    size = np.zeros(top.parent.size, np.int64)
    size[: top.entries.size] = top.entries
    found = np.full(top.parent.size, NONE)
    parent = top.parent.tolist()
    for node, up in enumerate(parent[:-1]):
        size[up] += size[node]
    fits = (size <= 2 * most_edges) & (top.node >= LEVEL)
    fits[: top.ids.size] &= ~top.dissolved
    if height:
        fits &= top.depth + LEAST_HEIGHT <= height
    fits[-1] &= not apart
    for node in range(top.parent.size - 1, -1, -1):
        above = found[parent[node]] if parent[node] >= 0 else NONE
        found[node] = above if above != NONE else node if fits[node] else NONE
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Improvement:
    """The search in one community, by the rows of its tree and the edges inside it.

    Parameters
    ----------
    height : int
        Greatest depth of a leaf in the whole tree, 0 for no limit.
    effort : {"default", "best"}
    level : int
        First level for names of new nodes.
    """

    height: int
    effort: Effort
    level: int

    def __call__(self, rows: Columns, edges: Columns, progress: Progress | None = None) -> Columns:
        """Return the rows below the community, in a tree of no more entropy than they have.

        Parameters
        ----------
        rows : columns ``community, base, node, parent, volume, cut``
            The nodes below the community; ``base`` is its depth.
        edges : columns ``a, b, w``
        progress : callable, optional
            What it raises ends the search.
        """
        order = np.argsort(rows["node"])  # leaves first, and parents after their children
        rows = {name: column[order] for name, column in rows.items()}
        community, base = int(rows["community"][0]), int(rows["base"][0])
        leaves = int(np.searchsorted(rows["node"], LEVEL))
        ids = rows["node"][:leaves]
        columns = rows_of(ids, edges)
        degree = _core.degrees(*columns, None)
        extra = np.maximum(rows["volume"][:leaves] - degree, 0.0)
        leaving = np.maximum(rows["cut"][:leaves] - degree, 0.0)
        names = np.append(rows["node"], community)
        parent = np.append(np.searchsorted(names, rows["parent"]), -1).astype(np.int32)
        limit = self.height - base if self.height else 0
        best, *_ = _core.build_tree(*columns, extra, limit, "auto", self.effort, 0, 1, progress)
        if _core.structural_entropy(*columns, extra, best) < _core.structural_entropy(*columns, extra, parent):
            parent = best
            names = named_nodes(parent.astype(np.int64), ids, ids, self.level)
            names[-1] = community
        volume, cut = _core.tree_from_parent(*columns, extra, parent)
        outward = np.zeros(parent.size)
        outward[:leaves] = leaving
        depth = _core.depths(parent)
        for d in range(int(depth.max()), 0, -1):
            nodes = np.flatnonzero(depth == d)
            np.add.at(outward, parent[nodes], outward[nodes])
        below = slice(0, -1)
        return {
            "node": names[below],
            "parent": names[parent[below]],
            "volume": volume[below],
            "cut": (cut + outward)[below],
            "depth": (depth[below] + base).astype(np.int32),
        }
