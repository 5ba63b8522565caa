"""Votes and Cohen's kappa against counting by hand and against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from hint_train.structure.agreement import kappa, votes


def test_most_neighbours_decide_and_of_ties_the_nearest():
    communities = np.array([0, 1, 1, 2, 2])
    neighbours = np.array([[1, 2, 3], [3, 0, 4], [0, 1, 3], [4, 1, 0]])
    assert votes(neighbours, communities).tolist() == [1, 2, 0, 2]


def test_votes_of_many_rows_in_blocks(monkeypatch):
    monkeypatch.setattr("hint_train.structure.agreement._BLOCK_ROWS", 7)
    source = np.random.default_rng(0)
    communities, neighbours = source.integers(4, size=50), source.integers(50, size=(50, 9))
    found = votes(neighbours, communities)
    for row, vote in zip(communities[neighbours], found, strict=True):
        counts = np.bincount(row, minlength=4)
        tied = np.flatnonzero(counts == counts.max())
        assert vote == next(c for c in row if c in tied)


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_kappa_is_that_of_scikit_learn(share):
    source = np.random.default_rng(1)
    a = source.integers(5, size=400)
    b = np.where(source.random(400) < share, a, source.integers(5, size=400))
    assert kappa(a, b) == pytest.approx(cohen_kappa_score(a, b), abs=1e-12)


def test_known_values():
    a = np.array([0, 0, 1, 1])
    assert kappa(a, a) == 1
    assert kappa(a, 1 - a) == -1
    assert kappa(a, np.array([0, 1, 0, 1])) == 0
    assert kappa(np.zeros(4, dtype=np.int64), np.zeros(4, dtype=np.int64)) == 0
