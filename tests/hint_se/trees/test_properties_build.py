"""What holds for every tree that is built: hypothesis draws the graphs and the options."""

import networkx
import numpy as np
import pytest
from drawn import ALGORITHMS, HEIGHTS, graph_from, graphs, weights_without_ties
from hypothesis import given, settings
from hypothesis import strategies as st

import hint_se
from hint_se import build_tree

QUICK = st.sampled_from([("auto", "fast"), ("auto", "default"), ("merge-compress", "default")])
ANY_HEIGHT = st.none() | st.integers(1, 20) | st.integers(0, 31).map(lambda bits: 2**bits - 1 or 1)


@given(graphs(), ANY_HEIGHT, QUICK)
def test_no_limit_of_height_is_exceeded(drawn, height, how):
    tree = build_tree(graph_from(drawn), height=height, algorithm=how[0], effort=how[1])
    assert tree.height <= min(height or drawn[2], drawn[2])


@given(graphs(), HEIGHTS, QUICK, st.integers(0, 2**64 - 1))
def test_the_same_call_gives_the_same_tree(drawn, height, how, seed):
    options = {"height": height, "algorithm": how[0], "effort": how[1], "seed": seed}
    assert build_tree(graph_from(drawn), **options) == build_tree(graph_from(drawn), **options)


@given(graphs(), HEIGHTS, QUICK, st.integers(0, 2**64 - 1))
def test_no_seed_makes_a_tree_worse_than_the_flat_one(drawn, height, how, seed):
    graph = graph_from(drawn)
    tree = build_tree(graph, height=height, algorithm=how[0], effort=how[1], seed=seed)
    assert tree.entropy <= hint_se.one_dimensional_entropy(graph) + 1e-9


@settings(max_examples=5)
@given(st.integers(0, 2**32), st.sampled_from(["fast", "default"]), st.sampled_from([None, 2, 3]))
def test_threads_change_no_bit(seed, effort, height):
    """More nodes than two threads take at a time, or nothing would run beside anything."""
    rng = np.random.default_rng(seed)
    n = 40_000 if effort == "fast" else 18_000
    edges = rng.integers(0, n, (2 * n, 2))
    edges = edges[edges[:, 0] != edges[:, 1]]
    graph = hint_se.Graph.from_edges(edges, rng.uniform(0.1, 3.0, len(edges)), n_nodes=n)
    one, more = (build_tree(graph, effort=effort, height=height, n_threads=count) for count in (1, 3))
    assert one == more


@settings(max_examples=20)
@given(graphs(8), st.sampled_from([None, 2, 3]))
def test_more_effort_is_never_worse(drawn, height):
    fast, default, best = (
        build_tree(graph_from(drawn), height=height, effort=effort).entropy for effort in ("fast", "default", "best")
    )
    assert best <= default + 1e-12
    assert default <= fast + 1e-12


@settings(max_examples=15)
@given(graphs(5), st.randoms(use_true_random=False))
def test_the_best_tree_of_a_small_graph_does_not_depend_on_its_names(drawn, random):
    """It is the optimum, which no name changes; of larger graphs ties may go another way."""
    edges, weights, n = drawn
    order = np.array(random.sample(range(n), n))
    one = build_tree(edges, weights, n_nodes=n, effort="best")
    two = build_tree(order[edges], weights, n_nodes=n, effort="best")
    assert two.entropy == pytest.approx(one.entropy, abs=1e-9)


@given(st.integers(0, 2**32), st.floats(1e-9, 1e9), HEIGHTS, QUICK)
def test_scaling_by_any_factor_keeps_the_entropy_of_what_is_built(seed, factor, height, how):
    """Without ties, which rounding could decide otherwise; powers of two keep every bit, see test_properties."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 30))
    edges = np.unique(np.sort(rng.integers(0, n, (3 * n, 2)), axis=1), axis=0)
    edges = edges[edges[:, 0] != edges[:, 1]]
    weights = weights_without_ties(rng, len(edges))
    options = {"n_nodes": n, "height": height, "algorithm": how[0], "effort": how[1]}
    one, two = build_tree(edges, weights, **options), build_tree(edges, weights * factor, **options)
    assert two.entropy == pytest.approx(one.entropy, rel=1e-9)


@given(graphs(max_nodes=20), st.sampled_from([None, 2, 3, 5]), QUICK)
def test_no_community_mixes_components(drawn, height, how):
    edges, _, n = drawn
    graph = networkx.Graph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from(edges.tolist())
    tree = build_tree(graph_from(drawn), height=height, algorithm=how[0], effort=how[1])
    home = {node: number for number, part in enumerate(networkx.connected_components(graph)) for node in part}
    for node in range(tree.n_leaves, tree.root):
        assert len({home[leaf] for leaf in tree.leaves(node).tolist()}) == 1


@given(graphs(), HEIGHTS, QUICK)
def test_no_inner_node_has_an_only_child(drawn, height, how):
    tree = build_tree(graph_from(drawn), height=height, algorithm=how[0], effort=how[1])
    assert np.bincount(tree.parent[:-1]).tolist()[tree.n_leaves :].count(1) == 0


@given(graphs(), HEIGHTS, ALGORITHMS)
def test_watching_changes_nothing(drawn, height, algorithm):
    seen = []
    options = {"height": height, "algorithm": algorithm}
    watched = build_tree(graph_from(drawn), progress=lambda *step: seen.append(step), **options)
    assert watched == build_tree(graph_from(drawn), **options)
    assert all(0 <= fraction <= 1 for _, fraction in seen)


@given(st.integers(4, 9), st.integers(4, 9), st.data(), QUICK)
def test_two_cliques_joined_by_one_edge_are_told_apart(first, second, data, how):
    edges = [(u, v) for u in range(first) for v in range(u)]
    edges += [(first + u, first + v) for u in range(second) for v in range(u)]
    edges += [(data.draw(st.integers(0, first - 1)), first + data.draw(st.integers(0, second - 1)))]
    tree = build_tree(edges, height=2, algorithm=how[0], effort=how[1])
    labels = tree.labels(1).tolist()
    assert not set(labels[:first]) & set(labels[first:])


@given(graphs(), ANY_HEIGHT, QUICK)
def test_the_entropy_of_a_built_tree_is_the_same_in_both_forms(drawn, height, how):
    graph = graph_from(drawn)
    tree = build_tree(graph, height=height, algorithm=how[0], effort=how[1])
    assert hint_se.structural_entropy(graph, tree) == pytest.approx(tree.entropy, abs=1e-9)
    assert hint_se.structural_entropy(graph, tree.parent) == hint_se.structural_entropy(graph, tree)
