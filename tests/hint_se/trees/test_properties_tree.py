"""What holds for every tree over every graph, whoever made it: hypothesis draws both."""

import copy
import itertools
import pickle
import tempfile
from pathlib import Path

import numpy as np
import oracle
import pytest
from drawn import ancestors, graphs, trees_over_graphs
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import hint_se
from hint_se import Tree, TreeError

NAMES = st.one_of(st.text(max_size=4), st.integers(-(10**20), 10**20), st.tuples(st.text(max_size=2), st.integers()))


@given(trees_over_graphs())
def test_the_entropy_lies_between_zero_and_the_flat_tree(drawn):
    graph, tree, _ = drawn
    assert -1e-12 <= tree.entropy <= hint_se.one_dimensional_entropy(graph) + 1e-9


@given(trees_over_graphs(), st.data())
def test_deleting_an_inner_node_never_lowers_the_entropy(drawn, data):
    graph, tree, _ = drawn
    inner = range(tree.n_leaves, tree.root)
    assume(inner)
    node = data.draw(st.sampled_from(inner))
    parent = tree.parent.tolist()
    shorter = [parent[node] if up == node else up for up in parent]
    del shorter[node]
    shorter = [up - 1 if up > node else up for up in shorter]
    assert Tree.from_parent(graph, shorter).entropy >= tree.entropy - 1e-9


@given(trees_over_graphs(), st.data())
def test_joining_two_siblings_never_raises_the_entropy(drawn, data):
    graph, _, nested = drawn
    wide, parts = [], [nested]
    while parts:
        part = parts.pop()
        if isinstance(part, list):
            wide += [part] * (len(part) > 2)
            parts += part
    assume(wide)
    part = data.draw(st.sampled_from(wide))
    before = oracle.parents(nested)
    one, two = data.draw(st.permutations(range(len(part))))[:2]
    joined = [part[one], part[two]]
    part[:] = [child for k, child in enumerate(part) if k not in (one, two)] + [joined]
    after = oracle.parents(nested)
    assert Tree.from_parent(graph, after).entropy <= Tree.from_parent(graph, before).entropy + 1e-9


@given(trees_over_graphs(), st.data())
def test_only_children_cost_nothing(drawn, data):
    graph, tree, _ = drawn
    node = data.draw(st.integers(0, tree.root))
    parent = tree.parent.tolist()
    # The new node goes between `node` and its parent, or above the root.
    place = tree.root + 1 if node == tree.root else max(node + 1, tree.n_leaves)
    longer = [up + 1 if up >= place else up for up in parent]
    longer.insert(place, longer[node])
    longer[node] = place
    assert Tree.from_parent(graph, longer).entropy == pytest.approx(tree.entropy, abs=1e-9)


@given(trees_over_graphs(6), trees_over_graphs(6))
def test_a_union_costs_the_mean_of_its_parts_by_their_volumes(first, second):
    (graph_a, tree_a, nested_a), (graph_b, tree_b, nested_b) = first, second

    def shifted(part):
        return [shifted(child) for child in part] if isinstance(part, list) else part + graph_a.n_nodes

    indptr = np.concatenate([graph_a.indptr, graph_a.indptr[-1] + graph_b.indptr[1:]])
    indices = np.concatenate([graph_a.indices, graph_a.n_nodes + graph_b.indices])
    union = hint_se.Graph.from_csr(indptr, indices, np.concatenate([graph_a.weights, graph_b.weights]))
    tree = Tree.from_parent(union, oracle.parents([nested_a, shifted(nested_b)]))
    expected = (graph_a.volume * tree_a.entropy + graph_b.volume * tree_b.entropy) / union.volume
    assert tree.entropy == pytest.approx(expected, abs=1e-9)


@given(trees_over_graphs(), st.randoms(use_true_random=False))
def test_relabelling_nodes_and_leaves_alike_changes_nothing(drawn, random):
    graph, tree, nested = drawn
    order = random.sample(range(graph.n_nodes), graph.n_nodes)

    def renamed(part):
        return [renamed(child) for child in part] if isinstance(part, list) else order[part]

    rows = np.repeat(np.arange(graph.n_nodes), np.diff(graph.indptr))
    once = rows < graph.indices
    edges = np.array(order)[np.stack([rows[once], graph.indices[once]], axis=1)]
    other = hint_se.Graph.from_edges(edges, graph.weights[once], n_nodes=graph.n_nodes)
    again = Tree.from_parent(other, oracle.parents(renamed(nested)))
    assert again.entropy == pytest.approx(tree.entropy, abs=1e-9)
    assert again.volume[order] == pytest.approx(tree.volume[: graph.n_nodes])
    assert np.sort(again.cuts) == pytest.approx(np.sort(tree.cuts))


@given(trees_over_graphs())
def test_a_tree_passes_its_own_checks(drawn):
    _, tree, _ = drawn
    assert Tree(tree.parent, tree.volume, tree.cuts) == tree


@given(trees_over_graphs(), st.sampled_from(["volume", "cuts"]), st.data())
def test_no_wrong_column_passes(drawn, column, data):
    """A volume anywhere, or the cut of a leaf or of the root, off by a thousandth of the total."""
    graph, tree, _ = drawn
    columns = {"volume": tree.volume.copy(), "cuts": tree.cuts.copy()}
    nodes = range(tree.root + 1) if column == "volume" else [*range(tree.n_leaves), tree.root]
    node = data.draw(st.sampled_from(nodes))
    columns[column][node] += 1e-3 * graph.volume
    with pytest.raises(TreeError):
        Tree(tree.parent, **columns)


def is_tree(parent):
    """Decide by climbing what a parent array is: leaves first, ids that rise, one root, no other childless node."""
    n_leaves = next((node for node in range(len(parent)) if node in parent), len(parent))
    if len(parent) == 1:
        return parent == [-1]
    if not 0 < n_leaves < len(parent) or any(node not in parent for node in range(n_leaves, len(parent))):
        return False
    for node, up in enumerate(parent[:-1]):
        if not node < up < len(parent):
            return False
    return parent[-1] == -1


@settings(max_examples=300)
@given(st.lists(st.integers(-1, 6), min_size=1, max_size=7))
def test_exactly_the_trees_are_accepted(parent):
    volume = np.zeros(len(parent))
    if is_tree(parent):
        assert Tree(parent, volume, volume).parent.tolist() == parent
    else:
        with pytest.raises(TreeError):
            Tree(parent, volume, volume)


@settings(max_examples=100)
@given(trees_over_graphs(6), st.data())
def test_one_changed_parent_is_refused_or_a_tree(drawn, data):
    graph, tree, _ = drawn
    parent = tree.parent.tolist()
    parent[data.draw(st.integers(0, tree.root))] = data.draw(st.integers(-2, tree.root + 2))
    if is_tree(parent) and min(parent[:-1]) == graph.n_nodes:
        Tree.from_parent(graph, parent)
    else:
        with pytest.raises(TreeError):
            Tree.from_parent(graph, parent)


@given(trees_over_graphs())
def test_children_share_out_the_leaves(drawn):
    _, tree, _ = drawn
    for node in range(tree.n_leaves, tree.root + 1):
        parts = [tree.leaves(int(child)).tolist() for child in tree.children(node)]
        assert sorted(itertools.chain(*parts)) == tree.leaves(node).tolist()
    assert tree.leaves(tree.root).tolist() == list(range(tree.n_leaves))


@given(trees_over_graphs())
def test_the_height_is_the_longest_climb(drawn):
    _, tree, _ = drawn
    assert tree.height == max(len(ancestors(tree, leaf)) for leaf in range(tree.n_leaves)) - 1


@given(trees_over_graphs(), st.integers(1, 8))
def test_labels_refine_from_level_to_level(drawn, level):
    _, tree, _ = drawn
    coarse, fine = tree.labels(level), tree.labels(level + 1)
    assert len(set(zip(coarse.tolist(), fine.tolist(), strict=True))) == len(set(fine.tolist()))
    assert len(set(tree.labels(1).tolist())) == tree.children(tree.root).size


@given(trees_over_graphs(), st.integers(0, 80))
def test_labels_below_the_deepest_leaf_tell_all_leaves_apart(drawn, more):
    _, tree, _ = drawn
    assert tree.labels(tree.height + 2**more - 1).tolist() == list(range(tree.n_leaves))


@given(trees_over_graphs(), st.integers(1, 8))
def test_labels_are_numbered_by_first_appearance(drawn, level):
    _, tree, _ = drawn
    found = tree.labels(level).tolist()
    assert list(dict.fromkeys(found)) == list(range(len(set(found))))


@given(trees_over_graphs(), st.data())
def test_a_capped_row_of_neighbours_is_a_sample_of_the_whole(drawn, data):
    _, tree, _ = drawn
    groups = data.draw(st.lists(st.integers(0, 1), min_size=tree.n_leaves, max_size=tree.n_leaves))
    cap, seed = data.draw(st.integers(1, 6)), data.draw(st.integers(0, 2**64 - 1))
    whole, part = tree.neighbours(groups), tree.neighbours(groups, cap=cap, seed=seed)
    for (indptr, indices), (few_indptr, few) in (
        ((whole[0], whole[1]), (part[0], part[1])),
        ((whole[2], whole[3]), (part[2], part[3])),
    ):
        for leaf in range(tree.n_leaves):
            all_of_row = indices[indptr[leaf] : indptr[leaf + 1]].tolist()
            row = few[few_indptr[leaf] : few_indptr[leaf + 1]].tolist()
            assert len(row) == min(cap, len(all_of_row))
            assert row == sorted(set(row) & set(all_of_row))
    again = tree.neighbours(groups, cap=cap, seed=seed)
    assert all(np.array_equal(one, two) for one, two in zip(part, again, strict=True))


@given(trees_over_graphs(), st.data())
def test_the_names_of_the_two_groups_do_not_matter(drawn, data):
    _, tree, _ = drawn
    groups = np.array(data.draw(st.lists(st.integers(0, 1), min_size=tree.n_leaves, max_size=tree.n_leaves)))
    one, two = tree.neighbours(groups), tree.neighbours(1 - groups)
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


@given(trees_over_graphs(), st.integers(1, 8), st.data())
def test_neighbours_at_a_level_come_from_the_ancestor_there(drawn, level, data):
    """Or from the first above it that holds any."""
    _, tree, _ = drawn
    groups = data.draw(st.lists(st.integers(0, 1), min_size=tree.n_leaves, max_size=tree.n_leaves))
    tables = tree.neighbours(groups, level=level)
    for leaf in range(tree.n_leaves):
        path = ancestors(tree, leaf)[1:]
        start = max(0, len(path) - 1 - level)
        others = ({other for other in tree.leaves(node).tolist() if groups[other] != groups[leaf]} for node in path)
        expected = next((found for found in list(others)[start:] if found), set())
        row = tables.other_indices[tables.other_indptr[leaf] : tables.other_indptr[leaf + 1]]
        assert row.tolist() == sorted(expected)


@settings(max_examples=25)  # each waits for the disk
@given(trees_over_graphs(), st.data())
def test_saved_trees_come_back(drawn, data):
    _, tree, _ = drawn
    n = tree.n_leaves
    names = data.draw(st.none() | st.lists(NAMES, min_size=n, max_size=n, unique=True))
    named = Tree(tree.parent, tree.volume, tree.cuts, names)
    with tempfile.TemporaryDirectory() as folder:
        one, two = Path(folder, "one.npz"), Path(folder, "two.npz")
        named.save(one)
        again = Tree.load(one)
        assert again == named
        again.save(two)
        assert one.read_bytes() == two.read_bytes()


@given(trees_over_graphs(), st.sampled_from(["pickle", "copy", "deepcopy"]))
def test_copies_are_equal_and_read_only(drawn, how):
    _, tree, _ = drawn
    again = pickle.loads(pickle.dumps(tree)) if how == "pickle" else getattr(copy, how)(tree)
    assert again == tree
    assert not any(getattr(again, name).flags.writeable for name in ("parent", "volume", "cuts"))


@given(trees_over_graphs(), graphs(12))
def test_a_tree_can_be_weighed_on_another_graph(drawn, other):
    _, tree, nested = drawn
    edges, weights, _ = other
    keep = (edges < tree.n_leaves).all(axis=1)
    weights = None if weights is None else np.array(weights)[keep]
    assume(keep.any())
    graph = hint_se.Graph.from_edges(edges[keep], weights, n_nodes=tree.n_leaves)
    expected = oracle.entropy(oracle.weighted(edges[keep].tolist(), weights), nested)
    assert hint_se.structural_entropy(graph, tree) == pytest.approx(expected, abs=1e-9)
