"""Cuts, exports and pictures that a tree cannot give."""

import matplotlib
import matplotlib.figure
import numpy as np

from hint_se import GraphError, Tree, TreeError, compare, match
from malformed.case import CUT, GRAPH, PARENT, TREE, VOLUME, Case

matplotlib.use("Agg")

LEAF = Tree([-1], [0.0], [0.0])
COUNT = r"n_communities: expected an integer >= 1(?: and < 7)?, got "


def named(*names):
    return Tree(PARENT, VOLUME, CUT, names)


def axes(projection=None):
    return matplotlib.figure.Figure().add_subplot(projection=projection)


BAD_COUNTS = [
    ("zero", 0, "0"),
    ("negative", -3, "-3"),
    ("more than leaves", 7, "7"),
    ("2^70", 2**70, str(2**70)),
    ("a float", 2.0, r"2\.0"),
    ("NaN", float("nan"), "nan"),
    ("a string", "2", "'2'"),
    ("a boolean", True, "True"),
    ("a list", [2], r"\[2\]"),
]
BAD_PLOTS = [
    ("unknown kind", {"kind": "pie"}, "kind: expected one of 'dendrogram', .* got 'pie'"),
    ("kind of None", {"kind": None}, "kind: expected one of 'dendrogram', .* got None"),
    ("too few labels", {"labels": ["a"]}, "labels: expected"),
    ("one string as labels", {"labels": "abcdef"}, "labels: expected"),
    ("labels of a number", {"labels": 3}, "labels: expected"),
    ("polar axes", {"ax": axes("polar")}, "ax: expected"),
    ("axes in space", {"ax": axes("3d")}, "ax: expected"),
    ("a figure as axes", {"ax": matplotlib.figure.Figure()}, "ax: expected"),
    ("a string as axes", {"ax": "axes"}, "ax: expected"),
]
TWINS = named("1", 1, "b", "c", "d", "e")

GONE = "expected the graph, which null needs and this tree has lost"

CASES = [
    Case("communities: level 0", lambda: TREE.communities(0), ValueError, "level: expected an integer >= 1, got 0"),
    Case(
        "communities: a name",
        lambda: TREE.communities("fine"),
        ValueError,
        "level: expected an integer >= 1, got 'fine'",
    ),
    Case("frame: level 0", lambda: TREE.to_frame([1, 0]), ValueError, "levels: expected an integer >= 1, got 0"),
    Case("null: one sample", lambda: TREE.null(samples=1), ValueError, "samples: expected an integer >= 2"),
    Case("null: another graph", lambda: TREE.null([(0, 5), (1, 4)]), TreeError, "the one that the tree was built on"),
    Case("null: a graph that is lost", lambda: LEAF.null(), TreeError, GONE),
    Case("summary: a graph that is lost", lambda: LEAF.summary(null=True), TreeError, GONE),
    Case(
        "refine: a node that is not there", lambda: TREE.refine(9), ValueError, "node: expected an integer >= 0 and < 9"
    ),
    Case("refine: a graph that is lost", lambda: LEAF.refine(0), TreeError, "graph, which refine needs and this tree"),
    Case(
        "report: no folder", lambda: TREE.report("/no/folder/tree.html"), FileNotFoundError, "No such file or directory"
    ),
    Case("match: a number", lambda: match(TREE, 3), TreeError, "labels: expected one per node, a mapping or sets"),
    Case(
        "match: names on one side", lambda: match([0], {"a": 0}), TreeError, "names of nodes on both sides or on none"
    ),
    Case("match: level 0", lambda: match([0], [0], level=0), ValueError, "level: expected an integer >= 1, got 0"),
    Case("compare: more nodes", lambda: compare(TREE, [0] * 7), TreeError, "labels: expected 6, one per node, got 7"),
    Case("compare: a number", lambda: compare(TREE, 3), TreeError, "a mapping or sets of names, got int"),
    Case(
        "compare: level 0",
        lambda: compare(TREE, TREE, levels=[0]),
        ValueError,
        "levels: expected an integer >= 1 and < 3, got 0",
    ),
    Case(
        "from_labels: too few",
        lambda: Tree.from_labels(GRAPH, [0, 1]),
        TreeError,
        "labels: expected 6, one per node, got 2",
    ),
    Case("from_labels: no nodes", lambda: Tree.from_labels([(0, -1)], [0]), GraphError, "expected"),
    *(Case(f"cut: {name}", lambda v=value: TREE.cut(v), ValueError, COUNT + got) for name, value, got in BAD_COUNTS),
    *(
        Case(f"plot n_communities: {name}", lambda v=value: TREE.plot(n_communities=v), ValueError, COUNT + got)
        for name, value, got in BAD_COUNTS
    ),
    *(
        Case(f"plot: {name}", lambda options=options: TREE.plot(**options), ValueError, message)
        for name, options, message in BAD_PLOTS
    ),
    Case("cut: None", lambda: TREE.cut(None), ValueError, COUNT + "None"),
    Case("cut: nothing", lambda: TREE.cut(), TypeError, "n_communities"),
    Case(
        "cut: min_size of a float", lambda: TREE.cut(2, min_size=2.0), ValueError, "min_size: expected an integer >= 1"
    ),
    Case(
        "cut: another graph",
        lambda: TREE.cut(2, graph=[(0, 5), (1, 4)]),
        TreeError,
        "the one that the tree was built on",
    ),
    Case("cut: a graph that is lost", lambda: LEAF.cut(1, min_size=2), TreeError, "which min_size needs .* has lost"),
    Case(
        "linkage: unknown heights", lambda: TREE.to_linkage("bits"), ValueError, "one of 'merge', 'level', got 'bits'"
    ),
    Case("linkage: heights of an array", lambda: TREE.to_linkage(np.ones(2)), ValueError, "one of 'merge', 'level'"),
    Case("linkage: one leaf", lambda: LEAF.to_linkage(), TreeError, "at least 2 leaves, .* got 1"),
    Case("newick: a line break", lambda: named("a\nb", *"cdefg").to_newick(), TreeError, "names|control"),
    Case("newick: a lone surrogate", lambda: named("\udcff", *"cdefg").to_newick(), TreeError, "names|surrogate"),
    Case("newick: twins", lambda: TWINS.to_newick(), TreeError, "name"),
    Case("graphml: a zero byte", lambda: named("a\0", *"cdefg").to_graphml(), TreeError, "name"),
    Case("graphml: twins", lambda: TWINS.to_graphml(), TreeError, "name"),
    Case("networkx: a name taken", lambda: named(("tree", 7), *"cdefg").to_networkx(), TreeError, "name"),
    Case("igraph: twins", lambda: TWINS.to_igraph(), TreeError, "name"),
]
