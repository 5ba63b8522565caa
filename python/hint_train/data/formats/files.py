"""Matrices by file and key, whatever the format: the format is read from the file's first bytes, not from its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hint_train.data.formats.hdf5 import Hdf5Matrix, hdf5_keys, is_hdf5
from hint_train.data.formats.mat5 import Mat5Matrix, mat5_keys
from hint_train.data.formats.npy import NpyMatrix
from hint_train.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from hint_train.data.formats.stored import Stored


def open_matrix(path: Path, key: str = "") -> Stored:
    """The matrix `key` of a .mat or HDF5 file, or the one of an .npy file.

    Raises
    ------
    DataError
        The file is unreadable, has no such matrix, or holds anything but numbers under that name.
    """
    if path.suffix == ".npy":
        return NpyMatrix(path)
    return Hdf5Matrix(path, key) if _hdf5(path) else Mat5Matrix(path, key)


def keys_of(path: Path) -> list[str]:
    """Names of what a .mat or HDF5 file holds."""
    return hdf5_keys(path) if _hdf5(path) else mat5_keys(path)


def _hdf5(path: Path) -> bool:
    try:
        return is_hdf5(path)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error})") from error
