"""What a tree says of itself, level by level, in text and in a notebook."""

import dataclasses
import json
from xml.etree import ElementTree

import networkx
import numpy as np
import pytest
from samples import TRIANGLES as EDGES

import hint_se
from hint_se import Graph, Tree


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
    assert len(lines) == 4 + 2 + 8 + 2
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
