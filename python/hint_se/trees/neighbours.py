"""Neighbours of a leaf within its communities, by group: tables for training against a tree."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.checks import integer
from hint_se.errors import GraphError
from hint_se.hierarchy.cuts import level_of
from hint_se.hierarchy.invariants import leaf_count
from hint_se.inputs.arrays import as_array

__all__ = ["Neighbours", "TreeNeighbours"]


class Neighbours(NamedTuple):
    """Tree neighbours of every leaf as two CSR tables, rows sorted; see `Tree.neighbours`.

    Row i of the first is ``same_indices[same_indptr[i]:same_indptr[i + 1]]``.
    """

    same_indptr: NDArray[np.int64]
    same_indices: NDArray[np.int32]
    other_indptr: NDArray[np.int64]
    other_indices: NDArray[np.int32]

    def __repr__(self) -> str:
        return f"Neighbours({self.same_indptr.size - 1} leaves, {self.same_indices.size} same, {self.other_indices.size} other)"


class TreeNeighbours:
    """The method of `Tree` that looks up who shares a community."""

    parent: NDArray[np.int32]

    def neighbours(self, groups: Any, *, level: int | None = None, cap: int | None = None, seed: int = 0) -> Neighbours:
        """Return, for every leaf, the leaves of its community in its own group and in the other group.

        These are the proxy tables N+ and N- of HINT: the community is the lowest one around the leaf, and
        either table climbs one level at a time while it would be empty. A leaf is not its own neighbour;
        its row stays empty only where no other leaf of that group exists.

        Parameters
        ----------
        groups : array_like of int, shape (n,)
            0 or 1 per leaf, for instance image and text.
        level : int, optional
            >= 1, counted from the root: start from that ancestor. None: from the leaf's parent.
        cap : int, optional
            >= 1: keep at most so many neighbours per row, a seeded sample. None: keep all.
        seed : int
            >= 0, for the sample.

        Returns
        -------
        Neighbours
            Two CSR tables (int64 offsets, int32 leaves), rows sorted. Linear time in their size.

        Raises
        ------
        ValueError
            If an argument is out of range.

        Examples
        --------
        >>> import hint_se
        >>> tree = hint_se.Tree.from_parent([(0, 1), (2, 3)], [4, 4, 5, 5, 6, 6, -1])
        >>> same_indptr, same, other_indptr, other = tree.neighbours([0, 0, 1, 1])
        >>> other[other_indptr[0]:other_indptr[1]]
        array([2, 3], dtype=int32)
        """
        leaves = leaf_count(self.parent)
        try:
            marks = as_array(groups, "groups")
        except GraphError as error:
            raise ValueError(str(error)) from error
        if marks.shape != (leaves,):
            raise ValueError(f"groups: expected shape ({leaves},), got shape {marks.shape}")
        if marks.dtype.kind not in "iub" or ((marks != 0) & (marks != 1)).any():
            raise ValueError(f"groups: expected 0 or 1 per leaf, got dtype {marks.dtype} or other values")
        return Neighbours(
            *_core.neighbours(
                self.parent,
                leaves,
                np.ascontiguousarray(marks, dtype=np.int32),
                0 if level is None else level_of(self.parent, level),
                0 if cap is None else min(integer("cap", cap, 1), leaves),
                integer("seed", seed, 0, 2**64),
            )
        )
