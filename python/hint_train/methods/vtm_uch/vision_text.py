"""Text similarity guided by vision: which cluster of pictures each word of a text stands for.

After VTM-UCH (AAAI 2025): a word is matched to the object of its own image that it resembles most, all objects are clustered,
and two texts are similar when words of both fall into one cluster. Clusters of a text are the bits of one 64-bit integer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hint_train.data.parts import Ragged

_BLOCK_ITEMS = 16_000_000
_BAG_SHARE = 0.5
"""A matrix is a bag of words when it is never negative and at least this share of it is 0."""


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Words in texts: text `owners[w]` says word `words[w]`, both (W,) int64."""

    owners: NDArray[np.int64]
    words: NDArray[np.int64]


def best_visions(words: Ragged, objects: Ragged) -> NDArray[np.int64]:
    """For each word the row in `objects` of its own pair with the greatest cosine; the first of equal ones.

    Parameters
    ----------
    words, objects
        Lists of the same N pairs, embedded in one space; every pair has an object.

    Returns
    -------
    rows
        (W,) rows of `objects.rows`. O(sum over pairs of words * objects * e), in blocks.
    """
    owners = words.owners
    candidates = objects.counts[owners]
    unit = [_unit(x.rows) for x in (words, objects)]
    out = np.empty(len(owners), dtype=np.int64)
    width = max(1, words.rows.shape[1])
    bounds = np.concatenate([[0], np.cumsum(candidates)])
    start = 0
    while start < len(owners):
        stop = int(np.searchsorted(bounds, bounds[start] + _BLOCK_ITEMS // width, side="right")) - 1
        stop = min(max(stop, start + 1), len(owners))
        counts = candidates[start:stop]
        begins = bounds[start:stop] - bounds[start]
        word = np.repeat(np.arange(start, stop), counts)
        place = np.arange(len(word)) - np.repeat(begins, counts)
        row = objects.ptr[owners[word]] + place
        cosine = np.einsum("ie,ie->i", unit[0][word], unit[1][row])
        best = np.flatnonzero(cosine == np.repeat(np.maximum.reduceat(cosine, begins), counts))
        out[start:stop] = row[best[np.unique(word[best], return_index=True)[1]]]
        start = stop
    return out


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), dtype=np.float32)


def cluster_masks(owners: NDArray[np.int64], clusters: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Set of clusters (n,) of each text as bits of an int64.

    Parameters
    ----------
    owners, clusters
        (W,) text and cluster 0..63 of each word; a text without words gets the empty set.

    Examples
    --------
    >>> cluster_masks(np.array([0, 0, 2]), np.array([1, 3, 0]), 3).tolist()
    [10, 0, 1]
    """
    masks = np.zeros(n, dtype=np.uint64)
    np.bitwise_or.at(masks, owners, np.uint64(1) << clusters.astype(np.uint64))
    return masks.view(np.int64)


def depicted_words(
    text: NDArray[np.float32], images: NDArray[np.float32], share: float
) -> tuple[Occurrences, NDArray[np.float32]]:
    """Words of a bag of words, and what each of them looks like: the mean of the images whose texts hold it.

    A word that goes with any picture looks like the mean of all, belongs to the cluster there, and would make its texts similar
    to each other. So a word counts when its vision lies at least `share` of the root mean squared distance of an image away
    from the mean of all.

    Parameters
    ----------
    text, images
        (N, V) bag of words and (N, e) whole images.

    Returns
    -------
    occurrences, visions
        Which text says which of the words that count, and (C, e) how these look.
    """
    held = csr_array(text > 0, dtype=np.float32)
    counts = held.sum(axis=0)
    visions = np.asarray((held.T @ images) / np.maximum(counts, 1)[:, None], dtype=np.float32)
    mean = images.mean(axis=0, dtype=np.float64)
    # mean |x - m|^2 = mean |x|^2 - |m|^2, without a second copy of the images.
    squares = np.einsum("ie,ie->i", images, images).mean(dtype=np.float64)
    spread = np.sqrt(max(0.0, squares - mean @ mean))
    counting = (counts > 0) & (np.linalg.norm(visions - mean, axis=1) >= share * spread)
    owners, words = held.nonzero()
    kept = counting[words]
    number = np.cumsum(counting) - 1
    return Occurrences(owners[kept].astype(np.int64), number[words[kept]]), visions[counting]


def is_bag_of_words(text: NDArray[np.float32]) -> bool:
    """Whether columns of `text` (N, d) can be words: nothing negative, and at least half of the entries 0."""
    return bool((text >= 0).all()) and bool(np.count_nonzero(text) <= (1 - _BAG_SHARE) * text.size)
