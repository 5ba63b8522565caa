"""Trees of partitions that others have found: every form of labels, one level or several."""

import igraph
import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import TRIANGLES

import hint_se
from hint_se import Graph, Tree, TreeError
from hint_se.hierarchy.cuts import number_by_appearance

NOVEL = networkx.les_miserables_graph()


def test_every_form_of_one_partition():
    sets = list(networkx.community.louvain_communities(NOVEL, seed=0))
    member = {name: number for number, names in enumerate(sets) for name in names}
    in_order = [member[name] for name in NOVEL]
    expected = number_by_appearance(np.array(in_order)).tolist()
    for form in (
        sets,
        [frozenset(part) for part in sets],
        [list(part) for part in sets],
        member,
        {name: f"group {number}" for name, number in member.items()},
        in_order,
        np.array(in_order),
        np.array([f"g{number}" for number in in_order]),
        tuple(in_order),
        iter(in_order),
    ):
        tree = Tree.from_labels(NOVEL, form)
        assert tree.labels(1).tolist() == expected
        assert tree.node_names == tuple(NOVEL)
        assert hint_se.structural_entropy(NOVEL, tree) == pytest.approx(tree.entropy)
    flat = Graph.from_networkx(NOVEL)
    parent = [77 + label for label in expected] + [77 + len(sets)] * len(sets) + [-1]
    assert Tree.from_labels(flat, sets).entropy == pytest.approx(hint_se.structural_entropy(flat, parent))


def test_partitions_of_igraph():
    graph = igraph.Graph.Famous("Zachary")
    found = graph.community_multilevel()
    assert (
        Tree.from_labels(graph, found).labels(1).tolist() == number_by_appearance(np.array(found.membership)).tolist()
    )


def test_several_levels():
    coarse, fine = [0, 0, 0, 0, 1, 1], [0, 0, 1, 1, 2, 3]
    paths = {0: (1, 1), 1: (1, 1), 2: (1, 2), 3: (1, 2), 4: (2, 1), 5: (2, 2)}
    for form in (
        [coarse, fine],
        np.array([coarse, fine]),
        [dict(enumerate(coarse)), dict(enumerate(fine))],
        [[{0, 1, 2, 3}, {4, 5}], [{0, 1}, {2, 3}, {4}, {5}]],
        [np.array(coarse), np.array(fine)],
        paths,
    ):
        tree = Tree.from_labels(TRIANGLES, form)
        assert tree.labels(1).tolist() == coarse
        assert tree.labels(2).tolist() == fine
        assert Tree(tree.parent, tree.volume, tree.cuts) == tree
    uneven = Tree.from_labels(TRIANGLES, {**paths, 5: (3,)})
    assert uneven.labels(1).tolist() == [0, 0, 0, 0, 1, 2]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 2)), min_size=2, max_size=12))
def test_levels_come_back(paths):
    n = len(paths)
    graph = Graph.from_edges([(i, i + 1) for i in range(n - 1)])
    levels = [[path[:depth] for path in paths] for depth in (1, 2, 3)]
    tree = Tree.from_labels(graph, dict(enumerate(paths)))
    for depth, labels in enumerate(levels, start=1):
        first = {label: place for place, label in reversed(list(enumerate(labels)))}
        assert (
            tree.labels(depth).tolist() == number_by_appearance(np.array([first[label] for label in labels])).tolist()
        )


def test_one_node_and_one_community():
    one = Tree.from_labels(Graph.from_edges(np.empty((0, 2), int), n_nodes=1), ["a"])
    assert (one.height, one.n_leaves) == (0, 1)
    assert Tree.from_labels(TRIANGLES, [7] * 6).labels(1).tolist() == [0] * 6
    assert Tree.from_labels(TRIANGLES, range(6)).height == 1
    assert Tree.from_labels(TRIANGLES, list("abcdef")).entropy == pytest.approx(
        hint_se.one_dimensional_entropy(TRIANGLES)
    )


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 1], "expected 6, one per node, got 2"),
        ("abcdef", "one per node, a mapping or sets of names, got str"),
        (None, "one per node, a mapping or sets of names, got NoneType"),
        ([{0, 1, 2}, {3, 4}], "expected every node, got none for 5"),
        ([{0, 1, 2}, {2, 3, 4, 5}], "share no node, got 2 in two"),
        ([{0, 1, 2}, {3, 4, 5, 9}], "expected nodes of the graph, got 9"),
        ({0: 1}, "expected every node, got none for 1 and 4 more"),
        (
            [[0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 2, 2]],
            "each dividing the one before, got a community of level 2 in several",
        ),
        (
            np.array([[0, 0, 0, 1, 1, 1], [0, 1, 1, 1, 2, 2]]),
            "each dividing the one before, got a community of level 2 in several",
        ),
        (np.zeros((6, 2)), r"expected an array \(levels, 6\), got shape \(6, 2\); transpose it: labels\.T"),
        (np.zeros((2, 5)), r"expected an array \(levels, 6\), got shape \(2, 5\)$"),
        (np.zeros((0, 6)), r"expected an array \(levels, 6\), got shape \(0, 6\)$"),
        (np.zeros((2, 2, 2)), r"got an array of shape \(2, 2, 2\)"),
        ([[], 1, 2, 3, 4, 5], "expected hashable values"),
        ([[[0, 1, 2], [3, 4, 5]]], "expected hashable values"),
    ],
)
def test_labels_that_are_none(labels, message):
    with pytest.raises(TreeError, match=message):
        Tree.from_labels(TRIANGLES, labels)


@pytest.mark.parametrize("names", [[0, 1, 2, 3, 4, 5], [3, 1, 0, 2, 5, 4]])
def test_one_list_of_all_nodes_is_one_community_or_labels_that_all_differ(names):
    """With two communities, lists do for sets; with one alone, nobody can tell."""
    tree = hint_se.build_tree(TRIANGLES)
    for form in ([names], (names,), iter([names])):
        with pytest.raises(
            TreeError, match=r"got one list of all nodes, .* \[set\(names\)\], .* without the list around"
        ):
            Tree.from_labels(TRIANGLES, form)
    with pytest.raises(TreeError, match="got one list of all nodes"):
        hint_se.compare(tree, [names])
    assert Tree.from_labels(TRIANGLES, [set(names)]).labels(1).tolist() == [0] * 6
    assert Tree.from_labels(TRIANGLES, names).labels(1).tolist() == [0, 1, 2, 3, 4, 5]
    assert Tree.from_labels(TRIANGLES, np.array([names])).labels(1).tolist() == [0, 1, 2, 3, 4, 5]


def test_one_list_that_can_only_be_labels_is_read_as_these():
    assert Tree.from_labels(TRIANGLES, [[0, 0, 0, 1, 1, 1]]).labels(1).tolist() == [0, 0, 0, 1, 1, 1]
    assert Tree.from_labels(TRIANGLES, [[{0, 1, 2}, {3, 4, 5}]]).labels(1).tolist() == [0, 0, 0, 1, 1, 1]
    named = [(f"node {a}", f"node {b}") for a, b in TRIANGLES]
    assert Tree.from_labels(named, [[0, 1, 2, 3, 4, 5]]).labels(1).tolist() == [0, 1, 2, 3, 4, 5]
    with pytest.raises(TreeError, match="got one list of all nodes"):
        Tree.from_labels(named, [[f"node {a}" for a in range(6)]])
    alone = Graph.from_edges(np.empty((0, 2), int), n_nodes=1)
    assert Tree.from_labels(alone, [[0]]).n_leaves == 1
