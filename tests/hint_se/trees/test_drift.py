"""Updates that do not drift from rebuilds: what is built anew and when, and the account of changes that a tree keeps."""

import copy
import pickle
import zipfile

import networkx
import numpy as np
import pytest
from drawn import leaf_sets, weights_of

import hint_se
from hint_se import Graph, Tree


def planted(sizes, inside, outside, seed):
    """Return the graph of a planted partition."""
    chances = np.full((len(sizes), len(sizes)), outside) + np.diag([inside - outside] * len(sizes))
    network = networkx.stochastic_block_model(sizes, chances.tolist(), seed=seed)
    return Graph.from_edges(np.array(network.edges), n_nodes=sum(sizes))


def rewired(graph, count, rng, among=None):
    """Return edges to add between nodes of some (None: all), and as many of theirs to remove."""
    among = np.arange(graph.n_nodes) if among is None else among
    known = weights_of(graph)
    kept = set(among.tolist())
    inner = [pair for pair in known if kept.issuperset(pair)]
    removed = [inner[k] for k in rng.choice(len(inner), count, replace=False)]
    added = {tuple(sorted(rng.choice(among, 2, replace=False).tolist())) for _ in range(count)} - set(known)
    return sorted(added), removed


@pytest.mark.parametrize("height", [None, 2])
def test_an_update_of_many_edges_is_a_rebuild(height):
    graph = planted([50] * 12, 0.2, 0.01, 1)
    tree = hint_se.build_tree(graph, height=height)
    added, removed = rewired(graph, graph.n_edges // 12, np.random.default_rng(0))
    after = tree.update(graph, added, removed, height=height)
    assert after.tree == hint_se.build_tree(after.graph, height=height)
    fast = tree.update(graph, added, removed, height=height, effort="fast").tree
    assert fast.entropy <= hint_se.structural_entropy(after.graph, tree)
    searched = tree.update(graph, added, removed, height=height, effort=None).tree
    assert searched.entropy <= hint_se.structural_entropy(after.graph, tree)
    with pytest.raises(ValueError, match="effort"):
        tree.update(graph, added, effort="hard")


def test_many_small_updates_stay_near_a_rebuild():
    """One edge in seven has changed in the end."""
    rng = np.random.default_rng(5)
    graph = planted([40] * 10, 0.2, 0.01, 2)
    tree = hint_se.build_tree(graph)
    worst = 0.0
    for step in range(1, 151):
        tree, graph = tree.update(graph, *rewired(graph, 1, rng))
        if step % 50 == 0:
            worst = max(worst, tree.entropy / hint_se.build_tree(graph).entropy - 1)
    assert worst <= 0.005
    assert hint_se.structural_entropy(graph, tree) == pytest.approx(tree.entropy, abs=1e-9)


def test_only_the_community_that_changed_is_built_anew():
    """A block of 300 in which every tenth edge changes; in all they are one in a hundred and fifty."""
    rng = np.random.default_rng(3)
    sizes = [300] * 12
    graph = planted(sizes, 0.06, 0.0005, 4)
    tree = Tree.from_labels(graph, np.repeat(np.arange(12), 300))
    inside = np.arange(300)
    added, removed = rewired(graph, 120, rng, inside)
    again, after = tree.update(graph, added, removed)
    blocks = {frozenset(range(start, start + 300)) for start in range(300, 3600, 300)}
    assert blocks <= leaf_sets(again, 3600)
    divided = [node for node in range(3600, again.root) if again.leaves(node).max() < 300]
    others = [node for node in range(3600, again.root) if again.leaves(node).min() >= 300]
    assert len(divided) > 50, "the block is a tree of its own now"
    assert len(others) < 50, "the others are as they were, but for what moves around the change"
    assert hint_se.structural_entropy(after, again) == pytest.approx(again.entropy, abs=1e-9)
    assert again.entropy < hint_se.structural_entropy(after, tree)


def test_the_account_of_changes_goes_with_the_tree(tmp_path):
    rng = np.random.default_rng(1)
    graph = planted([60] * 8, 0.2, 0.01, 6)
    built = hint_se.build_tree(graph)
    first = rewired(graph, 50, rng)
    tree, between = built.update(graph, *first)
    second = rewired(between, 50, rng)
    expected, after = tree.update(between, *second)
    assert expected == hint_se.build_tree(after), "together they are too much"
    forgetful = Tree(tree.parent, tree.volume, tree.cuts).update(between, *second).tree
    assert forgetful != expected, "the second alone is not"
    tree.save(tmp_path / "tree.npz")
    for other in (Tree.load(tmp_path / "tree.npz"), copy.deepcopy(tree), pickle.loads(pickle.dumps(tree))):
        assert other == tree
        assert other.update(between, *second).tree == expected
    # What was built anew has nothing to account for, and its file is what it ever was.
    for fresh, name in ((built, "built.npz"), (expected, "rebuilt.npz")):
        fresh.save(tmp_path / name)
        assert zipfile.ZipFile(tmp_path / name).namelist() == [
            "format_version.npy", "parent.npy", "volume.npy", "cut.npy"
        ]  # fmt: skip
    assert zipfile.ZipFile(tmp_path / "tree.npz").namelist()[-1] == "changed.npy"


def test_what_is_placed_counts_and_what_is_refined_does_not():
    rng = np.random.default_rng(2)
    graph = planted([60] * 8, 0.2, 0.01, 7)
    tree = hint_se.build_tree(graph)
    late = [(node, int(end)) for node in range(480, 495) for end in rng.choice(480, 12, replace=False)]
    placed = tree.place(late)
    after, grown = placed.update(placed.graph, *rewired(graph, 1, rng))
    assert after == hint_se.build_tree(grown)
    refined = placed.refine(placed.root)
    assert refined.entropy < placed.entropy
    edits = rewired(graph, 1, rng)
    assert refined.update(refined.graph, *edits) == Tree(refined.parent, refined.volume, refined.cuts).update(
        refined.graph, *edits
    )


def test_an_account_without_end_is_a_number_still(tmp_path):
    """Edges of 10^307 that come and go: their sum is beyond the greatest double."""
    graph = Graph.from_edges([(0, 1), (1, 2), (2, 0), (2, 3)], [1e307] * 4)
    tree = hint_se.build_tree(graph)
    for _ in range(10):
        tree, graph = tree.update(graph, None, [(0, 1)], effort=None)
        tree, graph = tree.update(graph, [(0, 1)], weights=[1e307], effort=None)
    for node in range(4, 6):
        tree = tree.place([(node, 0)], [1e307])
    tree.save(tmp_path / "tree.npz")
    assert Tree.load(tmp_path / "tree.npz") == tree
    after, grown = tree.update(tree.graph, [(0, 3)], weights=[1e307])
    assert after.entropy == pytest.approx(hint_se.structural_entropy(grown, after), abs=1e-12)
