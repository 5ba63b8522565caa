"""Trees in the forms of other tools: SciPy's linkage, Newick, GraphML, networkx, igraph. Linear time, no recursion."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.errors import TreeError
from hint_se.hierarchy.cuts import leaf_counts, merge_heights
from hint_se.hierarchy.invariants import leaf_count
from hint_se.inputs.edges import NodeNames
from hint_se.optional import optional

if TYPE_CHECKING:
    import networkx

__all__ = ["as_graphml", "as_igraph", "as_linkage", "as_networkx", "as_newick", "leaf_texts"]

# What may stand in a Newick label without quotes; an underscore would be read as a blank.
_NEWICK_PLAIN = re.compile(r"[A-Za-z0-9.+-]+")
_NEWICK_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# XML 1.0 has no way to write these, not even as references.
_XML_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_GRAPHML_TYPES = {"name": "string", "n_leaves": "long", "level": "long", "volume": "double", "cut": "double"}
_GRAPHML_TYPES["merge_height"] = "double"


def as_linkage(parent: NDArray[np.int32], heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return SciPy's linkage matrix (n - 1, 4) of a tree whose heights never fall upwards. O(t log t).

    The k children of a node become k - 1 rows of one height: row j joins the entries 2j and 2j + 1 of the queue that
    holds the children by id and then the rows before it. That is balanced, where a chain of k would be too
    deep for SciPy's recursive dendrogram. A node with one child makes no row.
    """
    leaves, size = leaf_count(parent), parent.size
    if leaves < 2:
        raise TreeError("to_linkage: expected at least 2 leaves, a row per merge, got 1")
    indptr, indices = _core.children(parent)
    n_children = np.diff(indptr)
    # Stable: among equal heights the smaller id first, so that children stand before their parents.
    order = leaves + np.argsort(heights[leaves:], kind="stable")
    n_rows = n_children[order] - 1
    first = np.zeros(size, dtype=np.int64)
    first[order] = leaves + np.cumsum(n_rows) - n_rows
    cluster = _clusters(n_children, first, indices[indptr[:-1] * (n_children > 0)], leaves)
    owner = np.repeat(order, n_rows)
    turn = np.arange(leaves - 1) - np.repeat(first[order] - leaves, n_rows)
    linkage = np.empty((leaves - 1, 4))
    for side in (0, 1):
        place, known = 2 * turn + side, n_children[owner]
        is_child = place < known
        child = cluster[indices[indptr[owner] + np.where(is_child, place, 0)]]
        linkage[:, side] = np.where(is_child, child, first[owner] + place - known)
    linkage[:, :2].sort(axis=1)
    linkage[:, 2] = heights[owner]
    linkage[:, 3] = _row_sizes(linkage, leaves)
    return linkage


def _clusters(
    n_children: NDArray[np.int64], first: NDArray[np.int64], only: NDArray[np.int32], leaves: int
) -> NDArray[np.int64]:
    """Return the linkage's id of each node: its last row, and for a node with one child that child's. Pointers jump."""
    stands_for = np.where(n_children == 1, only, np.arange(first.size))
    while not np.array_equal(further := stands_for[stands_for], stands_for):
        stands_for = further
    ids = np.where(np.arange(first.size) < leaves, np.arange(first.size), first + n_children - 2)
    return ids[stands_for]


def _row_sizes(linkage: NDArray[np.float64], leaves: int) -> list[int]:
    sizes = [1] * leaves
    for left, right in linkage[:, :2].astype(np.int64).tolist():
        sizes.append(sizes[left] + sizes[right])
    return sizes[leaves:]


def as_newick(parent: NDArray[np.int32], volume: NDArray[np.float64], names: NodeNames | None) -> str:
    """Return a tree in Newick format; the length of a branch is log2(V_parent / V) in bits, 0 without volume."""
    leaves = leaf_count(parent)
    lengths = [f":{length:.6g}" for length in _branch_bits(parent, volume).tolist()] + [";"]
    texts = [_newick_label(text) for text in leaf_texts(names, leaves)]
    indptr, indices = (column.tolist() for column in _core.children(parent))
    first_children = {indices[start] for start in indptr[leaves:-1]}
    parts: list[str] = []
    stack = [parent.size - 1]
    while stack:
        node = stack.pop()
        if node < 0:  # the complement of a node that has been opened
            parts.append(")" + lengths[~node])
            continue
        if node not in first_children and stack:
            parts.append(",")
        if node < leaves:
            parts.append(texts[node] + lengths[node])
        else:
            parts.append("(")
            stack.append(~node)
            stack.extend(reversed(indices[indptr[node] : indptr[node + 1]]))
    return "".join(parts)


def _branch_bits(parent: NDArray[np.int32], volume: NDArray[np.float64]) -> NDArray[np.float64]:
    own, above = volume[:-1], volume[parent[:-1]]
    with np.errstate(over="ignore"):
        quotient = np.divide(above, own, out=np.ones(own.size), where=own > 0)
    # The quotient first where it can be: the logarithms of near volumes cancel. It may lie beyond what a double holds.
    logs = np.log2(volume, out=np.zeros(volume.size), where=volume > 0)
    bits = np.where(np.isfinite(quotient), np.log2(quotient), logs[parent[:-1]] - logs[:-1])
    # A sum may have been rounded below its largest summand.
    return np.maximum(bits, 0.0)


def _newick_label(text: str) -> str:
    if _NEWICK_PLAIN.fullmatch(text):
        return text
    _refuse("to_newick", text, _NEWICK_UNWRITABLE)
    return "'" + text.replace("'", "''") + "'"


def as_graphml(
    parent: NDArray[np.int32], volume: NDArray[np.float64], cut: NDArray[np.float64], names: NodeNames | None
) -> str:
    """Return a tree as a directed GraphML document, edges from parents to children."""
    columns = _attributes(parent, volume, cut)
    texts = leaf_texts(names, leaf_count(parent))
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
        *(f'<key id="{key}" for="node" attr.name="{key}" attr.type="{kind}"/>' for key, kind in _GRAPHML_TYPES.items()),
        '<graph id="tree" edgedefault="directed">',
    ]
    for node, values in enumerate(zip(*columns.values(), strict=True)):
        data = "".join(f'<data key="{key}">{value!r}</data>' for key, value in zip(columns, values, strict=True))
        if node < len(texts):
            data = f'<data key="name">{_xml_text(texts[node])}</data>' + data
        lines.append(f'<node id="n{node}">{data}</node>')
    lines += [f'<edge source="n{up}" target="n{node}"/>' for node, up in enumerate(parent[:-1].tolist())]
    return "\n".join([*lines, "</graph>", "</graphml>", ""])


def _xml_text(text: str) -> str:
    _refuse("to_graphml", text, _XML_UNWRITABLE)
    # A reader turns a bare carriage return into a line feed.
    return escape(text, quote=False).replace("\r", "&#13;")


def as_networkx(
    parent: NDArray[np.int32], volume: NDArray[np.float64], cut: NDArray[np.float64], names: NodeNames | None
) -> networkx.DiGraph:
    """Return a tree as a networkx DiGraph, edges from parents to children."""
    with optional("networkx", needed_by="to_networkx"):
        import networkx
    columns = _attributes(parent, volume, cut)
    keys = _node_keys(names, leaf_count(parent), parent.size)
    graph = networkx.DiGraph()
    for key, values in zip(keys, zip(*columns.values(), strict=True), strict=True):
        graph.add_node(key, **dict(zip(columns, values, strict=True)))
    graph.add_edges_from((keys[up], keys[node]) for node, up in enumerate(parent[:-1].tolist()))
    return graph


def as_igraph(
    parent: NDArray[np.int32], volume: NDArray[np.float64], cut: NDArray[np.float64], names: NodeNames | None
) -> Any:
    """Return a tree as a directed igraph Graph, edges from parents to children."""
    with optional("igraph", needed_by="to_igraph"):
        import igraph
    edges = np.stack([parent[:-1], np.arange(parent.size - 1, dtype=np.int32)], axis=1)
    graph = igraph.Graph(n=parent.size, edges=edges.tolist(), directed=True)
    texts: list[str | None] = [*leaf_texts(names, leaf_count(parent))]
    graph.vs["name"] = texts + [None] * (parent.size - len(texts))
    for key, values in _attributes(parent, volume, cut).items():
        graph.vs[key] = values
    return graph


def leaf_texts(names: NodeNames | None, leaves: int) -> list[str]:
    """Return what each leaf is called in text: its name, else its id; TreeError where two names read the same."""
    texts = [str(name) for name in (range(leaves) if names is None else names)]
    if names is not None and len(set(texts)) != leaves:
        raise TreeError("node_names: expected names that differ as text, got two that read the same")
    return texts


def _attributes(
    parent: NDArray[np.int32], volume: NDArray[np.float64], cut: NDArray[np.float64]
) -> dict[str, list[Any]]:
    return {
        "n_leaves": leaf_counts(parent).tolist(),
        "level": _core.depths(parent).tolist(),
        "volume": volume.tolist(),
        "cut": cut.tolist(),
        "merge_height": merge_heights(parent, volume, cut).tolist(),
    }


def _node_keys(names: NodeNames | None, leaves: int, size: int) -> list[Any]:
    """Return tree ids; or names for leaves and ("tree", id) for the rest, which no integer or string name can equal."""
    if names is None:
        return list(range(size))
    keys = [*names, *(("tree", node) for node in range(leaves, size))]
    if len(set(keys)) != size:
        raise TreeError(
            'node_names: expected no name of the form ("tree", id), which stands for a node above the leaves'
        )
    return keys


def _refuse(verb: str, text: str, unwritable: re.Pattern[str]) -> None:
    if found := unwritable.search(text):
        raise TreeError(f"{verb}: expected names that the format can hold, got {found[0]!r} in {text!r}")
