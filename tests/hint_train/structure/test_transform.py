"""Features for the nearest-neighbour search: what each transform does, and which one agreement picks."""

import numpy as np
import pytest
import torch

from hint_train.config.sections import GraphConfig
from hint_train.structure.transform import GraphView, choose, confirmed

CPU = torch.device("cpu")


def test_transforms():
    x = np.random.default_rng(0).normal(2, 3, (20, 4)).astype(np.float32)

    def transformed(x, how):
        return GraphView(x, how)[: len(x)]

    assert np.shares_memory(transformed(x, "plain"), x)
    assert np.allclose(transformed(x, "centred"), x - x.mean(0))
    root = np.sign(x) * np.sqrt(np.abs(x))
    root /= np.linalg.norm(root, axis=1, keepdims=True)
    assert np.allclose(transformed(x, "sqrt"), root - root.mean(0), atol=1e-6)
    for how in ("centred", "sqrt"):
        assert np.isfinite(transformed(np.zeros((3, 2), np.float32), how)).all()


def test_confirmed_is_membership():
    rng = np.random.default_rng(1)
    arcs, lists = (np.array([rng.permutation(9)[:k] for _ in range(9)]) for k in (3, 5))
    assert confirmed(arcs, lists).tolist() == [[j in lists[i] for j in arcs[i]] for i in range(9)]


def views(heavy):
    """Two views of ten groups; the second is made of counts whose few large entries hide the group if `heavy`."""
    rng = np.random.default_rng(2)
    group = rng.integers(10, size=300)
    image = rng.standard_normal((10, 8))[group] * 3 + rng.standard_normal((300, 8))
    rate = np.exp(rng.standard_normal((10, 30)))[group]
    bursts = rng.pareto(0.8, rate.shape) if heavy else 1
    return image.astype(np.float32), (rng.poisson(rate) * bursts).astype(np.float32)


def test_auto_takes_the_square_root_where_it_makes_the_modalities_agree():
    config = GraphConfig(k=5, agreement_k=20)
    assert choose(*views(heavy=True), config, 0, CPU) == ("centred", "sqrt")
    rng = np.random.default_rng(3)
    x = rng.standard_normal((10, 6)).astype(np.float32)[rng.integers(10, size=300)]
    x += rng.standard_normal(x.shape).astype(np.float32)
    assert choose(x, x, config, 0, CPU) == ("centred", "centred")


@pytest.mark.parametrize("name", ["plain", "centred", "sqrt"])
def test_a_named_transform_is_taken_for_both(name):
    assert choose(*views(heavy=True), GraphConfig(graph_features=name), 0, CPU) == (name, name)


def test_auto_on_a_handful_of_rows_and_on_constants():
    config = GraphConfig()
    x = np.random.default_rng(4).standard_normal((3, 2)).astype(np.float32)
    assert choose(x, x, config, 0, CPU) == choose(x, x, config, 0, CPU)
    flat = np.ones((30, 2), np.float32)
    assert choose(flat, flat, config, 0, CPU) == ("centred", "centred")
