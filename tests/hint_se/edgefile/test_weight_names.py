"""Weights of edge files by the words of their header: the rule of tables and graphs, in every delimited form."""

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
