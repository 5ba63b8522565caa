"""Matrices of SciPy, and dense ones."""

import tracemalloc

import numpy as np
import pytest
from samples import EDGES, symmetric

import hint_se
from hint_se import Graph, GraphError, SelfLoopWarning


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


def test_messages_show_numbers_that_can_be_found_and_advice_that_works():
    sparse = pytest.importorskip("scipy.sparse")
    ends = [0, 1], [1, 0]
    for value, shown in ((-1e-9, "-1e-09"), (-0.1, "-0.1"), (-1e300, "-1e\\+300")):
        with pytest.raises(GraphError, match=shown) as caught:
            Graph.from_scipy(sparse.csr_array(([value] * 2, ends), shape=(2, 2)))
        assert "eliminate_zeros" not in str(caught.value)
    matrix = sparse.csr_array(([0.0] * 2, ends), shape=(2, 2))
    with pytest.raises(GraphError, match=r"A\.eliminate_zeros\(\)"):
        Graph.from_scipy(matrix)
    matrix.eliminate_zeros()
    assert Graph.from_scipy(matrix).n_edges == 0


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
