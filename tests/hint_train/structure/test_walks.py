"""Shares of the communities in which random walks end, beside powers of the dense transition matrix."""

import numpy as np
import pytest

from hint_train.structure import walks
from hint_train.structure.pair_graph import PairGraph


def random_graph(n, n_edges, seed):
    """A graph with repeated edges and, at its end, nodes without an edge."""
    rng = np.random.default_rng(seed)
    ends = rng.integers(0, n - 3, size=(n_edges, 2))
    ends = ends[ends[:, 0] != ends[:, 1]]
    return PairGraph(ends, rng.uniform(0.5, 2, len(ends)), n, contracted=True)


def dense(graph, communities, steps):
    """(n, C) shares by a power of the whole matrix."""
    matrix = np.zeros((graph.n_nodes, graph.n_nodes))
    for (i, j), w in zip(graph.edges, graph.weights, strict=True):
        matrix[i, j] += w
        matrix[j, i] += w
    for i in range(graph.n_nodes):
        if matrix[i].sum() == 0:
            matrix[i, i] = 1
    matrix /= matrix.sum(axis=1, keepdims=True)
    return np.linalg.matrix_power(matrix, steps) @ np.eye(communities.max() + 1)[communities]


def spread(table, width):
    """The rows of a table as rows of a matrix."""
    out = np.zeros((len(table.share), width))
    for i, (community, share) in enumerate(zip(table.community, table.share, strict=True)):
        np.add.at(out[i], community, share)
    return out


@pytest.mark.parametrize("steps", [1, 2, 5])
@pytest.mark.parametrize("block", [7, 8192])
def test_shares_are_those_of_the_power_of_the_transition_matrix(steps, block, monkeypatch):
    monkeypatch.setattr(walks, "_BLOCK_ROWS", block)
    graph = random_graph(60, 150, seed=steps)
    communities = np.random.default_rng(1).integers(0, 12, 60)
    communities[-1] = 12
    table = walks.walked(graph, communities, steps)
    assert spread(table, 13) == pytest.approx(dense(graph, communities, steps), abs=1e-6)
    assert (np.diff(table.share, axis=1) <= 0).all()


def test_a_node_without_an_edge_stays_in_its_own_community():
    table = walks.walked(random_graph(20, 40, seed=0), np.arange(20), 3)
    assert table.community[-1, 0] == 19
    assert table.share[-1].tolist() == [1.0] + [0.0] * (table.share.shape[1] - 1)


def test_the_greatest_shares_are_kept_and_scaled_and_of_equal_ones_the_lower_numbers(monkeypatch):
    """From the middle of a star one step reaches five communities: one by twice the weight, the others alike."""
    monkeypatch.setattr(walks, "_MOST", 3)
    edges = np.array([[0, i] for i in range(1, 6)])
    table = walks.walked(PairGraph(edges, np.array([1.0, 1, 1, 2, 1]), 6, contracted=True), np.arange(6), 1)
    assert table.community[0].tolist() == [4, 1, 2]
    assert table.share[0] == pytest.approx([0.5, 0.25, 0.25])


def test_rows_of_a_table_are_taken_by_a_slice():
    table = walks.walked(random_graph(20, 40, seed=0), np.arange(20) % 4, 2)
    part = table[5:9]
    assert np.array_equal(part.community, table.community[5:9])
    assert np.array_equal(part.share, table.share[5:9])


def test_rows_of_mismatched_pairs_go_where_their_own_neighbours_go():
    """(1 - q_i) p_i + q_i times the mean of p_j over the neighbours weighted by 1 - q_j, as a loop."""
    rng = np.random.default_rng(2)
    table = walks.walked(random_graph(40, 90, seed=1), rng.integers(0, 9, 40), 2)
    near = np.stack([rng.permutation(40)[:5] for _ in range(40)]).astype(np.int32)
    q = np.where(rng.random(40) < 0.4, rng.random(40), 0).astype(np.float32)
    before = spread(table, 9)
    found = spread(walks.apart(table, near, q), 9)
    for i in range(40):
        trust = 1 - q[near[i]]
        mean = sum(w * before[j] for w, j in zip(trust, near[i], strict=True)) / trust.sum()
        assert found[i] == pytest.approx((1 - q[i]) * before[i] + q[i] * mean, abs=1e-6)
    assert not np.allclose(found, before)


@pytest.mark.parametrize("weights", ["all alike", "drawn"])
def test_what_is_left_out_before_the_sort_changes_no_bit(weights, monkeypatch):
    """Rows that reach some two hundred communities, of which many shares tie where the weights are all alike."""
    drawn = random_graph(600, 9000, seed=2)
    graph = drawn if weights == "drawn" else PairGraph(drawn.edges, np.ones(len(drawn.edges)), 600, contracted=True)
    communities = np.random.default_rng(3).integers(0, 500, 600)
    communities[-1] = 500
    found = walks.walked(graph, communities, 4)
    monkeypatch.setattr(walks, "_FILLED", 0)
    every = walks.walked(graph, communities, 4)
    assert found.share.shape[1] == 32
    assert np.array_equal(found.community, every.community)
    assert np.array_equal(found.share, every.share)
