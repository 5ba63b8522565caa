"""Which columns of a text file are source, target and weight, told from its first rows."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass

from .lines import Lines, fault
from .rows import AS_NAMES, INTEGER, NUMBER, RowForm, split

__all__ = ["choose_form"]

_log = logging.getLogger(__name__)

# Words that head the two ends of an edge, and its weight, in files of other programs; in lower case.
_ENDS = (
    ("source", "target"),
    ("src", "dst"),
    ("from", "to"),
    ("node1", "node2"),
    ("node_1", "node_2"),
    ("fromnodeid", "tonodeid"),
)
_WEIGHTS = ("weight", "w")
_COMMENT = re.compile(r"\s*[#%]")
# Where columns are delimited a hash sign may begin a name; followed by a blank it begins a comment.
_COMMENT_DELIMITED = re.compile(r"[#%]( |$)")


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    fields: list[str]

    def at(self, position: int) -> str:
        return self.fields[position] if position < len(self.fields) else ""


def choose_form(
    lines: Lines, where: str, *, delimited: bool, columns: Sequence[str | int] | None, names: bool | None
) -> RowForm | None:
    """Return how the rows of a file are edges, and pass its header; None for a file without rows.

    Parameters
    ----------
    lines : Lines
        At the beginning of the file.
    where : str
        What error messages call the file.
    delimited : bool
        Whether a comma, semicolon or tab stands between two columns, as the first row tells, and not white space.
    columns : sequence of str or int, or None
        Source, target and maybe weight, by their words in the header or by position from 1.
    names : bool or None
        Whether ids are strings. None: they are, unless those of the first row are integers.

    Raises
    ------
    GraphError
        If the first row has not these columns, or without `columns` not 2 or 3.
    """
    comment = _COMMENT_DELIMITED if delimited else _COMMENT
    head = lines.peek(comment, 2)
    if not head:
        return None
    delimiter = next((sign for sign in ",;\t" if sign in head[0][1]), ",") if delimited else None
    rows = [_Row(line, split(text, delimiter, line, where)) for line, text in head]
    first, second = rows[0], rows[-1]
    chosen, worded = _choose(first, columns, where)
    if worded or _is_header(first, second, chosen):
        _log.info("%s, line %d: taken for the header %s", where, first.line, ", ".join(first.fields))
        lines.skip_to(first.line + 1)
    else:
        second = first
    if names is None:
        names = not all(INTEGER.fullmatch(second.at(i)) for i in chosen[:2])
        if names:
            _refuse_decimal_ids(rows, chosen, where)
        if names and delimited and second is first:
            ends = " and ".join(first.at(i) for i in chosen[:2])
            _log.info("%s, line %d: taken for an edge of %s, not for a header", where, first.line, ends[:200])
    n_columns = len(chosen) if columns is None and len(chosen) == len(first.fields) else None
    return RowForm(delimiter=delimiter, comment=comment, columns=chosen, n_columns=n_columns, names=names)


def _choose(first: _Row, columns: Sequence[str | int] | None, where: str) -> tuple[tuple[int, ...], bool]:
    """Return the positions of source, target and maybe weight, and whether words of the first row told them."""
    if columns is not None:
        return _asked_for(first, columns, where)
    words = [field.lower() for field in first.fields]
    for ends in _ENDS:
        if set(ends) <= set(words):
            weight = [word for word in _WEIGHTS if word in words][:1]
            chosen = tuple(words.index(word) for word in (*ends, *weight))
            ignored = [field for i, field in enumerate(first.fields) if i not in chosen]
            if ignored:
                _log.info("%s: ignoring the columns %s", where, ", ".join(ignored))
            return chosen, True
    if len(words) in (2, 3):
        return tuple(range(len(words))), False
    message = f"expected 2 or 3 columns, got {len(words)}"
    if len(words) > 3:
        message += "; name source, target and weight by columns=... (--columns)"
    elif any(sign in first.fields[0] for sign in ",;"):
        message += "; read columns between commas by format='csv' (--format csv)"
    raise fault(where, first.line, message)


def _asked_for(first: _Row, columns: Sequence[str | int], where: str) -> tuple[tuple[int, ...], bool]:
    if isinstance(columns, str) or len(columns) not in (2, 3) or len(set(columns)) != len(columns):
        raise ValueError(f"columns: expected source, target and maybe weight, all different, got {columns!r}")
    if any(not isinstance(c, str) and not (str(c).isdecimal() and int(c) >= 1) for c in columns):
        raise ValueError(f"columns: expected names, or positions counted from 1, got {columns!r}")
    if all(str(column).isdecimal() and int(column) >= 1 for column in columns):
        return tuple(int(column) - 1 for column in columns), False
    missing = [str(column) for column in columns if column not in first.fields]
    if missing:
        found = ", ".join(first.fields[:20])
        raise fault(where, first.line, f"expected a header with the columns {', '.join(missing)}, got {found[:200]}")
    return tuple(first.fields.index(str(column)) for column in columns), True


def _is_header(first: _Row, second: _Row, chosen: tuple[int, ...]) -> bool:
    """Return whether the first row has words alone where the second has integer ids, or a number beside the ids."""
    if any(NUMBER.fullmatch(field) for field in first.fields):
        return False
    if all(INTEGER.fullmatch(second.at(i)) for i in chosen[:2]):
        return True
    return any(NUMBER.fullmatch(field) for i, field in enumerate(second.fields) if i not in chosen[:2])


def _refuse_decimal_ids(rows: Sequence[_Row], chosen: tuple[int, ...], where: str) -> None:
    """Raise GraphError for ids that are numbers but no integers: a slip more likely than a name."""
    for row in rows:
        for end in (row.at(i) for i in chosen[:2]):
            if NUMBER.fullmatch(end) and not INTEGER.fullmatch(end) and not end.strip("+-").isalpha():
                raise fault(where, row.line, f"expected an integer id or a name, got {end!r}; {AS_NAMES}")
