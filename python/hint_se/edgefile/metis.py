"""METIS graphs: a line of n, m and what the rows hold, then the neighbours of each node, a row a node, from 1."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .fileedges import FileEdges, as_counted, counted_from_1
from .lines import Lines, fault

__all__ = ["read_metis"]

_COMMENT = re.compile(r"\s*%")
_HEAD = re.compile(r"\s*(\d{1,18})\s+(\d{1,18})(?:\s+([01]{1,3})(?:\s+(\d{1,4}))?)?\s*", re.ASCII)
_NO_NUMBERS = re.compile(r"[^0-9eE+\-.\s]", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Head:
    line: int
    n_nodes: int
    n_edges: int
    n_skipped: int
    """Numbers before the first neighbour: the size and the weights of the node."""
    weighted: bool


def read_metis(lines: Lines, where: str) -> FileEdges:
    """Return the entries of a METIS graph, each edge in both directions; sizes and weights of nodes are left aside.

    Raises
    ------
    GraphError
        If rows and head do not agree, or a row holds anything else.
    """
    head = _read_head(lines, where)
    pieces, weights, n_rows = [], [], 0
    for first, block in lines.blocks():
        numbers, rows = _rows_of(block, first)
        while len(rows) > head.n_nodes - n_rows and not rows[-1]:
            rows.pop()
            numbers.pop()
        if len(rows) > head.n_nodes - n_rows:
            line = numbers[max(0, head.n_nodes - n_rows)]
            raise fault(where, line, f"expected {head.n_nodes} rows, as line {head.line} claims, got more")
        ends, values = _entries(rows, numbers, head, n_rows, where)
        pieces.append(ends)
        weights.append(values)
        n_rows += len(rows)
    edges = np.concatenate([np.empty((0, 2), np.int64), *pieces])
    if len(edges) != 2 * head.n_edges:
        claim = f"expected {head.n_edges} edges, each in the rows of both its ends"
        raise fault(where, head.line, f"{claim}, got {len(edges)} entries for {2 * head.n_edges}")
    if n_rows != head.n_nodes:
        raise fault(where, head.line, f"expected {head.n_nodes} rows, as claimed here, got {n_rows}")
    count = as_counted(head.n_nodes, len(edges), where, head.line)
    return FileEdges(
        where=where,
        edges=edges,
        weights=np.concatenate([np.empty(0), *weights]) if head.weighted else None,
        n_nodes=count,
        node_names=counted_from_1(count),
        matrix=True,
        directed=False,
    )


def _read_head(lines: Lines, where: str) -> _Head:
    first = lines.peek(_COMMENT, 1)
    found = _HEAD.fullmatch(first[0][1]) if first else None
    if found is None:
        line, got = (first[0][0], repr(first[0][1][:40])) if first else (1, "none")
        raise fault(where, line, f"expected the numbers of nodes and edges, as METIS writes them, got {got}")
    flags = (found[3] or "0").zfill(3)
    n_weights = int(found[4] or 1) if flags[1] == "1" else 0
    lines.skip_to(first[0][0] + 1)
    return _Head(first[0][0], int(found[1]), int(found[2]), (flags[0] == "1") + n_weights, flags[2] == "1")


def _rows_of(block: str, first: int) -> tuple[list[int], list[list[str]]]:
    """Return the lines of a block that are no comments: their numbers, and their columns. A blank line is a row."""
    texts = block.split("\n")
    if block.endswith("\n"):
        texts.pop()
    kept = [(number, text) for number, text in enumerate(texts, first) if not text.lstrip().startswith("%")]
    return [number for number, _ in kept], [text.split() for _, text in kept]


def _entries(
    rows: list[list[str]], numbers: list[int], head: _Head, above: int, where: str
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return (node, neighbour) and the weight of each entry of some rows; `above` rows stand before them."""
    step = 2 if head.weighted else 1
    for row, number in zip(rows, numbers, strict=True):
        if (len(row) - head.n_skipped) % step or len(row) < head.n_skipped:
            raise fault(where, number, f"expected {_expected(head)}, got {len(row)} numbers")
    words = [row[head.n_skipped :] for row in rows]
    owners = np.repeat(np.arange(above, above + len(rows)), [len(row) // step for row in words])
    lines = np.repeat(np.array(numbers, np.int64), [len(row) // step for row in words])
    flat = [word for row in words for word in row]
    ends = _numbers(flat[::step], lines, where)
    bad = (ends < 1) | (ends > head.n_nodes) | (ends != np.floor(ends)) | (ends == owners + 1)
    for i in np.flatnonzero(bad)[:1]:
        rule = f"another node from 1 to {head.n_nodes}"
        raise fault(where, int(lines[i]), f"expected {rule}, got {flat[::step][i][:40]!r}")
    weights = _numbers(flat[1::step], lines, where) if head.weighted else np.ones(len(ends))
    for i in np.flatnonzero(~(np.isfinite(weights) & (weights > 0)))[:1]:
        raise fault(where, int(lines[i]), f"expected a finite weight > 0, got {flat[1::step][i][:40]!r}")
    return np.stack((owners, ends.astype(np.int64) - 1), axis=1), weights


def _expected(head: _Head) -> str:
    pairs = "pairs of a neighbour and a weight" if head.weighted else "neighbours"
    return f"{head.n_skipped} numbers of the node and {pairs}" if head.n_skipped else pairs


def _numbers(words: list[str], lines: NDArray[np.int64], where: str) -> NDArray[np.float64]:
    try:
        if any(map(_NO_NUMBERS.search, words)):
            raise ValueError
        return np.array(words, np.float64)
    except ValueError:
        bad = next(i for i, word in enumerate(words) if not _is_number(word))
        raise fault(where, int(lines[bad]), f"expected a number, got {words[bad][:40]!r}") from None


def _is_number(word: str) -> bool:
    try:
        return _NO_NUMBERS.search(word) is None and np.isfinite(float(word)) is not None
    except ValueError:
        return False
