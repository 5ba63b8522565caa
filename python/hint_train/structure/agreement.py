"""How far two modalities, each on its own, name the same community for a row: a test of communities that needs no label."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BLOCK_ROWS = 65_536


def votes(neighbours: NDArray[np.int32], communities: NDArray[np.int64]) -> NDArray[np.int64]:
    """The community that most of each row's neighbours belong to; where several tie, that of the nearest of their neighbours.

    Parameters
    ----------
    neighbours
        (N, k) rows, nearest first.
    communities
        (N,) community of every row.
    """
    out = np.empty(len(neighbours), dtype=np.int64)
    for start in range(0, len(neighbours), _BLOCK_ROWS):
        named = communities[neighbours[start : start + _BLOCK_ROWS]]
        count = sum((named == named[:, [j]]).astype(np.int16) for j in range(named.shape[1]))
        out[start : start + len(named)] = named[np.arange(len(named)), np.argmax(count, axis=1)]
    return out


def kappa(a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    """Agreement of two labellings beyond chance (Cohen 1960): 1 where they are equal, 0 where they agree as independent ones would.

    (p - q) / (1 - q) with p the share of rows labelled alike and q the share expected of independent labellings with the same
    frequencies. Negative where they avoid each other; 0 where both name one and the same label throughout, which says nothing.
    """
    n, count = len(a), 1 + int(max(a.max(), b.max()))
    by_chance = float(np.dot(np.bincount(a, minlength=count) / n, np.bincount(b, minlength=count) / n))
    return (float((a == b).mean()) - by_chance) / (1 - by_chance) if by_chance < 1 else 0.0
