"""Lists of texts in .npz files: arrays of Unicode that `numpy.load` reads, taken and written in blocks.

Such an array gives every text the width of the longest, four bytes a character: a gigabyte for 100,000 captions of which one has
2,500 characters. It is never in memory as a whole, and deflated it takes as much space as its texts do.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

import numpy as np

from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_CHARACTERS = 2**16
"""Longest text."""
_BLOCK_BYTES = 2**22


def read_texts(name: str, stream: IO[bytes], shape: tuple[int, ...], dtype: np.dtype[Any]) -> tuple[str, ...]:
    """The texts that follow the header of an .npy file.

    Raises
    ------
    DataError
        They are no list of texts, or longer than `MAX_CHARACTERS`; the message begins with `name`.
    """
    if len(shape) != 1 or dtype.kind != "U":
        raise DataError(f"{name} must be a list of strings, got shape {shape} of dtype {dtype}")
    if dtype.itemsize > 4 * MAX_CHARACTERS:
        raise DataError(f"{name} must hold strings of at most {MAX_CHARACTERS:,} characters, got dtype {dtype}")
    n, width, step = shape[0], dtype.itemsize // 4, _step(dtype)
    coding = "utf-32-be" if dtype.str[0] == ">" else "utf-32-le"
    out: list[str] = []
    for start in range(0, n, step):
        rows = min(step, n - start)
        try:
            part = stream.read(rows * dtype.itemsize).decode(coding)
        except UnicodeDecodeError as error:
            raise DataError(f"{name}: holds bytes that are no text ({error})") from error
        if len(part) != rows * width:
            raise DataError(f"{name}: ends before its {n:,} strings do")
        out += [part[i * width : (i + 1) * width].rstrip("\0") for i in range(rows)]
    return tuple(out)


def write_texts(stream: IO[bytes], texts: Sequence[str]) -> None:
    """Write `texts` as the .npy file of an array (n,)."""
    dtype = np.dtype(f"<U{max(map(len, texts), default=1) or 1}")
    header = {"descr": dtype.str, "fortran_order": False, "shape": (len(texts),)}
    np.lib.format.write_array_header_1_0(stream, header)
    for start in range(0, len(texts), _step(dtype)):
        stream.write(np.array(texts[start : start + _step(dtype)], dtype=dtype).tobytes())


def _step(dtype: np.dtype[Any]) -> int:
    return max(1, _BLOCK_BYTES // max(dtype.itemsize, 1))


def distinct(name: str, texts: Sequence[str]) -> None:
    """Refuse texts that are to name something and do not."""
    seen: dict[str, int] = {}
    for row, text in enumerate(texts):
        if not text:
            raise DataError(f"{name}: row {row} is empty; expected the name of a pair")
        first = seen.setdefault(text, row)
        if first != row:
            raise DataError(f"{name} must name each pair once; rows {first} and {row} are both {text!r:.60}")
