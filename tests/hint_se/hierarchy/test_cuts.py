"""Cuts of a tree into so many communities."""

import copy
import itertools
import pickle
import warnings

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import TRIANGLES as EDGES
from sklearn.metrics import adjusted_mutual_info_score

import hint_se
from hint_se import Graph, InputWarning, Tree, TreeError


def test_cut(tree):
    assert tree.cut(1).tolist() == [0] * 6
    assert tree.cut(2).tolist() == tree.labels(1).tolist()
    # Both triangles hang together equally well: the one of the larger id is divided first. Its tightest pair stays.
    assert [tree.cut(n).max() + 1 for n in range(1, 7)] == [1, 2, 3, 4, 5, 6]
    assert tree.cut(3).tolist() == [0, 0, 0, 1, 2, 2]
    assert tree.cut(4).tolist() == [0, 0, 0, 1, 2, 3]
    assert tree.cut(2).dtype == np.int32
    with pytest.raises(ValueError, match="read-only"):
        tree.cut(2)[0] = 1


@pytest.mark.parametrize("n_communities", [0, -1, 7, 2**70, 2.0, "2", None, True, np.nan])
def test_bad_cut(tree, n_communities):
    with pytest.raises(ValueError, match="n_communities: expected an integer >= 1"):
        tree.cut(n_communities)


def test_the_column_has_its_old_name_too_with_a_warning(tree):
    for use in (
        lambda column: column[:3],
        lambda column: column[0],
        lambda column: 2 * column,
        lambda column: column.sum(),
        np.sqrt,
        np.asarray,
        len,
        list,
    ):
        with pytest.warns(DeprecationWarning, match=r"called tree\.cuts now"):
            old = use(tree.cut)
        assert type(old) is type(use(tree.cuts))
        assert np.array_equal(old, use(tree.cuts))
    assert repr(tree.cut).startswith("<bound method TreeCuts.cut of Tree(n_leaves=6")
    assert Tree.cut.__doc__ == tree.cut.__doc__
    with pytest.raises(TypeError, match="required positional argument: 'cuts'"):
        Tree(tree.parent, tree.volume)
    for again in (pickle.loads(pickle.dumps(tree)), copy.deepcopy(tree)):
        assert again == tree
        assert again.cut(2).tolist() == tree.cut(2).tolist()


def test_cuts_are_nested_and_exactly_as_many():
    tree = hint_se.build_tree(networkx.karate_club_graph(), height=3)
    before = tree.cut(1)
    for n in range(2, 35):
        now = tree.cut(n)
        assert now.max() + 1 == n
        for label in range(now.max() + 1):
            assert len(set(before[now == label].tolist())) == 1
        before = now
    assert sorted(before.tolist()) == list(range(34))


def test_cuts_part_small_loose_communities_before_they_divide_a_large_tight_one():
    """Heights of volume alone come to an AMI of 0.46 here."""
    rng = np.random.default_rng(0)
    sizes = np.array([1000, 100, 100, 100, 100])
    planted, first = np.repeat(np.arange(5), sizes), np.cumsum(sizes) - sizes
    inside = rng.integers(0, 1400, 8400)
    beside = first[planted[inside]] + (rng.random(8400) * sizes[planted[inside]]).astype(int)
    edges = np.concatenate([np.stack([inside, beside], axis=1), rng.integers(0, 1400, (2100, 2))])
    tree = hint_se.build_tree(edges[edges[:, 0] != edges[:, 1]], n_nodes=1400)
    assert adjusted_mutual_info_score(planted, tree.cut(5)) > 0.95


def test_components_part_before_anything_else():
    edges = [*EDGES, (6, 7), (7, 8), (8, 6), (8, 9), (9, 10), (10, 8)]
    tree = hint_se.build_tree(edges, n_nodes=13)
    with pytest.warns(InputWarning, match="no cut into 2 communities, the nearest has 1; parts that nothing links"):
        assert tree.cut(2).tolist() == [0] * 13
    with pytest.warns(InputWarning, match="no cut into 3 communities, the nearest has 4; parts that nothing links"):
        assert tree.cut(3).tolist() == tree.cut(4).tolist()
    assert tree.cut(4).tolist() == [0] * 6 + [1] * 5 + [2, 3]
    alone = hint_se.build_tree(Graph.from_edges(np.empty((0, 2), int), n_nodes=1))
    assert alone.cut(1).tolist() == [0]


def test_of_a_graph_in_parts_the_nearest_cut_comes():
    """By hand: one edge and four nodes alone have cuts into 1, 5 and 6; two edges and two alone into 1, 4, 5 and 6."""
    for edges, nearest in (([(1, 2)], [1, 1, 1, 5, 5, 6]), ([(1, 2), (3, 4)], [1, 1, 4, 4, 5, 6])):
        tree = hint_se.build_tree(Graph.from_edges(edges, n_nodes=6), height=2)
        for wanted, found in enumerate(nearest, start=1):
            if wanted == found:
                labels = tree.cut(wanted)
            else:
                with pytest.warns(InputWarning, match=f"no cut into {wanted} communities, the nearest has {found}"):
                    labels = tree.cut(wanted)
            assert labels.max() + 1 == found


@settings(deadline=None, max_examples=60)
@given(
    st.integers(4, 40).flatmap(
        lambda n: st.tuples(
            st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=3 * n // 2)
        )
    ),
    st.sampled_from([2, 3, None]),
    st.booleans(),
)
def test_cuts_are_one_nested_chain_and_the_nearest_comes(sized, height, lost):
    n, edges = sized
    graph = networkx.Graph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from((a, b) for a, b in edges if a != b)
    tree = hint_se.build_tree(graph, height=height)
    if lost:
        tree = Tree(tree.parent, tree.volume, tree.cuts)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InputWarning)
        cuts = [tree.cut(wanted) for wanted in range(1, n + 1)]
    counts = [int(labels.max()) + 1 for labels in cuts]
    assert counts == sorted(counts)
    assert counts == [min(counts, key=lambda count: (abs(count - wanted), count)) for wanted in range(1, n + 1)]
    if networkx.is_connected(graph) and not lost:
        assert counts == list(range(1, n + 1))
    for coarse, fine in itertools.pairwise(cuts):
        assert len(set(zip(coarse.tolist(), fine.tolist(), strict=True))) == fine.max() + 1
    # The suggested cut is one of the chain.
    assert tree.labels().max() + 1 == tree.suggest_level().n_communities == counts[tree.labels().max()]


@pytest.mark.parametrize("height", [1, 2, 3, None])
def test_every_number_of_communities_is_met_where_the_graph_is_connected(height):
    """A tree of height 2 has 13 communities under its root."""
    novel = networkx.les_miserables_graph()
    tree = hint_se.build_tree(novel, height=height)
    assert [tree.cut(n).max() + 1 for n in range(1, 78)] == list(range(1, 78))


def test_groups_of_siblings_are_those_of_least_entropy():
    """Four triangles in two pairs under one root: by exhaustion, what two groups would save as nodes above them."""
    triangles = [(3 * k + a, 3 * k + b) for k in range(4) for a, b in ((0, 1), (1, 2), (2, 0))]
    graph = Graph.from_edges([*triangles, (0, 3), (1, 4), (6, 9), (7, 10), (2, 6)])
    tree = Tree.from_parent(graph, [12] * 3 + [13] * 3 + [14] * 3 + [15] * 3 + [16] * 4 + [-1])
    entropies = {}
    for code in range(1, 8):
        sides = [code >> k & 1 for k in range(4)]
        above = [16 + side for side in sides]
        parent = [12] * 3 + [13] * 3 + [14] * 3 + [15] * 3 + above + [18, 18, -1]
        entropies[tuple(np.repeat(sides, 3))] = Tree.from_parent(graph, parent).entropy
    best = np.array(min(entropies, key=entropies.get))
    assert adjusted_mutual_info_score(best, tree.cut(2)) == pytest.approx(1.0)


def test_a_tree_that_has_lost_its_graph_takes_it_again(tmp_path):
    novel = networkx.les_miserables_graph()
    tree = hint_se.build_tree(novel, height=2)
    tree.save(tmp_path / "tree.npz")
    lost = Tree.load(tmp_path / "tree.npz")
    with pytest.warns(InputWarning, match=r"no cut into 4 communities, the nearest has 1; .* cut\(n, graph=graph\)"):
        assert lost.cut(4).tolist() == [0] * 77
    assert lost.cut(4, graph=novel).tolist() == tree.cut(4).tolist()
    with pytest.raises(TreeError, match="expected the graph, which min_size needs and this tree has lost"):
        lost.cut(4, min_size=3)
    assert lost.cut(9, min_size=3, graph=novel).tolist() == tree.cut(9, min_size=3).tolist()
    with pytest.raises(TreeError, match="expected the one that the tree was built on"):
        lost.cut(4, graph=networkx.relabel_nodes(novel, {"Valjean": "Javert", "Javert": "Valjean"}))


def two_level_entropy(graph, labels):
    communities = np.unique(labels)
    parent = [graph.n_nodes + int(np.flatnonzero(communities == label)[0]) for label in labels]
    root = graph.n_nodes + communities.size
    return hint_se.structural_entropy(graph, [*parent, *[root] * communities.size, -1])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("loops", ["drop", "keep"])
def test_small_communities_join_where_the_entropy_rises_least(seed, loops, random_graph):
    """Against all ways to join the smallest one, each evaluated anew."""
    edges, weights = random_graph(seed, 40, 90)
    if loops == "keep":
        edges = np.concatenate([edges, np.repeat(np.arange(0, 40, 3), 2).reshape(-1, 2)])
        weights = np.concatenate([weights, np.linspace(1, 9, 14)])
    graph = Graph.from_edges(edges, weights, n_nodes=40, self_loops=loops)
    tree = hint_se.build_tree(graph)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InputWarning)
        labels = tree.cut(12)
        found = tree.cut(12, min_size=4)
    dense = np.zeros((40, 40))
    dense[np.repeat(np.arange(40), np.diff(graph.indptr)), graph.indices] = graph.weights
    now = labels.copy()
    while True:
        small = [
            (np.sum(now == label), label)
            for label in set(now.tolist())
            if np.sum(now == label) < 4 and dense[now == label][:, now != label].any()
        ]
        if not small:
            break
        label = min(small)[1]
        linked = {other for other in set(now.tolist()) - {label} if dense[now == label][:, now == other].any()}
        into = min(linked, key=lambda other: two_level_entropy(graph, np.where(now == label, other, now)))
        now = np.where(now == label, into, now)
    assert adjusted_mutual_info_score(now, found) == pytest.approx(1.0)


@pytest.mark.parametrize("min_size", [0, -1, 2.0, "2", None, True])
def test_bad_min_size(tree, min_size):
    with pytest.raises(ValueError, match="min_size: expected an integer >= 1"):
        tree.cut(2, min_size=min_size)
