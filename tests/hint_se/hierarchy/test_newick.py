"""Trees as Newick text, read back by a parser written here."""

import math
import re

import networkx
import oracle
import pytest
from drawn import EXAMPLES, nested_trees
from hypothesis import given
from hypothesis import strategies as st
from known import EDGES, PARENT

import hint_se
from hint_se import Tree, TreeError


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
    named = Tree(tree.parent, tree.volume, tree.cuts, names)
    found = [name for name, _, _, size in parsed_newick(named.to_newick()) if size == 1]
    assert found == names


def test_branches_of_newick_are_finite_for_any_weights():
    graph = hint_se.Graph.from_edges([(0, 1), (2, 3)], [1e-200, 1e200])
    text = hint_se.Tree.from_parent(graph, [4, 4, 5, 5, 6, 6, -1]).to_newick()
    assert text == f"((0:1,1:1):{400 * math.log2(10):.6g},(2:1,3:1):0);"


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


@pytest.mark.parametrize(
    ("weights", "longest"),
    [
        ([1e-300, 1e300], math.log2(1e300) - math.log2(1e-300) + 1),
        ([1.0, 1e-320], 1 - math.log2(1e-320)),
        ([1.0, 1.0], 2.0),
    ],
)
def test_branches_between_volumes_whose_quotient_no_double_holds(weights, longest):
    tree = Tree.from_parent(([(0, 1), (1, 2)], weights), [3, 3, 3, -1])
    lengths = [float(text) for text in re.findall(r":([^,();]+)", tree.to_newick())]
    assert len(lengths) == 3
    assert max(lengths) == pytest.approx(longest, rel=1e-5)
