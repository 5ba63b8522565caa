"""The tree as a value: its fields, its views, its files."""

import copy
import dataclasses
import io
import json
import os
import pickle
import zipfile
from xml.etree import ElementTree

import networkx
import numpy as np
import pytest
from sklearn.metrics import adjusted_mutual_info_score

import hint_se
from hint_se import Graph, Tree, TreeError

EDGES = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)]
PARENT = [6, 6, 6, 7, 7, 7, 8, 8, -1]


@pytest.fixture
def tree():
    return Tree.from_parent(EDGES, PARENT)


def test_fields(tree):
    assert (tree.n_leaves, tree.root, tree.height) == (6, 8, 2)
    assert tree.volume.tolist() == [2, 2, 3, 3, 2, 2, 7, 7, 14]
    assert tree.cut.tolist() == [2, 2, 3, 3, 2, 2, 1, 1, 0]
    assert tree.node_names is None
    assert repr(tree) == "Tree(n_leaves=6, n_nodes=9, height=2, entropy=1.6995 bits)"
    assert (tree.parent.dtype, tree.volume.dtype, tree.cut.dtype) == (np.int32, np.float64, np.float64)


def test_frozen_and_read_only(tree):
    for name in ("parent", "volume", "cut"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(tree, name)[0] = 1
    with pytest.raises(AttributeError):
        tree.parent = None
    with pytest.raises(TypeError, match="unhashable"):
        hash(tree)


def test_equality(tree):
    assert tree == Tree(tree.parent, tree.volume, tree.cut)
    assert tree != Tree(tree.parent, 2 * tree.volume, 2 * tree.cut)
    assert tree != Tree(tree.parent, tree.volume, tree.cut, tuple("abcdef"))
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


@pytest.mark.parametrize("level", [0, -1, 1.0, "1", None, True])
def test_bad_level(tree, level):
    with pytest.raises(ValueError, match="level: expected an integer >= 1"):
        tree.labels(level)


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


def test_summary(tree):
    summary = tree.summary()
    assert (summary.n_leaves, summary.n_nodes, summary.height) == (6, 9, 2)
    assert summary.entropy == tree.entropy
    assert summary.one_dimensional_entropy == pytest.approx(hint_se.one_dimensional_entropy(EDGES), abs=1e-12)
    assert summary.compression == pytest.approx(1 - summary.entropy / summary.one_dimensional_entropy)
    assert [(row.level, row.n_communities, row.smallest, row.median, row.largest) for row in summary.levels] == [
        (1, 2, 3, 3, 3),
        (2, 6, 1, 1, 1),
    ]
    assert sum(row.entropy for row in summary.levels) == pytest.approx(tree.entropy, abs=1e-12)
    assert str(summary).splitlines()[0] == "6 leaves under 3 nodes, height 2"
    json.dumps(dataclasses.asdict(summary))


@pytest.mark.parametrize("height", [None, 1, 3])
def test_summary_of_every_level_agrees_with_the_labels(height):
    tree = hint_se.build_tree([*networkx.davis_southern_women_graph().edges, ("x", "y")], height=height)
    assert len(tree.summary().levels) == tree.height
    for row in tree.summary().levels:
        sizes = np.bincount(tree.labels(row.level))
        assert row.n_communities == sizes.size
        assert (row.smallest, row.median, row.largest) == (sizes.min(), np.median(sizes), sizes.max())


def test_summary_without_edges_and_of_one_node():
    for n in (1, 4):
        summary = hint_se.build_tree(Graph.from_edges(np.empty((0, 2), int), n_nodes=n)).summary()
        assert (summary.entropy, summary.compression) == (0.0, 0.0)
        assert str(summary).startswith(f"{n} leaves under")


def test_long_summaries_are_shortened():
    n = 40
    chain = Tree.from_parent([(0, 1)], [2, 2, *range(3, n), -1])
    assert len(chain.summary().levels) == n - 2
    lines = str(chain.summary()).splitlines()
    assert len(lines) == 2 + 2 + 8 + 2
    assert lines[-2].split() == ["…"] * 6
    assert chain._repr_html_().count("<tr>") == 11 + 2


def test_notebooks_show_a_table_in_which_names_are_escaped():
    named = hint_se.build_tree([("<script>", "b&c"), ("b&c", "<script>"), ("d\udcff", "e"), ("x" * 500, "e")])
    html = named._repr_html_()
    assert r"d\udcff" in html.encode("utf-8").decode()
    table = ElementTree.fromstring(html)
    cells = [cell.text for cell in table.iter("td")]
    assert "b&c, <script>" in cells or "<script>, b&c" in cells
    assert "<script>" not in html
    assert max(len(cell) for cell in cells) < 200
    assert f"{named.entropy:.4f} bits" in html


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
    with pytest.raises(TreeError, match="expected 9 leaves, one per node, got 6"):
        hint_se.structural_entropy(Graph.from_edges(EDGES, n_nodes=9), tree)
    with pytest.raises(TreeError, match="leaves|nodes"):
        Tree.from_parent(Graph.from_edges(EDGES, n_nodes=9), PARENT)
    named = hint_se.build_tree([("a", "b"), ("b", "c")])
    with pytest.raises(TreeError, match="other node names"):
        hint_se.structural_entropy([("c", "b"), ("b", "a")], named)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"volume": [1.0] * 8}, "volume: expected 9 real numbers"),
        ({"volume": ["a"] * 9}, "volume: expected 9 real numbers"),
        ({"volume": [np.nan] * 9}, "volume: expected finite"),
        ({"cut": [-1.0] * 9}, "cut: expected finite"),
        (
            {"volume": [2, 2, 3, 3, 2, 2, 8, 7, 15]},
            "volume: expected the sum of the children, got 8.0 for node 6",
        ),
        ({"cut": [2, 2, 3, 3, 2, 2, 9, 1, 0]}, "cut: expected at most the volume, got 9.0 for node 6"),
        ({"cut": [2, 2, 1, 3, 2, 2, 1, 1, 0]}, "cut: expected the degree for a leaf, got 1.0 for node 2"),
        ({"cut": [2, 2, 3, 3, 2, 2, 1, 1, 1]}, "cut: expected 0 for the root, got 1.0"),
        ({"node_names": ["a"]}, "node_names: expected 6 names"),
        ({"node_names": ["a"] * 6}, "5 repeated"),
    ],
)
def test_bad_columns(tree, change, message):
    columns = {"parent": tree.parent, "volume": tree.volume, "cut": tree.cut, **change}
    with pytest.raises(TreeError, match=message):
        Tree(**columns)


@pytest.mark.parametrize(
    "names",
    [None, tuple("abcdef"), (1, -2, 10**30, "x", ("y", 3), ((),)), ("ä", "\udcff", "", "\0", '"', "日")],
)
def test_save_and_load(tmp_path, tree, names):
    named = Tree(tree.parent, tree.volume, tree.cut, names)
    path = tmp_path / "tree.npz"
    named.save(path)
    assert Tree.load(path) == named
    assert Tree.load(str(path)).entropy == named.entropy
    assert os.listdir(tmp_path) == ["tree.npz"]
    with np.load(path, allow_pickle=False) as archive:
        assert archive["parent"].tolist() == PARENT


def test_equal_trees_are_equal_files(tmp_path, tree):
    tree.save(tmp_path / "one")
    Tree.from_parent(EDGES, PARENT).save(tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_saving_replaces_whole_files_only(tmp_path, tree):
    path = tmp_path / "tree.npz"
    path.write_bytes(b"older")
    with pytest.raises(TreeError, match="got frozenset"):
        Tree(tree.parent, tree.volume, tree.cut, tuple(frozenset([i]) for i in range(6))).save(path)
    assert path.read_bytes() == b"older"
    assert os.listdir(tmp_path) == ["tree.npz"]
    tree.save(path)
    assert Tree.load(path) == tree
    with pytest.raises(FileNotFoundError):
        tree.save(tmp_path / "missing" / "tree.npz")
    with pytest.raises(FileNotFoundError):
        Tree.load(tmp_path / "missing.npz")


def saved(tree):
    buffer = {}
    for name, array in (
        ("format_version", np.array([1])),
        ("parent", np.array(tree.parent)),
        ("volume", np.array(tree.volume)),
        ("cut", np.array(tree.cut)),
    ):
        stream = io.BytesIO()
        np.lib.format.write_array(stream, array, version=(1, 0))
        buffer[f"{name}.npy"] = stream.getvalue()
    return buffer


def write(path, members, **options):
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def npy(array, **options):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, **options)
    return stream.getvalue()


def test_hand_made_file_loads(tmp_path, tree):
    write(tmp_path / "tree.npz", saved(tree))
    assert Tree.load(tmp_path / "tree.npz") == tree


DAMAGE = {
    "version to come": ({"format_version.npy": npy(np.array([2]))}, "format version 1, got"),
    "missing member": ({"cut.npy": None}, "expected the members"),
    "unknown member": ({"code.npy": npy(np.arange(3))}, "expected the members"),
    "pickle": ({"cut.npy": npy(np.array([{}] * 9), allow_pickle=True)}, "cut: expected flat"),
    "pickled names": (
        {"node_names.npy": npy(np.array(list("abcdef"), dtype=object), allow_pickle=True)},
        "node_names",
    ),
    "other dtype": ({"parent.npy": npy(np.array(PARENT, np.int64))}, "parent: expected flat"),
    "big endian": ({"parent.npy": npy(np.array(PARENT, ">i4"))}, "parent: expected flat"),
    "square": ({"parent.npy": npy(np.array([PARENT], np.int32))}, "parent: expected flat <i4"),
    "short column": ({"cut.npy": npy(np.zeros(3))}, "cut: expected 9 real numbers"),
    "bytes after the array": ({"cut.npy": npy(np.zeros(9)) + b"x"}, "cut: expected flat"),
    "cut array": ({"cut.npy": npy(np.zeros(9))[:-1]}, "cut: expected flat"),
    "header that claims terabytes": (
        {"cut.npy": npy(np.zeros(9)).replace(b"(9,)", b"(9" + b"0" * 12 + b",)").replace(b" " * 12 + b"\n", b"\n")},
        "cut",
    ),
    "no header": ({"cut.npy": b"hello"}, "expected a saved tree"),
    "empty member": ({"cut.npy": b""}, "expected a saved tree"),
    "wrong parents": ({"parent.npy": npy(np.array(PARENT[::-1], np.int32))}, "parent"),
    "nan": ({"volume.npy": npy(np.full(9, np.nan))}, "volume: expected finite"),
    "names that are no JSON": ({"node_names.npy": npy(np.frombuffer(b"[", np.uint8))}, "node_names"),
    "names that nest deeply": (
        {"node_names.npy": npy(np.frombuffer(b"[" * 100_000, np.uint8))},
        "node_names",
    ),
    "names that are no list": (
        {"node_names.npy": npy(np.frombuffer(b'"abcdef"', np.uint8))},
        "expected a list",
    ),
    "names of floats": (
        {"node_names.npy": npy(np.frombuffer(json.dumps([0.5] * 6).encode(), np.uint8))},
        "node_names",
    ),
    "too few names": ({"node_names.npy": npy(np.frombuffer(b'["a"]', np.uint8))}, "6 names"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damaged_member(tmp_path, tree, name):
    change, message = DAMAGE[name]
    members = {key: value for key, value in {**saved(tree), **change}.items() if value is not None}
    path = tmp_path / "tree.npz"
    write(path, members)
    with pytest.raises(TreeError, match=message):
        Tree.load(path)


def test_compressed_members_are_refused(tmp_path, tree):
    """A stored member cannot claim more than the file holds; a compressed one is how zip bombs are made."""
    path = tmp_path / "tree.npz"
    write(path, {**saved(tree), "cut.npy": npy(np.zeros(10_000_000))}, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(TreeError, match="compressed"):
        Tree.load(path)


def test_every_truncation_and_many_flips_are_noticed(tmp_path, tree):
    path = tmp_path / "tree.npz"
    tree.save(path)
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(TreeError):
            Tree.load(path)
    rng = np.random.default_rng(0)
    for _ in range(300):
        broken = bytearray(whole)
        broken[rng.integers(len(whole))] ^= 1 << rng.integers(8)
        path.write_bytes(broken)
        # A flip in a field that means nothing (a time stamp) is harmless; no other error may appear.
        try:
            assert Tree.load(path) == tree
        except TreeError:
            pass


def test_load_refuses_other_files(tmp_path):
    path = tmp_path / "other.npz"
    for data in (b"", b"PK", b"hello world" * 100, npy(np.arange(9))):
        path.write_bytes(data)
        with pytest.raises(TreeError, match="expected a saved tree"):
            Tree.load(path)
