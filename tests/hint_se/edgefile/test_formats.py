"""Every format gives the same graph."""

import csv
import gzip
import io

import networkx
import numpy as np
import pytest
import scipy.io
import scipy.sparse
from sixnodes import EDGES, WEIGHTS

from hint_se import Graph
from hint_se.edgefile import format_of, read_graph


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


def test_formats_by_suffix():
    names = {"a.CSV": "csv", "a.tsv.gz": "csv", "a.mtx.gz": "mtx", "a.b.npz": "npz", "a": "text", "a.gz": "text"}
    assert {name: format_of(name) for name in names} == names
