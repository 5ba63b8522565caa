"""Trees in the forms of other tools: read back by SciPy, networkx, igraph and a parser written here."""

import math
import sys
import time
import xml.etree.ElementTree as ElementTree

import networkx
import numpy as np
import oracle
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

import hint_se
from hint_se import Tree, TreeError

EXAMPLES = settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
EDGES = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)]
PARENT = [6, 6, 6, 7, 7, 7, 8, 8, -1]
# Two components and two isolated nodes under one root, and a chain of nodes with one child.
APART = Tree.from_parent(
    hint_se.Graph.from_edges([(0, 1), (2, 3), (3, 4)], n_nodes=7), [7, 7, 8, 8, 8, 11, 11, 9, 11, 10, 11, -1]
)


@st.composite
def nested_trees(draw, max_leaves=14):
    """Return (weighted edges, nested lists, Tree) of any shape: n-ary, nodes with one child, isolated leaves."""
    n = draw(st.integers(2, max_leaves))
    node = st.integers(0, n - 1)
    pairs = draw(st.lists(st.tuples(node, node).filter(lambda pair: pair[0] != pair[1]), max_size=3 * n))
    weights = draw(st.lists(st.floats(0.01, 100.0), min_size=len(pairs), max_size=len(pairs)))
    forest = list(draw(st.permutations(range(n))))
    while len(forest) > 1:
        size = draw(st.integers(2, len(forest)))
        start = draw(st.integers(0, len(forest) - size))
        group = forest[start : start + size]
        forest[start : start + size] = [[group] if draw(st.integers(0, 9)) == 0 else group]
    edges = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    graph = hint_se.Graph.from_edges(edges, weights, n_nodes=n)
    return oracle.weighted(pairs, weights), forest[0], Tree.from_parent(graph, oracle.parents(forest[0]))


def partition(labels):
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in set(np.asarray(labels).tolist())}


def refines(finer, coarser):
    return all(any(part <= whole for whole in coarser) for part in finer)


def height_by_sets(graph, nested, n_nodes):
    """Return the merge height of every group of leaves: expected over expected and found weight between the parts."""
    total = oracle.volume(graph, range(n_nodes))
    found = {}

    def visit(node):
        members = frozenset(oracle.leaf_set(node))
        if not isinstance(node, list):
            return 0.0
        lowest = max(visit(child) for child in node)
        parts = [oracle.leaf_set(child) for child in node]
        if len(parts) == 1:
            return lowest
        between = sum(
            2 * weight for (u, v), weight in graph.items() if {u, v} <= members and not any({u, v} <= p for p in parts)
        )
        by_chance = (
            sum(
                oracle.volume(graph, one) * oracle.volume(graph, two) / total
                for one in parts
                for two in parts
                if one is not two
            )
            if total
            else 0.0
        )
        own = by_chance / (by_chance + between) if between > 0 else 1.0
        found[members] = max(own, lowest)
        return found[members]

    visit(nested)
    return found


def test_linkage_by_hand():
    linkage = Tree.from_parent(EDGES, PARENT).to_linkage()
    # Triangle of degrees 2, 2, 3 in a volume of 14: 32 / 14 by chance, 2 x 3 found. Halves: 2 x 49 / 14 against 2.
    triangle, whole = (32 / 14) / (32 / 14 + 6), 7 / 9
    assert linkage[:, 2].tolist() == pytest.approx([triangle] * 4 + [whole])
    assert linkage[:, :2].tolist() == [[0, 1], [2, 6], [3, 4], [5, 8], [7, 9]]
    assert linkage[:, 3].tolist() == [2, 3, 2, 3, 6]
    level = Tree.from_parent(EDGES, PARENT).to_linkage("level")
    assert level[:, 2].tolist() == [1, 1, 1, 1, 2]


@EXAMPLES
@given(nested_trees())
def test_linkages_are_valid_monotone_and_finite(drawn):
    _, _, tree = drawn
    for heights in ("merge", "level"):
        linkage = tree.to_linkage(heights)
        assert linkage.shape == (tree.n_leaves - 1, 4)
        assert hierarchy.is_valid_linkage(linkage, throw=True)
        assert hierarchy.is_monotonic(linkage)
        assert np.isfinite(linkage).all()
    assert (tree.to_linkage()[:, 2] <= 1).all()


@EXAMPLES
@given(nested_trees())
def test_cutting_a_level_linkage_gives_the_levels(drawn):
    _, _, tree = drawn
    linkage = tree.to_linkage("level")
    for level in range(1, tree.height + 1):
        flat = hierarchy.fcluster(linkage, tree.height - level, "distance")
        assert partition(flat) == partition(tree.labels(level))


@EXAMPLES
@given(nested_trees())
def test_merge_heights_agree_with_sets(drawn):
    graph, nested, tree = drawn
    expected = height_by_sets(graph, nested, tree.n_leaves)
    square = squareform(hierarchy.cophenet(tree.to_linkage()))
    for u in range(tree.n_leaves):
        for v in range(u):
            smallest = min((members for members in expected if {u, v} <= members), key=len)
            assert square[u, v] == pytest.approx(expected[smallest], abs=1e-9)


@EXAMPLES
@given(nested_trees(), st.data())
def test_cuts_are_those_of_the_linkage_as_far_as_heights_differ(drawn, data):
    _, _, tree = drawn
    n = data.draw(st.integers(1, tree.n_leaves))
    flat = partition(hierarchy.fcluster(tree.to_linkage(), n, "maxclust"))
    own = partition(tree.cut(n))
    assert len(flat) <= len(own) <= n
    assert refines(own, flat)
    heights = networkx.get_node_attributes(tree.to_networkx(), "merge_height")
    if len({heights[node] for node in range(tree.n_leaves, tree.root + 1)}) == tree.root + 1 - tree.n_leaves:
        assert own == flat


def test_many_children_make_a_shallow_linkage_that_scipy_can_draw():
    n = 5000
    flat = Tree.from_parent(hint_se.Graph.from_edges([(0, 1)], n_nodes=n), [n] * n + [-1])
    linkage = flat.to_linkage()
    assert hierarchy.is_valid_linkage(linkage)
    assert (linkage[:, 2] == linkage[0, 2]).all()
    drawn = hierarchy.dendrogram(linkage, no_plot=True)
    assert sorted(drawn["leaves"]) == list(range(n))


def test_disconnected_graphs_have_finite_heights():
    linkage = APART.to_linkage()
    assert hierarchy.is_valid_linkage(linkage)
    assert hierarchy.is_monotonic(linkage)
    assert linkage[-1, 2] == 1.0
    assert partition(hierarchy.fcluster(linkage, 0.99, "distance")) == {
        frozenset(part) for part in ([0, 1], [2, 3, 4], [5], [6])
    }
    without_edges = Tree.from_parent(hint_se.Graph.from_edges(np.empty((0, 2), int), n_nodes=3), [3, 3, 3, -1])
    assert without_edges.to_linkage()[:, 2].tolist() == [1.0, 1.0]


def test_scaling_the_weights_leaves_heights_as_they_are():
    weights = np.random.default_rng(0).uniform(0.1, 3.0, len(EDGES))
    one, two = (Tree.from_parent((np.array(EDGES), weights * 2.0**k), PARENT) for k in (0, -300))
    assert np.array_equal(one.to_linkage(), two.to_linkage())
    assert one.to_newick() == two.to_newick()


def test_a_single_leaf():
    one = hint_se.build_tree(hint_se.Graph.from_edges(np.empty((0, 2), int), n_nodes=1))
    with pytest.raises(TreeError, match="to_linkage: expected at least 2 leaves"):
        one.to_linkage()
    assert one.to_newick() == "0;"
    assert one.to_networkx().number_of_nodes() == 1
    assert networkx.parse_graphml(one.to_graphml()).number_of_nodes() == 1


@pytest.mark.parametrize("heights", ["levels", "", None, 1])
def test_bad_heights(heights):
    with pytest.raises(ValueError, match="heights: expected one of 'merge', 'level', got"):
        APART.to_linkage(heights)


def parsed_newick(text):
    """Return [(name, length, depth, size of the subtree)] in order of closing; a plain reader of the format."""
    at, depth, nodes, sizes = 0, 0, [], [0]

    def word(stop):
        nonlocal at
        if text[at] == "'":
            end = at + 1
            while text[end] != "'" or text[end + 1] == "'":
                end += 2 if text[end] == "'" else 1
            found = text[at + 1 : end].replace("''", "'")
            at = end + 1
            return found
        end = at
        while text[end] not in stop:
            end += 1
        found, at = text[at:end], end
        return found

    while text[at] != ";":
        if text[at] == "(":
            at, depth = at + 1, depth + 1
            sizes.append(0)
        elif text[at] == ",":
            at += 1
        else:
            size = 1
            if text[at] == ")":
                at, depth = at + 1, depth - 1
                size = sizes.pop()
            name = word(":;,()")
            length = None
            if text[at] == ":":
                at += 1
                length = float(word(",();"))
            sizes[-1] += size
            nodes.append((name, length, depth, size))
    assert at == len(text) - 1
    assert depth == 0
    return nodes


@EXAMPLES
@given(nested_trees())
def test_newick_round_trip(drawn):
    graph, nested, tree = drawn
    nodes = parsed_newick(tree.to_newick())
    groups, open_groups = set(), {}
    total = oracle.volume(graph, range(tree.n_leaves))
    for name, length, depth, _ in nodes:
        members = open_groups.pop(depth + 1, frozenset()) | ({int(name)} if name else frozenset())
        open_groups[depth] = open_groups.get(depth, frozenset()) | members
        groups.add(members)
        assert (length is None) == (depth == 0)
    found = set()

    def visit(node):
        found.add(frozenset(oracle.leaf_set(node)))
        for child in node if isinstance(node, list) else []:
            visit(child)

    visit(nested)
    assert groups == found
    if total:
        # From the root to a leaf the lengths are its code length.
        ways = networkx.shortest_path_length(newick_graph(nodes), weight="length")
        ways = dict(ways)["root"]
        for leaf in range(tree.n_leaves):
            degree = oracle.degree(graph, leaf)
            if degree:
                assert ways[leaf] == pytest.approx(-math.log2(degree / total), abs=1e-4)


def newick_graph(nodes):
    """Return the parsed nodes as a networkx DiGraph with lengths; the root is called "root"."""
    graph, waiting = networkx.DiGraph(), {}
    for number, (name, length, depth, _) in enumerate(nodes):
        key = "root" if depth == 0 else int(name) if name else ("inner", number)
        for child, way in waiting.pop(depth + 1, []):
            graph.add_edge(key, child, length=way)
        waiting.setdefault(depth, []).append((key, length))
    return graph


NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=8)


@EXAMPLES
@given(st.lists(NAMES, min_size=6, max_size=6, unique=True))
def test_any_name_survives_newick(names):
    tree = Tree.from_parent(EDGES, PARENT)
    named = Tree(tree.parent, tree.volume, tree.cut, names)
    found = [name for name, _, _, size in parsed_newick(named.to_newick()) if size == 1]
    assert found == names


def test_newick_quotes_only_what_needs_it():
    tree = hint_se.build_tree([("a b", "c_d"), ("x'y", "e.f-1"), ("(", "")], height=2)
    text = tree.to_newick()
    for part in ("'a b':", "'c_d':", "'x''y':", "e.f-1:", "'(':", "'':"):
        assert part in text


@pytest.mark.parametrize("name", ["a\nb", "\0", "\udcff", "\x85"])
def test_names_that_newick_cannot_hold(name):
    tree = hint_se.build_tree([("a", name)])
    with pytest.raises(TreeError, match="to_newick: expected names that the format can hold, got"):
        tree.to_newick()


XML_NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8).filter(
    lambda text: (
        not any((ord(letter) < 32 and letter not in "\t\n\r") or ord(letter) in (0xFFFE, 0xFFFF) for letter in text)
    )
)


@EXAMPLES
@given(st.lists(XML_NAMES, min_size=6, max_size=6, unique=True))
def test_graphml_round_trip(names):
    tree = Tree.from_parent((np.array(EDGES), np.linspace(0.1, 2.0, 7)), PARENT)
    named = Tree(tree.parent, tree.volume, tree.cut, names)
    read = networkx.parse_graphml(named.to_graphml())
    assert read.is_directed()
    assert {(int(up[1:]), int(node[1:])) for up, node in read.edges} == {(PARENT[i], i) for i in range(8)}
    data = [read.nodes[f"n{node}"] for node in range(9)]
    assert [row.get("name") for row in data] == [*names, None, None, None]
    assert [row["volume"] for row in data] == tree.volume.tolist()
    assert [row["cut"] for row in data] == tree.cut.tolist()
    assert [row["n_leaves"] for row in data] == [1] * 6 + [3, 3, 6]
    assert [row["level"] for row in data] == [2] * 6 + [1, 1, 0]
    assert sorted(row["merge_height"] for row in data[6:])[-1] == named.to_linkage()[-1, 2]


@pytest.mark.parametrize("name", ["\0", "\x1f", "\ud800", "\ufffe"])
def test_names_that_xml_cannot_hold(name):
    with pytest.raises(TreeError, match="to_graphml: expected names that the format can hold"):
        hint_se.build_tree([("a", name)]).to_graphml()


def test_graphml_is_escaped():
    text = hint_se.build_tree([("<a>&'\"", "]]>"), ("b", "\r\n")]).to_graphml()
    root = ElementTree.fromstring(text)
    names = [data.text for data in root.iter() if data.get("key") == "name"]
    assert names == ["<a>&'\"", "]]>", "b", "\r\n"]


def test_networkx_is_keyed_by_names():
    tree = hint_se.build_tree(networkx.karate_club_graph())
    graph = tree.to_networkx()
    assert networkx.is_arborescence(graph)
    assert set(graph) == set(range(tree.root + 1))
    assert networkx.dag_longest_path_length(graph) == tree.height
    assert sum(graph.nodes[leaf]["volume"] for leaf in range(34)) == pytest.approx(tree.volume[-1])
    named = hint_se.build_tree(networkx.relabel_nodes(networkx.path_graph(6), {i: f"p{i}" for i in range(6)}))
    graph = named.to_networkx()
    leaves = {node for node in graph if graph.out_degree(node) == 0}
    assert leaves == {f"p{i}" for i in range(6)}
    assert set(graph) - leaves == {("tree", node) for node in range(6, named.root + 1)}
    for community in set(graph) - leaves:
        below = {node for node in networkx.descendants(graph, community) if node in leaves}
        assert len(below) == graph.nodes[community]["n_leaves"]


def test_names_that_cannot_be_told_apart():
    tree = hint_se.build_tree([(1, "1"), ("1", "2")])
    for call in (tree.to_newick, tree.to_graphml):
        with pytest.raises(TreeError, match="differ as text"):
            call()
    assert {1, "1"} <= set(tree.to_networkx())
    taken = hint_se.build_tree([("a", ("tree", 3)), ("a", "b")])
    with pytest.raises(TreeError, match=r'no name of the form \("tree", id\)'):
        taken.to_networkx()


def test_igraph():
    pytest.importorskip("igraph")
    tree = hint_se.build_tree([("a", "b"), ("b", "c"), ("c", "a"), ("d", "c")])
    graph = tree.to_igraph()
    assert graph.is_directed()
    assert graph.is_tree("out")
    assert graph.vs["name"] == ["a", "b", "c", "d"] + [None] * (tree.root - 3)
    assert graph.vs["volume"] == tree.volume.tolist()
    assert [graph.predecessors(node) for node in range(tree.root)] == [[int(up)] for up in tree.parent[:-1]]
    assert graph.vs.find(name="d").index == 3


@pytest.mark.parametrize(
    ("module", "verb", "hint"),
    [
        ("igraph", "to_igraph", "to_igraph needs igraph, which is under the GPL: pip install igraph"),
        ("networkx", "to_networkx", "to_networkx needs networkx: pip install networkx"),
        ("matplotlib.pyplot", "plot", "plot needs matplotlib: pip install matplotlib"),
    ],
)
def test_a_missing_package_is_named(monkeypatch, module, verb, hint):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=hint):
        getattr(APART, verb)()


def caterpillar(n):
    """Return a chain in which every merge adds one leaf, n - 1 levels deep."""
    parent = np.empty(2 * n - 1, dtype=np.int64)
    parent[:2] = n
    parent[2:n] = parent[n:-1] = np.arange(n + 1, 2 * n - 1)
    parent[-1] = -1
    return Tree.from_parent(np.stack([np.arange(n - 1), np.arange(1, n)], axis=1), parent)


def test_deep_trees_need_no_recursion_and_linear_time():
    tree = caterpillar(20_000)
    assert tree.height == 19_999
    started = time.process_time()
    assert hierarchy.is_valid_linkage(tree.to_linkage())
    assert tree.to_newick().count("(") == 19_999
    assert tree.to_graphml().count("<edge") == 39_998
    assert len(set(tree.cut(100).tolist())) == 100
    assert len(tree.summary().levels) == 19_999
    assert "19,999" in tree._repr_html_()
    assert time.process_time() - started < 5


def test_a_linkage_of_fifty_thousand_leaves_takes_less_than_half_a_second():
    rng = np.random.default_rng(0)
    n, size = 50_000, 99_999
    parent = np.full(size, -1, dtype=np.int64)
    waiting = list(range(n))
    for node, (one, two) in enumerate(rng.integers(0, 2**62, (n - 1, 2)).tolist(), start=n):
        for pick in (one, two):
            place = pick % len(waiting)
            waiting[place], waiting[-1] = waiting[-1], waiting[place]
            parent[waiting.pop()] = node
        waiting.append(node)
    tree = Tree.from_parent(np.stack([np.arange(n - 1), np.arange(1, n)], axis=1), parent)
    seconds = []
    for _ in range(3):
        started = time.process_time()
        linkage = tree.to_linkage()
        seconds.append(time.process_time() - started)
    assert hierarchy.is_valid_linkage(linkage)
    assert min(seconds) < 0.5
