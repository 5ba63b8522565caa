"""What holds for every graph, however it is brought: hypothesis draws them."""

import copy
import math
import pickle
import warnings

import networkx
import numpy as np
import oracle
import pytest
import scipy.sparse
from drawn import ALGORITHMS, HEIGHTS, graph_from, graphs
from hypothesis import given, settings
from hypothesis import strategies as st

import hint_se
from hint_se import Graph

READ_ONLY = ("indptr", "indices", "weights")


@given(graphs(), st.sampled_from(["i1", "u1", "<i2", ">i2", "<u4", ">i4", "<i8", ">i8", "<u8"]), st.booleans())
def test_dtype_byte_order_and_layout_of_the_ids_change_nothing(drawn, dtype, fortran):
    edges, weights, n = drawn
    brought = np.array(edges, dtype=dtype, order="F" if fortran else "C")
    assert Graph.from_edges(brought, weights, n_nodes=n) == graph_from(drawn)


@given(graphs(), st.integers(1, 4), st.booleans())
def test_strides_change_nothing(drawn, step, backwards):
    edges, weights, n = drawn
    wide = np.full((step * len(edges), 5), -7, dtype=np.int64)
    wide[::step, 1:4:2] = edges
    view = wide[::step, 1:4:2]
    if backwards:
        view, weights = view[::-1], None if weights is None else weights[::-1]
    assert Graph.from_edges(view, weights, n_nodes=n) == graph_from(drawn)


@given(graphs())
def test_rows_go_out_and_come_back(drawn):
    graph = graph_from(drawn)
    assert Graph.from_csr(graph.indptr, graph.indices, graph.weights) == graph
    assert Graph(graph.indptr, graph.indices, graph.weights) == graph


@given(graphs(), st.sampled_from(["csr", "csc", "coo", "lil", "dok"]))
def test_scipy_goes_out_and_comes_back(drawn, form):
    graph = graph_from(drawn)
    matrix = scipy.sparse.csr_array((graph.weights, graph.indices, graph.indptr), (graph.n_nodes, graph.n_nodes))
    assert Graph.from_scipy(matrix.asformat(form)) == graph


@given(graphs(), st.randoms(use_true_random=False))
def test_networkx_goes_out_and_comes_back(drawn, random):
    graph = graph_from(drawn)
    rows = np.repeat(np.arange(graph.n_nodes), np.diff(graph.indptr)).tolist()
    links = list(zip(rows, graph.indices.tolist(), graph.weights.tolist(), strict=True))
    random.shuffle(links)
    other = networkx.Graph()
    other.add_nodes_from(range(graph.n_nodes))
    other.add_weighted_edges_from(links)
    assert Graph.from_networkx(other) == graph


@given(graphs(), st.sampled_from(["pickle", "copy", "deepcopy"]))
def test_copies_are_equal_and_read_only(drawn, how):
    graph = graph_from(drawn)
    again = pickle.loads(pickle.dumps(graph)) if how == "pickle" else getattr(copy, how)(graph)
    assert again == graph
    assert not any(getattr(again, name).flags.writeable for name in READ_ONLY)


@given(graphs(), st.lists(st.integers(0, 11), max_size=5))
def test_loops_are_counted_and_change_nothing(drawn, loops):
    edges, weights, n = drawn
    loops = [v for v in loops if v < n]
    longer = np.concatenate([edges, [[v, v] for v in loops]]) if loops else edges
    heavier = None if weights is None else [*weights, *[3.0] * len(loops)]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert Graph.from_edges(longer, heavier, n_nodes=n) == graph_from(drawn)
    assert [str(item.message).split(":")[0] for item in caught] == (
        [f"dropped {len(loops)} self-loop{'s' if len(loops) > 1 else ''}"] if loops else []
    )


@given(graphs(), st.randoms(use_true_random=False))
def test_the_order_of_weighted_repeats_changes_no_bit(drawn, random):
    edges, weights, n = drawn
    weights = np.linspace(0.1, 0.7, len(edges)) if weights is None else np.array(weights)
    twice, heavier = np.concatenate([edges, edges[:, ::-1]]), np.concatenate([weights, weights / 3])
    order = np.array(random.sample(range(len(twice)), len(twice)))
    flip = np.array([random.random() < 0.5 for _ in order])
    shuffled = twice[order]
    shuffled[flip] = shuffled[flip][:, ::-1]
    assert Graph.from_edges(shuffled, heavier[order], n_nodes=n) == Graph.from_edges(twice, heavier, n_nodes=n)


@given(graphs())
def test_degrees_add_up(drawn):
    graph, expected = graph_from(drawn), oracle.weighted(drawn[0].tolist(), drawn[1])
    assert graph.degrees == pytest.approx([oracle.degree(expected, v) for v in range(graph.n_nodes)], rel=1e-12)
    assert graph.volume == pytest.approx(2 * sum(expected.values()), rel=1e-12)
    assert graph.n_edges == len(expected)


@given(graphs())
def test_names_change_nothing_but_the_order_of_the_nodes(drawn):
    """A list of pairs of strings numbers its nodes by first appearance."""
    edges, weights, _ = drawn
    seen = list(dict.fromkeys(edges.ravel().tolist()))
    named = Graph.from_edges([(f"n{u}", f"n{v}") for u, v in edges.tolist()], weights)
    ids = np.array([[seen.index(u), seen.index(v)] for u, v in edges.tolist()])
    assert named.node_names == tuple(f"n{v}" for v in seen)
    assert Graph.from_csr(named.indptr, named.indices, named.weights) == Graph.from_edges(ids, weights)


@given(graphs(), HEIGHTS, ALGORITHMS)
def test_every_way_of_bringing_weights_builds_one_tree(drawn, height, algorithm):
    edges, weights, n = drawn
    options = {"height": height, "algorithm": algorithm}
    tree = hint_se.build_tree(graph_from(drawn), **options)
    assert hint_se.build_tree(edges, weights, n_nodes=n, **options) == tree
    assert hint_se.build_tree((edges, weights), n_nodes=n, **options) == tree
    if weights is None:
        ones = np.unique(np.sort(edges, axis=1), axis=0)
        assert hint_se.build_tree(ones, np.ones(len(ones)), n_nodes=n, **options) == tree


@given(graphs())
def test_one_dimensional_entropy_is_that_of_the_degrees(drawn):
    graph = graph_from(drawn)
    expected = oracle.one_dimensional(oracle.weighted(drawn[0].tolist(), drawn[1]), graph.n_nodes)
    found = hint_se.one_dimensional_entropy(graph)
    assert found == pytest.approx(expected, abs=1e-9)
    assert -1e-12 <= found <= math.log2(graph.n_nodes) + 1e-12


@given(st.integers(3, 40), st.data())
def test_a_regular_graph_has_the_greatest_one_dimensional_entropy(n, data):
    steps = data.draw(st.sets(st.integers(1, (n - 1) // 2), min_size=1))
    edges = [(v, (v + step) % n) for v in range(n) for step in steps]
    assert hint_se.one_dimensional_entropy(edges) == pytest.approx(math.log2(n), abs=1e-12)


@given(graphs(), st.integers(0, 3))
def test_names_go_through_the_builder(drawn, kind):
    names = [(f"n{v}", v, ("x", v), v - 100)[kind] for v in range(drawn[2])]
    graph = graph_from(drawn, node_names=names)
    tree = hint_se.build_tree(graph)
    assert tree.node_names == graph.node_names == tuple(names)
    assert np.array_equal(tree.parent, hint_se.build_tree(graph_from(drawn)).parent)


@settings(max_examples=30)
@given(graphs(), st.integers(-320, 300))
def test_weights_of_any_size_give_a_finite_entropy(drawn, power):
    """From 10^-320, where a double has three bits left, to 10^300."""
    edges, weights, n = drawn
    weights = np.ones(len(edges)) if weights is None else np.array(weights)
    weights[0] = float(f"1e{power}")
    graph = Graph.from_edges(edges, weights, n_nodes=n)
    for effort in ("fast", "default"):
        tree = hint_se.build_tree(graph, effort=effort)
        assert hint_se.Tree(tree.parent, tree.volume, tree.cuts) == tree
        assert tree.entropy == pytest.approx(hint_se.structural_entropy(graph, tree), abs=1e-9)
        assert tree.entropy <= hint_se.one_dimensional_entropy(graph) + 1e-9
