"""Rows of text: what they are read as, on both paths, whatever block they fall into."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sixnodes import EDGES, WEIGHTS

import hint_se
from hint_se import GraphError
from hint_se.edgefile import lines, read_edges, rows


@pytest.mark.parametrize(
    ("content", "name", "options", "edges", "weights", "names"),
    [
        ("0 1\n1 2", "e.txt", {}, [[0, 1], [1, 2]], None, None),
        ("0\t1\r\n\r\n1   2  \r\n", "e.txt", {}, [[0, 1], [1, 2]], None, None),
        ("0 1\r1 2\r", "e.txt", {}, [[0, 1], [1, 2]], None, None),
        ("\ufeff0 1\n", "e.txt", {}, [[0, 1]], None, None),
        ("# a b c d\n% x\n\n  # y\n0 1 .5\n#\n1 2 1e3", "e.txt", {}, [[0, 1], [1, 2]], [0.5, 1000], None),
        ("1 2\n2 3", "e.txt", {}, [[0, 1], [1, 2]], None, (1, 2, 3)),
        ("1 2\n2 3", "e.txt", {"n_nodes": 5}, [[1, 2], [2, 3]], None, None),
        ("9000000000000000000 7", "e.txt", {}, [[1, 0]], None, (7, 9 * 10**18)),
        ("7 7\n007 8", "e.txt", {"names": True}, [[0, 0], [1, 2]], None, ("7", "007", "8")),
        ("ann bob\nbob 7", "e.txt", {}, [[0, 1], [1, 2]], None, ("ann", "bob", "7")),
        ("Ångström b\nb 中", "e.txt", {}, [[0, 1], [1, 2]], None, ("Ångström", "b", "中")),
        ("a b 1 x\nb c 2 y", "e.txt", {"columns": (2, 1)}, [[0, 1], [2, 0]], None, ("b", "a", "c")),
        ("1.0 2.0", "e.txt", {"names": True}, [[0, 1]], None, ("1.0", "2.0")),
        ("nan inf", "e.txt", {}, [[0, 1]], None, ("nan", "inf")),
        ("5 0 1\n6 1 2", "e.txt", {"columns": ("2", "3", "1")}, [[0, 1], [1, 2]], [5, 6], None),
        ("FromNodeId ToNodeId\n0 1", "e.txt", {}, [[0, 1]], None, None),
        ("person friend\n0 1", "e.txt", {}, [[0, 1]], None, None),
        ("a,b\nb,c", "e.csv", {}, [[0, 1], [1, 2]], None, ("a", "b", "c")),
        ("weight,target,source\n2,b,a", "e.csv", {}, [[0, 1]], [2], ("a", "b")),
        ("x,y,w\na,b,2\nb,c,3", "e.csv", {}, [[0, 1], [1, 2]], [2, 3], ("a", "b", "c")),
        ("day;who;whom;n\nmon;a;b;4\nfri;b;c;1", "e.csv", {"columns": (2, 3)}, [[0, 1], [1, 2]], None, ("a", "b", "c")),
        (
            "day;who;whom\nmon;a;b",
            "e.csv",
            {"columns": (2, 3), "header": False},
            [[0, 1], [2, 3]],
            None,
            ("who", "whom", "a", "b"),
        ),
        ("x,y,v\na,b,2\nb,c,3", "e.csv", {"columns": ("y", "v")}, [[0, 1], [2, 3]], None, ("b", "2", "c", "3")),
        ('"a, b", c \n"c","say ""d"""', "e.csv", {}, [[0, 1], [1, 2]], None, ("a, b", "c", 'say "d"')),
        ("# note\n#tag,b\n# more\nb,#tag2", "e.csv", {}, [[0, 1], [1, 2]], None, ("#tag", "b", "#tag2")),
        ("new york\tparis\nparis\trome", "e.tsv", {}, [[0, 1], [1, 2]], None, ("new york", "paris", "rome")),
        ("0,1", "e.dat", {"format": "csv"}, [[0, 1]], None, None),
    ],
)
def test_text(written, content, name, options, edges, weights, names):
    found = read_edges(written(content, name), **options)
    assert found.edges.tolist() == edges
    assert (None if found.weights is None else found.weights.tolist()) == weights
    assert found.node_names == names
    assert found.n_nodes == options.get("n_nodes", found.edges.max() + 1)


@pytest.mark.parametrize("size", [1, 2, 7, 64])
def test_block_borders_change_nothing(written, monkeypatch, size):
    monkeypatch.setattr(lines, "_BLOCK", size)
    text = "# head\n\nsource target weight\n" + "".join(
        f"n{u} n{v} {w!r}\n" for (u, v), w in zip(EDGES, WEIGHTS.tolist(), strict=True)
    )
    found = read_edges(written(text))
    assert np.array_equal(found.edges, EDGES)
    assert np.array_equal(found.weights, WEIGHTS)
    with pytest.raises(GraphError, match="line 11: expected 3 columns, as in the rows before, got 1"):
        read_edges(written(text + "oops\n"))
    with pytest.raises(GraphError, match="line 7: expected an integer id, got 'x'"):
        read_edges(written("# head\n" * 5 + "0 1\nx 2\n"))


FIELDS = st.one_of(
    st.integers(-3, 40).map(str),
    st.floats(allow_nan=True).map(repr),
    st.sampled_from(
        ["", "+1", "-0", "1_0", "0x1", "nan", "1e3", "1e400", "a", "é", '"q"', "#", "%", "#t", "1.", ".5", "\t"]
    ),
    st.text("0123456789.e+-ab #%\"',;", max_size=5),
)
LINES = st.lists(st.lists(FIELDS, max_size=4), max_size=6)


@settings(max_examples=400, deadline=None)
@given(LINES, st.sampled_from([None, ",", "\t"]), st.booleans(), st.sampled_from([2, 3]), st.booleans())
def test_the_fast_path_takes_nothing_that_the_careful_one_refuses(table, delimiter, names, width, exact):
    text = "\n".join((delimiter or " ").join(fields) for fields in table)
    comment = rows.re.compile(r"\s*[#%]" if delimiter is None else "[#%]( |$)")
    form = rows.RowForm(
        delimiter=delimiter,
        comment=comment,
        columns=tuple(range(width)),
        n_columns=width if exact else None,
        names=names,
    )
    first, second = rows.Numbering(), rows.Numbering()
    fast = rows._parse_fast(text, form, first)
    if fast is None:
        return
    careful = rows._parse_carefully(text, 1, form, second, "e")
    assert np.array_equal(fast[0], careful[0])
    assert (fast[1] is None and careful[1] is None) or np.array_equal(fast[1], careful[1])
    assert list(first) == list(second)


def test_what_becomes_of_a_first_row_is_said(written, caplog):
    caplog.set_level("INFO", "hint_se")
    read_edges(written("x,y\n1,2\n", "e.csv"))
    read_edges(written("# a b\nx,y\ny,b\n", "f.csv"))
    read_edges(written("a b\nb c\n"))
    with pytest.warns(hint_se.InputWarning, match=r"g\.csv: read without weights; left aside: 'age'; columns=... \("):
        read_edges(written("source,target,age\n0,1,5\n", "g.csv"))
    said = [record.getMessage().split("/")[-1] for record in caplog.records]
    assert said == [
        "e.csv, line 1: taken for the header x, y",
        "f.csv: skipped 1 line of comments",
        "g.csv: ignoring the columns age",
        "g.csv, line 1: taken for the header source, target, age",
    ]
