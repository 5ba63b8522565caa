"""All rows of a file, block by block."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .rows import Numbering, RowForm, parse_rows

__all__ = ["Parsed", "joined", "parse_all"]

_log = logging.getLogger(__name__)


class Parsed(NamedTuple):
    """The edges of all rows."""

    chunks: list[NDArray[np.int64]]
    """Source and target, shapes (k, 2), in the order of the file."""
    weights: NDArray[np.float64] | None
    directed: NDArray[np.bool_] | None


def parse_all(blocks: Iterator[tuple[int, str]], where: str, form: RowForm, numbering: Numbering) -> Parsed:
    """Return the edges of all rows, and say how many lines were skipped as comments.

    Parameters
    ----------
    blocks : iterator of (number of the first line, whole lines)
    where : str
        What error messages call the file.
    form : RowForm
    numbering : Numbering
        Where names are numbered.
    """
    parsed, n_skipped = [], 0
    for first, block in blocks:
        parsed.append(parse_rows(block, first, form, numbering, where))
        if any(sign in block for sign in form.signs):
            n_skipped += sum(form.comment.match(line) is not None for line in block.split("\n"))
    if n_skipped:
        _log.info("%s: skipped %d line%s of comments", where, n_skipped, "" if n_skipped == 1 else "s")
    weights = [rows.weights for rows in parsed if rows.weights is not None]
    directed = [rows.directed for rows in parsed if rows.directed is not None]
    return Parsed(
        [rows.ends for rows in parsed],
        np.concatenate([np.empty(0), *weights]) if form.weighted else None,
        np.concatenate([np.empty(0, np.bool_), *directed]) if form.kind is not None else None,
    )


def joined(chunks: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return the edges of all chunks, shape (m, 2)."""
    return np.concatenate([np.empty((0, 2), np.int64), *chunks])
