"""Lists of different lengths, one for each pair, as one array of rows and the places where each list begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Ragged:
    """N lists of feature rows: list i is `rows[ptr[i]:ptr[i + 1]]`.

    Attributes
    ----------
    rows
        (R, e) float32, finite.
    ptr
        (N + 1,) int64, from 0 to R, never falling.
    """

    rows: NDArray[np.float32]
    ptr: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ptr) - 1

    @property
    def counts(self) -> NDArray[np.int64]:
        """(N,) length of each list."""
        return np.diff(self.ptr)

    @property
    def owners(self) -> NDArray[np.int64]:
        """(R,) number of the list that each row belongs to."""
        return np.repeat(np.arange(len(self), dtype=np.int64), self.counts)

    def take(self, index: NDArray[np.int64]) -> Ragged:
        """The lists `index` in that order.

        Examples
        --------
        >>> lists = Ragged(np.arange(4.0, dtype=np.float32)[:, None], np.array([0, 1, 1, 4]))
        >>> taken = lists.take(np.array([2, 0]))
        >>> taken.rows.ravel().tolist(), taken.ptr.tolist()
        ([1.0, 2.0, 3.0, 0.0], [0, 3, 4])
        """
        counts = self.counts[index]
        ptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        # Place of a row: where its list begins, and how far into the list it is.
        rows = np.repeat(self.ptr[index] - ptr[:-1], counts) + np.arange(ptr[-1])
        return Ragged(self.rows[rows], ptr)
