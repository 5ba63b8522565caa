"""What holds after any change of a graph and its tree, judged by a graph kept beside it."""

import numpy as np
import oracle
import pytest
from drawn import HEIGHTS, graphs, trees_over_graphs, weights_of
from hypothesis import given
from hypothesis import strategies as st

import hint_se
from hint_se import Graph, Tree


@st.composite
def edits(draw, edges, n, weighted):
    """Return (added pairs, their weights or None, pairs to remove, nodes afterwards) for a graph."""
    more = n + draw(st.integers(0, 4))
    node = st.integers(0, more - 1)
    added = draw(st.lists(st.tuples(node, node).filter(lambda pair: pair[0] != pair[1]), max_size=8))
    weights = [draw(st.floats(0.01, 100.0)) for _ in added] if weighted else None
    removed = draw(st.lists(st.sampled_from(edges), max_size=8)) if edges else []
    return added, weights, [pair if draw(st.booleans()) else pair[::-1] for pair in removed], more


def edited(weighed, added, weights, removed):
    """Return the weights of a graph after an edit, by the rules of the oracle."""
    result = {pair: weight for pair, weight in weighed.items() if pair not in {tuple(sorted(gone)) for gone in removed}}
    for position, pair in enumerate(added):
        key = tuple(sorted(pair))
        result[key] = 1.0 if weights is None else result.get(key, 0.0) + weights[position]
    return result


def components(weighed, n):
    """Return the smallest node of the component of each node."""
    group = list(range(n))
    for _ in range(n):
        for u, v in weighed:
            group[u] = group[v] = min(group[u], group[v])
    return group


def check(tree, graph, weighed, n):
    """Assert that a tree and a graph hold every invariant and are those of the weights."""
    assert Tree(tree.parent, tree.volume, tree.cuts) == tree
    assert Graph(graph.indptr, graph.indices, graph.weights) == graph
    arrays = [tree.parent, tree.volume, np.asarray(tree.cuts), graph.indptr, graph.indices, graph.weights]
    assert not any(array.flags.writeable for array in arrays)
    assert graph.n_nodes == tree.n_leaves == n
    assert weights_of(graph) == pytest.approx(weighed, rel=1e-12)
    volumes, cuts, entropy = oracle.columns(weighed, tree.parent.tolist(), n)
    total = 2 * sum(weighed.values())
    assert tree.volume == pytest.approx(volumes, rel=1e-9, abs=1e-9 * total)
    assert tree.cuts == pytest.approx(cuts, rel=1e-9, abs=1e-9 * total)
    assert tree.entropy == pytest.approx(entropy if total else 0.0, abs=1e-9)
    assert hint_se.structural_entropy(graph, tree) == pytest.approx(tree.entropy, abs=1e-9)
    inner = np.bincount(tree.parent[:-1], minlength=tree.parent.size)[n:]
    assert (inner >= 2).all()


def check_components(tree, weighed, n):
    """Assert that no node below the root holds parts of two components."""
    group = np.array(components(weighed, n))
    for node in range(n, tree.root):
        assert len(set(group[tree.leaves(node)])) == 1


@given(st.data(), HEIGHTS)
def test_any_change_of_a_built_tree(data, height):
    edges, weights, n = data.draw(graphs())
    weighed = oracle.weighted(edges.tolist(), weights)
    graph = Graph.from_edges(edges, weights, n_nodes=n)
    tree = hint_se.build_tree(graph, height=height)
    for _ in range(3):
        added, plus, removed, n = data.draw(edits(sorted(weighed), n, weights is not None))
        weighed = edited(weighed, added, plus, removed)
        tree, graph = tree.update(graph, added, removed, weights=plus, n_nodes=n, height=height)
        check(tree, graph, weighed, n)
        check_components(tree, weighed, n)
        assert height is None or tree.height <= height
        flat = oracle.one_dimensional(weighed, n) if weighed else 0.0
        assert tree.entropy <= flat + 1e-9


@given(st.data(), HEIGHTS)
def test_any_change_of_any_tree(data, height):
    """Trees that no builder would make: components mixed, chains, taller than the limit."""
    graph, tree, _ = data.draw(trees_over_graphs())
    before = weights_of(graph)
    weighted = set(before.values()) != {1.0}
    added, plus, removed, n = data.draw(edits(sorted(before), graph.n_nodes, weighted))
    weighed = edited(before, added, plus, removed)
    again, after = tree.update(graph, added, removed, weights=plus, n_nodes=n, height=height)
    check(again, after, weighed, n)
    assert height is None or again.height <= height


@given(st.data())
def test_a_change_never_costs_more_than_leaving_the_tree_as_it_is(data):
    edges, weights, n = data.draw(graphs())
    graph = Graph.from_edges(edges, weights, n_nodes=n)
    tree = hint_se.build_tree(graph)
    added, plus, removed, _ = data.draw(edits(sorted(weights_of(graph)), n, weights is not None))
    added = [(u, v) for u, v in added if max(u, v) < n]
    plus = plus and plus[: len(added)]
    again, after = tree.update(graph, added, removed, weights=plus, n_nodes=n)
    assert again.entropy <= hint_se.structural_entropy(after, tree) + 1e-9


@given(graphs(), HEIGHTS)
def test_without_a_change_the_tree_stays(drawn, height):
    edges, weights, n = drawn
    graph = Graph.from_edges(edges, weights, n_nodes=n)
    tree = hint_se.build_tree(graph, height=height)
    for nothing in ({}, {"removed_edges": [], "added_edges": []}, {"n_nodes": n}, {"removed_edges": None}):
        again, same = tree.update(graph, height=height, **nothing)
        assert again == tree
        assert same == graph


@given(st.data(), st.randoms(use_true_random=False))
def test_the_order_of_the_edits_changes_no_bit(data, random):
    edges, weights, n = data.draw(graphs())
    graph = Graph.from_edges(edges, weights, n_nodes=n)
    tree = hint_se.build_tree(graph)
    added, plus, removed, n = data.draw(edits(sorted(weights_of(graph)), n, weights is not None))
    one = tree.update(graph, added, removed, weights=plus, n_nodes=n)
    order = random.sample(range(len(added)), len(added))
    shuffled = [added[k][::-1] for k in order]
    two = tree.update(graph, shuffled, removed[::-1], weights=plus and [plus[k] for k in order], n_nodes=n)
    assert one == two


@given(st.data(), st.integers(-40, 40))
def test_scaling_by_a_power_of_two_changes_no_bit(data, power):
    edges, weights, n = data.draw(graphs())
    weights = np.ones(len(edges)) if weights is None else np.array(weights)
    added, plus, removed, n = data.draw(edits(sorted(oracle.weighted(edges.tolist())), n, True))
    found = []
    for shift in (0, power):
        graph = Graph.from_edges(edges, np.ldexp(weights, shift), n_nodes=n)
        tree = hint_se.build_tree(graph)
        found.append(tree.update(graph, added, removed, weights=np.ldexp(plus, shift)).tree)
    assert np.array_equal(found[0].parent, found[1].parent)
    assert np.array_equal(np.ldexp(found[0].volume, power), found[1].volume)
    assert np.array_equal(np.ldexp(found[0].cuts, power), found[1].cuts)
