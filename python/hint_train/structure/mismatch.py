"""Which training pairs may be mismatched: those whose image and text share no more neighbours than halves of different pairs do."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from hint_train.structure.transform import confirmed

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DRAWN = 20_000
"""At least so many pairs are put together by chance."""
_BLOCK_ROWS = 16_384


def mismatched(image: NDArray[np.int32], text: NDArray[np.int32], k: int, seed: int) -> NDArray[np.float32]:
    """How likely each of N pairs is mismatched (N,), from 0 on; 0 everywhere where pairs look like those put together by chance.

    x_i counts the k nearest images of pair i that are among the nearest of its text, and the other way round. Its distribution f is
    a mixture of that of right pairs and, with a share of pi, of that of halves drawn from different pairs, f_0. The least
    F(x) / F_0(x) over the upper half of f_0 bounds pi from above (Storey 2002), and pi f_0(x) / f(x), made to fall with x, is the local
    false discovery rate (Efron et al. 2001). It is multiplied by 1 - pi: where few pairs look drawn these are the mismatched
    ones, and where many do so right pairs look like that as well.

    Parameters
    ----------
    image, text
        (N, a) nearest rows of either modality, nearest first.
    k
        At most a.
    seed
        Of the pairs that are put together.
    """
    n, rng = len(image), np.random.default_rng(seed)
    rounds = math.ceil(_DRAWN / n)
    found = _shared(image, text, k, np.arange(n), np.arange(n))
    partners = np.concatenate([rng.permutation(n) for _ in range(rounds)])
    drawn = _shared(image, text, k, np.tile(np.arange(n), rounds), partners)
    width = 1 + int(max(found.max(), drawn.max()))
    own, chance = (np.bincount(x, minlength=width) / len(x) for x in (found, drawn))
    below = np.cumsum(chance)
    upper = int(np.searchsorted(below, 0.5))
    share = min(1.0, float((np.cumsum(own)[upper:] / below[upper:]).min()))
    rate = np.minimum(1, np.divide(share * chance, own, out=np.zeros(width), where=own > 0))
    falling = np.maximum.accumulate(rate[::-1])[::-1]
    return ((1 - share) * falling[found]).astype(np.float32)


def _shared(
    image: NDArray[np.int32], text: NDArray[np.int32], k: int, rows: NDArray[np.int64], partners: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Of each image of `rows` and its partner's text, how many of the k nearest of either are near the other; in blocks of rows."""
    parts = []
    for start in range(0, len(rows), _BLOCK_ROWS):
        block = slice(start, start + _BLOCK_ROWS)
        near, other = image[rows[block]], text[partners[block]]
        parts.append(confirmed(near[:, :k], other).sum(axis=1) + confirmed(other[:, :k], near).sum(axis=1))
    return np.concatenate(parts)
