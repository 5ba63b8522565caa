"""Neighbours from cells: exact where all cells are looked into, close to it where few are, the same on any number of threads."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from hint_train.config.sections import SearchConfig
from hint_train.data.pairs import TrainingPairs
from hint_train.errors import ConfigError, DataError
from hint_train.methods.check import check
from hint_train.methods.config import Config
from hint_train.methods.hint.structure import prepare
from hint_train.structure.cells import _Prepared, nearest_in_cells
from hint_train.structure.knn import nearest

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def rows():
    """3,000 rows around 40 centres."""
    source = np.random.default_rng(3)
    centres = 3 * source.standard_normal((40, 24))
    return (centres[source.integers(40, size=3000)] + source.standard_normal((3000, 24))).astype(np.float32)


def recall(found, expected):
    return np.mean([len(np.intersect1d(a, b)) / len(b) for a, b in zip(found, expected, strict=True)])


@pytest.mark.parametrize("similarity", ["cosine", "l2", "l1"])
def test_all_cells_give_the_exact_neighbours(rows, similarity):
    few = rows[:500]
    index, value = nearest_in_cells(few, 7, similarity, 1.0, 0)
    exact, exact_value = (x.numpy() for x in nearest(few, 7, similarity, CPU))
    assert recall(index, exact) > 0.9995  # products and differences round differently
    assert value == pytest.approx(exact_value, abs=1e-5)
    assert value.dtype == np.float32
    assert index.dtype == np.int64


@pytest.mark.parametrize("similarity", ["cosine", "l2", "l1"])
def test_rows_of_zeros_are_no_ones_neighbours_by_cosine(similarity):
    """Tags of a picture without any: cosine 0 with every row."""
    source = np.random.default_rng(0)
    sparse = np.where(source.random((300, 12)) < 0.2, source.random((300, 12)), 0).astype(np.float32)
    sparse[::20] = 0
    index, value = nearest_in_cells(sparse, 6, similarity, 1.0, 0)
    exact = nearest(sparse, 6, similarity, CPU)[1].numpy()
    assert value == pytest.approx(exact, abs=1e-3 if similarity == "l2" else 1e-5)  # the root of a rounded 0
    if similarity == "cosine":
        filled = np.flatnonzero(value[:, -1] > 0)
        assert np.isin(index[filled], np.flatnonzero(sparse.any(axis=1))).all()
        assert len(filled) > 200


@pytest.mark.parametrize("k", [0, 9])
def test_more_neighbours_than_rows_are_refused(rows, k):
    with pytest.raises(DataError, match=f"cannot find {k} neighbours of each of 9 rows: there are 8 others"):
        nearest_in_cells(rows[:9], k, "l2", 1.0, 0)


def test_the_sample_of_the_centres_is_spread_over_all_blocks(rows, monkeypatch):
    monkeypatch.setattr("hint_train.structure.cells._BLOCK_ROWS", 7)
    sample = _Prepared(rows[:100], "cosine").sample(30)
    assert np.array_equal(sample, torch.nn.functional.normalize(torch.from_numpy(rows[:100:4])).numpy())


@pytest.mark.parametrize("similarity", ["cosine", "l2", "l1"])
def test_a_tenth_of_the_cells_finds_almost_all(rows, similarity):
    index, value = nearest_in_cells(rows, 20, similarity, 0.1, 0)
    assert recall(index, nearest(rows, 20, similarity, CPU)[0].numpy()) > 0.95
    assert (index != np.arange(3000)[:, None]).all()
    assert (np.diff(value, axis=1) <= 0).all()


def test_a_row_whose_cells_hold_too_few_meets_all(rows):
    few = rows[:60]
    index, _ = nearest_in_cells(few, 59, "l2", 0.01, 0)
    assert (np.sort(index, axis=1) == [np.delete(np.arange(60), i) for i in range(60)]).all()


def test_equal_rows_are_ranked_by_number_and_never_hold_themselves():
    index, value = nearest_in_cells(np.ones((9, 3), dtype=np.float32), 4, "l2", 1.0, 0)
    assert (index != np.arange(9)[:, None]).all()
    assert (np.diff(index, axis=1) > 0).all()
    assert (value == 1).all()


def test_threads_change_nothing_and_seeds_do(rows):
    import faiss

    before = faiss.omp_get_max_threads()
    found = []
    try:
        for threads in (1, 2):
            faiss.omp_set_num_threads(threads)
            found.append(nearest_in_cells(rows, 20, "cosine", 0.02, 0))
            assert faiss.omp_get_max_threads() == threads
    finally:
        faiss.omp_set_num_threads(before)
    assert all(np.array_equal(a, b) for a, b in zip(*found, strict=True))
    assert not np.array_equal(found[0][0], nearest_in_cells(rows, 20, "cosine", 0.02, 1)[0])


def test_the_graph_of_a_run_is_made_from_them(rows):
    pairs = TrainingPairs(rows, rows[:, ::-1].copy())
    exact = prepare(pairs, Config(), CPU)
    cells = prepare(pairs, replace(Config(), search=SearchConfig(search="cells", probe=0.2)), CPU)
    assert cells.tree.entropy == pytest.approx(exact.tree.entropy, rel=0.02)
    assert not np.array_equal(cells.lists["image"].index, exact.lists["image"].index)


@pytest.mark.parametrize("probe", [0.0, 1.5, float("nan")])
def test_a_share_of_cells_lies_between_0_and_1(probe):
    with pytest.raises(ConfigError, match=r"--probe must lie in \(0, 1\]"):
        check(replace(Config(), search=SearchConfig(probe=probe)))
