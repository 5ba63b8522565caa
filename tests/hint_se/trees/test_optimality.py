"""The gap to the exact optimum on graphs of up to ten nodes; `benchmarks/trees/optimality.py` measures it on more."""

import numpy as np
import oracle
import pytest
from benchmarks.trees import optimality

SAMPLE = [matrix for _, _, _, matrix in optimality.graphs(1)]


@pytest.mark.parametrize("n", [4, 5, 6])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", optimality.KINDS)
def test_the_dynamic_program_agrees_with_the_oracle(kind, weighted, n):
    matrix = optimality.random_graph(kind, n, weighted, seed=1)
    u, v = np.nonzero(np.triu(matrix))
    graph = oracle.weighted(list(zip(u.tolist(), v.tolist(), strict=True)), matrix[u, v].tolist())
    assert optimality.least_entropy(matrix) == pytest.approx(oracle.best_entropy(graph, n), abs=1e-12)
    assert optimality.least_entropy(matrix, 2) == pytest.approx(oracle.best_partition_entropy(graph, n), abs=1e-12)


@pytest.mark.parametrize("height", optimality.HEIGHTS, ids=["full", "2"])
@pytest.mark.parametrize("effort", optimality.MARKS)
def test_the_mean_gap_stays_below_its_mark(effort, height):
    gaps = [optimality.gap(matrix, optimality.least_entropy(matrix, height), effort, height) for matrix in SAMPLE]
    assert min(gaps) >= -1e-9
    assert np.mean(gaps) <= optimality.MARKS[effort]
