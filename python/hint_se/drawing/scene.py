"""What all pictures of a tree share: communities and their colours, and the words for every node."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.colours import ABOVE, ALONE, PALETTE, SEEN, distinct, mixed, tinted
from hint_se.drawing.layout import outline
from hint_se.drawing.lettering import Fonts, fonts_for, writable
from hint_se.drawing.names import Names, plain
from hint_se.hierarchy.cuts import (
    community_nodes,
    leaf_counts,
    merge_heights,
    number_by_appearance,
    split_nodes,
)
from hint_se.hierarchy.invariants import leaf_count
from hint_se.hierarchy.suggest import suggested

__all__ = ["Scene", "make_scene"]


@dataclass(frozen=True, slots=True)
class Scene:
    """A tree as a picture sees it. Columns have one row per tree node.

    ``community`` is the tree node of the coloured community that a node lies in, ``divided`` marks the nodes
    above the communities. ``groups`` are the communities, largest first, and ``numbers`` their labels in the cut.
    """

    parent: NDArray[np.int32]
    volume: NDArray[np.float64]
    counts: NDArray[np.int64]
    depth: NDArray[np.int32]
    heights: NDArray[np.float64]
    names: Names
    fonts: Fonts
    community: NDArray[np.int64]
    divided: NDArray[np.bool_]
    groups: NDArray[np.int64]
    numbers: NDArray[np.int32]
    hues: NDArray[np.float64]

    @property
    def n_leaves(self) -> int:
        """Number of leaves."""
        return len(self.names.texts)

    @property
    def crowded(self) -> bool:
        """Whether the communities are more than the eye tells apart, so that the nodes above them are coloured too."""
        return int(np.count_nonzero(self.counts[self.groups] > 1)) > SEEN

    def is_community(self, nodes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which tree nodes are coloured communities as a whole."""
        whole: NDArray[np.bool_] = (self.community[nodes] == nodes) & ~self.divided[nodes]
        return whole

    def colours(self, nodes: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the colours (k, 3) of tree nodes: their community's, paler with each level below it."""
        below = self.depth[nodes] - self.depth[self.community[nodes]]
        return tinted(self.hues[nodes], 0.55 * (1 - 0.8**below))

    def words(self, node: int) -> Iterable[str]:
        """Return what may be written on a node, the longest first: a leaf's name, a community's number, (leaves)."""
        if node < self.n_leaves:
            return self.names.forms(node)
        count = f"({self.counts[node]:,})"
        if self.is_community(np.array([node]))[0]:
            number = f"#{self.numbers[np.flatnonzero(self.groups == node)[0]]}"
            return (f"{number} {count}", number)
        return (count,)


def make_scene(
    parent: NDArray[np.int32],
    volume: NDArray[np.float64],
    cut: NDArray[np.float64],
    texts: list[str],
    n_communities: int | None,
) -> Scene:
    """Return the scene of a tree, coloured by a cut of at most ``n_communities``; None: by the suggested one."""
    heights, counts = merge_heights(parent, volume, cut), leaf_counts(parent)
    most = n_communities or suggested(parent, volume, cut).n_communities
    divided = split_nodes(parent, heights, most)
    community = community_nodes(parent, divided)
    leaves = leaf_count(parent)
    of_leaf = community[:leaves]
    groups, first = np.unique(of_leaf, return_index=True)
    numbers = number_by_appearance(of_leaf)[first]
    order = np.lexsort((numbers, -counts[groups]))
    groups, numbers = groups[order], numbers[order]
    hues = _hues(parent, divided, community, groups, counts)
    names = [plain(text) for text in texts]
    fonts, missing = fonts_for(names)
    known = Names(writable(names, missing))
    depth = _core.depths(parent)
    return Scene(parent, volume, counts, depth, heights, known, fonts, community, divided, groups, numbers, hues)


def _hues(
    parent: NDArray[np.int32],
    divided: NDArray[np.bool_],
    community: NDArray[np.int64],
    groups: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the colour of each node's community, one for each of several leaves; grey for lone leaves and for what lies above.

    Where they are more than the eye tells apart, the nodes above have the mixture of what is below them: so large parts of the tree differ.
    """
    from matplotlib.colors import to_rgb

    # In the order of the picture, so that neighbours are alike.
    within = divided | divided[parent] if parent.size > 1 else np.ones(1, dtype=np.bool_)
    shape = outline(parent, counts, 2.0, skipped=~within)
    rows = np.argsort(shape.start + np.where(divided[shape.node], np.inf, 0.0))[: np.count_nonzero(counts[groups] > 1)]
    several = shape.node[rows]
    if several.size <= len(PALETTE):
        several = groups[counts[groups] > 1]
    colours = distinct(several.size)
    found = np.tile(to_rgb(ABOVE), (parent.size, 1))
    found[groups] = to_rgb(ALONE)
    found[several] = colours
    found = np.where(divided[:, None], found, found[community])
    if several.size > SEEN:
        above = np.flatnonzero(divided[shape.node])
        begin, end = np.searchsorted(shape.start[rows], [shape.start[above], shape.start[above] + shape.size[above]])
        there = end > begin
        found[shape.node[above[there]]] = mixed(colours, counts[several], begin[there], end[there])
    return found
