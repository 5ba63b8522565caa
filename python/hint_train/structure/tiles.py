"""Rows made ready for products, in parts, and the products of two parts: a tile of similarities, and bounds on what rounding does."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

import numpy as np
import torch

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

Similarity = Literal["cosine", "l2", "l1"]

_TILE_ROWS = 4000
"""Rows and columns of a tile: 64 MB of float32."""
_KEPT_BYTES = 2**30
_FEW_ROWS = 16_384
"""So few rows take seconds: their products are the similarities themselves, and no entry is multiplied again."""


class Rows(Protocol):
    """n rows of d float32 that are handed out by slices: a tensor, an array, or something that makes them when asked."""

    def __len__(self) -> int:
        """Number of rows."""
        ...

    def __getitem__(self, rows: slice, /) -> Tensor | NDArray[np.float32]:
        """The rows of a slice."""
        ...


def unit_rows(rows: Tensor) -> Tensor:
    """`rows` (r, d) with length 1, rows of zeros as they are; at any scale, also where a square is not a float32."""
    return torch.nn.functional.normalize(rows / power_below(torch.linalg.vector_norm(rows, torch.inf, 1, keepdim=True)))


def power_below(x: Tensor) -> Tensor:
    """The greatest power of two that is no more than each `x` >= 0, and 1 for 0: what divides without rounding."""
    return torch.where(x > 0, x / (2 * torch.frexp(x).mantissa), torch.ones_like(x))


class Part(NamedTuple):
    """Prepared rows.

    Attributes
    ----------
    start
        Number of the first row.
    rows
        (r, d) float32.
    short
        The rows as bfloat16, or None where these gain nothing.
    error
        The greatest distance of a row from its short one.
    """

    start: int
    rows: Tensor
    short: Tensor | None
    error: float


def _part(start: int, rows: Tensor, short: bool) -> Part:
    if not short:
        return Part(start, rows, None, 0.0)
    shorter = rows.bfloat16()
    return Part(start, rows, shorter, float((rows - shorter).norm(dim=1).max()))


def shortens(device: torch.device) -> bool:
    """Whether products are faster as bfloat16: on a CPU with an instruction for sums of them."""
    found = torch.cpu.get_capabilities() if _on_cpu(device) and hasattr(torch.cpu, "get_capabilities") else {}
    return bool(found.get("avx512_bf16") or found.get("amx_bf16"))


class Parts:
    """Features as the products need them, in parts of a tile's rows, so that similarities lie in [-1, 1].

    For cosines rows have unit length. For distances they are divided by `scale`, a power of two, so that squares are finite and
    not 0 at any scale of the features; then they are relative to `diameter`, the greatest distance that two rows can have, because
    rounding is absolute, and centred, which changes no distance and makes them more accurate. The last parts, which are needed
    most often, are kept as long as they fit. `filters` says whether products only say what to multiply again, see `Tile`, and
    `short` whether parts are there as bfloat16 for that.
    """

    def __init__(self, features: Rows, similarity: Similarity, device: torch.device | None) -> None:
        self._features, self._device = features, device
        self._starts = range(0, len(features), _TILE_ROWS)
        self._kept: dict[int, Part] = {}
        first = self._rows(0)
        self._cosine, self._mean = similarity == "cosine", first.new_zeros(())
        self.diameter = self.scale = first.new_ones(())
        self.filters = self._cosine and _on_cpu(first.device) and len(features) > _FEW_ROWS
        self.short = self.filters and shortens(first.device)
        self._fits = max(1, _room(first.device) // (_TILE_ROWS * first.shape[1] * (6 if self.short else 4)))
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

    def __getitem__(self, i: int) -> Part:
        """Part number i."""
        if i in self._kept:
            return self._kept[i]
        rows = self._rows(i)
        part = _part(self._starts[i], unit_rows(rows) if self._cosine else self._centred(rows) / self._unit, self.short)
        if i >= len(self) - self._fits:
            self._kept[i] = part
        return part

    def _rows(self, i: int) -> Tensor:
        return torch.as_tensor(self._features[self._starts[i] : self._starts[i] + _TILE_ROWS], device=self._device)

    def _centred(self, rows: Tensor) -> Tensor:
        return rows / self.scale - self._mean


def _room(device: torch.device) -> int:
    """Bytes of prepared features that are kept."""
    return _KEPT_BYTES if device.type == "cpu" else int(torch.cuda.mem_get_info(device)[0] // 2)


class Tile:
    """Similarities of prepared rows (r) with prepared columns (c).

    Cosines of many rows on the CPU are a filter: `values` are off by up to `slack`, and what passes is multiplied again by `exact`.
    Products of short rows x', y' differ from those of x, y by up to |x - x'| |y| + |x'| |y - y'| (Cauchy and Schwarz) and by what adding
    up in float32 loses; rounding these to bfloat16 keeps their order. So they hide nothing, and neither short rows, the size of tiles nor
    the number of threads changes a bit of what is found.

    Attributes
    ----------
    values
        (r, c), bfloat16 of short rows.
    top, left
        Numbers of the first row and column.
    short
        Whether rows are short.
    """

    def __init__(self, rows: Part, columns: Part, values: Tensor, *, filters: bool) -> None:
        self._rows, self._columns, self._filters = rows, columns, filters
        self.values, self.top, self.left = values, rows.start, columns.start
        self.short = values.dtype == torch.bfloat16
        # Each of two sums of d products of unit rows is off by up to d / 2 eps: twice that.
        added = 2 * rows.rows.shape[1] * torch.finfo(torch.float32).eps * filters
        self._slack = added + (rows.error + columns.error) * (1 + torch.finfo(torch.bfloat16).eps) * self.short

    def turned(self) -> Tile:
        """The same with rows as columns."""
        return Tile(self._columns, self._rows, self.values.T, filters=self._filters)

    def surely(self, value: Tensor) -> Tensor:
        """Float32 that an entry reaches whose value is `value`."""
        found = value.float()
        return found - (found.abs() * torch.finfo(value.dtype).eps + self._slack if self._filters else 0)

    def reaching(self, least: Tensor) -> Tensor:
        """Mask (r, c) of the entries that may reach `least` (r,)."""
        return self.values >= (least - self._slack).to(self.values.dtype)[:, None]

    def exact(self, row: Tensor, column: Tensor) -> Tensor:
        """Similarities of rows and columns (e,), ascending by row and then by column."""
        if not self._filters:
            return self.values[row, column]
        rows, columns = self._rows.rows, self._columns.rows
        starts = torch.searchsorted(row, torch.arange(len(rows) + 1))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # sparse rows are in beta state
            pattern = torch.sparse_csr_tensor(starts, column, torch.zeros(len(row)), (len(rows), len(columns)))
            product: Tensor = torch.sparse.sampled_addmm(pattern, rows, columns.T, beta=0)
        return product.values()


def tile_of(rows: Part, columns: Part, similarity: Similarity, *, short: bool, filters: bool) -> Tile:
    """Similarities of two parts, of short rows if there are any and `short` says so; minus infinity of a row with itself."""
    if short and rows.short is not None and columns.short is not None:
        values = rows.short @ columns.short.T
    else:
        values = _scores(rows.rows, columns.rows, similarity)
    if rows.start == columns.start:
        values.fill_diagonal_(-torch.inf)
    return Tile(rows, columns, values, filters=filters)


def _scores(rows: Tensor, columns: Tensor, similarity: Similarity) -> Tensor:
    """Cosines, or 1 less the squared L2 or the L1 distance, of prepared rows: (r, c)."""
    if similarity == "cosine":
        return rows @ columns.T
    if similarity == "l1":
        return 1 - torch.cdist(rows, columns, p=1)
    squares = rows.square().sum(1, keepdim=True) + columns.square().sum(1)
    return (1 - squares).addmm_(rows, columns.T, alpha=2).clamp_(max=1)


def where(mask: Tensor) -> tuple[Tensor, Tensor]:
    """Rows and columns of the true entries of a mask, row by row. NumPy finds them in a seventh of the time."""
    if not _on_cpu(mask.device):
        row, column = mask.nonzero(as_tuple=True)
        return row, column
    turned = mask.stride(0) < mask.stride(1)  # few are true: these are turned, not all
    flat = mask.T if turned else mask
    row, column = (torch.from_numpy(x) for x in np.divmod(np.flatnonzero(flat.numpy()), flat.shape[1]))
    if not turned:
        return row, column
    order = torch.from_numpy(np.argsort(column.numpy().astype(np.uint16), kind="stable"))
    return column[order], row[order]


def _on_cpu(device: torch.device) -> bool:
    return device.type == "cpu"
