"""Rows of text as edges: a fast path that knows no line numbers, and the careful one that is run where it balks.

The careful path alone says what a row may be. The fast one is NumPy's parser, over a block at a time; whatever it
does not take, or takes with an id or a weight out of range, is read again line by line.
"""

from __future__ import annotations

import csv
import io
import math
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .lines import fault

__all__ = ["AS_NAMES", "INTEGER", "NUMBER", "Numbering", "RowForm", "Rows", "parse_rows", "split"]

INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
# Plain decimal numbers, as np.loadtxt reads them: no hexadecimal, no underscores.
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?(nan|inf(inity)?)", re.ASCII | re.IGNORECASE)
# What messages say of ids that are no integers.
AS_NAMES = "read ids as names by names=True (--names)"
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_LARGEST_ID = 2**63 - 1
_LONGEST_SHOWN = 40

#: Ends of the edges, int64 (k, 2), and their weights, float64 (k,), where the rows have any.
Rows = tuple[NDArray[np.int64], NDArray[np.float64] | None]


class Numbering(dict[str, int]):
    """Number of each name, given at its first appearance."""

    def __missing__(self, name: str) -> int:
        self[name] = number = len(self)
        return number


@dataclass(frozen=True, slots=True, kw_only=True)
class RowForm:
    """How the rows of a file are edges.

    Parameters
    ----------
    delimiter : str or None
        Between two columns; None: any white space.
    comment : re.Pattern
        Matches at the start of a line that is no row.
    columns : tuple of int
        Positions from 0 of source, target and, where the rows have one, weight.
    n_columns : int or None
        Number of columns of every row; None: any that holds the above.
    names : bool
        Ids are strings; else they are integers in [low, high].
    """

    delimiter: str | None
    comment: re.Pattern[str]
    columns: tuple[int, ...]
    n_columns: int | None
    names: bool
    low: int = 0
    high: int = _LARGEST_ID

    @property
    def weighted(self) -> bool:
        """Whether the rows have weights."""
        return len(self.columns) == 3


def parse_rows(text: str, first: int, form: RowForm, numbering: Numbering, where: str) -> Rows:
    """Return the edges of a block of lines; names are numbered in `numbering`.

    Raises
    ------
    GraphError
        With the number of the first line that is no edge; `first` is the number of the block's first line.
    """
    rows = _parse_fast(text, form, numbering)
    return _parse_carefully(text, first, form, numbering, where) if rows is None else rows


def split(line: str, delimiter: str | None, number: int, where: str) -> list[str]:
    """Return the columns of a line, without blanks around them."""
    if _NO_TEXT.search(line):
        raise fault(where, number, "expected UTF-8 text, got other bytes")
    if delimiter is None:
        return line.split()
    if '"' not in line:
        return [field.strip() for field in line.split(delimiter)]
    try:
        fields = next(csv.reader([line], delimiter=delimiter, strict=True, skipinitialspace=True))
    except csv.Error as error:
        raise fault(where, number, f"expected quotes in pairs on one line: {error}") from error
    return [field.strip() for field in fields]


def _parse_fast(text: str, form: RowForm, numbering: Numbering) -> Rows | None:
    """Return the edges of a block, or None where anything in it needs a closer look."""
    if "#" in text or "%" in text:
        text = "\n".join(line for line in text.split("\n") if not form.comment.match(line))
    if not text or text.isspace():
        return np.empty((0, 2), np.int64), np.empty(0) if form.weighted else None
    if form.names and ('"' in text or _NO_TEXT.search(text)):
        return None
    kind = object if form.names else np.int64
    fields = [("source", kind), ("target", kind), ("weight", np.float64)][: len(form.columns)]
    try:
        # Older NumPy reads 1.5 as the integer 1, with a warning.
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            table = np.loadtxt(
                io.StringIO(text),
                dtype=fields,
                comments=None,
                delimiter=form.delimiter,
                usecols=form.columns if form.n_columns is None else None,
                ndmin=1,
            )
    except (ValueError, Warning):
        return None
    weights = np.ascontiguousarray(table["weight"]) if form.weighted else None
    if weights is not None and not ((weights > 0) & np.isfinite(weights)).all():
        return None
    ends = np.stack((table["source"], table["target"]), axis=1)
    if form.names:
        return _numbered(ends.ravel().tolist(), form, numbering, weights)
    return (ends, weights) if form.low <= ends.min() and ends.max() <= form.high else None


def _numbered(
    names: list[str], form: RowForm, numbering: Numbering, weights: NDArray[np.float64] | None
) -> Rows | None:
    if form.delimiter is not None:
        names = [name.strip() for name in names]
        if "" in names:
            return None
    ids = np.fromiter(map(numbering.__getitem__, names), np.int64, len(names))
    return ids.reshape(-1, 2), weights


def _parse_carefully(text: str, first: int, form: RowForm, numbering: Numbering, where: str) -> Rows:
    ends: list[tuple[int, int]] = []
    weights: list[float] = []
    for line, fields in _rows(text, first, form, where):
        source, target = (_end(fields[i], line, form, numbering, where) for i in form.columns[:2])
        ends.append((source, target))
        if form.weighted:
            weights.append(_weight(fields[form.columns[2]], line, where))
    return np.array(ends, np.int64).reshape(-1, 2), np.array(weights, np.float64) if form.weighted else None


def _rows(text: str, first: int, form: RowForm, where: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, columns) of each row."""
    least = max(form.columns) + 1
    for number, line in enumerate(text.split("\n"), first):
        if not line.strip() or form.comment.match(line):
            continue
        fields = split(line, form.delimiter, number, where)
        if form.n_columns is not None and len(fields) != form.n_columns:
            raise fault(where, number, f"expected {form.n_columns} columns, as in the rows before, got {len(fields)}")
        if len(fields) < least:
            raise fault(where, number, f"expected at least {least} columns, got {len(fields)}")
        yield number, fields


def _end(field: str, line: int, form: RowForm, numbering: Numbering, where: str) -> int:
    if form.names:
        if not field:
            raise fault(where, line, "expected a node id, got an empty column")
        return numbering[field]
    # More digits than any id has are no reason for arithmetic of unbounded length.
    if not INTEGER.fullmatch(field) or len(field) > 100:
        raise fault(where, line, f"expected an integer id, got {_shown(field)}; {AS_NAMES}")
    value = int(field)
    if form.low <= value <= form.high:
        return value
    if form.high == _LARGEST_ID and value > form.high:
        raise fault(where, line, f"expected an id below 2^63, got {value}; {AS_NAMES}")
    expected = f"an id >= {form.low}" if value < form.low else f"an id of at most {form.high}"
    raise fault(where, line, f"expected {expected}, got {value}")


def _weight(field: str, line: int, where: str) -> float:
    value = float(field) if NUMBER.fullmatch(field) else math.nan
    if not 0 < value < math.inf:
        hint = "; networkx writes plain edges with write_edgelist(data=False)" if field.startswith("{") else ""
        raise fault(where, line, f"expected a finite weight > 0, got {_shown(field)}{hint}")
    return value


def _shown(field: str) -> str:
    return repr(field if len(field) <= _LONGEST_SHOWN else field[:_LONGEST_SHOWN] + "...")
