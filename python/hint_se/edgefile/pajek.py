"""Pajek's and Infomap's .net files: sections of vertices with labels, of edges and of arcs."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hint_se.errors import GraphError
from hint_se.inputs.edges import NodeNames

from .fileedges import FileEdges, as_counted, compact
from .lines import Lines, fault
from .rows import CANONICAL, NUMBER, Numbering, RowForm, Rows, end_of, parse_rows, split

__all__ = ["read_pajek"]

_log = logging.getLogger(__name__)

_COMMENT = re.compile(r"\s*([#%]|/\*)")
_SECTION = re.compile(r"^[ \t]*\*[^\n]*", re.MULTILINE)
_WORD = re.compile(r"\s*\*([a-z]+)\s*(.*?)\s*", re.IGNORECASE)
_VERTEX = re.compile(r'\s*(\d{1,18})(?:\s+(?:"([^"]*)"|(\S+)))?(?:\s.*)?', re.ASCII)
# Whether the edges of a section lead from source to target; nobody says it of Infomap's links.
_PAIRS: dict[str, bool | None] = {"edges": False, "arcs": True, "links": None, "bipartite": None}
_LISTS = {"edgeslist": False, "arcslist": True}
_SKIPPED = ("network",)


@dataclass(slots=True)
class _Network:
    """What has been read so far."""

    where: str
    n_nodes: int | None = None
    size_line: int = 1
    section: str = ""
    form: RowForm | None = None
    labels: dict[int, str | None] = field(default_factory=dict)
    parts: list[list[Rows]] = field(default_factory=list)
    """The rows of each section of edges, in pieces."""
    directed: list[bool | None] = field(default_factory=list)
    relations: set[str] = field(default_factory=set)


def read_pajek(lines: Lines, where: str) -> FileEdges:
    """Return the edges and arcs of a .net file.

    Nodes are named by their labels where each has one of its own, and by their numbers otherwise.

    Raises
    ------
    GraphError
        If a row is not what its section holds, there are several networks or relations, or none at all.
    """
    network = _Network(where)
    for first, text in _parts(lines.blocks()):
        heading = _WORD.fullmatch(text) if text.lstrip().startswith("*") else None
        if text.lstrip().startswith("*"):
            _begin(network, heading, text, first)
        elif network.section == "vertices":
            _read_vertices(network, text, first)
        elif network.section in _PAIRS:
            _read_pairs(network, text, first)
        elif network.section in _LISTS:
            _read_lists(network, text, first)
        elif network.section not in _SKIPPED and not all(_is_blank(line) for line in text.split("\n")):
            raise fault(where, first, "expected a section as *Vertices or *Edges, got other lines")
    if not network.directed:
        raise GraphError(f"{where}: expected a section *Edges or *Arcs, got none; vertices alone are no graph")
    return _edges_of(network)


def _parts(blocks: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield headings of sections and what stands between them, each with the number of its first line."""
    for first, block in blocks:
        start, line = 0, first
        for found in _SECTION.finditer(block):
            if found.start() > start:
                yield line, block[start : found.start()]
                line += block.count("\n", start, found.start())
            yield line, found[0]
            start, line = found.end() + 1, line + 1
        if start < len(block):
            yield line, block[start:]


def _is_blank(line: str) -> bool:
    return not line.strip() or _COMMENT.match(line) is not None


def _begin(network: _Network, heading: re.Match[str] | None, text: str, line: int) -> None:
    """Begin the section that a line with an asterisk names."""
    where, word = network.where, "" if heading is None else heading[1].lower()
    rest = "" if heading is None else heading[2]
    if word not in ("vertices", *_PAIRS, *_LISTS, *_SKIPPED):
        read = "*Vertices, *Edges, *Arcs, *Edgeslist, *Arcslist and *Links"
        raise fault(where, line, f"expected one of {read}, got {text.strip()[:40]!r}")
    if word == "vertices":
        if network.section not in ("", *_SKIPPED):
            raise fault(where, line, "expected one network in a file, got a second *Vertices")
        size = re.match(r"(\d{1,18})(?:\s|$)", rest, re.ASCII)
        if rest and not size:
            raise fault(where, line, f"expected the number of vertices, got {rest[:40]!r}")
        network.n_nodes, network.size_line = int(size[1]) if size else None, line
    elif word in _SKIPPED and network.directed:
        raise fault(where, line, "expected one network in a file, got a second *Network")
    elif word in _PAIRS or word in _LISTS:
        network.directed.append(_PAIRS[word] if word in _PAIRS else _LISTS[word])
        network.parts.append([])
        if rest.startswith(":"):
            network.relations.add(rest.split()[0])
        if len(network.relations) > 1:
            raise fault(where, line, f"expected one relation, got {' and '.join(sorted(network.relations))}")
    network.section, network.form = word, None


def _read_vertices(network: _Network, text: str, first: int) -> None:
    for number, line in enumerate(text.split("\n"), first):
        if _is_blank(line):
            continue
        found = _VERTEX.fullmatch(line)
        if found is None:
            raise fault(network.where, number, f"expected a vertex and its label, got {line.strip()[:40]!r}")
        vertex = int(found[1])
        if network.n_nodes is not None and not 1 <= vertex <= network.n_nodes:
            raise fault(network.where, number, f"expected a vertex from 1 to {network.n_nodes}, got {vertex}")
        if vertex in network.labels:
            raise fault(network.where, number, f"expected every vertex once, got {vertex} again")
        network.labels[vertex] = found[2] if found[2] is not None else found[3]


def _form(network: _Network, columns: tuple[int, ...], width: int | None) -> RowForm:
    low, high = (0, 2**63 - 1) if network.n_nodes is None else (1, network.n_nodes)
    return RowForm(
        delimiter=None, comment=_COMMENT, columns=columns, n_columns=width, names=False, low=low, high=high, signs="#%/"
    )


def _read_pairs(network: _Network, text: str, first: int) -> None:
    """Read rows of source, target and maybe a weight; the first row of a section says whether it has weights."""
    if network.form is None:
        row = next(((n, line) for n, line in enumerate(text.split("\n"), first) if not _is_blank(line)), None)
        if row is None:
            return
        fields = split(row[1], None, row[0], network.where)
        weighted = len(fields) > 2 and NUMBER.fullmatch(fields[2]) is not None
        network.form = _form(network, (0, 1, 2) if weighted else (0, 1), len(fields) if len(fields) < 4 else None)
        if len(fields) == 3 and not weighted:
            network.form = _form(network, (0, 1), None)
    network.parts[-1].append(parse_rows(text, first, network.form, Numbering(), network.where))


def _read_lists(network: _Network, text: str, first: int) -> None:
    """Read rows of a vertex and all its neighbours."""
    form = _form(network, (0, 1), 2)
    for number, line in enumerate(text.split("\n"), first):
        if not _is_blank(line):
            source, *targets = line.split()
            ends = [end_of(word, number, form, Numbering(), network.where) for word in (source, *targets)]
            pairs = np.array([(ends[0], end) for end in ends[1:]], np.int64).reshape(-1, 2)
            network.parts[-1].append(Rows(pairs, None))


def _edges_of(network: _Network) -> FileEdges:
    rows = [part for section in network.parts for part in section]
    counts = [sum(len(part.ends) for part in section) for section in network.parts]
    ends = np.concatenate([np.empty((0, 2), np.int64), *(part.ends for part in rows)])
    weights = _weights(rows)
    known = {told for told, count in zip(network.directed, counts, strict=True) if count}
    directed: NDArray[np.bool_] | bool | None = next(iter(known)) if len(known) == 1 else False
    if True in known and len(known) > 1:
        directed = np.repeat([bool(told) for told in network.directed], counts)
    where = network.where
    if network.n_nodes is not None:
        claimed = as_counted(network.n_nodes, len(ends) + len(network.labels), where, network.size_line)
        edges, ids = ends - 1, np.arange(1, claimed + 1)
    else:
        alone = np.array(list(network.labels), np.int64)
        edges, count, occurring = compact([ends, np.stack((alone, alone), axis=1)])
        edges, ids = edges[: len(ends)], np.arange(count) if occurring is None else np.array(occurring, np.int64)
    labels = [network.labels.get(i) for i in ids.tolist()]
    return FileEdges(
        where=where,
        edges=edges,
        weights=weights,
        n_nodes=len(ids),
        node_names=_names(labels, ids.tolist(), where),
        directed=directed,
    )


def _weights(parts: list[Rows]) -> NDArray[np.float64] | None:
    """Return the weights of all rows, 1 where they have none; None where none has."""
    if all(part.weights is None for part in parts):
        return None
    return np.concatenate([np.ones(len(part.ends)) if part.weights is None else part.weights for part in parts])


def _names(labels: list[str | None], ids: list[int], where: str) -> NodeNames | None:
    """Return labels, as integers where all are canonical ones, or ids; None where the names are 0..n-1 in order."""
    names: list[int] | list[str] = ids
    known = [label for label in labels if label]
    if len(set(known)) == len(labels) > 0:
        names = [int(label) for label in known] if all(map(CANONICAL.fullmatch, known)) else known
    elif known:
        _log.info("%s: labels are missing or repeat; the nodes are named by their numbers", where)
    return None if names == list(range(len(names))) else tuple(names)
