"""Reader of HDF5 files: .h5py and .h5 as Python writes them, and .mat as MATLAB writes them since version 7.3.

Only data sets of numbers at the top level are read. Links into other files, external storage, virtual data sets, references
and MATLAB's cells, structs, functions and objects are refused; sizes are checked before anything is allocated.
"""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from hint_train.data.formats.stored import MAX_BYTES, MAX_DEFLATE, check_declared, check_matrix, step
from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hint_train.data.formats.stored import Block

_NUMERIC_CLASSES = {
    "double",
    "single",
    "logical",
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
}
_INTERNAL = ("#refs#", "#subsystem#")
_SLACK = 2**16
"""Bytes that a small data set may declare beyond what deflate explains: chunks that were never written are zeros."""
_MAX_CHUNK = 2**30
MAX_SPARSE = 2**33
"""As in `hint_train.data.formats.mat5`; half of it for the single precision in which sparse matrices are read here."""


def is_hdf5(path: Path) -> bool:
    """Whether the file has HDF5's signature; MATLAB puts 512 bytes of its own before it."""
    with path.open("rb") as stream:
        for start in (0, 512):
            stream.seek(start)
            if stream.read(8) == b"\x89HDF\r\n\x1a\n":
                return True
    return False


def hdf5_keys(path: Path) -> list[str]:
    """Names at the top level.

    Raises
    ------
    DataError
        The file cannot be read as HDF5.
    """
    import h5py

    with _faults_of(str(path)), h5py.File(path, "r") as file:
        return _named(file)


@contextlib.contextmanager
def _faults_of(name: str) -> Iterator[None]:
    """What h5py raises on damaged files, which is documented nowhere, as a `DataError` that begins with `name`."""
    try:
        yield
    except (OSError, RuntimeError, LookupError, TypeError, ValueError, OverflowError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{name}: not readable as HDF5, the file may be torn ({error})") from error


def _named(file: Any) -> list[str]:
    """Names at the top level, but for those under which MATLAB keeps what cells and objects hold."""
    return [str(key) for key in file if key not in _INTERNAL]


class Hdf5Matrix:
    """One data set of numbers, or a sparse matrix of MATLAB; see `hint_train.data.formats.stored.Stored`.

    HDF5 files of MATLAB hold every matrix transposed; `shape` and `blocks` give it as MATLAB shows it.
    """

    def __init__(self, path: Path, key: str, max_bytes: int = MAX_BYTES) -> None:
        import h5py

        self.name = f"{path}: {key}"
        self._path = path
        self._key = key
        with _faults_of(self.name), h5py.File(path, "r") as file:
            node = self._node(h5py, file)
            self._sparse = isinstance(node, h5py.Group)
            self._matlab = "MATLAB_class" in node.attrs
            self.dtype, self.shape = self._check_sparse(h5py, node) if self._sparse else self._check(node)
        limit = min(max_bytes, MAX_SPARSE // 2) if self._sparse else max_bytes
        check_declared(self.name, self.shape, self.dtype.itemsize, limit)

    def _node(self, h5py: Any, file: Any) -> Any:
        if self._key not in file:
            raise DataError(
                f"{self._path}: has no data set {self._key}; it holds {', '.join(_named(file)) or 'nothing'}"
            )
        if not isinstance(file.get(self._key, getlink=True), h5py.HardLink):
            raise DataError(f"{self.name}: is a link; expected a data set in the file itself")
        node = file[self._key]
        if "OCTAVE_NEW_FORMAT" in node.attrs:
            raise DataError(f"{self.name}: is in Octave's own HDF5; write it anew with save -v7")
        kind = node.attrs.get("MATLAB_class", b"double")
        kind = kind.decode("ascii", "replace") if isinstance(kind, bytes) else str(kind)
        if kind not in _NUMERIC_CLASSES or "MATLAB_object_decode" in node.attrs:
            raise DataError(f"{self.name}: is of MATLAB's class {kind}; expected a matrix of numbers")
        if not isinstance(node, h5py.Dataset) and not (isinstance(node, h5py.Group) and "MATLAB_sparse" in node.attrs):
            raise DataError(f"{self.name}: is a {type(node).__name__.lower()}; expected a data set of numbers")
        return node

    def _check(self, node: Any) -> tuple[np.dtype[Any], tuple[int, int]]:
        _check_plain(self.name, node)
        if "MATLAB_empty" in node.attrs:  # what is stored is the shape
            raise DataError(f"{self.name}: is empty; expected rows and columns, both at least 1")
        return node.dtype, check_matrix(self.name, node.shape[::-1] if self._matlab else node.shape)

    def _check_sparse(self, h5py: Any, node: Any) -> tuple[np.dtype[Any], tuple[int, int]]:
        # MATLAB writes no `data` and no `ir` where there is no entry.
        for part in ("data", "ir", "jc") if {"data", "ir"} & set(node) else ("jc",):
            if not isinstance(node.get(part, getlink=True), h5py.HardLink) or not isinstance(node[part], h5py.Dataset):
                raise DataError(f"{self.name}: a sparse matrix needs the data set {part}")
            _check_plain(f"{self.name}/{part}", node[part])
            check_declared(f"{self.name}/{part}", node[part].shape, node[part].dtype.itemsize)
        shape = (int(node.attrs["MATLAB_sparse"]), int(node["jc"].shape[0]) - 1)
        return np.dtype(np.float32), check_matrix(self.name, shape)

    def blocks(self) -> Iterator[Block]:
        """Blocks along the axis in which the fewest bytes make whole chunks, so that none is inflated twice."""
        import h5py

        with _faults_of(self.name), h5py.File(self._path, "r") as file:
            node = self._node(h5py, file)
            for rows, columns, block in self._sparse_blocks(node) if self._sparse else _dense_blocks(node):
                yield (columns, rows, block.T) if self._matlab and not self._sparse else (rows, columns, block)

    def _sparse_blocks(self, node: Any) -> Iterator[Block]:
        rows, columns = self.shape
        start_of = np.asarray(node["jc"], dtype=np.int64)
        row_of, values = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        if "ir" in node:
            row_of, values = np.asarray(node["ir"], dtype=np.int64), np.asarray(node["data"], dtype=np.float32)
        good = start_of[0] == 0 and (np.diff(start_of) >= 0).all() and start_of[-1] == len(row_of) == len(values)
        if not good or (len(row_of) and (row_of.min() < 0 or row_of.max() >= rows)):
            raise DataError(f"{self.name}: offsets or row numbers of the sparse matrix are broken")
        size = step(columns, rows * 4)
        for start in range(0, columns, size):
            stop = min(start + size, columns)
            part = slice(int(start_of[start]), int(start_of[stop]))
            block = np.zeros((rows, stop - start), dtype=np.float32)
            block[row_of[part], np.repeat(np.arange(stop - start), np.diff(start_of[start : stop + 1]))] = values[part]
            yield slice(0, rows), slice(start, stop), block


def _check_plain(name: str, node: Any) -> None:
    """Refuse what is no array of numbers stored in this file, and what declares more than the file can hold."""
    if node.dtype.names == ("real", "imag"):
        raise DataError(f"{name}: is complex; expected real numbers")
    if node.dtype.kind not in "fiub" or node.dtype.hasobject:
        raise DataError(f"{name}: must hold numbers, got dtype {node.dtype}")
    if node.is_virtual or node.external:
        raise DataError(f"{name}: lies in other files; expected a data set in the file itself")
    if node.chunks is not None and math.prod(node.chunks) * node.dtype.itemsize > _MAX_CHUNK:
        raise DataError(f"{name}: has chunks of shape {node.chunks}, more than {_MAX_CHUNK:,} bytes each")
    declared = math.prod(node.shape) * node.dtype.itemsize
    stored = int(node.id.get_storage_size())
    if declared > stored * MAX_DEFLATE + _SLACK:
        raise DataError(f"{name}: declares {declared:,} bytes of shape {node.shape}, but holds {stored:,}")


def _dense_blocks(node: Any) -> Iterator[Block]:
    rows, columns = node.shape
    chunk = node.chunks or (1, columns)
    if chunk[0] * columns <= chunk[1] * rows:
        size = step(rows, columns * node.dtype.itemsize, chunk[0])
        for start in range(0, rows, size):
            part = slice(start, min(start + size, rows))
            yield part, slice(0, columns), node[part]
    else:
        size = step(columns, rows * node.dtype.itemsize, chunk[1])
        for start in range(0, columns, size):
            part = slice(start, min(start + size, columns))
            yield slice(0, rows), part, node[:, part]
