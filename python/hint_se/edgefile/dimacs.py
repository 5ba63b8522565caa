"""DIMACS files: comments ``c``, one line ``p kind n m``, edges ``e u v`` or arcs ``a u v w``, nodes from 1."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

from .blocks import joined, parse_all
from .fileedges import FileEdges, as_counted, counted_from_1
from .lines import Lines, fault
from .rows import Numbering, RowForm

__all__ = ["read_dimacs"]

_log = logging.getLogger(__name__)

# Comments, and the lines of single nodes, which hold no edges: sources and sinks, colours, coordinates.
_OTHER = re.compile(r"\s*[cndvx](\s|$)")
_PROBLEM = re.compile(r"\s*p\s+([a-z]+)\s+(\d{1,18})\s+(\d{1,18})\s*", re.ASCII)
# The letter of the rows of a problem, and how many numbers they hold.
_ROWS = {"edge": ("e", 2), "edges": ("e", 2), "col": ("e", 2), "sp": ("a", 3), "max": ("a", 3)}


def read_dimacs(lines: Lines, where: str) -> FileEdges:
    """Return the edges of a DIMACS file, or its arcs, whose third number is the weight.

    Raises
    ------
    GraphError
        If it is no graph to be coloured, no flow problem and no shortest-path problem, or is damaged.
    """
    head = lines.peek(_OTHER, 1)
    problem = _PROBLEM.fullmatch(head[0][1]) if head else None
    if problem is None or problem[1] not in _ROWS:
        line, found = (head[0][0], head[0][1][:40]) if head else (1, "none")
        raise fault(
            where, line, f"expected p edge, p col, p sp or p max, and the numbers of nodes and edges, got {found}"
        )
    line, n_nodes = head[0][0], int(problem[2])
    letter, width = _ROWS[problem[1]]
    if problem[1] == "sp":
        _log.warning("%s: the lengths of arcs are taken for weights, and a heavy edge joins its ends closely", where)
    lines.skip_to(line + 1)
    form = RowForm(
        delimiter=None,
        comment=_OTHER,
        columns=tuple(range(width)),
        n_columns=width,
        names=False,
        signs="cndvx",
        low=1,
        high=n_nodes,
    )
    found_rows = parse_all(_without(lines.blocks(), letter, where), where, form, Numbering())
    edges = joined(found_rows.chunks) - 1
    count = as_counted(n_nodes, len(edges), where, line)
    return FileEdges(
        where=where,
        edges=edges,
        weights=found_rows.weights,
        n_nodes=count,
        node_names=counted_from_1(count),
        directed=letter == "a",
    )


def _without(blocks: Iterator[tuple[int, str]], letter: str, where: str) -> Iterator[tuple[int, str]]:
    """Yield blocks without the letter at the beginning of their rows."""
    row = re.compile(rf"^[ \t]*{letter}(?=[ \t])", re.MULTILINE)
    other = re.compile(r"^[ \t]*(?![cndvx\s])[^\n]", re.MULTILINE)
    for first, block in blocks:
        bad = next((found for found in other.finditer(block) if not row.match(block, found.start())), None)
        if bad is not None:
            number = first + block.count("\n", 0, bad.start())
            text = block[bad.start() :].split("\n", 1)[0]
            raise fault(where, number, f"expected a row of {letter} and its numbers, got {text[:40]!r}")
        yield first, row.sub("", block)
