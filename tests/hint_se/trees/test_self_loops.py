"""Self-loops that count: twice in the degree of their node, in no cut. Everything against the oracle, which counts them so."""

from itertools import pairwise

import numpy as np
import oracle
import pytest
from drawn import ALGORITHMS, HEIGHTS, trees
from hypothesis import given
from hypothesis import strategies as st

import hint_se
from hint_se import Graph, GraphError, SelfLoopWarning, Tree, TreeError, build_tree
from hint_se.trees.entropy import one_dimensional_entropy, structural_entropy

EFFORTS = st.sampled_from(["fast", "default"])
EDGES = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3), (1, 1), (4, 4), (4, 4)]


@st.composite
def looped(draw, max_nodes=10):
    """Return (edges, weights or None, n) with loops, duplicates, isolated nodes, and isolated nodes with a loop."""
    n = draw(st.integers(1, max_nodes))
    node = st.integers(0, n - 1)
    pairs = draw(st.lists(st.tuples(node, node), min_size=1, max_size=3 * n))
    pairs += [(v, v) for v in draw(st.lists(node, max_size=n))]
    weight = st.floats(0.01, 100.0) | st.floats(100.0, 1e6)
    weights = draw(st.none() | st.lists(weight, min_size=len(pairs), max_size=len(pairs)))
    return np.array(pairs, dtype=np.int64).reshape(-1, 2), weights, n


def kept(drawn):
    edges, weights, n = drawn
    return Graph.from_edges(edges, weights, n_nodes=n, self_loops="keep"), oracle.weighted(
        edges.tolist(), weights, "keep"
    )


def check(tree, graph, known):
    """Every column and every form of the entropy against sets."""
    volumes, cuts, entropy = oracle.columns(known, tree.parent.tolist(), graph.n_nodes)
    total = max(volumes[-1], 1e-300)
    np.testing.assert_allclose(tree.volume, volumes, rtol=1e-12, atol=1e-12 * total)
    np.testing.assert_allclose(tree.cuts, cuts, rtol=1e-12, atol=1e-12 * total)
    nested = oracle.nested(tree.parent)
    for found in (tree.entropy, structural_entropy(graph, tree), hint_se.entropy_terms(tree).sum()):
        assert found == pytest.approx(entropy, rel=1e-9, abs=1e-12)
    assert oracle.entropy(known, nested) == pytest.approx(entropy, rel=1e-9, abs=1e-12)
    assert oracle.entropy_by_edges(known, nested) == pytest.approx(entropy, rel=1e-9, abs=1e-9)
    flat = oracle.one_dimensional(known, graph.n_nodes)
    assert one_dimensional_entropy(graph) == pytest.approx(flat, rel=1e-9, abs=1e-12)
    assert tree.summary().one_dimensional_entropy == pytest.approx(flat, rel=1e-9, abs=1e-12)
    assert entropy <= flat + 1e-9


@given(looped(), HEIGHTS, ALGORITHMS, EFFORTS)
def test_a_built_tree_agrees_with_the_oracle(drawn, height, algorithm, effort):
    graph, known = kept(drawn)
    tree = build_tree(graph, height=height, algorithm=algorithm, effort=effort)
    assert height is None or tree.height <= height
    check(tree, graph, known)
    # Nodes without edges to others hang under the root, whatever their loops.
    alone = [v for v in range(graph.n_nodes) if graph.indptr[v] == graph.indptr[v + 1]]
    assert graph.n_nodes == 1 or all(tree.parent[v] == tree.root for v in alone)
    # What the checks of trees from outside say of it.
    assert Tree(tree.parent, tree.volume, np.asarray(tree.cuts)).entropy == tree.entropy


@given(st.data())
def test_any_tree_agrees_with_the_oracle(data):
    drawn = data.draw(looped())
    graph, known = kept(drawn)
    nested = data.draw(trees(graph.n_nodes)) if graph.n_nodes > 1 else [0]
    parent = oracle.parents(nested) if graph.n_nodes > 1 else [-1]
    check(Tree.from_parent(graph, parent), graph, known)


@given(looped(max_nodes=6), ALGORITHMS)
def test_no_tree_beats_the_exhaustive_optimum(drawn, algorithm):
    graph, known = kept(drawn)
    best = oracle.best_entropy(known, graph.n_nodes)
    assert build_tree(graph, algorithm=algorithm).entropy >= best - 1e-9
    if graph.n_nodes > 1:
        assert build_tree(graph, height=2).entropy >= oracle.best_partition_entropy(known, graph.n_nodes) - 1e-9


def random_looped(seed, n=7):
    """A connected graph of few nodes with distinct weights, and a heavy loop at about half of them."""
    rng = np.random.default_rng(seed)
    pairs = [*pairwise(range(n)), *map(tuple, rng.integers(0, n, (n, 2)).tolist()), *((v, v) for v in range(n))]
    weights = rng.uniform(0.5, 2.0, len(pairs))
    weights[-n:] *= rng.integers(0, 2, n) * 20.0 + 0.1
    return np.array(pairs), weights.tolist(), n


def best_partition(known, n):
    return min((oracle.entropy(known, parts), parts) for parts in partitions(list(range(n))))


def partitions(nodes):
    if not nodes:
        yield []
        return
    first, *rest = nodes
    for parts in partitions(rest):
        yield [[first], *parts]
        for i in range(len(parts)):
            yield [*parts[:i], [first, *parts[i]], *parts[i + 1 :]]


def test_the_best_partition_is_another_where_loops_count():
    """By trying all partitions: so to say of dropped loops that they do not change the tree would be wrong."""
    other = 0
    for seed in range(20):
        edges, weights, n = random_looped(seed)
        with_loops, without = (oracle.weighted(edges.tolist(), weights, how) for how in ("keep", "drop"))
        least, _ = best_partition(with_loops, n)
        _, plain = best_partition(without, n)
        other += oracle.entropy(with_loops, plain) > least + 1e-6
        tree = build_tree(edges, weights, self_loops="keep", height=2, effort="best")
        assert tree.entropy == pytest.approx(least, abs=1e-9)
    assert other >= 12


@given(looped(), HEIGHTS)
def test_loops_of_no_weight_at_all_change_nothing(drawn, height):
    edges, weights, n = drawn
    plain = edges[:, 0] != edges[:, 1]
    edges, weights = edges[plain], None if weights is None else np.array(weights)[plain]
    graph = Graph.from_edges(edges, weights, n_nodes=n, self_loops="keep")
    assert not graph.extra_volume.any()
    tree, other = (build_tree(g, height=height) for g in (graph, Graph.from_edges(edges, weights, n_nodes=n)))
    assert np.array_equal(tree.parent, other.parent)
    assert tree.entropy == other.entropy


@given(looped(), HEIGHTS, st.integers(-40, 40))
def test_scaling_by_a_power_of_two_changes_no_bit(drawn, height, power):
    edges, weights, n = drawn
    weights = np.ones(len(edges)) if weights is None else np.array(weights)
    tree, scaled = (
        build_tree(Graph.from_edges(edges, w, n_nodes=n, self_loops="keep"), height=height)
        for w in (weights, weights * 2.0**power)
    )
    assert np.array_equal(tree.parent, scaled.parent)


@given(st.data(), HEIGHTS)
def test_updates_follow_edits_of_loops_and_edges(data, height):
    drawn = data.draw(looped())
    graph, known = kept(drawn)
    tree = build_tree(graph, height=height, effort="fast")
    for _ in range(3):
        n = graph.n_nodes + data.draw(st.integers(0, 2))
        pairs = data.draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=4))
        weights = data.draw(st.lists(st.floats(0.01, 100.0), min_size=len(pairs), max_size=len(pairs)))
        gone = data.draw(st.lists(st.sampled_from(sorted(known)), max_size=3)) if known else []
        tree, graph = tree.update(graph, pairs or None, gone or None, weights=weights or None, n_nodes=n, height=height)
        for pair in set(gone):
            del known[pair]
        for (u, v), weight in zip(pairs, weights, strict=True):
            pair = (min(u, v), max(u, v))
            known[pair] = known.get(pair, 0.0) + weight
        volumes, cuts, entropy = oracle.columns(known, tree.parent.tolist(), n)
        np.testing.assert_allclose(tree.volume, volumes, rtol=1e-9, atol=1e-9 * max(volumes[-1], 1e-300))
        np.testing.assert_allclose(tree.cuts, cuts, rtol=1e-9, atol=1e-9 * max(volumes[-1], 1e-300))
        assert tree.entropy == pytest.approx(entropy, rel=1e-6, abs=1e-9)
        assert height is None or tree.height <= height
        assert structural_entropy(graph, tree) == pytest.approx(entropy, rel=1e-9, abs=1e-12)


def test_a_tree_of_dropped_loops_is_none_of_a_graph_that_keeps_them():
    with pytest.warns(SelfLoopWarning):
        tree = build_tree(EDGES)
    graph = Graph.from_edges(EDGES, self_loops="keep")
    with pytest.raises(TreeError, match=r"tree node 1 has the volume 4\.0 and not 2\.0"):
        tree.update(graph, [(0, 4)])
    with pytest.raises(GraphError, match="a removed|removed edges must be edges of the graph"):
        build_tree(graph).update(graph, removed_edges=[(0, 0)])
