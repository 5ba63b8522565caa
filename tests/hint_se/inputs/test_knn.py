"""The graph of nearest neighbours is exact, against loops."""

import tracemalloc

import numpy as np
import pytest

from hint_se import Graph, StructuralEntropyClustering
from hint_se.inputs.knn import as_matrix, neighbour_edges


# The nearest neighbours, against loops.
def neighbours_by_loops(rows, k, metric):
    """Return the set of pairs (row, neighbour), by exact distances of Python's integers or by floats."""
    found = set()
    for i, one in enumerate(rows):
        order = []
        for j, other in enumerate(rows):
            if i == j:
                continue
            if metric == "cosine":
                lengths = np.linalg.norm(one) * np.linalg.norm(other)
                if lengths > 0:
                    order.append((-np.dot(one, other) / lengths, j))
            else:
                order.append((sum((a - b) ** 2 for a, b in zip(one, other, strict=True)), j))
        found |= {(i, j) for _, j in sorted(order)[:k]}
    return found


def pairs(rows, k, metric):
    return set(map(tuple, neighbour_edges(as_matrix(rows), k, metric).tolist()))


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
@pytest.mark.parametrize("block", [1, 7, 10**6])
def test_neighbours(metric, block, monkeypatch):
    monkeypatch.setattr("hint_se.inputs.knn._BLOCK_ITEMS", block * 40)
    rows = np.random.default_rng(block).normal(size=(40, 3))
    for k in (1, 5, 39):
        assert pairs(rows, k, metric) == neighbours_by_loops(rows, k, metric)


@pytest.mark.parametrize("block", [1, 7, 10**6])
def test_ties_go_to_the_smaller_row(block, monkeypatch):
    monkeypatch.setattr("hint_se.inputs.knn._BLOCK_ITEMS", block * 49)
    grid = [(10**6 + x, y - 10**6) for x in range(7) for y in range(7)]
    for rows in (grid, grid[:20] * 2, [(3, 4)] * 10):
        for k in (1, 3, 6):
            assert pairs(rows, k, "euclidean") == neighbours_by_loops(rows, k, "euclidean")


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1.0, 1e160, 1e307])
def test_neighbours_at_any_scale(metric, scale):
    rows = np.random.default_rng(2).uniform(-1, 1, (30, 4))
    assert pairs(rows * scale, 4, metric) == neighbours_by_loops(rows, 4, metric)


def test_neighbours_far_from_the_origin_and_beside_an_outlier():
    rows = np.random.default_rng(3).integers(0, 1000, (30, 3)).astype(float)
    expected = neighbours_by_loops(rows, 4, "euclidean")
    assert pairs(rows + 1e12, 4, "euclidean") == expected
    outlier = np.concatenate([rows, [[1e9, -1e9, 1e9]]])
    assert {pair for pair in pairs(outlier, 4, "euclidean") if pair[0] < 30} == expected


def test_rows_of_zeros_have_no_direction():
    rows = np.array([[1.0, 0.0], [0.0, 0.0], [1.0, 0.1], [0.0, 0.0], [-1.0, 0.0]])
    assert pairs(rows, 3, "cosine") == {(0, 2), (0, 4), (2, 0), (2, 4), (4, 0), (4, 2)}
    labels = StructuralEntropyClustering(n_neighbors=1, metric="cosine").fit_predict(rows)
    assert len(set(labels[[0, 1, 3]])) == 3
    assert StructuralEntropyClustering(n_neighbors=1, metric="cosine").fit_predict(np.zeros((3, 2))).tolist() == [
        0,
        1,
        2,
    ]


def test_the_graph_joins_what_either_names():
    rows = np.array([[0.0], [1.0], [2.1], [9.0]])
    graph = StructuralEntropyClustering(n_neighbors=1).fit(rows).graph_
    assert graph == Graph.from_edges([(0, 1), (1, 2), (2, 3)])
    # X is only read.
    assert rows.tolist() == [[0.0], [1.0], [2.1], [9.0]]


def test_neighbours_take_little_memory():
    rows = np.random.default_rng(0).normal(size=(6000, 4))
    tracemalloc.start()
    try:
        neighbour_edges(rows, 5, "euclidean")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # All distances would be 288 MB.
    assert peak < 60e6
