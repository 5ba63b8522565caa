"""What hypothesis draws for the properties: graphs, trees, and trees over graphs."""

import numpy as np
import oracle
from hypothesis import settings
from hypothesis import strategies as st

import hint_se

EXAMPLES = settings(max_examples=30)
HEIGHTS = st.sampled_from([None, 1, 2, 3])
ALGORITHMS = st.sampled_from(["auto", "merge-compress"])


@st.composite
def graphs(draw, max_nodes=12, min_edges=1):
    """Return (edges, weights or None, n): loopless, with duplicates and isolated nodes."""
    n = draw(st.integers(2, max_nodes))
    node = st.integers(0, n - 1)
    pairs = draw(
        st.lists(st.tuples(node, node).filter(lambda pair: pair[0] != pair[1]), min_size=min_edges, max_size=3 * n)
    )
    weights = draw(st.none() | st.lists(st.floats(0.01, 100.0), min_size=len(pairs), max_size=len(pairs)))
    return np.array(pairs, dtype=np.int64).reshape(-1, 2), weights, n


@st.composite
def trees(draw, n):
    """Return nested lists over 0..n-1: groups of a random order are closed until one is left."""
    forest = list(draw(st.permutations(range(n))))
    while len(forest) > 1:
        size = draw(st.integers(2, len(forest)))
        start = draw(st.integers(0, len(forest) - size))
        forest[start : start + size] = [forest[start : start + size]]
    return forest[0]


@st.composite
def trees_over_graphs(draw, max_nodes=12):
    """Return (graph, tree, nested lists): any tree over a graph, not one that a builder would make."""
    edges, weights, n = draw(graphs(max_nodes))
    nested = draw(trees(n))
    graph = hint_se.Graph.from_edges(edges, weights, n_nodes=n)
    return graph, hint_se.Tree.from_parent(graph, oracle.parents(nested)), nested


@st.composite
def nested_trees(draw, max_leaves=14):
    """Return (weighted edges, nested lists, Tree) of any shape: n-ary, nodes with one child, isolated leaves."""
    n = draw(st.integers(2, max_leaves))
    node = st.integers(0, n - 1)
    pairs = draw(st.lists(st.tuples(node, node).filter(lambda pair: pair[0] != pair[1]), max_size=3 * n))
    weights = draw(st.lists(st.floats(0.01, 100.0), min_size=len(pairs), max_size=len(pairs)))
    forest = list(draw(st.permutations(range(n))))
    while len(forest) > 1:
        size = draw(st.integers(2, len(forest)))
        start = draw(st.integers(0, len(forest) - size))
        group = forest[start : start + size]
        forest[start : start + size] = [[group] if draw(st.integers(0, 9)) == 0 else group]
    edges = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    graph = hint_se.Graph.from_edges(edges, weights, n_nodes=n)
    return oracle.weighted(pairs, weights), forest[0], hint_se.Tree.from_parent(graph, oracle.parents(forest[0]))


def graph_from(drawn, **options):
    """Return the Graph of what `graphs` draws."""
    edges, weights, n = drawn
    return hint_se.Graph.from_edges(edges, weights, n_nodes=n, **options)


def weights_of(graph):
    """Return {(u, v): weight} of a graph."""
    ends = np.repeat(np.arange(graph.n_nodes), np.diff(graph.indptr))
    return {
        (u, v): weight
        for u, v, weight in zip(ends.tolist(), graph.indices.tolist(), graph.weights.tolist(), strict=True)
        if u < v
    }


def leaf_sets(tree, n):
    """Return the leaves below n of each tree node that has some."""
    sets = {frozenset(leaf for leaf in tree.leaves(node).tolist() if leaf < n) for node in range(tree.parent.size)}
    return sets - {frozenset()}


def weights_without_ties(rng, n_edges):
    """Return weights of which no sums meet by chance."""
    return rng.uniform(0.5, 2.0, n_edges)


def ancestors(tree, node):
    """Return the path from a node to the root, both included, by climbing."""
    path = [int(node)]
    while tree.parent[path[-1]] != -1:
        path.append(int(tree.parent[path[-1]]))
    return path
