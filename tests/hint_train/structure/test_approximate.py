"""Approximate neighbours: nearly the exact ones, the same on any number of threads, and told by the run."""

import logging
from dataclasses import replace

import numpy as np
import pytest
import torch

from hint_train.config.sections import GraphConfig, SearchConfig
from hint_train.data.pairs import TrainingPairs
from hint_train.errors import ConfigError, DataError
from hint_train.methods.check import check
from hint_train.methods.config import Config
from hint_train.methods.hint.structure import prepare
from hint_train.ranks import Ranks
from hint_train.structure import neighbour_lists, progress
from hint_train.structure.approximate import _Prepared, nearest_approximately
from hint_train.structure.inverted import best_of

CPU = torch.device("cpu")
APPROXIMATE = replace(Config(), search=SearchConfig(search="approximate"))


@pytest.fixture(scope="module")
def rows():
    """3,000 rows around 40 centres, of an odd number of columns."""
    source = np.random.default_rng(3)
    centres = 3 * source.standard_normal((40, 25))
    return (centres[source.integers(40, size=3000)] + source.standard_normal((3000, 25))).astype(np.float32)


def brute_force(rows, k):
    """Neighbours and similarities in float64."""
    x = rows.astype(np.float64)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    alike = x @ x.T
    np.fill_diagonal(alike, -1)
    index = np.argsort(-alike, axis=1, kind="stable")[:, :k]
    return index, np.take_along_axis(alike, index, axis=1)


@pytest.mark.parametrize("scale", [1, 2.0**-100, 2.0**100])
def test_nearly_all_neighbours_are_found_and_their_similarities_close(rows, scale):
    index, value = nearest_approximately((rows * scale).astype(np.float32), 20, 0)
    exact, alike = brute_force(rows, 20)
    assert np.mean([np.isin(e, i).mean() for e, i in zip(exact, index, strict=True)]) > 0.93
    assert (index != np.arange(3000)[:, None]).all()
    assert (np.diff(np.sort(index, axis=1), axis=1) > 0).all()
    assert (np.diff(value, axis=1) <= 0).all()
    assert (index.dtype, value.dtype) == (np.int32, np.float32)
    if scale == 1:
        same = index[:, 0] == exact[:, 0]
        assert value[same, 0] == pytest.approx(alike[same, 0], abs=1e-3)


@pytest.mark.parametrize("d", [2, 3, 5, 10])
def test_neighbours_in_few_dimensions_are_nearly_as_near(d):
    rows = np.random.default_rng(d).standard_normal((2000, d)).astype(np.float32)
    _, value = nearest_approximately(rows, 20, 0)
    _, alike = brute_force(rows, 20)
    assert (alike - value).mean() < 1e-3


def test_equal_rows_are_ranked_by_number_never_hold_themselves_and_are_all_alike():
    apart = np.random.default_rng(0).standard_normal((250, 25)).astype(np.float32)
    index, value = nearest_approximately(np.repeat(apart, 8, axis=0), 7, 0)
    others = [[8 * (i // 8) + j for j in range(8) if 8 * (i // 8) + j != i] for i in range(2000)]
    assert np.array_equal(index, others)
    assert (value >= 1 - 2.0**-21).all()
    crowd, _ = nearest_approximately(np.ones((1200, 3), dtype=np.float32), 4, 0)
    assert (crowd != np.arange(1200)[:, None]).all()


def test_a_row_whose_cells_hold_too_few_meets_all(rows):
    index, _ = nearest_approximately(rows[:1100], 1099, 0)
    assert (np.sort(index, axis=1) == [np.delete(np.arange(1100), i) for i in range(1100)]).all()


@pytest.mark.parametrize("k", [0, 9])
def test_more_neighbours_than_rows_are_refused(rows, k):
    with pytest.raises(DataError, match=f"cannot find {k} neighbours of each of 9 rows: there are 8 others"):
        nearest_approximately(rows[:9], k, 0)


def test_the_sample_is_drawn_from_all_blocks_and_by_the_seed(rows, monkeypatch):
    monkeypatch.setattr("hint_train.structure.approximate._BLOCK_ROWS", 7)
    prepared = _Prepared(rows[:100])
    everything = np.concatenate([prepared[block] for block in prepared.blocks(0, 100)])
    sample = prepared.sample(30, 0, Ranks())
    where = [int(np.flatnonzero((everything == row).all(axis=1))[0]) for row in sample]
    assert len(set(where)) == 30
    assert max(where) - min(where) > 60
    assert np.array_equal(prepared.sample(100, 1, Ranks()), everything)
    assert not np.array_equal(sample, prepared.sample(30, 1, Ranks()))


def test_threads_change_nothing_and_seeds_do():
    import faiss

    rows = np.random.default_rng(4).standard_normal((3000, 200)).astype(np.float32)
    before = faiss.omp_get_max_threads()
    found = []
    try:
        for threads in (1, 2, 3, 4, 8, 16):
            faiss.omp_set_num_threads(threads)
            found.append(nearest_approximately(rows, 20, 0))
            assert faiss.omp_get_max_threads() == threads
    finally:
        faiss.omp_set_num_threads(before)
    for other in found[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(found[0], other, strict=True))
    assert not np.array_equal(found[0][0], nearest_approximately(rows, 20, 1)[0])


def test_the_graph_of_a_run_is_made_from_them_and_its_result_says_so(rows):
    pairs = TrainingPairs(rows, rows[:, ::-1].copy())
    exact, found = prepare(pairs, Config(), CPU), prepare(pairs, APPROXIMATE, CPU)
    assert found.tree.entropy == pytest.approx(exact.tree.entropy, rel=0.02)
    assert not np.array_equal(found.lists["image"].index, exact.lists["image"].index)
    assert exact.notes() == ()
    assert found.notes() == (
        "neighbours were found approximately, by an inverted file of short codes; --search exact compares all pairs of rows",
    )


@pytest.mark.parametrize(
    ("n", "search", "similarity", "device", "approximate"),
    [
        (50_000, "auto", "cosine", "cpu", False),
        (50_001, "auto", "cosine", "cpu", True),
        (50_001, "auto", "l1", "cpu", False),
        (50_001, "auto", "cosine", "cuda", False),
        (50_001, "exact", "cosine", "cpu", False),
        (1_000, "approximate", "cosine", "cpu", False),
        (50_001, "auto", "l2", "cpu", False),
        (1_001, "approximate", "cosine", "cuda", True),
    ],
)
def test_many_rows_on_the_cpu_are_searched_approximately(n, search, similarity, device, approximate):
    graph, how = GraphConfig(similarity=similarity), SearchConfig(search=search)
    assert neighbour_lists.approximates(n, graph, torch.device(device), how) is approximate


@pytest.mark.parametrize("similarity", ["l2", "l1"])
def test_distances_are_compared_exactly_or_not_at_all(similarity):
    with pytest.raises(
        ConfigError, match=f"--search approximate knows no --similarity {similarity}; take exact, or cosine"
    ):
        check(replace(APPROXIMATE, graph=GraphConfig(similarity=similarity)))


def test_ctrl_c_ends_a_search_between_blocks(rows, monkeypatch):
    """Blocks take a tenth of a second or less; an interrupt in between is not swallowed, and the next search works."""

    def interrupted(items, what):
        yield items[0]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("hint_train.structure.approximate.told", interrupted)
        nearest_approximately(rows, 5, 0)
    assert len(nearest_approximately(rows, 5, 0)[0]) == 3000


def test_long_searches_say_how_far_they_are(caplog, monkeypatch):
    monkeypatch.setattr(progress, "_SECONDS_BETWEEN_LINES", 0.0)
    with caplog.at_level(logging.INFO):
        assert list(progress.told("abc", "letters")) == ["a", "b", "c"]
    assert caplog.messages == ["letters: 0 of 3 blocks", "letters: 1 of 3 blocks", "letters: 2 of 3 blocks"]


def test_of_equal_scores_the_smaller_numbers_are_the_best():
    number = np.array([[9, 4, 7, 5, 1], [3, 2, 1, 0, 8]])
    score = np.array([[1, 2, 1, 1, 0], [-np.inf, 5, 5, 5, -np.inf]], dtype=np.float32)
    assert best_of(number, score, 3)[0].tolist() == [[4, 5, 7], [0, 1, 2]]
    assert best_of(number, score, 4)[0].tolist() == [[4, 5, 7, 9], [0, 1, 2, 3]]
    assert best_of(number, score, 9)[0].tolist() == [[4, 5, 7, 9, 1], [0, 1, 2, 3, 8]]
