"""What a search is given, checked at the door."""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING

import numpy as np

from hint_train.errors import ConfigError, DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def checked_count(name: str, value: object, least: int = 1) -> int:
    """A whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ConfigError(f"{name} must be a whole number of at least {least}, got {value!r}")
    return int(value)


def checked_codes(name: str, codes: object, bits: int) -> NDArray[np.uint8]:
    """Packed codes of `bits` bits, rows one after the other in memory; a copy only where they are not."""
    width = -(-bits // 8)
    if not isinstance(codes, np.ndarray) or codes.dtype != np.uint8 or codes.shape[1:] != (width,):
        got = f"{codes.dtype} {codes.shape}" if isinstance(codes, np.ndarray) else type(codes).__name__
        raise DataError(f"{name} of {bits} bits must be a uint8 array of shape (n, {width}), got {got}")
    if bits % 8 and (codes[:, -1] >> (bits % 8)).any():
        raise DataError(f"{name} of {bits} bits must have 0 in the {8 * width - bits} unused bits of the last byte")
    return np.ascontiguousarray(codes)


def checked_outputs(outputs: ArrayLike, queries: int, bits: int) -> NDArray[np.float32]:
    """Real-valued outputs of as many queries, finite."""
    try:
        real = np.asarray(outputs, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise DataError(f"outputs must be numbers, got {type(outputs).__name__} ({error})") from error
    if real.shape != (queries, bits):
        raise DataError(f"outputs must have a row of {bits} numbers for each of {queries} queries, got {real.shape}")
    if not np.isfinite(real).all():
        raise DataError("outputs must be finite")
    return real
