"""Exact nearest neighbours by tiles of matrix products; the N x N matrix is never held, and a tile serves both its sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import torch

from hint_train.errors import DataError

if TYPE_CHECKING:
    from torch import Tensor

Similarity = Literal["cosine", "l2", "l1"]

_TILE_ROWS = 4000
"""Rows and columns of a tile: 64 MB of float32."""
_GROUP = 16
"""Most columns whose maximum stands for them when a first threshold is sought."""
_STEPS = float(1 << 21)
"""Similarities are compared after rounding to 2 ** -21 of their range. Rounding absorbs the last bits, in which a product
differs between machines and tile sizes, so that equal rows tie everywhere; ties then go to the smaller row number."""
_NOTHING = -(1 << 62)
_LOW = (1 << 32) - 1


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
        (n, k) int64 and float32, most similar first; ties go to the smaller row number. n^2 d / 2 multiplications, O(n k)
        memory beside a tile.

    Raises
    ------
    DataError
        There are no `k` other rows.
    """
    n = len(features)
    if not 1 <= k <= n - 1:
        raise DataError(f"{k} neighbours asked of {n} rows; every row has {max(n - 1, 0)} others")
    prepared, diameter = _prepared(features, similarity)
    best = _Best(n, k, features.device)
    parts = torch.split(prepared, _TILE_ROWS)
    for i, rows in enumerate(parts):
        for j, columns in enumerate(parts[i:], i):
            tile = _scores(rows, columns, similarity)
            if i == j:
                tile.fill_diagonal_(-torch.inf)
            else:
                best.offer(j * _TILE_ROWS, i * _TILE_ROWS, tile.T.contiguous())
            best.offer(i * _TILE_ROWS, j * _TILE_ROWS, tile)
    index, score = best.entries()
    if similarity == "cosine":
        return index, score
    apart = 1 - score
    return index, 1 / (1 + diameter * (apart.sqrt() if similarity == "l2" else apart))


def _prepared(features: Tensor, similarity: Similarity) -> tuple[Tensor, Tensor]:
    """Rows whose similarities lie in [-1, 1], and the greatest distance that two of them can have.

    Distances are taken relative to that, because rounding is absolute. They do not change by the centring, their accuracy does.
    """
    if similarity == "cosine":
        return torch.nn.functional.normalize(features), features.new_ones(())
    centred = features - features.mean(0)
    diameter = 2 * centred.norm(p=1 if similarity == "l1" else 2, dim=1).max()
    return centred / torch.where(diameter > 0, diameter, torch.ones_like(diameter)), diameter


def _scores(rows: Tensor, columns: Tensor, similarity: Similarity) -> Tensor:
    """Cosines, or 1 less the squared L2 or the L1 distance of what `_prepared` returned: (r, c)."""
    if similarity == "cosine":
        return rows @ columns.T
    if similarity == "l1":
        return 1 - torch.cdist(rows, columns, p=1)
    squares = rows.square().sum(1, keepdim=True) + columns.square().sum(1)
    return (1 - squares).addmm_(rows, columns.T, alpha=2).clamp_(max=1)


class _Best:
    """The k best entries seen so far of every row, as keys.

    A key holds the rounded similarity in its upper half and, so that smaller columns come first, 2^32 - 1 less the column in its
    lower half. Keys of a row are distinct, so the outcome does not depend on the order in which tiles come.
    """

    def __init__(self, n: int, k: int, device: torch.device) -> None:
        self._k = k
        self._keys = torch.full((n, k), _NOTHING, dtype=torch.int64, device=device)

    def offer(self, top: int, left: int, tile: Tensor) -> None:
        """Take what is good enough from the similarities `tile` of rows `top`, ... with columns `left`, ..."""
        rows = slice(top, top + len(tile))
        before = self._keys[rows]
        least = self._first_threshold(tile) if before[0, -1] == _NOTHING else _rounded(before[:, -1])
        # Half a step lower, where rounding may still go up: no similarity that ties with the threshold is missed.
        row, column = torch.nonzero(tile >= ((least - 0.5) / _STEPS)[:, None], as_tuple=True)
        steps = torch.round(tile[row, column] * _STEPS).long()
        keys = (steps << 32) + (_LOW - left) - column
        self._keys[rows] = torch.topk(torch.cat([before, _table(row, keys, len(tile))], dim=1), self._k).values

    def _first_threshold(self, tile: Tensor) -> Tensor:
        """A rounded similarity that at least k of each row's entries reach, or less than any where the row is too short.

        The k-th greatest maximum of groups of columns: k groups have an entry that reaches it, and few other entries do.
        """
        r, c = tile.shape
        group = min(_GROUP, c // (2 * self._k))
        if group < 2:
            return tile.new_full((r,), -2 * _STEPS)
        maxima = tile[:, : c // group * group].view(r, group, -1).amax(1)
        return torch.round(torch.topk(maxima, self._k).values[:, -1] * _STEPS)

    def entries(self) -> tuple[Tensor, Tensor]:
        """Columns (n, k) int64 and rounded similarities (n, k) float32, best first."""
        return _LOW - (self._keys & _LOW), _rounded(self._keys) / _STEPS


def _rounded(keys: Tensor) -> Tensor:
    return (keys >> 32).float()


def _table(row: Tensor, keys: Tensor, n_rows: int) -> Tensor:
    """`keys` of ascending rows as a table, short rows filled up with keys that are below any other."""
    count = torch.bincount(row, minlength=n_rows)
    start = count.cumsum(0) - count
    table = keys.new_full((n_rows, int(count.max())), _NOTHING)
    table[row, torch.arange(len(row), device=row.device) - start[row]] = keys
    return table
