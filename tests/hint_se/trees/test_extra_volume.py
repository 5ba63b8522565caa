"""Graphs whose nodes have more volume than the edges seen: of loops, of weight that leaves the graph. Everything against the oracle."""

import networkx
import numpy as np
import oracle
import pytest
from drawn import ancestors, graphs, trees
from hypothesis import given
from hypothesis import strategies as st

import hint_se
from hint_se import Graph, GraphError, Tree, build_tree

EFFORTS = st.sampled_from(["fast", "default", "best"])
LIMITS = st.sampled_from([None, 1, 2, 3, 4, 6])


@st.composite
def surrounded(draw, max_nodes=10):
    """Return (graph, the weights that the oracle takes): any graph, with any volume beyond its edges, far more of it and none."""
    edges, weights, n = draw(graphs(max_nodes, min_edges=0))
    extra = draw(st.lists(st.just(0.0) | st.floats(1e-3, 1e3) | st.floats(1e6, 1e9), min_size=n, max_size=n))
    plain = Graph.from_edges(edges, weights, n_nodes=n)
    known = oracle.weighted(edges.tolist(), weights) | {
        (v, v): half for v, half in enumerate(np.array(extra) / 2) if half
    }
    return Graph(plain.indptr, plain.indices, plain.weights, extra_volume=np.array(extra)), known


def check(tree, graph, known):
    volumes, cuts, entropy = oracle.columns(known, tree.parent.tolist(), graph.n_nodes)
    total = max(volumes[-1], 1e-300)
    np.testing.assert_allclose(tree.volume, volumes, rtol=1e-12, atol=1e-12 * total)
    np.testing.assert_allclose(tree.cuts, cuts, rtol=1e-9, atol=1e-12 * total)
    for found in (tree.entropy, hint_se.structural_entropy(graph, tree), hint_se.entropy_terms(tree).sum()):
        assert found == pytest.approx(entropy, rel=1e-9, abs=1e-11)
    assert entropy <= oracle.one_dimensional(known, graph.n_nodes) + 1e-9
    assert Tree(tree.parent, tree.volume, tree.cuts) == tree


@given(surrounded(), LIMITS, EFFORTS)
def test_builds_at_every_effort_and_height(drawn, height, effort):
    graph, known = drawn
    tree = build_tree(graph, height=height, effort=effort)
    check(tree, graph, known)
    assert height is None or tree.height <= height
    assert tree == build_tree(graph, height=height, effort=effort, n_threads=3)


@given(surrounded(max_nodes=6))
def test_builds_come_near_the_best_of_all_trees(drawn):
    graph, known = drawn
    best = oracle.best_entropy(known, graph.n_nodes)
    tree = build_tree(graph, effort="best")
    assert best - 1e-9 <= tree.entropy <= 1.05 * best + 1e-9


@given(st.data(), LIMITS)
def test_updates_and_placements(data, height):
    graph, known = data.draw(surrounded())
    n = graph.n_nodes
    tree = build_tree(graph, height=height)
    node = st.integers(0, n + 1)
    pairs = data.draw(st.lists(st.tuples(node, node), max_size=4))
    weights = [data.draw(st.floats(0.01, 100.0)) for _ in pairs]
    after, grown = tree.update(graph, pairs, weights=weights, n_nodes=n + 2, height=height)
    for (u, v), weight in zip(pairs, weights, strict=True):
        key = (min(u, v), max(u, v))
        known[key] = known.get(key, 0.0) + weight
    check(after, grown, known)
    late = [(n + 2, data.draw(st.integers(0, n + 1))), (n + 3, n + 2), (n + 3, n + 3)]
    placed = after.place(late, [1.0, 2.0, 3.0], height=None if height is None else max(height, after.height))
    check(
        placed,
        placed.graph,
        known | {(*sorted(pair),): weight for pair, weight in zip(late, [1.0, 2.0, 3.0], strict=True)},
    )


@given(st.data(), st.sampled_from(["fast", "default", "best"]))
def test_refine_is_never_worse_and_exact(data, effort):
    graph, known = data.draw(surrounded())
    nested = data.draw(trees(graph.n_nodes))
    tree = Tree.from_parent(graph, oracle.parents(nested))
    refined = tree.refine(data.draw(st.integers(0, tree.root)), effort=effort)
    check(refined, graph, known)
    assert refined.entropy <= tree.entropy + 1e-12


@given(surrounded())
def test_what_the_tree_says_and_becomes(drawn):
    """Summary, suggestion, null model, cuts, labels, exports and page: of these volumes, and of this entropy."""
    graph, known = drawn
    n = graph.n_nodes
    tree = build_tree(graph)
    flat = oracle.one_dimensional(known, n)
    summary = tree.summary()
    assert summary.one_dimensional_entropy == pytest.approx(flat, rel=1e-9, abs=1e-11)
    assert summary.entropy == tree.entropy
    # The saving of a two-level code, from the cut that is suggested: by the map equation, of sets.
    suggestion = tree.suggest_level()
    labels = tree.labels()
    assert labels.max() + 1 == suggestion.n_communities
    assert 0 <= suggestion.share <= 1
    null = tree.null(samples=3)
    total = oracle.volume(known, range(n))
    expected = 0.0 if flat == 0 else 1 - build_tree(graph, effort="fast", height=max(1, tree.height)).entropy / flat
    assert null.saved == pytest.approx(expected, abs=1e-9)
    assert all(-1e-9 <= saved <= 1 + 1e-9 for saved in null.samples)
    for count in range(1, n + 1):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("hint_se.trees.cutting.warn_user", lambda *_: None)
            assert tree.cut(count).size == n
    network = tree.to_networkx()
    for node in network:
        assert network.nodes[node]["volume"] == tree.volume[node]
        assert network.nodes[node]["cut"] == tree.cuts[node]
    assert tree.to_newick().count("(") == tree.parent.size - n
    linkage = tree.to_linkage()
    assert linkage.shape == (n - 1, 4)
    assert np.isfinite(linkage).all()
    # Log of volume ratios along any path add up to that of leaf and root.
    for leaf in range(n):
        path = ancestors(tree, leaf)
        assert all(tree.volume[low] <= tree.volume[up] * (1 + 1e-12) for low, up in zip(path, path[1:], strict=False))
    assert tree.volume[tree.root] == pytest.approx(total, rel=1e-12)


@given(surrounded(), st.integers(-40, 40))
def test_scaling_by_a_power_of_two_changes_no_bit(drawn, power):
    graph, _ = drawn
    scaled = Graph(
        graph.indptr, graph.indices, np.ldexp(graph.weights, power), extra_volume=np.ldexp(graph.extra_volume, power)
    )
    assert np.array_equal(build_tree(graph).parent, build_tree(scaled).parent)


def test_a_community_as_a_graph_of_its_own_has_the_bits_that_it_has_in_the_whole():
    """Edges inside, and the degrees in the whole: what is saved there is what the whole saves."""
    network = networkx.planted_partition_graph(6, 12, 0.6, 0.05, seed=2)
    graph = Graph.from_edges(np.array(network.edges), n_nodes=72)
    tree = build_tree(graph, height=2)
    for node in tree.children(tree.root):
        leaves = tree.leaves(node)
        if leaves.size < 3:
            continue
        inside = [edge for edge in network.edges if set(edge) <= set(leaves.tolist())]
        local = {leaf: place for place, leaf in enumerate(leaves.tolist())}
        part = Graph.from_edges([(local[u], local[v]) for u, v in inside], n_nodes=leaves.size)
        known = Graph(part.indptr, part.indices, part.weights, extra_volume=graph.degrees[leaves] - part.degrees)
        assert np.array_equal(known.degrees, graph.degrees[leaves])
        own = build_tree(known)
        flat = Tree.from_parent(known, [leaves.size] * leaves.size + [-1])
        refined = tree.refine(int(node))
        saved = (flat.entropy - own.entropy) * known.volume / graph.volume
        assert tree.entropy - refined.entropy == pytest.approx(saved, abs=1e-12)


def test_what_is_refused():
    plain = Graph.from_edges([(0, 1), (1, 2)])
    for bad in ([1.0, -1.0, 0.0], [np.nan, 0.0, 0.0], [np.inf, 0.0, 0.0], [1.0, 1.0], [1e308, 1e308, 0.0]):
        with pytest.raises(GraphError):
            Graph(plain.indptr, plain.indices, plain.weights, extra_volume=bad)


def test_the_page_and_the_file_hold_the_volumes(tmp_path):
    plain = Graph.from_edges([(0, 1), (1, 2), (2, 0), (2, 3)])
    graph = Graph(plain.indptr, plain.indices, plain.weights, extra_volume=[0.0, 5.0, 0.5, 100.0])
    tree = build_tree(graph)
    tree.save(tmp_path / "tree.npz")
    loaded = Tree.load(tmp_path / "tree.npz", graph=graph)
    assert loaded == tree
    assert loaded.graph is graph
    tree.report(tmp_path / "tree.html")
    assert (tmp_path / "tree.html").stat().st_size > 0
