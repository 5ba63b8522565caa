"""Exact nearest neighbours by tiles of matrix products; the N x N matrix is never held, and a tile serves both its sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from hint_train.errors import DataError
from hint_train.ranks import current
from hint_train.structure.tiles import Parts, tile_of, where

if TYPE_CHECKING:
    from torch import Tensor

    from hint_train.ranks import Ranks
    from hint_train.structure.tiles import Rows, Similarity, Tile

_GROUP = 16
"""Most columns whose maximum stands for them when a first threshold is sought."""
_CROWD = 2 * _GROUP
"""So many times k candidates a row are more than a threshold leaves where few entries tie."""
_SHORT_CROWD = 8
"""So many times k candidates a row take as long to multiply again as all of a tile."""
_STEPS = float(1 << 21)
"""Similarities are compared after rounding to 2 ** -21 of their range. Rounding absorbs the last bits, in which a product
differs between machines and tile sizes, so that equal rows tie everywhere; ties then go to the smaller row number."""
_NOTHING = -(1 << 62)
_LOW = (1 << 32) - 1
_MERGED_ROWS = 4000


def nearest(
    features: Rows, k: int, similarity: Similarity = "cosine", device: torch.device | None = None
) -> tuple[Tensor, Tensor]:
    """The `k` rows most similar to each row, itself excluded.

    The processes of a run divide the tiles among them, and each ends with all neighbours: those that one process finds.

    Parameters
    ----------
    features
        (n, d) float32; read tile by tile.
    k
        Neighbours per row, at most n - 1.
    similarity
        `cosine`; `l2` and `l1` rank by distance and return 1 / (1 + distance).
    device
        Where to compute; None where the features are.

    Returns
    -------
    index, value
        (n, k) int64 and float32, most similar first; ties go to the smaller row number. n^2 d / 2 multiplications; beside the
        result O(n k) memory, a few tiles, and up to 1 GB of prepared features, or half of a GPU's free memory.

    Raises
    ------
    DataError
        There are no `k` other rows.
    """
    n = len(features)
    if not 1 <= k <= n - 1:
        raise DataError(f"{k} neighbours asked of {n} rows; every row has {max(n - 1, 0)} others")
    parts, ranks = Parts(features, similarity, device), current()
    best = _Best(n, k, parts[0].rows.device)
    dealt = 0
    for i in range(len(parts)):
        rows = parts[i]
        for j in range(i + (ranks.rank - dealt) % ranks.size, len(parts), ranks.size):
            columns = parts[j]
            short = parts.short and best.offer(tile_of(rows, columns, similarity, short=True, filters=True))
            if not short:
                best.offer(tile_of(rows, columns, similarity, short=False, filters=parts.filters))
        dealt += len(parts) - i
    best.merge(ranks)
    index, score = best.entries()
    if similarity == "cosine":
        return index, score
    apart = 1 - score
    return index, 1 / (1 + parts.diameter * (apart.sqrt() if similarity == "l2" else apart) * parts.scale)


class _Best:
    """The k best entries seen so far of every row, as keys.

    A key holds the rounded similarity in its upper half and, so that smaller columns come first, 2^32 - 1 less the column in its
    lower half. Keys of a row are distinct. Tiles of a row come with ascending columns, so an entry that ties with the last one
    of a full row is not among the best.
    """

    def __init__(self, n: int, k: int, device: torch.device) -> None:
        self._k = k
        self._keys = torch.full((n, k), _NOTHING, dtype=torch.int64, device=device)

    def offer(self, tile: Tile) -> bool:
        """Take what is good enough from a tile for its rows and its columns; nothing, where it is short and too much seems so."""
        sides = [tile] if tile.top == tile.left else [tile.turned(), tile]
        found = []
        for side in sides:
            entries = self._found(side)
            if entries is None:
                return False
            found.append(entries)
        for side, entries in zip(sides, found, strict=True):
            self._take(side, *entries)
        return True

    def _found(self, tile: Tile) -> tuple[Tensor, Tensor] | None:
        """Rows and columns of the entries that may be among the best, row by row; None where a short tile has too many."""
        last = self._keys[tile.top : tile.top + len(tile.values), -1]
        new = last[0] == _NOTHING
        least = torch.round(tile.surely(self._reached(tile)) * _STEPS) if new else _rounded(last) + 1
        # Half a step lower, where rounding may still go up: no similarity that ties with the threshold is missed.
        row, column = where(tile.reaching((least - 0.5) / _STEPS))
        if tile.short:
            return None if len(row) > _SHORT_CROWD * self._k * len(last) else (row, column)
        return where(self._thinned(tile, least)) if len(row) > _CROWD * self._k * len(last) else (row, column)

    def _take(self, tile: Tile, row: Tensor, column: Tensor) -> None:
        rows = slice(tile.top, tile.top + len(tile.values))
        steps = torch.round(tile.exact(row, column) * _STEPS).long()
        keys = (steps << 32) + (_LOW - tile.left) - column
        every = torch.cat([self._keys[rows], _table(row, keys, len(tile.values))], dim=1)
        self._keys[rows] = torch.topk(every, self._k).values

    def _thinned(self, tile: Tile, least: Tensor) -> Tensor:
        """Mask of the entries that can be among the best where many tie, as rows that are equal do: few more than k a row.

        All that are above the k-th greatest maximum of the tile's groups, and of those that reach it the first k.
        """
        threshold = torch.maximum(least, torch.round(self._reached(tile) * _STEPS))[:, None]
        steps = torch.round(tile.values * _STEPS)
        tied = steps == threshold
        return (steps > threshold) | (tied & (tied.cumsum(1, dtype=torch.int32) <= self._k))

    def _reached(self, tile: Tile) -> Tensor:
        """A value that at least k of each row's entries reach, or less than any where the row is too short.

        The k-th greatest maximum of groups of columns: k groups have an entry that reaches it, and few other entries do.
        """
        r, c = tile.values.shape
        group = min(_GROUP, c // (2 * self._k))
        if group < 2:
            return tile.values.new_full((r,), -2)
        maxima = tile.values[:, : c // group * group].contiguous().view(r, group, -1).amax(1)
        return torch.topk(maxima, self._k).values[:, -1]

    def merge(self, ranks: Ranks) -> None:
        """Keep the best of what all processes have found, block by block of the rows."""
        for keys in torch.split(self._keys, _MERGED_ROWS) if ranks.size > 1 else ():
            every = ranks.collected(keys).transpose(0, 1).flatten(1)
            keys.copy_(torch.topk(every, self._k).values)

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
