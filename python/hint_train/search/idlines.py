"""Ids in a file: lines of JSON that are mapped and read one by one, and the order in which they are found.

An id is found by a key of 64 bits, the BLAKE2b digest of its JSON: keys lie in ascending order beside the rows that have them, and the
line of a row is compared before it counts. So nothing is read when the file is opened.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hint_train.errors import DataError
from hint_train.search.rowsequence import RowSequence

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Lines(NamedTuple):
    """What lies in the file.

    Attributes
    ----------
    text
        (bytes,) uint8, the lines.
    starts
        (n + 1,) int64, where each line begins, and the end.
    keys
        (n,) uint64, ascending.
    rows
        (n,) int64, the row that has each key.
    """

    text: NDArray[np.uint8]
    starts: NDArray[np.int64]
    keys: NDArray[np.uint64]
    rows: NDArray[np.int64]


class StoredIds(RowSequence):
    """Ids as lines of JSON, decoded when they are asked for.

    Parameters
    ----------
    name
        Where they come from, for messages.
    lines
        See `Lines`.
    kept
        Those of the lines that count, ascending; None stands for all.

    Raises
    ------
    DataError
        The lines, keys or rows cannot be those of ids.
    """

    def __init__(self, name: str, lines: Lines, kept: NDArray[np.int64] | None = None) -> None:
        n, starts, rows = len(lines.starts) - 1, lines.starts, lines.rows
        if starts[0] != 0 or starts[-1] != len(lines.text) or (np.diff(starts) <= 0).any():
            raise DataError(f"{name}: the ids are damaged: their lines do not lie one after the other")
        if len(rows) != n or (n and (rows.min() < 0 or rows.max() >= n or (np.bincount(rows) != 1).any())):
            raise DataError(f"{name}: the ids are damaged: the rows of their keys are not each there once")
        if len(lines.keys) != n or (lines.keys[1:] < lines.keys[:-1]).any():
            raise DataError(f"{name}: the ids are damaged: their keys do not ascend")
        self._name, self._lines, self._kept = name, lines, kept

    def __len__(self) -> int:
        return len(self._lines.rows) if self._kept is None else len(self._kept)

    def _at(self, row: int) -> Hashable:
        return self._decoded(row if self._kept is None else int(self._kept[row]))

    def __iter__(self) -> Iterator[Hashable]:
        return map(self._decoded, range(len(self)) if self._kept is None else self._kept.tolist())

    def row(self, name: Hashable) -> int | None:
        """The row of an id; None where there is none. Its time grows with the logarithm of their number."""
        try:
            key = np.frombuffer(_digest(json.dumps(_one_form(name))), dtype="<u8")[0]
        except (TypeError, ValueError, RecursionError):
            return None  # nothing that a file can hold
        keys, rows = self._lines.keys, self._lines.rows
        place = int(np.searchsorted(keys, key))
        while place < len(keys) and keys[place] == key:
            line = int(rows[place])
            if self._decoded(line) == name:
                return self._row(line)
            place += 1
        return None

    def without(self, rows: NDArray[np.int64]) -> StoredIds:
        """Those that are left without some rows; the lines stay as they are."""
        made = object.__new__(StoredIds)  # checked once
        made._name, made._lines = self._name, self._lines
        made._kept = np.delete(np.arange(len(self)) if self._kept is None else self._kept, rows)
        return made

    def _row(self, line: int) -> int | None:
        if self._kept is None:
            return line
        row = int(np.searchsorted(self._kept, line))
        return row if row < len(self._kept) and self._kept[row] == line else None

    def _decoded(self, line: int) -> Hashable:
        text, starts = self._lines.text, self._lines.starts
        try:
            return _hashable(json.loads(text[starts[line] : starts[line + 1]].tobytes()))
        except (ValueError, RecursionError, TypeError) as error:
            raise DataError(f"{self._name}: the id of row {line} is damaged ({error})") from error


def lines(ids: Sequence[Hashable]) -> Lines:
    """Ids as they are stored.

    Raises
    ------
    DataError
        An id is no text, number, truth value, None or tuple of these.
    """
    parts, digests = [], []
    for row, name in enumerate(ids):
        if not _is_plain(name):
            raise DataError(
                f"an index is saved with ids of text, numbers and tuples of these; that of row {row} is {name!r:.60}"
            )
        line, form = json.dumps(name), _one_form(name)
        parts.append(line.encode() + b"\n")
        digests.append(_digest(line if form is name else json.dumps(form)))
    keys = np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)
    starts = np.cumsum([0, *map(len, parts)], dtype=np.int64)
    rows = np.argsort(keys, kind="stable")
    return Lines(np.frombuffer(b"".join(parts), dtype=np.uint8), starts, keys[rows], rows)


def _digest(line: str) -> bytes:
    return hashlib.blake2b(line.encode(), digest_size=8).digest()


def _one_form(name: Any) -> Any:
    """Of values that Python counts as equal, such as 1, 1.0 and True, the same one."""
    if isinstance(name, tuple):
        return tuple(map(_one_form, name))
    return int(name) if isinstance(name, bool) or (isinstance(name, float) and name.is_integer()) else name


def _is_plain(value: object) -> bool:
    if type(value) is tuple:
        return all(map(_is_plain, value))
    return value is None or type(value) in (str, int, bool) or (type(value) is float and math.isfinite(value))


def _hashable(value: Any) -> Hashable:
    if isinstance(value, list):
        return tuple(map(_hashable, value))
    if isinstance(value, dict):
        raise ValueError("a table")
    return value  # type: ignore[no-any-return]
