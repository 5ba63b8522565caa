"""Trees as SciPy's linkage matrices: valid, monotone, with the merge heights that sets give."""

import time
import warnings

import networkx
import numpy as np
import oracle
import pytest
from drawn import EXAMPLES, nested_trees
from hypothesis import given
from hypothesis import strategies as st
from known import APART, EDGES, PARENT
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

import hint_se
from hint_se import InputWarning, Tree, TreeError


def partition(labels):
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in set(np.asarray(labels).tolist())}


def refines(finer, coarser):
    return all(any(part <= whole for whole in coarser) for part in finer)


def height_by_sets(graph, nested, n_nodes):
    """Return the merge height of every group of leaves: expected over expected and found weight between the parts."""
    total = oracle.volume(graph, range(n_nodes))
    found = {}

    def visit(node):
        members = frozenset(oracle.leaf_set(node))
        if not isinstance(node, list):
            return 0.0
        lowest = max(visit(child) for child in node)
        parts = [oracle.leaf_set(child) for child in node]
        if len(parts) == 1:
            return lowest
        between = sum(
            2 * weight for (u, v), weight in graph.items() if {u, v} <= members and not any({u, v} <= p for p in parts)
        )
        by_chance = (
            sum(
                oracle.volume(graph, one) * oracle.volume(graph, two) / total
                for one in parts
                for two in parts
                if one is not two
            )
            if total
            else 0.0
        )
        own = by_chance / (by_chance + between) if between > 0 else 1.0
        found[members] = max(own, lowest)
        return found[members]

    visit(nested)
    return found


def test_linkage_by_hand():
    linkage = Tree.from_parent(EDGES, PARENT).to_linkage()
    # Triangle of degrees 2, 2, 3 in a volume of 14: 32 / 14 by chance, 2 x 3 found. Halves: 2 x 49 / 14 against 2.
    triangle, whole = (32 / 14) / (32 / 14 + 6), 7 / 9
    assert linkage[:, 2].tolist() == pytest.approx([triangle] * 4 + [whole])
    assert linkage[:, :2].tolist() == [[0, 1], [2, 6], [3, 4], [5, 8], [7, 9]]
    assert linkage[:, 3].tolist() == [2, 3, 2, 3, 6]
    level = Tree.from_parent(EDGES, PARENT).to_linkage("level")
    assert level[:, 2].tolist() == [1, 1, 1, 1, 2]


@EXAMPLES
@given(nested_trees())
def test_linkages_are_valid_monotone_and_finite(drawn):
    _, _, tree = drawn
    for heights in ("merge", "level"):
        linkage = tree.to_linkage(heights)
        assert linkage.shape == (tree.n_leaves - 1, 4)
        assert hierarchy.is_valid_linkage(linkage, throw=True)
        assert hierarchy.is_monotonic(linkage)
        assert np.isfinite(linkage).all()
    assert (tree.to_linkage()[:, 2] <= 1).all()


@EXAMPLES
@given(nested_trees())
def test_cutting_a_level_linkage_gives_the_levels(drawn):
    _, _, tree = drawn
    linkage = tree.to_linkage("level")
    for level in range(1, tree.height + 1):
        flat = hierarchy.fcluster(linkage, tree.height - level, "distance")
        assert partition(flat) == partition(tree.labels(level))


@EXAMPLES
@given(nested_trees())
def test_merge_heights_agree_with_sets(drawn):
    graph, nested, tree = drawn
    expected = height_by_sets(graph, nested, tree.n_leaves)
    square = squareform(hierarchy.cophenet(tree.to_linkage()))
    for u in range(tree.n_leaves):
        for v in range(u):
            smallest = min((members for members in expected if {u, v} <= members), key=len)
            assert square[u, v] == pytest.approx(expected[smallest], abs=1e-9)


@EXAMPLES
@given(nested_trees(), st.data())
def test_cuts_are_those_of_the_linkage_as_far_as_heights_differ(drawn, data):
    _, _, tree = drawn
    n = data.draw(st.integers(1, tree.n_leaves))
    flat = partition(hierarchy.fcluster(tree.to_linkage(), n, "maxclust"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InputWarning)
        own = partition(tree.cut(n))
    assert len(flat) <= n
    assert refines(own, flat)
    heights = networkx.get_node_attributes(tree.to_networkx(), "merge_height")
    if (
        len(flat) == n
        and len({heights[v] for v in range(tree.n_leaves, tree.root + 1)}) == tree.root + 1 - tree.n_leaves
    ):
        assert own == flat


def test_many_children_make_a_shallow_linkage_that_scipy_can_draw():
    n = 5000
    flat = Tree.from_parent(hint_se.Graph.from_edges([(0, 1)], n_nodes=n), [n] * n + [-1])
    linkage = flat.to_linkage()
    assert hierarchy.is_valid_linkage(linkage)
    assert (linkage[:, 2] == linkage[0, 2]).all()
    drawn = hierarchy.dendrogram(linkage, no_plot=True)
    assert sorted(drawn["leaves"]) == list(range(n))


def test_disconnected_graphs_have_finite_heights():
    linkage = APART.to_linkage()
    assert hierarchy.is_valid_linkage(linkage)
    assert hierarchy.is_monotonic(linkage)
    assert linkage[-1, 2] == 1.0
    assert partition(hierarchy.fcluster(linkage, 0.99, "distance")) == {
        frozenset(part) for part in ([0, 1], [2, 3, 4], [5], [6])
    }
    without_edges = Tree.from_parent(hint_se.Graph.from_edges(np.empty((0, 2), int), n_nodes=3), [3, 3, 3, -1])
    assert without_edges.to_linkage()[:, 2].tolist() == [1.0, 1.0]


def test_scaling_the_weights_leaves_heights_as_they_are():
    weights = np.random.default_rng(0).uniform(0.1, 3.0, len(EDGES))
    one, two = (Tree.from_parent((np.array(EDGES), weights * 2.0**k), PARENT) for k in (0, -300))
    assert np.array_equal(one.to_linkage(), two.to_linkage())
    assert one.to_newick() == two.to_newick()


def test_a_single_leaf():
    one = hint_se.build_tree(hint_se.Graph.from_edges(np.empty((0, 2), int), n_nodes=1))
    with pytest.raises(TreeError, match="to_linkage: expected at least 2 leaves"):
        one.to_linkage()
    assert one.to_newick() == "0;"
    assert one.to_networkx().number_of_nodes() == 1
    assert networkx.parse_graphml(one.to_graphml()).number_of_nodes() == 1


@pytest.mark.parametrize("heights", ["levels", "", None, 1])
def test_bad_heights(heights):
    with pytest.raises(ValueError, match="heights: expected one of 'merge', 'level', got"):
        APART.to_linkage(heights)


def test_a_linkage_of_fifty_thousand_leaves_takes_less_than_half_a_second():
    rng = np.random.default_rng(0)
    n, size = 50_000, 99_999
    parent = np.full(size, -1, dtype=np.int64)
    waiting = list(range(n))
    for node, (one, two) in enumerate(rng.integers(0, 2**62, (n - 1, 2)).tolist(), start=n):
        for pick in (one, two):
            place = pick % len(waiting)
            waiting[place], waiting[-1] = waiting[-1], waiting[place]
            parent[waiting.pop()] = node
        waiting.append(node)
    tree = Tree.from_parent(np.stack([np.arange(n - 1), np.arange(1, n)], axis=1), parent)
    seconds = []
    for _ in range(3):
        started = time.process_time()
        linkage = tree.to_linkage()
        seconds.append(time.process_time() - started)
    assert hierarchy.is_valid_linkage(linkage)
    assert min(seconds) < 0.5
