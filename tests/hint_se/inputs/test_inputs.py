"""Every accepted input gives the same graph; every bad one gets its class and a message that helps."""

import copy
import pickle
import tracemalloc
import warnings

import numpy as np
import pytest

import hint_se
from hint_se import Graph, GraphError, SelfLoopWarning
from hint_se.inputs.pairs import as_edges

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


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda graph: pickle.loads(pickle.dumps(graph))])
def test_copies_are_equal_and_read_only(again):
    graph = Graph.from_edges([("a", "b"), ("b", "c")], [1.0, 2.0])
    twin = again(graph)
    assert twin == graph
    for name in ("indptr", "indices", "weights"):
        assert not getattr(twin, name).flags.writeable


def test_graph_fields(expected):
    assert (expected.n_nodes, expected.n_edges, expected.volume) == (4, 4, 8.0)
    assert (expected.indptr.dtype, expected.indices.dtype) == (np.int64, np.int32)
    assert expected.node_names is None
    assert repr(expected) == "Graph(n_nodes=4, n_edges=4, volume=8)"
    assert expected != "graph"


def test_an_array_of_two_rows_holds_columns(expected):
    columns = np.array(EDGES).T
    assert columns.shape == (2, 4)
    for edges in (columns, np.ascontiguousarray(columns), columns.astype(np.int16), (columns[0], columns[1])):
        assert Graph.from_edges(edges) == expected
        assert hint_se.build_tree(edges) == hint_se.build_tree(expected)
        assert hint_se.build_tree((edges, np.ones(4))) == hint_se.build_tree(expected)
    assert Graph.from_edges(np.array([[0], [1]])).n_edges == 1
    assert Graph.from_edges(np.empty((2, 0), int), n_nodes=2).n_edges == 0
    assert Graph.from_edges(np.array([["a", "b", "a"], ["b", "c", "c"]])).node_names == ("a", "b", "c")


def test_two_rows_of_two_are_rows():
    square = np.array([[0, 1], [0, 2]])
    assert Graph.from_edges(square) == Graph.from_edges([(0, 1), (0, 2)])
    for columns in (square.T, (square[0], square[1])):
        with pytest.warns(SelfLoopWarning):
            graph = Graph.from_edges(columns)
        assert (graph.n_nodes, graph.n_edges) == (3, 1)
    # An edge that is listed in both directions reads the same by rows and by columns.
    both = np.array([[0, 1], [1, 0]])
    assert Graph.from_edges(both) == Graph.from_edges((both[0], both[1]))


@pytest.mark.parametrize("dtype", ["U", "T", "O"])
def test_arrays_of_strings_bring_names(dtype):
    pairs = [("b", "a"), ("a", "c"), ("b", "long name"), ("", "ünïcödé")]
    array = np.array(pairs, dtype=np.dtypes.StringDType() if dtype == "T" else dtype)
    for edges in (array, array.T, (array[:, 0], array[:, 1]), np.asfortranarray(array)):
        assert Graph.from_edges(edges) == Graph.from_edges(pairs)
    if dtype == "U":
        assert Graph.from_edges(array.astype(array.dtype.newbyteorder(">"))) == Graph.from_edges(pairs)
    weighted = Graph.from_edges(array, [1.0, 2.0, 3.0, 4.0])
    assert weighted.node_names == ("b", "a", "c", "long name", "", "ünïcödé")
    assert weighted.degrees.tolist() == [4, 3, 2, 3, 4, 4]


def test_many_names_are_told_apart(monkeypatch):
    rng = np.random.default_rng(5)
    ids = rng.integers(0, 9_000, (30_000, 2))
    ids = ids[ids[:, 0] != ids[:, 1]]
    names = np.char.add("node ", ids.astype("U"))
    by_name = Graph.from_edges(names)
    assert by_name == Graph.from_edges(list(map(tuple, names.tolist())))
    assert by_name.node_names[:2] == tuple(names[0].tolist())
    assert by_name.n_edges == Graph.from_edges(ids).n_edges
    # Strings of one hash still are two nodes.
    monkeypatch.setattr("hint_se.inputs.labels._hashes", lambda strings: np.zeros(strings.size, np.uint64))
    assert Graph.from_edges(names[:1000]) == Graph.from_edges(list(map(tuple, names[:1000].tolist())))


def test_objects_that_are_all_integers_are_ids(expected):
    assert Graph.from_edges(np.array(EDGES, dtype=object)) == expected
    mixed = (np.array([1, 2]), np.array(["a", "b"]))
    assert Graph.from_edges(mixed).node_names == (1, "a", 2, "b")
    assert Graph.from_edges([(1, "a"), (2, "b")]) == Graph.from_edges(mixed)


def test_tensors_are_no_names():
    torch = pytest.importorskip("torch")
    tensor = torch.tensor(EDGES)
    with pytest.raises(GraphError, match=r"got tensor\(0\) in row 0"):
        Graph.from_edges([(u, v) for u, v in tensor])


@pytest.mark.parametrize("dtype", ["int64", "uint64"])
def test_relabel_takes_ids_of_64_bits(dtype):
    top = np.iinfo(dtype).max
    edges = np.array([[top, 5], [5, 9], [9, top - 1]], dtype=dtype)
    names = (top, 5, 9, top - 1)
    objects = edges.astype(object)
    for form in (edges, (edges[:, 0], edges[:, 1]), edges.tolist(), objects, (objects[:, 0], objects[:, 1])):
        graph = Graph.from_edges(form, relabel=True)
        assert graph.node_names == names
        assert all(type(name) is int for name in graph.node_names)
        assert graph.n_edges == 3
    assert Graph.from_edges([(-5, 3)], relabel=True).node_names == (-5, 3)
    assert Graph.from_edges([("a", "b")], relabel=True).node_names == ("a", "b")
    signed = Graph.from_edges((np.array([-1]), np.array([2**64 - 1], dtype=np.uint64)), relabel=True)
    assert signed.node_names == (-1, 2**64 - 1)
    with pytest.raises(GraphError, match="4 nodes themselves"):
        Graph.from_edges(edges, relabel=True, n_nodes=7)


def test_columns_of_different_integers_stay_exact():
    # Signed and unsigned 64-bit integers have no common integer type: NumPy would make floats of them.
    mixed = (np.array([0, 1]), np.array([1, 2], dtype=np.uint64))
    assert Graph.from_edges(mixed) == Graph.from_edges([(0, 1), (1, 2)])
    assert Graph.from_edges((np.int8([0, 1]), np.int64([1, 2]))) == Graph.from_edges([(0, 1), (1, 2)])


@pytest.mark.parametrize(
    ("form", "copies"),
    [("rows", 0), ("int32 rows", 0), ("columns", 1), ("tuple of columns", 1), ("int16 rows", 4), ("strided", 1)],
)
def test_ids_are_copied_at_most_once(form, copies):
    """Copies are counted in sizes of the input: int16 rows become one array of int64, four times their size."""
    rows = np.random.default_rng(0).integers(0, 1000, (200_000, 2))
    edges = {
        "rows": rows,
        "int32 rows": rows.astype(np.int32),
        "columns": np.ascontiguousarray(rows.T),
        "tuple of columns": tuple(np.ascontiguousarray(rows.T)),
        "int16 rows": rows.astype(np.int16),
        "strided": np.repeat(rows, 2, axis=1)[:, ::2],
    }[form]
    size = sum(column.nbytes for column in edges) if isinstance(edges, tuple) else edges.nbytes
    tracemalloc.start()
    try:
        ids = as_edges(edges).ids
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak <= copies * size + 50_000
    assert np.shares_memory(ids, edges) == (copies == 0)


def test_string_pairs_bring_names_in_order_of_appearance():
    tree = hint_se.build_tree([("b", "a"), ("a", "c")])
    assert tree.node_names == ("b", "a", "c")
    assert Graph.from_edges([("b", 1), (1, ("x", 2))]).node_names == ("b", 1, ("x", 2))
    assert Graph.from_edges([("b", "a")], n_nodes=2).node_names == ("b", "a")
    assert hint_se.structural_entropy([("b", "a"), ("a", "c")], tree) == pytest.approx(tree.entropy)


def test_self_loops_are_dropped_with_one_warning():
    with pytest.warns(SelfLoopWarning) as caught:
        graph = Graph.from_edges([(0, 0), (0, 1), (1, 1), (2, 2)])
    assert [str(item.message) for item in caught] == ["dropped 3 self-loops: they do not change the tree"]
    assert (graph.n_nodes, graph.n_edges) == (3, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Graph.from_edges([(0, 1)])


def test_a_sparse_id_needs_n_nodes():
    with pytest.raises(GraphError, match=r"largest id is 2000000 .* 3 distinct ids .*relabel=True"):
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
    "float ids": (np.array([[0.0, 1.0]]), r"integer node ids, got dtype float64; .*edges\.astype\(np\.int64\)"),
    "float list": ([(0.5, 1)], "integer node ids, got dtype float64"),
    "nan": (np.array([[0, np.nan]]), "integer node ids, got dtype float64"),
    "bool ids": (np.array([[True, False]]), "integer node ids, got dtype bool"),
    "bool list": ([(True, False)], "integer node ids, got dtype bool"),
    "bytes array": (np.array([[b"a", b"b"]]), r"got dtype \|S1; decode the names: np\.char\.decode"),
    "complex ids": (np.array([[0j, 1j]]), "integer node ids, got dtype complex128"),
    "complex list": ([(0j, 1)], "integer node ids, got dtype complex128"),
    "records": (np.zeros(3, dtype="i4,i4"), r"got shape \(3,\)"),
    "dates": (
        np.array([["2020-01-01", "2020-01-02"]], dtype="M8[D]"),
        "integer node ids, got dtype datetime64",
    ),
    "names with a float": ([("a", 0.5)], r"got 0\.5 in row 0"),
    "names with nan": ([("a", "b"), ("b", "c"), ("a", float("nan"))], "got nan in row 2"),
    "names with a bool": ([("a", 1), ("b", True)], "got True in row 1"),
    "names with complex": ([("a", 1j)], "got 1j in row 0"),
    "names with None": ([("a", "b"), ("b", None)], "got None in row 1"),
    "unhashable name": ([("a", "d"), ("a", {}), ("b", "c")], "hashable nodes, got dict in row 1"),
    "objects with None": (np.array([["a", "b"], ["b", None]], dtype=object), "got None in row 1"),
    "objects with floats": (np.array([[0, 1], [0.5, 1]], dtype=object), r"got 0\.5 in row 1"),
    "masked": (np.ma.array([[0, 1], [1, 2]], mask=[[0, 0], [0, 1]]), "no masked values, got 1"),
    "negative id": ([(0, 1), (2, -3)], "ids >= 0, got -3 in row 1"),
    "negative id in columns": (np.array([[0, 2, 1], [1, -3, 0]]), "ids >= 0, got -3 in row 1"),
    "int64 overflow": (
        np.array([[0, 2**63]], dtype=np.uint64),
        "below 2\\^31, got 9223372036854775808; .*relabel=True",
    ),
    "beyond int64": ([(5, 2**64 - 1)], "does not fit int64; .*relabel=True"),
    "beyond uint64": ([(0, 2**70)], "does not fit int64"),
    "list of columns": (
        [[0, 1, 2], [1, 2, 0]],
        r"got shape \(2, 3\); a list holds one pair per edge.*np\.array\(edges\)",
    ),
    "two triples": ([(0, 1, 5), (1, 2, 7)], r"got shape \(2, 3\); a list holds one pair"),
    "list of named triples": (
        [("a", "b", 5), ("b", "c", 7), ("c", "a", 1), ("a", "d", 1)],
        r"got shape \(4, 3\); give weights",
    ),
    "three columns": (np.zeros((5, 3), int), r"give weights apart: \(edges\[:, :2\], edges\[:, 2\]\)"),
    "three rows": (np.zeros((3, 5), int), r"give weights apart: \(edges\[:2\], edges\[2\]\)"),
    "dense matrix": (np.zeros((4, 4)), r"got shape \(4, 4\); a dense adjacency matrix .*Graph\.from_dense"),
    "features": (np.zeros((5, 4)), r"got shape \(5, 4\); for feature vectors: StructuralEntropyClustering"),
    "flat": (np.arange(4), r"got shape \(4,\)"),
    "cube": (np.zeros((2, 2, 2), int), r"got shape \(2, 2, 2\)"),
    "ragged": ([(0, 1), (2,)], "that NumPy can read, got list"),
    "columns of two lengths": ((np.arange(3), np.arange(4)), "columns of one length, got 3 sources and 4 targets"),
    "three columns in a tuple": ((np.arange(5), np.arange(5), np.ones(5)), r"shape \(3, 5\); give weights apart"),
    "float column": (
        (np.arange(3), np.ones(3)),
        "target column: expected integer node ids or strings, got dtype float64",
    ),
    "empty": ([], "at least one edge"),
    "empty array": (np.empty((0, 2), int), "at least one edge"),
    "empty columns": (np.empty((2, 0), int), "at least one edge"),
    "empty strings": (np.empty((0, 2), "U3"), "at least one edge"),
    "number": (7, r"a table or a graph, got 7 \(int\)"),
    "numpy number": (np.int64(7), "a table or a graph, got int64"),
    "None": (None, "a table or a graph, got NoneType"),
    "string": ("edges.txt", r"got 'edges\.txt' \(str\); hint_se\.read_graph reads files"),
    "dict": ({0: 1}, r"got dict; make it a list: list\(edges\)"),
    "set": ({(0, 1), (1, 2)}, r"got set; make it a list"),
    "generator": ((pair for pair in EDGES), r"got generator; make it a list"),
    "class": (Graph, "a table or a graph, got type"),
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
    "ragged": ([1, [1], 1, 1], "weights: expected an array that NumPy can read, got list"),
    "masked": (np.ma.array([1.0] * 4, mask=[0, 0, 0, 1]), "weights: expected no masked values, got 1"),
    "string": ("weight", r"got dtype <U6"),
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
