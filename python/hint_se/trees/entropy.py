"""Structural entropy of a graph under a tree, in bits.

The formulas live once, in the core (``cpp/src/tree/entropy.cpp``); this module checks and documents.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.errors import TreeError
from hint_se.hierarchy.invariants import as_parent, leaf_count
from hint_se.inputs.align import graph_over
from hint_se.inputs.inputs import GraphLike, as_graph, known_graph
from hint_se.inputs.loops import SelfLoops
from hint_se.inputs.words import Weight
from hint_se.trees.tree import Tree

__all__ = ["entropy_terms", "one_dimensional_entropy", "structural_entropy"]


def structural_entropy(
    graph: GraphLike, tree: Tree | Any, *, weight: Weight = "auto", self_loops: SelfLoops = "drop"
) -> float:
    r"""Return the structural entropy of a graph under an encoding tree, in bits.

    .. math:: E^T(G) = -\sum_{\alpha \ne root} \frac{g_\alpha}{vol} \log_2 \frac{V_\alpha}{V_{\alpha^-}}

    (HINT, Eq. 4; Li and Pan 2016), with :math:`V_\alpha` the volume of the leaves under a node,
    :math:`g_\alpha` the weight of the edges that leave them and :math:`\alpha^-` its parent. It is
    evaluated in the equivalent edge form
    :math:`\frac{1}{vol}[\sum_{uv} 2 w_{uv} \log_2 V_{lca(u,v)} - \sum_v g_v \log_2 d_v]`, in which
    :math:`g_v = d_v` unless self-loops count: these are part of the degree and of no cut.

    Parameters
    ----------
    graph : Graph or anything `build_tree` accepts
        For an edge list the number of nodes is taken from the tree.
    tree : Tree or array_like of int, shape (t,)
        A tree over the graph's nodes. Need not have been built on this graph. Where the tree has names, nodes go to
        leaves by name, whatever the order of either; numbers in an edge list are names then. Or a parent array,
        in the order of the graph's nodes: leaves 0..n-1 first, ``parent[i] > i``, the root last with parent -1.
    weight : "auto", None, or name
        Which column or attribute holds the weights, see `build_tree`.
    self_loops : {"drop", "keep"}
        As in `build_tree`.

    Returns
    -------
    float
        In [0, one_dimensional_entropy(graph)]; 0 for a graph without edges. O(m x height) time.

    Raises
    ------
    GraphError, TreeError
        If the graph or the tree breaks an invariant, they differ in their nodes, or only one of them has names.

    Examples
    --------
    Two triangles joined by an edge, as one flat tree and as two communities:

    >>> edges = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)]
    >>> round(structural_entropy(edges, [6, 6, 6, 6, 6, 6, -1]), 4)
    2.5567
    >>> round(structural_entropy(edges, [6, 6, 6, 7, 7, 7, 8, 8, -1]), 4)
    1.6995
    """
    if isinstance(tree, Tree):
        parent, known = (
            tree.parent,
            graph_over(graph, tree.node_names, tree.n_leaves, weight=weight, self_loops=self_loops),
        )
    else:
        parent = as_parent(tree)
        # Only an edge list leaves the number of nodes open.
        known = known_graph(graph, weight, self_loops) or as_graph(
            graph, n_nodes=leaf_count(parent), weight=weight, self_loops=self_loops
        )
    if leaf_count(parent) != known.n_nodes:
        raise TreeError(
            f"graph: expected {leaf_count(parent)} nodes, one for each leaf of the tree, got {known.n_nodes}"
        )
    return float(_core.structural_entropy(*known._columns, parent))


def one_dimensional_entropy(graph: GraphLike, *, weight: Weight = "auto", self_loops: SelfLoops = "drop") -> float:
    r"""Return the one-dimensional structural entropy, the entropy of the flat tree, in bits.

    .. math:: E^1(G) = -\sum_v \frac{d_v}{vol} \log_2 \frac{d_v}{vol}

    (HINT, Eq. 3): the code length of a node met by a random walk, without any community. O(m). Where self-loops
    count it stays the entropy of the flat tree, :math:`-\sum_v \frac{g_v}{vol} \log_2 \frac{d_v}{vol}` with
    :math:`g_v` the weight of the edges from v to others.

    Parameters
    ----------
    graph : Graph or anything `build_tree` accepts
    weight : "auto", None, or name
        Which column or attribute holds the weights, see `build_tree`.
    self_loops : {"drop", "keep"}
        As in `build_tree`.

    Returns
    -------
    float
        In [0, log2(n)], reached by regular graphs; 0 for a graph without edges.

    Raises
    ------
    GraphError
        If the graph breaks an invariant.

    Examples
    --------
    >>> one_dimensional_entropy([(0, 1), (1, 2), (2, 3), (3, 0)])
    2.0
    """
    known = as_graph(graph, weight=weight, self_loops=self_loops)
    return float(_core.one_dimensional_entropy(*known._columns))


def entropy_terms(tree: Tree) -> NDArray[np.float64]:
    """Return each tree node's summand of Eq. 4, in bits: where the entropy of a tree sits.

    Parameters
    ----------
    tree : Tree

    Returns
    -------
    ndarray of float64, shape (t,)
        ``-(cut / vol) * log2(volume / volume[parent])``, all >= 0, 0 for the root and for nodes
        without volume. Their sum is ``tree.entropy``.

    Raises
    ------
    TypeError
        If the tree is no `Tree`: a parent array alone has no cuts.

    Examples
    --------
    >>> from hint_se import Graph
    >>> flat = Tree.from_parent(Graph.from_edges([(0, 1), (1, 2)]), [3, 3, 3, -1])
    >>> entropy_terms(flat)
    array([0.5, 0.5, 0.5, 0. ])
    """
    if not isinstance(tree, Tree):
        raise TypeError(
            f"tree: expected a Tree, got {type(tree).__name__}; Tree.from_parent makes one of a parent array"
        )
    return _core.entropy_terms(tree.parent, tree.volume, tree.cuts)
