"""Data frames of pandas, tables of pyarrow, and their columns."""

import sys

import pytest
from samples import EDGES, NAMED, symmetric

import hint_se
from hint_se import Graph, GraphError, InputWarning


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
    for frame in frames({"u": source, "km": [1, 2, 3, 4], "v": target}):
        assert Graph.from_dataframe(frame, source="u", target="v", weight="km") == weighted
        assert Graph.from_dataframe(frame, weight="km") == weighted
        assert Graph.from_dataframe(frame, source="u", target="v", weight=None) == expected
        with pytest.warns(InputWarning, match="table: read without weights; left aside: 'km'; weight=... chooses"):
            assert Graph.from_dataframe(frame, source="u", target="v") == expected
        with pytest.raises(GraphError, match=r"or two columns, got \['u', 'km', 'v'\]; name them"):
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
    for dtype in ("int8", "Int64", "uint16", object, "int64[pyarrow]"):
        assert Graph.from_dataframe(ids.astype(dtype)) == expected
    with pytest.warns(InputWarning, match="categories that are integers are node ids; .* relabel=True"):
        assert Graph.from_dataframe(ids.astype("category")) == expected
    assert Graph.from_dataframe(ids.astype("category"), relabel=True).node_names == (0, 1, 2, 3)
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
    refused("source column: .* got dtype double", pyarrow.array([1.0, 2.0]))
    refused("source column: .* got dtype bool", pyarrow.array([True, False]))
    nothing = pyarrow.chunked_array([], pyarrow.string())
    with pytest.raises(GraphError, match="at least one edge"):
        Graph.from_edges((nothing, nothing))


def test_dense_frames_are_read_by_their_labels():
    pandas = pytest.importorskip("pandas")
    dense = symmetric(EDGES, [1.0, 2.0, 3.0, 4.0])
    names = list("abcd")
    expected = Graph.from_edges(EDGES, [1.0, 2.0, 3.0, 4.0], node_names=names)
    frame = pandas.DataFrame(dense, index=names, columns=names)
    for form in (frame, frame[["c", "a", "d", "b"]], pandas.DataFrame(dense, columns=names)):
        assert Graph.from_dense(form) == expected
    assert Graph.from_dense(pandas.DataFrame(dense, index=names)) == expected
    assert Graph.from_dense(pandas.DataFrame(dense)).node_names is None
    turned = Graph.from_dense(frame.loc[["c", "a", "d", "b"]])
    assert turned.node_names == ("c", "a", "d", "b")
    tree = hint_se.build_tree(expected)
    assert hint_se.structural_entropy(turned, tree) == pytest.approx(tree.entropy, abs=1e-12)
    numbered = pandas.DataFrame(dense, index=[3, 1, 0, 2], columns=[3, 1, 0, 2])
    assert Graph.from_dense(numbered[[0, 1, 2, 3]]) == Graph.from_dense(numbered)
    assert Graph.from_dense(numbered).node_names == (3, 1, 0, 2)


@pytest.mark.parametrize(
    ("rows", "columns", "message"),
    [
        ("abcd", "abce", "each label once among the rows and once among the columns, not so 'd'"),
        ("abcd", "abca", "not so 'a'"),
        ("aacd", "abcd", "not so 'a'"),
        ("aacd", "aacd", "expected distinct names, got 1 repeated"),
        ("abcd", "abc", "not so 'd'"),
    ],
)
def test_dense_frames_of_other_labels_are_refused(rows, columns, message):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(symmetric(EDGES)[:, : len(columns)], index=list(rows), columns=list(columns))
    with pytest.raises(GraphError, match=message):
        Graph.from_dense(frame)
    with pytest.raises(GraphError, match="node_names: given twice"):
        Graph.from_dense(pandas.DataFrame(symmetric(EDGES), columns=list("abcd")), node_names=list("abcd"))
