"""The base hashers: exact updates of the objectives of their papers, classes that they were shown are found."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from blobs import CPU, LEARN, problem

from hint_train.data import load_dataset
from hint_train.methods.config import Config
from hint_train.methods.supervised import batch, dch, srlch
from hint_train.methods.supervised.closed_form import kernels_of, random_signs, signs
from hint_train.methods.supervised.options import (
    BatchConfig,
    DchConfig,
    SrlchConfig,
)
from hint_train.packing import pack
from hint_train.retrieval.evaluate import evaluate
from hint_train.training.method import generator
from hint_train.training.ridge import Ridge


def test_ridge_and_signs():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((9, 4)), rng.standard_normal((9, 2))
    found = Ridge(torch.from_numpy(x.T @ x), 0.7).solve(torch.from_numpy(x.T @ y)).numpy()
    stacked = np.linalg.lstsq(np.vstack([x, np.sqrt(0.7) * np.eye(4)]), np.vstack([y, np.zeros((4, 2))]), rcond=None)[0]
    assert found == pytest.approx(stacked)
    assert signs(torch.tensor([-0.5, 0.0, -0.0, 2.0])).tolist() == [-1, 1, 1, 1]


def never_rises(values):
    return all(b <= a + 1e-9 * abs(a) for a, b in zip(values, values[1:], strict=False))


def test_srlch_lowers_its_objective_and_ends_at_exact_minimisers():
    kernels, dense, labels, config = problem()
    y, values = labels.numpy(), []
    weight, ridge = {"image": 0.3, "text": 0.2}, {"image": 0.5, "text": 0.4}
    for rounds in range(1, 8):
        options = SrlchConfig(
            srlch_iterations=rounds, srlch_image=0.3, srlch_text=0.2, srlch_image_ridge=0.5, srlch_text_ridge=0.4
        )
        learned = srlch.learn(kernels, labels, replace(config, srlch=options), 6, 0)
        b = learned.codes.numpy()
        r = np.linalg.solve(y.T @ y + 0.1 * np.eye(4), y.T @ b)
        value = np.square(b - y @ r).sum() + 0.1 * np.square(r).sum()
        for m, k in dense.items():
            w = learned.maps[m].numpy()
            assert w == pytest.approx(np.linalg.solve(k.T @ k + ridge[m] * np.eye(k.shape[1]), k.T @ b), abs=1e-8)
            value += weight[m] * (np.square(b - k @ w).sum() + ridge[m] * np.square(w).sum())
        values.append(value)
    assert never_rises(values)
    assert values[-1] < values[0]
    pull = y @ r + sum(weight[m] * k @ learned.maps[m].numpy() for m, k in dense.items())
    assert np.array_equal(b, np.where(pull >= 0, 1, -1))  # a fixed point


@pytest.mark.parametrize(("n", "bits", "rank"), [(40, 6, 6), (40, 6, 3), (5, 8, 5), (7, 7, 2)])
def test_twins_of_batch_are_balanced_uncorrelated_and_the_best_of_their_kind(n, bits, rank):
    rng = np.random.default_rng(n)
    wanted = rng.standard_normal((n, rank)) @ rng.standard_normal((rank, bits)) + 3
    found = batch.balanced(torch.from_numpy(wanted), 0).numpy()
    assert found.sum(0) == pytest.approx(np.zeros(bits), abs=1e-9)
    if n > bits:
        assert found.T @ found / n == pytest.approx(np.eye(bits), abs=1e-12)
    assert np.linalg.eigvalsh(found.T @ found / n)[-min(bits, n - 1) :] == pytest.approx(np.ones(min(bits, n - 1)))
    for seed in range(20):
        rival = np.random.default_rng(seed).standard_normal((n, min(bits, n - 1)))
        rival = (
            np.linalg.qr(rival - rival.mean(0))[0]
            @ np.linalg.qr(rng.standard_normal((bits, bits)))[0][: min(bits, n - 1)]
        )
        assert (np.sqrt(n) * rival * wanted).sum() <= (found * wanted).sum() + 1e-9


def test_batch_lowers_its_objective_though_the_similarity_is_never_formed():
    kernels, dense, labels, _ = problem()
    labels[:20, 3] = 1  # several labels for some rows
    y, options = labels.numpy(), BatchConfig(batch_omega=3.0, batch_image=4.0, batch_text=2.0, batch_labels=5.0)
    g = y / np.linalg.norm(y, axis=1, keepdims=True)
    seen = []

    def observed(wanted, seed):
        seen.append(torch.from_numpy(found := original(wanted, seed).numpy()))
        return torch.from_numpy(found)

    original, values = batch.balanced, []
    start = random_signs(60, 6, 0, CPU)
    twins = batch.balanced(torch.randn(60, 6, generator=generator(1), dtype=torch.float64), 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "balanced", observed)
        for rounds in range(1, 8):
            b = batch.discrete_codes(
                kernels, labels, replace(options, batch_iterations=rounds), start, twins, 0
            ).numpy()
            v = seen[-1].numpy()
            value = np.square(6 * g @ g.T - b @ v.T).sum() + 3 * np.square(b - v).sum()
            for weight, k in ((4, dense["image"]), (2, dense["text"]), (5, y)):
                u = np.linalg.solve(v.T @ v + 1e-3 * np.eye(6), v.T @ k)
                value += weight * (np.square(k - v @ u).sum() + 1e-3 * np.square(u).sum())
            values.append(value)
    assert never_rises(values)
    assert values[-1] < values[0]


def test_dch_lowers_its_objective_and_no_single_bit_could_lower_it_further():
    kernels, dense, labels, config = problem()
    y, values = labels.numpy(), []
    for rounds in range(1, 7):
        options = DchConfig(dch_iterations=rounds, dch_image=0.05, dch_text=0.03, dch_ridge=0.2)
        learned = dch.learn(kernels, labels, replace(config, dch=options), 6, 0)
        b = learned.codes.numpy()
        c = np.linalg.solve(b.T @ b + np.eye(6), b.T @ y)
        value = np.square(y - b @ c).sum() + np.square(c).sum()
        for m, k in dense.items():
            w = learned.maps[m].numpy()
            value += {"image": 0.05, "text": 0.03}[m] * (np.square(b - k @ w).sum() + 0.2 * np.square(w).sum())
        values.append(value)
    assert never_rises(values)
    wanted = np.random.default_rng(0).standard_normal((60, 6)) + y @ c.T
    settled = dch.bit_by_bit(learned.codes, torch.from_numpy(wanted), torch.from_numpy(c)).numpy()

    def energy(codes):
        return np.square(codes @ c).sum(1) - 2 * (codes * wanted).sum(1)

    for k in range(6):
        flipped = settled.copy()
        flipped[:, k] *= -1
        assert (energy(flipped) >= energy(settled) - 1e-9).all()


@pytest.mark.parametrize("name", LEARN)
def test_a_base_hasher_finds_classes_it_was_shown(name):
    kernels, dense, labels, config = problem(200, image_anchors=60, text_anchors=60)
    rows = torch.arange(0, 200, 2)
    part = {m: kernel.part(rows) for m, kernel in kernels.items()}
    learned = LEARN[name](part, labels[rows], config, 16, 0)
    again = LEARN[name](part, labels[rows], config, 16, 0)
    assert torch.equal(learned.codes, again.codes)
    codes = {m: pack(np.where(dense[m][1::2] @ learned.maps[m].numpy() >= 0, 1.0, -1.0)) for m in dense}
    shown = labels[1::2].numpy() > 0
    found = evaluate(codes["image"], codes["text"], shown, shown, bits=16, cutoffs=(5,))
    assert found.scores["map"] > 0.7 > 0.5 > found.chance


def test_every_base_learns_on_real_pairs(shared):
    """Labels of a tenth of wikipedia-t100 lift every base well above chance, and all of them above a tenth."""
    data = load_dataset(str(shared("wikipedia-t100.npz")), None)
    config = Config(bits=(16,))
    kernels = kernels_of(data.training_pairs(), config, CPU)
    labels = torch.from_numpy(data.labels[data.train]).double()
    for learn in LEARN.values():
        learned = learn(kernels, labels, config, 16, 0)
        codes = {
            m: pack(kernels[m].network(learned.maps[m])(torch.from_numpy(x[data.query])).numpy())
            for m, x in (("image", data.image), ("text", data.text))
        }
        database = pack(kernels["text"].times(learned.maps["text"]).numpy())
        found = evaluate(codes["image"], database, data.labels[data.query], data.labels[data.train], bits=16)
        assert found.scores["map"] > 0.3 > found.chance
