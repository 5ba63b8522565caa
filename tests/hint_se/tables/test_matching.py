"""Communities of trees of tables that keep their ids: as `hint_se.match` pairs those of the trees in memory."""

import networkx
import numpy as np
import pyarrow
import pytest
from edgetables import edge_table

import hint_se
from hint_se import TreeError
from hint_se.tables.limits import Limits

NAMES = [f"n{(7 * i) % 96}" for i in range(96)]
FIELDS = ("next_id", "kept", "split", "merged", "new", "gone")


def changed_graph(seed, names=None):
    """Edges of a graph of communities, and those after a fifth of them went and others came."""
    graph, rng = networkx.planted_partition_graph(8, 12, 0.35, 0.06, seed=seed), np.random.default_rng(seed)
    edges = np.array(graph.edges)
    more = rng.integers(len(graph), size=(len(edges) // 6, 2))
    after = np.concatenate([edges[rng.random(len(edges)) < 0.8], more[more[:, 0] != more[:, 1]]])
    after = np.concatenate([after, np.stack([np.arange(96), (np.arange(96) + 1) % 96], axis=1)])  # every node is there
    named = (lambda pair: pair) if names is None else (lambda pair: [names[end] for end in pair])
    return [
        edge_table([named(pair) for pair in which.tolist()]) for which in (np.concatenate([edges, after[-96:]]), after)
    ]


def check_same(found, wanted, tree):
    """The fields and the labels of a matching of tables are those of one in memory."""
    assert {field: getattr(found, field) for field in FIELDS} == {field: getattr(wanted, field) for field in FIELDS}
    end = found.labels.column_names[0]
    own = dict(zip(found.labels[end].to_pylist(), found.labels["community"].to_pylist(), strict=True))
    assert own == dict(zip(tree.node_names or range(tree.n_leaves), wanted.labels.tolist(), strict=True))


@pytest.mark.parametrize(("engine", "names"), [("duckdb", None), ("polars", NAMES)])
def test_they_are_those_of_the_trees_in_memory(build, engine, names):
    tables = changed_graph(1, names)
    trees = [build(table, engine=engine, core=60, names=names is not None) for table in tables]
    before, after = (tree.to_tree() for tree in trees)
    changed = 0
    for level in (1, 6):
        found, wanted = trees[1].match(trees[0], level=level), hint_se.match(before, after, level=level)
        check_same(found, wanted, after)
        changed += len(found.split) + len(found.merged) + len(found.new)
    assert changed > 20
    check_same(trees[0].match(found, level=1), hint_se.match(wanted, before, level=1), before)
    assert repr(found) == repr(wanted).replace("Matching", "TableMatching")


def test_leaves_that_come_and_go_meet_by_their_numbers(build, tmp_path):
    ring = [(i, (i + 1) % 5) for i in range(5)]
    before = build(edge_table([(u + 10, v + 10) for u, v in ring] + [(u + 50, v + 50) for u, v in ring]), core=3)
    after = build(edge_table([(u + 50, v + 50) for u, v in ring] + [(u + 90, v + 90) for u, v in ring]), core=3)
    found = after.match(before, level=1, out=tmp_path / "labels.parquet")
    wanted = hint_se.match(before.to_tree(), after.to_tree(), level=1)
    assert (found.kept, found.new, found.gone) == ((1,), (2,), (0,)) == (wanted.kept, wanted.new, wanted.gone)
    assert found.labels == tmp_path / "labels.parquet"
    again = before.match(found, level=1)
    assert (again.kept, again.new, again.gone) == ((1,), (3,), (2,))


def test_what_cannot_be_matched_is_refused(build, monkeypatch):
    numbers, names = build(edge_table([(0, 1), (2, 3)])), build(edge_table([("a", "b")]), names=True)
    for one, other in ((numbers, names), (names, numbers), (names, numbers.match(numbers, level=1))):
        with pytest.raises(TreeError, match="expected names of leaves on both sides or on none, got them on one"):
            one.match(other, level=1)
    with pytest.raises(ValueError, match="level"):
        numbers.match(numbers, level=0)
    monkeypatch.setattr(Limits, "of", lambda _: Limits(300 * 10**6, 1, 1))
    with pytest.raises(MemoryError, match="communities"):
        numbers.match(numbers, level=1)


@pytest.mark.parametrize("before", [None, "tree/"])
def test_what_is_no_tree_of_tables_is_named(build, before):
    tree = build(pyarrow.table({"source": [0, 1], "target": [1, 2]}))
    with pytest.raises(
        TypeError, match="expected a TreeTable or a TableMatching, got (NoneType|str); trees in memory go"
    ):
        tree.match(before, level=1)
    with pytest.raises(TypeError, match="got Tree;"):
        tree.match(tree.to_tree(), level=1)
