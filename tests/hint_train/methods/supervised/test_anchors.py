"""Kernel features of anchors: the formula, sums over blocks, the network of a kernel."""

import numpy as np
import pytest
import torch
from blobs import CPU, LEARN, blobs, problem

from hint_train.config.sections import NetworkConfig
from hint_train.data.pairs import TrainingPairs
from hint_train.methods.config import Config
from hint_train.methods.supervised import anchors
from hint_train.methods.supervised.anchors import Kernel
from hint_train.methods.supervised.closed_form import kernels_of
from hint_train.training.method import generator


@pytest.mark.parametrize("scaling", ["raw", "centred", "l2", "standard"])
def test_kernel_features_are_the_similarities_of_the_formula(scaling):
    rows = blobs(40)[0]
    kernel = Kernel.of(torch.from_numpy(rows), NetworkConfig(features=scaling), 7, 1.0, generator(3))
    x = rows.astype(np.float64)
    if scaling == "l2":
        x = x / np.linalg.norm(x, axis=1, keepdims=True)
    elif scaling == "standard":
        x = (x - x.mean(0)) / x.std(0)
    found = torch.cat([block for _, block in kernel.blocks()]).numpy()
    chosen = np.sort(torch.randperm(40, generator=generator(3))[:7].numpy())
    squared = np.square(x[:, None, :] - x[chosen]).sum(2)
    phi = np.exp(-squared / (2 * squared.mean()))
    assert found == pytest.approx(phi - phi.mean(0), abs=2e-6)
    narrow = Kernel.of(torch.from_numpy(rows), NetworkConfig(features=scaling), 7, 0.25, generator(3))
    phi = np.exp(-2 * squared / squared.mean())
    assert next(narrow.blocks())[1].numpy() == pytest.approx(phi - phi.mean(0), abs=4e-6)


@pytest.mark.parametrize("keep", [0, 2**28])
def test_sums_over_blocks_are_products_of_the_whole_features(monkeypatch, keep):
    kernels, dense, _, _ = problem()
    monkeypatch.setattr(anchors, "_BLOCK", 7)
    monkeypatch.setattr(anchors, "_KEEP_BYTES", keep)
    rows = torch.tensor([3, 4, 11, 12, 13, 30, 41, 58, 59])
    rng = np.random.default_rng(0)
    for chosen in (torch.arange(60), rows):
        image, text = (kernels[m].part(chosen) for m in ("image", "text"))
        k, other = (dense[m][chosen] for m in ("image", "text"))
        maps, values = (
            torch.from_numpy(rng.standard_normal((12, 3))),
            torch.from_numpy(rng.standard_normal((len(k), 2))),
        )
        for _ in range(2):  # the second time from what was kept; a float32 product may round otherwise at another size
            assert len(image) == len(chosen)
            assert image.gram().numpy() == pytest.approx(k.T @ k, abs=1e-5)
            assert image.cross(text).numpy() == pytest.approx(k.T @ other, abs=1e-5)
            assert image.times(maps).numpy() == pytest.approx(k @ maps.numpy(), abs=1e-5)
            assert image.transposed(values).numpy() == pytest.approx(k.T @ values.numpy(), abs=1e-5)


def test_the_network_of_a_kernel_computes_k_w_of_any_row():
    kernels, dense, _, _ = problem()
    maps = torch.randn(12, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    network = kernels["image"].network(maps)
    assert network(torch.from_numpy(blobs()[0])).numpy() == pytest.approx(dense["image"] @ maps.numpy(), abs=1e-5)
    assert not any(p.requires_grad for p in network.parameters())


def test_constant_features_and_more_anchors_than_rows_are_borne():
    image, text = np.ones((9, 3), np.float32), blobs(9)[1]
    kernels = kernels_of(TrainingPairs(image, text), Config(), CPU)
    assert kernels["image"].width == kernels["text"].width == 9
    assert torch.equal(kernels["image"].gram(), torch.zeros(9, 9, dtype=torch.float64))
    for learn in LEARN.values():
        learned = learn(kernels, torch.from_numpy(blobs(9)[2]), Config(), 4, 0)
        assert all(torch.isfinite(w).all() for w in learned.maps.values())
