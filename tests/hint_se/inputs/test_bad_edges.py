"""Every bad edge list gets its class and a message that helps."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from samples import EDGES

import hint_se
from hint_se import Graph, GraphError

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
    "two lists of three": ([[0, 1, 5], [1, 2, 7]], r"got shape \(2, 3\); a list holds one pair per edge, or a tuple"),
    "triples without numbers": ([("a", "b", "x"), ("b", "c", 7)], r"weights: .* got 'x' in row 0 \(str\); .* float\("),
    "triples of networkx": ([(0, 1, {}), (1, 2, {"weight": 7})], r"got {} in row 0; .* G\.edges\(data='weight'\)"),
    "triples of ids alone": ([(0, 1, 0), (1, 2, 0)], r"weight of edge 0 is 0"),
    "lists of three": (
        [["a", "b", 5], ["b", "c", 7], ["c", "a", 1], ["a", "d", 1]],
        r"got shape \(4, 3\); give weights",
    ),
    "three columns": (np.zeros((5, 3), int), r"give weights apart: \(edges\[:, :2\], edges\[:, 2\]\)"),
    "three rows": (np.zeros((3, 5), int), r"give weights apart: \(edges\[:2\], edges\[2\]\)"),
    "dense matrix": (np.zeros((4, 4)), r"got shape \(4, 4\); a dense adjacency matrix .*Graph\.from_dense"),
    "features": (np.zeros((5, 4)), r"got shape \(5, 4\); for feature vectors: StructuralEntropyClustering"),
    "flat": (np.arange(4), r"got shape \(4,\)"),
    "cube": (np.zeros((2, 2, 2), int), r"got shape \(2, 2, 2\)"),
    "ragged": ([(0, 1), (2,)], r"expected 2 entries in each row, as in row 0, got \(2,\) in row 1"),
    "pairs and triples": ([(0, 1), (1, 2, 0.5)], r"got \(1, 2, 0\.5\) in row 1"),
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
    "dict": ({0: 1}, r"got dict; make it a list: list\(edges\.items\(\)\)"),
    "dict of neighbours": ({0: [1]}, r"got dict; make it a list: \[\(u, v\) for u in edges for v in edges\[u\]\]"),
    "dict of weights": ({(0, 1): 2.0}, r"got dict; make it a list: \[\(\*edge, weight\) for edge, weight in"),
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
    "strings": (["1"] * 4, r"real numbers, got '1' in row 0 \(str\); .* float\(weight\)"),
    "decimals": ([1, 1, Decimal("1.5"), 1], r"real numbers, got Decimal\('1\.5'\) in row 2 \(Decimal\); .* float\("),
    "fractions": ([1, Fraction(1, 3), 1, 1], r"real numbers, got Fraction\(1, 3\) in row 1 \(Fraction\)"),
    "bools": ([True] * 4, "real numbers, got dtype bool"),
    "complex": ([1j] * 4, "real numbers, got dtype complex128"),
    "objects": ([1, 1, 1, None], "real numbers, got None in row 3"),
    "objects with a bool": (np.array([1, 1, True, 1.5], object), "real numbers, got True in row 2"),
    "beyond a double": ([1, 1, 1, 10**400], "real numbers|below 1.8e308"),
    "ragged": ([1, [1], 1, 1], "weights: expected an array that NumPy can read, got list"),
    "masked": (np.ma.array([1.0] * 4, mask=[0, 0, 0, 1]), "weights: expected no masked values, got 1"),
    "string": ("score", r"real numbers, got 'score' .*weight='score' names a column or an attribute"),
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
