"""Exact nearest neighbours by tiles of matrix products; the N x N matrix is never held, and a tile serves both its sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
import torch

from hint_train.errors import DataError
from hint_train.ranks import current

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from hint_train.ranks import Ranks

Similarity = Literal["cosine", "l2", "l1"]

_TILE_ROWS = 4000
"""Rows and columns of a tile: 64 MB of float32."""
_KEPT_BYTES = 2**30
_GROUP = 16
"""Most columns whose maximum stands for them when a first threshold is sought."""
_CROWD = 2 * _GROUP
"""So many times k candidates a row are more than a threshold leaves where few entries tie."""
_STEPS = float(1 << 21)
"""Similarities are compared after rounding to 2 ** -21 of their range. Rounding absorbs the last bits, in which a product
differs between machines and tile sizes, so that equal rows tie everywhere; ties then go to the smaller row number."""
_NOTHING = -(1 << 62)
_LOW = (1 << 32) - 1


class Rows(Protocol):
    """n rows of d float32 that are handed out by slices: a tensor, an array, or something that makes them when asked."""

    def __len__(self) -> int:
        """Number of rows."""
        ...

    def __getitem__(self, rows: slice, /) -> Tensor | NDArray[np.float32]:
        """The rows of a slice."""
        ...


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
    parts, ranks = _Prepared(features, similarity, device), current()
    best = _Best(n, k, parts[0].device)
    dealt = 0
    for i in range(len(parts)):
        rows = parts[i]
        for j in range(i + (ranks.rank - dealt) % ranks.size, len(parts), ranks.size):
            tile = _scores(rows, parts[j], similarity)
            if i == j:
                tile.fill_diagonal_(-torch.inf)
            else:
                best.offer(j * _TILE_ROWS, i * _TILE_ROWS, tile.T)
            best.offer(i * _TILE_ROWS, j * _TILE_ROWS, tile)
        dealt += len(parts) - i
    best.merge(ranks)
    index, score = best.entries()
    if similarity == "cosine":
        return index, score
    apart = 1 - score
    return index, 1 / (1 + parts.diameter * (apart.sqrt() if similarity == "l2" else apart) * parts.scale)


def unit_rows(rows: Tensor) -> Tensor:
    """`rows` (r, d) with length 1, rows of zeros as they are; at any scale, also where a square is not a float32."""
    return torch.nn.functional.normalize(rows / power_below(torch.linalg.vector_norm(rows, torch.inf, 1, keepdim=True)))


def power_below(x: Tensor) -> Tensor:
    """The greatest power of two that is no more than each `x` >= 0, and 1 for 0: what divides without rounding."""
    return torch.where(x > 0, x / (2 * torch.frexp(x).mantissa), torch.ones_like(x))


class _Prepared:
    """Features as the products need them, in parts of a tile's rows, so that similarities lie in [-1, 1].

    For cosines rows have unit length. For distances they are divided by `scale`, a power of two, so that squares are finite and
    not 0 at any scale of the features; then they are relative to `diameter`, the greatest distance that two rows can have, because
    rounding is absolute, and centred, which changes no distance and makes them more accurate. The last parts, which are needed
    most often, are kept as long as they fit.
    """

    def __init__(self, features: Rows, similarity: Similarity, device: torch.device | None) -> None:
        self._features, self._device = features, device
        self._starts = range(0, len(features), _TILE_ROWS)
        self._kept: dict[int, Tensor] = {}
        first = self._rows(0)
        self._cosine, self._mean = similarity == "cosine", first.new_zeros(())
        self.diameter = self.scale = first.new_ones(())
        self._fits = max(1, _room(first.device) // (_TILE_ROWS * first.shape[1] * 4))
        if not self._cosine:
            p = 1 if similarity == "l1" else 2
            every = range(len(self._starts))
            sums, tops = zip(
                *((x.sum(0, dtype=torch.float64), x.abs().max()) for x in map(self._rows, every)), strict=True
            )
            self.scale = power_below(torch.stack(tops).max())
            self._mean = (torch.stack(sums).sum(0) / len(features) / self.scale).float()
            radius = torch.stack([self._centred(self._rows(i)).norm(p=p, dim=1).max() for i in every]).max()
            self.diameter = 2 * radius
        self._unit = torch.where(self.diameter > 0, self.diameter, torch.ones_like(self.diameter))

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, i: int) -> Tensor:
        """Part number i: (r, d)."""
        if i in self._kept:
            return self._kept[i]
        rows = self._rows(i)
        rows = unit_rows(rows) if self._cosine else self._centred(rows) / self._unit
        if i >= len(self) - self._fits:
            self._kept[i] = rows
        return rows

    def _rows(self, i: int) -> Tensor:
        return torch.as_tensor(self._features[self._starts[i] : self._starts[i] + _TILE_ROWS], device=self._device)

    def _centred(self, rows: Tensor) -> Tensor:
        return rows / self.scale - self._mean


def _room(device: torch.device) -> int:
    """Bytes of prepared features that are kept."""
    return _KEPT_BYTES if device.type == "cpu" else int(torch.cuda.mem_get_info(device)[0] // 2)


def _scores(rows: Tensor, columns: Tensor, similarity: Similarity) -> Tensor:
    """Cosines, or 1 less the squared L2 or the L1 distance, of prepared rows: (r, c)."""
    if similarity == "cosine":
        return rows @ columns.T
    if similarity == "l1":
        return 1 - torch.cdist(rows, columns, p=1)
    squares = rows.square().sum(1, keepdim=True) + columns.square().sum(1)
    return (1 - squares).addmm_(rows, columns.T, alpha=2).clamp_(max=1)


class _Best:
    """The k best entries seen so far of every row, as keys.

    A key holds the rounded similarity in its upper half and, so that smaller columns come first, 2^32 - 1 less the column in its
    lower half. Keys of a row are distinct. Tiles of a row come with ascending columns, so an entry that ties with the last one
    of a full row is not among the best.
    """

    def __init__(self, n: int, k: int, device: torch.device) -> None:
        self._k = k
        self._keys = torch.full((n, k), _NOTHING, dtype=torch.int64, device=device)

    def offer(self, top: int, left: int, tile: Tensor) -> None:
        """Take what is good enough from the similarities `tile` of rows `top`, ... with columns `left`, ..."""
        rows = slice(top, top + len(tile))
        before = self._keys[rows]
        least = self._first_threshold(tile) if before[0, -1] == _NOTHING else _rounded(before[:, -1]) + 1
        # Half a step lower, where rounding may still go up: no similarity that ties with the threshold is missed.
        found = _true(tile >= ((least - 0.5) / _STEPS)[:, None])
        if len(found) > _CROWD * self._k * len(tile):
            found = _true(self._thinned(tile, least))
        row = torch.div(found, tile.shape[1], rounding_mode="floor")
        column = found - row * tile.shape[1]
        steps = torch.round(tile[row, column] * _STEPS).long()
        keys = (steps << 32) + (_LOW - left) - column
        self._keys[rows] = torch.topk(torch.cat([before, _table(row, keys, len(tile))], dim=1), self._k).values

    def _thinned(self, tile: Tensor, least: Tensor) -> Tensor:
        """Mask of the entries that can be among the best where many tie, as rows that are equal do: few more than k a row.

        All that are above the k-th greatest maximum of the tile's groups, and of those that reach it the first k.
        """
        threshold = torch.maximum(least, self._first_threshold(tile))[:, None]
        steps = torch.round(tile * _STEPS)
        tied = steps == threshold
        return (steps > threshold) | (tied & (tied.cumsum(1, dtype=torch.int32) <= self._k))

    def _first_threshold(self, tile: Tensor) -> Tensor:
        """A rounded similarity that at least k of each row's entries reach, or less than any where the row is too short.

        The k-th greatest maximum of groups of columns: k groups have an entry that reaches it, and few other entries do.
        """
        r, c = tile.shape
        group = min(_GROUP, c // (2 * self._k))
        if group < 2:
            return tile.new_full((r,), -2 * _STEPS)
        maxima = tile[:, : c // group * group].contiguous().view(r, group, -1).amax(1)
        return torch.round(torch.topk(maxima, self._k).values[:, -1] * _STEPS)

    def merge(self, ranks: Ranks) -> None:
        """Keep the best of what all processes have found, block by block of the rows."""
        for keys in torch.split(self._keys, _TILE_ROWS) if ranks.size > 1 else ():
            every = ranks.collected(keys).transpose(0, 1).flatten(1)
            keys.copy_(torch.topk(every, self._k).values)

    def entries(self) -> tuple[Tensor, Tensor]:
        """Columns (n, k) int64 and rounded similarities (n, k) float32, best first."""
        return _LOW - (self._keys & _LOW), _rounded(self._keys) / _STEPS


def _true(mask: Tensor) -> Tensor:
    """Numbers of the true entries, counted along the rows. NumPy finds them in a seventh of the time."""
    flat = mask.contiguous().view(-1)
    return torch.from_numpy(np.flatnonzero(flat.numpy())) if flat.device.type == "cpu" else flat.nonzero()[:, 0]


def _rounded(keys: Tensor) -> Tensor:
    return (keys >> 32).float()


def _table(row: Tensor, keys: Tensor, n_rows: int) -> Tensor:
    """`keys` of ascending rows as a table, short rows filled up with keys that are below any other."""
    count = torch.bincount(row, minlength=n_rows)
    start = count.cumsum(0) - count
    table = keys.new_full((n_rows, int(count.max())), _NOTHING)
    table[row, torch.arange(len(row), device=row.device) - start[row]] = keys
    return table
