"""Changes that a tree cannot follow, and directed graphs along which nothing flows."""

import igraph
import networkx
import numpy as np
import pandas
import scipy.sparse

from hint_se import Graph, GraphError, TreeError, build_tree
from malformed.case import EDGES, GRAPH, TREE, Case

NAN, INF = float("nan"), float("inf")
NAMED = Graph.from_edges([("a", "b"), ("b", "c")])
NAMED_TREE = build_tree(NAMED)
LIGHT = Graph.from_edges(EDGES, [2.0] * 7)

#: What is wrong with a change, the arguments after the graph, what the message says.
BAD_CHANGES = [
    ("added: a negative id", {"added_edges": [(-1, 0)]}, "added_edges: .*got -1 in row 0|row 0 of added_edges"),
    ("added: floats", {"added_edges": [(0.5, 3)]}, "added_edges: edges: expected integer"),
    ("added: booleans", {"added_edges": np.array([[True, False]])}, "added_edges: .* got dtype bool"),
    ("added: three columns", {"added_edges": np.zeros((5, 3), int)}, r"added_edges: .* got shape \(5, 3\)"),
    ("added: a number", {"added_edges": 7}, "added_edges: edges: expected"),
    ("added: a file name", {"added_edges": "edges.txt"}, "added_edges: edges: expected"),
    ("added: a generator", {"added_edges": (edge for edge in EDGES)}, "added_edges: .* got generator"),
    ("added: names of a graph without", {"added_edges": [("ann", "bob")]}, "added_edges: expected ids, .* name 'ann'"),
    ("added: an id far beyond", {"added_edges": [(0, 10**8)]}, "added_edges: .* got id 100000000; pass n_nodes"),
    ("added: an id beyond int64", {"added_edges": [(0, 2**70)]}, "added_edges: "),
    ("added: beyond n_nodes", {"added_edges": [(0, 9)], "n_nodes": 8}, "row 0 of added_edges"),
    ("removed: not there", {"removed_edges": [(0, 1), (0, 4)]}, "none for row 1 of removed_edges, .* 0 and 4"),
    ("removed: a new node", {"added_edges": [(6, 0)], "removed_edges": [(6, 0)]}, "row 0 of removed_edges"),
    ("removed: floats", {"removed_edges": [(0.0, 1.0)]}, "removed_edges: edges: expected integer"),
    ("removed: names", {"removed_edges": [("ann", "bob")]}, "removed_edges: expected ids, .* name 'ann'"),
    (
        "removed: weights",
        {"removed_edges": pandas.DataFrame({"source": [0], "target": [1], "weight": [1.0]})},
        "removed_edges: expected edges alone, got weights",
    ),
    ("weights: too many", {"added_edges": [(0, 3)], "weights": [1, 2]}, r"weights: expected shape \(1,\)"),
    ("weights: of nothing", {"weights": [1.0]}, r"weights: expected shape \(0,\)"),
    ("weights: NaN", {"added_edges": [(0, 3), (1, 4)], "weights": [1, NAN]}, "row 1 of added_edges.*nan"),
    ("weights: infinity", {"added_edges": [(0, 3)], "weights": [INF]}, "row 0 of added_edges.*inf"),
    ("weights: zero", {"added_edges": [(0, 3)], "weights": [0.0]}, "row 0 of added_edges"),
    ("weights: negative", {"added_edges": [(0, 3)], "weights": [-1.0]}, "row 0 of added_edges"),
    ("weights: strings", {"added_edges": [(0, 3)], "weights": ["1"]}, "weights: expected real numbers, got dtype <U1"),
    ("weights: overflow", {"added_edges": [(0, 3), (1, 4)], "weights": [1e308] * 2}, "total .* must be finite"),
    (
        "weights: twice",
        {"added_edges": pandas.DataFrame({"source": [0], "target": [3], "weight": [1.0]}), "weights": [1.0]},
        "weights: given twice",
    ),
    ("n_nodes: too few", {"n_nodes": 5}, "n_nodes: expected at least the 6 nodes there are, got 5"),
    ("n_nodes: a float", {"n_nodes": 7.0}, r"n_nodes: expected an integer, got 7\.0"),
    ("n_nodes: beyond", {"n_nodes": 2**31}, "n_nodes: expected at most 1073741824"),
]
BAD_HEIGHTS = [0, -1, 1.5, NAN, "2", True, [2], 2**31]
#: Graphs that are not the one that the tree was built on.
OTHER_GRAPHS = [
    ("more nodes", lambda: Graph.from_edges(EDGES, n_nodes=7), TreeError, "6 leaves of the tree as nodes, got 7"),
    ("fewer nodes", lambda: Graph.from_edges(EDGES[:3]), TreeError, "6 leaves of the tree as nodes, got 3"),
    ("an edge less", lambda: Graph.from_edges(EDGES[1:], n_nodes=6), TreeError, "leaf 0 has volume 2.* degree 1"),
    ("other weights", lambda: LIGHT, TreeError, "leaf 0 has volume 2.* degree 4"),
    ("None", lambda: None, GraphError, "got NoneType"),
    ("a tree", lambda: TREE, GraphError, "edges: expected .* got Tree"),
]
DIRECTED = [(0, 1), (1, 2), (2, 0)]
BAD_ARCS = [
    ("floats", lambda: [(0.5, 1.0)], {}, "integer node ids, got dtype float64"),
    ("a negative id", lambda: [(0, 1), (1, -2)], {}, "ids >= 0, got -2 in row 1"),
    ("an id at n", lambda: [(0, 4)], {"n_nodes": 4}, r"ids must be in \[0, 4\), but edge 0 holds 4"),
    ("nothing", list, {}, "at least one edge .* got an empty graph"),
    ("None", lambda: None, {}, "got NoneType"),
    ("a number", lambda: 7, {}, "got 7"),
    ("one column", lambda: np.zeros((3, 1), int), {}, r"got shape \(3, 1\)"),
    ("weights: too few", lambda: DIRECTED, {"weights": [1.0]}, r"weights: expected shape \(3,\)"),
    ("weights: negative", lambda: DIRECTED, {"weights": [1.0, 1.0, -1.0]}, "the weight of edge 2 is -1"),
    ("weights: NaN", lambda: DIRECTED, {"weights": [1.0, NAN, 1.0]}, "(?i)the weight of edge 1 is nan"),
    ("weights: overflow", lambda: DIRECTED, {"weights": [1e308] * 3}, "total of the weights must be finite"),
    ("names: repeated", lambda: DIRECTED, {"node_names": "aab"}, "node names: expected a list|distinct names"),
    ("names: too few", lambda: DIRECTED, {"node_names": ["a"]}, "expected 3 names, one per node, got 1"),
    ("undirected, networkx", lambda: networkx.Graph(EDGES), {}, "directed graph, .* Graph.from_networkx takes it"),
    ("undirected, igraph", lambda: igraph.Graph(EDGES), {}, "directed graph, .* Graph.from_igraph takes it"),
    ("empty, networkx", networkx.DiGraph, {}, "empty graph"),
    ("weights beside a graph", lambda: networkx.DiGraph(EDGES), {"weights": [1.0] * 7}, "a DiGraph brings its own"),
    ("a matrix, not square", lambda: scipy.sparse.csr_array(np.ones((2, 3))), {}, r"square .* got shape \(2, 3\)"),
    ("a matrix, negative", lambda: scipy.sparse.csr_array(-np.ones((2, 2))), {}, "finite and > 0"),
]
BAD_JUMPS = [0, 0.0, -0.1, 1.5, NAN, INF, "0.15", None, True, [0.15]]

CASES = [
    *(
        Case(f"update, {name}", lambda o=options: TREE.update(GRAPH, **o), GraphError, message)
        for name, options, message in BAD_CHANGES
    ),
    *(
        Case(
            f"update, height: {h!r}",
            lambda h=h: TREE.update(GRAPH, height=h),
            ValueError,
            "height: expected an integer",
        )
        for h in BAD_HEIGHTS
    ),
    *(
        Case(f"update, graph: {name}", lambda g=graph: TREE.update(g(), [(0, 4)]), error, message)
        for name, graph, error, message in OTHER_GRAPHS
    ),
    Case(
        "update, removed: a stranger",
        lambda: NAMED_TREE.update(NAMED, None, [("a", "zoe")]),
        GraphError,
        "'zoe' in row 0",
    ),
    Case(
        "update, added: a float name", lambda: NAMED_TREE.update(NAMED, [("a", 0.5)]), GraphError, "added_edges: .* 0.5"
    ),
    Case("update, count and names", lambda: NAMED_TREE.update(NAMED, n_nodes=9), GraphError, "n_nodes: goes with ids"),
    Case(
        "update, other names",
        lambda: NAMED_TREE.update(Graph.from_edges([("a", "b"), ("b", "d")])),
        TreeError,
        "same order, got other node names",
    ),
    Case(
        "update, no weight where one is",
        lambda: build_tree(LIGHT).update(LIGHT, [(0, 1)]),
        GraphError,
        "weights are needed",
    ),
    Case("update, seven words", lambda: TREE.update(GRAPH, None, None, [1.0]), TypeError, "positional"),
    *(
        Case(f"from_directed: {name}", lambda e=edges, o=options: Graph.from_directed(e(), **o), GraphError, message)
        for name, edges, options, message in BAD_ARCS
    ),
    *(
        Case(
            f"from_directed, teleportation: {jump!r}",
            lambda jump=jump: Graph.from_directed(DIRECTED, teleportation=jump),
            GraphError,
            r"teleportation: expected a number in \(0, 1\], got",
        )
        for jump in BAD_JUMPS
    ),
]
