"""Two trees or partitions of the same nodes, compared level by level."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hint_se.checks import integer
from hint_se.errors import TreeError
from hint_se.hierarchy.partitions import adjusted_mutual_information, overlap, variation_of_information
from hint_se.inputs.edges import NodeNames
from hint_se.trees.labelled import as_partition, named_nodes
from hint_se.trees.tree import Tree

__all__ = ["Comparison", "compare"]

_LEVELS = 8


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Comparison:
    """How near the partitions of two trees are, for each pair of levels; see `compare`. ``print`` shows a table.

    Parameters
    ----------
    levels : tuple of two tuples
        The levels of the first and of the second; None is the suggested cut of a tree, or the only partition.
    n_communities : tuple of two tuples
        Their numbers of communities.
    adjusted_mutual_information : ndarray of float64, shape (a, b)
        1 for equal partitions, 0 in the mean for independent ones.
    variation_of_information : ndarray of float64, shape (a, b)
        Bits; 0 for equal partitions.
    labels : tuple of two tuples of ndarray
        The partitions themselves, in the order of the first one's leaves.
    """

    levels: tuple[tuple[int | None, ...], tuple[int | None, ...]]
    n_communities: tuple[tuple[int, ...], tuple[int, ...]]
    adjusted_mutual_information: NDArray[np.float64]
    variation_of_information: NDArray[np.float64]
    labels: tuple[tuple[NDArray[np.int64], ...], tuple[NDArray[np.int64], ...]]

    def overlap(self, first: int | None = None, second: int | None = None) -> NDArray[np.int64]:
        """Return how many nodes each community of a level of the first shares with each of one of the second, shape (a, b).

        Raises ValueError if a level was not compared.
        """
        chosen = []
        for side, level in enumerate((first, second)):
            if level not in self.levels[side]:
                raise ValueError(f"level: expected one of {self.levels[side]}, got {level!r}")
            chosen.append(self.labels[side][self.levels[side].index(level)])
        return overlap(*chosen)

    def __str__(self) -> str:
        def named(side: int) -> list[str]:
            pairs = zip(self.levels[side], self.n_communities[side], strict=True)
            return [f"{'read' if level is None else f'level {level}'} ({count:,})" for level, count in pairs]

        rows = [["AMI", *named(1)]]
        for name, values in zip(named(0), self.adjusted_mutual_information.tolist(), strict=True):
            rows.append([name, *(f"{value:.3f}" for value in values)])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)

    def __repr__(self) -> str:
        best = float(self.adjusted_mutual_information.max())
        return f"Comparison(levels={self.levels}, best adjusted_mutual_information={best:.3f})"


def compare(first: Any, second: Any, *, levels: Iterable[int] | None = None) -> Comparison:
    """Return how near two trees, or a tree and a partition, or two partitions are.

    Parameters
    ----------
    first, second : Tree, or a partition as `Tree.from_labels` takes one
        Over the same nodes. Where both trees have names, leaves meet by name; a mapping or sets of names meet the other's leaves, and
        plain labels stand in the order of the first one's.
    levels : iterable of int, optional
        >= 1, of each tree. None: the suggested cut, and the first eight levels above the leaves.

    Returns
    -------
    Comparison
        O(n) for each pair of levels, and the expected information of their sizes.

    Raises
    ------
    TreeError
        If the nodes differ, or a partition is none.
    ValueError
        If a level is no integer >= 1, or beyond the height of both.

    Examples
    --------
    >>> import hint_se
    >>> tree = hint_se.build_tree([(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)])
    >>> found = compare(tree, [0, 0, 0, 0, 1, 1], levels=[1])
    >>> found.overlap(1)
    array([[3, 0],
           [1, 2]])
    >>> print(found)
            AMI  read (2)
    level 1 (2)     0.355
    """
    trees = [side for side in (first, second) if isinstance(side, Tree)]
    names = next((tree.node_names for tree in trees if tree.node_names is not None), None)
    if not trees:
        names = next((found for found in map(named_nodes, (first, second)) if found is not None), None)
    n = trees[0].n_leaves if trees else None if names is None else len(names)
    most = max((tree.height for tree in trees), default=None)
    high = None if most is None else max(most, 1) + 1
    wanted = None if levels is None else [integer("levels", level, 1, high) for level in levels]
    sides = [_partitions(side, names, n, wanted) for side in (first, second)]
    sizes = [part[0].size for _, part in sides]
    if sizes[0] != sizes[1]:
        raise TreeError(f"second: expected {sizes[0]} nodes, as the first has, got {sizes[1]}")
    shape = len(sides[0][0]), len(sides[1][0])
    pairs = [(one, two) for one in sides[0][1] for two in sides[1][1]]
    return Comparison(
        (tuple(sides[0][0]), tuple(sides[1][0])),
        (tuple(int(part.max()) + 1 for part in sides[0][1]), tuple(int(part.max()) + 1 for part in sides[1][1])),
        np.array([adjusted_mutual_information(one, two) for one, two in pairs]).reshape(shape),
        np.array([variation_of_information(one, two) for one, two in pairs]).reshape(shape),
        (tuple(sides[0][1]), tuple(sides[1][1])),
    )


def _partitions(
    side: Any, names: NodeNames | None, n: int | None, wanted: list[int] | None
) -> tuple[list[int | None], list[NDArray[np.int64]]]:
    """Return levels and their partitions, over the leaves in the order of ``names``."""
    if not isinstance(side, Tree):
        return [None], [as_partition(side, names, len(side) if n is None else n)]
    chosen: list[int | None] = [None, *range(1, min(side.height, _LEVELS + 1))] if wanted is None else [*wanted]
    found = [side.labels(level).astype(np.int64) for level in chosen]
    if names is not None and side.node_names != names:
        own = range(side.n_leaves) if side.node_names is None else side.node_names
        place = dict(zip(own, range(side.n_leaves), strict=True))
        missing = [name for name in names if name not in place]
        if missing or len(names) != side.n_leaves:
            raise TreeError(
                f"second: expected the nodes of the first, got none called {[*missing, names[-1]][0]!r}, or others beside"
            )
        order = np.array([place[name] for name in names])
        found = [labels[order] for labels in found]
    return chosen, found
