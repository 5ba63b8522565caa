"""The column ``tree.cut``: the weight of the edges that leave each node, and, called, a cut of the tree.

Both have had this name for long, the weights in the mathematics and the partition in every dendrogram library.
"""

from __future__ import annotations

from dataclasses import is_dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from hint_se.checks import integer
from hint_se.hierarchy.cuts import cut_labels
from hint_se.hierarchy.invariants import leaf_count

__all__ = ["CutColumn", "CutWeights"]


class CutWeights(np.ndarray[tuple[int], np.dtype[np.float64]]):
    """Weight of the edges with exactly one end under each tree node, shape (t,), read-only; callable.

    What is computed from it (slices, sums, products) is an ordinary array.
    """

    _tree: Any = None

    def __call__(self, n_communities: int) -> NDArray[np.int32]:
        """Return the community of each leaf in the cut of the tree with at most so many communities, as near as it gets.

        From the root down, the node whose parts hang together most loosely is divided into its children, until the
        next one would give too many communities. How loosely is the merge height of `Tree.to_linkage`; of equal ones
        the node of the larger id goes first. So cuts are nested: one of more communities divides those of one of
        fewer. A node is divided as a whole: with k children at the root there is no cut of 2 to k - 1 communities, and
        components and isolated nodes part together. O(t log t).

        Parameters
        ----------
        n_communities : int
            In [1, n].

        Returns
        -------
        ndarray of int32, shape (n,)
            Labels 0, 1, ... in the order of their first appearance.

        Raises
        ------
        ValueError
            If n_communities is no integer in [1, n].

        Examples
        --------
        >>> import hint_se
        >>> tree = hint_se.build_tree([(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)])
        >>> tree.cut(2)
        array([0, 0, 0, 1, 1, 1], dtype=int32)
        >>> tree.cut.tolist()
        [2.0, 2.0, 3.0, 3.0, 2.0, 2.0, 2.0, 2.0, 1.0, 1.0, 0.0]
        """
        if self._tree is None:
            raise TypeError("only tree.cut itself can be called, this array was made from it")
        tree = self._tree
        most = integer("n_communities", n_communities, 1, leaf_count(tree.parent) + 1)
        return cut_labels(tree.parent, tree.volume, np.asarray(self), most)

    def __getitem__(self, key: Any) -> Any:
        return np.asarray(self)[key]

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        return array[()] if return_scalar else np.asarray(array)

    def __repr__(self) -> str:
        return repr(np.asarray(self))


class CutColumn:
    """The dataclass field behind ``Tree.cut``: stores the plain array, hands it out bound to its tree."""

    @overload
    def __get__(self, tree: None, owner: type) -> CutColumn: ...
    @overload
    def __get__(self, tree: object, owner: type) -> CutWeights: ...
    def __get__(self, tree: object | None, owner: type) -> CutColumn | CutWeights:
        if tree is None:
            if is_dataclass(owner):
                return self
            # While the class is made this says that the field has no default.
            raise AttributeError("cut")
        column: CutWeights = tree.__dict__["cut"].view(CutWeights)
        column._tree = tree
        return column

    def __set__(self, tree: object, column: NDArray[np.float64]) -> None:
        tree.__dict__["cut"] = column
