"""Which columns of a text file are source, target and weight, told from its first rows."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from hint_se.inputs.words import AUTO, Weight, choose_weight, known_ends

from .delimiters import COMMENT, are_names, choose_dialect, sure_comment
from .lines import Lines, fault
from .rows import AS_NAMES, CANONICAL, INTEGER, NUMBER, RowForm, is_number, split

__all__ = ["TextForm", "TextOptions", "choose_form"]

_log = logging.getLogger(__name__)

# So many rows show what parts the columns.
_SAMPLE = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class TextOptions:
    """What is known of the rows of a text before it is read.

    Parameters
    ----------
    candidates : tuple of str or None
        What may stand between two columns; None is white space.
    given : bool
        Whether the user or the suffix named the only candidate.
    decimal : str
        Sign between the whole and the fraction of a weight.
    header : bool or None
        Whether the first row is one; None: to be told from the rows.
    columns : sequence of str or int, or None
        Source, target and maybe weight, by their words in the header or by position from 1.
    weight : "auto", None, str or int
        Without columns: which one holds the weights, by its word in the header or by position from 0.
    names : bool or None
        Whether ids are strings. None: unless they are integers, without leading zeros or signs.
    """

    candidates: tuple[str | None, ...]
    given: bool = False
    decimal: str = "."
    header: bool | None = None
    columns: Sequence[str | int] | None = None
    weight: Weight = AUTO
    names: bool | None = None


@dataclass(frozen=True, slots=True)
class TextForm:
    """How the rows of a text are edges."""

    rows: RowForm
    doubtful: int | None
    """Line of the first row, where nothing but its place in the file tells whether it is an edge."""


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    fields: list[str]

    def at(self, position: int) -> str:
        return self.fields[position] if position < len(self.fields) else ""


def choose_form(lines: Lines, where: str, options: TextOptions) -> TextForm | None:
    """Return how the rows of a file are edges, and pass its header; None for a file without rows.

    Raises
    ------
    GraphError
        If nothing tells what stands between the columns, or the first row has not those that are asked for, or
        nobody asked and they are not 2 or 3.
    """
    columns, names = options.columns, options.names
    head = _sample(lines, options)
    if not head:
        return None
    dialect = choose_dialect(
        head,
        where,
        candidates=options.candidates,
        given=options.given,
        needed=None if columns is None else _least(columns),
        has_header=lambda fields: options.header is not False and _is_known(fields, columns),
    )
    delimiter = dialect.delimiter
    rows = [_Row(n, split(text, delimiter, n, where)) for n, text in head if not dialect.comment.match(text)]
    first, second = rows[0], rows[1 if len(rows) > 1 else 0]
    chosen, worded = (
        _choose(first, second, options, where) if options.header is not False else _places(first, columns, where)
    )
    is_header = options.header
    if is_header is None:
        named = isinstance(options.weight, str) and options.weight in first.fields
        is_header = worded or named or _is_header(first, second, chosen, options.decimal)
    if is_header:
        if not worded and columns is None and len(chosen) > 2:
            chosen = _weighted(first, second, first.fields[:2], options.weight, where)
        _log.info("%s, line %d: taken for the header %s", where, first.line, ", ".join(first.fields))
        lines.skip_to(first.line + 1)
        kind = _kind_of(rows) if columns is None else None
        rows = rows[1:] or rows
    else:
        second, kind = first, None
        if options.weight != AUTO:
            chosen = _at(len(first.fields), options.weight, where)
    integers = all(INTEGER.fullmatch(second.at(i)) for i in chosen[:2])
    if names is None:
        _refuse_single_quotes(rows, chosen, where)
        if not integers:
            _refuse_decimal_ids(rows[:2], chosen, where)
        names = not (integers and all(_is_canonical(row.at(i)) for row in rows for i in chosen[:2]))
        canonical = not names
    else:
        canonical = False
    n_columns = len(chosen) if columns is None and kind is None and len(chosen) == len(first.fields) else None
    form = RowForm(
        delimiter=delimiter,
        comment=dialect.comment,
        columns=chosen,
        n_columns=n_columns,
        names=names,
        canonical=canonical,
        decimal=options.decimal,
        kind=kind,
    )
    return TextForm(form, None if is_header or options.header is not None else first.line)


def _sample(lines: Lines, options: TextOptions) -> list[tuple[int, str]]:
    """Return the first lines that may be rows."""
    spaced = None in options.candidates
    head = lines.peek(sure_comment(None if spaced else ","), _SAMPLE)
    if spaced and not options.given and all(COMMENT.match(text) for _, text in head) and not are_names(head):
        return lines.peek(COMMENT, _SAMPLE)
    return head


def _least(columns: Sequence[str | int]) -> int:
    positions = [int(column) for column in columns if str(column).isdecimal()]
    return max([2, *positions])


def _is_known(fields: Sequence[str], columns: Sequence[str | int] | None) -> bool:
    """Return whether the columns of a first row are the words of a header that is known or asked for."""
    asked = [column for column in columns or () if not str(column).isdecimal()]
    if asked:
        return set(asked) <= set(fields)
    return known_ends(fields) is not None


def _is_canonical(field: str) -> bool:
    """Return whether an id is no integer written in another way than as a number."""
    return CANONICAL.fullmatch(field) is not None or not INTEGER.fullmatch(field) or field.startswith("-")


def _kind_of(rows: Sequence[_Row]) -> int | None:
    """Return the position of a column Type whose words are Directed and Undirected, as Gephi writes it."""
    words = [field.lower() for field in rows[0].fields]
    if "type" not in words:
        return None
    place = words.index("type")
    return place if {"directed", "undirected"} & {row.at(place).lower() for row in rows[1:]} else None


def _choose(first: _Row, second: _Row, options: TextOptions, where: str) -> tuple[tuple[int, ...], bool]:
    """Return the positions of source, target and maybe weight, and whether words of the first row told them."""
    if options.columns is not None:
        return _asked_for(first, options.columns, where)
    ends = known_ends(first.fields)
    if ends is not None:
        return _weighted(first, second, ends, options.weight, where), True
    return _places(first, None, where)


def _weighted(first: _Row, second: _Row, ends: Sequence[Hashable], weight: Weight, where: str) -> tuple[int, ...]:
    """Return the positions of the ends and, where a word of the header is one for weights, of that."""
    fields = first.fields
    found = choose_weight(
        fields,
        weight,
        where,
        holds_numbers=lambda name: NUMBER.fullmatch(second.at(fields.index(name))) is not None,
        ends=ends,
        how="columns=... (--columns) chooses",
    )
    chosen = tuple(fields.index(str(name)) for name in (*ends, found) if name is not None)
    ignored = [field for i, field in enumerate(fields) if i not in chosen]
    if ignored:
        _log.info("%s: ignoring the columns %s", where, ", ".join(ignored))
    return chosen


def _at(n_columns: int, weight: Weight, where: str) -> tuple[int, ...]:
    """Return the positions of the ends and of the weight that is asked for, where no header names it."""
    found = choose_weight(range(n_columns), weight, where, holds_numbers=lambda _: True, ends=(0, 1))
    return (0, 1) if found is None else (0, 1, int(str(found)))


def _places(first: _Row, columns: Sequence[str | int] | None, where: str) -> tuple[tuple[int, ...], bool]:
    """Return what `_choose` does where there is no header."""
    if columns is not None:
        found = _asked_for(first, columns, where)
        if found[1]:
            raise ValueError(f"columns: expected positions where header=False, got {columns!r}")
        return found
    n_columns = len(first.fields)
    if n_columns in (2, 3):
        return tuple(range(n_columns)), False
    message = f"expected 2 or 3 columns, got {n_columns}"
    if any(field.startswith("{") for field in first.fields):
        message += "; networkx writes weights alone with write_weighted_edgelist"
    elif n_columns > 3:
        message += "; name source, target and weight by columns=... (--columns)"
    else:
        message += "; say what parts them by delimiter=... (--delimiter)"
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


def _is_header(first: _Row, second: _Row, chosen: tuple[int, ...], decimal: str) -> bool:
    """Return whether the first row has words alone where the second has integer ids, or a number beside the ids."""
    if any(is_number(field, decimal) for field in first.fields):
        return False
    if all(INTEGER.fullmatch(second.at(i)) for i in chosen[:2]):
        return True
    return any(is_number(field, decimal) for i, field in enumerate(second.fields) if i not in chosen[:2])


def _refuse_single_quotes(rows: Sequence[_Row], chosen: tuple[int, ...], where: str) -> None:
    """Raise GraphError for an id that a single quote begins, where one ends it or a column behind it: they quote nothing."""
    for row in rows:
        for place in chosen[:2]:
            if row.at(place).startswith("'") and any(field[1:].endswith("'") for field in row.fields[place:]):
                shown = repr(row.at(place)[:40])
                keep = "keep them as they are by names=True (--names)"
                raise fault(where, row.line, f"expected ids in double quotes or none, got {shown}; {keep}")


def _refuse_decimal_ids(rows: Sequence[_Row], chosen: tuple[int, ...], where: str) -> None:
    """Raise GraphError for ids that are numbers but no integers: a slip more likely than a name."""
    for row in rows:
        for end in (row.at(i) for i in chosen[:2]):
            if NUMBER.fullmatch(end) and not INTEGER.fullmatch(end) and not end.strip("+-").isalpha():
                raise fault(where, row.line, f"expected an integer id or a name, got {end!r}; {AS_NAMES}")
