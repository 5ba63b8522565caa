"""What must hold for every graph: hypothesis draws them, the oracle judges them."""

import itertools
import math

import numpy as np
import oracle
import pytest
from drawn import ALGORITHMS, HEIGHTS, graphs, trees
from hypothesis import given
from hypothesis import strategies as st

import hint_se


@given(st.data())
def test_three_forms_agree_with_the_oracle(data):
    edges, weights, n = data.draw(graphs())
    nested = data.draw(trees(n))
    graph = oracle.weighted(edges.tolist(), weights)
    parent = oracle.parents(nested)
    expected = oracle.entropy(graph, nested)
    tree = hint_se.Tree.from_parent(hint_se.Graph.from_edges(edges, weights, n_nodes=n), parent)
    assert hint_se.structural_entropy((edges, weights), parent) == pytest.approx(expected, abs=1e-9)
    assert tree.entropy == pytest.approx(expected, abs=1e-9)
    assert hint_se.entropy_terms(tree).sum() == pytest.approx(expected, abs=1e-9)
    assert oracle.entropy_by_edges(graph, nested) == pytest.approx(expected, abs=1e-9)


@given(st.data())
def test_volumes_and_cuts_agree_with_sets(data):
    edges, weights, n = data.draw(graphs())
    nested = data.draw(trees(n))
    graph = oracle.weighted(edges.tolist(), weights)
    tree = hint_se.Tree.from_parent(hint_se.Graph.from_edges(edges, weights, n_nodes=n), oracle.parents(nested))
    for node in range(tree.root + 1):
        members = set(tree.leaves(node).tolist())
        assert tree.volume[node] == pytest.approx(oracle.volume(graph, members), abs=1e-9)
        assert tree.cuts[node] == pytest.approx(oracle.cut(graph, members), abs=1e-9)


@given(graphs(), HEIGHTS, ALGORITHMS)
def test_a_built_tree_holds_every_invariant(graph, height, algorithm):
    edges, weights, n = graph
    tree = hint_se.build_tree(edges, weights, n_nodes=n, height=height, algorithm=algorithm)
    checked = hint_se.Tree(tree.parent, tree.volume, tree.cuts)
    assert checked == tree
    assert tree.n_leaves == n
    assert height is None or tree.height <= height
    nested = oracle.nested(tree.parent)
    assert oracle.leaf_set(nested) == set(range(n))
    expected = oracle.entropy(oracle.weighted(edges.tolist(), weights), nested)
    assert tree.entropy == pytest.approx(expected, abs=1e-9)


@given(graphs(max_nodes=6), HEIGHTS, ALGORITHMS)
def test_no_tree_beats_the_exhaustive_optimum(graph, height, algorithm):
    edges, weights, n = graph
    tree = hint_se.build_tree(edges, weights, n_nodes=n, height=height, algorithm=algorithm)
    optimum = oracle.best_entropy(oracle.weighted(edges.tolist(), weights), n)
    flat = hint_se.one_dimensional_entropy(hint_se.Graph.from_edges(edges, weights, n_nodes=n))
    assert optimum - 1e-9 <= tree.entropy <= flat + 1e-9
    if height == 2:
        assert tree.entropy >= oracle.best_partition_entropy(oracle.weighted(edges.tolist(), weights), n) - 1e-9


@given(graphs(), HEIGHTS, ALGORITHMS, st.integers(-40, 40))
def test_scaling_by_a_power_of_two_changes_no_bit(graph, height, algorithm, power):
    edges, weights, n = graph
    weights = np.ones(len(edges)) if weights is None else np.array(weights)
    one = hint_se.build_tree(edges, weights, n_nodes=n, height=height, algorithm=algorithm)
    two = hint_se.build_tree(edges, np.ldexp(weights, power), n_nodes=n, height=height, algorithm=algorithm)
    assert np.array_equal(one.parent, two.parent)
    assert np.array_equal(np.ldexp(one.volume, power), two.volume)
    assert np.array_equal(np.ldexp(one.cuts, power), two.cuts)
    assert one.entropy == two.entropy


@given(graphs(), st.floats(1e-6, 1e6))
def test_scaling_keeps_the_entropy(graph, factor):
    """Of a given tree: the tree itself may turn at a tie that rounding decides."""
    edges, weights, n = graph
    weights = np.ones(len(edges)) if weights is None else np.array(weights)
    tree = hint_se.build_tree(edges, weights, n_nodes=n)
    scaled = hint_se.structural_entropy((edges, weights * factor), tree)
    assert scaled == pytest.approx(tree.entropy, rel=1e-9, abs=1e-12)


@given(graphs(), st.randoms(use_true_random=False))
def test_relabelling_keeps_the_entropy_of_a_tree(graph, random):
    edges, weights, n = graph
    order = np.array(random.sample(range(n), n))
    tree = hint_se.build_tree(edges, weights, n_nodes=n)
    parent = tree.parent.copy()
    parent[order] = tree.parent[:n]
    assert hint_se.structural_entropy((order[edges], weights), parent) == pytest.approx(tree.entropy, abs=1e-9)


@given(graphs(), st.randoms(use_true_random=False), HEIGHTS, ALGORITHMS)
def test_edge_order_and_direction_change_nothing(graph, random, height, algorithm):
    edges, _, n = graph
    order = np.array(random.sample(range(len(edges)), len(edges)))
    shuffled = edges[order]
    flip = np.array([random.random() < 0.5 for _ in order])
    shuffled[flip] = shuffled[flip][:, ::-1]
    one = hint_se.build_tree(edges, n_nodes=n, height=height, algorithm=algorithm)
    assert hint_se.build_tree(shuffled, n_nodes=n, height=height, algorithm=algorithm) == one


@given(graphs())
def test_duplicates_count_once_without_weights_and_add_up_with_them(graph):
    edges, weights, n = graph
    twice = np.concatenate([edges, edges[:, ::-1]])
    assert hint_se.Graph.from_edges(twice, n_nodes=n) == hint_se.Graph.from_edges(edges, n_nodes=n)
    if weights is not None:
        single = hint_se.Graph.from_edges(edges, weights, n_nodes=n)
        double = hint_se.Graph.from_edges(twice, np.concatenate([weights, weights]), n_nodes=n)
        assert np.array_equal(single.indices, double.indices)
        assert double.weights == pytest.approx(2 * single.weights, rel=1e-12)


@given(graphs(), st.integers(1, 5), HEIGHTS, ALGORITHMS)
def test_isolated_nodes_hang_under_the_root_and_cost_nothing(graph, extra, height, algorithm):
    edges, weights, n = graph
    tree = hint_se.build_tree(edges, weights, n_nodes=n, height=height, algorithm=algorithm)
    wider = hint_se.build_tree(edges, weights, n_nodes=n + extra, height=height, algorithm=algorithm)
    assert (wider.parent[n : n + extra] == wider.root).all()
    assert wider.entropy == pytest.approx(tree.entropy, abs=1e-9)
    assert np.isfinite(hint_se.entropy_terms(wider)).all()


@given(graphs(max_nodes=6), graphs(max_nodes=6), ALGORITHMS)
def test_components_stay_apart(first, second, algorithm):
    """No node below the root mixes components, so a union costs the weighted mean of its parts."""
    (edges_a, _, n_a), (edges_b, _, n_b) = first, second
    union = np.concatenate([edges_a, edges_b + n_a])
    tree = hint_se.build_tree(union, n_nodes=n_a + n_b, algorithm=algorithm)
    for child in tree.children(tree.root):
        members = tree.leaves(int(child))
        assert (members < n_a).all() or (members >= n_a).all()
    parts = [(oracle.weighted(edges.tolist()), n) for edges, n in ((edges_a, n_a), (edges_b, n_b))]
    volumes = [oracle.volume(graph, range(n)) for graph, n in parts]
    least, most = (
        sum(v * bound(graph, n) for v, (graph, n) in zip(volumes, parts, strict=True)) / sum(volumes)
        for bound in (oracle.best_entropy, oracle.one_dimensional)
    )
    assert least - 1e-9 <= tree.entropy <= most + 1e-9


@given(graphs(), ALGORITHMS)
def test_a_taller_limit_is_never_worse(graph, algorithm):
    edges, weights, n = graph
    found = [
        hint_se.build_tree(edges, weights, n_nodes=n, height=height, algorithm=algorithm).entropy
        for height in (1, 2, 3, 4, None)
    ]
    assert all(later <= earlier + 1e-12 for earlier, later in itertools.pairwise(found)), found


@given(graphs())
def test_height_one_is_the_flat_tree(graph):
    edges, weights, n = graph
    tree = hint_se.build_tree(edges, weights, n_nodes=n, height=1)
    assert np.array_equal(tree.parent, [n] * n + [-1])
    assert tree.entropy == pytest.approx(
        hint_se.one_dimensional_entropy(hint_se.Graph.from_edges(edges, weights, n_nodes=n)), abs=1e-12
    )


@given(graphs(), st.integers(0, 2**32))
def test_neighbours_agree_with_sets(graph, seed):
    edges, weights, n = graph
    tree = hint_se.build_tree(edges, weights, n_nodes=n)
    groups = np.random.default_rng(seed).integers(0, 2, n)
    tables = tree.neighbours(groups)
    for leaf in range(n):
        for group, indptr, indices in (
            (groups[leaf], tables.same_indptr, tables.same_indices),
            (1 - groups[leaf], tables.other_indptr, tables.other_indices),
        ):
            node, expected = leaf, set()
            while node != tree.root and not expected:
                node = int(tree.parent[node])
                expected = {m for m in tree.leaves(node).tolist() if groups[m] == group and m != leaf}
            assert indices[indptr[leaf] : indptr[leaf + 1]].tolist() == sorted(expected)


@given(graphs(), st.integers(1, 6))
def test_labels_agree_with_ancestors(graph, level):
    edges, weights, n = graph
    tree = hint_se.build_tree(edges, weights, n_nodes=n)
    names, expected = {}, []
    for leaf in range(n):
        path = [leaf]
        while path[-1] != tree.root:
            path.append(int(tree.parent[path[-1]]))
        path.reverse()
        expected.append(names.setdefault(path[min(level, len(path) - 1)], len(names)))
    assert tree.labels(level).tolist() == expected


@given(graphs())
def test_entropy_terms_are_bits_of_their_nodes(graph):
    edges, weights, n = graph
    tree = hint_se.build_tree(edges, weights, n_nodes=n)
    terms = hint_se.entropy_terms(tree)
    assert (terms >= 0).all()
    assert terms[-1] == 0
    for node in range(tree.root):
        up = tree.parent[node]
        expected = 0.0
        if tree.cuts[node] > 0:
            expected = -tree.cuts[node] / tree.volume[-1] * math.log2(tree.volume[node] / tree.volume[up])
        assert terms[node] == pytest.approx(expected, abs=1e-12)
