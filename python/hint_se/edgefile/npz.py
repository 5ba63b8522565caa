"""Edges in npz files: arrays named ``edges`` and ``weights``, or a matrix that ``scipy.sparse.save_npz`` wrote.

Nothing is unpickled, and nothing is allocated for an array before its header agrees with the bytes the archive
holds for it.
"""

from __future__ import annotations

import errno
import math
import zipfile
import zlib
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from hint_se.errors import GraphError
from hint_se.files.npyheader import read_npy_header
from hint_se.inputs.edges import as_n_nodes, as_weights, is_stray
from hint_se.inputs.pairs import as_edges

from .fileedges import FileEdges, from_arrays

__all__ = ["read_npz"]

_MEMBERS = ("edges", "weights", "format", "shape", "data", "indices", "indptr", "row", "col")
_PIECE = 2**24
# Deflate turns one byte into 1032 at most.
_LARGEST_RATIO = 1032

Arrays = dict[str, NDArray[Any]]


def read_npz(file: IO[bytes], where: str, *, n_nodes: int | None) -> FileEdges:
    """Return the edges of an npz file.

    Parameters
    ----------
    file : binary file
        Must be able to seek.
    where : str
        What error messages call the file.
    n_nodes : int or None
        Number of nodes for ``edges``; None: those that occur.

    Raises
    ------
    GraphError
        If it is no such file, or is damaged.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            arrays = _read_members(archive)
    except GraphError as error:
        raise GraphError(f"{where}: {error}") from error
    except (zipfile.BadZipFile, ValueError, EOFError, KeyError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise GraphError(f"{where}: expected an npz file: {error}") from error
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        # What zipfile gets where a damaged file sends it before the start.
        raise GraphError(f"{where}: expected an npz file: {error}") from error
    try:
        if "edges" in arrays:
            return _from_edges(arrays, where, n_nodes)
        if {"format", "shape", "data"} <= arrays.keys():
            return _from_scipy(arrays, where)
    except GraphError as error:
        raise GraphError(f"{where}: {error}") from error
    raise GraphError(f"{where}: expected the array edges, or a matrix of scipy.sparse.save_npz; got neither")


def _from_edges(arrays: Arrays, where: str, n_nodes: int | None) -> FileEdges:
    found = as_edges(arrays["edges"])
    return from_arrays(where, found.ids, found.names, arrays.get("weights"), n_nodes)


def _from_scipy(arrays: Arrays, where: str) -> FileEdges:
    shape = arrays["shape"]
    if shape.shape != (2,) or shape.dtype.kind not in "iu" or shape[0] != shape[1]:
        raise GraphError(f"shape: expected that of a square matrix, got {shape.tolist()}")
    n_nodes = as_n_nodes(int(shape[0]))
    kind = str(arrays["format"].astype("U").item()) if arrays["format"].size == 1 else ""
    row, column = _places(kind, arrays, n_nodes)
    data = arrays["data"]
    weights = None if data.dtype.kind == "b" else as_weights(data, len(row))
    if weights is None and data.shape != row.shape:
        raise GraphError(f"data: expected {len(row)} entries, got shape {data.shape}")
    if is_stray(n_nodes, 2 * len(row)):
        raise GraphError(f"shape: expected a matrix of about as many entries as rows, got {len(row)} in {n_nodes} rows")
    edges = np.stack((row, column), axis=1).astype(np.int64)
    if edges.size and (int(edges.min()) < 0 or int(edges.max()) >= n_nodes):
        raise GraphError(f"indices: expected rows and columns in [0, {n_nodes}), got {edges.min()} to {edges.max()}")
    return FileEdges(where=where, edges=edges, weights=weights, n_nodes=n_nodes, matrix=True)


def _places(kind: str, arrays: Arrays, n_nodes: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return row and column of each entry of a matrix in the format csr, csc or coo."""
    if kind == "coo":
        row, column = _indices("row", arrays), _indices("col", arrays)
    elif kind in ("csr", "csc"):
        indptr, column = _indices("indptr", arrays), _indices("indices", arrays)
        steps = np.diff(indptr)
        if len(indptr) != n_nodes + 1 or indptr[0] != 0 or (steps < 0).any() or indptr[-1] != len(column):
            raise GraphError(f"indptr: expected {n_nodes + 1} offsets from 0 to {len(column)} that do not fall")
        row = np.repeat(np.arange(n_nodes), steps)
        if kind == "csc":
            row, column = column, row
    else:
        raise GraphError(f"format: expected csr, csc or coo, got {kind!r}")
    if len(row) != len(column):
        raise GraphError(f"row: expected as many as columns, got {len(row)} and {len(column)}")
    return row, column


def _indices(name: str, arrays: Arrays) -> NDArray[Any]:
    if name not in arrays:
        raise GraphError(f"{name}: expected this array, got none")
    array = arrays[name]
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise GraphError(f"{name}: expected a flat array of integers, got {array.dtype} of shape {array.shape}")
    return array


def _read_members(archive: zipfile.ZipFile) -> Arrays:
    infos = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
    return {name: _read_array(archive, name, infos[name]) for name in _MEMBERS if name in infos}


def _read_array(archive: zipfile.ZipFile, name: str, info: zipfile.ZipInfo) -> NDArray[Any]:
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
        raise ValueError(f"{name}: expected a stored or deflated member")
    if info.file_size > _LARGEST_RATIO * (info.compress_size + 64):
        raise ValueError(f"{name} claims {info.file_size} bytes, more than {info.compress_size} packed ones can hold")
    with archive.open(info) as stream:
        try:
            descr, fortran, shape = read_npy_header(stream)
            dtype = np.dtype(descr)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{name}: {error}") from error
        size = math.prod(shape) * dtype.itemsize
        if dtype.kind not in "biufUS" or dtype.itemsize == 0 or stream.tell() + size != info.file_size:
            raise ValueError(
                f"{name}: the header claims {dtype} of shape {shape}, the archive holds {info.file_size} bytes"
            )
        array = np.empty(math.prod(shape), dtype)
        into = array.view(np.uint8).data if size else memoryview(b"")
        for start in range(0, size, _PIECE):  # in pieces, so that Ctrl-C never waits
            into[start : start + _PIECE] = stream.read(min(_PIECE, size - start))
        return array.reshape(shape, order="F" if fortran else "C")
