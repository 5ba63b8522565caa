"""Weights of edge files by the words of their header: the rule of tables and graphs, in every delimited form."""

import importlib

import pytest

from hint_se import GraphError, InputWarning, read_graph

NAMES = ["weight", "weights", "w", "edge_weight", "value", "count"]
ENDS = [("source", "target"), ("From", "To"), ("src", "dst"), ("node1", "node2"), ("user", "friend")]
ROWS = [("a", "b", 2.0), ("b", "c", 0.5)]


def text(sign, header, *more):
    return "\n".join(sign.join(map(str, row)) for row in (header, *(row + more for row in ROWS))) + "\n"


@pytest.mark.parametrize("spelling", [str.lower, str.upper, str.title], ids=["lower", "upper", "title"])
@pytest.mark.parametrize("ends", ENDS, ids="-".join)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("sign", "suffix"), [(",", "csv"), (";", "csv"), ("\t", "tsv"), (" ", "txt")])
def test_known_words_head_weights(written, sign, suffix, ends, name, spelling):
    graph = read_graph(written(text(sign, (*ends, spelling(name))), f"e.{suffix}"))
    assert (graph.node_names, graph.degrees.tolist()) == (("a", "b", "c"), [2, 2.5, 0.5])


@pytest.mark.parametrize("ends", ENDS, ids="-".join)
@pytest.mark.parametrize("name", ["time", "timestamp", "score", "bytes"])
def test_other_words_head_none_and_are_named(written, ends, name):
    path = written(text(",", (*ends, name)), "e.csv")
    with pytest.warns(InputWarning, match=f"e.csv: read without weights; left aside: '{name}'; columns=") as caught:
        graph = read_graph(path)
    assert [warning.filename for warning in caught] == [__file__]
    assert graph.degrees.tolist() == [1, 2, 1]
    assert read_graph(path, columns=(*ends, name)).degrees.tolist() == [2, 2.5, 0.5]
    assert read_graph(path, columns=(1, 2, 3), header=True).degrees.tolist() == [2, 2.5, 0.5]


def test_a_known_word_before_other_numbers(written):
    path = written(text(",", ("source", "target", "Count", "time"), 7), "e.csv")
    with pytest.warns(InputWarning, match="weights are 'Count'; left aside: 'time'"):
        assert read_graph(path).degrees.tolist() == [2, 2.5, 0.5]


def test_two_spellings_of_one_word_are_refused(written):
    with pytest.raises(GraphError, match="expected one 'w', got 'w' and 'W'"):
        read_graph(written(text(",", ("source", "target", "w", "W"), 7), "e.csv"))


def test_numbers_of_rows_are_no_weights(written):
    for word in ("Id", "index", ""):
        graph = read_graph(written(text(",", ("source", "target", "weight", word), 7), "e.csv"))
        assert graph.degrees.tolist() == [2, 2.5, 0.5]


def test_a_third_column_without_a_header_is_the_weight(written):
    assert read_graph(written("a,b,2\nb,c,0.5\n", "e.csv"), header=False).degrees.tolist() == [2, 2.5, 0.5]


@pytest.mark.parametrize("ends", ENDS, ids="-".join)
@pytest.mark.parametrize("weight", ["time", 2])
@pytest.mark.parametrize(("sign", "suffix"), [(",", "csv"), ("\t", "tsv"), (" ", "txt")])
def test_weights_by_name_or_position(written, recwarn, sign, suffix, ends, weight):
    path = written(text(sign, (*ends, "time")), f"e.{suffix}")
    assert read_graph(path, weight=weight).degrees.tolist() == [2, 2.5, 0.5]
    assert read_graph(path, weight=None).degrees.tolist() == [1, 2, 1]
    assert not recwarn.list


def test_weights_without_a_header(written):
    path = written("a,b,2\nb,c,0.5\n", "e.csv")
    assert read_graph(path, weight=2).degrees.tolist() == [2, 2.5, 0.5]
    assert read_graph(path, weight=None).degrees.tolist() == [1, 2, 1]
    with pytest.raises(GraphError, match=r"e\.csv: expected 'time' as weights, got 0 of that name"):
        read_graph(path, weight="time")


def test_a_name_that_is_asked_for_makes_a_header(written):
    path = written("a,b,c\n1,2,3\n2,3,4\n", "e.csv")
    assert read_graph(path, weight="c").degrees.tolist() == [3, 7, 4]


def test_names_that_are_not_there_or_asked_for_twice(written):
    path = written(text(",", ("source", "target", "time")), "e.csv")
    with pytest.raises(
        GraphError, match=r"e\.csv: expected 'score' as weights, got 0 .* among 'source', 'target', 'time'"
    ):
        read_graph(path, weight="score")
    with pytest.raises(GraphError, match="expected 9 as weights"):
        read_graph(path, weight=9)
    with pytest.raises(ValueError, match="weight: expected without columns"):
        read_graph(path, weight="time", columns=(1, 2))
    with pytest.raises(ValueError, match="weight: expected for the formats text, csv, .*, got metis"):
        read_graph(written("2 1\n2\n1\n", "e.graph"), weight="time")


@pytest.mark.parametrize("suffix", ["graphml", "gml"])
@pytest.mark.parametrize("kind", ["Graph", "DiGraph"])
def test_attributes_of_markup(tmp_path, suffix, kind):
    networkx = pytest.importorskip("networkx")
    graph = getattr(networkx, kind)()
    graph.add_edges_from([(u, v, {"score": w}) for u, v, w in ROWS])
    path = tmp_path / f"e.{suffix}"
    getattr(networkx, f"write_{suffix}")(graph, path)
    assert read_graph(path, weight="score", directed=False).degrees.tolist() == [2, 2.5, 0.5]
    assert read_graph(path, weight=None, directed=False).degrees.tolist() == [1, 2, 1]
    with pytest.raises(GraphError, match=f"^{path}: expected 'time' as weights, got 0 .* among 'score'"):
        read_graph(path, weight="time")
    with pytest.warns(InputWarning, match=f"^{path}: read without weights; left aside: 'score'") as caught:
        read_graph(path, directed=False)
    assert [warning.filename for warning in caught] == [__file__]


def test_edges_of_markup_without_the_weight_are_counted(tmp_path):
    networkx = pytest.importorskip("networkx")
    path = tmp_path / "e.gml"
    networkx.write_gml(networkx.Graph([("a", "b", {"w": 2.0}), ("b", "c")]), path)
    with pytest.warns(
        InputWarning, match=f"^{path}: 1 of 2 edges have no 'w' and weigh 1, as in networkx; weight=None"
    ):
        assert read_graph(path).degrees.tolist() == [2, 3, 1]


def test_columns_of_tables(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    source, target, score = zip(*ROWS, strict=True)
    table = pyarrow.table({"source": source, "target": target, "score": score})
    importlib.import_module("pyarrow.parquet").write_table(table, tmp_path / "e.parquet")
    for weight in ("score", 2):
        assert read_graph(tmp_path / "e.parquet", weight=weight).degrees.tolist() == [2, 2.5, 0.5]
    assert read_graph(tmp_path / "e.parquet", weight=None).degrees.tolist() == [1, 2, 1]
    with pytest.raises(GraphError, match=rf"^{tmp_path}/e\.parquet: expected 'time' as weights"):
        read_graph(tmp_path / "e.parquet", weight="time")
    with pytest.warns(InputWarning, match=rf"^{tmp_path}/e\.parquet: read without weights; left aside: 'score'"):
        read_graph(tmp_path / "e.parquet")
    numbers = pyarrow.table({"source": pyarrow.array([0, 1]).dictionary_encode(), "target": [1, 2]})
    importlib.import_module("pyarrow.feather").write_feather(numbers, tmp_path / "e.feather")
    with pytest.warns(InputWarning, match=rf"^{tmp_path}/e\.feather: categories that are integers are node ids"):
        assert read_graph(tmp_path / "e.feather").n_edges == 2


@pytest.mark.parametrize("weight", ["source", 0, 1])
def test_an_end_is_no_weight(written, weight):
    with pytest.raises(GraphError, match="expected weights beside the ends of the edges, got "):
        read_graph(written("source,target,time\n1,2,3\n2,3,4\n", "e.csv"), weight=weight)
    if weight != "source":
        with pytest.raises(GraphError, match="expected weights beside the ends"):
            read_graph(written("1,2,3\n2,3,4\n", "e.csv"), weight=weight)
