"""A tree beside a graph: nodes meet leaves by name, or the call is refused."""

import copy
import inspect

import networkx
import numpy as np
import oracle
import pytest
from drawn import trees
from hypothesis import given
from hypothesis import strategies as st
from samples import TRIANGLES

import hint_se
from hint_se import Graph, Tree, TreeError

#: Two circles of six nodes, and the two ways to join their halves: every node has two neighbours in either.
CIRCLES = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3)]
ONE_CIRCLE = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0)]


@st.composite
def named_graphs(draw):
    """Return (names, edges by name, weights, nested tree over the names' places), the names integers out of order."""
    n = draw(st.integers(3, 9))
    kind = draw(st.sampled_from(["permuted", "gaps", "words"]))
    numbers = draw(st.permutations(range(n)))
    names = [{"permuted": i, "gaps": 7 * i + 3, "words": f"n{i}"}[kind] for i in numbers]
    pairs = [(u, v) for u in range(n) for v in range(u)]
    chosen = draw(st.lists(st.sampled_from(pairs), min_size=1, unique=True))
    # Every node has an edge, so that all forms hold the same nodes.
    chosen += [(v, (v + 1) % n) for v in range(n) if not any(v in pair for pair in chosen)]
    weights = draw(st.lists(st.integers(1, 9), min_size=len(chosen), max_size=len(chosen)))
    return names, [(names[u], names[v]) for u, v in chosen], [float(w) for w in weights], draw(trees(n))


def forms(edges, weights, order):
    """Yield the same graph in every form that names nodes: lists, tables, graphs of other libraries."""
    triples = [(u, v, w) for (u, v), w in zip(edges, weights, strict=True)]
    shuffled = [triples[i] for i in order]
    graph = networkx.Graph()
    graph.add_weighted_edges_from(shuffled)
    yield "triples", triples
    yield "triples in another order", shuffled
    yield "turned", [(v, u, w) for u, v, w in shuffled]
    yield "edges and weights", ([edge[:2] for edge in shuffled], [edge[2] for edge in shuffled])
    yield "networkx", graph
    yield "Graph", Graph.from_edges(shuffled, relabel=True)
    yield "columns", pandas_frame(shuffled)


def pandas_frame(triples):
    source, target, weight = zip(*triples, strict=True)
    return pytest.importorskip("pandas").DataFrame({"source": source, "target": target, "weight": weight})


@given(named_graphs(), st.randoms(use_true_random=False))
def test_entropy_and_updates_depend_on_names_and_not_on_their_order(drawn, random):
    names, edges, weights, nested = drawn
    known = Graph.from_edges(
        [(names.index(u), names.index(v)) for u, v in edges], weights, n_nodes=len(names), node_names=names
    )
    tree = Tree.from_parent(known, oracle.parents(nested))
    order = list(range(len(edges)))
    random.shuffle(order)
    before, after = tree.update(known, removed_edges=edges[:1])
    refined = tree.refine(tree.root, graph=known)
    for form, graph in forms(edges, weights, order):
        assert hint_se.structural_entropy(graph, tree) == pytest.approx(tree.entropy, abs=1e-12), form
        moved, changed = tree.update(graph, removed_edges=edges[:1])
        assert changed == after, form
        assert moved == before, form
        assert tree.refine(tree.root, graph=graph) == refined, form


def test_the_nodes_of_a_networkx_graph_out_of_order():
    graph = networkx.Graph([(3, 1), (1, 0), (0, 2), (2, 3), (3, 4)])
    tree = hint_se.build_tree(graph)
    assert tree.node_names == (3, 1, 0, 2, 4)
    assert hint_se.structural_entropy(list(graph.edges), tree) == pytest.approx(tree.entropy, abs=1e-12)
    # And the other way round: a tree whose leaves are numbers, and a graph that names its nodes by them.
    plain = hint_se.build_tree(list(graph.edges))
    assert plain.node_names is None
    assert hint_se.structural_entropy(graph, plain) == pytest.approx(plain.entropy, abs=1e-12)
    assert plain.update(graph).graph == Graph.from_edges(list(graph.edges))


def test_an_edge_list_may_lack_isolated_leaves():
    tree = hint_se.build_tree(Graph.from_edges([("a", "b")], relabel=True))
    larger = Tree.from_parent(Graph.from_edges([(0, 1)], n_nodes=3, node_names=list("abc")), [3, 3, 4, 4, -1])
    assert hint_se.structural_entropy([("b", "a")], larger) == larger.entropy == tree.entropy
    with pytest.raises(TreeError, match="expected every leaf of the tree as a node, got none 'c'"):
        hint_se.structural_entropy(Graph.from_edges([("b", "a")]), larger)


UNALIGNED = {
    "a name the tree has not": (
        [("a", "b"), ("b", "x"), ("y", "x")],
        list("abc"),
        "leaves of the tree as nodes, got 'x' and 1 more",
    ),
    "numbers beside words": ([(0, 1), (1, 2)], list("abc"), "leaves of the tree as nodes, got 0 and 2 more"),
    "a graph without names": (Graph.from_edges([(0, 1), (1, 2)]), list("abc"), r"node_names=tree\.node_names gives"),
    "a tree without names": (
        [("a", "b"), ("b", "c")],
        None,
        r"tree: expected node names, as the graph has them \('a', \.\.\.\), got none; tree\.parent stands",
    ),
    "numbers beyond a tree without names": (
        Graph.from_edges([(0, 1), (1, 7)], relabel=True),
        None,
        "expected leaves of the tree as nodes, got 7",
    ),
}


@pytest.mark.parametrize("name", UNALIGNED)
def test_nodes_that_do_not_meet_are_refused(name):
    graph, names, message = UNALIGNED[name]
    tree = Tree.from_parent(Graph.from_edges([(0, 1), (1, 2)], node_names=names), [3, 3, 4, 4, -1])
    for call in (lambda: hint_se.structural_entropy(graph, tree), lambda: tree.update(graph)):
        with pytest.raises(TreeError, match=message):
            call()


def test_the_advice_for_a_graph_without_names_works():
    """Of edges whose ids are the names of a tree, relabel=True keeps them; the order of the leaves would be another."""
    named = networkx.Graph([(3, 1), (1, 0), (0, 2), (2, 3), (3, 4)])
    tree = hint_se.build_tree(named)
    edges = list(named.edges)
    with pytest.raises(TreeError, match=r"relabel=True takes its ids for names, node_names=tree\.node_names gives"):
        hint_se.structural_entropy(Graph.from_edges(edges), tree)
    followed = hint_se.structural_entropy(Graph.from_edges(edges, relabel=True), tree)
    assert followed == pytest.approx(tree.entropy, abs=1e-12)


def test_a_parent_array_follows_the_order_of_the_graph():
    graph = Graph.from_edges([("c", "a"), ("a", "b")])
    assert hint_se.structural_entropy(graph, [3, 3, 4, 4, -1]) == hint_se.structural_entropy(
        Graph.from_edges([(0, 1), (1, 2)]), [3, 3, 4, 4, -1]
    )


def test_every_public_function_of_a_tree_and_a_graph_is_tried_here():
    """One that is added has to join the property above."""
    taking = set()
    for name in hint_se.__all__:
        entry = getattr(hint_se, name)
        members = {name: entry} if inspect.isfunction(entry) else {}
        if inspect.isclass(entry) and not issubclass(entry, Exception):
            members = {f"{name}.{key}": value for key, value in inspect.getmembers(entry, callable) if key[0] != "_"}
        for key, member in members.items():
            parameters = inspect.signature(member).parameters if inspect.isroutine(member) else {}
            if "graph" in parameters and ("tree" in parameters or "parent" in parameters or key.startswith("Tree.")):
                taking.add(key)
    assert taking == {
        "structural_entropy",
        *(f"Tree.{name}" for name in ("cut", "from_labels", "from_parent", "load", "null", "refine", "update")),
    }


# The graph that a tree was built on


@pytest.mark.parametrize("height", [None, 2])
def test_another_graph_of_equal_degrees_is_refused(height):
    tree = hint_se.build_tree(CIRCLES, height=height)
    other = Graph.from_edges(ONE_CIRCLE)
    assert other.degrees.tolist() == Graph.from_edges(CIRCLES).degrees.tolist()
    with pytest.raises(
        TreeError, match=r"graph: expected the one that the tree was built on, got one in which tree node"
    ):
        tree.update(other)
    with pytest.raises(TreeError, match="has the cut"):
        tree.update(ONE_CIRCLE, added_edges=[(0, 2)])


def test_other_weights_of_equal_degrees_are_refused():
    graph = Graph.from_edges([(0, 1), (1, 2), (2, 3), (3, 0)], [1.0, 2.0, 1.0, 2.0])
    turned = Graph.from_edges([(0, 1), (1, 2), (2, 3), (3, 0)], [2.0, 1.0, 2.0, 1.0])
    tree = Tree.from_parent(graph, [4, 5, 5, 4, 6, 6, -1])
    with pytest.raises(TreeError, match="has the cut"):
        tree.update(turned)


def test_the_same_graph_is_known_however_it_comes(tmp_path):
    graph = Graph.from_edges(TRIANGLES)
    tree = hint_se.build_tree(graph)
    expected = tree.update(graph, [(0, 4)])
    tree.save(tmp_path / "tree.npz")
    for twin in (tree, Tree.load(tmp_path / "tree.npz"), copy.deepcopy(tree)):
        for again in (graph, copy.deepcopy(graph), TRIANGLES, np.array(TRIANGLES)[::-1]):
            assert twin.update(again, [(0, 4)]) == expected
        with pytest.raises(TreeError, match="built on"):
            twin.update(Graph.from_edges([*TRIANGLES[:-1], (2, 4)]))


@pytest.mark.parametrize("seed", range(20))
def test_a_graph_that_agrees_in_every_volume_and_cut_has_the_entropy_of_the_tree(random_graph, seed):
    """Ends exchanged so that no tree node notices: the one kind of other graph that is taken, and nothing said of it is wrong."""
    pairs = set(oracle.weighted(random_graph(seed, 24, 90)[0].tolist()))
    graph = Graph.from_edges(sorted(pairs), n_nodes=24)
    nested = [list(range(start, start + 6)) for start in range(0, 24, 6)]
    tree = Tree.from_parent(graph, oracle.parents(nested))
    rng = np.random.default_rng(seed)
    for _ in range(500):
        (a, b), (c, d) = (sorted(pairs)[i] for i in rng.integers(len(pairs), size=2))
        turned = {(min(a, d), max(a, d)), (min(b, c), max(b, c))}
        if a // 6 == c // 6 and len({a, b, c, d}) == 4 and not turned & pairs:
            pairs = pairs - {(a, b), (c, d)} | turned
    other = Graph.from_edges(sorted(pairs), n_nodes=24)
    assert other != graph
    assert tree.entropy == pytest.approx(oracle.entropy(dict.fromkeys(pairs, 1.0), nested), abs=1e-12)
    new = next((u, v) for u in range(24) for v in range(u) if (v, u) not in pairs)
    moved, changed = tree.update(other, [new], height=2)
    assert changed == Graph.from_edges([*sorted(pairs), new], n_nodes=24)
    assert moved.entropy == pytest.approx(hint_se.structural_entropy(changed, moved.parent), abs=1e-12)


def test_a_chain_of_updates_keeps_its_graph(random_graph):
    edges, weights = random_graph(0, 60, 200)
    graph = Graph.from_edges(edges, weights, n_nodes=60)
    tree = hint_se.build_tree(graph)
    for step in range(20):
        tree, graph = tree.update(graph, [(step, 59 - step)], weights=[1.5])
        # As if it had come from elsewhere.
        assert tree.update(copy.deepcopy(graph)).tree == tree
