"""Nodes that come to a tree of tables: node by node where `Tree.place` puts them, and what is refused."""

import networkx
import numpy as np
import pytest
from edgetables import edge_table
from pyarrow import parquet

import hint_se
from hint_se import GraphError

TRIANGLES = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)]
GRAPHS = {
    "planted": networkx.planted_partition_graph(6, 20, 0.3, 0.02, seed=1),
    "components": networkx.disjoint_union_all([networkx.gnm_random_graph(12, 25, seed=seed) for seed in range(6)]),
    "sparse": networkx.gnm_random_graph(120, 260, seed=2),
}


def by_leaves(tree):
    """Return leaves, volume and cut of each node of a tree, sorted."""
    below = [[node] if node < tree.n_leaves else [] for node in range(tree.parent.size)]
    for node, up in enumerate(tree.parent[:-1].tolist()):
        below[up] += below[node]
    return sorted(zip(map(sorted, below), tree.volume, tree.cuts, strict=True))


@pytest.mark.parametrize(("name", "height"), [(name, None) for name in GRAPHS] + [("planted", 2), ("sparse", 4)])
def test_they_go_where_the_tree_in_memory_puts_them(build, rows_of, tmp_path, name, height):
    graph, rng = GRAPHS[name], np.random.default_rng(3)
    edges = rng.permutation(graph.number_of_nodes())[np.array(graph.edges)]
    weights = rng.uniform(0.5, 2.0, len(edges)) if name == "sparse" else np.ones(len(edges))
    late = edges.max(axis=1) >= 0.9 * graph.number_of_nodes()
    before, after = (edge_table(edges[which].tolist(), weights[which]) for which in (~late, late))
    tree = build(before, core=100, community=30, effort="default", height=height or 0)
    limit = None if height is None else tree.height()
    rows = rows_of(tree)
    placed = tree.place(after, out=tmp_path / "placed", height=limit)
    assert rows_of(tree) == rows
    known, found = tree.to_tree(), placed.to_tree()
    names = known.node_names or range(known.n_leaves)
    new = np.setdiff1d(edges[late], names)  # their numbers in memory follow their order in tables
    number = {node: place for place, node in enumerate([*names, *new.tolist()])}
    pairs = [[number[end] for end in edge] for edge in edges[late].tolist()]
    wanted = hint_se.Tree(known.parent, known.volume, known.cuts).place(np.array(pairs), weights[late], height=limit)
    own = hint_se.Tree(found.parent, found.volume, found.cuts)
    order = sorted(number, key=number.get)
    turned = [order.index(node) for node in found.node_names or range(found.n_leaves)]
    moved = sorted((sorted(turned[leaf] for leaf in leaves), *numbers) for leaves, *numbers in by_leaves(own))
    for (leaves, *numbers), (others, *expected) in zip(moved, by_leaves(wanted), strict=True):
        assert leaves == others
        np.testing.assert_allclose(numbers, expected, rtol=1e-9, atol=1e-9)
    assert placed.structural_entropy() == pytest.approx(wanted.entropy, rel=1e-9)
    assert placed.n_edges == len(edges)
    check_rows(placed)


def check_rows(tree):
    """Every parent is there, and every depth is one more than that of its parent."""
    rows = parquet.read_table(tree.table).to_pydict()
    depth = dict(zip(rows["node"], rows["depth"], strict=True))
    assert len(depth) == len(rows["node"])
    for node, up in zip(rows["node"], rows["parent"], strict=True):
        assert depth[node] == (depth[up] + 1 if up >= 0 else 0)
    assert sum(node < 2**40 for node in depth) == tree.n_leaves


def test_names_loops_and_a_second_time(build, tmp_path):
    tree = build(edge_table([("a", "b"), ("b", "c"), ("c", "a"), ("d", "e")]))
    with pytest.warns(hint_se.SelfLoopWarning, match="those of the tree count in no degree"):
        more = tree.place(edge_table([("f", "d"), ("f", "f"), ("f", "e"), ("f", "d")]), out=tmp_path / "more")
    last = more.place(edge_table([("b", "z"), ("y", "y2")], [2.0, 1.0]), out=tmp_path / "last", weight="weight")
    found = last.to_tree()
    assert found.node_names == ("a", "b", "c", "d", "e", "f", "y", "y2", "z")
    graph = hint_se.Graph.from_edges(
        [(0, 1), (1, 2), (2, 0), (3, 4), (5, 3), (5, 4), (1, 8), (6, 7)], [1.0] * 6 + [2.0, 1.0]
    )
    assert hint_se.structural_entropy(graph, hint_se.Tree(found.parent, found.volume, found.cuts)) == pytest.approx(
        last.structural_entropy(), rel=1e-12
    )
    assert (last.n_leaves, last.n_edges, last.volume) == (9, 8, 18.0)
    check_rows(last)


def test_a_tree_of_one_node_grows(build, tmp_path):
    with pytest.warns(hint_se.SelfLoopWarning):
        tree = build(edge_table([(3, 3)]))
    placed = tree.place(edge_table([(3, 4), (4, 5), (3, 5)]), out=tmp_path / "placed")
    assert placed.to_tree().node_names == (3, 4, 5)
    check_rows(placed)


@pytest.mark.parametrize(
    ("edges", "options", "message"),
    [
        (edge_table([(6, 0), (0, 5), (3, 3)]), {}, r"got 0 and 5, which the tree has; 2 edges are like that"),
        (edge_table([("a", "b")]), {}, "expected ids, as the tree has no node names, got names"),
        (edge_table([(0, 2**41)]), {}, "expected ids, as the tree has no node names, got an id above"),
        (edge_table([(6, 0)], [float("nan")]), {}, r"weight of edge \(6, 0\) is NaN"),
        (edge_table([(6, 0)]), {"height": 1}, "height: expected"),
    ],
)
def test_what_is_refused(build, tmp_path, edges, options, message):
    tree = build(edge_table(TRIANGLES), height=2)
    with pytest.raises((GraphError, ValueError), match=message):
        tree.place(edges, out=tmp_path / "placed", **options)
    with pytest.raises(ValueError, match="which holds a finished tree"):
        tree.place(edges, out=tree.folder)
    named = build(edge_table([("a", "b")]))
    with pytest.raises(GraphError, match="expected ids of type String, as the tree has them, got Int64"):
        named.place(edge_table([(0, 1)]), out=tmp_path / "placed")


def test_what_touches_more_than_the_memory_holds_is_refused(build, tmp_path, monkeypatch):
    from hint_se.tables import limits

    tree = build(edge_table(TRIANGLES))
    monkeypatch.setattr(limits, "_CORE_BYTES", 10**9)
    with pytest.raises(
        MemoryError, match="expected at most 3 nodes above their neighbours at once within this memory, got"
    ):
        tree.place(edge_table([(6, 0), (6, 3)]), out=tmp_path / "placed")
