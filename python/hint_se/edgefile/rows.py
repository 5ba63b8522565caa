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
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .canonical import are_canonical
from .lines import fault

__all__ = [
    "AS_NAMES",
    "CANONICAL",
    "INTEGER",
    "NUMBER",
    "Numbering",
    "RowForm",
    "Rows",
    "end_of",
    "parse_rows",
    "split",
]

INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
# Plain decimal numbers, as np.loadtxt reads them: no hexadecimal, no underscores.
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?(nan|inf(inity)?)", re.ASCII | re.IGNORECASE)
# What messages say of ids that are no integers.
AS_NAMES = "read ids as names by names=True (--names)"
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_LARGEST_ID = 2**63 - 1
_LONGEST_SHOWN = 40

# Gephi's column Type.
_KINDS = {"directed": True, "undirected": False}
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
CANONICAL = re.compile(r"0|[1-9][0-9]*", re.ASCII)
# Between white space: a column in quotes, which may hold white space and quotes twice, or a column without.
_SPACED = re.compile(r'"((?:[^"]|"")*)"(?!\S)|(\S+)')


class Rows(NamedTuple):
    """The edges of a block of lines."""

    ends: NDArray[np.int64]
    """Source and target, shape (k, 2)."""
    weights: NDArray[np.float64] | None
    """Shape (k,), where the rows have any."""
    directed: NDArray[np.bool_] | None = None
    """Shape (k,), where the rows say it."""


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
    canonical : bool
        Integers have to be written without leading zeros and signs, so that those which differ are different ids.
    decimal : str
        Sign between the whole and the fraction of a weight: a point or a comma.
    kind : int or None
        Position from 0 of a column of the words directed and undirected.
    signs : str
        A block without these characters has no comments.
    """

    delimiter: str | None
    comment: re.Pattern[str]
    columns: tuple[int, ...]
    n_columns: int | None
    names: bool
    canonical: bool = False
    decimal: str = "."
    kind: int | None = None
    signs: str = "#%"
    low: int = 0
    high: int = _LARGEST_ID

    @property
    def weighted(self) -> bool:
        """Whether the rows have weights."""
        return len(self.columns) == 3


def is_number(field: str, decimal: str = ".") -> bool:
    """Return whether a column is a number, written with a decimal point or comma."""
    return NUMBER.fullmatch(field if decimal == "." else _with_point(field)) is not None


def _with_point(field: str) -> str:
    """Return a number with a decimal comma as one with a point; what has a point becomes no number."""
    return field.replace(".", "x").replace(",", ".")


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
        return line.split() if '"' not in line else _split_spaced(line, number, where)
    if '"' not in line:
        return [field.strip() for field in line.split(delimiter)]
    try:
        fields = next(csv.reader([line], delimiter=delimiter, strict=True, skipinitialspace=True))
    except csv.Error as error:
        raise fault(where, number, f"expected quotes in pairs on one line: {error}") from error
    return [field.strip() for field in fields]


def _split_spaced(line: str, number: int, where: str) -> list[str]:
    fields = []
    for quoted, plain in _SPACED.findall(line):
        if plain.startswith('"'):
            raise fault(where, number, "expected quotes in pairs on one line, and white space behind them")
        fields.append(plain or quoted.replace('""', '"').strip())
    return fields


def _parse_fast(text: str, form: RowForm, numbering: Numbering) -> Rows | None:
    """Return the edges of a block, or None where anything in it needs a closer look."""
    if any(sign in text for sign in form.signs):
        text = "\n".join(line for line in text.split("\n") if not form.comment.match(line))
    if not text or text.isspace():
        return _as_rows([], [], [], form)
    if form.names and ('"' in text or _NO_TEXT.search(text)):
        return None
    if form.decimal == "," and form.weighted:
        if form.names or "." in text:
            return None
        text = text.replace(",", ".")
    id_type = object if form.names else np.int64
    fields = [("source", id_type), ("target", id_type), ("weight", np.float64)][: len(form.columns)]
    columns = form.columns if form.n_columns is None else None
    if form.kind is not None:
        fields, columns = [*fields, ("kind", object)], (*form.columns, form.kind)
    try:
        # Older NumPy reads 1.5 as the integer 1, with a warning.
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            table = np.loadtxt(
                io.StringIO(text),
                dtype=fields,
                comments=None,
                delimiter=form.delimiter,
                usecols=columns,
                ndmin=1,
            )
    except (ValueError, Warning):
        return None
    weights = np.ascontiguousarray(table["weight"]) if form.weighted else None
    if weights is not None and not ((weights > 0) & np.isfinite(weights)).all():
        return None
    directed = None
    if form.kind is not None:
        kinds = [_KINDS.get(word.strip().lower()) for word in table["kind"].tolist()]
        if None in kinds:
            return None
        directed = np.array(kinds, np.bool_)
    ends = np.stack((table["source"], table["target"]), axis=1)
    if form.names:
        ids = _numbered(ends.ravel().tolist(), form, numbering)
        return None if ids is None else Rows(ids, weights, directed)
    if ends.min() < form.low or ends.max() > form.high or (form.canonical and not are_canonical(text, form.delimiter)):
        return None
    return Rows(ends, weights, directed)


def _numbered(names: list[str], form: RowForm, numbering: Numbering) -> NDArray[np.int64] | None:
    if form.delimiter is not None:
        names = [name.strip() for name in names]
        if "" in names:
            return None
    return np.fromiter(map(numbering.__getitem__, names), np.int64, len(names)).reshape(-1, 2)


def _as_rows(ends: list[tuple[int, int]], weights: list[float], directed: list[bool], form: RowForm) -> Rows:
    return Rows(
        np.array(ends, np.int64).reshape(-1, 2),
        np.array(weights, np.float64) if form.weighted else None,
        np.array(directed, np.bool_) if form.kind is not None else None,
    )


def _parse_carefully(text: str, first: int, form: RowForm, numbering: Numbering, where: str) -> Rows:
    ends: list[tuple[int, int]] = []
    weights: list[float] = []
    directed: list[bool] = []
    for line, fields in _rows(text, first, form, where):
        source, target = (end_of(fields[i], line, form, numbering, where) for i in form.columns[:2])
        ends.append((source, target))
        if form.weighted:
            weights.append(_weight(fields[form.columns[2]], line, form, where))
        if form.kind is not None:
            directed.append(_is_directed(fields[form.kind], line, where))
    return _as_rows(ends, weights, directed, form)


def _rows(text: str, first: int, form: RowForm, where: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, columns) of each row."""
    least = max(*form.columns, form.kind or 0) + 1
    for number, line in enumerate(text.split("\n"), first):
        if not line.strip() or form.comment.match(line):
            continue
        fields = split(line, form.delimiter, number, where)
        if form.n_columns is not None and len(fields) != form.n_columns:
            raise fault(where, number, f"expected {form.n_columns} columns, as in the rows before, got {len(fields)}")
        if len(fields) < least:
            raise fault(where, number, f"expected at least {least} columns, got {len(fields)}")
        yield number, fields


def end_of(field: str, line: int, form: RowForm, numbering: Numbering, where: str) -> int:
    """Return the number of the node that a column names, or raise GraphError."""
    if form.names:
        if not field:
            raise fault(where, line, "expected a node id, got an empty column")
        return numbering[field]
    # More digits than any id has are no reason for arithmetic of unbounded length.
    if not INTEGER.fullmatch(field) or len(field) > 100:
        raise fault(where, line, f"expected an integer id, got {_shown(field)}; {AS_NAMES}")
    value = int(field)
    if form.low <= value <= form.high:
        if form.canonical and not CANONICAL.fullmatch(field):
            raise fault(
                where, line, f"expected an integer without leading zeros and sign, got {_shown(field)}; {AS_NAMES}"
            )
        return value
    if form.high == _LARGEST_ID and value > form.high:
        raise fault(where, line, f"expected an id below 2^63, got {value}; {AS_NAMES}")
    expected = f"an id >= {form.low}" if value < form.low else f"an id of at most {form.high}"
    raise fault(where, line, f"expected {expected}, got {value}")


def _is_directed(field: str, line: int, where: str) -> bool:
    found = _KINDS.get(field.strip().lower())
    if found is None:
        raise fault(where, line, f"expected the type Directed or Undirected, got {_shown(field)}")
    return found


def _weight(field: str, line: int, form: RowForm, where: str) -> float:
    plain = field if form.decimal == "." else _with_point(field)
    value = float(plain) if NUMBER.fullmatch(plain) else math.nan
    if not 0 < value < math.inf:
        hint = "; networkx writes plain edges with write_edgelist(data=False)" if field.startswith("{") else ""
        if form.decimal == "." and _DECIMAL_COMMA.fullmatch(field):
            hint = "; read decimal commas by decimal=',' (--decimal ,)"
        raise fault(where, line, f"expected a finite weight > 0, got {_shown(field)}{hint}")
    return value


def _shown(field: str) -> str:
    return repr(field if len(field) <= _LONGEST_SHOWN else field[:_LONGEST_SHOWN] + "...")
