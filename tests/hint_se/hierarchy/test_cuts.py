"""Cuts of a tree into so many communities."""

import copy
import pickle

import networkx
import numpy as np
import pytest
from samples import TRIANGLES as EDGES
from sklearn.metrics import adjusted_mutual_info_score

import hint_se
from hint_se import Graph, Tree


def test_cut(tree):
    assert tree.cut(1).tolist() == [0] * 6
    assert tree.cut(2).tolist() == tree.labels(1).tolist()
    # Both triangles hang together equally well: the one of the larger id is divided first, and as a whole.
    assert [tree.cut(n).max() + 1 for n in range(1, 7)] == [1, 2, 2, 4, 4, 6]
    assert tree.cut(4).tolist() == [0, 0, 0, 1, 2, 3]
    assert tree.cut(2).dtype == np.int32
    with pytest.raises(ValueError, match="read-only"):
        tree.cut(2)[0] = 1


@pytest.mark.parametrize("n_communities", [0, -1, 7, 2**70, 2.0, "2", None, True, np.nan])
def test_bad_cut(tree, n_communities):
    with pytest.raises(ValueError, match="n_communities: expected an integer >= 1"):
        tree.cut(n_communities)


def test_the_cut_column_is_an_array_that_can_be_called(tree):
    for plain in (tree.cut[:3], tree.cut[0], 2 * tree.cut, tree.cut.sum(), np.sqrt(tree.cut)):
        assert type(plain) in (np.ndarray, np.float64)
    assert repr(tree.cut) == "array([2., 2., 3., 3., 2., 2., 1., 1., 0.])"
    with pytest.raises(TypeError, match=r"only tree\.cut itself can be called"):
        tree.cut.copy()(2)
    assert "communit" in Tree.cut.__doc__ + type(tree.cut).__doc__ + type(tree.cut).__call__.__doc__
    with pytest.raises(TypeError, match="required positional argument: 'cut'"):
        Tree(tree.parent, tree.volume)
    for again in (pickle.loads(pickle.dumps(tree)), copy.deepcopy(tree)):
        assert again == tree
        assert again.cut(2).tolist() == tree.cut(2).tolist()


def test_cuts_are_nested_and_at_most_as_many():
    tree = hint_se.build_tree(networkx.karate_club_graph(), height=3)
    before = tree.cut(1)
    for n in range(2, 35):
        now = tree.cut(n)
        assert before.max() < n
        assert now.max() < n
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
    assert tree.cut(3).tolist() == [0] * 13
    assert tree.cut(4).tolist() == [0] * 6 + [1] * 5 + [2, 3]
    alone = hint_se.build_tree(Graph.from_edges(np.empty((0, 2), int), n_nodes=1))
    assert alone.cut(1).tolist() == [0]
