"""`Tree.refine`: one community searched again, never worse, the rest as it was."""

import itertools
import time

import networkx
import numpy as np
import oracle
import pytest
from drawn import graph_from, graphs, nested_trees
from hypothesis import given
from hypothesis import strategies as st

import hint_se
from hint_se import Graph, Tree
from hint_se.errors import TreeError


def leaf_sets(tree, outside):
    """The leaves of each node that is not strictly below a set of leaves."""
    sets = {frozenset(tree.leaves(node).tolist()) for node in range(tree.parent.size)}
    return {found for found in sets if not found < outside}


@given(nested_trees(), st.data())
def test_one_community_changes_and_the_entropy_falls_or_stays(drawn, data):
    weighed, _, tree = drawn
    graph = Graph.from_edges(list(weighed), list(weighed.values()), n_nodes=tree.n_leaves)
    node = data.draw(st.integers(0, tree.root))
    height = data.draw(st.sampled_from([None, tree.height + 1, tree.height + 2]))
    refined = tree.refine(node, height=height, graph=graph)
    under = frozenset(tree.leaves(node).tolist())
    assert leaf_sets(refined, under) == leaf_sets(tree, under)
    assert Tree(refined.parent, refined.volume, refined.cuts) == refined
    assert refined.entropy <= tree.entropy
    expected = oracle.columns(weighed, refined.parent.tolist(), graph.n_nodes)[2] if weighed else 0.0
    assert refined.entropy == pytest.approx(expected, abs=1e-9)
    assert height is None or refined.height <= height


@given(graphs(), st.sampled_from([None, 2, 3]))
def test_the_whole_tree_is_a_tree_of_build(drawn, height):
    graph = graph_from(drawn)
    flat = Tree.from_parent(graph, [graph.n_nodes] * graph.n_nodes + [-1])
    best = hint_se.build_tree(graph, height=height, seed=3)
    refined = flat.refine(flat.root, height=height, seed=3)
    assert refined == best or (refined is flat and best.entropy >= flat.entropy)


@pytest.fixture(scope="module")
def planted():
    """Twelve blocks of 40 nodes in three larger ones, and the tree of the three."""
    sizes, inside, near, far = [40] * 12, 0.4, 0.05, 0.005
    chances = [
        [inside if one == two else near if one // 4 == two // 4 else far for two in range(12)] for one in range(12)
    ]
    network = networkx.stochastic_block_model(sizes, chances, seed=1)
    graph = Graph.from_edges(np.array(network.edges), n_nodes=480)
    return graph, Tree.from_labels(graph, np.arange(480) // 160)


def test_a_community_that_was_not_divided_is_divided_as_planted(planted):
    graph, tree = planted
    refined = tree.refine(tree.n_leaves, graph=graph)
    np.testing.assert_array_equal(refined.labels(1), tree.labels(1))
    blocks = {frozenset(range(first, first + 40)) for first in range(0, 160, 40)}
    assert blocks <= leaf_sets(refined, frozenset())
    assert refined.entropy < tree.entropy


@pytest.mark.parametrize("loops", ["drop", "keep"])
def test_weight_that_leaves_counts_as_volume_alone(loops):
    """What is saved inside is saved in the whole: the best division of the part is the best for the tree."""
    edges = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3), (5, 6), (6, 7), (7, 8), (8, 6), (0, 7), (1, 1)]
    kept = len(edges) - (loops == "drop")
    graph = Graph.from_edges(edges[:kept], [1, 2, 1, 1, 3, 1, 1, 1, 2, 1, 1, 1, 5][:kept], self_loops=loops)
    tree = Tree.from_labels(graph, [0, 0, 0, 0, 0, 0, 1, 1, 1])
    refined = tree.refine(tree.n_leaves)
    below = [tree.n_leaves, tree.n_leaves + 1]
    every = (
        Tree.from_labels(graph, [[0] * 6 + [1] * 3, [*inner, *[6, 7, 8]]]).entropy
        for inner in itertools.product(range(3), repeat=6)
    )
    assert below == [9, 10]
    assert refined.entropy <= min(every) + 1e-12


def test_the_same_for_every_number_of_threads(planted):
    graph, tree = planted
    trees = [tree.refine(tree.root, graph=graph, n_threads=threads) for threads in (1, 2, 3, 8)]
    assert all(other == trees[0] for other in trees)


def test_names_and_graph_stay():
    tree = hint_se.build_tree(networkx.les_miserables_graph(), effort="fast")
    refined = tree.refine(tree.root)
    assert refined.node_names == tree.node_names
    assert refined.entropy < tree.entropy
    assert refined.null().saved > 0  # which asks for the graph


def test_a_deep_tree_is_searched_as_fast_as_a_flat_one():
    """A chain of 30,000 levels: to climb from each leaf to the top would take a minute."""
    n = 30_000
    path = Graph.from_edges(np.stack([np.arange(n - 1), np.arange(1, n)], axis=1))
    parent = np.concatenate([[n], np.arange(n, 2 * n - 1), np.arange(n + 1, 2 * n - 1), [-1]])
    tree = Tree.from_parent(path, parent)
    start = time.process_time()
    refined = tree.refine(tree.root)
    assert refined.entropy < 2.1 < 10 < tree.entropy
    assert refined.height < 40
    assert time.process_time() - start < 5


def test_what_is_refused():
    tree = hint_se.build_tree([(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)], height=2)
    with pytest.raises(ValueError, match="node: expected"):
        tree.refine(9)
    with pytest.raises(ValueError, match="height: expected more than 1, the depth of node 6, got 1"):
        tree.refine(6, height=1)
    with pytest.raises(ValueError, match="effort"):
        tree.refine(6, effort="hard")
    with pytest.raises(TreeError, match="refine needs and this tree has lost"):
        Tree(tree.parent, tree.volume, tree.cuts).refine(6)
    assert tree.refine(0) is tree
