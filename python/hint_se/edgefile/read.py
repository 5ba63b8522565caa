"""The readers of edge files, one function for all formats."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Literal, get_args

from hint_se.choices import FileFormat
from hint_se.errors import GraphError
from hint_se.inputs.edges import as_n_nodes
from hint_se.inputs.graph import Graph
from hint_se.inputs.loops import SelfLoops, as_self_loops
from hint_se.inputs.words import AUTO, Weight

from .arrow import read_table
from .asked import Asked
from .compressed import SUFFIXES, unpacked
from .contents import format_of_bytes, format_of_text
from .delimiters import as_delimiter
from .dimacs import read_dimacs
from .fileedges import FileEdges
from .konect import read_konect
from .lines import Lines
from .markup import read_markup
from .matrixmarket import read_matrix
from .metis import read_metis
from .npz import read_npz
from .pajek import read_pajek
from .textedges import read_text

__all__ = ["format_of", "read_edges", "read_graph"]

_SUFFIXES: dict[str, FileFormat] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".mtx": "mtx",
    ".npz": "npz",
    ".net": "pajek",
    ".graph": "metis",
    ".metis": "metis",
    ".dimacs": "dimacs",
    ".graphml": "graphml",
    ".gml": "gml",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".feather": "arrow",
    ".arrow": "arrow",
}
# Suffixes of files that hold no edges in rows, where their contents might pass for some.
_REFUSED = {
    ".lgl": "an LGL file; igraph writes format='ncol', which is read",
    ".tgf": "a TGF file: nodes, a line of #, edges",
    ".clu": "a partition (.clu)",
    ".tree": "a tree of Infomap",
    ".ftree": "a tree of Infomap",
    ".adjlist": "an adjacency list; networkx.write_weighted_edgelist writes what is read",
    ".gexf": "GEXF; Graph.from_networkx(networkx.read_gexf(path)) takes it",
    ".json": "JSON",
    ".xlsx": "an Excel file",
    ".pkl": "a Python pickle, which is never read",
    ".pickle": "a Python pickle, which is never read",
}
_STREAMS = ("npz", "graphml", "gml", "parquet", "arrow")
# So many bytes show a format that is no text in rows.
_HEAD = 2**12
_LINES: dict[FileFormat, Callable[[Lines, str], FileEdges]] = {
    "mtx": read_matrix,
    "konect": read_konect,
    "dimacs": read_dimacs,
    "metis": read_metis,
    "pajek": read_pajek,
}


def read_graph(
    path: str | os.PathLike[str],
    *,
    format: FileFormat | None = None,  # noqa: A002
    delimiter: str | None = None,
    decimal: Literal[".", ","] = ".",
    header: bool | None = None,
    columns: Sequence[str | int] | None = None,
    weight: Weight = AUTO,
    names: bool | None = None,
    n_nodes: int | None = None,
    directed: bool | None = None,
    self_loops: SelfLoops = "drop",
    progress: Callable[[str, float], object] | None = None,
) -> Graph:
    r"""Return the graph of an edge file.

    The nodes are the ids that occur, integers in increasing order and strings in the order of their first
    appearance; where they are not 0..n-1 the graph keeps them as ``node_names``.

    Parameters
    ----------
    path : str or path-like
        Also a pipe; maybe compressed by gzip, bzip2, xz or Zstandard.
    format : {"text", "csv", "mtx", "npz", "pajek", "metis", "konect", "dimacs", "graphml", "gml", "parquet", "arrow"}
        None: what the contents show, and else what the suffix says, that of a compressed file left aside; "text"
        where it says nothing. What is given is believed.

        * text: source, target and maybe weight, a row a line; lines that begin with ``#`` or ``%`` are comments.
        * csv: the same, but never between blanks; lines that begin with ``#`` and a blank are comments.
        * mtx: a sparse square Matrix Market file, symmetric or with either entry of each pair.
        * npz: the array ``edges`` (edge_index, edge_list), (m, 2) or (2, m), or two columns; maybe weights, ``n_nodes``
          (num_nodes, n) and ``node_names`` (names); no other. Or what `scipy.sparse.save_npz` writes.
        * pajek: .net files of Pajek and Infomap. metis: .graph. konect: ``out.*``. dimacs: ``p edge``, ``sp``, ``max``.
        * graphml, gml: through networkx. parquet, arrow (also Feather): through pyarrow.
    delimiter : str, optional
        For text and csv: the one sign between two columns; "tab", and "space" for any white space. None: tabs for .tsv;
        else the sign, of comma, semicolon, tab, bar and, for text, white space, under which every one of the first
        256 rows has the same two or three columns.
    decimal : {".", ","}
        For text and csv: the sign between the whole and the fraction of a weight.
    header : bool, optional
        For text and csv: whether the first row is a header. None: it is where it has the words of one, or words alone
        above integer ids or beside a weight.
    columns : sequence of str or int, optional
        For text, csv and tables: source, target and maybe weight, by their words in the header or their position
        from 1. None: by the words source and target (from and to, src and dst, node1 and node2), or the only two or
        three columns, and what `weight` says.
    weight : "auto", None, str or int
        For text, csv, tables, graphml and gml, without ``columns``: the column or attribute of weights, by name or by
        position from 0. "auto": weight, weights, w, edge_weight, value or count; `InputWarning` names other numbers.
        None: no weights.
    names : bool, optional
        For text and csv: whether ids are strings. None: they are, unless they are integers without leading zeros.
    n_nodes : int, optional
        For integer ids: the nodes are 0..n_nodes-1, whether they occur or not.
    directed : bool, optional
        True: the flow along the edges, see `Graph.from_directed`. False: directions are left aside. None: as False,
        but a file that says of itself that it is directed is refused.
    self_loops : {"drop", "keep"}
        As in `Graph.from_edges`.
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
    as_self_loops(self_loops)
    return read_edges(
        path,
        format=format,
        delimiter=delimiter,
        decimal=decimal,
        header=header,
        columns=columns,
        weight=weight,
        names=names,
        n_nodes=n_nodes,
        progress=progress,
    ).graph(directed=directed, self_loops=self_loops)


def read_edges(
    path: str | os.PathLike[str],
    *,
    format: FileFormat | None = None,  # noqa: A002
    delimiter: str | None = None,
    decimal: Literal[".", ","] = ".",
    header: bool | None = None,
    columns: Sequence[str | int] | None = None,
    weight: Weight = AUTO,
    names: bool | None = None,
    n_nodes: int | None = None,
    progress: Callable[[str, float], object] | None = None,
) -> FileEdges:
    """Return the edges of a file with their direction; see `read_graph`."""
    if format is not None and format not in get_args(FileFormat):
        raise ValueError(f"format: expected one of {', '.join(get_args(FileFormat))}, got {format!r}")
    if decimal not in (".", ","):
        raise ValueError(f"decimal: expected a point or a comma, got {decimal!r}")
    if delimiter is not None and as_delimiter(delimiter) == decimal == ",":
        raise ValueError("delimiter: expected another sign than that of decimal, got ',' for both")
    asked = Asked(
        where=os.fspath(path),
        suffix=_suffix_of(path),
        format=format,
        delimiter=delimiter,
        decimal=decimal,
        header=header,
        columns=columns,
        weight=weight,
        names=names,
        n_nodes=None if n_nodes is None else as_n_nodes(n_nodes),
    )
    if format is not None:
        asked.check_fit(format)
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size

        def report() -> None:
            if progress is not None and size:
                progress("read", min(1.0, file.tell() / size))

        found = _read(file, asked, report)
        if progress is not None and size:
            progress("read", 1.0)
    if len(found.edges) == 0 and found.n_nodes == 0:
        raise GraphError(f"{asked.where}: expected at least one edge, got none")
    if asked.n_nodes not in (None, found.n_nodes):
        raise GraphError(f"{asked.where}: expected {asked.n_nodes} nodes, got {found.n_nodes}")
    return found


def format_of(path: str | os.PathLike[str]) -> FileFormat:
    """Return the format that the suffix of a path stands for; "text" for all that stand for no other."""
    return _SUFFIXES.get(_suffix_of(path), "text")


def _suffix_of(path: str | os.PathLike[str]) -> str:
    """Return the suffix of a path in lower case, that of a compressed file left aside."""
    suffixes = [suffix.lower() for suffix in PurePath(path).suffixes]
    if suffixes and suffixes[-1] in SUFFIXES:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def _read(file: io.BufferedReader, asked: Asked, report: Callable[[], object]) -> FileEdges:
    """Return the edges of an open file, in the format that was asked for, or that it shows, or that its suffix says."""
    where = asked.where
    stream = unpacked(file, where)
    chosen = asked.format or format_of_bytes(stream.peek(_HEAD)[:_HEAD], where, zipped=asked.suffix == ".npz")
    binary = chosen or _SUFFIXES.get(asked.suffix, "text")
    if binary in _STREAMS:
        asked.check_fit(binary)
        return _read_stream(stream, binary, asked, whole=stream is file)
    with contextlib.closing(Lines(stream, where, report)) as lines:
        chosen = chosen or format_of_text(lines.ahead(), where)
        if chosen is None and asked.suffix in _REFUSED:
            raise GraphError(f"{where}: expected a file of edges, got {_REFUSED[asked.suffix]}")
        chosen = chosen or binary
        asked.check_fit(chosen)
        if chosen in _LINES:
            return _LINES[chosen](lines, where)
        return read_text(lines, where, asked.text_options(chosen), asked.n_nodes)


def _read_stream(stream: io.BufferedReader, chosen: FileFormat, asked: Asked, *, whole: bool) -> FileEdges:
    """Return the edges of a format that is no text in rows."""
    if chosen in ("graphml", "gml"):
        return read_markup(stream, asked.where, chosen, weight=asked.weight)
    if not whole:
        raise GraphError(f"{asked.where}: expected a {chosen} file that is not compressed once more")
    if chosen == "npz":
        return read_npz(stream, asked.where, n_nodes=asked.n_nodes)
    return read_table(stream, asked.where, chosen, columns=asked.columns, weight=asked.weight, n_nodes=asked.n_nodes)
