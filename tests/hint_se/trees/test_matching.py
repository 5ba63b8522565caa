"""`match`: ids of communities that stay while the graph changes."""

import time

import igraph
import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hint_se
from hint_se import match
from hint_se.errors import TreeError

LABELS = st.lists(st.integers(0, 5), min_size=1, max_size=30)


@given(LABELS, st.permutations(range(6)))
def test_a_partition_under_other_numbers_has_its_ids(labels, names):
    found = match(labels, [names[label] for label in labels])
    assert found.labels.tolist() == labels
    assert (found.split, found.merged, found.new, found.gone) == ({}, {}, (), ())
    assert found.kept == tuple(sorted(set(labels)))


@given(LABELS, LABELS)
def test_communities_stay_together_and_ids_differ(before, after):
    found = match(before, after)
    assert len(found.labels) == len(after)
    pairs = set(zip(found.labels.tolist(), after, strict=True))
    assert len(pairs) == len(set(after)) == len({name for name, _ in pairs})
    assert set(found.kept) == set(before) & set(found.labels.tolist())
    assert set(found.new) == set(found.labels.tolist()) - set(before)
    assert set(found.gone) == set(before) - set(found.labels.tolist())
    assert found.next_id > max([*before, *found.labels.tolist()]) - (not found.new)
    # Nobody without a partner shares more with a community than its partner does.
    both = list(zip(before, found.labels.tolist(), strict=False))
    for was, now in set(both):
        if now in found.new:
            assert both.count((was, was)) >= both.count((was, now))


def test_what_split_merged_came_and_went():
    before = [0] * 6 + [1] * 4 + [2] * 4 + [3] * 2
    after = [9] * 3 + [8] * 2 + [7] + [5] * 8 + [5] * 0 + [7, 7] + [6, 6]
    found = match(before, after)
    assert found.labels.tolist() == [0] * 3 + [4] * 2 + [3] + [1] * 8 + [3] * 2 + [5] * 2
    assert found.split == {0: (0, 4)}
    assert found.merged == {1: (1, 2)}
    assert (found.kept, found.new, found.gone) == ((0, 1, 3), (4, 5), (2,))
    assert repr(found) == "Matching(3 kept, 1 split, 1 merged, 2 new, 1 gone)"


def test_ids_are_never_used_again():
    first = match([0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 1, 1])
    second = match(first, [0, 0, 1, 1, 2, 2, 3])
    assert first.gone == (2,)
    assert second.labels.tolist() == [0, 0, 1, 1, 3, 3, 4]
    assert match([0, 0, 1, 1], [0, 0, 1, 1]).next_id == 2


def test_nodes_meet_by_name():
    found = match({"a": 4, "b": 4, "c": 9, "d": 9}, [{"d", "c", "new"}, {"b"}])
    assert dict(zip(found.node_names, found.labels.tolist(), strict=True)) == {"c": 9, "d": 9, "new": 9, "b": 4}


def test_blocks_keep_their_ids_through_an_update_and_a_rebuild():
    graph = hint_se.Graph.from_edges(np.array(networkx.planted_partition_graph(5, 20, 0.6, 0.01, seed=2).edges))
    tree = hint_se.build_tree(graph, height=2)
    assert tree.labels(1).tolist() == [node // 20 for node in range(100)]
    changed, graph = tree.update(graph, [(100, 80), (100, 81), (100, 82)], [tuple(graph_edge(graph))], height=2)
    assert match(tree, changed, level=1).labels.tolist() == [*tree.labels(1).tolist(), 4]
    order = np.random.default_rng(0).permutation(101)
    renumbered = hint_se.build_tree(np.stack([order[ends(graph)], order[graph.indices]], axis=1), height=2)
    names = dict(zip(order.tolist(), range(101), strict=True))
    found = match(
        dict(enumerate(changed.labels(1).tolist())),
        {names[node]: label for node, label in enumerate(renumbered.labels(1).tolist())},
    )
    assert [found.labels[list(found.node_names).index(node)] for node in range(101)] == changed.labels(1).tolist()


def ends(graph):
    return np.repeat(np.arange(graph.n_nodes), np.diff(graph.indptr))


def graph_edge(graph):
    """An edge between two blocks."""
    start, end = ends(graph), graph.indices
    return next((u, v) for u, v in zip(start.tolist(), end.tolist(), strict=True) if u // 20 != v // 20)


def test_large_ids_stay_themselves_or_are_refused():
    assert match([2**62, 2**62, 5], [0, 1, 2]).labels.tolist() == [2**62, 2**62 + 1, 5]
    for large in (2**63 - 1, 2**63, 2**70):
        with pytest.raises(TreeError, match="ids up to 2\\^62"):
            match([large, large, 5], [0, 1, 2])
        assert match([4, 4, 5], [large, large, 0]).labels.tolist() == [4, 4, 5]
    assert match([True, True, False], [0, 0, 1]).labels.tolist() == [0, 0, 1]  # labels, as in an array


def test_a_clustering_of_igraph_is_a_partition():
    graph = igraph.Graph.Full(6)
    found = match(
        igraph.VertexClustering(graph, [4, 4, 4, 2, 2, 2]), igraph.VertexClustering(graph, [0, 0, 1, 1, 1, 1])
    )
    assert found.labels.tolist() == [4, 4, 2, 2, 2, 2]


def test_many_splits_take_no_longer_than_many_communities():
    """A pass over all communities for each split took sixty times as long for eight times the nodes."""
    seconds = {}
    for n in (25_000, 200_000):
        began = time.process_time()
        found = match(np.arange(n) // 2, np.arange(n))
        seconds[n] = time.process_time() - began
        assert len(found.split) == n // 2
        assert found.split[7] == (7, n // 2 + 7)
    assert seconds[200_000] < 25 * seconds[25_000]


def test_what_is_refused():
    for no_partition in (None, 5, np.array(3), iter([0, 0, 1])):
        with pytest.raises(TreeError, match="labels: expected one per node"):
            match(no_partition, [0, 0, 1])
    with pytest.raises(ValueError, match="level"):
        match([0, 0], [0, 0], level=0)
    with pytest.raises(TreeError, match="names of nodes on both sides or on none"):
        match([0, 0, 1], {"a": 0, "b": 1})
    with pytest.raises(TreeError, match="labels: expected"):
        match("abc", [0, 1, 2])
    with pytest.raises(ValueError, match="level"):
        match(hint_se.build_tree([(0, 1), (1, 2)]), [0, 0, 0], level=0)
    assert match(["x", "y"], np.array([1, 0])).labels.tolist() == [0, 1]
