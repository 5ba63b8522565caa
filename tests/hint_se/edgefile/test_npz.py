"""Arrays in npz files; no header is believed."""

import io
import tracemalloc
import zipfile

import numpy as np
import pytest
from sixnodes import EDGES, WEIGHTS

from hint_se import GraphError
from hint_se.edgefile import read_edges, read_graph


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
    matrix = b"%%MatrixMarket matrix coordinate pattern symmetric\n900000000 900000000 900000000\n2 1\n"
    tracemalloc.start()
    for content, name in ((honest, "e.npz"), (claims, "e.npz"), (matrix, "e.mtx")):
        with pytest.raises(GraphError, match="claim"):
            read_graph(written(content, name))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30 * 2**20


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
