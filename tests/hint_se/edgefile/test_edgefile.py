"""Edge files: every format gives the same graph, every bad line its number, and no header is believed."""

import csv
import gzip
import io
import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
import zipfile

import networkx
import numpy as np
import pytest
import scipy.io
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from hint_se import Graph, GraphError, SelfLoopWarning
from hint_se.edgefile import format_of, lines, read_edges, read_graph, rows
from hint_se.edgefile.fileedges import compact

EDGES = np.array([[0, 1], [1, 2], [2, 0], [3, 4], [4, 5], [5, 3], [2, 3]])
WEIGHTS = np.array([1.0, 2.5, 0.125, 3e-7, 1e20, 7.0, 0.1])


@pytest.fixture
def written(tmp_path):
    """Return a function that writes text or bytes to a file of a name and returns its path."""

    def write(content, name="edges.txt"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def matrix_of(weights):
    values = np.ones(len(EDGES)) if weights is None else weights
    half = scipy.sparse.coo_array((values, tuple(EDGES.T)), shape=(6, 6))
    return (half + half.T).tocsr()


def save_text(path, weights):
    columns = EDGES if weights is None else np.column_stack([EDGES, weights])
    np.savetxt(path, columns, fmt=["%d", "%d", "%.17g"][: columns.shape[1]])


def save_networkx(path, weights):
    graph = networkx.Graph()
    graph.add_weighted_edges_from((u, v, w) for (u, v), w in zip(EDGES.tolist(), weights.tolist(), strict=True))
    networkx.write_weighted_edgelist(graph, path)


def save_csv(path, weights, delimiter=",", **options):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, **options)
        writer.writerow(["Source", "Target", "Kind", "Weight"])
        for i, (u, v) in enumerate(EDGES.tolist()):
            writer.writerow([u, v, "likes, maybe", repr(float(1 if weights is None else weights[i]))])


def save_gzip(path, weights):
    save_text(text := io.BytesIO(), weights)
    path.write_bytes(gzip.compress(text.getvalue()))


def save_edges(path, weights):
    np.savez(path, edges=EDGES, weights=weights)


FILES = {
    "edges.txt": save_text,
    "edges": save_text,
    "edges.edgelist": save_networkx,
    "edges.csv": save_csv,
    "edges.tsv": lambda path, weights: save_csv(path, weights, "\t"),
    "semicolons.csv": lambda path, weights: save_csv(path, weights, ";", quoting=csv.QUOTE_ALL),
    "edges.txt.gz": save_gzip,
    "edges.mtx": lambda path, weights: scipy.io.mmwrite(path, matrix_of(weights), symmetry="general"),
    "half.mtx": lambda path, weights: scipy.io.mmwrite(path, matrix_of(weights), symmetry="symmetric"),
    "edges.npz": save_edges,
    "packed.npz": lambda path, weights: np.savez_compressed(path, edges=EDGES.astype(np.uint16), weights=weights),
    "columns.npz": lambda path, weights: np.savez(path, edges=EDGES.T, weights=weights),
    "fortran.npz": lambda path, weights: np.savez(path, edges=np.asfortranarray(EDGES), weights=weights),
    "csr.npz": lambda path, weights: scipy.sparse.save_npz(path, matrix_of(weights)),
    "csc.npz": lambda path, weights: scipy.sparse.save_npz(path, matrix_of(weights).tocsc()),
    "coo.npz": lambda path, weights: scipy.sparse.save_npz(path, matrix_of(weights).tocoo(), compressed=False),
}


@pytest.mark.parametrize("name", FILES)
def test_every_format_gives_the_same_graph(tmp_path, name):
    path = tmp_path / name
    FILES[name](path, WEIGHTS)
    found, expected = read_graph(path), Graph.from_edges(EDGES, WEIGHTS)
    assert np.array_equal(found.indptr, expected.indptr)
    assert np.array_equal(found.indices, expected.indices)
    # mmwrite rounds to 16 digits.
    assert np.allclose(found.weights, expected.weights, rtol=1e-14, atol=0)
    # Rows of a Matrix Market file are counted from 1, and so are its nodes.
    assert found.node_names == ((1, 2, 3, 4, 5, 6) if name.endswith("mtx") else None)


def test_pattern_and_boolean_matrices_are_unweighted(tmp_path):
    scipy.io.mmwrite(tmp_path / "a.mtx", matrix_of(None), field="pattern")
    scipy.sparse.save_npz(tmp_path / "a.npz", matrix_of(None).astype(bool))
    for name in ("a.mtx", "a.npz"):
        assert np.array_equal(read_graph(tmp_path / name).weights, np.ones(14))


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
        ("x,y,v\na,b,2\nb,c,3", "e.csv", {}, [[0, 1], [1, 2]], [2, 3], ("a", "b", "c")),
        ("day;who;whom;n\nmon;a;b;4\nfri;b;c;1", "e.csv", {"columns": (2, 3)}, [[0, 1], [1, 2]], None, ("a", "b", "c")),
        ("day;who;whom\nmon;a;b", "e.csv", {"columns": (2, 3)}, [[0, 1], [2, 3]], None, ("who", "whom", "a", "b")),
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
        ("0,1\n", "e.txt", {}, "line 1: expected 2 or 3 columns, got 1; read columns between commas by format='csv'"),
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
        (BANNER + "pattern symmetric\n999999999 999999999 1\n2 1\n", "e.mtx", {}, "line 2: expected rows that hold"),
        (BANNER + "pattern general\n3 3 1\n3 1\n", "e.mtx", {}, r"got entry \(3, 1\) without \(1, 3\)"),
        (BANNER + "pattern general\n3 3 1\n1 2\n", "e.mtx", {}, r"got entry \(1, 2\) without \(2, 1\)"),
        (BANNER + "real general\n3 3 2\n1 2 1\n2 1 5\n", "e.mtx", {}, r"got 1.0 at \(1, 2\) and 5.0 at its mirror"),
        (BANNER + "pattern symmetric\n2 2 1\n2 1\n", "e.mtx", {"n_nodes": 3}, "expected 3 nodes, got a matrix of 2"),
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
        ({"format": "gml"}, "format: expected one of text, csv, mtx, npz, got 'gml'"),
        ({"format": "mtx", "columns": (1, 2)}, "columns: expected none for the format mtx"),
        ({"names": True, "n_nodes": 3}, "names: expected for the formats text and csv only"),
        ({"n_nodes": 0}, "n_nodes: expected at least 1"),
        ({"columns": "ab"}, "columns: expected source, target and maybe weight"),
        ({"columns": (1,)}, "columns: expected source, target and maybe weight"),
        ({"columns": (1, 1)}, "columns: expected source, target and maybe weight, all different"),
    ],
)
def test_options_that_do_not_fit(written, options, message):
    with pytest.raises(ValueError, match=message):
        read_graph(written("0 1\n"), **options)


def npz_of(**arrays):
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


SHAPE = {"format": np.array(b"coo"), "shape": np.array([2, 2])}


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"other": EDGES}, "expected the array edges, or a matrix of scipy.sparse.save_npz; got neither"),
        ({"edges": EDGES.astype(float)}, "edges: expected integer .* float64"),
        ({"edges": EDGES[:, 0]}, r"edges: expected shape \(m, 2\) or \(2, m\), got shape \(7,\)"),
        ({"edges": EDGES - 1}, "edges: expected ids >= 0, got -1"),
        ({"edges": EDGES.astype(np.uint64) + np.uint64(2**63)}, "edges: expected ids below"),
        ({"edges": EDGES, "weights": WEIGHTS[1:]}, r"weights: expected shape \(7,\)"),
        ({"edges": EDGES, "weights": -WEIGHTS}, "finite and > 0, .* -1"),
        ({"edges": np.array([[None, 1]], dtype=object)}, "edges: the header claims object"),
        ({**SHAPE, "data": np.ones(1)}, "row: expected this array, got none"),
        ({**SHAPE, "data": np.ones(1), "row": np.array([0]), "col": np.array([2])}, r"in \[0, 2\), got 0 to 2"),
        ({**SHAPE, "data": np.ones(2), "row": np.array([0]), "col": np.array([1])}, r"expected shape \(1,\)"),
        ({**SHAPE, "data": np.ones(1), "row": np.array([0]), "col": np.array([1, 1])}, "row: expected as many"),
        ({**SHAPE, "data": np.ones(1), "row": np.array([0.0]), "col": np.array([1])}, "row: expected a flat array"),
        ({**SHAPE, "shape": np.array([2, 3]), "data": np.ones(1)}, "shape: expected that of a square matrix"),
        ({**SHAPE, "format": np.array(b"dia"), "data": np.ones(1)}, "format: expected csr, csc or coo, got 'dia'"),
        (
            {**SHAPE, "format": np.array(b"csr"), "data": np.ones(1), "indptr": np.array([0, 2, 1]), "indices": [1]},
            "indptr: expected 3 offsets from 0 to 1 that do not fall",
        ),
        (
            {
                **SHAPE,
                "shape": np.array([2**30, 2**30]),
                "data": np.ones(1),
                "row": np.array([0]),
                "col": np.array([1]),
            },
            "shape: expected a matrix of about as many entries as rows",
        ),
    ],
)
def test_bad_arrays(written, arrays, message):
    with pytest.raises(GraphError, match=message):
        read_graph(written(npz_of(**arrays), "e.npz"))


def lying_npz(claimed_shape, *, packed):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<i8", "fortran_order": False, "shape": claimed_shape})
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
        archive.writestr("edges.npy", header.getvalue() + bytes(64))
    return stream.getvalue()


@pytest.mark.parametrize("packed", [False, True])
def test_no_header_makes_memory(written, packed):
    """A header of terabytes, and an archive that claims them for a member, cost an error."""
    honest = lying_npz((10**12, 2), packed=packed)
    size = zipfile.ZipFile(io.BytesIO(honest)).infolist()[0].file_size
    claims = honest.replace(size.to_bytes(4, "little"), (2**31).to_bytes(4, "little"))
    matrix = (BANNER + "pattern symmetric\n900000000 900000000 900000000\n2 1\n").encode()
    tracemalloc.start()
    for content, name in ((honest, "e.npz"), (claims, "e.npz"), (matrix, "e.mtx")):
        with pytest.raises(GraphError, match="claim"):
            read_graph(written(content, name))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30 * 2**20


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


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=40),
    st.sampled_from([1, 7, 2**21, 2**40]),
    st.integers(1, 5),
)
def test_ids_that_occur_are_numbered_in_their_order(pairs, spread, piece):
    edges = np.array(pairs) * spread
    found, count, names = compact([edges[i : i + piece] for i in range(0, len(edges), piece)])
    ids = sorted({int(i) for i in edges.ravel()})
    assert count == len(ids)
    assert names == (None if ids == list(range(count)) else tuple(ids))
    assert [[ids[u], ids[v]] for u, v in found.tolist()] == edges.tolist()


def test_strings_in_npz_files(tmp_path):
    np.savez(tmp_path / "e.npz", edges=np.array([["ann", "bob"], ["bob", "cid"]]))
    found = read_edges(tmp_path / "e.npz")
    assert found.node_names == ("ann", "bob", "cid")
    assert found.edges.tolist() == [[0, 1], [1, 2]]
    with pytest.raises(GraphError, match="edges: expected integers with n_nodes"):
        read_edges(tmp_path / "e.npz", n_nodes=3)
    np.savez(tmp_path / "e.npz", edges=EDGES * 3)
    assert read_edges(tmp_path / "e.npz").node_names == (0, 3, 6, 9, 12, 15)
    assert read_edges(tmp_path / "e.npz", n_nodes=16).edges.tolist() == (EDGES * 3).tolist()
    with pytest.raises(GraphError, match="edges: expected ids below 15, got 15"):
        read_edges(tmp_path / "e.npz", n_nodes=15)


def test_edges_over_the_nodes_of_a_tree(written):
    found = read_edges(written("bob ann\n")).over(("ann", "bob", "cid"))
    assert found.edges.tolist() == [[1, 0]]
    assert found.graph().n_nodes == 3
    with pytest.raises(GraphError, match="expected nodes of the tree, got 'bob' and 1 more"):
        read_edges(written("bob ann\n")).over(("cid",))


def test_loops_and_repeated_edges_are_those_of_from_edges(written):
    with pytest.warns(SelfLoopWarning, match="1 self-loop"):
        graph = read_graph(written("0 1 2\n1 0 3\n1 1 9\n"))
    assert graph == Graph.from_edges([[0, 1]], [5.0])


def test_what_becomes_of_a_first_row_is_said(written, caplog):
    caplog.set_level("INFO", "hint_se")
    read_edges(written("x,y\n1,2\n", "e.csv"))
    read_edges(written("x,y\na,b\n", "f.csv"))
    read_edges(written("a b\nb c\n"))
    read_edges(written("source,target,age\n0,1,5\n", "g.csv"))
    said = [record.getMessage().split("/")[-1] for record in caplog.records]
    assert said == [
        "e.csv, line 1: taken for the header x, y",
        "f.csv, line 1: taken for an edge of x and y, not for a header",
        "g.csv: ignoring the columns age",
        "g.csv, line 1: taken for the header source, target, age",
    ]


def test_formats_by_suffix():
    names = {"a.CSV": "csv", "a.tsv.gz": "csv", "a.mtx.gz": "mtx", "a.b.npz": "npz", "a": "text", "a.gz": "text"}
    assert {name: format_of(name) for name in names} == names


def test_progress_runs_from_0_to_1_and_may_stop_the_reading(written):
    path = written("0 1\n" * 600_000)
    seen = []
    read_edges(path, progress=lambda stage, fraction: seen.append((stage, fraction)))
    assert {stage for stage, _ in seen} == {"read"}
    fractions = [fraction for _, fraction in seen]
    assert fractions == sorted(fractions)
    assert fractions[0] > 0
    assert fractions[-1] == 1
    with pytest.raises(RuntimeError, match="enough"):
        read_edges(path, progress=lambda *_: (_ for _ in ()).throw(RuntimeError("enough")))


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_graph(tmp_path / "none.txt")
    with pytest.raises(IsADirectoryError):
        read_graph(tmp_path)


@pytest.mark.parametrize("line", [b"12345 6789\n", b"somebody else\n", b"1 2 0.5\n"])
def test_ctrl_c_ends_the_reading_of_an_endless_file(line):
    code = "import sys; from hint_se import read_graph; print('go', flush=True); read_graph('/dev/stdin')"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    block = line * (2**20 // len(line))

    def feed():
        try:
            while True:
                os.write(process.stdin.fileno(), block)
        except OSError:
            pass

    process.stdout.readline()
    feeder = threading.Thread(target=feed)
    feeder.start()
    time.sleep(0.5)
    started = time.perf_counter()
    process.send_signal(signal.SIGINT)
    process.wait(timeout=20)
    elapsed = time.perf_counter() - started
    process.stdin.close()
    feeder.join()
    assert b"KeyboardInterrupt" in process.stderr.read()
    process.stdout.close()
    process.stderr.close()
    # Half a second is the promise; ending the process and a busy machine take their part.
    assert elapsed < 1.0
