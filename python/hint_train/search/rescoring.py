"""The second stage: what Hamming distance found first, ordered again by the real-valued outputs of the query.

The score of a code c of signs for a query with the outputs o is

    s(o, c) = sum over j of o_j c_j,    c_j = +1 where bit j is set, and -1 elsewhere.

Only the query's side is real-valued, so that nothing is stored beside the codes (asymmetric distances: Gordo, Perronnin, Gong and
Lazebnik, IEEE TPAMI 2014; with o = ±1 it is L minus twice the Hamming distance).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hint_train.search.exact import Found

_SIGNS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little").astype(np.float32) * 2 - 1


def scores(outputs: NDArray[np.float32], codes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Scores (n,) of codes (n, b) for the outputs (bits,) of one query.

    Sums of eight outputs are looked up by byte, then added in one order: equal codes have equal scores, wherever they stand.
    """
    padded = np.zeros((codes.shape[1], 8), dtype=np.float32)
    padded.reshape(-1)[: len(outputs)] = outputs
    table = padded @ _SIGNS.T
    return np.asarray(table[np.arange(codes.shape[1]), codes].sum(axis=1, dtype=np.float32))


def rescored(
    codes: NDArray[np.uint8], outputs: NDArray[np.float32], found: Found, k: int
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float32]]:
    """The best `k` of what was found, by score; of equal scores the nearer, and of these the earlier row.

    Returns
    -------
    distances, rows, scores
        (q, k) each; where there is no neighbour -1, -1 and NaN.
    """
    near, where = found
    distances = np.full((len(where), k), -1, dtype=np.int32)
    rows = np.full((len(where), k), -1, dtype=np.int64)
    best = np.full((len(where), k), np.nan, dtype=np.float32)
    for i, output in enumerate(outputs):
        there = where[i] >= 0
        distance, row = near[i, there], where[i, there]
        score = scores(output, codes[row])
        order = np.lexsort((row, distance, -score))[:k]
        distances[i, : len(order)], rows[i, : len(order)], best[i, : len(order)] = (
            distance[order],
            row[order],
            score[order],
        )
    return distances, rows, best
