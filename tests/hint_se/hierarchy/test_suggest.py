"""Which communities to read: those that are planted, and none where there are none to be told."""

import math

import networkx
import numpy as np
import pytest
from samples import TRIANGLES
from sklearn.metrics import adjusted_mutual_info_score

import hint_se
from hint_se import Graph
from hint_se.hierarchy.cuts import merge_heights
from hint_se.hierarchy.suggest import suggested


def planted(sizes, inside, across, seed=0):
    probabilities = [[inside if i == j else across for j in range(len(sizes))] for i in range(len(sizes))]
    return networkx.stochastic_block_model(sizes, probabilities, seed=seed)


@pytest.mark.parametrize(
    ("sizes", "height"), [([30] * 4, None), ([30] * 4, 2), ([20, 40, 80], None), ([25] * 10, None), ([25] * 10, 3)]
)
def test_planted_communities_are_suggested(sizes, height):
    graph = planted(sizes, 0.5, 0.02)
    tree = hint_se.build_tree(graph, height=height)
    found = tree.suggest_level()
    assert found.n_communities == len(sizes)
    assert adjusted_mutual_info_score(np.repeat(np.arange(len(sizes)), sizes), tree.labels()) > 0.99
    assert tree.labels().tolist() == tree.cut(len(sizes)).tolist()
    assert len(tree.communities()) == len(sizes)


def test_a_random_dense_graph_has_nothing_to_read():
    tree = hint_se.build_tree(networkx.gnp_random_graph(120, 0.5, seed=0))
    assert tree.suggest_level().n_communities == 1
    assert str(tree.suggest_level()) == "1 community: no cut saves bits in a two-level code"
    assert set(tree.labels().tolist()) == {0}


def test_what_nothing_links_is_never_one_community():
    star_and_two = Graph.from_edges([(0, 2), (4, 0)], n_nodes=5)
    tree = hint_se.build_tree(star_and_two)
    assert tree.labels().tolist() == [0, 1, 0, 2, 0]
    assert str(tree.suggest_level()).startswith("3 communities, the connected components: ")


@pytest.mark.parametrize("weight", [1.0, 1e-6])
def test_components_are_no_wider_a_gap_than_the_lightest_edge(weight):
    """Four components that fall apart into twelve: the twelve save most, and each pair of components is linked by nothing at all."""
    parts = [planted([40] * 3, 0.3, 0.002, seed) for seed in range(4)]
    edges = np.array(networkx.disjoint_union_all(parts).edges)
    graph = Graph.from_edges(edges, np.full(len(edges), weight), n_nodes=480)
    tree = hint_se.build_tree(graph)
    assert [networkx.is_connected(part) for part in parts] == [True] * 4
    found = tree.suggest_level()
    assert found.n_communities == 12
    assert adjusted_mutual_info_score(np.repeat(np.arange(12), 40), tree.labels()) > 0.99


def test_the_gap_below_components_is_counted_from_the_least_weight_between_children():
    edges = [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 5), (5, 3), (6, 7), (7, 8), (8, 6)]
    weights = np.array([1.0, 1.0, 1.0, 0.9, 1.0, 1.0, 1.0, 9.0, 9.0, 9.0])
    graph = Graph.from_edges(edges, weights)
    tree = hint_se.Tree.from_parent(graph, [9, 9, 9, 10, 10, 10, 12, 12, 12, 11, 11, 13, 13, -1])
    left, right = graph.degrees[:3].sum(), graph.degrees[3:6].sum()
    found = tree.suggest_level()
    assert found.n_communities == 2
    assert found.gap == pytest.approx((graph.volume / 0.9) ** 2 / 2 / (left * right / (graph.volume * 0.9)))


def code_length(graph, labels):
    """The two-level map equation in bits, summed over the modules (Rosvall and Bergstrom 2008, Eq. 4), for one module the entropy."""
    total = graph.volume
    start = np.repeat(np.arange(graph.n_nodes), np.diff(graph.indptr))
    visits = graph.degrees / total
    leave = (
        np.array(
            [graph.weights[(labels[start] == k) & (labels[graph.indices] != k)].sum() for k in range(labels.max() + 1)]
        )
        / total
    )
    within = np.array([visits[labels == k].sum() for k in range(labels.max() + 1)])

    def entropy(shares):
        shares = np.array([share for share in shares if share > 0])
        return float(-(shares / shares.sum() * np.log2(shares / shares.sum())).sum()) if shares.size else 0.0

    books = sum(
        (q + p) * entropy([q, *visits[labels == k]]) for k, (q, p) in enumerate(zip(leave, within, strict=True))
    )
    return leave.sum() * entropy(leave) + books


def test_the_rule_by_hand():
    """Every cut that divides nodes as a whole, its saving by the map equation and its gap, worked out anew."""
    graph = Graph.from_edges(list(networkx.les_miserables_graph().edges), relabel=True)
    tree = hint_se.build_tree(graph)
    heights = sorted(merge_heights(tree.parent, tree.volume, tree.cuts)[tree.n_leaves :], reverse=True)
    one = code_length(graph, np.zeros(77, int))
    saved = {n: max(0.0, one - code_length(graph, tree.cut(n))) for n in range(1, 77)}
    most = max(saved.values())

    def odds(height):
        return height / max(1 - height, 1e-9)

    # The tree is binary: the n-th cut has divided the n - 1 highest nodes.
    assert len(heights) == 76
    score = {n: (saved[n] / most) ** 3 * math.log(odds(heights[n - 2]) / odds(heights[n - 1])) for n in range(2, 77)}
    found = tree.suggest_level()
    assert found.n_communities == max(score, key=score.get)
    assert found.share == pytest.approx(saved[found.n_communities] / most)
    counts = [len(set(tree.labels(level).tolist())) for level in range(1, tree.height + 1)]
    assert found.level == 1 + int(np.argmin(np.abs(np.log(np.array(counts) / found.n_communities))))


def test_small_and_empty_trees():
    assert hint_se.build_tree(TRIANGLES).suggest_level().n_communities == 2
    for n in (1, 4):
        empty = hint_se.build_tree(Graph.from_edges(np.empty((0, 2), int), n_nodes=n))
        assert empty.labels().tolist() == list(range(n))
        assert empty.suggest_level() == suggested(empty.parent, empty.volume, empty.cuts)
    apart = hint_se.build_tree([(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3)], n_nodes=8)
    assert apart.suggest_level().n_communities in {2, 4}
