"""KONECT's files ``out.*``: a first line that says how edges lead and what they weigh, then rows of integers from 1."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from .blocks import joined, parse_all
from .fileedges import FileEdges, compact
from .lines import Lines, fault
from .rows import Numbering, RowForm

__all__ = ["read_konect"]

_NONE = re.compile(r"(?!)")
_COMMENT = re.compile(r"\s*%")
_FIRST = re.compile(r"%\s*(sym|asym|bip)\s+([a-z]+)\s*")
# Whether rows have a weight: never, where there is a third column, always.
_WEIGHTS = {
    "unweighted": False,
    "positive": None,
    "posweighted": True,
    "multiposweighted": True,
    "weighted": True,
    "multiweighted": True,
}


def read_konect(lines: Lines, where: str) -> FileEdges:
    """Return the edges of a KONECT file; rows of repeated edges are counted.

    The nodes of a bipartite graph, which are counted from 1 on either side, are named left1, left2, ... and right1,
    right2, ... All others keep their number.

    Raises
    ------
    GraphError
        If the first line does not say what the rows are, or says that they are signed or come and go.
    """
    first = lines.peek(_NONE, 1)
    told = _FIRST.fullmatch(first[0][1]) if first else None
    if told is None:
        raise fault(where, 1, "expected % sym, asym or bip and what the edges weigh, as KONECT writes it")
    if told[2] not in _WEIGHTS:
        raise fault(where, 1, f"expected weights above 0, got {told[2]} edges: {', '.join(_WEIGHTS)} are read")
    head = lines.peek(_COMMENT, 1)
    if not head:
        return FileEdges(where=where, edges=np.empty((0, 2), np.int64), weights=None, n_nodes=0)
    number, text = head[0]
    width, wanted = len(text.split()), _WEIGHTS[told[2]]
    if width < (3 if wanted else 2):
        raise fault(where, number, f"expected {3 if wanted else 2} columns of {told[2]} edges, got {width}")
    weighted = wanted if wanted is not None else width > 2
    form = RowForm(
        delimiter=None,
        comment=_COMMENT,
        columns=(0, 1, 2) if weighted else (0, 1),
        n_columns=width if width == 2 + weighted else None,
        names=False,
        signs="%",
        low=1,
    )
    found = parse_all(lines.blocks(), where, form, Numbering())
    weights = found.weights
    if weights is None and told[2] == "positive":
        weights = np.ones(sum(map(len, found.chunks)))
    if told[1] == "bip":
        return _two_sided(joined(found.chunks), weights, where)
    edges, count, ids = compact(found.chunks)
    return FileEdges(
        where=where, edges=edges, weights=weights, n_nodes=count, node_names=ids, directed=told[1] == "asym"
    )


def _two_sided(pairs: NDArray[np.int64], weights: NDArray[np.float64] | None, where: str) -> FileEdges:
    left, sources = np.unique(pairs[:, 0], return_inverse=True)
    right, targets = np.unique(pairs[:, 1], return_inverse=True)
    names = (*(f"left{i}" for i in left.tolist()), *(f"right{i}" for i in right.tolist()))
    edges = np.stack((sources, targets + left.size), axis=1).astype(np.int64)

    return FileEdges(where=where, edges=edges, weights=weights, n_nodes=len(names), node_names=names, directed=False)
