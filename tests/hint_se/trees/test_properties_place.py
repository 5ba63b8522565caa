"""`Tree.place`: what holds for any tree, any new nodes and any edges of theirs."""

import networkx
import numpy as np
import oracle
import pytest
from drawn import graph_from, graphs, leaf_sets, trees_over_graphs, weights_of
from hypothesis import given
from hypothesis import strategies as st

import hint_se
from hint_se import Graph, Tree


@st.composite
def arrivals(draw, n, weighted):
    """Return (edges that each have a new node, their weights or None, nodes afterwards)."""
    more = n + draw(st.integers(1, 5))
    new, any_node = st.integers(n, more - 1), st.integers(0, more - 1)
    pairs = draw(st.lists(st.tuples(new, any_node).filter(lambda pair: pair[0] != pair[1]), max_size=12))
    weights = [draw(st.floats(0.01, 100.0)) for _ in pairs] if weighted else None
    return [pair if draw(st.booleans()) else pair[::-1] for pair in pairs], weights, more


def with_arrivals(graph, pairs, weights):
    """Return the weights of a graph and of what came to it, by the rules of the oracle."""
    result = weights_of(graph)
    for position, pair in enumerate(pairs):
        key = tuple(sorted(pair))
        result[key] = 1.0 if weights is None else result.get(key, 0.0) + weights[position]
    return result


def check(tree, weighed, n):
    """Assert every invariant, and volumes, cuts and entropy as the oracle has them."""
    assert Tree(tree.parent, tree.volume, tree.cuts) == tree
    volumes, cuts, entropy = oracle.columns(weighed, tree.parent.tolist(), n)
    total = 2 * sum(weighed.values())
    assert tree.volume == pytest.approx(volumes, rel=1e-9, abs=1e-9 * total)
    assert tree.cuts == pytest.approx(cuts, rel=1e-9, abs=1e-9 * total)
    assert tree.entropy == pytest.approx(entropy if total else 0.0, abs=1e-9)


@given(st.data(), st.sampled_from([None, 0, 1, 2, 3]))
def test_volumes_cuts_and_entropy_are_exact_and_the_old_nodes_stay(data, room):
    graph, tree, _ = data.draw(trees_over_graphs())
    n = graph.n_nodes
    pairs, weights, more = data.draw(arrivals(n, set(weights_of(graph).values()) != {1.0}))
    height = None if room is None else tree.height + room
    placed = tree.place(pairs, weights, n_nodes=more, height=height)
    weighed = with_arrivals(graph, pairs, weights)
    check(placed, weighed, more)
    assert leaf_sets(placed, n) >= leaf_sets(tree, n)
    assert height is None or placed.height <= height
    grown = Graph.from_edges(list(weighed), list(weighed.values()), n_nodes=more)
    assert hint_se.structural_entropy(grown, placed) == pytest.approx(placed.entropy, abs=1e-9)
    assert weights_of(placed.graph) == pytest.approx(weights_of(grown), rel=1e-12)
    assert placed.graph.n_nodes == more
    assert Tree(tree.parent, tree.volume, tree.cuts).place(pairs, weights, n_nodes=more, height=height) == placed


def places(nested, leaf):
    """Every tree with one more leaf: under a new node that joins it with a node, and as one more child of a node."""
    yield [nested, leaf]
    if not isinstance(nested, list):
        return
    yield [*nested, leaf]
    for position, child in enumerate(nested):
        for other in places(child, leaf):
            yield [*nested[:position], other, *nested[position + 1 :]]


@given(st.data(), st.sampled_from([None, 0, 1, 2, 3]))
def test_one_node_goes_to_the_best_of_all_places(data, room):
    graph, tree, nested = data.draw(trees_over_graphs(max_nodes=8))
    n = graph.n_nodes
    ends = data.draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=4, unique=True))
    weights = [data.draw(st.floats(0.01, 100.0)) for _ in ends]
    height = None if room is None else tree.height + room
    placed = tree.place([(n, end) for end in ends], weights, height=height)
    every = [Tree.from_parent(placed.graph, oracle.parents(other)) for other in places(nested, n)]
    if room in (0, 1) or np.sum(tree.parent == tree.root) > 2:  # the root stays the root
        every = [other for other in every if other.parent[n] != other.root or np.sum(other.parent == other.root) > 2]
    assert placed.entropy <= min(other.entropy for other in every if height is None or other.height <= height) + 1e-9


@given(st.data(), st.randoms(use_true_random=False))
def test_the_order_of_the_edges_changes_no_bit(data, random):
    graph = graph_from(data.draw(graphs()))
    tree = hint_se.build_tree(graph)
    pairs, weights, more = data.draw(arrivals(graph.n_nodes, True))
    order = random.sample(range(len(pairs)), len(pairs))
    shuffled = [pairs[k][::-1] for k in order]
    one = tree.place(pairs, weights, n_nodes=more)
    assert one == tree.place(shuffled, [weights[k] for k in order], n_nodes=more)


@given(st.data(), st.integers(-40, 40))
def test_scaling_by_a_power_of_two_changes_no_bit(data, power):
    edges, weights, n = data.draw(graphs())
    weights = np.ones(len(edges)) if weights is None else np.array(weights)
    pairs, plus, more = data.draw(arrivals(n, True))
    one, two = (
        hint_se.build_tree(Graph.from_edges(edges, np.ldexp(weights, shift), n_nodes=n)).place(
            pairs, np.ldexp(plus, shift), n_nodes=more
        )
        for shift in (0, power)
    )
    assert np.array_equal(one.parent, two.parent)
    assert np.array_equal(np.ldexp(one.volume, power), two.volume)
    assert np.array_equal(np.ldexp(one.cuts, power), two.cuts)


@given(st.data(), st.sampled_from([None, 2, 3]))
def test_components_of_new_nodes_hang_beside_the_others(data, height):
    graph = graph_from(data.draw(graphs()))
    tree = hint_se.build_tree(graph, height=height)
    pairs, weights, more = data.draw(arrivals(graph.n_nodes, True))
    placed = tree.place(pairs, weights, n_nodes=more, height=height)
    network = networkx.Graph(list(with_arrivals(graph, pairs, weights)))
    network.add_nodes_from(range(more))
    parts = list(networkx.connected_components(network))
    for node in range(more, placed.root):
        leaves = set(placed.leaves(node).tolist())
        assert any(leaves <= part for part in parts)
