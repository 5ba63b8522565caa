"""The tree as a value: its fields, its levels, its neighbours, and what it refuses to be."""

import numpy as np
import pytest
from samples import PARENT
from samples import TRIANGLES as EDGES

import hint_se
from hint_se import Graph, Tree, TreeError


def test_fields(tree):
    assert (tree.n_leaves, tree.root, tree.height) == (6, 8, 2)
    assert tree.volume.tolist() == [2, 2, 3, 3, 2, 2, 7, 7, 14]
    assert tree.cuts.tolist() == [2, 2, 3, 3, 2, 2, 1, 1, 0]
    assert tree.node_names is None
    assert repr(tree) == "Tree(n_leaves=6, height=2, entropy=1.6995 bits)"
    assert (tree.parent.dtype, tree.volume.dtype, tree.cuts.dtype) == (np.int32, np.float64, np.float64)


def test_frozen_and_read_only(tree):
    for name in ("parent", "volume", "cuts"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(tree, name)[0] = 1
    with pytest.raises(AttributeError):
        tree.parent = None
    with pytest.raises(TypeError, match="unhashable"):
        hash(tree)


def test_equality(tree):
    assert tree == Tree(tree.parent, tree.volume, tree.cuts)
    assert tree != Tree(tree.parent, 2 * tree.volume, 2 * tree.cuts)
    assert tree != Tree(tree.parent, tree.volume, tree.cuts, tuple("abcdef"))
    assert tree != Tree.from_parent(EDGES, [6] * 6 + [-1])
    assert tree != PARENT


def test_views(tree):
    assert tree.labels(1).tolist() == [0, 0, 0, 1, 1, 1]
    assert tree.labels(2).tolist() == tree.labels(99).tolist() == [0, 1, 2, 3, 4, 5]
    assert tree.children(8).tolist() == [6, 7]
    assert tree.children(6).tolist() == [0, 1, 2]
    assert tree.children(0).tolist() == []
    assert tree.leaves(8).tolist() == [0, 1, 2, 3, 4, 5]
    assert tree.leaves(7).tolist() == [3, 4, 5]
    assert tree.leaves(2).tolist() == [2]


def test_a_leaf_above_the_level_keeps_itself():
    shallow = Tree.from_parent(EDGES, [6, 6, 8, 7, 7, 7, 8, 8, -1])
    assert shallow.labels(1).tolist() == [0, 0, 1, 2, 2, 2]
    assert shallow.labels(2).tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("level", [0, -1, 1.0, "1", True])
def test_bad_level(tree, level):
    with pytest.raises(ValueError, match="level: expected an integer >= 1"):
        tree.labels(level)


@pytest.mark.parametrize("node", [-1, 9, 2**40, 1.0, None])
def test_bad_node(tree, node):
    for call in (tree.children, tree.leaves):
        with pytest.raises(ValueError, match="node: expected an integer >= 0"):
            call(node)


def test_neighbours(tree):
    tables = tree.neighbours([0, 0, 1, 1, 1, 1])
    rows = [
        tables.other_indices[a:b].tolist() for a, b in zip(tables.other_indptr, tables.other_indptr[1:], strict=False)
    ]
    assert rows == [[2], [2], [0, 1], [0, 1], [0, 1], [0, 1]]
    assert tables.same_indptr.dtype == tables.other_indptr.dtype == np.int64
    assert tables.same_indices.dtype == tables.other_indices.dtype == np.int32
    with pytest.raises(ValueError, match="read-only"):
        tables.same_indices[0] = 1


def test_neighbours_with_cap_and_level(tree):
    everywhere = Tree.from_parent(EDGES, [6] * 6 + [-1])
    groups = np.array([0, 1, 0, 1, 0, 1])
    whole = everywhere.neighbours(groups)
    assert np.diff(whole.same_indptr).tolist() == [2] * 6
    assert np.diff(whole.other_indptr).tolist() == [3] * 6
    capped = everywhere.neighbours(groups, cap=2, seed=3)
    assert np.diff(capped.other_indptr).tolist() == [2] * 6
    for leaf in range(6):
        chosen = capped.other_indices[2 * leaf : 2 * leaf + 2]
        assert chosen[0] < chosen[1]
        assert set(chosen.tolist()) <= set(whole.other_indices[3 * leaf : 3 * leaf + 3].tolist())
    again = everywhere.neighbours(groups, cap=2, seed=3)
    assert all(np.array_equal(one, two) for one, two in zip(capped, again, strict=True))
    seeds = [everywhere.neighbours(groups, cap=1, seed=seed).other_indices.tolist() for seed in range(8)]
    assert len({tuple(row) for row in seeds}) > 1
    deep = hint_se.build_tree(EDGES)
    top = deep.neighbours(groups, level=1)
    assert np.diff(top.same_indptr).tolist() == [1, 1, 1, 1, 1, 1] or np.diff(top.same_indptr).min() >= 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"groups": [0, 1]}, r"groups: expected shape \(6,\)"),
        ({"groups": [0, 1, 2, 0, 1, 0]}, "groups: expected 0 or 1"),
        ({"groups": [0.0] * 6}, "groups: expected 0 or 1"),
        ({"groups": ["a"] * 6}, "groups: expected 0 or 1"),
        ({"groups": [0] * 6, "cap": 0}, "cap: expected an integer >= 1"),
        ({"groups": [0] * 6, "level": 0}, "level: expected an integer >= 1"),
        ({"groups": [0] * 6, "seed": -1}, "seed: expected an integer >= 0"),
        ({"groups": [0] * 6, "seed": 2**64}, "seed: expected an integer >= 0"),
    ],
)
def test_bad_neighbours(tree, arguments, message):
    with pytest.raises(ValueError, match=message):
        tree.neighbours(**arguments)


BAD_PARENTS = {
    "empty": ([], "flat array of integers"),
    "floats": ([2.0, 2.0, -1.0], "flat array of integers, got float64"),
    "square": ([[2, 2, -1]], r"shape \(1, 3\)"),
    "no root": ([2, 2, 3], "root last, with parent -1, got 3"),
    "two roots": ([2, -1, -1], r"parent\[i\] > i .* got parent\[1\] = -1"),
    "own parent": ([0, 2, -1], r"got parent\[0\] = 0"),
    "downwards": ([3, 3, 0, -1], r"got parent\[2\] = 0"),
    "out of range": ([3, 9, 3, -1], r"below 4, got parent\[1\] = 9"),
    "leaf behind inner nodes": ([3, 3, 4, 4, 5, -1], None),
    "childless inner node": ([2, 4, 4, 4, -1], "leaves first and a child"),
}


@pytest.mark.parametrize("name", [name for name, case in BAD_PARENTS.items() if case[1]])
def test_bad_parent(name):
    parent, message = BAD_PARENTS[name]
    graph = Graph.from_edges([(0, 1)])
    with pytest.raises(TreeError, match=message) as caught:
        hint_se.structural_entropy(graph, parent)
    assert isinstance(caught.value, ValueError)
    with pytest.raises(TreeError, match=message):
        Tree.from_parent(graph, parent)


def test_tree_of_other_nodes(tree):
    with pytest.raises(TreeError, match="expected 6 nodes, one for each leaf of the tree, got 9"):
        hint_se.structural_entropy(Graph.from_edges(EDGES, n_nodes=9), tree)
    with pytest.raises(TreeError, match="leaves|nodes"):
        Tree.from_parent(Graph.from_edges(EDGES, n_nodes=9), PARENT)
    named = hint_se.build_tree([("a", "b"), ("b", "c")])
    with pytest.raises(TreeError, match="graph: expected leaves of the tree as nodes, got 'd'"):
        hint_se.structural_entropy([("c", "b"), ("b", "d")], named)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"volume": [1.0] * 8}, "volume: expected 9 real numbers"),
        ({"volume": ["a"] * 9}, "volume: expected 9 real numbers"),
        ({"volume": [np.nan] * 9}, "volume: expected finite"),
        ({"cuts": [-1.0] * 9}, "cuts: expected finite"),
        (
            {"volume": [2, 2, 3, 3, 2, 2, 8, 7, 15]},
            "volume: expected the sum of the children, got 8.0 for node 6",
        ),
        ({"cuts": [2, 2, 3, 3, 2, 2, 9, 1, 0]}, "cuts: expected at most the volume, got 9.0 for node 6"),
        ({"cuts": [2, 2, 4, 3, 2, 2, 1, 1, 0]}, "cuts: expected at most the volume, got 4.0 for node 2"),
        ({"cuts": [0, 0, 0, 3, 2, 2, 1, 1, 0]}, "cuts: expected at most the sum of the children, got 1.0 for node 6"),
        ({"cuts": [2, 2, 3, 3, 2, 2, 1, 1, 1]}, "cuts: expected 0 for the root, got 1.0"),
        ({"node_names": ["a"]}, "node_names: expected 6 names"),
        ({"node_names": ["a"] * 6}, "5 repeated"),
    ],
)
def test_bad_columns(tree, change, message):
    columns = {"parent": tree.parent, "volume": tree.volume, "cuts": tree.cuts, **change}
    with pytest.raises(TreeError, match=message):
        Tree(**columns)
