"""Rows of an .npy file, or of an array in an .npz file, read block by block: a file may be larger than memory."""

from __future__ import annotations

import contextlib
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from hint_train.data.formats.arrays import check_table
from hint_train.data.formats.npy import read_header
from hint_train.data.formats.stored import MAX_BYTES, check_declared
from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class RowFile:
    """A table of numbers in an open file.

    Attributes
    ----------
    name
        File, for messages.
    shape, dtype
        Of the table; both sizes are at least 1.
    """

    name: str
    shape: tuple[int, int]
    dtype: np.dtype[Any]
    _stream: IO[bytes]
    _whole: NDArray[Any] | None

    def __len__(self) -> int:
        return self.shape[0]

    def blocks(self, size: int) -> Iterator[NDArray[Any]]:
        """The rows from first to last, once, in blocks of `size`."""
        for start in range(0, len(self), size):
            count = min(size, len(self) - start)
            yield self._read(count) if self._whole is None else self._whole[start : start + count]

    def _read(self, count: int) -> NDArray[Any]:
        block = np.empty((count, self.shape[1]), self.dtype)
        view = block.reshape(-1).view(np.uint8).data
        try:
            while view:
                taken = self._stream.readinto(view)  # type: ignore[attr-defined]
                if not taken:
                    raise DataError(f"{self.name}: ends before its {len(self):,} rows do")
                view = view[taken:]
        except (zipfile.BadZipFile, zlib.error) as error:
            raise _unreadable(self.name, error) from error
        return block


@contextlib.contextmanager
def opened_rows(path: Path, key: str) -> Iterator[RowFile]:
    """The table in an .npy file, or under `key` in an .npz file, with what was opened closed at the end of the block.

    Raises
    ------
    DataError
        The file is missing, unreadable, shorter than it says, or has no such table.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file; expected .npy, or .npz with the key {key}")
    with contextlib.ExitStack() as stack:
        try:
            rows = _opened(path, key, stack)
        except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
            if isinstance(error, DataError):
                raise
            raise _unreadable(str(path), error) from error
        yield rows


def _opened(path: Path, key: str, stack: contextlib.ExitStack) -> RowFile:
    stream: IO[bytes] = stack.enter_context(path.open("rb"))
    stored = path.stat().st_size
    zipped = stream.read(2) == b"PK"
    if zipped:
        archive = stack.enter_context(zipfile.ZipFile(stream))
        names = [name.removesuffix(".npy") for name in archive.namelist()]
        if key not in names:
            raise DataError(f"{path}: has no array {key}; it holds {', '.join(names) or 'nothing'}")
        member = archive.infolist()[names.index(key)]
        stream, stored = stack.enter_context(archive.open(member)), member.file_size
    else:
        stream.seek(0)
    shape, fortran, dtype = read_header(stream)
    check_table(str(path), shape, dtype)
    declared = check_declared(str(path), shape, dtype.itemsize, max(MAX_BYTES, stored))
    if stored - stream.tell() < declared:
        raise DataError(f"{path}: declares {declared:,} bytes of shape {shape}, but holds {stored - stream.tell():,}")
    whole: NDArray[Any] | None = None
    if fortran and min(shape) > 1:  # a row lies scattered over all of it
        if zipped:
            whole = np.frombuffer(stream.read(declared), dtype).reshape(shape, order="F")
        else:
            whole = np.memmap(path, dtype, "r", stream.tell(), shape, "F")
    return RowFile(str(path), (shape[0], shape[1]), dtype, stream, whole)


def _unreadable(name: str, error: Exception) -> DataError:
    return DataError(f"{name}: not a readable .npy or .npz file ({error})")
