"""What arrays from outside must be: tables of finite numbers, row numbers, a split, labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hint_train.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_CHECKED_ROWS = 4096
"""Rows at a time."""


def features(name: str, array: NDArray[Any]) -> NDArray[np.float32]:
    """`array` as finite (N, d) float32, or a `DataError` that begins with `name`."""
    check_table(name, array.shape, array.dtype)
    return finite(name, array)


def check_table(name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Raise a `DataError` that begins with `name` unless these are shape and type of rows of numbers."""
    if len(shape) != 2 or 0 in shape:
        raise DataError(f"{name} must have shape (rows, features), both at least 1, got {shape}")
    if dtype.kind not in "fiub":
        raise DataError(f"{name} must hold numbers, got dtype {dtype}")


def finite(name: str, array: NDArray[Any], first: int = 0) -> NDArray[np.float32]:
    """A table as float32, or a `DataError` that names the row of the first value that is not finite, counted from `first`."""
    with np.errstate(over="ignore"):  # an overflow becomes infinite and is reported below
        out: NDArray[np.float32] = np.ascontiguousarray(array, dtype=np.float32)
    for start in range(0, len(out), _CHECKED_ROWS):
        bad = ~np.isfinite(out[start : start + _CHECKED_ROWS])
        if bad.any():
            row, column = (int(i) for i in np.argwhere(bad)[0] + (start, 0))
            value = array[row, column]
            raise DataError(f"{name} must be finite in float32; row {first + row}, column {column} is {value}")
    return out


def rows(name: str, array: NDArray[Any], n: int) -> NDArray[np.int64]:
    """`array` as distinct row numbers below `n`, or a `DataError` that begins with `name`."""
    if array.ndim != 1 or len(array) == 0 or array.dtype.kind not in "iu":
        remedy = "; numpy.flatnonzero turns a mask into row numbers" if array.dtype.kind == "b" else ""
        raise DataError(f"{name} must be a list of row numbers, got shape {array.shape} of dtype {array.dtype}{remedy}")
    if int(array.min()) < 0 or int(array.max()) >= n:
        raise DataError(f"{name} must hold rows from 0 to {n - 1}, got {array.min()} to {array.max()}")
    out = array.astype(np.int64)
    if len(np.unique(out)) != len(out):
        raise DataError(f"{name} must not repeat a row")
    return out


def check_split(path: Path, query: NDArray[np.int64], retrieval: NDArray[np.int64], train: NDArray[np.int64]) -> None:
    """Refuse queries that are in another part, and training rows outside the database."""
    for name, part in (("retrieval", retrieval), ("train", train)):
        shared = np.intersect1d(query, part)
        if len(shared):
            raise DataError(f"{path}: query and {name} share {len(shared)} rows, the first is {shared[0]}")
    outside = np.setdiff1d(train, retrieval)
    if len(outside):
        raise DataError(
            f"{path}: train must be part of retrieval; {len(outside)} rows are not, the first is {outside[0]}"
        )
    if len(train) < 2:
        raise DataError(f"{path}: train must hold at least 2 rows, got {len(train)}")


def labels_of(path: Path, array: NDArray[Any], n: int) -> NDArray[np.bool_]:
    """`array` as (n, classes) bool."""
    expected = f"{path}: labels must have shape ({n}, classes), one column of 0 and 1 for each class"
    if array.shape in ((n,), (n, 1)) and array.dtype.kind in "fiub":
        # A column of 0 and 1 could be two classes or one label that some have; the one reading loses half of the queries.
        kinds = "one class number per pair" if array.ndim == 1 else "one column, as class numbers have"
        remedy = "numpy.eye(classes, dtype=bool)[numbers.ravel()] makes columns of class numbers counted from 0"
        raise DataError(f"{expected}, got {kinds}, of shape {array.shape}; {remedy}")
    if array.ndim != 2 or len(array) != n or array.shape[1] == 0:
        raise DataError(f"{expected}, got {array.shape}")
    if array.dtype.kind not in "fiub" or not np.isin(array, (0, 1)).all():
        raise DataError(f"{path}: labels must be 0 or 1, got dtype {array.dtype} with other values")
    return np.ascontiguousarray(array, dtype=bool)
