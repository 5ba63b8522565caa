"""Directed edges that are none, and changes that a tree and its graph cannot follow."""

import networkx
import numpy as np

from hint_se import Graph, GraphError, TreeError, build_tree
from malformed.case import EDGES, GRAPH, TREE, Case
from malformed.graphs import BAD_EDGES, BAD_N_NODES, BAD_NAMES, BAD_WEIGHTS

NAN, INF = float("nan"), float("inf")
NAMED = Graph.from_edges([("a", "b"), ("b", "c")])
NAMED_TREE = build_tree(NAMED)
HEAVY = Graph.from_edges(EDGES, [2.0] * 7)

BAD_TELEPORTATIONS = [0, -0.1, 1.5, NAN, INF, "0.15", None, True, [0.15], 1j]
#: (name, arguments of `update` after the graph, options, error, message)
BAD_CHANGES = [
    (
        "an id below 0",
        ([(0, 3), (-1, 0)],),
        {},
        GraphError,
        r"ids must be in \[0, 6\), but not so in row 1 of added_edges",
    ),
    (
        "an id far beyond",
        ([(0, 10**9)],),
        {},
        GraphError,
        "has 6 nodes, got id 1000000000; pass n_nodes if it is meant",
    ),
    ("an id at n_nodes", ([(0, 8)],), {"n_nodes": 8}, GraphError, r"in \[0, 8\), but not so in row 0 of added_edges"),
    ("a removed id at n", (None, [(0, 6)]), {}, GraphError, r"in \[0, 6\), but not so in row 0 of removed_edges"),
    ("a removed id below 0", (None, [(0, -1)]), {}, GraphError, "row 0 of removed_edges"),
    ("a removed new node", ([(6, 0)], [(6, 0)]), {}, GraphError, "row 0 of removed_edges"),
    (
        "no such edge",
        (None, [(0, 1), (4, 0)]),
        {},
        GraphError,
        "none for row 1 of removed_edges, the edge between 0 and 4",
    ),
    ("floats to remove", (None, np.array([[0.0, 1.0]])), {}, GraphError, "removed_edges: edges: .* got dtype float64"),
    ("names for ids", ([("a", "b")],), {}, GraphError, "added_edges: expected ids, .* got the name 'a'"),
    ("removed names for ids", (None, [("a", "b")]), {}, GraphError, "removed_edges: expected ids, .* got the name 'a'"),
    ("NaN", ([(0, 3), (0, 4)],), {"weights": [1, NAN]}, GraphError, "row 1 of added_edges, .*, has NaN"),
    ("infinity", ([(0, 3)],), {"weights": [INF]}, GraphError, "row 0 of added_edges, .*, has infinity"),
    ("zero", ([(0, 3)],), {"weights": [0]}, GraphError, r"row 0 of added_edges, .*, has 0\.0"),
    ("a negative weight", ([(0, 3)],), {"weights": [-1]}, GraphError, r"row 0 of added_edges, .*, has -1\.0"),
    (
        "too few weights",
        ([(0, 3), (0, 4)],),
        {"weights": [1]},
        GraphError,
        r"shape \(2,\), one per edge, got shape \(1,\)",
    ),
    ("weights of strings", ([(0, 3)],), {"weights": ["1"]}, GraphError, r"real numbers, got '1' in row 0 \(str\)"),
    ("weights alone", (), {"weights": [1]}, GraphError, r"shape \(0,\), one per edge, got shape \(1,\)"),
    ("overflow", ([(0, 3), (0, 4)],), {"weights": [1e308] * 2}, GraphError, "total of the weights must be finite"),
    ("fewer nodes", (), {"n_nodes": 5}, GraphError, "expected at least the 6 nodes there are, got 5"),
    ("too many nodes", (), {"n_nodes": 2**30 + 1}, GraphError, "expected at most 1073741824"),
    ("nodes that are no number", (), {"n_nodes": 7.0}, GraphError, r"n_nodes: expected an integer, got 7\.0"),
    ("height 0", (), {"height": 0}, ValueError, "height: expected an integer >= 1"),
    ("a height of 2.5", (), {"height": 2.5}, ValueError, r"height: expected an integer >= 1, got 2\.5"),
]

CASES = [
    *(
        Case(f"from_directed, edges: {name}", lambda edges=edges: Graph.from_directed(edges()), GraphError, message)
        for name, edges, message in BAD_EDGES
    ),
    *(
        Case(f"from_directed, weights: {name}", lambda w=weights: Graph.from_directed(EDGES, w()), GraphError, message)
        for name, weights, message in BAD_WEIGHTS
    ),
    *(
        Case(f"from_directed, n_nodes: {n!r}", lambda n=n: Graph.from_directed(EDGES, n_nodes=n), GraphError, message)
        for n, message in BAD_N_NODES
    ),
    *(
        Case(
            f"from_directed, node_names: {name}",
            lambda n=names: Graph.from_directed(EDGES, node_names=n()),
            GraphError,
            message,
        )
        for name, names, message in BAD_NAMES
    ),
    *(
        Case(
            f"teleportation: {value!r}",
            lambda value=value: Graph.from_directed(EDGES, teleportation=value),
            GraphError,
            r"teleportation: expected a number in \[1e-15, 1\], got ",
        )
        for value in BAD_TELEPORTATIONS
    ),
    Case(
        "from_directed: no direction",
        lambda: Graph.from_directed(networkx.path_graph(3)),
        GraphError,
        "expected a directed graph, got an undirected one",
    ),
    Case(
        "from_directed: a Graph",
        lambda: Graph.from_directed(GRAPH),
        GraphError,
        "expected an array .* got Graph",
    ),
    Case(
        "from_directed: weights of a graph",
        lambda: Graph.from_directed(networkx.DiGraph([(0, 1)]), [1.0]),
        GraphError,
        "a DiGraph brings its own",
    ),
    *(
        Case(
            f"update: {name}",
            lambda arguments=arguments, options=options: TREE.update(GRAPH, *arguments, **options),
            error,
            message,
        )
        for name, arguments, options, error, message in BAD_CHANGES
    ),
    *(
        Case(f"update, added: {name}", lambda edges=edges: TREE.update(GRAPH, edges()), GraphError, message)
        for name, edges, message in BAD_EDGES[:7]
    ),
    Case("place: nodes of the tree", lambda: TREE.place([(0, 1)]), GraphError, "update"),
    Case("place: a row of three ends", lambda: TREE.place([(6, 1, 2, 3)]), GraphError, "edges"),
    Case("place: too low", lambda: TREE.place([(6, 1)], height=0), ValueError, "height"),
    Case("update: None for a graph", lambda: TREE.update(None), GraphError, "got NoneType"),
    Case("update: more nodes", lambda: TREE.update([(0, 6)]), GraphError, r"in \[0, 6\), but edge 0 holds 6"),
    Case(
        "update: another graph",
        lambda: TREE.update(HEAVY),
        TreeError,
        r"got one in which tree node 0 has the volume 4\.0 and not 2\.0",
    ),
    Case(
        "update: a graph of another size",
        lambda: TREE.update(Graph.from_edges(EDGES, n_nodes=7)),
        TreeError,
        "expected 6 nodes, one for each leaf of the tree, got 7",
    ),
    Case(
        "update: heavier", lambda: build_tree(HEAVY).update(HEAVY, EDGES[:1]), GraphError, r"weights are needed .* 2\.0"
    ),
    Case(
        "update: other names",
        lambda: NAMED_TREE.update(Graph.from_edges([("a", "b"), ("b", "d")])),
        TreeError,
        "graph: expected leaves of the tree as nodes, got 'd'",
    ),
    Case(
        "update: a name to remove",
        lambda: NAMED_TREE.update(NAMED, None, [("a", "z")]),
        GraphError,
        "removed_edges: expected nodes of the graph, got 'z' in row 0",
    ),
    Case(
        "update: names and n_nodes", lambda: NAMED_TREE.update(NAMED, n_nodes=5), GraphError, "grows by the new names"
    ),
    Case(
        "update: ids for names",
        lambda: NAMED_TREE.update(NAMED, None, [(0, 1)]),
        GraphError,
        "removed_edges: expected nodes of the graph, got 1 in row 0",
    ),
]
