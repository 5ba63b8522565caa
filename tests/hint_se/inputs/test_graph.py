"""The graph as a value: frozen, read-only, copied, equal."""

import copy
import pickle

import numpy as np
import pytest
from samples import EDGES

import hint_se
from hint_se import Graph, GraphError


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
