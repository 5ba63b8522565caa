"""Files that hold no edges, in every format, and options that do not fit them."""

import gzip
import io
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import scipy.sparse

from hint_se import GraphError, read_graph
from malformed.case import Case

GENERAL = "%%MatrixMarket matrix coordinate real general\n"


def read(suffix, content, **options):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"edges{suffix}"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_graph(path, **options)


def npz(**arrays):
    stream = io.BytesIO()
    np.savez(stream, **{name: np.asarray(value) for name, value in arrays.items()})
    return stream.getvalue()


def sparse(matrix):
    stream = io.BytesIO()
    scipy.sparse.save_npz(stream, matrix)
    return stream.getvalue()


def member(name, data):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr(name, data)
    return stream.getvalue()


#: Suffix, content, options, what the message says.
BAD_FILES = [
    ("empty", ".txt", "", {}, "expected at least one edge, got none"),
    ("comments alone", ".txt", "# a\n% b\n\n", {}, "expected at least one edge, got none"),
    ("one column", ".txt", "0 1\n2\n", {}, "line 2: expected .* columns"),
    ("one column throughout", ".txt", "0\n1\n", {}, "line 1: expected"),
    ("a fourth column", ".txt", "0 1 2 3\n", {}, "line 1: expected"),
    ("a column more", ".txt", "0 1\n1 2 0.5\n", {}, "line 2: expected 2 columns, as in the rows before, got 3"),
    ("a word among integers", ".txt", "0 1\n1 x\n", {}, "line 2: expected an integer id, got 'x'"),
    ("a float among integers", ".txt", "0 1\n1 2.5\n", {}, r"line 2: expected an integer id, got '2\.5'"),
    ("a negative id", ".txt", "0 1\n-1 2\n", {}, "line 2: expected an id >= 0, got -1"),
    ("an id beyond int64", ".txt", "0 1\n9223372036854775808 2\n", {}, "line 2: expected an id below 2.63, got 92233"),
    ("a thousand digits", ".txt", f"0 1\n{'9' * 1000} 2\n", {}, "line 2: expected an integer id, got"),
    ("an id at n_nodes", ".txt", "0 1\n1 5\n", {"n_nodes": 5}, "line 2: expected an id of at most 4, got 5"),
    ("a weight of NaN", ".txt", "0 1 1\n1 2 nan\n", {}, "line 2: expected a finite weight > 0, got 'nan'"),
    ("an infinite weight", ".txt", "0 1 1\n1 2 inf\n", {}, "line 2: expected a finite weight > 0, got 'inf'"),
    ("an overflowing weight", ".txt", "0 1 1\n1 2 1e999\n", {}, "line 2: expected a finite weight > 0, got '1e999'"),
    ("a negative weight", ".txt", "0 1 1\n1 2 -2\n", {}, "line 2: expected a finite weight > 0, got '-2'"),
    ("a zero weight", ".txt", "0 1 0\n", {}, "line 1: expected a finite weight > 0, got '0'"),
    ("a word as weight", ".txt", "0 1 1\n1 2 heavy\n", {}, "line 2: expected a finite weight > 0, got 'heavy'"),
    ("a decimal comma", ".txt", "0 1 1\n1 2 0,5\n", {}, "line 2: expected a finite weight > 0, got '0,5'"),
    ("UTF-16", ".txt", "0 1\n".encode("utf-16"), {}, "expected UTF-8 text, got UTF-16"),
    ("bytes that are no UTF-8", ".txt", b"a b\n\xff c\n", {}, "line 2: expected UTF-8 text, got other bytes"),
    ("a picture", ".txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), {}, "expected a file of edges, got a PNG picture"),
    ("one endless line", ".txt", "0" * 3_000_000, {}, "expected text of lines below|expected"),
    ("an empty name", ".csv", "a,b\n,c\n", {"names": True}, "line 2: expected a node id, got an empty column"),
    ("an open quote", ".csv", 'a,b\n"c,d\n', {}, "line 2: expected"),
    ("a header alone", ".csv", "source,target\n", {}, "expected at least one edge, got none"),
    ("no such column", ".csv", "source,target\n0,1\n", {"columns": ("from", "target")}, "header with the columns from"),
    ("too many columns", ".csv", "a,b,c,d\n0,1,2,3\n", {}, "line 1: expected"),
    ("a position too far", ".csv", "0,1\n", {"columns": (1, 3)}, "line 1: expected at least 3 columns, got 2"),
    ("no banner", ".mtx", "3 3 1\n1 2 1\n", {}, "line 1: expected the banner %%MatrixMarket"),
    ("an array", ".mtx", "%%MatrixMarket matrix array real general\n2 2\n", {}, "line 1: expected coordinate and"),
    ("complex", ".mtx", "%%MatrixMarket matrix coordinate complex general\n", {}, "line 1: expected .* got .* complex"),
    ("skew", ".mtx", "%%MatrixMarket matrix coordinate real skew-symmetric\n", {}, "line 1: .* got skew-symmetric"),
    ("no size", ".mtx", GENERAL, {}, "line 1: expected a line of rows, columns and entries .* got none"),
    ("a size of words", ".mtx", GENERAL + "a b c\n", {}, "line 2: expected rows, columns and entries, got 'a b c"),
    ("not square", ".mtx", GENERAL + "2 3 1\n1 2 1\n", {}, "line 2: expected a square adjacency matrix, got 2 x 3"),
    ("too few entries", ".mtx", GENERAL + "3 3 4\n1 2 1\n2 1 1\n", {}, "line 2: expected 4 entries, .* got 2"),
    ("a row of 0", ".mtx", GENERAL + "3 3 2\n0 2 1\n2 0 1\n", {}, "line 3: expected an id >= 1, got 0"),
    ("a row beyond", ".mtx", GENERAL + "3 3 2\n1 4 1\n4 1 1\n", {}, "line 3: expected an id of at most 3, got 4"),
    (
        "billions of rows",
        ".mtx",
        GENERAL + "900000000 900000000 1\n1 2 1\n",
        {},
        "line 2: expected nodes that have edges",
    ),
    ("other n_nodes", ".mtx", GENERAL + "2 2 2\n1 2 1\n2 1 1\n", {"n_nodes": 3}, "expected 3 nodes, got 2"),
    ("one triangle", ".mtx", GENERAL + "2 2 1\n1 2 1\n", {}, "symmetric|both"),
    ("no zip file", ".npz", "hello", {}, "expected an npz file"),
    ("neither edges nor a matrix", ".npz", npz(other=[1]), {}, "expected the array edges, or a matrix .* got neither"),
    ("edges of floats", ".npz", npz(edges=[[0.0, 1.0]]), {}, "edges: expected integer node ids"),
    ("edges of three columns", ".npz", npz(edges=np.zeros((5, 3), int)), {}, r"edges: .* got shape \(5, 3\)"),
    ("negative edges", ".npz", npz(edges=[[0, -1]]), {}, "got -1|got \\[0, -1\\]"),
    ("too few weights", ".npz", npz(edges=[[0, 1]] * 3, weights=[1.0]), {}, "weights: expected shape"),
    ("pickled edges", ".npz", npz(edges=np.array([[0, 1]], object)), {}, "expected"),
    ("one triangle of scipy", ".npz", sparse(scipy.sparse.csr_array([[0, 1], [0, 0]])), {}, "symmetric|both"),
    ("an unknown form", ".npz", npz(format="bsr", shape=[2, 2], data=[1]), {}, "format: expected csr, csc or coo"),
    ("a matrix not square", ".npz", npz(format="coo", shape=[2, 3], data=[1]), {}, "shape: expected .* square matrix"),
    ("edges without a header", ".npz", member("edges.npy", b"x"), {}, "edges: expected an array in version 1 or 2"),
    ("brackets", ".txt", "(0, 1)\n(1, 2)\n", {}, "line 1: expected ids and what parts them"),
    ("two ways to part", ".csv", "0;1;1,5\n", {}, r"commas \(2\) or semicolons \(3\); say which by delimiter="),
    ("arrows", ".txt", "0 -> 1\n", {}, "got '->' between white space"),
    ("words that may be a header", ".csv", "user,friend\nann,bob\nbob,cid\n", {}, "an edge or a header"),
    ("numbers that may be a size", ".txt", "3 2\n0 1\n1 2\n", {}, "an edge or the size of what follows"),
    ("zeros in front, late", ".txt", "0 1\n" * 400 + "00 1\n", {}, "line 401: .* without leading zeros"),
    ("a decimal comma between semicolons", ".csv", "0;1;1,5\n", {"delimiter": ";"}, "decimal commas by decimal="),
    ("a decimal point where none is", ".csv", "0;1;1.5\n", {"decimal": ","}, "weight > 0, got '1.5'"),
    ("an unknown type", ".csv", "Source,Target,Type\n0,1,Directed\n1,2,Mutual\n", {}, "line 3: .*, got 'Mutual'"),
    ("arcs", ".csv", "Source,Target,Type\n0,1,Directed\n", {}, "the file says that they are directed; take"),
    ("no arcs", ".csv", "Source,Target,Type\n0,1,Undirected\n", {"directed": True}, "says that they are undirected"),
    ("a broken gzip", ".txt.gz", gzip.compress(b"0 1\n" * 1000)[:-20], {}, "expected gzip data"),
    ("no gzip at all", ".txt.gz", b"\x1f\x8bhello", {}, "expected gzip data"),
]
BAD_OPTIONS = [
    ("unknown format", ".txt", "0 1\n", {"format": "xls"}, ValueError, "format: expected one of text, .* got 'xls'"),
    ("delimiter of a matrix", ".mtx", GENERAL, {"delimiter": ","}, ValueError, "delimiter: expected for .* got mtx"),
    ("header of a network", ".net", "*Edges\n1 2\n", {"header": True}, ValueError, "header: expected for .* got pajek"),
    ("delimiter of two signs", ".txt", "0 1\n", {"delimiter": "::"}, ValueError, "delimiter: expected one sign"),
    ("decimal of a letter", ".txt", "0 1\n", {"decimal": "x"}, ValueError, "decimal: expected a point or a comma"),
    ("comma for two", ".csv", "0 1\n", {"decimal": ",", "delimiter": ","}, ValueError, "delimiter: expected another"),
    (
        "words without a header",
        ".csv",
        "a,b\n",
        {"header": False, "columns": ("a", "b")},
        ValueError,
        "columns: .* header=F",
    ),
    ("columns of a matrix", ".mtx", GENERAL, {"columns": (1, 2)}, ValueError, "columns: expected for .* got mtx"),
    ("names of arrays", ".npz", npz(edges=[[0, 1]]), {"names": True}, ValueError, "names: expected"),
    ("names and n_nodes", ".txt", "0 1\n", {"names": True, "n_nodes": 2}, ValueError, "names: expected"),
    ("one column wanted", ".txt", "0 1\n", {"columns": (1,)}, ValueError, "columns: expected"),
    ("column 0", ".txt", "0 1\n", {"columns": (0, 1)}, ValueError, r"positions counted from 1, got \(0, 1\)"),
    ("a column of a float", ".txt", "0 1\n", {"columns": (1.0, 2)}, ValueError, r"from 1, got \(1\.0, 2\)"),
    ("a column of a boolean", ".txt", "0 1\n", {"columns": (True, 2)}, ValueError, r"from 1, got \(True, 2\)"),
    ("a column twice", ".txt", "0 1\n", {"columns": (1, 1)}, ValueError, "columns: expected"),
    ("no nodes", ".txt", "0 1\n", {"n_nodes": 0}, GraphError, "n_nodes: expected at least 1, got 0"),
    ("nodes of a string", ".txt", "0 1\n", {"n_nodes": "2"}, GraphError, "n_nodes: expected an integer, got '2'"),
]

CASES = [
    *(
        Case(f"read_graph, {suffix}: {name}", lambda s=suffix, c=content, o=o: read(s, c, **o), GraphError, message)
        for name, suffix, content, o, message in BAD_FILES
    ),
    *(
        Case(f"read_graph, option: {name}", lambda s=suffix, c=content, o=o: read(s, c, **o), error, message)
        for name, suffix, content, o, error, message in BAD_OPTIONS
    ),
    Case("read_graph, path: a number", lambda: read_graph(7), TypeError, "expected str, bytes or os.PathLike object"),
    Case("read_graph, path: None", lambda: read_graph(None), TypeError, "expected str, bytes or os.PathLike object"),
    Case("read_graph, path: missing", lambda: read_graph("missing.txt"), FileNotFoundError, "No such file"),
    Case("read_graph, path: a folder", lambda: read_graph(tempfile.gettempdir()), IsADirectoryError, "Is a directory"),
]
