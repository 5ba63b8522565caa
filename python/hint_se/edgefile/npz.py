"""Edges in npz files: edges, weights and nodes under their known names, or a matrix of ``scipy.sparse.save_npz``.

Nothing is unpickled, and nothing is allocated for an array before its header agrees with the bytes the archive
holds for it.
"""

from __future__ import annotations

import errno
import math
import zipfile
import zlib
from dataclasses import replace
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from hint_se.errors import GraphError
from hint_se.files.npyheader import read_npy_header
from hint_se.inputs.edges import as_n_nodes, as_weights, is_stray, name_table
from hint_se.inputs.pairs import as_edges
from hint_se.inputs.words import WEIGHT_NAMES, known_ends

from .fileedges import FileEdges, from_arrays

__all__ = ["read_npz"]

# Names of the arrays of an edge list; those of weights and of ends in two columns are those of tables.
_EDGES = ("edges", "edge_index", "edge_list")
_COUNTS = ("n_nodes", "num_nodes", "n")
_NAMES = ("node_names", "names")
# What `scipy.sparse.save_npz` writes.
_MATRIX = ("format", "shape", "data", "indices", "indptr", "row", "col", "_is_array")
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
        if {"format", "shape", "data"} <= arrays.keys():
            return _from_scipy(arrays, where)
        return _from_edges(arrays, where, n_nodes)
    except GraphError as error:
        raise GraphError(f"{where}: {error}") from error


def _from_edges(arrays: Arrays, where: str, n_nodes: int | None) -> FileEdges:
    edges, weight = _one_of(arrays, _EDGES), _one_weight(arrays)
    ends = known_ends(list(arrays))
    if edges is not None and ends is not None:
        raise GraphError(f"arrays: expected one list of edges, got {edges!r} and {ends[0]!r}")
    count, names = _one_of(arrays, _COUNTS), _one_of(arrays, _NAMES)
    if edges is not None:
        found = as_edges(arrays[edges])
    elif ends is not None:
        found = as_edges((arrays[str(ends[0])], arrays[str(ends[1])]))
    else:
        raise GraphError("expected the array edges, or a matrix of scipy.sparse.save_npz; got neither")
    stored = None if count is None else _stored_count(count, arrays[count], found.ids.size)
    if stored is not None and found.names is not None and stored == len(found.names):
        stored = None
    if stored is not None and n_nodes is not None and stored != n_nodes:
        raise GraphError(f"{count}: expected {n_nodes} nodes, as asked for, got {stored}")
    table = None if names is None else name_table(arrays[names].tolist())
    if table is not None and found.names is not None:
        raise GraphError(f"{names}: expected none beside edges that name their nodes, got {len(table)}")
    known = n_nodes if stored is None else stored
    weights = None if weight is None else arrays[weight]
    edges_of_file = from_arrays(
        where, found.ids, found.names, weights, len(table) if known is None and table else known
    )
    if table is not None and len(table) != edges_of_file.n_nodes:
        raise GraphError(f"{names}: expected {edges_of_file.n_nodes} names, one per node, got {len(table)}")
    return edges_of_file if table is None else replace(edges_of_file, node_names=table)


def _one_of(arrays: Arrays, names: tuple[str, ...]) -> str | None:
    """Return which of some names for one thing is there, or None; GraphError for more."""
    found = [name for name in names if name in arrays]
    if len(found) > 1:
        raise GraphError(f"arrays: expected one of {', '.join(names)}, got {' and '.join(found)}")
    return found[0] if found else None


def _one_weight(arrays: Arrays) -> str | None:
    """Return the array of weights, or None; GraphError for more, of which an archive cannot say which is meant."""
    found = [name for name in arrays if name.strip().lower() in WEIGHT_NAMES]
    if len(found) > 1:
        raise GraphError(f"arrays: expected one array of weights, got {' and '.join(map(repr, found))}")
    return found[0] if found else None


def _stored_count(name: str, array: NDArray[Any], n_ids: int) -> int:
    if array.size != 1 or array.dtype.kind not in "iu":
        raise GraphError(f"{name}: expected one integer, got {array.dtype} of shape {array.shape}")
    stored = as_n_nodes(int(array.item()))
    if is_stray(stored, n_ids):
        raise GraphError(f"{name}: expected about as many nodes as edges, got {stored} for {n_ids // 2} edges")
    return stored


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
    """Return the arrays of an archive; GraphError, by name, for one whose meaning is not known."""
    infos = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
    known = {*_MATRIX} if "format" in infos else {*_EDGES, *_COUNTS, *_NAMES}
    weights = () if "format" in infos else [name for name in infos if name.strip().lower() in WEIGHT_NAMES]
    columns = known_ends(list(infos)) or ()
    unknown = [name for name in infos if name not in {*known, *weights, *columns}]
    if unknown and len(unknown) < len(infos):
        raise GraphError(
            f"arrays: expected edges, weights, n_nodes and node_names, or those of scipy.sparse.save_npz, got also "
            f"{', '.join(map(repr, unknown[:10]))}; write the file without, or under a known name"
        )
    return {name: _read_array(archive, name, infos[name]) for name in infos if name not in unknown}


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
