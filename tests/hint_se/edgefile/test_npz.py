"""Arrays in npz files; no header is believed."""

import io
import tracemalloc
import zipfile

import numpy as np
import pytest
from sixnodes import EDGES, WEIGHTS

import hint_se
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
        # zipfile of newer Pythons refuses a member that would run into the next itself.
        with pytest.raises(GraphError, match="claim|Overlapped"):
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


@pytest.mark.parametrize("weight", ["weight", "weights", "w", "edge_weight", "value", "count", "Weight"])
@pytest.mark.parametrize("edges", ["edges", "edge_index", "edge_list"])
def test_known_names_of_edges_and_weights(tmp_path, edges, weight):
    np.savez(tmp_path / "e.npz", **{edges: EDGES, weight: WEIGHTS})
    assert read_graph(tmp_path / "e.npz") == hint_se.Graph.from_edges(EDGES, WEIGHTS)


@pytest.mark.parametrize("count", ["n_nodes", "num_nodes", "n"])
def test_stored_counts_keep_isolated_nodes(tmp_path, count):
    np.savez(tmp_path / "e.npz", edges=EDGES, **{count: 9})
    assert read_graph(tmp_path / "e.npz") == hint_se.Graph.from_edges(EDGES, n_nodes=9)
    assert read_graph(tmp_path / "e.npz", n_nodes=9).n_nodes == 9
    with pytest.raises(GraphError, match=f"{count}: expected 8 nodes, as asked for, got 9"):
        read_graph(tmp_path / "e.npz", n_nodes=8)


def test_columns_and_names(tmp_path):
    np.savez(tmp_path / "e.npz", source=EDGES[:, 0], target=EDGES[:, 1], weight=WEIGHTS)
    assert read_graph(tmp_path / "e.npz") == hint_se.Graph.from_edges(EDGES, WEIGHTS)
    names = np.array([f"node {i}" for i in range(8)])
    np.savez(tmp_path / "e.npz", edges=EDGES, names=names)
    assert read_graph(tmp_path / "e.npz") == hint_se.Graph.from_edges(EDGES, n_nodes=8, node_names=names.tolist())


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"edges": EDGES, "edge_attr": WEIGHTS}, "got also 'edge_attr'; write the file without, or under a known name"),
        ({"edges": EDGES, "weights": WEIGHTS, "labels": WEIGHTS, "x": WEIGHTS}, "got also 'labels', 'x'"),
        ({"edges": EDGES, "edge_index": EDGES.T}, "expected one of edges, .*, got edges and edge_index"),
        ({"edges": EDGES, "source": [0, 1], "target": [1, 2]}, "expected one list of edges, got 'edges' and 'source'"),
        (
            {"edges": EDGES, "weight": WEIGHTS, "weights": WEIGHTS},
            "expected one array of weights, got 'weight' and 'weights'",
        ),
        ({"edges": EDGES, "Value": WEIGHTS, "w": WEIGHTS}, "expected one array of weights, got 'Value' and 'w'"),
        ({"edges": EDGES, "n": 9, "n_nodes": 9}, "expected one of n_nodes, .*, got n_nodes and n"),
        (
            {"edges": EDGES, "weight": WEIGHTS, "Weight": WEIGHTS},
            "expected one array of weights, got 'weight' and 'Weight'",
        ),
        ({"edges": EDGES, "n_nodes": 2**29}, "n_nodes: expected about as many nodes as edges, got 536870912"),
        ({"edges": EDGES, "n_nodes": [9, 9]}, r"n_nodes: expected one integer, got int64 of shape \(2,\)"),
        ({"edges": EDGES, "n_nodes": 4}, "edges: expected ids below 4"),
        ({"edges": EDGES, "names": ["a", "b"]}, "expected ids below 2"),
        ({"edges": EDGES, "names": ["a"] * 6}, "distinct names, got 5 repeated"),
        ({"source": EDGES[:, 0]}, "expected the array edges, or a matrix of scipy.sparse.save_npz; got neither"),
    ],
)
def test_members_that_nobody_knows_are_refused_by_name(tmp_path, arrays, message):
    np.savez(tmp_path / "e.npz", **arrays)
    with pytest.raises(GraphError, match=r"e\.npz: .*" + message):
        read_graph(tmp_path / "e.npz")
