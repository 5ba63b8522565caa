"""Levels of trees beside known classes: figures of graphs whose answer is known, and the same levels for every seed."""

import numpy as np
import pytest
from benchmarks.training.tree_levels import FOUR, levels_of, shown_levels, spread, tree_of

import hint_se


@pytest.fixture(scope="module")
def cliques():
    """Eight cliques of five nodes, two and two joined by four edges: four pairs that nothing joins."""
    inside = [(5 * c + i, 5 * c + j) for c in range(8) for i in range(5) for j in range(i)]
    across = [(10 * p + i, 10 * p + 5 + i) for p in range(4) for i in range(4)]
    edges = np.array(inside + across)
    return edges, np.ones(len(edges)), np.arange(40) // 5, np.arange(40) // 10


def test_a_tree_of_planted_communities_has_both_levels(cliques):
    edges, weights, fine, coarse = cliques
    graph = hint_se.Graph.from_edges(edges, weights, n_nodes=40)
    found = levels_of(tree_of(FOUR, graph, edges, weights, 1), {"fine": fine, "coarse": coarse}, (4, 8))
    assert found["cut(8)"] == {"communities": 8, "fine": pytest.approx(1), "coarse": found["cut(8)"]["coarse"]}
    assert found["cut(8)"]["coarse"] < 0.9
    assert found["level 1"]["communities"] == 4
    assert found["level 1"]["coarse"] == pytest.approx(1)
    assert found["level 2"]["communities"] == 8
    assert found["level 2"]["fine"] == pytest.approx(1)
    assert found["finest"]["communities"] > 8  # parents of leaves, within the cliques


def test_levels_that_some_seeds_lack_are_left_out_and_numbers_of_communities_are_a_range():
    values = [
        {"levels": {"level 1": {"communities": 4, "labels": 0.5}, "level 2": {"communities": 9, "labels": 0.6}}},
        {"levels": {"level 1": {"communities": 6, "labels": 0.7}}},
    ]
    [(name, communities, there)] = shown_levels(FOUR, values)
    assert (name, communities) == ("level 1", "4 to 6")
    assert spread([one["labels"] for one in there]) == "0.600 ± 0.141"


def test_of_a_partition_only_its_one_level_is_shown():
    levels = {name: {"communities": 3, "labels": 0.5} for name in ("read", "level 1", "finest")}
    assert [name for name, *_ in shown_levels("Leiden, modularity", [{"levels": levels}])] == ["level 1"]
    assert [name for name, *_ in shown_levels("Infomap multilevel", [{"levels": levels}])] == ["level 1", "finest"]
