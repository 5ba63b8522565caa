"""Time of the evaluation and of the neighbour search: `pytest benchmarks/training/bench_train_evaluate.py --benchmark-only`."""

import numpy as np
import pytest
import torch

from hint_train.packing import pack
from hint_train.retrieval.evaluate import evaluate
from hint_train.structure.knn import nearest


def codes(n, bits, seed):
    return pack(np.random.default_rng(seed).standard_normal((n, bits)).astype(np.float32))


@pytest.mark.parametrize("ties", ["expected", "index"])
@pytest.mark.parametrize("bits", [16, 64, 128])
def test_map_of_2000_queries_over_18000_items(benchmark, bits, ties):
    labels = np.eye(24, dtype=bool)[np.random.default_rng(0).integers(24, size=20_000)]
    query, database = codes(2_000, bits, 1), codes(18_000, bits, 2)

    def work():
        return evaluate(query, database, labels[:2_000], labels[2_000:], bits=bits, ties=ties)

    found = benchmark.pedantic(work, rounds=3, iterations=1, warmup_rounds=1)
    assert found.scores["map"] == pytest.approx(found.chance, abs=0.01)
    benchmark.extra_info.update(n_query=2_000, n_database=18_000, bits=bits)


@pytest.mark.parametrize("n", [1_000, 10_000])
def test_neighbours_of_512_features(benchmark, n):
    x = torch.randn(n, 512, generator=torch.Generator().manual_seed(0))
    index, _ = benchmark.pedantic(lambda: nearest(x, 20), rounds=3, iterations=1, warmup_rounds=1)
    assert index.shape == (n, 20)
    benchmark.extra_info.update(rows=n, features=512, neighbours=20)
