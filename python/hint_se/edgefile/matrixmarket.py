"""Matrix Market files of sparse matrices: a banner, the size, one entry a line, rows and columns from 1."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .lines import Lines, fault
from .rows import RowForm

__all__ = ["MatrixForm", "read_head"]

_COMMENT = re.compile(r"\s*%")
_NONE = re.compile(r"(?!)")
_BANNER = re.compile(r"%%MatrixMarket\s+matrix\s+(\S+)\s+(\S+)\s+(\S+)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MatrixForm:
    """What the head of a Matrix Market file says."""

    rows: RowForm
    n_nodes: int
    n_entries: int
    symmetric: bool
    size_line: int


def read_head(lines: Lines, where: str) -> MatrixForm:
    """Return what the head of a Matrix Market file says of its entries, and pass it.

    Raises
    ------
    GraphError
        If it is no sparse square matrix of real numbers or of a pattern, general or symmetric.
    """
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
    return MatrixForm(form, n_rows, n_entries, symmetry == "symmetric", number)
