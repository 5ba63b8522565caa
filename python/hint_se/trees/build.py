"""The function that builds a tree: arguments are checked here, the search is in the core."""

from __future__ import annotations

from typing import Any, TypeAlias, get_args

import numpy as np

from hint_se import _core
from hint_se.checks import integer, one_of
from hint_se.choices import Algorithm, Effort
from hint_se.inputs.inputs import GraphLike, as_graph
from hint_se.inputs.loops import SelfLoops
from hint_se.inputs.words import Weight
from hint_se.trees.searching import Progress, threads_for
from hint_se.trees.tree import Tree

__all__ = ["RandomState", "build_tree", "seed_of"]

#: What scikit-learn takes for a seed.
RandomState: TypeAlias = "int | np.random.Generator | np.random.RandomState | None"


def build_tree(
    graph: GraphLike,
    weights: Any = None,
    *,
    weight: Weight = "auto",
    n_nodes: int | None = None,
    self_loops: SelfLoops = "drop",
    height: int | None = None,
    algorithm: Algorithm = "auto",
    effort: Effort = "default",
    seed: int = 0,
    random_state: RandomState = None,
    n_threads: int | None = None,
    progress: Progress | None = None,
) -> Tree:
    """Return an encoding tree of low structural entropy (bits), the hierarchy of communities of a graph.

    No number of communities and no resolution is asked for: both follow from the entropy.

    Parameters
    ----------
    graph : edge list, (edges, weights), Graph, scipy sparse, or graph of networkx, igraph or torch_geometric
        Undirected. An edge list is an array (m, 2) or (2, m), a tuple of two columns, a data frame or a list of
        pairs or of tuples (u, v, weight); see `Graph.from_edges` for the rules on shapes, ids, names, duplicates and self-loops.
    weights : array_like of float, shape (m,), optional
        For edge lists: finite, > 0, any unit.
    weight : "auto", None, or name
        For tables and graphs of other libraries: which column or attribute holds the weights. "auto": the one called
        weight, weights, w, edge_weight, value or count, in upper case or lower. None: none does. See `Graph.from_edges`.
    n_nodes : int, optional
        For edge lists: number of nodes, at most 2^30.
    self_loops : {"drop", "keep"}
        Whether edges from a node to itself are dropped, with one `SelfLoopWarning`, or count: twice their weight in
        the degree of the node, and nothing in any cut, which may give another tree. A `Graph` has what it was made
        with.
    height : int, optional
        Greatest leaf depth, >= 1: 1 is the flat tree, 2 a partition. None: no limit.
    algorithm : {"auto", "merge-compress"}
        "merge-compress" is the paper's greedy: merge the pair of siblings with the greatest decrease of
        the entropy until one node is left, then move subtrees up while that lowers it. It stands for
        the literature; "auto" gives lower entropy in less time.
    effort : {"fast", "default", "best"}
        How much local search follows.
    seed : int
        In [0, 2^64). The same seed gives the same tree, for every number of threads.
    random_state : int, numpy.random.Generator, numpy.random.RandomState, optional
        The seed by scikit-learn's name, and what may stand for one there; ``seed`` is left at 0 then.
    n_threads : int, optional
        >= 1. None: as many as this process may use.
    progress : callable, optional
        Called with (stage, fraction in [0, 1]) every few milliseconds, in this thread. What it raises
        ends the build and reaches the caller.

    Returns
    -------
    Tree
        Leaves in the order of the nodes; isolated nodes hang under the root; the nodes of every community below the root
        are connected by edges among themselves. One node gives a tree of one leaf, height 0, entropy 0.

    Raises
    ------
    GraphError
        If the graph breaks an invariant; the message says what was expected and what arrived.
    ValueError
        If another argument is out of range.
    KeyboardInterrupt
        On Ctrl-C, within half a second.

    Notes
    -----
    Structural entropy is Eq. 4 of HINT (Li and Pan 2016), see `structural_entropy`.

    The search is local, and ids decide ties and where it starts: other numbers for the same nodes may lead to another
    tree of nearly the same entropy. Of 200 random graphs of 60 nodes and 200 edges with distinct weights 172 gave another tree
    when their nodes were renumbered, whose entropy differed by 0.07 % in the median and 1.1 % at most.

    Examples
    --------
    >>> build_tree([(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)]).labels(1)
    array([0, 0, 0, 1, 1, 1], dtype=int32)
    """
    limit = 0 if height is None else integer("height", height, 1, 2**31)
    one_of("algorithm", algorithm, get_args(Algorithm))
    one_of("effort", effort, get_args(Effort))
    start = integer("seed", seed, 0, 2**64)
    if random_state is not None:
        if start:
            raise ValueError(f"random_state: expected it or seed, one of them, got {random_state!r} beside seed={seed}")
        start = seed_of(random_state)
    threads = threads_for(n_threads)
    if progress is not None and not callable(progress):
        raise ValueError(f"progress: expected a callable (stage, fraction), got {type(progress).__name__}")
    known = as_graph(graph, weights, n_nodes=n_nodes, weight=weight, self_loops=self_loops)
    parent, volume, cut = _core.build_tree(*known._columns, limit, algorithm, effort, start, threads, progress)
    return Tree._of(parent, volume, cut, known.node_names, known)


def seed_of(random_state: object) -> int:
    """Return the seed that scikit-learn's ``random_state`` stands for; ValueError for another value. None: a new one."""
    if random_state is None:
        return int(np.random.default_rng().integers(2**63))
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**63))
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31))
    return integer("random_state", random_state, 0, 2**64)
