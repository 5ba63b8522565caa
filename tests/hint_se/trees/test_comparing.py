"""Trees and partitions compared, level by level."""

import networkx
import numpy as np
import pytest
from samples import TRIANGLES
from sklearn.metrics import adjusted_mutual_info_score
from sklearn.metrics.cluster import contingency_matrix

import hint_se
from hint_se import Tree, TreeError

NOVEL = networkx.les_miserables_graph()


def test_two_trees_level_by_level():
    tall, low = hint_se.build_tree(NOVEL), hint_se.build_tree(NOVEL, height=3)
    found = hint_se.compare(tall, low)
    assert found.levels == ((None, *range(1, 9)), (None, 1, 2))
    assert found.adjusted_mutual_information.shape == found.variation_of_information.shape == (9, 3)
    for i, one in enumerate(found.levels[0]):
        for j, two in enumerate(found.levels[1]):
            pair = tall.labels(one), low.labels(two)
            assert found.adjusted_mutual_information[i, j] == pytest.approx(adjusted_mutual_info_score(*pair), abs=1e-9)
            assert found.overlap(one, two).tolist() == contingency_matrix(*pair).tolist()
    assert found.n_communities[1] == tuple(len(set(low.labels(level).tolist())) for level in (None, 1, 2))
    assert str(found).splitlines()[0].split()[0] == "AMI"
    assert len(str(found).splitlines()) == 10
    assert repr(found).startswith("Comparison(levels=")
    same = hint_se.compare(low, low, levels=[2])
    assert same.adjusted_mutual_information.tolist() == [[pytest.approx(1)]]
    assert same.variation_of_information.tolist() == [[pytest.approx(0, abs=1e-12)]]


def test_names_decide_which_node_is_which():
    tree = hint_se.build_tree(NOVEL, height=2)
    turned = networkx.Graph()
    turned.add_nodes_from(reversed(list(NOVEL)))
    turned.add_edges_from(NOVEL.edges(data=True))
    other = Tree.from_labels(turned, dict(zip(tree.node_names, tree.labels(1).tolist(), strict=True)))
    assert hint_se.compare(tree, other, levels=[1]).adjusted_mutual_information.item() == pytest.approx(1)
    assert hint_se.compare(tree, tree.communities(1), levels=[1]).adjusted_mutual_information.item() == pytest.approx(1)
    with pytest.raises(TreeError, match="expected the nodes of the first"):
        hint_se.compare(tree, hint_se.build_tree([("a", "b")]))


def test_partitions_alone():
    found = hint_se.compare([0, 0, 1, 1], list("aabc"))
    assert found.levels == ((None,), (None,))
    assert found.overlap().tolist() == [[2, 0, 0], [0, 1, 1]]
    assert found.variation_of_information.item() == pytest.approx(0.5)
    by_name = hint_se.compare([{"a", "b"}, {"c", "d"}], {"d": 1, "c": 1, "b": 0, "a": 0})
    assert by_name.adjusted_mutual_information.item() == pytest.approx(1)
    with pytest.raises(ValueError, match="level: expected one of"):
        found.overlap(1)
    with pytest.raises(
        TreeError, match="labels: expected 2, one per node, got 3|expected 2 nodes, as the first has, got 3"
    ):
        hint_se.compare([0, 1], [0, 1, 2])
    with pytest.raises(TreeError, match="labels: expected 6"):
        hint_se.compare(hint_se.build_tree(TRIANGLES), np.zeros(5))


def test_a_level_beyond_both_trees_is_refused():
    tree = hint_se.build_tree([(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)], height=2)
    with pytest.raises(ValueError, match="levels: expected an integer >= 1 and < 3, got 99"):
        hint_se.compare(tree, tree, levels=[1, 99])
