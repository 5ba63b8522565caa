"""Trees brought to changed graphs: known changes, names, forms of edges, what is refused, Ctrl-C."""

import numpy as np
import pytest
from drawn import weights_of
from processes import interrupted

import hint_se
from hint_se import Graph, GraphError, SelfLoopWarning, Tree, TreeError

TRIANGLES = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)]


@pytest.mark.parametrize("height", [None, 2, 3])
@pytest.mark.parametrize("weighted", [False, True])
def test_twenty_changes_stay_near_a_rebuild(height, weighted):
    """Planted groups, in which edges come and nodes join at each step, and of all edges some go: 4 % in the end."""
    rng = np.random.default_rng(7)
    group = rng.integers(0, 40, 1500)
    edges = rng.integers(0, 1500, (250_000, 2))
    edges = edges[(group[edges[:, 0]] == group[edges[:, 1]]) | (rng.random(len(edges)) < 0.03)]
    edges = np.unique(np.sort(edges[edges[:, 0] != edges[:, 1]], axis=1), axis=0)
    graph = Graph.from_edges(edges, rng.uniform(0.5, 2, len(edges)) if weighted else None, n_nodes=1500)
    tree = hint_se.build_tree(graph, height=height)
    for _ in range(20):
        pairs = weights_of(graph)
        removed = rng.choice(list(pairs), 15, replace=False)
        near = np.flatnonzero(group == rng.integers(0, 40)).tolist()
        added = {tuple(sorted(rng.choice(near, 2, replace=False).tolist())) for _ in range(12)} - set(pairs)
        added |= {(node, graph.n_nodes) for node in near[:3]}
        weights = rng.uniform(0.5, 2, len(added)) if weighted else None
        tree, graph = tree.update(graph, sorted(added), removed, weights=weights, height=height)
        group = np.append(group, group[near[0]])
    rebuilt = hint_se.build_tree(graph, height=height)
    assert graph.n_nodes == 1520
    assert tree.entropy <= 1.005 * rebuilt.entropy
    assert hint_se.structural_entropy(graph, tree) == pytest.approx(tree.entropy, abs=1e-9)
    assert height is None or tree.height <= height


def test_a_moved_node_changes_community():
    tree = hint_se.build_tree(TRIANGLES, height=2)
    graph = Graph.from_edges(TRIANGLES)
    again, after = tree.update(graph, [(6, 1), (6, 2)], [(2, 3)], height=2)
    assert again.labels(1).tolist() == [0, 0, 0, 1, 1, 1, 0]
    assert after == Graph.from_edges([*TRIANGLES[:-1], (6, 1), (6, 2)])
    # Two names of one thing: a named tuple.
    both = tree.update(graph, [(6, 1)], height=2)
    assert both.tree is both[0]
    assert both.graph is both[1]
    assert tree == hint_se.build_tree(TRIANGLES, height=2), "the tree that was updated is as it was"


def test_most_of_the_tree_stays():
    """Two hundred cliques in a ring: one edge in the first changes no community of the others."""
    ring = [(5 * c + u, 5 * c + v) for c in range(200) for u in range(5) for v in range(u)]
    ring += [(5 * c, (5 * c + 6) % 1000) for c in range(200)]
    graph = Graph.from_edges(ring)
    tree = hint_se.build_tree(graph)
    again, _ = tree.update(graph, [(3, 8)], [(0, 1)])
    members = {frozenset(again.leaves(node).tolist()) for node in range(1000, again.root)}
    kept = [frozenset(tree.leaves(node).tolist()) in members for node in range(1000, tree.root)]
    assert sum(kept) > 0.9 * len(kept)


def test_nodes_come_and_lose_their_edges():
    graph = Graph.from_edges(TRIANGLES)
    tree = hint_se.build_tree(graph)
    lonely, after = tree.update(graph, n_nodes=9)
    assert (lonely.parent[6:9] == lonely.root).all()
    assert lonely.entropy == pytest.approx(tree.entropy, abs=1e-12)
    bare, empty = lonely.update(after, removed_edges=TRIANGLES)
    assert empty.n_edges == 0
    assert bare.entropy == 0
    assert (bare.parent[:9] == bare.root).all()
    back, whole = bare.update(empty, TRIANGLES)
    assert whole == after
    assert back.entropy == pytest.approx(lonely.entropy, rel=1e-9)
    one = hint_se.build_tree([], n_nodes=1)
    grown, _ = one.update(Graph.from_edges([], n_nodes=1), [(0, 1), (1, 2), (0, 2)])
    assert grown.n_leaves == 3


def test_components_part_and_meet():
    graph = Graph.from_edges(TRIANGLES)
    tree = hint_se.build_tree(graph)
    apart, parted = tree.update(graph, removed_edges=[(3, 2)])
    assert apart.labels(1).tolist() == [0, 0, 0, 1, 1, 1]
    assert apart.entropy == pytest.approx(hint_se.build_tree(parted).entropy, abs=1e-12)
    together, joined = apart.update(parted, [(3, 2)])
    assert joined == graph
    assert together.entropy == pytest.approx(tree.entropy, abs=1e-12)


def test_weights_add_up_and_replace():
    graph = Graph.from_edges(TRIANGLES, [2.0] * 7)
    tree = hint_se.build_tree(graph)
    _, more = tree.update(graph, [(1, 0), (0, 1)], weights=[0.5, 1.0])
    assert weights_of(more)[0, 1] == 3.5
    _, instead = tree.update(graph, [(1, 0)], [(0, 1)], weights=[0.5])
    assert weights_of(instead)[0, 1] == 0.5
    _, same = tree.update(graph, [(1, 0)], [(0, 1)], weights=[2.0])
    assert same == graph
    with pytest.raises(GraphError, match=r"weights are needed.*row 0 of added_edges.*weighs 2\.0"):
        tree.update(graph, [(0, 1)])
    plain = Graph.from_edges(TRIANGLES)
    once = hint_se.build_tree(plain).update(plain, [(0, 1), (1, 0), (0, 4), (4, 0)])
    assert once.graph == Graph.from_edges([*TRIANGLES, (0, 4)])


def test_names():
    names = [("ann", "bob"), ("bob", "cid"), ("cid", "ann"), ("dan", "eve")]
    graph = Graph.from_edges(names)
    tree = hint_se.build_tree(graph)
    again, after = tree.update(graph, [("dan", "fay"), ("fay", "gus")], [("cid", "bob")])
    assert again.node_names == after.node_names == ("ann", "bob", "cid", "dan", "eve", "fay", "gus")
    assert set(weights_of(after)) == {(0, 1), (0, 2), (3, 4), (3, 5), (5, 6)}
    with pytest.raises(GraphError, match="removed_edges: expected nodes of the graph, got 'zoe' in row 1"):
        tree.update(graph, removed_edges=[("ann", "bob"), ("ann", "zoe")])
    with pytest.raises(GraphError, match="a graph with names grows by the new names"):
        tree.update(graph, n_nodes=9)
    with pytest.raises(GraphError, match="row 0 of removed_edges"):
        tree.update(graph, removed_edges=[("ann", "dan")])
    numbers = Graph.from_edges(np.array([(70, 80), (80, 90), (90, 70)]), relabel=True)
    grown = hint_se.build_tree(numbers).update(numbers, np.array([(70, 100)]))
    assert grown.tree.node_names == (70, 80, 90, 100)
    with pytest.raises(GraphError, match="expected ids, as the graph has no node names, got the name 'ann'"):
        hint_se.build_tree(TRIANGLES).update(Graph.from_edges(TRIANGLES), [("ann", "bob")])


def test_every_form_of_an_edge_list():
    pandas, networkx = pytest.importorskip("pandas"), pytest.importorskip("networkx")
    graph = Graph.from_edges(TRIANGLES)
    tree = hint_se.build_tree(graph)
    added, removed = np.array([(0, 4), (1, 5), (6, 0)]), np.array([(2, 3), (0, 1), (3, 4)])
    expected = tree.update(graph, added, removed)
    columns = pandas.DataFrame({"source": added[:, 0], "target": added[:, 1]})
    assert tree.update(graph, added.T, removed.astype(np.uint8)) == expected
    assert tree.update(graph, (added[:, 0], added[:, 1]), removed.tolist()) == expected
    assert tree.update(graph, columns, removed) == expected
    columns["weight"] = [1.0, 1.0, 1.0]
    assert tree.update(graph, columns, removed) == expected
    assert tree.update(networkx.Graph(TRIANGLES), added, removed).graph.n_edges == 7
    assert tree.update(np.array(TRIANGLES), added, removed) == expected
    with pytest.raises(GraphError, match="given twice"):
        tree.update(graph, columns, weights=[1.0] * 3)
    with pytest.raises(GraphError, match="removed_edges: expected edges alone, got weights"):
        tree.update(graph, removed_edges=columns)


def test_a_subtree_without_edges_cuts_nothing():
    # What rounding left of the cut of the isolated leaves was above their volume, 0.
    graph = Graph.from_edges([(0, 1), (0, 2), (0, 3)], [101.35354091, 1.0, 123.12084124560658], n_nodes=11)
    tree = hint_se.Tree.from_parent(graph, [12, 11, 12, 11, 11, 11, 11, 12, 12, 12, 13, 12, 13, -1])
    after, _ = tree.update(graph, [(0, 3), (0, 4)], weights=[1.0, 1.0])
    assert after.cuts[after.volume == 0].max() == 0
    assert hint_se.Tree(after.parent, after.volume, after.cuts) == after


def test_what_is_refused():
    graph = Graph.from_edges(TRIANGLES)
    tree = hint_se.build_tree(graph)
    with pytest.raises(GraphError, match=r"none for row 1 of removed_edges, the edge between 0 and 4"):
        tree.update(graph, removed_edges=[(0, 1), (0, 4)])
    with pytest.raises(GraphError, match=r"\[0, 6\), but not so in row 0 of removed_edges"):
        tree.update(graph, [(6, 0)], [(6, 0)])
    with pytest.raises(GraphError, match="row 0 of added_edges"):
        tree.update(graph, [(-1, 0)])
    with pytest.raises(GraphError, match="pass n_nodes if it is meant"):
        tree.update(graph, [(0, 10**8)])
    with pytest.raises(GraphError, match="row 0 of added_edges"):
        tree.update(graph, [(0, 9)], n_nodes=8)
    with pytest.raises(GraphError, match="expected at least the 6 nodes there are, got 5"):
        tree.update(graph, n_nodes=5)
    with pytest.raises(GraphError, match="row 1 of added_edges.*NaN"):
        tree.update(graph, [(0, 3), (1, 4)], weights=[1, float("nan")])
    with pytest.raises(GraphError, match=r"weights: expected shape \(1,\)"):
        tree.update(graph, [(0, 3)], weights=[1, 2])
    with pytest.raises(GraphError, match="added_edges: edges: expected integer"):
        tree.update(graph, [(0.5, 3)])
    with pytest.raises(GraphError, match="total of the weights must be finite"):
        tree.update(graph, [(0, 3), (1, 4)], weights=[1e308, 1e308])
    with pytest.raises(ValueError, match="height"):
        tree.update(graph, height=0)
    with pytest.raises(TreeError, match="expected 6 nodes, one for each leaf of the tree, got 7"):
        tree.update(Graph.from_edges(TRIANGLES, n_nodes=7))
    with pytest.raises(TreeError, match=r"got one in which tree node 0 has the volume 1\.0 and not 2\.0"):
        tree.update(Graph.from_edges(TRIANGLES[1:], n_nodes=6), [(0, 1)])
    named = Graph.from_edges([("a", "b"), ("b", "c")])
    other = Graph.from_edges([("a", "b"), ("b", "d")])
    with pytest.raises(TreeError, match="expected leaves of the tree as nodes, got 'd'"):
        hint_se.build_tree(named).update(other)
    with pytest.warns(SelfLoopWarning, match="dropped 1 self-loop") as caught:
        assert tree.update(graph, [(3, 3)]) == (tree, graph)
    assert caught[0].filename == __file__


def test_subclasses_and_saved_trees(tmp_path):
    graph = Graph.from_edges(TRIANGLES)
    hint_se.build_tree(graph).save(tmp_path / "tree.npz")
    loaded = Tree.load(tmp_path / "tree.npz")
    assert loaded.update(graph, [(0, 4)]) == hint_se.build_tree(graph).update(graph, [(0, 4)])


def test_a_tree_above_the_limit_is_cut_first(random_graph):
    edges, weights = random_graph(3, 300, 900)
    graph = Graph.from_edges(edges, weights, n_nodes=300)
    tree = hint_se.build_tree(graph)
    assert tree.height > 3
    low, _ = tree.update(graph, height=3)
    assert low.height <= 3
    assert low.entropy <= 1.05 * hint_se.build_tree(graph, height=3).entropy


def test_ctrl_c(random_graph):
    """At a large change of a large graph."""
    graph = Graph.from_edges(*random_graph(4, 300_000, 900_000))
    tree = hint_se.build_tree(graph, effort="fast")
    rng = np.random.default_rng(0)
    added = rng.integers(0, graph.n_nodes, (100_000, 2))
    added = added[added[:, 0] != added[:, 1]]
    weights = rng.uniform(1, 2, len(added))

    with interrupted(after=0.3), pytest.raises(KeyboardInterrupt):
        tree.update(graph, added, weights=weights)
    assert tree.update(graph).tree == tree
