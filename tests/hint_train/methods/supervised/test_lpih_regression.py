"""The updates of LPIH: an objective that never rises, exact minimisers, limits that have a known answer."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from blobs import CPU, blobs

from hint_train.data.pairs import TrainingPairs
from hint_train.methods.config import Config
from hint_train.methods.supervised import srlch
from hint_train.methods.supervised.closed_form import Learned, kernels_of, random_signs
from hint_train.methods.supervised.lpih import Regression
from hint_train.methods.supervised.options import AnchorConfig, LpihConfig, SrlchConfig

ANCHORS = AnchorConfig(image_anchors=11, text_anchors=13)


def problem(bits=6, **options):
    """Kernels and dense copies of them, labels with a few rows of two, weights, a start, options."""
    image, text, labels = blobs(80, widths=(6, 5))
    labels[:9, 2] = 1
    config = Config(anchors=ANCHORS, lpih=LpihConfig(**options))
    kernels = kernels_of(TrainingPairs(image, text), config, CPU)
    dense = {m: torch.cat([block for _, block in kernel.blocks()]).numpy() for m, kernel in kernels.items()}
    rng = np.random.default_rng(1)
    maps = {m: torch.from_numpy(rng.standard_normal((k.width, bits))) for m, k in kernels.items()}
    start = Learned(random_signs(80, bits, 0, CPU), maps)
    weights = torch.from_numpy(rng.uniform(0, 1, 80))
    return kernels, dense, torch.from_numpy(labels), weights, start, config.lpih


@pytest.mark.parametrize("target", ["labels", "soft"])
def test_no_update_raises_the_objective_which_is_that_of_the_formula(target):
    kernels, dense, labels, weights, start, options = problem(
        lpih_fit=0.4, lpih_stay=0.3, lpih_ridge=0.2, lpih_regression_ridge=0.7
    )
    if target == "soft":
        labels = (labels + torch.rand(labels.shape, generator=torch.Generator().manual_seed(0))) / 2

    def formula(state):
        b, y, w, r = state.codes.numpy(), labels.numpy(), weights.numpy()[:, None], state.regression.numpy()
        value = (w * np.square(b - y @ r)).sum() + 0.7 * np.square(r).sum()
        for m, k in dense.items():
            maps, before = state.maps[m].numpy(), start.maps[m].numpy()
            value += 0.4 * np.square(b - k @ maps).sum()
            value += 0.3 * np.square(maps - before).sum() + 0.2 * np.square(maps).sum()
        return value

    state = Regression(kernels, labels, weights, start, options)
    values = [formula(state)]
    for _ in range(6):
        for update in (state.update_regression, state.update_maps, state.update_codes):
            update()
            values.append(formula(state))
            assert state.objective() == pytest.approx(values[-1])
    assert all(b <= a * (1 + 1e-12) for a, b in zip(values, values[1:], strict=False))
    assert values[-1] < 0.9 * values[0]
    assert set(state.codes.unique().tolist()) == {-1.0, 1.0}


def test_each_update_is_an_exact_minimiser():
    kernels, _, labels, weights, start, options = problem(lpih_fit=0.4, lpih_stay=0.3, lpih_ridge=0.2)
    state = Regression(kernels, labels, weights, start, options)
    rng = np.random.default_rng(0)
    for update, name in ((state.update_regression, "regression"), (state.update_maps, "maps")):
        update()
        best, kept = state.objective(), getattr(state, name)
        for _ in range(10):
            if name == "maps":
                state.maps = {m: w + 1e-3 * torch.from_numpy(rng.standard_normal(w.shape)) for m, w in kept.items()}
            else:
                state.regression = kept + 1e-3 * torch.from_numpy(rng.standard_normal(kept.shape))
            assert state.objective() > best
        setattr(state, name, kept)
    state.update_codes()
    best, codes = state.objective(), state.codes
    for row, bit in zip(rng.integers(80, size=30), rng.integers(6, size=30), strict=True):
        flipped = codes.clone()
        flipped[row, bit] *= -1
        rival = Regression(kernels, labels, weights, replace(start, codes=flipped), options)
        rival.maps, rival.regression = state.maps, state.regression
        assert rival.objective() >= best - 1e-9


def test_staying_near_at_any_price_returns_the_inherited_functions_and_at_none_the_plain_ridge():
    kernels, dense, labels, weights, start, options = problem(lpih_stay=1e12)
    near = Regression(kernels, labels, weights, start, options).learned()
    for m, w in start.maps.items():
        assert near.maps[m].numpy() == pytest.approx(w.numpy(), abs=1e-8)
    options = replace(options, lpih_stay=0.0, lpih_fit=0.4, lpih_ridge=0.2)
    free = Regression(kernels, labels, weights, start, options).learned()
    for m, k in dense.items():
        stacked = np.vstack([np.sqrt(0.4) * k, np.sqrt(0.2) * np.eye(k.shape[1])])
        wanted = np.vstack([np.sqrt(0.4) * free.codes.numpy(), np.zeros((k.shape[1], 6))])
        assert free.maps[m].numpy() == pytest.approx(np.linalg.lstsq(stacked, wanted, rcond=None)[0], abs=1e-8)


class Orthonormal:
    """Stands in for a kernel whose features are orthonormal columns."""

    def __init__(self, n, width, seed):
        self.k = torch.from_numpy(np.linalg.qr(np.random.default_rng(seed).standard_normal((n, width)))[0])

    def gram(self):
        return self.k.T @ self.k

    def times(self, maps):
        return self.k @ maps

    def transposed(self, values):
        return self.k.T @ values


def test_orthonormal_features_give_the_maps_in_one_product():
    _, _, labels, weights, start, options = problem(lpih_fit=1.0, lpih_stay=0.0, lpih_ridge=0.5)
    kernels = {"image": Orthonormal(80, 11, 0), "text": Orthonormal(80, 13, 1)}
    state = Regression(kernels, labels, weights, start, options)
    state.update_maps()
    for m, kernel in kernels.items():
        assert state.maps[m].numpy() == pytest.approx((kernel.k.T @ start.codes / 1.5).numpy())


def test_true_labels_as_pseudo_labels_equal_the_fully_supervised_run():
    """With eta = 0 and delta = alpha mu, and all weights 1, the updates are those of SRLCH over all rows."""
    kernels, _, labels, _, start, options = problem(
        lpih_fit=0.3, lpih_stay=0.0, lpih_ridge=0.06, lpih_regression_ridge=0.1, lpih_sweeps=4
    )
    found = Regression(kernels, labels, torch.ones(80, dtype=torch.float64), start, options).learned()
    supervised = SrlchConfig(
        srlch_iterations=4, srlch_image=0.3, srlch_text=0.3, srlch_image_ridge=0.2, srlch_text_ridge=0.2
    )
    expected = srlch.learn(kernels, labels, Config(srlch=supervised), 6, 0)
    assert torch.equal(found.codes, expected.codes)
    for m in kernels:
        assert found.maps[m].numpy() == pytest.approx(expected.maps[m].numpy(), abs=1e-8)
