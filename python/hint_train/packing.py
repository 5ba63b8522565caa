"""Codes as bytes: how signs are packed, and unpacked again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hint_train.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def pack(outputs: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Pack real outputs (n, L) into codes (n, ceil(L / 8)).

    Bit j is 1 where output j >= 0, so 0 counts as +1. It is bit j mod 8 of byte j // 8, least significant first, as faiss
    stores binary vectors; unused bits of the last byte are 0.
    """
    return np.packbits(outputs >= 0, axis=1, bitorder="little")


def unpack(codes: NDArray[np.uint8], bits: int) -> NDArray[np.float32]:
    """Signs (n, bits) of -1 and +1 of packed codes."""
    if codes.ndim != 2 or codes.dtype != np.uint8 or codes.shape[1] != -(-bits // 8):
        raise DataError(
            f"codes of {bits} bits must be uint8 of shape (n, {-(-bits // 8)}), got {codes.dtype} {codes.shape}"
        )
    ones = np.unpackbits(codes, axis=1, count=bits, bitorder="little")
    return ones.astype(np.float32) * 2 - 1
