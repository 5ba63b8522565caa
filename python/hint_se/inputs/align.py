"""Graphs beside trees: the nodes of a graph brought into the order of a tree's leaves, by their names."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.errors import TreeError
from hint_se.inputs.csr import listed
from hint_se.inputs.edges import NodeNames
from hint_se.inputs.graph import Graph
from hint_se.inputs.inputs import GraphLike, as_graph, known_graph
from hint_se.inputs.loops import SelfLoops
from hint_se.inputs.sources import source_of
from hint_se.inputs.words import AUTO, Weight

__all__ = ["graph_over"]


def graph_over(
    graph: GraphLike, names: NodeNames | None, n_leaves: int, *, weight: Weight = AUTO, self_loops: SelfLoops = "drop"
) -> Graph:
    """Return a graph whose nodes are the leaves of a tree, in the same order.

    Parameters
    ----------
    graph : Graph or anything `build_tree` accepts
        An edge list may lack leaves, which are isolated nodes then.
    names : tuple of hashables, or None
        The leaves' names. None: they are 0..n_leaves-1.
    n_leaves : int
    weight : "auto", None, or hashable
        Which column or attribute holds the weights.
    self_loops : {"drop", "keep"}
        As in `Graph.from_edges`.

    Raises
    ------
    GraphError
        If the graph breaks an invariant.
    TreeError
        If its nodes are not the leaves of the tree, or only one of the two has names.
    """
    known = known_graph(graph, weight, self_loops)
    if known is not None:
        # Nodes of networkx have names, also where these are their numbers.
        plain = known.node_names is None and source_of(graph) == "networkx"
        return _aligned(known, tuple(range(known.n_nodes)) if plain else known.node_names, names, n_leaves)
    if names is None:
        listed = as_graph(graph, n_nodes=n_leaves, weight=weight, self_loops=self_loops)
        return _aligned(listed, listed.node_names, None, n_leaves)
    # Numbers in an edge list are names here, whatever their order.
    listed = as_graph(graph, relabel=True, weight=weight, self_loops=self_loops)
    return _aligned(listed, listed.node_names, names, n_leaves, some=True)


def _aligned(
    graph: Graph, own: NodeNames | None, names: NodeNames | None, n_leaves: int, *, some: bool = False
) -> Graph:
    """Return a graph, whose nodes are called ``own``, over the leaves that are called ``names``."""
    if own is None and names is None:
        if graph.n_nodes != n_leaves:
            raise TreeError(f"graph: expected {n_leaves} nodes, one for each leaf of the tree, got {graph.n_nodes}")
        return graph
    if own is None:
        raise TreeError(
            "graph: expected node names, as the tree has them, got none; relabel=True takes its ids for names, "
            "node_names=tree.node_names gives them to nodes in the order of the tree's leaves"
        )
    leaves: Sequence[Hashable] = tuple(range(n_leaves)) if names is None else names
    if own == leaves:
        return graph
    numbers = dict(zip(leaves, range(n_leaves), strict=True))
    place = np.fromiter((numbers.get(name, -1) for name in own), np.int64, graph.n_nodes)
    if (place < 0).all() and names is None:
        raise TreeError(
            f"tree: expected node names, as the graph has them ({own[0]!r}, ...), got none; tree.parent stands for leaves "
            "in the order of the graph's nodes"
        )
    unknown = np.flatnonzero(place < 0)
    if unknown.size:
        raise TreeError(f"graph: expected leaves of the tree as nodes, got {own[unknown[0]]!r}{_more(unknown.size)}")
    if not some and graph.n_nodes < n_leaves:
        missing = sorted(set(range(n_leaves)) - set(place.tolist()))
        raise TreeError(
            f"graph: expected every leaf of the tree as a node, got none {leaves[missing[0]]!r}{_more(len(missing))}"
        )
    return _moved(graph, place, n_leaves, names)


def _more(count: int) -> str:
    return f" and {count - 1} more" if count > 1 else ""


def _moved(graph: Graph, place: NDArray[np.int64], n_nodes: int, names: NodeNames | None) -> Graph:
    """Return a graph with node i as node ``place[i]`` of ``n_nodes``."""
    ends, weights = listed(graph._columns)
    made = _core.graph_from_edges(place[ends], weights, n_nodes, graph._self_loops)
    return Graph._of(*made[:4], names)
