"""Matrices as they lie in a file: shape and type are known before anything is read, and values arrive in blocks.

A reader of a format is a class with the members of `Stored`. What all of them need, checks of limits and values and the
conversion to the arrays of `PairedData`, is here, once.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

MAX_BYTES = 64 * 2**30
"""Greatest size that the header of one matrix may declare."""
BLOCK_BYTES = 64 * 2**20
"""Aim for the size of one block; peak memory beyond the result is a small multiple of it."""
MAX_DEFLATE = 1032
"""Greatest ratio that deflate can reach: what declares more than this times the stored bytes is a lie."""

Block = tuple[slice, slice, "NDArray[Any]"]
"""Rows, columns and the values there."""


class Stored(Protocol):
    """A matrix of numbers in a file."""

    @property
    def name(self) -> str:
        """File and key, for messages."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns as a user of the format sees them (MATLAB's order in a MATLAB file)."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the numbers in the file."""

    def blocks(self) -> Iterator[Block]:
        """Every part of the matrix once, in the order that reads the file best."""


class Transposed:
    """A stored matrix with rows and columns exchanged."""

    def __init__(self, base: Stored) -> None:
        self._base = base
        self.name = base.name
        self.shape = (base.shape[1], base.shape[0])
        self.dtype = base.dtype

    def blocks(self) -> Iterator[Block]:
        """The blocks of the base, each transposed."""
        for rows, columns, block in self._base.blocks():
            yield columns, rows, block.T


def check_declared(name: str, shape: Sequence[int], itemsize: int, max_bytes: int = MAX_BYTES) -> int:
    """Number of bytes that a header declares, before anything is allocated for it.

    Raises
    ------
    DataError
        A size is negative, or all of it is more than `max_bytes`.
    """
    if any(size < 0 for size in shape):
        raise DataError(f"{name}: declares the negative size {tuple(shape)}")
    declared = math.prod(shape) * itemsize
    if declared > max_bytes:
        raise DataError(
            f"{name}: declares {declared:,} bytes of shape {tuple(shape)}, more than the limit {max_bytes:,}"
        )
    return declared


def check_matrix(name: str, shape: Sequence[int]) -> tuple[int, int]:
    """`shape` as rows and columns, both at least 1, or a `DataError`."""
    if len(shape) == 4:
        raise DataError(
            f"{name}: has shape {tuple(shape)}, which is raw pictures; expected one row of features per pair, such as "
            "the 4,096 values of VGG-19's layer fc7"
        )
    if len(shape) != 2 or 0 in shape:
        raise DataError(f"{name}: must have shape (rows, columns), both at least 1, got {tuple(shape)}")
    return int(shape[0]), int(shape[1])


def finite_blocks(stored: Stored) -> Iterator[Block]:
    """The blocks as float32, each checked.

    Raises
    ------
    DataError
        A value is not finite in float32; the message names the first.
    """
    for rows, columns, block in stored.blocks():
        with np.errstate(over="ignore", invalid="ignore"):
            values = block.astype(np.float32, copy=False)
        bad = ~np.isfinite(values)
        if bad.any():
            row, column = (int(i) for i in np.argwhere(bad)[0])
            where = f"row {row + (rows.start or 0)}, column {column + (columns.start or 0)}"
            raise DataError(f"{stored.name}: must be finite in float32; {where} is {block[row, column]}")
        yield rows, columns, values


def copy_features(stored: Stored, out: NDArray[np.float32]) -> None:
    """Fill `out`, of the same shape, which may be memory-mapped, with checked values."""
    for rows, columns, block in finite_blocks(stored):
        out[rows, columns] = block


def read_features(stored: Stored) -> NDArray[np.float32]:
    """All values, checked, in memory: 4 bytes each, and at most a few blocks beyond them."""
    out = np.empty(stored.shape, dtype=np.float32)
    copy_features(stored, out)
    return out


def read_labels(stored: Stored) -> NDArray[np.bool_]:
    """All values as truth values.

    Raises
    ------
    DataError
        A value is neither 0 nor 1.
    """
    out = np.empty(stored.shape, dtype=bool)
    for rows, columns, block in finite_blocks(stored):
        other = (block != 0) & (block != 1)
        if other.any():
            raise DataError(f"{stored.name}: labels must be 0 or 1, got {block[other][0]:g}")
        out[rows, columns] = block != 0
    return out


def zero_rows(what: str, values: NDArray[Any]) -> tuple[str, ...]:
    """A note on how many rows of (n, d) `values`, called `what`, are all zero, if any are; read in blocks."""
    n = len(values)
    size = step(n, values.shape[1] * values.dtype.itemsize)
    count = sum(int((~values[start : start + size].any(axis=1)).sum()) for start in range(0, n, size))
    return (f"{count:,} of {n:,} {what} are all zero",) if count else ()


def step(n: int, bytes_each: int, multiple: int = 1) -> int:
    """How many of `n` rows or columns of `bytes_each` bytes make a block, a multiple of `multiple` where possible."""
    wanted = max(1, BLOCK_BYTES // max(1, bytes_each))
    return min(n, max(multiple, wanted // multiple * multiple))
