"""Values worked out by hand or by an independent script, with all the digits that were kept."""

import itertools
import math

import numpy as np
import oracle
import pytest

import hint_se


def clique(nodes):
    return list(itertools.combinations(nodes, 2))


TWO_K4 = clique(range(4)) + clique(range(4, 8))
BRIDGED_K4 = [*TWO_K4, (3, 4)]
RING_K5 = [edge for i in range(4) for edge in clique(range(5 * i, 5 * i + 5))] + [
    (4, 5),
    (9, 10),
    (14, 15),
    (19, 0),
]
K4S = [list(range(4)), list(range(4, 8))]
K5S = [list(range(5 * i, 5 * i + 5)) for i in range(4)]
MISPLACED = [(1, 2), (0, 3), (0, 4), (3, 4)]

GOLDEN = {
    "two K4, flat": (TWO_K4, list(range(8)), 3.0),
    "two K4, two levels": (TWO_K4, K4S, 2.0),
    "bridged K4, flat": (BRIDGED_K4, list(range(8)), 2.987773371488),
    "bridged K4, communities": (BRIDGED_K4, K4S, 2.064696448411),
    "ring of K5, flat": (RING_K5, list(range(20)), 4.313100666416),
    "ring of K5, communities": (RING_K5, K5S, 2.494918848234),
    "ring of K5, three levels": (RING_K5, [K5S[:2], K5S[2:]], 2.449464302779),
    "K4, balanced binary": (clique(range(4)), [[0, 1], [2, 3]], 5 / 3),
    "K4, caterpillar": (clique(range(4)), [[[0, 1], 2], 3], 1.694987500240),
    "misplaced node": (MISPLACED, [[0, 1, 2], 3, 4], 2.0),
    "misplaced node, moved up": (MISPLACED, [[1, 2], 0, 3, 4], 1.75),
    "misplaced node, regrouped": (MISPLACED, [[1, 2], [0, 3, 4]], 1.438721875541),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_entropy_of_a_known_tree(name):
    edges, tree, expected = GOLDEN[name]
    parent = oracle.parents(tree)
    assert hint_se.structural_entropy(edges, parent) == pytest.approx(expected, abs=1e-12)
    assert hint_se.Tree.from_parent(edges, parent).entropy == pytest.approx(expected, abs=1e-12)
    assert oracle.entropy(oracle.weighted(edges), tree) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("n", [2, 3, 7, 64])
def test_flat_clique_has_log2_n_bits(n):
    edges = clique(range(n))
    assert hint_se.structural_entropy(edges, [n] * n + [-1]) == pytest.approx(math.log2(n), abs=1e-12)
    assert hint_se.one_dimensional_entropy(edges) == pytest.approx(math.log2(n), abs=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 100, 1001])
def test_isolated_pairs_cost_exactly_one_bit(n):
    """No leakage between the pairs, for any number of them."""
    edges = np.arange(2 * n).reshape(-1, 2)
    paired = hint_se.Tree.from_parent(edges, [2 * n + i // 2 for i in range(2 * n)] + [3 * n] * n + [-1])
    assert hint_se.structural_entropy(edges, paired) == pytest.approx(1.0, abs=1e-12)
    assert paired.entropy == pytest.approx(1.0, abs=1e-14)
    assert hint_se.one_dimensional_entropy(edges) == pytest.approx(math.log2(2 * n), abs=1e-12)


def test_builder_pairs_isolated_pairs():
    tree = hint_se.build_tree(np.arange(200).reshape(-1, 2))
    assert tree.entropy == pytest.approx(1.0, abs=1e-12)
    assert np.array_equal(tree.labels(1), np.arange(200) // 2)


@pytest.mark.parametrize("algorithm", ["auto", "merge-compress"])
@pytest.mark.parametrize(
    ("edges", "height", "expected"),
    [
        (TWO_K4, 2, 2.0),
        (BRIDGED_K4, 2, 2.064696448411),
        (MISPLACED, 2, 1.438721875541),
        (RING_K5, 2, 2.494918848234),
    ],
)
def test_builder_reaches_the_known_partition(algorithm, edges, height, expected):
    tree = hint_se.build_tree(edges, height=height, algorithm=algorithm)
    assert tree.height <= height
    assert tree.entropy <= expected + 1e-9


def test_weights_enter_the_entropy():
    """A path of weights 3 and 1: degrees 3, 4, 1 of 8."""
    edges, weights = [(0, 1), (1, 2)], [3.0, 1.0]
    expected = -(3 / 8 * math.log2(3 / 8) + 1 / 2 * math.log2(1 / 2) + 1 / 8 * math.log2(1 / 8))
    assert hint_se.one_dimensional_entropy((edges, weights)) == pytest.approx(expected, abs=1e-14)
    assert hint_se.structural_entropy((edges, weights), [3, 3, 3, -1]) == pytest.approx(expected, abs=1e-14)


def test_marks_of_karate():
    """The unweighted karate club: 2.5779 is the best known of unlimited height, 3.352 of height 2."""
    networkx = pytest.importorskip("networkx")
    club = networkx.Graph(list(networkx.karate_club_graph().edges()))
    assert club.number_of_edges() == 78
    full, partition = hint_se.build_tree(club), hint_se.build_tree(club, height=2)
    assert 2.5778 <= full.entropy <= 2.75
    assert 3.3519 <= partition.entropy <= 3.5
