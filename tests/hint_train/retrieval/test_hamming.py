"""Packed codes, distances and their counts against loops."""

import numpy as np
import pytest
import torch

from hint_train.errors import DataError
from hint_train.packing import pack, unpack
from hint_train.retrieval.hamming import distance_counts, hamming_distances


def data(n_query=7, n_database=50, bits=12, classes=4, seed=0):
    rng = np.random.default_rng(seed)
    query, database = (pack(rng.standard_normal((n, bits)).astype(np.float32)) for n in (n_query, n_database))
    return query, database, rng.random((n_query, classes)) < 0.3, rng.random((n_database, classes)) < 0.3


@pytest.mark.parametrize("tile", [(1, 10), (3, 50), (4, 7), (256, 16_384)])
def test_counts_match_a_loop_at_any_tile_size(tile, monkeypatch):
    monkeypatch.setattr("hint_train.retrieval.hamming.TILE_QUERIES", tile[0])
    monkeypatch.setattr("hint_train.retrieval.hamming.TILE_ITEMS", tile[1])
    query, database, query_labels, database_labels = data()
    counts = distance_counts(query, database, query_labels, database_labels, 12)
    distance = hamming_distances(query, database)
    shared = query_labels.astype(int) @ database_labels.T.astype(int) > 0
    for i in range(len(query)):
        for d in range(13):
            assert counts.items[i, d] == (distance[i] == d).sum()
            assert counts.relevant[i, d] == ((distance[i] == d) & shared[i]).sum()


@pytest.mark.parametrize("bits", [1, 8, 12, 64, 130])
def test_distance_is_the_population_count_and_the_product(bits):
    rng = np.random.default_rng(bits)
    a, b = (rng.choice([-1.0, 1.0], size=(n, bits)).astype(np.float32) for n in (5, 6))
    assert np.array_equal(hamming_distances(pack(a), pack(b)), ((bits - a @ b.T) / 2).astype(int))
    assert np.array_equal(unpack(pack(a), bits), a)


def test_zero_counts_as_plus_one():
    assert pack(np.array([[0.0, -0.0, -1e-30]], dtype=np.float32)).tolist() == [[0b011]]


def test_unpack_says_what_it_expected():
    with pytest.raises(DataError, match=r"12 bits must be uint8 of shape \(n, 2\)"):
        unpack(np.zeros((3, 4), dtype=np.uint8), 12)


@pytest.mark.gpu
def test_device_counts_the_same():
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    found = [distance_counts(*data(), 12, torch.device(name)) for name in ("cpu", "cuda")]
    assert np.array_equal(found[0].items, found[1].items)
    assert np.array_equal(found[0].relevant, found[1].relevant)
