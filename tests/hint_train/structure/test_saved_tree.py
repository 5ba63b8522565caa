"""The communities of a run's tree, read again."""

import pytest

import hint_se
from hint_train.errors import DataError
from hint_train.structure.saved_tree import load_tree

#: Two communities of two pairs each, one pair alone, and above the first two one more.
PARENT = [(0, 1), (2, 3), (4, 5)]


def saved(path, weights=None):
    """A tree of six leaves: 0 and 1, 2 and 3 in communities of one community, 4 and 5 under the root."""
    edges = [(0, 1), (2, 3), (1, 2), (4, 5)]
    tree = hint_se.Tree.from_parent(edges, [6, 6, 7, 7, 9, 9, 8, 8, 9, -1])
    tree.save(path)
    return path


def test_the_way_of_a_pair_from_the_coarsest_to_the_finest(tmp_path):
    tree = load_tree(saved(tmp_path / "tree.npz"), 6)
    assert tree.n_pairs == 6
    assert [size for _, size in tree.path(0)] == [4, 2]
    assert tree.path(0) == tree.path(1) == tree.path(1, text=True)
    assert tree.path(0)[0] == tree.path(2)[0]
    assert tree.path(0)[1] != tree.path(2)[1]
    assert tree.path(4) == []


def test_texts_are_leaves_of_their_own_where_pairs_are_two(tmp_path):
    tree = load_tree(saved(tmp_path / "tree.npz"), 3)  # images are 0 to 2, texts 3 to 5
    assert [size for _, size in tree.path(0)] == [4, 2]
    assert tree.path(0, text=True) == tree.path(2)
    assert tree.path(2, text=True) == []


def test_other_trees_and_damaged_files_are_refused(tmp_path):
    path = saved(tmp_path / "tree.npz")
    with pytest.raises(DataError, match="6 leaves, but the run has 4"):
        load_tree(path, 4)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DataError, match=r"tree\.npz"):
        load_tree(path, 6)
