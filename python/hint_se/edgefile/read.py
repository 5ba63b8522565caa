"""The readers of edge files, one function for all formats."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from hint_se.errors import GraphError
from hint_se.inputs.edges import as_n_nodes
from hint_se.inputs.graph import Graph

from .columns import choose_form
from .fileedges import FileEdges, compact
from .lines import Lines, fault
from .matrixmarket import read_head
from .npz import read_npz
from .rows import Numbering, RowForm, parse_rows

__all__ = ["FileFormat", "format_of", "read_edges", "read_graph"]

FileFormat: TypeAlias = Literal["text", "csv", "mtx", "npz"]
_SUFFIXES: dict[str, FileFormat] = {".csv": "csv", ".tsv": "csv", ".mtx": "mtx", ".npz": "npz"}


def read_graph(
    path: str | os.PathLike[str],
    *,
    format: FileFormat | None = None,  # noqa: A002
    columns: Sequence[str | int] | None = None,
    names: bool | None = None,
    n_nodes: int | None = None,
    progress: Callable[[str, float], object] | None = None,
) -> Graph:
    r"""Return the undirected graph of an edge file.

    The nodes are the ids that occur, integers in increasing order and strings in the order of their first
    appearance; where they are not 0..n-1 the graph keeps them as ``node_names``.

    Parameters
    ----------
    path : str or path-like
        Also a pipe; text may be gzipped.
    format : {"text", "csv", "mtx", "npz"}, optional
        None: by the suffix, ".gz" left aside; "text" where it is no other.

        * text: source, target and maybe weight between white space, a row a line; lines that begin with ``#`` or
          ``%`` are comments.
        * csv: the same between commas, semicolons or tabs (".tsv"), maybe in double quotes; lines that begin with
          ``#`` and a blank are comments.
        * mtx: a sparse square Matrix Market file, symmetric or with either entry of each pair.
        * npz: the array ``edges``, (m, 2) or (2, m), and maybe ``weights``, or what `scipy.sparse.save_npz` writes.
    columns : sequence of str or int, optional
        For text and csv: source, target and maybe weight, by their words in the header or their position from 1.
        None: by the words source and target (from and to, src and dst, node1 and node2) and weight, or the only
        two or three columns.
    names : bool, optional
        For text and csv: whether ids are strings. None: they are, unless those of the first row are integers.
    n_nodes : int, optional
        For integer ids: the nodes are 0..n_nodes-1, whether they occur or not.
    progress : callable, optional
        Called with ("read", fraction in [0, 1]); what it raises ends the reading.

    Returns
    -------
    Graph
        Repeated edges and self-loops are treated as by `Graph.from_edges`.

    Raises
    ------
    GraphError
        If the file holds anything else; the message names the file and the line, from 1.
    OSError
        If the file cannot be read.
    ValueError
        If an option does not fit the format.

    Notes
    -----
    Memory follows what the file holds, never what it claims. Ctrl-C ends the reading at once.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "edges.csv")
    ...     _ = path.write_text("source,target,weight\nann,bob,2\nbob,cid,0.5\n")
    ...     graph = read_graph(path)
    >>> graph, graph.node_names
    (Graph(n_nodes=3, n_edges=2, volume=5), ('ann', 'bob', 'cid'))
    """
    return read_edges(path, format=format, columns=columns, names=names, n_nodes=n_nodes, progress=progress).graph()


def read_edges(
    path: str | os.PathLike[str],
    *,
    format: FileFormat | None = None,  # noqa: A002
    columns: Sequence[str | int] | None = None,
    names: bool | None = None,
    n_nodes: int | None = None,
    progress: Callable[[str, float], object] | None = None,
) -> FileEdges:
    """Return the edges of a file with their direction; see `read_graph`."""
    where = os.fspath(path)
    chosen = format_of(path) if format is None else format
    if chosen not in get_args(FileFormat):
        raise ValueError(f"format: expected one of {', '.join(get_args(FileFormat))}, got {chosen!r}")
    if columns is not None and chosen in ("mtx", "npz"):
        raise ValueError(f"columns: expected none for the format {chosen}, got {columns!r}")
    if names and (n_nodes is not None or chosen in ("mtx", "npz")):
        raise ValueError("names: expected for the formats text and csv only, and without n_nodes")
    count = None if n_nodes is None else as_n_nodes(n_nodes)

    def report(fraction: float) -> None:
        if progress is not None:
            progress("read", fraction)

    with open(path, "rb") as file:
        if chosen == "npz":
            found = read_npz(file, where, n_nodes=count)
        else:
            lines = Lines(file, where, report)
            if chosen == "mtx":
                found = _read_matrix(lines, where)
            else:
                named = names if count is None else False
                form = choose_form(lines, where, delimited=chosen == "csv", columns=columns, names=named)
                found = _read_rows(lines, where, form, count)
    if len(found.edges) == 0 and found.n_nodes == 0:
        raise GraphError(f"{where}: expected at least one edge, got none")
    if count not in (None, found.n_nodes):
        raise GraphError(f"{where}: expected {count} nodes, got a matrix of {found.n_nodes}")
    return found


def format_of(path: str | os.PathLike[str]) -> FileFormat:
    """Return the format that the suffix of a path stands for; "text" for all that stand for no other."""
    suffixes = [suffix.lower() for suffix in PurePath(path).suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    return _SUFFIXES.get(suffixes[-1], "text") if suffixes else "text"


def _read_rows(lines: Lines, where: str, form: RowForm | None, n_nodes: int | None) -> FileEdges:
    """Return the edges of all rows; None in place of a form stands for a file without rows."""
    if form is None:
        return FileEdges(where=where, edges=np.empty((0, 2), np.int64), weights=None, n_nodes=n_nodes or 0)
    if n_nodes is not None:
        form = replace(form, high=n_nodes - 1)
    numbering = Numbering()
    chunks, weights = _parse_all(lines, where, form, numbering)
    if n_nodes is not None or form.names:
        table = tuple(numbering) if form.names else None
        count = len(numbering) if n_nodes is None else n_nodes
        return FileEdges(where=where, edges=_joined(chunks), weights=weights, n_nodes=count, node_names=table)
    edges, count, ids = compact(chunks)
    return FileEdges(where=where, edges=edges, weights=weights, n_nodes=count, node_names=ids)


def _read_matrix(lines: Lines, where: str) -> FileEdges:
    """Return the entries of a Matrix Market file; its nodes are named by their rows, from 1."""
    form = read_head(lines, where)
    chunks, weights = _parse_all(lines, where, form.rows, Numbering())
    edges = _joined(chunks)
    if len(edges) != form.n_entries:
        raise fault(where, form.size_line, f"expected {form.n_entries} entries, as claimed here, got {len(edges)}")
    if form.n_nodes > 32 * len(edges) + 2**20:
        raise fault(where, form.size_line, f"expected rows that hold entries, got {form.n_nodes} rows of {len(edges)}")
    edges -= 1
    count = as_n_nodes(form.n_nodes)
    return FileEdges(
        where=where,
        edges=edges,
        weights=weights,
        n_nodes=count,
        node_names=tuple(range(1, count + 1)),
        matrix=not form.symmetric,
    )


def _parse_all(
    lines: Lines, where: str, form: RowForm, numbering: Numbering
) -> tuple[list[NDArray[np.int64]], NDArray[np.float64] | None]:
    parsed = [parse_rows(block, first, form, numbering, where) for first, block in lines.blocks()]
    weights = [values for _, values in parsed if values is not None]
    return [edges for edges, _ in parsed], np.concatenate([np.empty(0), *weights]) if form.weighted else None


def _joined(chunks: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate([np.empty((0, 2), np.int64), *chunks])
