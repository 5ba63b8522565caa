"""What images and texts consist of: lists of embeddings of different lengths, one for each pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WordUnit = Literal["word", "bpe"]
"""What a row of `words` stands for: a word, or a token of a byte-pair encoding."""


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


@dataclass(frozen=True, slots=True)
class Parts:
    """Embeddings of the parts of N pairs, in one space for pictures and words, where a data set has them.

    Attributes
    ----------
    objects
        What each image shows: its crops, and last the whole image; one row at least.
    words
        What each text says; a text may have no row.
    word_unit
        What a row of `words` stands for.
    """

    objects: Ragged | None = None
    words: Ragged | None = None
    word_unit: WordUnit = "word"

    def take(self, images: NDArray[np.int64], texts: NDArray[np.int64]) -> Parts:
        """The objects of `images` and the words of `texts`."""
        objects = None if self.objects is None else self.objects.take(images)
        words = None if self.words is None else self.words.take(texts)
        return Parts(objects, words, self.word_unit)


NO_PARTS = Parts()
"""Of a data set that has features of whole images and texts alone."""
