"""What stands between two columns, and which lines are comments, told from the first lines of a file.

The sign is the one under which every sampled row has the same two or three columns. Where several are, or none is,
nothing is guessed.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hint_se.errors import GraphError

from .lines import fault
from .rows import split

__all__ = ["COMMENT", "SIGNS", "Dialect", "are_names", "as_delimiter", "choose_dialect", "sure_comment"]

_log = logging.getLogger(__name__)

#: What a delimiter is called where it cannot be seen, and in messages.
SIGNS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", None: "white space"}
_WORDS = {"tab": "\t", "\\t": "\t", "space": None, " ": None}
#: A line that is a comment unless names may begin with its sign.
COMMENT = re.compile(r"\s*[#%]")
# A sign right before a word may begin a name; followed by a blank it begins a comment.
_SURE_COMMENT = re.compile(r"[#%]+( |$)")
_SURE_COMMENT_SPACED = re.compile(r"\s*[#%]+(\s|$)")
_SEPARATORS = ",;:|"
# Arrows between two ids, rules below a header, and the sign of a comment in other languages.
_NO_ID = re.compile(r"[<>=-]+|_{2,}|/{2,}|[→←↔]")
_BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"), ("<", ">"))
_SAY = "say which by delimiter=... (--delimiter)"

#: Number of a line, and its text.
Line = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How lines are rows of columns.

    Parameters
    ----------
    delimiter : str or None
        Between two columns; None: any white space.
    comment : re.Pattern
        Matches at the start of a line that is no row.
    """

    delimiter: str | None
    comment: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Trial:
    """What the sampled rows are under one delimiter."""

    delimiter: str | None
    table: list[list[str]]
    """The columns of the rows before the first that has others than the rows before."""
    bad: str | None
    """An id that shows that this is not the delimiter."""


def as_delimiter(given: str) -> str | None:
    """Return the sign, in ASCII, that a user names; None for white space.

    Raises
    ------
    ValueError
        If it is neither one sign nor the words tab and space.
    """
    if given not in _WORDS and (len(given) != 1 or not given.isascii() or given in '"\r\n'):
        raise ValueError(f"delimiter: expected one sign, or the word tab or space, got {given!r}")
    return _WORDS.get(given, given)


def sure_comment(delimiter: str | None) -> re.Pattern[str]:
    """Return the pattern of lines that are comments even where names may begin with the sign of one."""
    return _SURE_COMMENT_SPACED if delimiter is None else _SURE_COMMENT


def choose_dialect(
    head: Sequence[Line],
    where: str,
    *,
    candidates: Sequence[str | None],
    given: bool,
    needed: int | None,
    has_header: Callable[[list[str]], bool],
) -> Dialect:
    """Return the dialect of a file.

    Parameters
    ----------
    head : sequence of (line number, line), at least one
        The first lines that are not surely comments.
    where : str
        What error messages call the file.
    candidates : sequence of str or None
        Delimiters; None is white space.
    given : bool
        Whether the user or the suffix named the only candidate.
    needed : int or None
        Number of columns that rows must have at least. None: two or three, or any number below a header that is known.
    has_header : callable
        Whether the columns of a first row are the words of a header that is known.

    Raises
    ------
    GraphError
        If several candidates fit, or none does.
    """
    may_begin_names = given or None not in candidates
    rows = [line for line in head if may_begin_names or not COMMENT.match(line[1])] or list(head)
    trials = [_try(sign, rows, where, needed=needed, has_header=has_header) for sign in candidates]
    trial = trials[0] if given else _best(trials, rows, where, needed, has_header)
    if may_begin_names or _show_names(head, rows, trial):
        return Dialect(trial.delimiter, sure_comment(trial.delimiter))
    _tell_doubts(head, trial, where, has_header)
    return Dialect(trial.delimiter, COMMENT)


def are_names(head: Sequence[Line]) -> bool:
    """Return whether lines that all begin with the sign of a comment have that sign before their second word too."""
    words = [text.split() for _, text in head]
    return any(word[:1] in ("#", "%") for fields in words for word in fields[1:2])


def _try(
    delimiter: str | None,
    rows: Sequence[Line],
    where: str,
    *,
    needed: int | None,
    has_header: Callable[[list[str]], bool],
) -> _Trial:
    table: list[list[str]] = []
    bad, headed = None, False
    for number, text in rows:
        try:
            fields = split(text, delimiter, number, where)
        except GraphError:
            break
        if not table:
            headed = has_header(fields)
            enough = len(fields) >= needed if needed else len(fields) in (2, 3) or headed
            if not enough or len(fields) < 2:
                break
        elif len(fields) < needed if needed else len(fields) != len(table[0]):
            break
        table.append(fields)
        if bad is None and not headed:
            ids = fields[: None if needed else 2]
            bad = next((field for field in ids if _is_no_id(field) and f'"{field}"' not in text), None)
    return _Trial(delimiter, table, bad)


def _is_no_id(field: str) -> bool:
    """Return whether a column ends or begins in a separator, opens a bracket or closes one, holds a tab, or is an arrow or a rule."""
    if field.isalnum():
        return False
    if not field or field[0] in _SEPARATORS or field[-1] in _SEPARATORS or "\t" in field:
        return True
    if _NO_ID.fullmatch(field):
        return True
    return any((field[0] == opened) != (field[-1] == closed) and field.count(opened) != field.count(closed)
               for opened, closed in _BRACKETS)  # fmt: skip


def _best(
    trials: Sequence[_Trial],
    rows: Sequence[Line],
    where: str,
    needed: int | None,
    has_header: Callable[[list[str]], bool],
) -> _Trial:
    """Return the only trial under which all rows are alike, or else the one whose fault will be told."""
    line = rows[0][0]
    whole = [trial for trial in trials if len(trial.table) == len(rows)]
    fit = [trial for trial in whole if trial.bad is None] or (whole if needed else [])
    fit = [trial for trial in fit if has_header(trial.table[0])] or fit
    if fit and all(trial.table == fit[0].table for trial in fit):
        # Tabs leave room for names with blanks, white space for numbers in columns.
        numbers = all(field.isdigit() for field in fit[0].table[-1][:2])
        return next((trial for trial in fit if (trial.delimiter is None) == numbers), fit[0])
    if fit:
        found = " or ".join(f"{SIGNS[trial.delimiter]} ({len(trial.table[0])})" for trial in fit)
        raise fault(where, line, f"expected one way to part the columns, got {found}; {_SAY}")
    if len(whole) > 1 or any(trial.bad for trial in whole):
        found = ", ".join(f"{str(trial.bad)[:40]!r} between {SIGNS[trial.delimiter]}" for trial in whole)
        raise fault(where, line, f"expected ids and what parts them, got {found}; {_SAY}")
    # The rows say what is wrong with them under the delimiter that carries furthest.
    return max(trials, key=lambda trial: (len(trial.table), rows[0][1].count(trial.delimiter or " ")))


def _show_names(head: Sequence[Line], rows: Sequence[Line], trial: _Trial) -> bool:
    """Return whether a file shows that names may begin with the sign of a comment."""
    if len(rows) == len(head) or not trial.table:
        return len(rows) == len(head)
    if any(field[:1] in ("#", "%") for fields in trial.table for field in fields[:2]):
        return True
    return any(number > rows[0][0] for number, _ in _alike(head, trial))


def _alike(head: Sequence[Line], trial: _Trial) -> list[Line]:
    """Return the lines that begin with the sign of a comment and have as many columns as the rows."""
    width = len(trial.table[0]) if trial.table else 0
    return [line for line in head if COMMENT.match(line[1]) and len(line[1].split(trial.delimiter)) == width]


def _tell_doubts(head: Sequence[Line], trial: _Trial, where: str, has_header: Callable[[list[str]], bool]) -> None:
    for number, text in _alike(head, trial)[:1]:
        if not has_header(text.lstrip(" #%").split(trial.delimiter)):
            advice = "delimiter=... (--delimiter) takes it for an edge"
            _log.warning("%s, line %d: %r taken for a comment; %s", where, number, text[:60], advice)
