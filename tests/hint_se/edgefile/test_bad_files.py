"""Bad files are refused with the name of the file and the number of the line, and options that do not fit at once."""

import gzip

import pytest

from hint_se import GraphError
from hint_se.edgefile import read_graph

BANNER = "%%MatrixMarket matrix coordinate "


@pytest.mark.parametrize(
    ("content", "name", "options", "message"),
    [
        ("", "e.txt", {}, "e.txt: expected at least one edge, got none"),
        ("# nothing\n\n", "e.txt", {}, "expected at least one edge"),
        ("source,target\n", "e.csv", {}, "expected at least one edge"),
        ("1\n", "e.txt", {}, "e.txt, line 1: expected 2 or 3 columns, got 1"),
        ("0 1\n" * 16 + "3\n0 1", "e.txt", {}, "e.txt, line 17: expected 2 columns, as in the rows before, got 1"),
        ("# x\n\n0 1\n1 2 3", "e.txt", {}, "line 4: expected 2 columns, as in the rows before, got 3"),
        ("0 1 1\n1 2", "e.txt", {}, "line 2: expected 3 columns, as in the rows before, got 2"),
        ("0 1 2 3", "e.txt", {}, "line 1: expected 2 or 3 columns, got 4; name source, target and weight by columns"),
        ("0 1\n1 b", "e.txt", {}, "line 2: expected an integer id, got 'b'; read ids as names by names=True"),
        ("0 1\n1 2.0", "e.txt", {}, "line 2: expected an integer id, got '2.0'"),
        (
            "1.0 2.0\n",
            "e.txt",
            {},
            "line 1: expected an integer id or a name, got '1.0'; read ids as names by names=True",
        ),
        ("a,b\n1,2e3\n", "e.csv", {}, "line 2: expected an integer id or a name, got '2e3'"),
        ("0 1\n1 1_0", "e.txt", {}, "line 2: expected an integer id, got '1_0'"),
        ("0 1\n-1 2", "e.txt", {}, "line 2: expected an id >= 0, got -1"),
        ("0 1\n0 9223372036854775808", "e.txt", {}, r"line 2: expected an id below 2\^63, got 9223372036854775808"),
        ("0 1\n0 " + "9" * 5000, "e.txt", {}, "line 2: expected an integer id, got '9999999999999999999999999999"),
        ("0 1\n3 1", "e.txt", {"n_nodes": 3}, "line 2: expected an id of at most 2, got 3"),
        ("0 1 1\n1 2 nan", "e.txt", {}, "line 2: expected a finite weight > 0, got 'nan'"),
        ("0 1 1\n1 2 inf", "e.txt", {}, "line 2: expected a finite weight > 0, got 'inf'"),
        ("0 1 1\n1 2 1e999", "e.txt", {}, "line 2: expected a finite weight > 0, got '1e999'"),
        ("0 1 1\n1 2 -0.5", "e.txt", {}, "line 2: expected a finite weight > 0, got '-0.5'"),
        ("0 1 1\n1 2 0", "e.txt", {}, "line 2: expected a finite weight > 0, got '0'"),
        ("0 1 1\n1 2 1_0", "e.txt", {}, "line 2: expected a finite weight > 0, got '1_0'"),
        ("0 1 1\n1 2 heavy", "e.txt", {}, "line 2: expected a finite weight > 0, got 'heavy'"),
        ("0 1 {}\n", "e.txt", {}, r"got '{}'; networkx writes plain edges with write_edgelist\(data=False\)"),
        ("1 2\n\xff 1".encode("latin-1"), "e.txt", {}, "line 2: expected UTF-8 text, got other bytes"),
        (b"a b\nc \xff\n", "e.txt", {}, "line 2: expected UTF-8 text"),
        (b"a b\nc \x00d\n", "e.txt", {}, "line 2: expected UTF-8 text"),
        ("0 1".encode("utf-16"), "e.txt", {}, "e.txt: expected UTF-8 text, got UTF-16"),
        (b"\x1f\x8b\x08\x00broken", "e.txt", {}, "e.txt: expected gzip data"),
        (gzip.compress(b"0 1\n" * 1000, mtime=0)[:-9], "e.gz", {}, "e.gz: expected gzip data"),
        (b"\x7fELF" + bytes(3_000_000), "e.txt", {}, "e.txt, line 1: expected text of lines below"),
        (bytes(1000), "e.txt", {}, "e.txt, line 1: expected"),
        ("0,1\n1,", "e.csv", {}, "line 2: expected an integer id, got ''"),
        ("a,b\nb,", "e.csv", {}, "line 2: expected a node id, got an empty column"),
        ("a,b\nb,  ", "e.csv", {}, "line 2: expected a node id, got an empty column"),
        ('a,b\n"b,c\nd,e', "e.csv", {}, "line 2: expected quotes in pairs on one line"),
        ('"a,b\n', "e.csv", {}, "line 1: expected quotes in pairs on one line"),
        ("a,b,c\n1,2,3", "e.csv", {"columns": ("a", "d")}, "line 1: expected a header with the columns d, got a, b, c"),
        ("0 1\n2", "e.txt", {"columns": (1, 2)}, "line 2: expected at least 2 columns, got 1"),
        ("", "e.mtx", {}, "e.mtx, line 1: expected the banner"),
        ("6 6 3\n1 2\n", "e.mtx", {}, "e.mtx, line 1: expected the banner"),
        ("%%MatrixMarket matrix array real general\n2 2\n", "e.mtx", {}, "line 1: expected coordinate"),
        (BANNER + "complex general\n", "e.mtx", {}, "line 1: expected coordinate and pattern, real or integer"),
        (BANNER + "real skew-symmetric\n", "e.mtx", {}, "line 1: expected a general or symmetric matrix"),
        (BANNER + "real symmetric\n", "e.mtx", {}, "line 1: expected a line of rows, columns and entries"),
        (BANNER + "real symmetric\n% x\n2 2\n", "e.mtx", {}, "line 3: expected rows, columns and entries, got '2 2'"),
        (BANNER + "real symmetric\n2 3 0\n", "e.mtx", {}, "line 2: expected a square adjacency matrix, got 2 x 3"),
        (BANNER + "real symmetric\n2 2 1\n2 1\n", "e.mtx", {}, "line 3: expected 3 columns"),
        (BANNER + "pattern symmetric\n2 2 1\n0 1\n", "e.mtx", {}, "line 3: expected an id >= 1, got 0"),
        (BANNER + "pattern symmetric\n2 2 1\n3 1\n", "e.mtx", {}, "line 3: expected an id of at most 2, got 3"),
        (BANNER + "pattern symmetric\n2 2 9\n2 1\n", "e.mtx", {}, "line 2: expected 9 entries, as claimed here, got 1"),
        (
            BANNER + "pattern symmetric\n999999999 999999999 1\n2 1\n",
            "e.mtx",
            {},
            "line 2: expected nodes that have edges, the claim is 999999999 nodes",
        ),
        (BANNER + "pattern general\n3 3 1\n3 1\n", "e.mtx", {}, r"got entry \(3, 1\) without \(1, 3\)"),
        (BANNER + "pattern general\n3 3 1\n1 2\n", "e.mtx", {}, r"got entry \(1, 2\) without \(2, 1\)"),
        (BANNER + "real general\n3 3 2\n1 2 1\n2 1 5\n", "e.mtx", {}, r"got 1.0 at \(1, 2\) and 5.0 at its mirror"),
        (BANNER + "pattern symmetric\n2 2 1\n2 1\n", "e.mtx", {"n_nodes": 3}, "expected 3 nodes, got 2"),
        (b"", "e.npz", {}, "e.npz: expected an npz file"),
        (b"PK\x03\x04" + bytes(100), "e.npz", {}, "e.npz: expected an npz file"),
    ],
)
def test_bad_files(written, content, name, options, message):
    with pytest.raises(GraphError, match=message) as error:
        read_graph(written(content, name), **options)
    assert name in str(error.value)
    assert len(str(error.value)) < 400


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"format": "xls"}, "format: expected one of text, csv, mtx, npz, .*, got 'xls'"),
        (
            {"format": "mtx", "columns": (1, 2)},
            "columns: expected for the formats text, csv, parquet, arrow only, got mtx",
        ),
        ({"format": "mtx", "names": True}, "names: expected for the formats text, csv only, got mtx"),
        ({"names": True, "n_nodes": 3}, "names: expected without n_nodes"),
        ({"format": "npz", "delimiter": ","}, "delimiter: expected for the formats text, csv only, got npz"),
        ({"format": "gml", "header": True}, "header: expected for the formats text, csv only, got gml"),
        ({"format": "metis", "decimal": ","}, "decimal: expected for the formats text, csv only, got metis"),
        ({"delimiter": "::"}, "delimiter: expected one sign, or the word tab or space, got '::'"),
        ({"delimiter": ""}, "delimiter: expected one sign, or the word tab or space, got ''"),
        ({"delimiter": '"'}, "delimiter: expected one sign"),
        ({"delimiter": "→"}, "delimiter: expected one sign"),
        ({"decimal": "x"}, "decimal: expected a point or a comma, got 'x'"),
        ({"decimal": ",", "delimiter": ","}, "delimiter: expected another sign than that of decimal"),
        ({"n_nodes": 0}, "n_nodes: expected at least 1"),
        ({"columns": "ab"}, "columns: expected source, target and maybe weight"),
        ({"columns": (1,)}, "columns: expected source, target and maybe weight"),
        ({"columns": (1, 1)}, "columns: expected source, target and maybe weight, all different"),
    ],
)
def test_options_that_do_not_fit(written, options, message):
    with pytest.raises(ValueError, match=message):
        read_graph(written("0 1\n"), **options)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_graph(tmp_path / "none.txt")
    with pytest.raises(IsADirectoryError):
        read_graph(tmp_path)
