"""Rounds against an oracle of dictionaries: every merge of every round."""

import networkx
import numpy as np
import pytest
from edgetables import edge_table
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import weighted
from roundoracle import linked

import hint_se


def parents(rows):
    """Parents as the oracle has them: without the root, and what hangs at it."""
    root = rows["node"][rows["depth"].index(0)]
    pairs = zip(rows["node"], rows["parent"], strict=True)
    return {node: parent for node, parent in pairs if parent not in (-1, root)}


def graph_of(name):
    if name == "star":  # hubs: joiners by their volume
        return [(0, v) for v in range(1, 120)]
    if name == "path":  # long chains of choices: slow rounds
        return [(v, v + 1) for v in range(150)]
    if name == "stars":
        return [(v % 5, v) for v in range(5, 160)] + [(v, v + 1) for v in range(4)]
    return list(networkx.gnm_random_graph(120, 300, seed=1).edges)


@pytest.mark.parametrize("name", ["star", "path", "stars", "random"])
@pytest.mark.parametrize("weights", ["none", "integer", "rising"])
def test_rounds_merge_what_the_rules_say(build, rows_of, name, weights):
    edges = graph_of(name)
    rng = np.random.default_rng(0)
    values = {
        "none": None,
        "integer": rng.integers(1, 6, len(edges)).astype(float),
        "rising": np.arange(1.0, len(edges) + 1),
    }
    given = values[weights]
    wanted, _ = linked(weighted(edges, given))
    tree = build(edge_table(edges, given), core=0)
    assert parents(rows_of(tree)) == wanted


def test_slow_rounds_are_tried_by_these_graphs():
    """The rule for slow rounds is worth something only if a graph above needs it: a path of rising weights takes few rounds."""
    edges = graph_of("path")
    _, levels = linked(weighted(edges, np.arange(1.0, len(edges) + 1)))
    assert levels < len(edges) / 4


@settings(max_examples=8)
@given(seed=st.integers(0, 2**16), n=st.integers(2, 40))
def test_a_tree_of_tables_is_a_tree_of_its_graph(tmp_path_factory, seed, n):
    from pathlib import Path

    from hint_se.tables.build import build_within
    from hint_se.tables.limits import Limits

    rng = np.random.default_rng(seed)
    edges = rng.integers(0, n, (2 * n, 2)).tolist()
    weights = rng.uniform(0.01, 100, len(edges)).tolist()
    asked = {"edges": 0, "names": False, "self_loops": "keep", "height": 0, "effort": "fast"}
    out = Path(tmp_path_factory.mktemp("tree")) / "tree"
    table = edge_table(edges, weights)
    found = build_within(
        table, out, asked, Limits(3 * 10**8, n // 3, 5), engine="duckdb", weight="auto", threads=1, progress=None
    )
    tree = found.to_tree()
    present = sorted({v for edge in edges for v in edge})
    place = {v: i for i, v in enumerate(present)}
    graph = hint_se.Graph.from_edges(
        [(place[u], place[v]) for u, v in edges], weights, n_nodes=len(present), self_loops="keep"
    )
    wanted = hint_se.Tree.from_parent(graph, tree.parent)
    np.testing.assert_allclose(tree.volume, wanted.volume, rtol=1e-8)
    np.testing.assert_allclose(tree.cuts, wanted.cuts, rtol=1e-8, atol=1e-6)
