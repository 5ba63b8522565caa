"""`Tree.place`: known places, names, forms of edges, later updates, what is refused, Ctrl-C."""

import gc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from drawn import leaf_sets, weights_of
from processes import interrupted

import hint_se
from hint_se import Graph, GraphError, SelfLoopWarning, Tree

TRIANGLES = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)]


def test_a_known_place():
    tree = hint_se.build_tree(TRIANGLES, height=2)
    placed = tree.place([(6, 3), (6, 4)], height=2)
    assert placed.labels(1).tolist() == [0, 0, 0, 1, 1, 1, 1]
    assert placed.graph == Graph.from_edges([*TRIANGLES, (3, 6), (4, 6)])
    assert tree == hint_se.build_tree(TRIANGLES, height=2), "the tree that took them is as it was"
    # The first of two is placed after the second, which brings it along.
    assert tree.place([(6, 7), (7, 4), (7, 3)], height=2).labels(1).tolist() == [0, 0, 0, 1, 1, 1, 1, 1]
    # A community that is new as a whole, hanging by one edge.
    new = [(6, 7), (7, 8), (8, 6), (6, 9), (7, 9), (8, 9)]
    assert frozenset(range(6, 10)) in leaf_sets(tree.place([*new, (6, 0)]), 10)


def test_bridges_join_components():
    apart = hint_se.build_tree([edge for edge in TRIANGLES if edge != (2, 3)] + [(6, 7), (7, 8), (8, 6)])
    placed = apart.place([(9, 2), (9, 3)])
    assert frozenset({0, 1, 2, 3, 4, 5, 9}) in leaf_sets(placed, 10)
    assert placed.entropy < apart.place([(9, 2), (9, 3)], height=apart.height).entropy


def test_nodes_without_edges_hang_under_the_root():
    tree = hint_se.build_tree(TRIANGLES)
    lonely = tree.place([], n_nodes=9)
    assert (lonely.parent[6:9] == lonely.root).all()
    assert lonely.entropy == pytest.approx(tree.entropy, abs=1e-12)
    assert tree.place([]) == tree
    assert tree.place(None, n_nodes=6) == tree
    one = hint_se.build_tree(Graph.from_edges([], n_nodes=1))
    assert one.place([]) == one, "the root is its leaf"
    one = hint_se.build_tree([], n_nodes=1)
    assert one.place([(0, 1), (1, 2), (0, 2)]).n_leaves == 3


def planted(n, rng):
    """Return the edges of groups of 50 nodes, each node linked to ten of its own and to one of any."""
    ends = np.repeat(np.arange(n), 11)
    own = ends % (n // 50) + (n // 50) * rng.integers(0, 50, ends.size)
    others = np.where(np.arange(ends.size) % 11 == 0, rng.integers(0, n, ends.size), own)
    return np.stack([ends, others], axis=1)[ends != others]


@pytest.mark.parametrize("height", [None, 2, 3])
def test_a_tenth_that_comes_later_costs_little(height):
    """In one call and in a hundred, against a rebuild with all nodes."""
    n, first = 2_000, 1_800
    edges = np.unique(np.sort(planted(n, np.random.default_rng(3)), axis=1), axis=0)
    tree = hint_se.build_tree(Graph.from_edges(edges[edges[:, 1] < first], n_nodes=first), height=height)
    at_once = tree.place(edges[edges[:, 1] >= first], height=height)
    little = tree
    for start in range(first, n, 2):
        later = edges[(edges[:, 1] >= start) & (edges[:, 1] < start + 2)]
        little = little.place(later, n_nodes=start + 2, height=height)
    rebuilt = hint_se.build_tree(edges, height=height)
    assert at_once.graph == little.graph == Graph.from_edges(edges)
    assert at_once.entropy <= 1.01 * rebuilt.entropy
    assert little.entropy <= 1.015 * rebuilt.entropy
    groups = at_once.labels(1) if height == 2 else None
    if groups is not None:
        assert np.mean(groups[first:] == groups[np.arange(first, n) % (n // 50)]) > 0.95


def test_an_update_goes_on_where_nodes_were_placed(tmp_path):
    graph = Graph.from_edges(TRIANGLES)
    placed = hint_se.build_tree(graph).place([(6, 1), (6, 2)]).place([(7, 6)])
    grown = Graph.from_edges([*TRIANGLES, (6, 1), (6, 2), (7, 6)])
    tree, after = placed.update(placed.graph, [(7, 5)], [(7, 6)])
    assert after == Graph.from_edges([*TRIANGLES, (6, 1), (6, 2), (7, 5)])
    assert tree.graph is after
    assert placed.update(grown, [(7, 5)], [(7, 6)]) == (tree, after)
    assert placed.refine(placed.root).graph == grown
    assert placed.null(samples=2).saved is not None
    placed.save(tmp_path / "tree.npz")
    loaded = Tree.load(tmp_path / "tree.npz")
    assert loaded == placed
    assert loaded.graph is None
    assert loaded.place([(8, 0)]) == placed.place([(8, 0)])


def test_names():
    tree = hint_se.build_tree([("ann", "bob"), ("bob", "cid"), ("cid", "ann"), ("dan", "eve")])
    placed = tree.place([("fay", "dan"), ("gus", "fay"), ("gus", "eve")])
    assert placed.node_names == placed.graph.node_names == ("ann", "bob", "cid", "dan", "eve", "fay", "gus")
    assert frozenset({3, 4, 5, 6}) in leaf_sets(placed, 7)
    with pytest.raises(GraphError, match="got 'ann' and 'bob' in row 1, which the tree has; update takes edges"):
        tree.place([("fay", "dan"), ("ann", "bob")])
    with pytest.raises(GraphError, match="a tree with names grows by the new names in edges"):
        tree.place([("fay", "dan")], n_nodes=7)
    with pytest.raises(GraphError, match="expected ids, as the tree has no node names, got the name 'ann'"):
        hint_se.build_tree(TRIANGLES).place([("ann", "bob")])


def test_every_form_of_an_edge_list_and_repeats():
    pandas = pytest.importorskip("pandas")
    tree = hint_se.build_tree(TRIANGLES)
    edges = np.array([(6, 0), (6, 1), (7, 6), (0, 6)])
    expected = tree.place(edges)
    assert expected.graph.n_edges == len(TRIANGLES) + 3
    assert tree.place(edges.T) == tree.place(edges.tolist()) == tree.place((edges[:, 0], edges[:, 1])) == expected
    frame = pandas.DataFrame({"source": edges[:, 0], "target": edges[:, 1], "weight": [1.0, 2.0, 3.0, 0.5]})
    weighed = tree.place(frame)
    assert weighed == tree.place(edges, [1.0, 2.0, 3.0, 0.5])
    assert weights_of(weighed.graph)[0, 6] == 1.5
    with pytest.raises(GraphError, match="given twice"):
        tree.place(frame, [1.0] * 4)


def test_self_loops_count_where_those_of_the_tree_do():
    tree = hint_se.build_tree(TRIANGLES)
    with pytest.warns(SelfLoopWarning, match="dropped 1 self-loop: those of the tree count in no degree") as caught:
        assert tree.place([(6, 0), (6, 6)]) == tree.place([(6, 0)])
    assert caught[0].filename == __file__
    looped = hint_se.build_tree([*TRIANGLES, (1, 1)], self_loops="keep")
    placed = looped.place([(6, 0), (6, 6), (7, 6)], [1.0, 2.0, 1.0])
    graph = Graph.from_edges([*TRIANGLES, (1, 1), (6, 0), (6, 6), (7, 6)], [1.0] * 9 + [2.0, 1.0], self_loops="keep")
    assert placed.graph == graph
    assert placed.volume[6] == 6.0
    assert placed.cuts[6] == 2.0
    assert hint_se.structural_entropy(graph, placed) == pytest.approx(placed.entropy, abs=1e-12)
    bare = Tree(looped.parent, looped.volume, looped.cuts)
    assert bare.place([(6, 0), (6, 6), (7, 6)], [1.0, 2.0, 1.0]) == placed
    # The volume of a leaf above its edges, whatever it stands for.
    known = Graph(graph.indptr, graph.indices, graph.weights, extra_volume=graph.extra_volume)
    assert Tree.from_parent(known, placed.parent) == placed


def held(tree):
    """Return the bytes of all arrays that a tree holds, its graph's among them."""
    found, waiting = {}, [tree]
    while waiting:
        thing = waiting.pop()
        if id(thing) not in found:
            found[id(thing)] = thing
            waiting += [
                one for one in gc.get_referents(thing) if isinstance(one, (dict, tuple, np.ndarray, Graph, Tree))
            ]
    return sum(thing.nbytes for thing in found.values() if isinstance(thing, np.ndarray))


@pytest.mark.parametrize("lost", [False, True])
def test_one_node_after_the_other_takes_the_memory_of_its_edges(lost):
    n, count = 3000, 40
    tree = hint_se.build_tree([(node, node + 1) for node in range(n - 1)], height=2, effort="fast")
    if lost:
        tree = Tree(tree.parent, tree.volume, tree.cuts)
    later = tree
    for node in range(n, n + count):
        later = later.place([(node, node - n), (node, node - n + 1)], height=2)
    assert held(later) < held(tree) + 8 * (n + count) + 400 * count, "the account of changes, and the nodes that came"
    if not lost:
        assert later.graph.n_edges == n - 1 + 2 * count


def test_the_larger_graph_is_the_same_for_all_who_ask_at_once(random_graph):
    edges, weights = random_graph(2, 3000, 9000)
    graph = Graph.from_edges(edges, weights, n_nodes=3000)
    tree = hint_se.build_tree(graph, effort="fast").place([(3000, 0), (3001, 3000)], [2.0, 3.0])
    with ThreadPoolExecutor(8) as pool:
        graphs = list(pool.map(lambda _: tree.graph, range(32)))
    expected = Graph.from_edges([*edges.tolist(), (0, 3000), (3000, 3001)], [*weights.tolist(), 2.0, 3.0])
    assert all(graph == expected for graph in graphs)


def test_a_deep_tree():
    """A chain of 5,000 levels: neighbours at either end meet the new node where the entropy says."""
    n = 5_000
    path = Graph.from_edges(np.stack([np.arange(n - 1), np.arange(1, n)], axis=1))
    parent = np.concatenate([[n], np.arange(n, 2 * n - 1), np.arange(n + 1, 2 * n - 1), [-1]])
    tree = Tree.from_parent(path, parent)
    edges = [(n, 3), (n + 1, 0), (n + 1, 1), (n + 2, n - 2), (n + 2, 5)]
    placed = tree.place(edges, [1.0, 1.0, 1.0, 5.0, 0.5])
    volume, cuts = hint_se._core.tree_from_parent(*placed.graph._columns, placed.parent)
    np.testing.assert_allclose(placed.volume, volume, rtol=1e-12)
    np.testing.assert_allclose(placed.cuts, cuts, rtol=1e-9, atol=1e-9)
    assert placed.parent[n] == placed.parent[3] or placed.parent[placed.parent[3]] == placed.parent[n]
    again, after = tree.update(path, edges, weights=[1.0, 1.0, 1.0, 5.0, 0.5])
    assert hint_se.structural_entropy(after, again) == pytest.approx(again.entropy, abs=1e-9)


def test_what_is_refused():
    tree = hint_se.build_tree(TRIANGLES, height=2)
    with pytest.raises(GraphError, match="expected a new node at each edge, got 0 and 5 in row 1, which the tree has"):
        tree.place([(6, 0), (0, 5)])
    with pytest.raises(GraphError, match="got 3 and 3 in row 0"):
        tree.place([(3, 3)])
    with pytest.raises(GraphError, match=r"weights must be finite and > 0|weight.*NaN|nan"):
        tree.place([(6, 0), (6, 1)], [1.0, float("nan")])
    with pytest.raises(GraphError, match="weights: expected shape"):
        tree.place([(6, 0)], [1.0, 2.0])
    with pytest.raises(GraphError, match="total"):
        tree.place([(6, 0), (7, 1)], [1e308, 1e308])
    with pytest.raises(GraphError, match="edges: edges: expected integer"):
        tree.place([(0.5, 6)])
    with pytest.raises(GraphError, match="the tree has 6 nodes, got id 100000000; pass n_nodes if it is meant"):
        tree.place([(0, 10**8)])
    with pytest.raises(GraphError, match=r"-1"):
        tree.place([(-1, 6)])
    with pytest.raises(GraphError, match="9"):
        tree.place([(0, 9)], n_nodes=8)
    with pytest.raises(GraphError, match="expected at least the 6 nodes there are, got 5"):
        tree.place([], n_nodes=5)
    with pytest.raises(ValueError, match="height: expected"):
        tree.place([(6, 0)], height=1)


def test_ctrl_c(random_graph):
    """At a large number of new nodes."""
    graph = Graph.from_edges(*random_graph(4, 200_000, 600_000))
    tree = hint_se.build_tree(graph, effort="fast")
    rng = np.random.default_rng(0)
    new = np.repeat(np.arange(graph.n_nodes, graph.n_nodes + 200_000), 5)
    edges = np.stack([new, rng.integers(0, graph.n_nodes, new.size)], axis=1)
    with interrupted(after=0.5), pytest.raises(KeyboardInterrupt):
        tree.place(edges)
    assert tree.place([(graph.n_nodes, 0)]).n_leaves == graph.n_nodes + 1
