"""Reader of MATLAB files of version 5 (`save -v6`, `-v7`): numbers only, in blocks, with every size checked first.

Layout after MathWorks, *MAT-File Format*: a header of 128 bytes, then elements of a tag (type, bytes) and data; a matrix is
an element that holds elements for its class, its size, its name and its values, and may be deflated as a whole. SciPy reads
such files too, but allocates what a tag declares before it looks whether the file can hold it, and returns the whole of a
matrix as it is stored: 6 GB of doubles for the images of NUS-WIDE, where this reader needs the 3 GB of the result.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from hint_train.data.formats.mat5bytes import (
    COMPRESSED,
    MATRIX,
    NUMBERS,
    Deflated,
    Plain,
    Source,
    byte_order,
    read_tag,
    small_element,
    small_integers,
)
from hint_train.data.formats.stored import MAX_BYTES, check_declared, check_matrix, step
from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hint_train.data.formats.stored import Block

_SPARSE = 5
_CLASSES = {1: "cell", 2: "struct", 3: "object", 4: "char", 16: "function", 17: "opaque", 18: "object"}
_NUMERIC = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8"}
_COMPLEX_FLAG = 0x0800
_MAX_VARIABLES = 10_000
_MAX_NAME = 4096
MAX_SPARSE = 2**33
"""Greatest size, as a full matrix of doubles, that a sparse one may declare; the texts of NUS-WIDE take 1.5 GB."""


@dataclass(frozen=True, slots=True)
class _Variable:
    """Where a variable lies and what its header says."""

    key: str
    kind: int
    is_complex: bool
    shape: tuple[int, ...]
    start: int
    length: int
    compressed: bool


def mat5_keys(path: Path) -> list[str]:
    """Names of the variables of a version 5 file.

    Raises
    ------
    DataError
        The file is no such file or ends too early.
    """
    return [variable.key for variable in _scan(path)]


class Mat5Matrix:
    """One real matrix, full or sparse, of a version 5 file; see `hint_train.data.formats.stored.Stored`."""

    def __init__(self, path: Path, key: str, max_bytes: int = MAX_BYTES) -> None:
        self.name = f"{path}: {key}"
        self._path = path
        variables = _scan(path)
        found = [variable for variable in variables if variable.key == key]
        if not found:
            raise DataError(
                f"{path}: has no variable {key}; it holds {', '.join(v.key for v in variables) or 'nothing'}"
            )
        self._variable = found[-1]
        self._check_class()
        self.shape = check_matrix(self.name, self._variable.shape)
        self.dtype: np.dtype[Any] = np.dtype(_NUMERIC.get(self._variable.kind, "f8"))
        # A sparse matrix says nothing about most of its size, so that only a limit can bound it.
        sparse = self._variable.kind == _SPARSE
        declared = check_declared(
            self.name, self.shape, self.dtype.itemsize, min(max_bytes, MAX_SPARSE) if sparse else max_bytes
        )
        # A full matrix takes at least one byte a value, whatever its class, a sparse one four a column.
        least = 4 * self.shape[1] if sparse else declared // self.dtype.itemsize
        if least > self._variable.length * (Deflated.MAX_RATIO if self._variable.compressed else 1):
            raise DataError(
                f"{self.name}: declares {declared:,} bytes, more than its {self._variable.length:,} can hold"
            )

    def _check_class(self) -> None:
        kind = self._variable.kind
        if kind != _SPARSE and kind not in _NUMERIC:
            raise DataError(
                f"{self.name}: is of MATLAB's class {_CLASSES.get(kind, kind)}; expected a matrix of numbers"
            )
        if self._variable.is_complex:
            raise DataError(f"{self.name}: is complex; expected real numbers")

    def blocks(self) -> Iterator[Block]:
        """Blocks of whole columns, the order in which the file has them."""
        try:
            with self._path.open("rb") as stream:
                order = byte_order(self._path, stream)
                source = _open(stream, self._variable, order)
                _read_header(source, order, self.name)
                if self._variable.kind == _SPARSE:
                    yield from self._sparse(source, order)
                else:
                    yield from self._full(source, order)
        except (OSError, EOFError, zlib.error) as error:
            raise DataError(f"{self.name}: the file is torn ({error})") from error

    def _full(self, source: Source, order: str) -> Iterator[Block]:
        rows, columns = self.shape
        number, immediate, length = read_tag(source, order)
        stored = self._number(number, length, rows * columns, order)
        if immediate is not None:
            yield slice(0, rows), slice(0, columns), np.frombuffer(immediate, stored).reshape(columns, rows).T
            return
        size = step(columns, rows * stored.itemsize)
        for start in range(0, columns, size):
            part = slice(start, min(start + size, columns))
            taken = source.read((part.stop - start) * rows * stored.itemsize)
            yield slice(0, rows), part, np.frombuffer(taken, stored).reshape(-1, rows).T

    def _number(self, number: int, length: int, count: int, order: str) -> np.dtype[Any]:
        if number not in NUMBERS:
            raise DataError(f"{self.name}: values have the unknown type {number}")
        stored = np.dtype(order + NUMBERS[number])
        if length != count * stored.itemsize:
            raise DataError(f"{self.name}: expected {count:,} values of {stored}, got {length:,} bytes")
        return stored

    def _sparse(self, source: Source, order: str) -> Iterator[Block]:
        rows, columns = self.shape
        most = self._variable.length * (Deflated.MAX_RATIO if self._variable.compressed else 1)
        row_of = small_integers(source, order, most)
        start_of = small_integers(source, order, most)
        number, immediate, length = read_tag(source, order)
        if len(start_of) != columns + 1 or start_of[0] != 0 or (np.diff(start_of) < 0).any():
            raise DataError(f"{self.name}: column offsets of the sparse matrix are broken")
        count = int(start_of[-1])
        stored = self._number(number, length, count, order)
        values = np.frombuffer(source.read(length) if immediate is None else immediate, stored)
        row_of = row_of[:count]
        if len(row_of) != count or (count and (row_of.min() < 0 or row_of.max() >= rows)):
            raise DataError(f"{self.name}: row numbers of the sparse matrix are broken")
        size = step(columns, rows * 4)
        for start in range(0, columns, size):
            stop = min(start + size, columns)
            part = slice(int(start_of[start]), int(start_of[stop]))
            block = np.zeros((rows, stop - start), dtype=np.float32)
            column = np.repeat(np.arange(stop - start), np.diff(start_of[start : stop + 1]))
            block[row_of[part], column] = values[part]
            yield slice(0, rows), slice(start, stop), block


def _scan(path: Path) -> list[_Variable]:
    try:
        with path.open("rb") as stream:
            return _variables(path, stream)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: not a readable MATLAB file ({error})") from error


def _variables(path: Path, stream: IO[bytes]) -> list[_Variable]:
    order = byte_order(path, stream)
    end = path.stat().st_size
    found: list[_Variable] = []
    position = 128
    while position + 8 <= end and len(found) < _MAX_VARIABLES:
        stream.seek(position)
        number, _, length = read_tag(Plain(stream, 8), order)
        start = position + 8
        if number not in (COMPRESSED, MATRIX):
            raise DataError(f"{path}: byte {position:,} has an element of type {number}; expected a matrix")
        if start + length > end:
            raise DataError(f"{path}: is torn: an element declares {length:,} bytes, but {end - start:,} follow")
        blank = _Variable("", 0, False, (), start, length, number == COMPRESSED)
        kind, is_complex, shape, key = _read_header(_open(stream, blank, order), order, str(path))
        found.append(_Variable(key, kind, is_complex, shape, start, length, number == COMPRESSED))
        position = start + length  # lengths of matrices already count their padding; deflated ones have none
    return found


def _open(stream: IO[bytes], variable: _Variable, order: str) -> Source:
    """The inside of a matrix element, inflated where it is deflated."""
    stream.seek(variable.start)
    if not variable.compressed:
        return Plain(stream, variable.length)
    source = Deflated(stream, variable.length)
    number, _, _ = read_tag(source, order)
    if number != MATRIX:
        raise DataError(f"a deflated element holds type {number}; expected a matrix")
    return source


def _read_header(source: Source, order: str, name: str) -> tuple[int, bool, tuple[int, ...], str]:
    """Class, whether complex, size and name; the size of a class without one is empty."""
    flags = small_element(source, order, 8)
    if len(flags) != 8:
        raise DataError(f"{name}: array flags have {len(flags)} bytes; expected 8")
    word = int(flags.view(order + "u4")[0])
    kind = word & 0xFF
    shape: tuple[int, ...] = ()
    if kind != 17:  # MATLAB's opaque class has no size
        shape = tuple(int(size) for size in small_integers(source, order, 4 * 32))
    key = small_element(source, order, _MAX_NAME).tobytes().decode("utf-8", "replace")
    return kind, bool(word & _COMPLEX_FLAG), shape, key
