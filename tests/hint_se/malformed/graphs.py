"""Graphs that are none: edge lists, weights, numbers of nodes, names, sparse rows, objects of other libraries."""

import networkx
import numpy as np
import scipy.sparse

from hint_se import Graph, GraphError, build_tree, one_dimensional_entropy, structural_entropy
from malformed.case import EDGES, GRAPH, Case, changed

NAN, INF = float("nan"), float("inf")


def sparse(dense):
    return scipy.sparse.csr_array(np.array(dense))


def weighted(value):
    graph = networkx.Graph([("a", "b"), ("b", "c")])
    graph["a"]["b"]["weight"] = value
    return graph


#: What is wrong with an edge list, whichever function gets it.
BAD_EDGES = [
    ("float ids", lambda: np.array([[0.0, 1.0]]), "integer node ids, got dtype float64"),
    ("float ids in a list", lambda: [(0, 1), (1, 2.5)], "integer node ids, got dtype float64"),
    ("NaN as id", lambda: [(0, 1), (1, NAN)], "integer node ids, got dtype float64"),
    ("boolean ids", lambda: np.array([[True, False]]), "integer node ids, got dtype bool"),
    ("complex ids", lambda: np.array([[0j, 1j]]), "integer node ids, got dtype complex128"),
    ("dates", lambda: np.array([["2020-01-01"] * 2], "M8[D]"), "integer node ids, got dtype datetime64"),
    ("an array of bytes", lambda: np.array([[b"a", b"b"]]), "integer node ids, got dtype .S1; decode the names"),
    ("floats held as objects", lambda: np.array([["a", 0.5]], object), "hashables as nodes, got 0.5 in row 0"),
    ("a float among names", lambda: [("a", 0.5)], r"hashables as nodes, got 0\.5 in row 0"),
    ("None among names", lambda: [("a", "b"), ("b", None)], "hashables as nodes, got None in row 1"),
    ("a boolean among names", lambda: [("a", True)], "hashables as nodes, got True in row 0"),
    ("NaN among names", lambda: [("a", NAN)], "hashables as nodes, got nan in row 0"),
    ("an unhashable name", lambda: [("a", {}), ("b", "c")], "hashable nodes, got dict in row 0"),
    ("a negative id", lambda: [(0, 1), (2, -3)], "ids >= 0, got -3 in row 1"),
    ("an id beyond int64", lambda: np.array([[0, 2**63]], np.uint64), "below 2\\^31, got 9223372036854775808"),
    ("an id beyond uint64", lambda: [(0, 2**70)], "below 2\\^31, got one that does not fit int64"),
    ("one stray id", lambda: [(0, 1), (1, 2_000_000)], "largest id is 2000000 but only 3 .* relabel"),
    ("one column", lambda: np.zeros((3, 1), int), r"shape \(m, 2\) or \(2, m\), got shape \(3, 1\)"),
    ("three columns", lambda: np.zeros((5, 3), int), r"or \(2, m\), got shape \(5, 3\); give weights apart"),
    ("a flat array", lambda: np.arange(4), r"or \(2, m\), got shape \(4,\)"),
    ("a cube", lambda: np.zeros((2, 2, 2), int), r"or \(2, m\), got shape \(2, 2, 2\)"),
    ("rows of unequal length", lambda: [(0, 1), (2,)], r"expected 2 entries in each row, .* got \(2,\) in row 1"),
    ("nothing", list, "at least one edge .* got an empty graph"),
    ("no rows", lambda: np.empty((0, 2), int), "at least one edge .* got an empty graph"),
    ("a number", lambda: 7, r"a list of pairs, a table or a graph, got 7 \(int\)"),
    ("None", lambda: None, r"a list of pairs, a table or a graph, got NoneType"),
    (
        "a file name",
        lambda: "edges.txt",
        r"a list of pairs, a table or a graph, got 'edges.txt' .* hint_se.read_graph reads files",
    ),
    ("a dictionary", lambda: {0: 1}, r"a list of pairs, a table or a graph, got dict; make it a list"),
    (
        "a generator",
        lambda: (pair for pair in EDGES),
        r"a list of pairs, a table or a graph, got generator; make it a list",
    ),
    ("a masked array", lambda: np.ma.array([[0, 1], [1, 2]], mask=[[0, 0], [1, 0]]), "edges: expected no masked"),
]
BAD_WEIGHTS = [
    ("NaN", lambda: changed([1.0] * 7, 2, NAN), "finite and > 0, but the weight of edge 2 is NaN"),
    ("infinity", lambda: changed([1.0] * 7, 3, INF), "the weight of edge 3 is infinity"),
    ("minus infinity", lambda: changed([1.0] * 7, 3, -INF), "the weight of edge 3 is -infinity"),
    ("a negative one", lambda: changed([1.0] * 7, 1, -2.5), r"the weight of edge 1 is -2\.5"),
    ("zero", lambda: [0] * 7, r"the weight of edge 0 is 0\.0"),
    ("minus zero", lambda: [-0.0] * 7, r"the weight of edge 0 is -?0\.0"),
    ("too few", lambda: [1.0] * 6, r"shape \(7,\), one per edge, got shape \(6,\)"),
    ("too many", lambda: [1.0] * 8, r"shape \(7,\), one per edge, got shape \(8,\)"),
    ("a column", lambda: [[1.0]] * 7, r"one per edge, got shape \(7, 1\)"),
    ("one number", lambda: 2.0, r"one per edge, got shape \(\)"),
    ("strings", lambda: ["1"] * 7, r"real numbers, got '1' in row 0 \(str\)"),
    ("booleans", lambda: [True] * 7, "real numbers, got dtype bool"),
    ("complex numbers", lambda: [1j] * 7, "real numbers, got dtype complex128"),
    ("None among them", lambda: changed([1.0] * 7, 6, None), "real numbers, got None in row 6"),
    (
        "lists among them",
        lambda: changed([1.0] * 7, 6, [1.0]),
        "weights: expected an array that NumPy can read, got list",
    ),
    ("a total that overflows", lambda: [1e308] * 7, "total of the weights must be finite, but it overflows"),
    ("beyond float64", lambda: np.full(7, np.longdouble(10) ** 400), "the weight of edge 0 is infinity"),
    ("a masked array", lambda: np.ma.array([1.0] * 7, mask=[1] + [0] * 6), "weights: expected no masked"),
]
BAD_N_NODES = [
    (0, "n_nodes: expected at least 1, got 0"),
    (-1, "n_nodes: expected at least 1, got -1"),
    (2**30 + 1, r"n_nodes: expected at most 1073741824 \(2\^30\), got 1073741825"),
    (2**70, "n_nodes: expected at most 1073741824"),
    (6.0, r"n_nodes: expected an integer, got 6\.0"),
    ("6", "n_nodes: expected an integer, got '6'"),
    (True, "n_nodes: expected an integer, got True"),
    ([6], "n_nodes: expected an integer, got list"),
    (5, r"node ids must be in \[0, 5\), but edge 4 holds 5"),
]
BAD_NAMES = [
    ("too few", lambda: ["a"], "node_names: expected 6 names, one per node, got 1"),
    ("repeated", lambda: list("abcdea"), "distinct names, got 1 repeated"),
    ("unhashable", lambda: [*"abcde", []], "node names: expected hashable values"),
    ("None", lambda: [*"abcde", None], "strings, integers or other hashables, got None"),
    ("a float", lambda: [*"abcde", 1.5], r"strings, integers or other hashables, got 1\.5"),
    ("a boolean", lambda: [*"abcde", True], "strings, integers or other hashables, got True"),
    ("a number", lambda: 6, "node names: expected a list of names, got int"),
    ("one string", lambda: "abcdef", "node names: expected a list of names, got str"),
    ("a set", lambda: set("abcdef"), "node names: expected a list of names, got set"),
    ("a dictionary", lambda: dict.fromkeys("abcdef"), "node names: expected a list of names, got dict"),
]
ONES = [1.0, 1.0]
BAD_CSR = [
    ("edge in one direction", ([0, 1, 1], [1], [1.0]), "symmetric, but the edge from 0 to 1 differs"),
    ("two weights of one edge", ([0, 1, 2], [1, 0], [1.0, 2.0]), "symmetric, but the edge from 0 to 1 differs"),
    ("loop", ([0, 1], [0], [1.0]), "no loops here, but there is one in the row of node 0"),
    ("falling row", ([0, 2, 3, 4], [2, 1, 0, 0], [1.0] * 4), "rise strictly .* in the row of node 0"),
    ("repeated entry", ([0, 2, 4], [1, 1, 0, 0], [1.0] * 4), "rise strictly .* in the row of node 0"),
    ("id at n", ([0, 1, 2], [1, 2], ONES), r"in \[0, 2\), but 2 stands in the row of node 1"),
    ("negative id", ([0, 1, 2], [-1, 0], ONES), r"in \[0, 2\), but -1 stands in the row of node 0"),
    ("falling offsets", ([0, 2, 1, 2], [1, 0], ONES), "indptr must not fall, but it does at node 1"),
    ("offsets that start late", ([1, 1, 2], [1, 0], ONES), "indptr must run from 0 .* runs from 1 to 2"),
    ("offsets that end early", ([0, 1, 1], [1, 0], ONES), "indptr must run from 0 .* runs from 0 to 1"),
    ("offsets that end late", ([0, 1, 9], [1, 0], ONES), "indptr must run from 0 .* runs from 0 to 9"),
    (
        "offsets beyond int64",
        (np.array([0, 1, 2**63], np.uint64), [1, 0], ONES),
        "indptr: expected values that fit int64",
    ),
    ("too few weights", ([0, 1, 2], [1, 0], [1.0]), r"one per entry of indices \(2\), but 1 arrived"),
    ("NaN weight", ([0, 1, 2], [1, 0], [NAN] * 2), "finite and > 0, but NaN stands in the row of node 0"),
    ("zero weight", ([0, 1, 2], [1, 0], [0.0] * 2), r"finite and > 0, but 0\.0+ stands in the row of node 0"),
    ("total that overflows", ([0, 1, 2], [1, 0], [1e308] * 2), "total of the weights must be finite"),
    ("no nodes", ([0], [], []), "at least 1, got 0: an empty graph"),
    ("no offsets", ([], [], []), "at least 1, got -1"),
    ("float indices", ([0, 1, 2], [1.0, 0.0], ONES), "indices: expected a flat array of int32, got float64"),
    ("wide indices", ([0, 1, 2], [2**40, 0], ONES), "indices: expected values that fit int32, got 1099511627776"),
    ("square offsets", ([[0, 1, 2]], [1, 0], ONES), r"indptr: expected a flat array of int64, got .* shape \(1, 3\)"),
    ("ragged offsets", ([[0], 1, 2], [1, 0], ONES), "indptr: expected an array that NumPy can read, got list"),
    ("ragged indices", ([0, 1, 2], [[1], 0], ONES), "indices: expected an array that NumPy can read, got list"),
    ("string weights", ([0, 1, 2], [1, 0], ["a", "b"]), "weights: expected a flat array of float64, got <U1"),
    ("None", (None, None, None), "indptr: expected a flat array of int64, got object"),
]
BAD_MATRICES = [
    ("one triangle", lambda: sparse([[0, 1], [0, 0]]), r"symmetric.* take A \+ A\.T"),
    ("two weights of one edge", lambda: sparse([[0, 1.0], [2.0, 0]]), "symmetric"),
    ("negative", lambda: sparse([[0, -1.0], [-1.0, 0]]), r"finite and > 0, but -1\.0"),
    ("NaN", lambda: sparse([[0, NAN], [NAN, 0]]), "finite and > 0, but NaN"),
    ("infinity", lambda: sparse([[0, INF], [INF, 0]]), "finite and > 0, but infinity"),
    ("not square", lambda: sparse([[0, 1, 0], [1, 0, 0]]), r"square adjacency matrix, got shape \(2, 3\)"),
    ("flat", lambda: scipy.sparse.coo_array([0, 1]), r"square adjacency matrix, got shape \(2,\)"),
    ("complex", lambda: sparse([[0, 1j], [1j, 0]]), "real numbers, got dtype complex128"),
    ("empty", lambda: scipy.sparse.csr_array((0, 0)), "at least 1, got 0: an empty graph"),
    ("stored zeros", lambda: scipy.sparse.csr_array(([0.0] * 2, ([0, 1], [1, 0])), (2, 2)), "eliminate_zeros"),
]
BAD_NETWORKX = [
    ("directed", lambda: networkx.DiGraph([(0, 1)]), "undirected graph, got a directed one"),
    ("empty", networkx.Graph, "at least one edge .* got an empty graph"),
    ("weight of a string", lambda: weighted("heavy"), "weights: expected real numbers, got 'heavy' in row 0"),
    ("weight of None", lambda: weighted(None), "weights: expected real numbers, got None in row 0"),
    ("negative weight", lambda: weighted(-1.0), "finite and > 0, but the weight of edge 0"),
    ("NaN weight", lambda: weighted(NAN), "finite and > 0, but the weight of edge 0 is NaN"),
    ("named by floats", lambda: networkx.Graph([(0.5, 1.5)]), r"node names: expected strings, .* got 0\.5"),
]

CASES = [
    *(
        Case(f"{call.__name__}, edges: {name}", lambda call=call, edges=edges: call(edges()), GraphError, message)
        for name, edges, message in BAD_EDGES
        for call in (Graph.from_edges, build_tree)
    ),
    *(
        Case(f"{call.__name__}, weights: {name}", lambda c=call, w=weights: c(EDGES, w()), GraphError, message)
        for name, weights, message in BAD_WEIGHTS
        for call in (Graph.from_edges, build_tree)
    ),
    *(
        Case(f"tuple, weights: {name}", lambda w=weights: build_tree((EDGES, w())), GraphError, message)
        for name, weights, message in BAD_WEIGHTS[:3]
    ),
    *(
        Case(f"n_nodes: {n!r}", lambda n=n: Graph.from_edges(EDGES, n_nodes=n), GraphError, message)
        for n, message in BAD_N_NODES
    ),
    *(
        Case(f"node_names: {name}", lambda n=names: Graph.from_edges(EDGES, node_names=n()), GraphError, message)
        for name, names, message in BAD_NAMES
    ),
    *(
        Case(f"from_csr: {name}", lambda columns=columns: Graph.from_csr(*columns), GraphError, message)
        for name, columns, message in BAD_CSR
    ),
    Case("Graph: one direction", lambda: Graph([0, 1, 1], [1], [1.0]), GraphError, "a graph is symmetric"),
    *(
        Case(f"from_scipy: {name}", lambda matrix=matrix: Graph.from_scipy(matrix()), GraphError, message)
        for name, matrix, message in BAD_MATRICES
    ),
    *(
        Case(f"from_networkx: {name}", lambda graph=graph: Graph.from_networkx(graph()), GraphError, message)
        for name, graph, message in BAD_NETWORKX
    ),
    Case("from_scipy: a list", lambda: Graph.from_scipy([[0, 1], [1, 0]]), GraphError, "scipy sparse .* got list"),
    Case("from_scipy: None", lambda: Graph.from_scipy(None), GraphError, "scipy sparse .* got NoneType"),
    Case("from_networkx: a list", lambda: Graph.from_networkx(EDGES), GraphError, "networkx graph, got list"),
    Case("from_networkx: None", lambda: Graph.from_networkx(None), GraphError, "networkx graph, got NoneType"),
    Case("names twice", lambda: Graph.from_edges([("a", "b")], node_names="ab"), GraphError, "name 2 nodes themselves"),
    Case("count and names", lambda: Graph.from_edges([("a", "b")], n_nodes=3), GraphError, "name 2 nodes themselves"),
    Case("weights twice", lambda: build_tree((EDGES, [1] * 7), [1] * 7), GraphError, "weights: given twice"),
    Case("weights of a Graph", lambda: build_tree(GRAPH, [1] * 7), GraphError, "a Graph brings its own"),
    Case("n_nodes of a Graph", lambda: build_tree(GRAPH, n_nodes=9), GraphError, "a Graph brings its own"),
    Case("a tuple of three", lambda: build_tree((EDGES, [1] * 7, 6)), GraphError, "edges: expected .* got tuple"),
    Case("one-dimensional: None", lambda: one_dimensional_entropy(None), GraphError, "got NoneType"),
    Case("one-dimensional: floats", lambda: one_dimensional_entropy([(0.5, 1.0)]), GraphError, "got dtype float64"),
    Case("entropy: floats", lambda: structural_entropy([(0.5, 1.0)], [2, 2, -1]), GraphError, "got dtype float64"),
    Case("entropy: id at n", lambda: structural_entropy([(0, 2)], [2, 2, -1]), GraphError, r"in \[0, 2\)"),
]
