"""Every accepted input gives the same graph; every bad one gets its class and a message that helps."""

import warnings

import numpy as np
import pytest

import hint_se
from hint_se import Graph, GraphError, SelfLoopWarning

EDGES = [(0, 1), (1, 2), (2, 0), (2, 3)]
INTEGER_DTYPES = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", ">i4", ">i8"]


@pytest.fixture
def expected():
    return Graph.from_edges(np.array(EDGES))


@pytest.mark.parametrize("dtype", INTEGER_DTYPES)
def test_any_integer_dtype(dtype, expected):
    assert Graph.from_edges(np.array(EDGES, dtype=dtype)) == expected


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint64"])
def test_any_stride_and_read_only(dtype, expected):
    wide = np.zeros((8, 6), dtype=dtype)
    wide[::2, 1:5:3] = EDGES
    for view in (
        wide[::2, 1:5:3],
        np.asfortranarray(np.array(EDGES, dtype=dtype)),
        np.array(EDGES, dtype=dtype)[::-1],
    ):
        frozen = view.view()
        frozen.flags.writeable = False
        assert Graph.from_edges(frozen) == expected


@pytest.mark.parametrize(
    "edges", [EDGES, tuple(EDGES), [list(pair) for pair in EDGES], [np.array(pair) for pair in EDGES]]
)
def test_lists_of_pairs(edges, expected):
    assert Graph.from_edges(edges) == expected


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "longdouble", "int64", "uint8"])
def test_weights_of_any_real_dtype(dtype):
    graph = Graph.from_edges(EDGES, np.array([1, 2, 3, 4], dtype=dtype))
    assert graph.weights.dtype == np.float64
    assert graph.volume == 20
    assert graph.degrees.tolist() == [4, 3, 9, 4]


def test_a_tuple_is_edges_and_weights(expected):
    assert hint_se.build_tree((np.array(EDGES), np.ones(4))) == hint_se.build_tree(expected)
    assert hint_se.build_tree((EDGES, [1, 1, 1, 1])) == hint_se.build_tree(expected)
    assert hint_se.build_tree(EDGES, [1, 1, 1, 1]) == hint_se.build_tree(expected)
    assert hint_se.build_tree(((0, 1), (1, 2))).n_leaves == 3


def test_input_arrays_are_left_alone_and_not_kept():
    edges, weights = np.array(EDGES), np.array([1.0, 2.0, 3.0, 4.0])
    graph = Graph.from_edges(edges, weights)
    edges[:], weights[:] = 0, 7
    assert graph.volume == 20
    csr = [np.array(column) for column in (graph.indptr, graph.indices, graph.weights)]
    again = Graph.from_csr(*csr)
    for column in csr:
        column[:] = 0
    assert again == graph


def test_graph_is_frozen_and_read_only(expected):
    for name in ("indptr", "indices", "weights"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(expected, name)[0] = 1
    with pytest.raises(AttributeError):
        expected.indptr = None
    with pytest.raises(TypeError, match="unhashable"):
        hash(expected)


def test_graph_fields(expected):
    assert (expected.n_nodes, expected.n_edges, expected.volume) == (4, 4, 8.0)
    assert (expected.indptr.dtype, expected.indices.dtype) == (np.int64, np.int32)
    assert expected.node_names is None
    assert repr(expected) == "Graph(n_nodes=4, n_edges=4, volume=8)"
    assert expected != "graph"


def test_string_pairs_bring_names_in_order_of_appearance():
    tree = hint_se.build_tree([("b", "a"), ("a", "c")])
    assert tree.node_names == ("b", "a", "c")
    assert Graph.from_edges([("b", 1), (1, ("x", 2))]).node_names == ("b", 1, ("x", 2))
    assert Graph.from_edges([("b", "a")], n_nodes=2).node_names == ("b", "a")
    assert hint_se.structural_entropy([("b", "a"), ("a", "c")], tree) == pytest.approx(tree.entropy)


def test_grid_nodes_that_are_tuples():
    networkx = pytest.importorskip("networkx")
    grid = networkx.grid_graph((2, 3))
    from_list = Graph.from_edges(list(grid.edges))
    assert set(from_list.node_names) == set(grid.nodes)
    assert from_list.n_edges == Graph.from_networkx(grid).n_edges == 7


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

    multi = networkx.MultiGraph([(0, 1), (0, 1), (1, 2)])
    assert Graph.from_networkx(multi).degrees.tolist() == [1, 2, 1]
    networkx.set_edge_attributes(multi, 2.0, "weight")
    assert Graph.from_networkx(multi).degrees.tolist() == [4, 6, 2]

    with pytest.raises(GraphError, match="undirected"):
        Graph.from_networkx(networkx.DiGraph([(0, 1)]))
    with pytest.raises(GraphError, match="empty graph"):
        Graph.from_networkx(networkx.Graph())
    named["x"]["y"]["weight"] = "heavy"
    with pytest.raises(GraphError, match="weights: expected real numbers"):
        Graph.from_networkx(named)
    with pytest.raises(GraphError, match="brings its own"):
        hint_se.build_tree(plain, n_nodes=9)


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil", "dok"])
@pytest.mark.parametrize("kind", ["array", "matrix"])
def test_scipy(form, kind, expected):
    sparse = pytest.importorskip("scipy.sparse")
    dense = np.zeros((4, 4))
    for u, v in EDGES:
        dense[u, v] = dense[v, u] = 1
    made = (sparse.csr_array if kind == "array" else sparse.csr_matrix)(dense).asformat(form)
    assert Graph.from_scipy(made) == expected
    assert hint_se.build_tree(made) == hint_se.build_tree(expected)
    assert Graph.from_scipy(made.astype(bool)) == expected
    assert Graph.from_scipy(made.astype(np.int32)) == expected


def test_scipy_duplicates_and_diagonal():
    sparse = pytest.importorskip("scipy.sparse")
    coo = sparse.coo_array(([1.0, 2.0, 3.0, 9.0], ([0, 0, 1, 2], [1, 1, 0, 2])), shape=(3, 3))
    with pytest.warns(SelfLoopWarning, match="dropped 1 self-loop"):
        graph = Graph.from_scipy(coo)
    assert graph.degrees.tolist() == [3, 3, 0]
    assert coo.nnz == 4


@pytest.mark.parametrize(
    ("dense", "message"),
    [
        ([[0, 1, 0], [0, 0, 1], [0, 0, 0]], "symmetric"),
        ([[0, 1.0], [2.0, 0]], "symmetric"),
        ([[0, -1.0], [-1.0, 0]], "-1"),
        ([[0, np.nan], [np.nan, 0]], "NaN"),
        ([[0, np.inf], [np.inf, 0]], "inf"),
        ([[0, 1, 0], [1, 0, 0]], "square"),
        ([[0, 1j], [1j, 0]], "real numbers"),
    ],
)
def test_bad_scipy(dense, message):
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(GraphError, match=message):
        hint_se.build_tree(sparse.csr_array(np.array(dense)))


def test_scipy_stored_zero_and_empty():
    sparse = pytest.importorskip("scipy.sparse")
    stored = sparse.csr_array(([0.0, 0.0], ([0, 1], [1, 0])), shape=(2, 2))
    with pytest.raises(GraphError, match="eliminate_zeros"):
        Graph.from_scipy(stored)
    with pytest.raises(GraphError, match="empty graph"):
        Graph.from_scipy(sparse.csr_array((0, 0)))
    assert Graph.from_scipy(sparse.csr_array((3, 3))).n_nodes == 3


def test_self_loops_are_dropped_with_one_warning():
    with pytest.warns(SelfLoopWarning) as caught:
        graph = Graph.from_edges([(0, 0), (0, 1), (1, 1), (2, 2)])
    assert [str(item.message) for item in caught] == ["dropped 3 self-loops: they do not change the tree"]
    assert (graph.n_nodes, graph.n_edges) == (3, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Graph.from_edges([(0, 1)])


def test_a_sparse_id_needs_n_nodes():
    with pytest.raises(GraphError, match=r"largest id is 2000000 .* 3 distinct ids .*relabel"):
        Graph.from_edges([(0, 1), (1, 2_000_000)])
    with pytest.raises(GraphError, match="relabel"):
        Graph.from_edges([(0, 2**62)])
    assert Graph.from_edges([(0, 1), (1, 2_000_000)], n_nodes=2_000_001).n_nodes == 2_000_001
    assert Graph.from_edges([(0, 2**20)]).n_nodes == 2**20 + 1
    # 16 x distinct ids + 2^20, to the id.
    chain = np.stack([np.arange(99_999), np.arange(1, 100_000)], axis=1)
    limit = 16 * 100_001 + 2**20
    assert Graph.from_edges(np.concatenate([chain, [[0, limit]]])).n_nodes == limit + 1
    with pytest.raises(GraphError, match="relabel"):
        Graph.from_edges(np.concatenate([chain, [[0, limit + 1]]]))


BAD_EDGES = {
    "float ids": (np.array([[0.0, 1.0]]), "integer node ids, got dtype float64"),
    "float list": ([(0.5, 1)], "integer node ids, got dtype float64"),
    "bool ids": (np.array([[True, False]]), "integer node ids, got dtype bool"),
    "bool list": ([(True, False)], "integer node ids, got dtype bool"),
    "string array": (np.array([["a", "b"]]), "got dtype <U1; give names as a list of pairs"),
    "bytes array": (np.array([[b"a", b"b"]]), "integer node ids, got dtype"),
    "object array": (np.array([[0, 1]], dtype=object), "integer node ids, got dtype object"),
    "complex ids": (np.array([[0j, 1j]]), "integer node ids, got dtype complex128"),
    "dates": (
        np.array([["2020-01-01", "2020-01-02"]], dtype="M8[D]"),
        "integer node ids, got dtype datetime64",
    ),
    "names with a float": ([("a", 0.5)], r"got 0\.5 in row 0"),
    "names with None": ([("a", "b"), ("b", None)], "got None in row 1"),
    "unhashable name": ([("a", {}), ("b", "c")], "hashable nodes, got dict in row 0"),
    "negative id": ([(0, 1), (2, -3)], "ids >= 0, got -3 in row 1"),
    "int64 overflow": (np.array([[0, 2**63]], dtype=np.uint64), "below 2\\^31, got 9223372036854775808"),
    "beyond uint64": ([(0, 2**70)], "does not fit int64"),
    "one column": (np.array([[0], [1]]), r"shape \(m, 2\), got shape \(2, 1\)"),
    "transposed": (np.zeros((2, 5), int), r"got shape \(2, 5\); transpose it: edges\.T"),
    "three columns": (np.zeros((5, 3), int), r"give weights apart"),
    "flat": (np.arange(4), r"got shape \(4,\)"),
    "cube": (np.zeros((2, 2, 2), int), r"got shape \(2, 2, 2\)"),
    "ragged": ([(0, 1), (2,)], r"\(m, 2\) array of node ids, got list"),
    "empty": ([], "at least one edge"),
    "empty array": (np.empty((0, 2), int), "at least one edge"),
    "number": (7, r"got shape \(\)"),
    "None": (None, r"got shape \(\)"),
    "string": ("edges.txt", r"got shape \(\)"),
    "dict": ({0: 1}, r"got shape \(\)"),
    "generator": ((pair for pair in EDGES), r"got shape \(\)"),
}


@pytest.mark.parametrize("name", BAD_EDGES)
def test_bad_edges(name):
    edges, message = BAD_EDGES[name]
    for call in (Graph.from_edges, hint_se.build_tree, hint_se.one_dimensional_entropy):
        if name == "generator":
            edges = (pair for pair in EDGES)
        with pytest.raises(GraphError, match=message) as caught:
            call(edges)
        assert isinstance(caught.value, ValueError)
        assert isinstance(caught.value, hint_se.HintError)


BAD_WEIGHTS = {
    "nan": ([1, 1, np.nan, 1], "NaN"),
    "inf": ([1, 1, 1, np.inf], "inf"),
    "minus inf": ([1, 1, 1, -np.inf], "inf"),
    "negative": ([1, -2.5, 1, 1], r"-2\.5"),
    "zero": ([0, 1, 1, 1], "0"),
    "minus zero": ([-0.0, 1, 1, 1], "0"),
    "too few": ([1, 1, 1], r"shape \(4,\), one per edge, got shape \(3,\)"),
    "too many": ([1] * 5, r"got shape \(5,\)"),
    "column": ([[1]] * 4, r"got shape \(4, 1\)"),
    "number": (2.0, r"got shape \(\)"),
    "strings": (["1"] * 4, "real numbers, got dtype <U1"),
    "bools": ([True] * 4, "real numbers, got dtype bool"),
    "complex": ([1j] * 4, "real numbers, got dtype complex128"),
    "objects": ([1, 1, 1, None], "real numbers, got dtype object"),
    "ragged": ([1, [1], 1, 1], "one real number per edge, got list"),
    "total overflows": ([1e308] * 4, "finite"),
}


@pytest.mark.parametrize("name", BAD_WEIGHTS)
def test_bad_weights(name):
    weights, message = BAD_WEIGHTS[name]
    for call in (Graph.from_edges, hint_se.build_tree):
        with pytest.raises(GraphError, match=message):
            call(EDGES, weights)
    with pytest.raises(GraphError, match=message):
        hint_se.build_tree((EDGES, weights))


@pytest.mark.parametrize(
    ("n_nodes", "message"),
    [
        (0, "at least 1, got 0"),
        (-1, "at least 1, got -1"),
        (2**30 + 1, "at most 1073741824"),
        (2**70, "at most"),
        (4.0, "expected an integer, got 4.0"),
        ("4", "expected an integer, got '4'"),
        (True, "expected an integer, got True"),
        (3, "3"),
        (1, "3|2|1"),
    ],
)
def test_bad_n_nodes(n_nodes, message):
    with pytest.raises(GraphError, match=message):
        Graph.from_edges(EDGES, n_nodes=n_nodes)


def test_id_at_n_nodes_names_the_row():
    with pytest.raises(GraphError, match=r"(?s)(?=.*5)(?=.*1)"):
        Graph.from_edges([(0, 1), (1, 5)], n_nodes=5)
    assert Graph.from_edges([(0, 1)], n_nodes=np.int16(3)).n_nodes == 3


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a", "b"], "4 names"),
        (["a", "b", "c", "a"], "1 repeated"),
        (["a", "b", "c", []], "hashable"),
        (["a", "b", "c", None], "got None"),
        (["a", "b", "c", 1.5], "got 1.5"),
    ],
)
def test_bad_node_names(names, message):
    with pytest.raises(GraphError, match=message):
        Graph.from_edges(EDGES, node_names=names)


def test_names_given_twice():
    with pytest.raises(GraphError, match="2 nodes themselves"):
        Graph.from_edges([("a", "b")], node_names=["a", "b"])
    with pytest.raises(GraphError, match="2 nodes themselves"):
        Graph.from_edges([("a", "b")], n_nodes=3)
    with pytest.raises(GraphError, match="given twice"):
        hint_se.build_tree((EDGES, [1] * 4), [1] * 4)
    with pytest.raises(GraphError, match="brings its own"):
        hint_se.build_tree(Graph.from_edges(EDGES), [1] * 4)


BAD_CSR = {
    "asymmetric": ([0, 1, 1], [1], [1.0], "symmetric"),
    "asymmetric weights": ([0, 1, 2], [1, 0], [1.0, 2.0], "symmetric"),
    "loop": ([0, 1], [0], [1.0], "loop"),
    "unsorted": ([0, 2, 3, 4], [2, 1, 0, 0], [1.0] * 4, "rise strictly"),
    "repeated": ([0, 2, 4], [1, 1, 0, 0], [1.0] * 4, "rise strictly"),
    "id too large": ([0, 1, 2], [1, 2], [1.0] * 2, "2"),
    "negative id": ([0, 1, 2], [-1, 0], [1.0] * 2, "-1"),
    "offsets fall": ([0, 2, 1, 2], [1, 0], [1.0] * 2, "indptr"),
    "offsets start late": ([1, 1, 2], [1, 0], [1.0] * 2, "indptr"),
    "offsets end early": ([0, 1, 1], [1, 0], [1.0] * 2, "indptr|indices"),
    "offsets end late": ([0, 1, 9], [1, 0], [1.0] * 2, "indptr|indices"),
    "few weights": ([0, 1, 2], [1, 0], [1.0], "weights"),
    "nan weight": ([0, 1, 2], [1, 0], [np.nan] * 2, "NaN"),
    "zero weight": ([0, 1, 2], [1, 0], [0.0] * 2, "0"),
    "no nodes": ([0], [], [], "empty graph"),
    "no offsets": ([], [], [], "at least 1"),
    "float indices": (
        [0, 1, 2],
        [1.0, 0.0],
        [1.0] * 2,
        "indices: expected a flat array of int32, got float64",
    ),
    "wide indices": ([0, 1, 2], [2**40, 0], [1.0] * 2, "fit int32"),
    "square": ([[0, 1, 2]], [1, 0], [1.0] * 2, r"indptr: .*shape \(1, 3\)"),
    "string weights": ([0, 1, 2], [1, 0], ["a", "b"], "weights: expected a flat array of float64"),
}


@pytest.mark.parametrize("name", BAD_CSR)
def test_bad_csr(name):
    *columns, message = BAD_CSR[name]
    with pytest.raises(GraphError, match=message):
        Graph.from_csr(*columns)


def test_an_edgeless_graph_needs_n_nodes():
    for edges in ([], np.empty((0, 2), int), np.empty((0, 2)), np.empty(0)):
        graph = Graph.from_edges(edges, n_nodes=3)
        assert (graph.n_nodes, graph.n_edges, graph.volume) == (3, 0, 0.0)
        assert hint_se.one_dimensional_entropy(graph) == 0
    assert Graph.from_edges([], [], n_nodes=3).n_edges == 0
