"""Communities by name: sets, and the table of nodes and levels."""

import subprocess
import sys

import networkx
import numpy as np
import pandas
import pytest

import hint_se
from hint_se import Tree

NOVEL = networkx.les_miserables_graph()


@pytest.mark.parametrize("height", [None, 1, 3])
def test_sets_are_the_labels(height):
    tree = hint_se.build_tree(NOVEL, height=height)
    for level in (None, *range(1, tree.height + 1)):
        labels = dict(zip(tree.node_names, tree.labels(level).tolist(), strict=True))
        sets = tree.communities(level)
        assert len(sets) == max(labels.values()) + 1
        assert all(labels[name] == number for number, names in enumerate(sets) for name in names)
        assert networkx.community.is_partition(NOVEL, sets)


@pytest.mark.parametrize("height", [None, 1, 3])
def test_every_level_of_the_table_is_a_partition(height):
    tree = hint_se.build_tree(NOVEL, height=height)
    frame = tree.to_frame()
    assert list(frame.columns) == ["node", "level", "community", "parent"]
    assert sorted(set(frame["level"])) == list(range(1, max(tree.height, 2)))
    for level, rows in frame.groupby("level"):
        assert rows["node"].tolist() == list(tree.node_names)
        codes = pandas.factorize(rows["community"])[0]
        assert codes.tolist() == tree.labels(int(level)).tolist()
        assert (tree.parent[rows["community"]] == rows["parent"]).all()
        for leaf, community in enumerate(rows["community"]):
            assert leaf in tree.leaves(community)
    assert frame.equals(hint_se.build_tree(NOVEL, height=height).to_frame())


def test_chosen_levels_and_ids():
    tree = Tree.from_parent([(0, 1), (2, 3)], [4, 4, 5, 5, 6, 6, -1])
    assert tree.to_frame([2, 1])["community"].tolist() == [0, 1, 2, 3, 4, 4, 5, 5]
    assert tree.to_frame([]).shape == (0, 4)
    assert tree.to_frame()["node"].tolist() == [0, 1, 2, 3]
    alone = hint_se.build_tree(hint_se.Graph.from_edges(np.empty((0, 2), int), n_nodes=1))
    assert alone.to_frame()["community"].tolist() == [0]


def test_without_pandas_the_table_says_what_it_needs():
    code = (
        "import sys; sys.modules['pandas'] = None; import hint_se\n"
        "try:\n    hint_se.build_tree([(0, 1)]).to_frame()\n"
        "except ModuleNotFoundError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "to_frame needs pandas: pip install pandas\n"
