"""Reader of .npy files: memory-mapped, never unpickled."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

import numpy as np

from hint_train.data.formats.stored import check_declared, check_matrix, step
from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from hint_train.data.formats.stored import Block


def read_header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether the order is Fortran's, and type, with which an .npy file begins; a ValueError where it does not."""
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    header: tuple[tuple[int, ...], bool, np.dtype[Any]] = read(stream)
    return header


def open_npy(path: Path) -> NDArray[Any]:
    """The array of an .npy file, mapped so that changes stay in memory and never reach the file.

    Raises
    ------
    DataError
        No .npy file, a file that is shorter than its header says, or an array of objects.
    """
    try:
        with path.open("rb") as stream:
            shape, _, dtype = read_header(stream)
            start = stream.tell()
        if dtype.hasobject:
            raise DataError(f"{path}: holds Python objects; expected numbers")
        declared = check_declared(str(path), shape, dtype.itemsize)
        stored = path.stat().st_size - start
        if stored < declared:
            raise DataError(f"{path}: declares {declared:,} bytes of shape {shape}, but holds {stored:,}")
        if declared == 0:
            return np.empty(shape, dtype)
        # Copy on write, as torch warns of arrays that it may not write. A plain view, as nobody here needs the class memmap.
        return np.asarray(np.load(path, mmap_mode="c", allow_pickle=False))
    except (OSError, EOFError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path}: not a readable .npy file ({error})") from error


class NpyMatrix:
    """The matrix of an .npy file; see `hint_train.data.formats.stored.Stored`."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self.values = open_npy(path)
        if self.values.dtype.kind not in "fiub":
            raise DataError(f"{path}: must hold numbers, got dtype {self.values.dtype}")
        self.shape = check_matrix(self.name, self.values.shape)
        self.dtype = self.values.dtype

    def blocks(self) -> Iterator[Block]:
        """Blocks of whole rows, or of whole columns where the file is in Fortran's order."""
        rows, columns = self.shape
        if self.values.flags.f_contiguous and not self.values.flags.c_contiguous:
            size = step(columns, rows * self.dtype.itemsize)
            for start in range(0, columns, size):
                part = slice(start, min(start + size, columns))
                yield slice(0, rows), part, self.values[:, part]
            return
        size = step(rows, columns * self.dtype.itemsize)
        for start in range(0, rows, size):
            part = slice(start, min(start + size, rows))
            yield part, slice(0, columns), self.values[part]
