"""What other libraries' objects can get wrong, and the estimator."""

from types import SimpleNamespace

import igraph
import networkx
import numpy as np
import pandas
import pyarrow
import scipy.sparse

from hint_se import Graph, GraphError, StructuralEntropyClustering, build_tree
from malformed.case import EDGES, Case

NAN, INF = float("nan"), float("inf")


def frame(**columns):
    return pandas.DataFrame(columns)


def geometric(edge_index, **more):
    return SimpleNamespace(edge_index=np.array(edge_index), **more)


def named_igraph(names):
    graph = igraph.Graph([(0, 1), (1, 2)])
    graph.vs["name"] = names
    return graph


def weighted_igraph(weights):
    graph = igraph.Graph([(0, 1), (1, 2)])
    graph.es["weight"] = weights
    return graph


BAD_FRAMES = [
    ("no such column", frame(a=[0], b=[1], c=[2]), {"source": "x", "target": "b"}, "one column 'x', got 0 among"),
    ("too many columns", frame(a=[0], b=[1], c=[2]), {}, "table: expected"),
    ("one column", frame(a=[0]), {}, "table: expected"),
    ("a missing source", frame(source=["a", None], target=["b", "c"]), {}, "missing values, got one in row 1"),
    ("a missing weight", frame(source=[0], target=[1], weight=[NAN]), {}, "finite and > 0, but the weight of edge 0"),
    ("floats as ids", frame(source=[0.0], target=[1.0]), {}, "integer node ids or strings, got dtype float64"),
    ("booleans as ids", frame(source=[True], target=[False]), {}, "integer node ids or strings, got dtype bool"),
    ("a negative id", frame(source=[0], target=[-1]), {}, "ids >= 0, got -1 in row 0"),
    ("words as weights", frame(source=[0], target=[1], weight=["x"]), {}, "weights: expected real numbers"),
    ("a zero weight", frame(source=[0], target=[1], weight=[0]), {}, "finite and > 0, but the weight of edge 0 is 0"),
    ("nothing", frame(source=np.empty(0, int), target=np.empty(0, int)), {}, "edges: expected at least one edge"),
    ("nulls of arrow", pyarrow.table({"source": [0, None], "target": [1, 2]}), {}, "missing values, got one in row 1"),
]
BAD_DENSE = [
    ("not square", np.ones((2, 3)), r"square adjacency matrix, got shape \(2, 3\)"),
    ("flat", np.ones(3), r"square adjacency matrix, got shape \(3,\)"),
    ("not symmetric", np.triu(np.ones((3, 3)), 1), "symmetric"),
    ("negative", -np.ones((3, 3)), "matrix: expected"),
    ("NaN", np.full((3, 3), NAN), "matrix: expected"),
    ("complex", np.ones((3, 3)) * 1j, "real numbers, got dtype complex128"),
    ("strings", np.full((3, 3), "a"), "real numbers, got dtype <U1"),
    ("empty", np.empty((0, 0)), "at least 1, got 0: an empty graph"),
    ("None", None, r"square adjacency matrix, got shape \(\)"),
]
BAD_IGRAPH = [
    ("directed", igraph.Graph([(0, 1)], directed=True), "undirected graph, got a directed one"),
    ("empty", igraph.Graph(), "got an empty graph"),
    ("a missing weight", weighted_igraph([1.0, None]), "attribute 'weight', got None for edge 1"),
    ("a NaN weight", weighted_igraph([1.0, NAN]), "the weight of edge 1 is NaN"),
    ("words as weights", weighted_igraph(["a", "b"]), "weights: expected real numbers"),
    ("names twice", named_igraph(["a", "a", "b"]), "distinct names, got 1 repeated"),
    ("names of floats", named_igraph([0.5, 1.5, 2.5]), r"or other hashables, got 0\.5"),
]
BAD_GEOMETRIC = [
    ("directed", geometric([[0, 1], [1, 2]], num_nodes=3), "both directions of each edge"),
    ("three rows", geometric([[0], [1], [2]], num_nodes=3), r"edge_index: expected shape \(2, m\), got shape \(3, 1\)"),
    ("floats", geometric([[0.0], [1.0]], num_nodes=2), "integer node ids, got dtype float64"),
    ("id at n", geometric([[0, 2], [2, 0]], num_nodes=2), r"in \[0, 2\), but edge 0 holds 2"),
    ("no nodes", geometric([[], []], num_nodes=0), "expected"),
    ("two weights", geometric([[0, 1], [1, 0]], num_nodes=2, edge_weight=np.array([1.0, 2.0])), "with one weight"),
]
ROWS = np.random.default_rng(0).normal(size=(12, 3))
MATRIX = np.ones((4, 4))
BAD_FITS = [
    ("height 1", {"height": 1}, MATRIX, ValueError, "height: expected an integer >= 2, got 1"),
    ("height of a string", {"height": "2"}, MATRIX, ValueError, "height: expected an integer >= 2, got '2'"),
    ("level 0", {"level": 0}, MATRIX, ValueError, "level: expected an integer >= 1, got 0"),
    (
        "level at the height",
        {"height": 2, "level": 2},
        MATRIX,
        ValueError,
        "level: expected less than height = 2, got 2",
    ),
    (
        "level beside n_clusters",
        {"level": 2, "n_clusters": 2},
        MATRIX,
        ValueError,
        "level: expected it, or n_clusters and",
    ),
    ("no clusters", {"n_clusters": 0}, MATRIX, ValueError, "n_clusters: expected an integer >= 1"),
    ("min_size of none", {"min_size": 0}, MATRIX, ValueError, "min_size: expected an integer >= 1, got 0"),
    ("no neighbours", {"n_neighbors": 0}, ROWS, ValueError, "n_neighbors: expected an integer >= 1, got 0"),
    ("too many neighbours", {"n_neighbors": 12}, ROWS, ValueError, "n_neighbors: expected less than .* = 12, got 12"),
    ("unknown metric", {"metric": "l3"}, MATRIX, ValueError, "metric: expected one of 'euclidean', .* got 'l3'"),
    ("unknown effort", {"effort": "more"}, MATRIX, ValueError, "effort: expected one of 'fast', .* got 'more'"),
    ("unknown algorithm", {"algorithm": 3}, MATRIX, ValueError, "algorithm: expected one of 'auto', .* got 3"),
    ("a word as random state", {"random_state": "x"}, MATRIX, ValueError, "random_state: expected an integer >= 0"),
    ("no threads", {"n_threads": 0}, MATRIX, ValueError, "n_threads: expected an integer >= 1"),
    ("features without n_neighbors", {}, ROWS, GraphError, r"got an array of shape \(12, 3\); for feature vectors set"),
    ("negative affinity", {}, -MATRIX, GraphError, r"Negative values in data: .* got -1\.0"),
    ("affinity that is not symmetric", {}, np.triu(MATRIX, 1), GraphError, "symmetric"),
    ("NaN in the affinity", {}, np.full((4, 4), NAN), ValueError, "X: expected finite numbers, got NaN in row 0"),
    (
        "NaN in the features",
        {"n_neighbors": 2},
        np.full((12, 3), NAN),
        ValueError,
        "X: expected finite numbers, got NaN",
    ),
    (
        "infinity in the features",
        {"n_neighbors": 2},
        np.full((12, 3), INF),
        ValueError,
        "X: expected finite numbers, got inf",
    ),
    ("one feature, flat", {"n_neighbors": 2}, ROWS[:, 0], ValueError, "Expected 2D array, got 1D array instead"),
    ("no rows", {"n_neighbors": 2}, ROWS[:0], ValueError, r"Found array with 0 sample\(s\)"),
    ("complex features", {"n_neighbors": 2}, ROWS * 1j, ValueError, "Complex data not supported"),
    ("words as features", {"n_neighbors": 2}, [["a"], ["b"]], ValueError, "X: expected real numbers"),
    ("sparse features", {"n_neighbors": 2}, scipy.sparse.csr_array(MATRIX), TypeError, "no feature vectors"),
]


CASES = [
    *(
        Case(f"from_dataframe: {name}", lambda t=table, o=o: Graph.from_dataframe(t, **o), GraphError, message)
        for name, table, o, message in BAD_FRAMES
    ),
    *(Case(f"from_dense: {name}", lambda m=m: Graph.from_dense(m), GraphError, words) for name, m, words in BAD_DENSE),
    *(
        Case(f"from_igraph: {name}", lambda graph=graph: Graph.from_igraph(graph), GraphError, message)
        for name, graph, message in BAD_IGRAPH
    ),
    *(
        Case(f"from_torch_geometric: {name}", lambda d=d: Graph.from_torch_geometric(d), GraphError, message)
        for name, d, message in BAD_GEOMETRIC
    ),
    *(
        Case(f"fit: {name}", lambda o=options, X=X: StructuralEntropyClustering(**o).fit(X), error, message)
        for name, options, X, error, message in BAD_FITS
    ),
    Case("from_dataframe: a list", lambda: Graph.from_dataframe(EDGES), GraphError, "a data frame .* got list"),
    Case("from_igraph: a list", lambda: Graph.from_igraph(EDGES), GraphError, "an igraph graph, got list"),
    Case(
        "from_igraph: networkx",
        lambda: Graph.from_igraph(networkx.path_graph(3)),
        GraphError,
        "igraph graph, got Graph",
    ),
    Case(
        "from_torch_geometric: None", lambda: Graph.from_torch_geometric(None), GraphError, "edge_index, got NoneType"
    ),
    Case("fit_predict: None", lambda: StructuralEntropyClustering().fit_predict(None), GraphError, "got NoneType"),
    Case("set_params: unknown", lambda: StructuralEntropyClustering().set_params(k=3), ValueError, "parameter 'k'"),
    Case("columns of two lengths", lambda: build_tree((np.arange(3), np.arange(4))), GraphError, "one length, got 3"),
    Case("relabelled floats", lambda: Graph.from_edges(np.ones((3, 2)), relabel=True), GraphError, "dtype float64"),
]
