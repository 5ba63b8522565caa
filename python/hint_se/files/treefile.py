"""Saved trees: an npz file of a few flat arrays, without pickle.

Nothing in a file is trusted. Members are stored uncompressed, so none can claim more bytes than the file holds. The header of each
array is checked against these bytes before anything is allocated. Whether the arrays are a tree is left to `hierarchy.invariants`.
"""

from __future__ import annotations

import errno
import io
import json
import os
import zipfile
from typing import Any, NamedTuple

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from hint_se.errors import TreeError
from hint_se.files.npyheader import read_npy_header
from hint_se.files.whole import whole_file
from hint_se.hierarchy.invariants import as_parent, check_changed, check_columns, leaf_count
from hint_se.inputs.edges import NodeNames

__all__ = ["load", "save"]

#: Of trees as they were built, and of those that followed their graph since, which hold what changed.
_BUILT, _FOLLOWED = 1, 2
_DTYPES = {
    "format_version": "<i8",
    "parent": "<i4",
    "volume": "<f8",
    "cut": "<f8",
    "node_names": "|u1",
    "changed": "<f8",
}
_REQUIRED = frozenset(_DTYPES) - {"node_names", "changed"}
# The format keeps no time stamp, so that equal trees are equal files.
_EPOCH = (1980, 1, 1, 0, 0, 0)


class Columns(NamedTuple):
    """What a file holds of a tree."""

    parent: NDArray[np.int32]
    volume: NDArray[np.float64]
    cut: NDArray[np.float64]
    names: NodeNames | None
    changed: NDArray[np.float64] | None


def save(path: str | os.PathLike[str], tree: Columns) -> None:
    """Write a tree to ``path``, whole or not at all."""
    members: dict[str, NDArray[Any]] = {
        "format_version": np.array([_BUILT if tree.changed is None else _FOLLOWED]),
        "parent": tree.parent,
        "volume": tree.volume,
        "cut": tree.cut,
    }
    if tree.names is not None:
        members["node_names"] = np.frombuffer(_encode_names(tree.names), dtype=np.uint8)
    if tree.changed is not None:
        members["changed"] = tree.changed
    with whole_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, array in members.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy", _EPOCH), "w", force_zip64=True) as member:
                npy.write_array(member, array.astype(_DTYPES[name]), version=(1, 0), allow_pickle=False)


def load(path: str | os.PathLike[str]) -> Columns:
    """Return the checked columns of a saved tree, or raise TreeError."""
    # A number would be a file descriptor to open().
    with open(os.fspath(path), "rb") as file:
        try:
            members = _read_members(file)
        except (
            zipfile.BadZipFile,
            ValueError,
            EOFError,
            KeyError,
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise TreeError(f"{os.fspath(path)}: expected a saved tree: {error}") from error
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            # What zipfile gets where a damaged file sends it before the start.
            raise TreeError(f"{os.fspath(path)}: expected a saved tree: {error}") from error
    names = _decode_names(members["node_names"].tobytes()) if "node_names" in members else None
    parent = as_parent(members["parent"])
    columns = check_columns(parent, members["volume"], members["cut"], names)
    changed = check_changed(members["changed"], leaf_count(parent)) if "changed" in members else None
    return Columns(parent, *columns, changed)


def _read_members(file: Any) -> dict[str, NDArray[Any]]:
    with zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        found = [info.filename.removesuffix(".npy") for info in infos]
        if len(set(found)) != len(found) or not _REQUIRED <= set(found) <= set(_DTYPES):
            raise ValueError(f"expected the members {', '.join(sorted(_DTYPES))}, got {', '.join(found)[:200]}")
        version = _FOLLOWED if "changed" in found else _BUILT
        if any(info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1 for info in infos):
            raise ValueError("expected members that are neither compressed nor encrypted")
        file_size = os.fstat(file.fileno()).st_size
        if any(info.file_size > file_size for info in infos):
            raise ValueError("a member claims more bytes than the file holds")
        members = {}
        for name, info in sorted(zip(found, infos, strict=True)):
            members[name] = _read_array(name, archive.read(info))
            if name == "format_version":
                _check_version(members[name], version)
        return members


def _read_array(name: str, data: bytes) -> NDArray[Any]:
    stream = io.BytesIO(data)
    try:
        descr, _, shape = read_npy_header(stream)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
    dtype = np.dtype(_DTYPES[name])
    rest = len(data) - stream.tell()
    if descr != _DTYPES[name] or len(shape) != 1 or shape[0] * dtype.itemsize != rest:
        raise ValueError(f"{name}: expected flat {_DTYPES[name]}, got {descr} of shape {shape} in {rest} bytes")
    return np.frombuffer(data, dtype=dtype, offset=stream.tell())


def _check_version(version: NDArray[Any], expected: int) -> None:
    if version.shape != (1,) or version[0] != expected:
        raise ValueError(f"expected format version {expected}, got {version.tolist()[:4]}")


def _encode_names(names: NodeNames) -> bytes:
    def plain(name: Any) -> Any:
        if isinstance(name, tuple):
            return [plain(part) for part in name]
        if isinstance(name, np.integer):
            return int(name)
        if type(name) in (int, str):
            return name
        raise TreeError(
            f"node_names: only strings, integers and tuples of these can be saved, got {type(name).__name__}"
        )

    # Lone surrogates (file names) survive the JSON escapes, where UTF-8 would refuse them.
    return json.dumps([plain(name) for name in names], ensure_ascii=True).encode("ascii")


def _decode_names(data: bytes) -> NodeNames:
    def named(value: Any) -> Any:
        if isinstance(value, list):
            return tuple(named(part) for part in value)
        if type(value) in (int, str):
            return value
        raise TreeError(f"node_names: expected strings, integers or tuples of these, got {type(value).__name__}")

    try:
        values = json.loads(data.decode("ascii"))
        if not isinstance(values, list):
            raise TreeError(f"node_names: expected a list, got {type(values).__name__}")
        return tuple(named(value) for value in values)
    except (ValueError, RecursionError) as error:
        raise TreeError(f"node_names: expected a list in JSON: {error}") from error
