"""Every accepted form of an edge list gives the same graph."""

import tracemalloc
import warnings

import numpy as np
import pytest
from samples import EDGES

import hint_se
from hint_se import Graph, SelfLoopWarning
from hint_se.inputs.pairs import as_edges

INTEGER_DTYPES = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", ">i4", ">i8"]


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


def test_self_loops_are_dropped_with_one_warning():
    with pytest.warns(SelfLoopWarning) as caught:
        graph = Graph.from_edges([(0, 0), (0, 1), (1, 1), (2, 2)])
    assert [str(item.message) for item in caught] == [
        "dropped 3 self-loops: they count in no degree, and with them the best tree may be another; "
        "self_loops='keep' (--self-loops keep) lets them count"
    ]
    assert (graph.n_nodes, graph.n_edges) == (3, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Graph.from_edges([(0, 1)])
