"""Exact nearest neighbours by blocked matrix products; the N x N matrix is never held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import torch

from hint_train.errors import DataError

if TYPE_CHECKING:
    from torch import Tensor

Similarity = Literal["cosine", "l2", "l1"]

_BLOCK_ITEMS = 16_000_000
_STEPS = float(1 << 21)
"""Similarities are compared after rounding to 2 ** -21 of their range. Rounding absorbs the last bits, in which a product
differs between machines and block sizes, so that equal rows tie everywhere; ties then go to the smaller row number."""


def nearest(features: Tensor, k: int, similarity: Similarity = "cosine") -> tuple[Tensor, Tensor]:
    """The `k` rows most similar to each row, itself excluded.

    Parameters
    ----------
    features
        (n, d) float32 on any device.
    k
        Neighbours per row, at most n - 1.
    similarity
        `cosine`; `l2` and `l1` rank by distance and return 1 / (1 + distance).

    Returns
    -------
    index, value
        (n, k) int64 and float32, most similar first; ties go to the smaller row number. O(n^2 d) time, O(block) memory.

    Raises
    ------
    DataError
        There are no `k` other rows.
    """
    n = len(features)
    if not 1 <= k <= n - 1:
        raise DataError(f"{k} neighbours asked of {n} rows; every row has {max(n - 1, 0)} others")
    prepared = torch.nn.functional.normalize(features) if similarity == "cosine" else features
    block = max(1, min(n, _BLOCK_ITEMS // n))
    # A float64 holds the rounded similarity and the row number exactly: 21 + 1 bits above, 31 bits below the point.
    penalty = torch.arange(n, device=features.device, dtype=torch.float64) / n
    index, value = [], []
    for start in range(0, n, block):
        scores = _scores(prepared[start : start + block], prepared, similarity)
        rows = torch.arange(len(scores), device=features.device)
        key = torch.round(scores.double() * _STEPS).sub_(penalty)
        key[rows, rows + start] = -torch.inf
        best = torch.topk(key, k, dim=1).indices
        index.append(best)
        value.append(scores.gather(1, best))
    return torch.cat(index), torch.cat(value)


def _scores(rows: Tensor, database: Tensor, similarity: Similarity) -> Tensor:
    if similarity == "cosine":
        return rows @ database.T
    if similarity == "l1":
        return 1 / (1 + torch.cdist(rows, database, p=1))
    squared = rows.square().sum(1, keepdim=True) + database.square().sum(1) - 2 * rows @ database.T
    return 1 / (1 + squared.clamp_(min=0).sqrt())
