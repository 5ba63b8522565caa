"""GraphML and GML, which networkx parses."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from hint_se.choices import FileFormat
from hint_se.errors import GraphError
from hint_se.inputs import sources
from hint_se.inputs.edges import NodeNames, as_weights
from hint_se.inputs.words import Weight

from .fileedges import FileEdges, in_file
from .rows import CANONICAL

__all__ = ["read_markup"]

# igraph and graph-tool number their nodes n0, n1, ... in GraphML and keep the names beside them.
_NUMBERED = (b"Created by igraph", b'parse.nodeids="canonical"')
# Without it networkx finds no graph; networkit writes xmlnsi.
_NAMESPACE = b'xmlns="http://graphml.graphdrawing.org/xmlns'
_HEAD = 2**12
_TITLES = {"graphml": "a GraphML file", "gml": "a GML file"}


def read_markup(stream: io.BufferedReader, where: str, chosen: FileFormat, *, weight: Weight) -> FileEdges:
    """Return the edges of a GraphML or GML file, with the attribute of edges that is asked for or called a weight.

    Nodes are named by their ids in GraphML, or the attribute "name" of files that igraph or graph-tool wrote; in GML by "label", or
    "name", where each node has one of its own, and by their ids otherwise.

    Raises
    ------
    GraphError
        If networkx is missing or cannot read the file.
    """
    try:
        import networkx
    except ImportError as error:
        raise GraphError(
            f"{where}: expected networkx to read {chosen} files, got none: pip install networkx"
        ) from error
    head = stream.peek(_HEAD)[:_HEAD]
    names: tuple[str, ...] = ("name",) if chosen == "graphml" and any(sign in head for sign in _NUMBERED) else ()
    # networkx reads GraphML twice where it lacks the namespace.
    source = stream if chosen == "gml" or stream.seekable() else io.BytesIO(stream.read())
    try:
        if chosen == "graphml":
            graph = networkx.read_graphml(source)
        else:
            graph, names = networkx.read_gml(source, label=None), ("label", "name")
    except (GraphError, MemoryError, OSError):
        raise
    except Exception as error:
        # Whatever a broken file makes of another library's parser.
        if chosen == "graphml" and _NAMESPACE not in head:
            raise GraphError(f"{where}: expected GraphML with {_NAMESPACE.decode()}..., got none") from error
        raise GraphError(f"{where}: expected {_TITLES[chosen]}: {type(error).__name__}: {str(error)[:200]}") from error
    try:
        found = sources.networkx_edges(graph, weight, directed=graph.is_directed(), where=where)
        weights = as_weights(found.weights, len(found.ids))
    except GraphError as error:
        raise in_file(where, error) from error
    return FileEdges(
        where=where,
        edges=found.ids.astype(np.int64),
        weights=weights,
        n_nodes=found.n_nodes,
        node_names=_names(graph, names),
        directed=graph.is_directed(),
    )


def _names(graph: Any, attributes: tuple[str, ...]) -> NodeNames | None:
    """Return the names of nodes; integers where all are canonical ones, None where they are 0..n-1 in order."""
    names = [str(node) for node in graph]
    for attribute in attributes:
        found = [str(value) for _, value in graph.nodes(data=attribute) if value is not None]
        if len(set(found)) == len(names):
            names = found
            break
    if not all(map(CANONICAL.fullmatch, names)):
        return tuple(names)
    numbers = tuple(map(int, names))
    return None if numbers == tuple(range(len(numbers))) else numbers
