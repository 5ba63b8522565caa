"""Edges in columns of text, of which the file says nothing but its rows."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .blocks import Parsed, joined, parse_all
from .columns import TextForm, TextOptions, choose_form
from .fileedges import FileEdges, compact
from .lines import Lines, fault
from .rows import Numbering

__all__ = ["read_text"]

# What the files of SNAP say above their rows.
_SNAP = re.compile(r"^[#%]\s*(directed|undirected) graph\b", re.IGNORECASE | re.MULTILINE)
_HEAD = 2**12
_SAY = "say which by header=True or False (--header yes or no)"


def read_text(lines: Lines, where: str, options: TextOptions, n_nodes: int | None) -> FileEdges:
    """Return the edges of all rows.

    Parameters
    ----------
    lines : Lines
        At the beginning of the file.
    where : str
        What error messages call the file.
    options : TextOptions
    n_nodes : int or None
        The nodes are 0..n_nodes-1; None: those that occur.

    Raises
    ------
    GraphError
        If a row is no edge, with its line, or nothing tells how the rows are edges.
    """
    told = _SNAP.search(lines.ahead()[:_HEAD])
    directed = None if told is None else told[1].lower() == "directed"
    form = choose_form(lines, where, options)
    if form is None:
        return FileEdges(where=where, edges=np.empty((0, 2), np.int64), weights=None, n_nodes=n_nodes or 0)
    numbering = Numbering()
    rows = form.rows if n_nodes is None else replace(form.rows, high=n_nodes - 1)
    found = parse_all(lines.blocks(), where, rows, numbering)
    if form.doubtful is not None:
        _refuse_doubtful(form, form.doubtful, found, numbering, where)
    kinds = directed if found.directed is None else found.directed
    if n_nodes is not None or rows.names:
        return FileEdges(
            where=where,
            edges=joined(found.chunks),
            weights=found.weights,
            n_nodes=len(numbering) if n_nodes is None else n_nodes,
            node_names=tuple(numbering) if rows.names else None,
            directed=kinds,
        )
    edges, count, ids = compact(found.chunks)
    return FileEdges(where=where, edges=edges, weights=found.weights, n_nodes=count, node_names=ids, directed=kinds)


def _refuse_doubtful(form: TextForm, line: int, found: Parsed, numbering: Numbering, where: str) -> None:
    """Raise GraphError where the first row may as well be a header of words, or the numbers of nodes and edges."""
    n_rows = sum(map(len, found.chunks))
    if n_rows < 2:
        return
    first = next(chunk[0] for chunk in found.chunks if len(chunk))
    if form.rows.names:
        # Beside a weight there is no header.
        if not form.rows.weighted and _is_alone(found.chunks, n_rows):
            words = " and ".join(repr(name[:40]) for name in list(numbering)[:2])
            raise fault(where, line, f"expected an edge or a header, {words} stand in no other row; {_SAY}")
        return
    weight = None if found.weights is None else float(found.weights[0])
    if n_rows - 1 in (int(first[1]), weight) or (weight is not None and n_rows - 1 == first[0]):
        rest = max(int(chunk[i:].max()) for i, chunk in _rests(found.chunks) if len(chunk) > i)
        if first[0] >= rest:
            size = f"{first[0]} and {first[1]}"
            raise fault(where, line, f"expected an edge or the size of what follows, {size} may be both; {_SAY}")


def _rests(chunks: list[NDArray[np.int64]]) -> list[tuple[int, NDArray[np.int64]]]:
    """Return the chunks, each with the number of its rows to leave out, so that the first row of all is."""
    start = next(i for i, chunk in enumerate(chunks) if len(chunk))
    return [(int(i == start), chunk) for i, chunk in enumerate(chunks)]


def _is_alone(chunks: list[NDArray[np.int64]], n_rows: int) -> bool:
    """Return whether the two names of the first row, numbered 0 and 1, stand in no other row."""
    return all(len(chunk) <= i or int(chunk[i:].min()) > 1 for i, chunk in _rests(chunks)) and n_rows > 1
