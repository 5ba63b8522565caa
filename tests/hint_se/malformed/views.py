"""Cuts, exports and pictures that a tree cannot give."""

import matplotlib
import matplotlib.figure
import numpy as np

from hint_se import Tree, TreeError
from malformed.case import CUT, PARENT, TREE, VOLUME, Case

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

CASES = [
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
