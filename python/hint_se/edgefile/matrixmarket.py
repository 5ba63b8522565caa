"""Matrix Market files of sparse matrices: a banner, the size, one entry a line, rows and columns from 1."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .blocks import joined, parse_all
from .fileedges import FileEdges, as_counted, counted_from_1
from .lines import Lines, fault
from .rows import Numbering, RowForm

__all__ = ["read_matrix"]

_COMMENT = re.compile(r"\s*%")
_NONE = re.compile(r"(?!)")
_BANNER = re.compile(r"%%MatrixMarket\s+matrix\s+(\S+)\s+(\S+)\s+(\S+)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _MatrixForm:
    """What the head of a Matrix Market file says."""

    rows: RowForm
    n_nodes: int
    n_entries: int
    symmetric: bool
    size_line: int


def read_matrix(lines: Lines, where: str) -> FileEdges:
    """Return the entries of a Matrix Market file; its nodes are named by their rows, from 1.

    Raises
    ------
    GraphError
        If it is no sparse square matrix of real numbers or of a pattern, general or symmetric, or is damaged.
    """
    form = _read_head(lines, where)
    found = parse_all(lines.blocks(), where, form.rows, Numbering())
    edges = joined(found.chunks)
    if len(edges) != form.n_entries:
        raise fault(where, form.size_line, f"expected {form.n_entries} entries, as claimed here, got {len(edges)}")
    edges -= 1
    count = as_counted(form.n_nodes, len(edges), where, form.size_line)
    return FileEdges(
        where=where,
        edges=edges,
        weights=found.weights,
        n_nodes=count,
        node_names=counted_from_1(count),
        matrix=not form.symmetric,
        directed=False if form.symmetric else None,
    )


def _read_head(lines: Lines, where: str) -> _MatrixForm:
    """Return what the head of a Matrix Market file says of its entries, and pass it."""
    first = lines.peek(_NONE, 1)
    banner = _BANNER.fullmatch(first[0][1]) if first else None
    if banner is None:
        raise fault(where, 1, "expected the banner %%MatrixMarket matrix coordinate ...")
    layout, field, symmetry = (word.lower() for word in banner.groups())
    if layout != "coordinate" or field not in ("pattern", "real", "integer", "double"):
        raise fault(where, 1, f"expected coordinate and pattern, real or integer, got {layout} {field}")
    if symmetry not in ("general", "symmetric"):
        raise fault(where, 1, f"expected a general or symmetric matrix, got {symmetry}")
    size = lines.peek(_COMMENT, 1)
    if not size:
        raise fault(where, first[0][0], "expected a line of rows, columns and entries below the banner, got none")
    number, text = size[0]
    if not re.fullmatch(r"\s*\d{1,18}\s+\d{1,18}\s+\d{1,18}\s*", text, re.ASCII):
        raise fault(where, number, f"expected rows, columns and entries, got {text[:40]!r}")
    n_rows, n_columns, n_entries = map(int, text.split())
    if n_rows != n_columns:
        raise fault(where, number, f"expected a square adjacency matrix, got {n_rows} x {n_columns}")
    lines.skip_to(number + 1)
    width = 2 if field == "pattern" else 3
    form = RowForm(
        delimiter=None,
        comment=_COMMENT,
        columns=tuple(range(width)),
        n_columns=width,
        names=False,
        low=1,
        high=n_rows,
    )
    return _MatrixForm(form, n_rows, n_entries, symmetry == "symmetric", number)
