"""Every community hangs together, after every build, refinement and update; networkx says what is connected."""

import networkx
import numpy as np
import oracle
import pytest
from benchmarks.trees.benchmark_graphs import FAMILIES
from drawn import graph_from, graphs, trees_over_graphs, weights_of
from hypothesis import given, settings
from hypothesis import strategies as st

import hint_se
from hint_se import Graph, Tree, build_tree

HEIGHTS = st.sampled_from([None, 2, 3, 4, 7])
BUILDS = st.sampled_from([("auto", "fast"), ("auto", "default"), ("merge-compress", "default")])


def torn(tree, graph, nodes=None):
    """Return the communities, of all or of some tree nodes, whose nodes are not connected among themselves."""
    known = networkx.Graph()
    known.add_nodes_from(range(graph.n_nodes))
    known.add_edges_from(weights_of(graph))
    return [
        node
        for node in (range(tree.n_leaves, tree.root) if nodes is None else nodes)
        if not networkx.is_connected(known.subgraph(tree.leaves(node).tolist()))
    ]


def communities_of(nested):
    """Return the inner lists of nested lists."""
    inner = [child for child in nested if isinstance(child, list)]
    return inner + [found for child in inner for found in communities_of(child)]


def edges_between(n):
    node = st.integers(0, n - 1)
    return st.lists(st.tuples(node, node).filter(lambda pair: pair[0] != pair[1]), max_size=8)


@given(st.data(), graphs(max_nodes=20), HEIGHTS, BUILDS, st.integers(0, 2**64 - 1))
def test_after_any_build(data, drawn, height, how, seed):
    graph = graph_from(drawn)
    if data.draw(st.booleans()):  # loops: volume that no edge explains
        extra = data.draw(st.lists(st.floats(0.0, 1e6), min_size=drawn[2], max_size=drawn[2]))
        graph = Graph(graph.indptr, graph.indices, graph.weights, extra_volume=extra)
    tree = build_tree(graph, height=height, algorithm=how[0], effort=how[1], seed=seed)
    assert torn(tree, graph) == []


@settings(max_examples=10)
@given(graphs(max_nodes=16), HEIGHTS)
def test_after_a_build_of_best_effort(drawn, height):
    graph = graph_from(drawn)
    assert torn(build_tree(graph, height=height, effort="best"), graph) == []


@pytest.mark.parametrize("height", [None, 2, 3, 4, 5])
@pytest.mark.parametrize("family", ["knn", "lfr", "power-law", "small-world"])
def test_after_builds_of_graphs_of_thousands_of_nodes(family, height):
    edges, weights, n = FAMILIES[family](3_000)
    graph = Graph.from_edges(edges, weights, n_nodes=n)
    assert torn(build_tree(graph, height=height), graph) == []


@settings(max_examples=20)
@given(st.data(), graphs(max_nodes=20), HEIGHTS)
def test_after_one_community_is_searched_again(data, drawn, height):
    graph = graph_from(drawn)
    tree = build_tree(graph, height=height, effort="fast")
    node = data.draw(st.integers(tree.n_leaves, tree.root)) if tree.root >= tree.n_leaves else tree.root
    assert torn(tree.refine(node, height=height, graph=graph), graph) == []


@given(st.data(), graphs(max_nodes=20), HEIGHTS)
def test_after_any_updates(data, drawn, height):
    graph = graph_from(drawn)
    tree = build_tree(graph, height=height)
    for _ in range(3):
        known = sorted(weights_of(graph))
        removed = data.draw(st.lists(st.sampled_from(known), max_size=8)) if known else []
        added = [pair for pair in data.draw(edges_between(graph.n_nodes + 2)) if tuple(sorted(pair)) not in known]
        tree, graph = tree.update(graph, added, removed, n_nodes=graph.n_nodes + 2, height=height)
        assert torn(tree, graph) == []


@pytest.mark.parametrize("height", [None, 2, 3])
def test_after_updates_of_a_graph_of_thousands_of_nodes(height):
    edges, weights, n = FAMILIES["lfr"](2_000)
    graph = Graph.from_edges(edges, weights, n_nodes=n)
    tree = build_tree(graph, height=height)
    rng = np.random.default_rng(0)
    for _ in range(4):
        known = np.array(sorted(weights_of(graph)))
        tree, graph = tree.update(graph, removed_edges=known[rng.choice(len(known), 300, replace=False)], height=height)
        assert torn(tree, graph) == []


def test_a_bridge_that_goes_divides_its_community():
    """Two triangles in one community: without the edge between them they are two, and the rest is as it was."""
    triangles = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (6, 7), (7, 8), (8, 6), (5, 6)]
    graph = Graph.from_edges([*triangles, (2, 3)])
    tree = Tree.from_labels(graph, [0, 0, 0, 0, 0, 0, 1, 1, 1])
    updated, after = tree.update(graph, removed_edges=[(2, 3)], height=2)
    assert torn(updated, after) == []
    assert len({frozenset(updated.leaves(node).tolist()) for node in range(9, updated.root)}) == 3


@given(trees_over_graphs())
def test_communities_of_others_stay_as_they_are(drawn):
    """A tree that somebody brings may be torn; what no change reaches is not mended behind their back."""
    graph, tree, nested = drawn
    updated = tree.update(graph).tree
    assert {frozenset(updated.leaves(node).tolist()) for node in range(graph.n_nodes, updated.root)} == {
        frozenset(oracle.leaf_set(child)) for child in communities_of(nested)
    }


def test_labels_of_others_stay_as_they_are():
    graph = Graph.from_edges([(0, 1), (2, 3), (4, 5), (1, 4), (3, 5)])
    tree = Tree.from_labels(graph, [0, 0, 0, 0, 1, 1])
    assert tree.labels(1).tolist() == [0, 0, 0, 0, 1, 1]
    assert torn(tree, graph) == [6]


def test_every_component_of_a_graph_is_a_child_of_the_root_where_no_limit_is():
    edges = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 6), (7, 8)]
    tree = hint_se.build_tree(edges, n_nodes=10)
    children = [sorted(tree.leaves(node).tolist()) for node in tree.children(tree.root).tolist()]
    assert sorted(children) == [[0, 1, 2], [3, 4, 5, 6], [7, 8], [9]]


def test_a_limited_root_holds_the_parts_of_several_components():
    edges = [(u, v) for first in (0, 4, 8) for u in range(first, first + 4) for v in range(first, u)] + [(3, 4)]
    tree = hint_se.build_tree(edges, height=2)
    children = [sorted(tree.leaves(node).tolist()) for node in tree.children(tree.root).tolist()]
    assert sorted(children) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
