"""Health of codes: the figures, which rows they are taken from, and when a warning is logged."""

import logging
from dataclasses import replace

import numpy as np
import pytest
import torch

from hint_train.config.sections import OptimiserConfig
from hint_train.methods.config import Config
from hint_train.methods.hint.method import Hint
from hint_train.runs.training_run import run
from hint_train.training.health import HealthWatch, code_health
from hint_train.training.method import TrainingSet


class Signs(torch.nn.Module):
    """A hash network whose code is the signs of the features."""

    def __init__(self):
        super().__init__()
        self.register_buffer("shift", torch.zeros(()))

    def forward(self, x):
        return x


def health(ones):
    """Figures of codes given as booleans, for both modalities."""
    signs = torch.from_numpy(np.where(ones, np.float32(1), np.float32(-1)))
    return code_health({"image": Signs(), "text": Signs()}, TrainingSet(signs, signs))


def warnings_about(ones, caplog, epochs=1):
    n, bits = ones.shape
    watch = HealthWatch(bits, n)
    for epoch in range(1, epochs + 1):
        watch.look(health(ones) | {"epoch": epoch})
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


@pytest.fixture
def random_bits():
    return np.random.default_rng(0).integers(2, size=(3000, 32)).astype(bool)


@pytest.mark.parametrize("shape", [(3000, 32), (3000, 8), (100, 16), (50, 4), (9, 2), (40, 1), (2, 64)])
def test_random_codes_are_healthy(random_bits, caplog, shape):
    rng = np.random.default_rng(1)
    half = np.arange(shape[0]) % 2 == 0  # balanced, which few rows need not be by chance
    ones = np.stack([rng.permutation(half) for _ in range(shape[1])], axis=1)
    assert warnings_about(ones, caplog) == []


def test_codes_that_are_classes_are_healthy(caplog):
    codes = np.random.default_rng(0).integers(2, size=(10, 64)).astype(bool)
    assert warnings_about(codes[np.arange(3000) % 10], caplog) == []


def test_copies_of_one_balanced_bit(random_bits, caplog):
    ones = np.repeat(random_bits[:, :1], 32, axis=1)
    ones[:, ::2] ^= True  # a bit turned round is a copy as well
    found = warnings_about(ones, caplog)
    assert [text.split(": ")[1].split(" ")[0] for text in found] == ["only", "bits"]
    assert "after epoch 1 the 32-bit codes" in found[0]
    assert "only 2 distinct codes in 2048 training rows" in found[0]
    assert "bits copy one another (mean correlation 1.00, more than 0.5)" in found[1]


def test_copies_among_codes_that_are_many(random_bits, caplog):
    ones = random_bits.copy()
    ones[:, :28] = ones[:, :1]
    assert ["copy" in text for text in warnings_about(ones, caplog)] == [True]


def test_dead_bits(random_bits, caplog):
    ones = random_bits.copy()
    ones[:, :8] = True
    assert warnings_about(ones, caplog) == []
    ones[:, 8] = False
    assert ["9 of 32 bits are constant" in text for text in warnings_about(ones, caplog)] == [True]


def test_one_code_for_all(random_bits, caplog):
    found = warnings_about(np.ones_like(random_bits), caplog)
    assert any("only 1 distinct code in 2048 training rows" in text for text in found)
    assert any("32 of 32 bits are constant" in text for text in found)


def test_each_fault_is_named_once_and_a_new_one_when_it_comes(random_bits, caplog):
    ones = random_bits.copy()
    ones[:, :16] = True
    assert len(warnings_about(ones, caplog, epochs=3)) == 1
    watch = HealthWatch(32, 3000)
    caplog.clear()
    for epoch, codes in enumerate((random_bits, ones, random_bits, np.ones_like(ones), ones), start=1):
        watch.look(health(codes) | {"epoch": epoch})
    texts = [record.getMessage() for record in caplog.records]
    assert [("epoch 2 " in t, "constant" in t, "distinct" in t) for t in texts] == [
        (True, True, False),
        (False, False, True),
    ]
    assert "epoch 4 " in texts[1]


def test_rows_are_taken_evenly_from_all(random_bits):
    """A file sorted by class: its first rows would show one constant code."""
    ones = np.repeat(random_bits[:4, :16], 2000, axis=0)
    figures = health(ones)
    assert figures["distinct"] == 4 / 2048
    expected = np.abs(np.where(random_bits[:4, :16], 1.0, -1.0).mean(0)).mean()
    assert figures["imbalance"] == pytest.approx(expected)
    few = random_bits[:1500]
    assert health(few) == pytest.approx(health(few[::-1]))  # all of them


@pytest.mark.parametrize("bits", [1, 2, 5, 256, 257, 512])
def test_figures_are_those_of_their_definition(bits):
    rng = np.random.default_rng(bits)
    ones = rng.random((300, bits)) < rng.random(bits)
    ones[:, ::7] = ones[:, :1]
    ones[:, 3::11] = True
    ones[150:] = ones[:150]
    figures = health(ones)
    signs = np.where(ones, 1.0, -1.0)
    live = signs[:, signs.std(0) > 0]
    matrix = np.abs(np.corrcoef(live.T)) if live.shape[1] > 1 else np.ones((1, 1))
    pairs = matrix[~np.eye(len(matrix), dtype=bool)]
    assert figures["correlation"] == pytest.approx(pairs.mean() if len(pairs) else 0, abs=1e-12)
    assert figures["imbalance"] == pytest.approx(np.abs(signs.mean(0)).mean(), abs=1e-12)
    assert figures["dead_bits"] == (np.abs(signs.mean(0)) > 0.99).sum()
    assert figures["distinct"] == len(np.unique(ones, axis=0)) / 300


def test_pairs_of_very_long_codes_are_drawn():
    """Of thousands of bits a few hundred tell as much; what each bit says of itself is still taken from all."""
    rng = np.random.default_rng(0)
    ones = rng.random((400, 3000)) < rng.random(3000)
    ones[:, :1200] = ones[:, :1]
    figures = health(ones)
    signs = np.where(ones, 1.0, -1.0)
    live = signs[:, signs.std(0) > 0]
    matrix = np.abs(np.corrcoef(live.T))
    assert figures["correlation"] == pytest.approx(matrix[~np.eye(len(matrix), dtype=bool)].mean(), abs=0.03)
    assert figures == health(ones)
    assert figures["imbalance"] == pytest.approx(np.abs(signs.mean(0)).mean(), abs=1e-12)
    assert figures["dead_bits"] == (np.abs(signs.mean(0)) > 0.99).sum()


def test_the_work_on_pairs_of_bits_does_not_grow_with_their_square(monkeypatch):
    """Counted in the products of pairs of signs, not by a clock."""
    products = []
    real = torch.Tensor.__matmul__

    def counted(one, other):
        products.append(one.shape[0] * one.shape[1] * other.shape[1])
        return real(one, other)

    monkeypatch.setattr(torch.Tensor, "__matmul__", counted)
    work = []
    for bits in (512, 4096):
        products.clear()
        health(np.random.default_rng(0).integers(2, size=(100, bits)).astype(bool))
        work.append(sum(products))
    assert 0 < work[1] <= 8 * work[0]


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.setattr("hint_train.runs.training_run.write_report", lambda *_: None)
    rng = np.random.default_rng(0)
    image, text = (rng.standard_normal((160, d)) for d in (9, 7))
    np.savez(tmp_path / "d.npz", image=image, text=text, query=np.arange(40), retrieval=np.arange(40, 160))
    return Config(dataset=str(tmp_path / "d.npz"), bits=(8, 16), optimiser=OptimiserConfig(batch=32, epochs=3))


def test_a_run_warns_in_the_epoch_in_which_codes_fall_ill(config, tmp_path, monkeypatch, caplog):
    real = Hint.loss

    def collapsing(self, batch):
        if batch.epoch == 1:
            for network in self.networks.values():
                for p in network.parameters():
                    p.data.zero_()
        return real(self, batch)

    monkeypatch.setattr(Hint, "loss", collapsing)
    run(config, tmp_path / "out")
    texts = [r.getMessage() for r in caplog.records if r.name == "hint_train.training.health"]
    assert [(t.split(" codes")[0], t.split(": ")[1][:6]) for t in texts] == [
        ("after epoch 2 the 8-bit", "only 1"),
        ("after epoch 2 the 8-bit", "8 of 8"),
        ("after epoch 2 the 16-bit", "only 1"),
        ("after epoch 2 the 16-bit", "16 of "),
    ]
    caplog.clear()
    run(config, tmp_path / "out", resume=True)  # nothing is left to train, and the codes are still ill
    assert "after epoch 3 the 8-bit codes" in caplog.text


def test_a_method_in_closed_form_is_judged_as_well(config, tmp_path, monkeypatch, caplog):
    run(replace(config, method="cvh"), tmp_path / "healthy")
    assert [r for r in caplog.records if r.name == "hint_train.training.health"] == []
    monkeypatch.setattr("hint_train.runs.training_run.code_health", lambda *_: health(np.ones((120, 8), dtype=bool)))
    run(replace(config, method="cvh"), tmp_path / "ill")
    assert "the 8-bit codes are ill: only 1 distinct code" in caplog.text
