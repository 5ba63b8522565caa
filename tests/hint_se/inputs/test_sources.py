"""Graphs of other libraries: networkx, igraph, SciPy, data frames, torch_geometric, tensors, dense matrices."""

import sys
import tracemalloc
import warnings
from types import SimpleNamespace

import numpy as np
import pytest

import hint_se
from hint_se import Graph, GraphError, SelfLoopWarning

EDGES = [(0, 1), (1, 2), (2, 0), (2, 3)]
NAMED = [("b", "a"), ("a", "c"), ("b", "d")]


@pytest.fixture
def expected():
    return Graph.from_edges(np.array(EDGES))


def symmetric(edges, weights=None):
    size = np.max(edges) + 1
    dense = np.zeros((size, size))
    for (u, v), weight in zip(edges, weights or [1] * len(edges), strict=True):
        dense[u, v] = dense[v, u] = weight
    return dense


# networkx


def test_networkx(expected):
    networkx = pytest.importorskip("networkx")
    plain = networkx.Graph()
    plain.add_nodes_from(range(4))
    plain.add_edges_from(EDGES)
    assert Graph.from_networkx(plain) == expected
    assert hint_se.build_tree(plain) == hint_se.build_tree(expected)

    named = networkx.Graph([("x", "y"), ("y", "z")])
    named["x"]["y"]["weight"] = 2.5
    named.add_node("alone")
    graph = Graph.from_networkx(named)
    assert graph.node_names == ("x", "y", "z", "alone")
    assert graph.degrees.tolist() == [2.5, 3.5, 1.0, 0.0]
    assert Graph.from_networkx(named, weight=None).degrees.tolist() == [1, 2, 1, 0]
    assert Graph.from_networkx(named, weight="capacity").degrees.tolist() == [1, 2, 1, 0]
    view = named.subgraph(["z", "y", "x"])
    assert Graph.from_networkx(view).node_names == ("x", "y", "z")

    multi = networkx.MultiGraph([(0, 1), (0, 1), (1, 2)])
    assert Graph.from_networkx(multi).degrees.tolist() == [1, 2, 1]
    networkx.set_edge_attributes(multi, 2.0, "weight")
    assert Graph.from_networkx(multi).degrees.tolist() == [4, 6, 2]

    with pytest.raises(GraphError, match="undirected"):
        Graph.from_networkx(networkx.DiGraph([(0, 1)]))
    with pytest.raises(GraphError, match="empty graph"):
        Graph.from_networkx(networkx.Graph())
    with pytest.raises(GraphError, match=r"got 0\.5"):
        Graph.from_networkx(networkx.Graph([(0.5, 1)]))
    named["x"]["y"]["weight"] = "heavy"
    with pytest.raises(GraphError, match="weights: expected real numbers"):
        Graph.from_networkx(named)
    named["x"]["y"]["weight"] = float("nan")
    with pytest.raises(GraphError, match="edge 0 is NaN"):
        Graph.from_networkx(named)
    with pytest.raises(GraphError, match="brings its own"):
        hint_se.build_tree(plain, n_nodes=9)
    with pytest.raises(GraphError, match="EdgeView; make it a list"):
        hint_se.build_tree(plain.edges)


def test_networkx_nodes_out_of_order_are_names():
    networkx = pytest.importorskip("networkx")
    graph = Graph.from_networkx(networkx.Graph([(3, 1), (1, 0), (0, 2)]))
    assert graph.node_names == (3, 1, 0, 2)
    assert graph.degrees.tolist() == [1, 2, 2, 1]


def test_grid_nodes_that_are_tuples():
    networkx = pytest.importorskip("networkx")
    grid = networkx.grid_graph((2, 3))
    from_list = Graph.from_edges(list(grid.edges))
    assert set(from_list.node_names) == set(grid.nodes)
    assert from_list.n_edges == Graph.from_networkx(grid).n_edges == 7


# igraph


def test_igraph(expected):
    igraph = pytest.importorskip("igraph")
    assert Graph.from_igraph(igraph.Graph(n=4, edges=EDGES)) == expected
    assert hint_se.build_tree(igraph.Graph(n=4, edges=EDGES)) == hint_se.build_tree(expected)
    assert Graph.from_igraph(igraph.Graph(n=6, edges=EDGES)).n_nodes == 6

    named = igraph.Graph.TupleList([("x", "y", 2.5), ("y", "z", 1.0)], weights=True)
    graph = Graph.from_igraph(named)
    assert graph.node_names == ("x", "y", "z")
    assert graph.degrees.tolist() == [2.5, 3.5, 1.0]
    assert Graph.from_igraph(named, weight=None).degrees.tolist() == [1, 2, 1]
    assert Graph.from_igraph(named, weight="capacity").degrees.tolist() == [1, 2, 1]
    assert Graph.from_igraph(igraph.Graph(n=3, edges=[(0, 1), (1, 0), (1, 2)])).degrees.tolist() == [1, 2, 1]

    with pytest.raises(GraphError, match=r"undirected graph, got a directed one; call as_undirected"):
        hint_se.build_tree(igraph.Graph(n=2, edges=[(0, 1)], directed=True))
    with pytest.raises(GraphError, match="at least 1, got 0|empty graph"):
        Graph.from_igraph(igraph.Graph())
    named.es["weight"] = [1.0, None]
    with pytest.raises(GraphError, match="attribute 'weight', got None for edge 1"):
        Graph.from_igraph(named)
    named.es["weight"] = [1.0, -1.0]
    with pytest.raises(GraphError, match="edge 1 is -1"):
        Graph.from_igraph(named)
    named.vs["name"] = ["x", "x", "y"]
    with pytest.raises(GraphError, match="1 repeated"):
        Graph.from_igraph(named, weight=None)


# SciPy


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil", "dok", "bsr", "dia"])
@pytest.mark.parametrize("kind", ["array", "matrix"])
def test_scipy(form, kind, expected):
    sparse = pytest.importorskip("scipy.sparse")
    made = (sparse.csr_array if kind == "array" else sparse.csr_matrix)(symmetric(EDGES))
    made = made.asformat(form)
    assert Graph.from_scipy(made) == expected
    assert hint_se.build_tree(made) == hint_se.build_tree(expected)
    assert Graph.from_scipy(made.astype(bool)) == expected
    assert Graph.from_scipy(made.astype(np.int32)) == expected


@pytest.mark.parametrize("form", ["csr", "csc"])
@pytest.mark.parametrize("dtype", ["float64", "float32", "bool", "int8"])
@pytest.mark.parametrize("index", ["int32", "int64"])
def test_scipy_arrays_are_left_alone_and_not_kept(form, dtype, index, expected):
    sparse = pytest.importorskip("scipy.sparse")
    made = sparse.csr_array(symmetric(EDGES)).astype(dtype).asformat(form)
    made.indptr, made.indices = made.indptr.astype(index), made.indices.astype(index)
    before = [made.indptr.copy(), made.indices.copy(), made.data.copy()]
    graph = Graph.from_scipy(made)
    for column, old in zip((made.indptr, made.indices, made.data), before, strict=True):
        np.testing.assert_array_equal(column, old)
        assert column.flags.writeable
        column[:] = 0
    assert graph == expected


def test_scipy_rows_are_copied_once():
    sparse = pytest.importorskip("scipy.sparse")
    edges = np.random.default_rng(0).integers(0, 20_000, (200_000, 2))
    edges = edges[edges[:, 0] != edges[:, 1]]
    graph = Graph.from_edges(edges)
    matrix = sparse.csr_array((graph.weights, graph.indices, graph.indptr), shape=(graph.n_nodes,) * 2)
    assert matrix.has_canonical_format
    nbytes = graph.indptr.nbytes + graph.indices.nbytes + graph.weights.nbytes
    tracemalloc.start()
    try:
        again = Graph.from_scipy(matrix)
        size, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert again == graph
    assert size <= nbytes + 50_000
    # Beside the copy: the row of each entry (int32) and whether it is on the diagonal.
    assert peak <= nbytes + 6 * graph.indices.size + 500_000


def test_scipy_duplicates_and_diagonal():
    sparse = pytest.importorskip("scipy.sparse")
    coo = sparse.coo_array(([1.0, 2.0, 3.0, 9.0], ([0, 0, 1, 2], [1, 1, 0, 2])), shape=(3, 3))
    with pytest.warns(SelfLoopWarning, match="dropped 1 self-loop"):
        graph = Graph.from_scipy(coo)
    assert graph.degrees.tolist() == [3, 3, 0]
    assert coo.nnz == 4
    # Summed in int8, 100 + 100 would be -56, and 127 + 127 + 127 would be 125.
    for value, repeats in ((100, 2), (127, 3)):
        ends = [0] * repeats + [1] * repeats, [1] * repeats + [0] * repeats
        small = sparse.coo_array((np.full(2 * repeats, value, np.int8), ends), shape=(2, 2))
        assert Graph.from_scipy(small).degrees.tolist() == [value * repeats] * 2
    twice = sparse.coo_array((np.ones(4, bool), ([0, 0, 1, 1], [1, 1, 0, 0])), shape=(2, 2))
    assert Graph.from_scipy(twice).degrees.tolist() == [1, 1]


def test_scipy_zeros_on_the_diagonal_are_no_loops():
    sparse = pytest.importorskip("scipy.sparse")
    matrix = sparse.csr_array(symmetric(EDGES) + np.eye(4))
    matrix.setdiag(0)
    assert matrix.nnz == 12
    assert Graph.from_scipy(matrix) == Graph.from_edges(EDGES)
    for bad in (np.nan, np.inf, -1.0):
        matrix.setdiag(bad)
        with pytest.raises(GraphError, match="finite weights >= 0 on the diagonal"):
            Graph.from_scipy(matrix)


BAD_MATRICES = {
    "one triangle": ([[0, 1, 0], [0, 0, 1], [0, 0, 0]], r"symmetric.*A \+ A\.T"),
    "other weights back": ([[0, 1.0], [2.0, 0]], r"symmetric.*A \+ A\.T"),
    "last bit": ([[0, 0.3], [0.1 + 0.2, 0]], r"symmetric.*A \+ A\.T"),
    "negative": ([[0, -1.0], [-1.0, 0]], "-1"),
    "nan": ([[0, np.nan], [np.nan, 0]], "NaN"),
    "inf": ([[0, np.inf], [np.inf, 0]], "inf"),
    "not square": ([[0, 1, 0], [1, 0, 0]], "square"),
    "complex": ([[0, 1j], [1j, 0]], "real numbers, got dtype complex128"),
    "empty": (np.empty((0, 0)), "empty graph"),
}


@pytest.mark.parametrize("name", BAD_MATRICES)
def test_bad_matrices(name):
    sparse = pytest.importorskip("scipy.sparse")
    dense, message = BAD_MATRICES[name]
    for form in ("csr", "csc", "coo"):
        with pytest.raises(GraphError, match=message):
            hint_se.build_tree(sparse.csr_array(np.array(dense)).asformat(form))
    with pytest.raises(GraphError, match=message):
        Graph.from_dense(dense)


def test_damaged_scipy():
    sparse = pytest.importorskip("scipy.sparse")

    def damaged(name, value):
        matrix = sparse.csr_array(symmetric(EDGES))
        getattr(matrix, name)[1] = value
        matrix.has_canonical_format = True
        return matrix

    for name, value in (("indices", 9), ("indices", -1), ("indptr", 7), ("indptr", 0), ("indptr", -2)):
        with pytest.raises(GraphError):
            Graph.from_scipy(damaged(name, value))


def test_scipy_stored_zero_and_empty():
    sparse = pytest.importorskip("scipy.sparse")
    stored = sparse.csr_array(([0.0, 0.0], ([0, 1], [1, 0])), shape=(2, 2))
    with pytest.raises(GraphError, match="eliminate_zeros"):
        Graph.from_scipy(stored)
    assert Graph.from_scipy(sparse.csr_array((3, 3))).n_nodes == 3
    with pytest.raises(GraphError, match="square"):
        Graph.from_scipy(sparse.coo_array(np.ones(3)))
    with pytest.raises(GraphError, match="brings its own"):
        hint_se.build_tree(sparse.csr_array((3, 3)), [1.0])


# Dense matrices


def test_dense(expected):
    dense = symmetric(EDGES)
    for matrix in (dense, dense.astype(bool), dense.astype(np.int8), dense.tolist(), np.asfortranarray(dense)):
        assert Graph.from_dense(matrix) == expected
    weighted = Graph.from_dense(symmetric(EDGES, [1.5, 2.0, 3.0, 4.0]), node_names=list("abcd"))
    assert weighted == Graph.from_edges(EDGES, [1.5, 2.0, 3.0, 4.0], node_names=list("abcd"))
    assert Graph.from_dense(np.zeros((3, 3))).n_edges == 0
    with pytest.warns(SelfLoopWarning, match="dropped 4 self-loops"):
        assert Graph.from_dense(dense + np.eye(4)) == expected
    with pytest.raises(GraphError, match="4 names"):
        Graph.from_dense(dense, node_names=list("abc"))
    with pytest.raises(GraphError, match="got dtype object"):
        Graph.from_dense(dense.astype(object))


# Data frames and tables


def frames(columns):
    """Return the same table in every library that is there."""
    made = []
    for module, call in (("pandas", "DataFrame"), ("pyarrow", "table"), ("polars", "DataFrame")):
        library = pytest.importorskip(module) if module != "polars" else sys.modules.get(module)
        if library is not None:
            made.append(getattr(library, call)(columns))
    return made


def test_tables_of_ids(expected):
    source, target = map(list, zip(*EDGES, strict=True))
    for frame in frames({"source": source, "target": target}):
        assert Graph.from_dataframe(frame) == expected
        assert hint_se.build_tree(frame) == hint_se.build_tree(expected)
        assert hint_se.build_tree((frame, [1, 1, 1, 1])) == hint_se.build_tree(expected)
        assert hint_se.build_tree(frame, [1, 1, 1, 1]) == hint_se.build_tree(expected)
        assert Graph.from_edges((frame["source"], frame["target"])) == expected
        assert Graph.from_dataframe(frame, n_nodes=9).n_nodes == 9
        assert hint_se.structural_entropy(frame, [4, 4, 4, 4, -1]) == hint_se.one_dimensional_entropy(expected)
    for frame in frames({"from": source, "to": target}):
        assert Graph.from_dataframe(frame) == expected
    for frame in frames({"weight": [1.0, 2.0, 3.0, 4.0], "target": target, "source": source, "kind": list("xxyy")}):
        weighted = Graph.from_edges(EDGES, [1, 2, 3, 4])
        assert Graph.from_dataframe(frame) == weighted
        assert hint_se.build_tree(frame) == hint_se.build_tree(weighted)
        with pytest.raises(GraphError, match="given twice, in the table"):
            hint_se.build_tree(frame, [1, 1, 1, 1])
    for frame in frames({"u": source, "w": [1, 2, 3, 4], "v": target}):
        assert Graph.from_dataframe(frame, source="u", target="v", weight="w") == weighted
        assert Graph.from_dataframe(frame, weight="w") == weighted
        assert Graph.from_dataframe(frame, source="u", target="v") == expected
        with pytest.raises(GraphError, match=r"or two columns, got \['u', 'w', 'v'\]; name them"):
            hint_se.build_tree(frame)
        with pytest.raises(GraphError, match="one column 'x', got 0 among"):
            Graph.from_dataframe(frame, source="u", target="x")
        with pytest.raises(GraphError, match="one column None, got 0 among"):
            Graph.from_dataframe(frame, source="u")
    for frame in frames({"source": [2**62, 7], "target": [7, -3]}):
        assert Graph.from_dataframe(frame, relabel=True).node_names == (2**62, 7, -3)
    for frame in frames({"source": [0, 1], "target": ["a", "b"]}):
        assert Graph.from_dataframe(frame).node_names == (0, "a", 1, "b")


def test_tables_of_names():
    source, target = map(list, zip(*NAMED, strict=True))
    for frame in frames({"source": source, "target": target}):
        graph = Graph.from_dataframe(frame)
        assert graph == Graph.from_edges(NAMED)
        assert graph.node_names == ("b", "a", "c", "d")
        assert set(map(type, graph.node_names)) == {str}


def test_pandas_dtypes(expected):
    pandas = pytest.importorskip("pandas")
    named = Graph.from_edges(NAMED)
    frame = pandas.DataFrame(NAMED, columns=["source", "target"])
    categories = pandas.CategoricalDtype(["unused", "d", "c", "b", "a"])
    for dtype in (object, "string", "str", "category", categories, "string[pyarrow]"):
        assert Graph.from_dataframe(frame.astype(dtype)) == named
    assert Graph.from_dataframe(frame.iloc[::-1]) == Graph.from_edges(NAMED[::-1])
    assert Graph.from_edges(frame.to_numpy()) == named
    ids = pandas.DataFrame(EDGES, columns=["source", "target"])
    for dtype in ("int8", "Int64", "uint16", "category", object, "int64[pyarrow]"):
        assert Graph.from_dataframe(ids.astype(dtype)) == expected
    assert Graph.from_edges(ids, pandas.Series([1.0, 2.0, 3.0, 4.0])) == Graph.from_edges(EDGES, [1, 2, 3, 4])
    assert Graph.from_dataframe(pandas.DataFrame(EDGES)) == expected

    def refused(message, source, dtype=None):
        bad = pandas.DataFrame({"source": pandas.Series(source, dtype=dtype), "target": [0, 1]})
        with pytest.raises(GraphError, match=message):
            Graph.from_dataframe(bad)

    refused("source column: expected no missing values, got one in row 1", ["a", None])
    refused("source column: expected no missing values, got one in row 1", ["a", None], object)
    refused("source column: expected no missing values, got one in row 0", [None, "a"], "category")
    refused("source column: expected no missing values, got one in row 1", [1, None], "Int64")
    refused("source column: .* got dtype float64", [1, None])
    refused("source column: .* got dtype bool", [True, False])
    refused("source column: .* got dtype datetime64", pandas.to_datetime(["2020-01-01", "2020-01-02"]))
    refused(r"source column: .* got 0\.5 in row 1", ["a", 0.5], object)
    refused(r"source column: .* got 0\.25 in row 0", [0.25, 0.5], "category")
    with pytest.raises(GraphError, match="edge 1 is NaN"):
        Graph.from_edges(ids, pandas.Series([1.0, None, 3.0, 4.0], dtype="Float64"))
    with pytest.raises(GraphError, match="one column 'source', got 2 among"):
        Graph.from_dataframe(pandas.DataFrame([[0, 1, 2]], columns=["source", "source", "target"]))


def test_pyarrow_columns(expected):
    pyarrow = pytest.importorskip("pyarrow")
    named = Graph.from_edges(NAMED)
    source, target = (pyarrow.array(column) for column in zip(*NAMED, strict=True))
    assert Graph.from_edges((source, target)) == named
    assert Graph.from_edges((source.dictionary_encode(), target)) == named
    assert Graph.from_edges((source.cast(pyarrow.large_string()), target.cast(pyarrow.string_view()))) == named
    # Each chunk brings a dictionary of its own.
    chunks = [source.slice(0, 1).dictionary_encode(), source.slice(1).dictionary_encode()]
    assert Graph.from_edges((pyarrow.chunked_array(chunks), target)) == named
    assert Graph.from_edges((pyarrow.chunked_array([source.slice(0, 2), source.slice(2)]), target)) == named
    assert Graph.from_edges(pyarrow.RecordBatch.from_arrays([source, target], ["source", "target"])) == named
    weights = pyarrow.chunked_array([[1.0, 2.0], [3.0]])
    assert hint_se.build_tree(((source, target), weights)) == hint_se.build_tree(Graph.from_edges(NAMED, [1, 2, 3]))
    ids = [pyarrow.array(column, pyarrow.int32()) for column in zip(*EDGES, strict=True)]
    assert Graph.from_edges(tuple(ids)) == expected
    assert Graph.from_edges(tuple(map(pyarrow.chunked_array, [[column] for column in ids]))) == expected

    def refused(message, column):
        with pytest.raises(GraphError, match=message):
            Graph.from_edges((column, pyarrow.array([0, 1])))

    refused("source column: expected no missing values, got one in row 1", pyarrow.array([1, None]))
    refused("source column: expected no missing values, got one in row 0", pyarrow.array([None, "a"]))
    refused("source column: .* got dtype float64", pyarrow.array([1.0, 2.0]))
    refused("source column: .* got dtype bool", pyarrow.array([True, False]))
    nothing = pyarrow.chunked_array([], pyarrow.string())
    with pytest.raises(GraphError, match="at least one edge"):
        Graph.from_edges((nothing, nothing))


# torch_geometric


def both_ways(edges):
    return np.concatenate([np.array(edges), np.array(edges)[:, ::-1]]).T


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_torch_geometric(library, expected):
    module = pytest.importorskip(library)
    index = module.asarray(both_ways(EDGES))
    data = SimpleNamespace(edge_index=index, num_nodes=4)
    assert Graph.from_torch_geometric(data) == expected
    assert hint_se.build_tree(data) == hint_se.build_tree(expected)
    assert Graph.from_torch_geometric(SimpleNamespace(edge_index=index)) == expected
    assert Graph.from_torch_geometric(SimpleNamespace(edge_index=index, num_nodes=7)).n_nodes == 7
    # The index alone is an edge list: both directions of an edge without weights count once.
    assert Graph.from_edges(index) == expected

    weights = [1.0, 2.0, 3.0, 4.0]
    data.edge_weight = module.asarray(np.array(weights * 2))
    weighted = Graph.from_edges(EDGES, weights)
    assert Graph.from_torch_geometric(data) == weighted
    assert hint_se.build_tree((index, data.edge_weight)).parent.tolist() == hint_se.build_tree(weighted).parent.tolist()
    # Features of the edges, or distances, are no weights.
    data.edge_weight, data.edge_attr = None, module.asarray(np.zeros(8))
    assert Graph.from_torch_geometric(data) == expected
    with pytest.raises(GraphError, match="SimpleNamespace brings its own"):
        hint_se.build_tree(data, weights * 2)


def test_torch_geometric_of_two_columns():
    # As an edge list (2, 2) would be read by rows.
    data = SimpleNamespace(edge_index=np.array([[0, 2], [2, 0]]), num_nodes=3)
    assert Graph.from_torch_geometric(data) == Graph.from_edges([(0, 2)])
    with pytest.raises(GraphError, match="got a directed graph"):
        Graph.from_torch_geometric(SimpleNamespace(edge_index=np.array([[0, 1], [0, 2]]), num_nodes=3))


def test_bad_torch_geometric():
    def refused(message, index, weights=None, n_nodes=4):
        with pytest.raises(GraphError, match=message):
            hint_se.build_tree(SimpleNamespace(edge_index=index, edge_weight=weights, num_nodes=n_nodes))

    index = both_ways(EDGES)
    refused("both directions of each edge.*ToUndirected", np.array(EDGES).T)
    refused("both directions of each edge", index, np.arange(1.0, 9.0))
    refused("both directions of each edge", index[:, :-1])
    refused(r"edge_index: expected shape \(2, m\), got shape \(8, 2\)", index.T)
    refused("integer node ids, got dtype float64", index.astype(float))
    refused("edge 3 holds 3", index, n_nodes=3)
    refused("at least 1, got 0", index, n_nodes=0)
    refused("weight of edge 5 is NaN", index, np.array([1.0] * 5 + [np.nan] + [1.0] * 2))
    refused(r"expected shape \(8,\), one per edge, got shape \(8, 3\)", index, np.ones((8, 3)))
    looped = np.concatenate([index, [[1], [1]]], axis=1)
    with pytest.warns(SelfLoopWarning, match="dropped 1 self-loop"):
        graph = Graph.from_torch_geometric(SimpleNamespace(edge_index=looped, num_nodes=4))
    assert graph == Graph.from_edges(EDGES)


def test_torch_geometric_that_guesses_its_nodes():
    class Guessing:
        edge_index = np.array([[0, 2**29], [2**29, 0]])

        @property
        def num_nodes(self):
            warnings.warn("Unable to accurately infer 'num_nodes'", stacklevel=1)
            return 2**29 + 1

    with pytest.raises(GraphError, match="only 2 distinct ids"):
        Graph.from_torch_geometric(Guessing())


def test_torch_geometric_itself(expected):
    torch = pytest.importorskip("torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = pytest.importorskip("torch_geometric.data")
    index = torch.tensor(both_ways(EDGES))
    assert hint_se.build_tree(data.Data(edge_index=index)) == hint_se.build_tree(expected)
    assert Graph.from_torch_geometric(data.Data(x=torch.zeros(9, 2), edge_index=index)).n_nodes == 9
    with pytest.raises(GraphError, match="got HeteroData"):
        hint_se.build_tree(data.HeteroData())


def test_graphs_of_other_libraries_are_no_edge_lists():
    networkx, sparse = pytest.importorskip("networkx"), pytest.importorskip("scipy.sparse")
    for graph, name in (
        (networkx.path_graph(3), "networkx"),
        (sparse.csr_array((3, 3)), "scipy"),
        (SimpleNamespace(edge_index=both_ways(EDGES)), "torch_geometric"),
    ):
        with pytest.raises(GraphError, match=rf"expected an edge list, got a graph; Graph\.from_{name} takes it"):
            Graph.from_edges(graph)
        with pytest.raises(GraphError, match="brings its own weights"):
            hint_se.build_tree((graph, [1.0, 2.0]))
    with pytest.raises(GraphError, match="a Graph brings its own weights"):
        hint_se.build_tree((Graph.from_edges(EDGES), [1.0] * 4))
    with pytest.raises(GraphError, match="a list of pairs, a table or a graph, got Graph"):
        Graph.from_edges(Graph.from_edges(EDGES))


# Tensors and the array protocols


class Tensor:
    """What CuPy and JAX look like from outside."""

    def __init__(self, array, device=(1, 0)):
        self.array, self.device = array, device

    def __dlpack_device__(self):
        return self.device

    def __dlpack__(self, **options):
        assert self.device[0] in (1, 3, 11)
        return self.array.__dlpack__(**options)


class Array:
    """What an old library looks like from outside."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return self.array


@pytest.mark.parametrize("kind", [Tensor, Array])
def test_array_protocols(kind, expected):
    edges, weights = np.array(EDGES), np.array([1.0, 2.0, 3.0, 4.0])
    for form in (kind(edges), kind(np.ascontiguousarray(edges.T)), (kind(edges[:, 0]), kind(edges[:, 1]))):
        assert Graph.from_edges(form) == expected
        assert hint_se.build_tree(form) == hint_se.build_tree(expected)
    weighted = Graph.from_edges(EDGES, [1, 2, 3, 4])
    assert Graph.from_edges(kind(edges), kind(weights)) == weighted
    assert hint_se.build_tree((kind(edges), kind(weights))) == hint_se.build_tree(weighted)
    assert Graph.from_csr(kind(weighted.indptr), kind(weighted.indices), kind(weighted.weights)) == weighted
    assert Graph.from_dense(kind(symmetric(EDGES))) == expected


@pytest.mark.parametrize(("device", "name"), [(2, "CUDA"), (8, "Metal"), (10, "ROCm"), (14, "DLPack device type 14")])
def test_memory_of_other_devices(device, name):
    message = rf"CPU's memory, got Tensor on {name}; copy it first: \.cpu\(\) in torch, \.get\(\) in CuPy"
    edges, weights = Tensor(np.array(EDGES), (device, 0)), Tensor(np.ones(4), (device, 0))
    for call in (Graph.from_edges, hint_se.build_tree, hint_se.one_dimensional_entropy):
        with pytest.raises(GraphError, match="edges: .*" + message):
            call(edges)
    with pytest.raises(GraphError, match="weights: .*" + message):
        hint_se.build_tree(EDGES, weights)
    with pytest.raises(GraphError, match="edges: .*" + message):
        hint_se.build_tree((weights, weights))
    assert Graph.from_edges(Tensor(np.array(EDGES), (3, 0))) == Graph.from_edges(EDGES)


def test_torch_tensors(expected):
    torch = pytest.importorskip("torch")
    rows = torch.tensor(EDGES)
    for edges in (rows, rows.T, rows.T.contiguous(), rows.int(), (rows[:, 0], rows[:, 1]), rows.to(torch.uint8)):
        assert Graph.from_edges(edges) == expected
    weights = torch.tensor([1.0, 2.0, 3.0, 4.0])
    weighted = Graph.from_edges(EDGES, [1, 2, 3, 4])
    assert Graph.from_edges(rows, weights) == weighted
    assert hint_se.build_tree((rows.T, weights.half())) == hint_se.build_tree(weighted)

    def refused(message, *arguments):
        with pytest.raises(GraphError, match=message):
            hint_se.build_tree(*arguments)

    refused("that NumPy can read, got Tensor: .*detach", rows, weights.requires_grad_())
    refused("that NumPy can read, got Tensor: .*dtype", rows, torch.ones(4, dtype=torch.bfloat16))
    refused("integer node ids, got dtype float32", rows.float())
    refused("integer node ids, got dtype bool", rows.bool())
    refused("edges: expected an array that NumPy can read, got Tensor: .*strided", torch.eye(3).to_sparse())
    refused("edges: expected an array that NumPy can read, got Tensor: .*meta", rows.to("meta"))
