"""Rows of features in whatever form they come, in blocks of checked float32: what is encoded may be larger than memory."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from hint_train.data.formats.arrays import check_table, finite
from hint_train.data.formats.rowfile import RowFile
from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_BLOCK_BYTES = 2**23
_MOST_ROWS = 4096
"""More make no product faster."""


def as_array(name: str, rows: object) -> NDArray[Any]:
    """`rows`, an array, a tensor on any device, a sparse matrix or lists, as an array, or a `DataError` that begins with `name`."""
    try:
        torch = sys.modules.get("torch")  # who has a tensor has imported it
        if torch is not None and isinstance(rows, torch.Tensor):
            dense = rows.detach().to_dense().cpu()
            return np.asarray(dense.float() if dense.dtype == torch.bfloat16 else dense)
        return np.asarray(rows.toarray() if hasattr(rows, "toarray") else rows)
    except (TypeError, ValueError, RuntimeError) as error:
        raise DataError(
            f"{name} must be a table of numbers, all rows of one length, got {type(rows).__name__} ({error})"
        ) from error


def block_rows(width: int) -> int:
    """How many rows make a block, where each becomes up to `width` float32 on its way through a network."""
    return max(1, min(_MOST_ROWS, _BLOCK_BYTES // (4 * width)))


def blocks(name: str, rows: NDArray[Any] | RowFile, columns: int, size: int) -> Iterator[NDArray[np.float32]]:
    """Blocks of `size` of the rows of (n, `columns`) numbers.

    Raises
    ------
    DataError
        They are no such table, or not finite; the message begins with `name`.
    """
    check_table(name, rows.shape, rows.dtype)
    parts = rows.blocks(size) if isinstance(rows, RowFile) else (rows[i : i + size] for i in range(0, len(rows), size))
    for number, part in enumerate(parts):
        block = finite(name, part, first=number * size)
        if block.shape[1] != columns:
            raise DataError(f"{name} must have {columns} features, got {block.shape[1]}")
        yield block
