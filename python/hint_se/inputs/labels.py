"""Label tables: names of nodes to the numbers 0, 1, ... in the order of their first appearance, and back.

No loop over the edges runs in Python: strings in arrays are told apart by their hashes, columns of data frames by
their own libraries, and lists of objects by one dictionary.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Sequence
from itertools import count
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hint_se.errors import GraphError
from hint_se.inputs.arrays import describe
from hint_se.inputs.edges import is_name

__all__ = [
    "Labelled",
    "by_appearance",
    "holds_integers",
    "integers_of",
    "label_integers",
    "label_objects",
    "label_strings",
    "merge",
    "no_name",
]

# Strings hashed and compared at a time: 65,536 of 30 characters are 8 MB.
_BLOCK = 65_536


class Labelled(NamedTuple):
    """Values as numbers: value i is ``table[codes[i]]``; the table holds each value once."""

    codes: NDArray[np.int64]
    table: Sequence[Hashable]


def label_strings(strings: NDArray[Any]) -> Labelled:
    """Return the numbers of a flat array of strings, of fixed width (U) or variable width (T).

    Strings of fixed width are compared by a 64-bit hash, which sorts ten times faster than they would; every string is
    then compared with the one that stands for it, so that a collision costs time and never a wrong node.
    """
    if strings.dtype.kind != "U" or strings.dtype.itemsize == 0:
        return label_objects(strings.tolist())
    flat = np.ascontiguousarray(strings, dtype=strings.dtype.newbyteorder("="))
    _, first, codes = np.unique(_hashes(flat), return_index=True, return_inverse=True)
    for start in range(0, flat.size, _BLOCK):
        block = slice(start, start + _BLOCK)
        if (flat[block] != flat[first[codes[block]]]).any():
            return label_objects(flat.tolist())
    return Labelled(codes, flat[first].tolist())


def label_integers(ids: NDArray[Any]) -> Labelled:
    """Return the numbers of integers of any size, a flat array of any integer dtype."""
    values, codes = np.unique(ids, return_inverse=True)
    return Labelled(codes.reshape(-1), values.tolist())


def label_objects(values: Iterable[Any], per_row: int = 1) -> Labelled:
    """Return the numbers of Python objects, ``per_row`` of which share a row in messages; already by appearance.

    Raises
    ------
    GraphError
        If a value cannot be a name: not hashable, or missing, a float or a boolean.
    """
    values = list(values)
    bad = no_name(values)
    if bad is not None:
        raise GraphError(
            "edges: expected integers, strings or other hashables as nodes, got "
            f"{values[bad]!r} in row {bad // per_row}"
        )
    # A name that is not there yet gets the next number.
    index: defaultdict[Hashable, int] = defaultdict(count().__next__)
    try:
        codes = np.fromiter(map(index.__getitem__, values), np.int64, count=len(values))
    except TypeError as error:
        bad = next(i for i, value in enumerate(values) if not _is_hashable(value))
        raise GraphError(
            f"edges: expected hashable nodes, got {describe(values[bad])} in row {bad // per_row}"
        ) from error
    return Labelled(codes, tuple(index))


def no_name(values: Collection[Any]) -> int | None:
    """Return the place of the first value whose type makes no name, or None."""
    if all(map(is_name, set(map(type, values)))):
        return None
    return next(i for i, value in enumerate(values) if not is_name(type(value)))


def holds_integers(labelled: Labelled) -> bool:
    """Return whether all values are integers, which are ids and not names."""
    return all(issubclass(kind, int | np.integer) for kind in set(map(type, labelled.table)))


def integers_of(labelled: Labelled) -> NDArray[np.int64]:
    """Return the values themselves, which are integers; GraphError if one does not fit int64."""
    try:
        return np.array(labelled.table, dtype=np.int64)[labelled.codes]
    except OverflowError as error:
        raise GraphError(
            "edges: expected ids below 2^31, got one that does not fit int64; Graph.from_edges(edges, relabel=True) "
            "takes any"
        ) from error


def merge(left: Labelled, right: Labelled) -> Labelled:
    """Return two columns of one length as rows, shape (m, 2), under one table."""
    index: defaultdict[Hashable, int] = defaultdict(count().__next__)
    columns = []
    for column in (left, right):
        to = np.fromiter(map(index.__getitem__, column.table), np.int64, count=len(column.table))
        columns.append(to[column.codes])
    return Labelled(np.stack(columns, axis=1), tuple(index))


def by_appearance(labelled: Labelled) -> Labelled:
    """Return the same values with the table in the order of first appearance, row by row, and nothing else in it."""
    flat, size = labelled.codes.reshape(-1), len(labelled.table)
    first = np.full(size, flat.size, np.int64)
    # Of repeated places the last one written stays: backwards, that is the first appearance.
    first[flat[::-1]] = np.arange(flat.size - 1, -1, -1)
    order = np.argsort(first, kind="stable")[: np.count_nonzero(first < flat.size)]
    rank = np.empty(size, np.int64)
    rank[order] = np.arange(order.size)
    return Labelled(rank[labelled.codes], tuple(labelled.table[i] for i in order.tolist()))


def _hashes(strings: NDArray[np.str_]) -> NDArray[np.uint64]:
    """Return a 64-bit hash of each string: its characters times random odd numbers, modulo 2^64."""
    width = strings.dtype.itemsize // 4
    characters = strings.view(np.uint32).reshape(-1, width)
    factors = np.random.default_rng(0).integers(0, 2**63, width, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    result = np.empty(strings.size, np.uint64)
    for start in range(0, strings.size, _BLOCK):
        block = slice(start, start + _BLOCK)
        result[block] = characters[block].astype(np.uint64) @ factors
    return result


def _is_hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True
