"""The tree that a run left behind, read again: in which communities a training pair stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

import hint_se
from hint_train.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class SavedTree:
    """Communities of the training pairs at every level, the coarsest first.

    Attributes
    ----------
    labels
        For each level (L,), where L is the number of leaves: the pairs, or their images and then their texts.
    sizes
        For each level the number of leaves in each community.
    n_pairs
        Number of training pairs.
    """

    labels: tuple[NDArray[np.int32], ...]
    sizes: tuple[NDArray[np.int64], ...]
    n_pairs: int

    def path(self, pair: int, *, text: bool = False) -> list[tuple[int, int]]:
        """(community, size) of a training pair at each level, until it is alone; of its text where that is a leaf of its own."""
        leaf = pair + self.n_pairs if text and len(self.labels[0]) > self.n_pairs else pair
        found = [
            (int(labels[leaf]), int(sizes[labels[leaf]])) for labels, sizes in zip(self.labels, self.sizes, strict=True)
        ]
        return [step for step in found if step[1] > 1]


def load_tree(path: Path, n_pairs: int) -> SavedTree:
    """Read `tree.npz` of a run with so many training pairs.

    Raises
    ------
    DataError
        The file is damaged, or belongs to another number of pairs.
    """
    try:
        tree = hint_se.Tree.load(path)
    except hint_se.HintError as error:
        raise DataError(f"{path}: {error}") from error
    if tree.n_leaves not in (n_pairs, 2 * n_pairs):
        raise DataError(f"{path}: has {tree.n_leaves:,} leaves, but the run has {n_pairs:,} training pairs")
    labels = tuple(np.asarray(tree.labels(level), dtype=np.int32) for level in range(1, max(2, tree.height)))
    return SavedTree(labels, tuple(np.bincount(level) for level in labels), n_pairs)
