"""Trees as GraphML and as graphs of networkx and igraph; names and depths that formats bear."""

import re
import sys
import time
import xml.etree.ElementTree as ElementTree

import networkx
import numpy as np
import pytest
from drawn import EXAMPLES
from hypothesis import given
from hypothesis import strategies as st
from known import APART, EDGES, PARENT
from scipy.cluster import hierarchy

import hint_se
from hint_se import Tree, TreeError

XML_NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8).filter(
    lambda text: (
        not any((ord(letter) < 32 and letter not in "\t\n\r") or ord(letter) in (0xFFFE, 0xFFFF) for letter in text)
    )
)


@EXAMPLES
@given(st.lists(XML_NAMES, min_size=6, max_size=6, unique=True))
def test_graphml_round_trip(names):
    tree = Tree.from_parent((np.array(EDGES), np.linspace(0.1, 2.0, 7)), PARENT)
    named = Tree(tree.parent, tree.volume, tree.cuts, names)
    read = networkx.parse_graphml(named.to_graphml())
    assert read.is_directed()
    assert {(int(up[1:]), int(node[1:])) for up, node in read.edges} == {(PARENT[i], i) for i in range(8)}
    data = [read.nodes[f"n{node}"] for node in range(9)]
    assert [row.get("name") for row in data] == [*names, None, None, None]
    assert [row["volume"] for row in data] == tree.volume.tolist()
    assert [row["cut"] for row in data] == tree.cuts.tolist()
    assert [row["n_leaves"] for row in data] == [1] * 6 + [3, 3, 6]
    assert [row["level"] for row in data] == [2] * 6 + [1, 1, 0]
    assert sorted(row["merge_height"] for row in data[6:])[-1] == named.to_linkage()[-1, 2]


@pytest.mark.parametrize("name", ["\0", "\x1f", "\ud800", "\ufffe"])
def test_names_that_xml_cannot_hold(name):
    with pytest.raises(TreeError, match="to_graphml: expected names that the format can hold"):
        hint_se.build_tree([("a", name)]).to_graphml()


def test_graphml_is_escaped():
    text = hint_se.build_tree([("<a>&'\"", "]]>"), ("b", "\r\n")]).to_graphml()
    root = ElementTree.fromstring(text)
    names = [data.text for data in root.iter() if data.get("key") == "name"]
    assert names == ["<a>&'\"", "]]>", "b", "\r\n"]


def test_networkx_is_keyed_by_names():
    tree = hint_se.build_tree(networkx.karate_club_graph())
    graph = tree.to_networkx()
    assert networkx.is_arborescence(graph)
    assert set(graph) == set(range(tree.root + 1))
    assert networkx.dag_longest_path_length(graph) == tree.height
    assert sum(graph.nodes[leaf]["volume"] for leaf in range(34)) == pytest.approx(tree.volume[-1])
    named = hint_se.build_tree(networkx.relabel_nodes(networkx.path_graph(6), {i: f"p{i}" for i in range(6)}))
    graph = named.to_networkx()
    leaves = {node for node in graph if graph.out_degree(node) == 0}
    assert leaves == {f"p{i}" for i in range(6)}
    assert set(graph) - leaves == {("tree", node) for node in range(6, named.root + 1)}
    for community in set(graph) - leaves:
        below = {node for node in networkx.descendants(graph, community) if node in leaves}
        assert len(below) == graph.nodes[community]["n_leaves"]


def test_names_that_cannot_be_told_apart():
    tree = hint_se.build_tree([(1, "1"), ("1", "2")])
    for call in (tree.to_newick, tree.to_graphml):
        with pytest.raises(TreeError, match="differ as text"):
            call()
    assert {1, "1"} <= set(tree.to_networkx())
    taken = hint_se.build_tree([("a", ("tree", 3)), ("a", "b")])
    with pytest.raises(TreeError, match=r'no name of the form \("tree", id\)'):
        taken.to_networkx()


def test_igraph():
    pytest.importorskip("igraph")
    tree = hint_se.build_tree([("a", "b"), ("b", "c"), ("c", "a"), ("d", "c")])
    graph = tree.to_igraph()
    assert graph.is_directed()
    assert graph.is_tree("out")
    assert graph.vs["name"] == ["a", "b", "c", "d"] + [None] * (tree.root - 3)
    assert graph.vs["volume"] == tree.volume.tolist()
    assert [graph.predecessors(node) for node in range(tree.root)] == [[int(up)] for up in tree.parent[:-1]]
    assert graph.vs.find(name="d").index == 3


@pytest.mark.parametrize(
    ("module", "verb", "hint"),
    [
        ("igraph", "to_igraph", "to_igraph needs igraph: pip install igraph"),
        ("networkx", "to_networkx", "to_networkx needs networkx: pip install networkx"),
        ("matplotlib.pyplot", "plot", "plot needs matplotlib: pip install matplotlib"),
    ],
)
def test_a_missing_package_is_named(monkeypatch, module, verb, hint):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=hint):
        getattr(APART, verb)()


def caterpillar(n):
    """Return a chain in which every merge adds one leaf, n - 1 levels deep."""
    parent = np.empty(2 * n - 1, dtype=np.int64)
    parent[:2] = n
    parent[2:n] = parent[n:-1] = np.arange(n + 1, 2 * n - 1)
    parent[-1] = -1
    return Tree.from_parent(np.stack([np.arange(n - 1), np.arange(1, n)], axis=1), parent)


def test_deep_trees_need_no_recursion_and_linear_time():
    tree = caterpillar(20_000)
    assert tree.height == 19_999
    started = time.process_time()
    assert hierarchy.is_valid_linkage(tree.to_linkage())
    assert tree.to_newick().count("(") == 19_999
    assert tree.to_graphml().count("<edge") == 39_998
    assert len(set(tree.cut(100).tolist())) == 100
    assert len(tree.summary().levels) == 19_999
    assert "19,999" in tree._repr_html_()
    assert time.process_time() - started < 5


def test_figures_of_volumes_further_apart_than_a_double_reaches():
    """Cuts, linkages, summaries and pictures, which compare volumes as well."""
    edges = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]
    tree = Tree.from_parent((edges, [1e300, 1e-300, 1e300, 1e-300, 1.0]), [6, 6, 7, 7, 8, 8, 9, 9, 9, -1])
    assert np.isfinite(tree.to_linkage()).all()
    assert (np.diff(tree.to_linkage()[:, 2]) >= 0).all()
    assert np.isfinite(hint_se.entropy_terms(tree)).all()
    summary = tree.summary()
    assert 0 <= summary.compression <= 1
    assert all(np.isfinite(level.entropy) for level in summary.levels)
    assert tree.cut(3).tolist() == [0, 0, 1, 1, 2, 2]
    assert "nan" not in tree._repr_html_()
    assert not re.search("inf|nan", tree.to_newick() + tree.to_graphml())
