"""Trees of tables beside those in memory: entropy, height, names, loops, and what must not matter."""

import networkx
import numpy as np
import pyarrow
import pytest
from edgetables import edge_table

import hint_se
from hint_se import tables

PLANTED = list(networkx.planted_partition_graph(8, 25, 0.3, 0.01, seed=1).edges)


def test_rounds_and_the_core_together_find_what_memory_finds(build):
    tree = build(edge_table(PLANTED), core=300)
    fast = hint_se.build_tree(PLANTED, effort="fast")
    assert tree.structural_entropy() == pytest.approx(fast.entropy, rel=0.05)  # ties, on 200 nodes
    found = tree.to_tree()
    assert found.node_names is None
    assert hint_se.structural_entropy(hint_se.Graph.from_edges(PLANTED), found) == pytest.approx(
        tree.structural_entropy(), rel=1e-9
    )
    assert {path.name for path in tree.folder.iterdir()} == {"hint-tree.json", "tree.parquet"}


def test_communities_improve_the_tree(build):
    fast = build(edge_table(PLANTED), core=300)
    better = build(edge_table(PLANTED), core=300, community=200, effort="default")
    assert better.structural_entropy() < fast.structural_entropy()
    graph = hint_se.Graph.from_edges(PLANTED)
    wanted = hint_se.Tree.from_parent(graph, better.to_tree().parent)
    np.testing.assert_allclose(better.to_tree().cuts, wanted.cuts, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("height", [1, 2, 3])
def test_no_leaf_is_deeper_than_the_height(build, height):
    tree = build(edge_table(PLANTED), core=300, community=100, height=height)
    assert tree.height() <= height
    graph = hint_se.Graph.from_edges(PLANTED)
    memory = hint_se.build_tree(graph, effort="fast", height=height)
    assert hint_se.structural_entropy(graph, tree.to_tree()) == pytest.approx(tree.structural_entropy(), rel=1e-9)
    assert tree.structural_entropy() <= memory.entropy * 1.1


def test_order_parts_threads_and_unit_do_not_matter(build, rows_of, tmp_path):
    from pyarrow import parquet

    rng = np.random.default_rng(0)
    weights = rng.uniform(0.1, 3.0, len(PLANTED))
    one = rows_of(build(edge_table(PLANTED, weights), community=60, effort="default", threads=1))
    order = rng.permutation(len(PLANTED))
    for part in range(3):
        rows = order[part::3]
        turned = [PLANTED[i][::-1] for i in rows]
        parquet.write_table(edge_table(turned, weights[rows] * 4), tmp_path / f"part-{part}.parquet")
    other = rows_of(build(str(tmp_path / "part-*.parquet"), community=60, effort="default", threads=3))
    assert [other[name] for name in ("node", "parent", "depth")] == [one[name] for name in ("node", "parent", "depth")]
    np.testing.assert_array_equal(np.array(other["volume"]), np.array(one["volume"]) * 4)


def test_names_loops_duplicates_and_components(build):
    edges = [("a", "b"), ("b", "c"), ("c", "a"), ("b", "a"), ("x", "y"), ("y", "y"), ("alone", "alone")]
    with pytest.warns(hint_se.SelfLoopWarning, match="dropped 2 self-loops"):
        tree = build(edge_table(edges), core=1)
    found = tree.to_tree()
    assert sorted(found.node_names) == ["a", "alone", "b", "c", "x", "y"]
    assert tree.n_edges == 4
    assert tree.volume == 8
    labels = dict(zip(found.node_names, found.labels(1).tolist(), strict=True))
    assert labels["a"] == labels["b"] == labels["c"] != labels["x"] == labels["y"] != labels["alone"]


def test_loops_that_are_kept_count_twice(build):
    edges = [(0, 1), (1, 2), (2, 2), (2, 0)]
    tree = build(edge_table(edges, [1.0, 1.0, 5.0, 1.0]), core=1, self_loops="keep").to_tree()
    assert tree.volume[:3].tolist() == [2, 2, 12]
    assert tree.cuts[:3].tolist() == [2, 2, 2]


def test_ids_with_gaps_are_kept_as_names(build):
    tree = build(edge_table([(5, 900), (900, 2**50), (7, 5)]), core=1).to_tree()
    assert tree.node_names == (5, 7, 900, 2**50)


def test_one_node_is_a_tree_of_one_leaf(build):
    with pytest.warns(hint_se.SelfLoopWarning):
        tree = build(edge_table([(3, 3)]))
    assert tree.to_tree().parent.tolist() == [-1]
    assert tree.structural_entropy() == 0


def test_levels_and_cuts_are_those_of_the_tree_in_memory(build):
    tree = build(edge_table(PLANTED), core=300)
    memory = tree.to_tree()
    for level in (1, 2, 4):
        table = tree.labels(level).sort_by("node")
        assert same_communities(table.column("community").to_pylist(), memory.labels(level).tolist())


@pytest.mark.parametrize("height", [0, 2])
def test_cuts_are_those_of_the_tree_in_memory(build, height):
    tree = build(edge_table(PLANTED), core=300, height=height)
    memory, graph = tree.to_tree(), hint_se.Graph.from_edges(PLANTED)
    for count in (6, 30) if height else (6,):
        found = tree.cut(count, edges=edge_table(PLANTED)).sort_by("node").column("community").to_pylist()
        assert len(set(found)) == count
        assert same_communities(found, memory.cut(count, graph=graph).tolist())
    if height:  # the root has more children
        with pytest.warns(hint_se.InputWarning, match="nearest has .*: cut\\(n, edges=edges\\)"):
            found = tree.cut(6).sort_by("node").column("community").to_pylist()
        with pytest.warns(hint_se.InputWarning, match="nearest has"):
            assert same_communities(found, memory.cut(6).tolist())
    with pytest.raises(hint_se.TreeError, match="expected the .* that the tree was built from, got"):
        build(edge_table(PLANTED), core=300, height=2).cut(6, edges=edge_table(PLANTED[1:]))


def same_communities(first, second):
    pairs = set(zip(first, second, strict=True))
    return len(pairs) == len(set(first)) == len(set(second))


def test_labels_go_to_a_file_where_they_are_asked_to(build, tmp_path):
    tree = build(edge_table([("a", "b"), ("b", "c")]))
    assert tree.labels(1, out=tmp_path / "labels.parquet") is None
    with pytest.raises(ValueError, match="where nothing is"):
        tree.labels(1, out=tmp_path / "labels.parquet")
    from pyarrow import parquet

    assert sorted(parquet.read_table(tmp_path / "labels.parquet").column("name").to_pylist()) == ["a", "b", "c"]


def test_tables_of_other_libraries_are_edges(build, rows_of):
    pandas = pytest.importorskip("pandas")
    arrow = edge_table(PLANTED[:50])
    assert rows_of(build(pandas.DataFrame(arrow.to_pydict()))) == rows_of(build(arrow))
    assert isinstance(arrow, pyarrow.Table)


def test_polars_builds_the_same_tree(build, rows_of, tmp_path):
    pytest.importorskip("polars")
    from pyarrow import parquet

    rng = np.random.default_rng(1)
    parquet.write_table(edge_table(PLANTED, rng.uniform(0.1, 3.0, len(PLANTED))), tmp_path / "edges.parquet")
    how = {"core": 100, "community": 60, "effort": "default"}
    duck, polars = (
        rows_of(build(str(tmp_path / "edges.parquet"), engine=engine, **how)) for engine in ("duckdb", "polars")
    )
    assert polars == duck


def test_a_large_community_takes_no_square_of_its_leaves(tmp_path):
    """An engine that joined leaves to leaves by their community met half a billion rows, and the limit of its memory."""
    rng = np.random.default_rng(0)
    ends = rng.integers(0, 22_000, (60_000, 2))
    ends = ends[ends[:, 0] != ends[:, 1]]
    source = edge_table(ends.tolist())
    tree = tables.build_tree_from_tables(source, out=tmp_path / "tree", memory="500MB", effort="default", n_threads=1)
    assert tree.structural_entropy() < hint_se.build_tree(ends, effort="fast").entropy
