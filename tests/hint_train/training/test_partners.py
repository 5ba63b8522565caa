"""Recall@10 of pairs: its value against a count over all orders of ties, its pairs, and that it leaves training alone."""

import itertools

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from hint_train.config.sections import OptimiserConfig
from hint_train.data.pairs import PairedData
from hint_train.methods.config import Config
from hint_train.runs import training_run
from hint_train.training import partners
from hint_train.training.partners import PartnerSample
from hint_train.training.trainer import Trainer


class Signs:
    """A network whose outputs are its inputs."""

    shift = torch.zeros(1)

    def __call__(self, x):
        return x


def data_of(n, query, retrieval, train, width=4):
    rng = np.random.default_rng(n)
    image, text = rng.standard_normal((2, n, width)).astype(np.float32)
    rows = [np.asarray(x, dtype=np.int64) for x in (query, retrieval, train)]
    return PairedData("some", image, text, None, *rows)


def test_the_value_is_the_mean_over_all_orders_of_ties(monkeypatch):
    monkeypatch.setattr(partners, "K", 2)
    rng = np.random.default_rng(0)
    image, text = np.sign(rng.standard_normal((2, 6, 3))).astype(np.float32)
    sample = PartnerSample(torch.from_numpy(image), torch.from_numpy(text), True)
    shares = []
    for a, b in ((image, text), (text, image)):
        distances = (a[:, None] != b[None]).sum(2)
        for i, row in enumerate(distances):
            found = [
                i in sorted(order, key=lambda j, row=row: row[j])[:2] for order in itertools.permutations(range(6))
            ]
            shares.append(np.mean(found))
    got = sample.recall({"image": Signs(), "text": Signs()})
    assert list(got) == ["recall@10"]
    assert got["recall@10"] == pytest.approx(np.mean(shares), abs=1e-6)
    assert 0 < got["recall@10"] < 1


def test_equal_codes_score_chance():
    features = torch.ones(200, 8)
    sample = PartnerSample(features, features, False)
    assert sample.recall({"image": Signs(), "text": Signs()})["recall@10"] == pytest.approx(sample.chance) == 0.05


def test_pairs_are_held_out_where_there_are_enough():
    data = data_of(700, range(50), range(50, 700), range(50, 500))
    sample = PartnerSample.of(data, torch.device("cpu"))
    assert sample.held_out
    assert torch.equal(sample.image, torch.from_numpy(data.image[500:700:2]))
    assert torch.equal(sample.text, torch.from_numpy(data.text[500:700:2]))


def test_otherwise_they_are_training_pairs_and_never_queries():
    data = data_of(2000, range(50), range(50, 2000), range(50, 1950))
    sample = PartnerSample.of(data, torch.device("cpu"))
    assert not sample.held_out
    assert len(sample) == 190  # a tenth
    rows = {row.tobytes() for row in data.image[50:1950]}
    assert all(row.tobytes() in rows for row in sample.image.numpy())


def test_it_leaves_training_as_it_was_bit_for_bit(tmp_path, monkeypatch, no_pictures):
    rng = np.random.default_rng(3)
    image, text = rng.standard_normal((2, 200, 6))
    np.savez(tmp_path / "p.npz", image=image, text=text, query=np.arange(20), retrieval=np.arange(20, 200))
    config = Config(dataset=str(tmp_path / "p.npz"), bits=(8,), optimiser=OptimiserConfig(epochs=3, batch=32))

    class Unmeasured(Trainer):
        def __init__(self, method, train, options, plan, checkpoints, measure):
            super().__init__(method, train, options, plan, checkpoints)

    with_it = training_run.run(config, tmp_path / "with")
    monkeypatch.setattr("hint_train.runs.cells.Trainer", Unmeasured)
    training_run.run(config, tmp_path / "without")
    # The header names its metadata in any order.
    one, two = (load_file(tmp_path / folder / "model.safetensors") for folder in ("with", "without"))
    assert one.keys() == two.keys()
    for name, tensor in one.items():
        np.testing.assert_array_equal(tensor, two[name], strict=True)
    for name in ("codes.npz", "tree.npz"):
        assert (tmp_path / "with" / name).read_bytes() == (tmp_path / "without" / name).read_bytes()
    assert "recall@10" not in (tmp_path / "without" / "metrics.jsonl").read_text()
    assert (tmp_path / "with" / "metrics.jsonl").read_text().count("recall@10") == 3
    assert 0 <= with_it.recall["8"] <= 1
