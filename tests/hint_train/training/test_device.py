"""A step never waits for the device: no number is read back and none is sent; and what a GPU gives, where there is one."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from hint_train.config.sections import GraphConfig, OptimiserConfig
from hint_train.data.pairs import TrainingPairs
from hint_train.methods.config import Config
from hint_train.methods.entries import METHODS
from hint_train.methods.hint.options import LossConfig, MixupConfig
from hint_train.runs.training_run import run
from hint_train.training.checkpoint import CheckpointFolder
from hint_train.training.method import TrainingSet
from hint_train.training.trainer import Plan, Trainer

WAITING = {"_local_scalar_dense", "nonzero", "_unique2", "masked_select", "lift_fresh", "repeat_interleave", "equal"}
"""Reading a number, shapes that depend on values, and numbers that become tensors."""


class NoWaiting(TorchDispatchMode):
    """Fails at every operation that would wait for a device."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.overloadpacket.__name__
        indices = args[1] if name in ("index", "index_put_") else ()
        masked = any(i is not None and i.dtype == torch.bool for i in indices)
        assert name not in WAITING, f"{name} waits for the device"
        assert not masked, f"{name} with a mask waits for the device"
        return func(*args, **kwargs or {})


@pytest.fixture(scope="module")
def pairs():
    rng = np.random.default_rng(0)
    centre = rng.integers(6, size=96)
    image, text = (rng.standard_normal((6, d)).astype(np.float32)[centre] * 2 for d in (9, 7))
    return TrainingPairs(*(x + rng.standard_normal(x.shape).astype(np.float32) for x in (image, text)))


def trainer(pairs, config, folder, device="cpu"):
    entry, on = METHODS[config.method], torch.device(device)
    train = TrainingSet(torch.from_numpy(pairs.image).to(on), torch.from_numpy(pairs.text).to(on))
    method = entry.build(entry.prepare(pairs, config, on), train, config, 12, 0)
    method.begin_epoch(0)
    return Trainer(method, train, config.optimiser, Plan(12, 0, 1, 1e9), CheckpointFolder(folder))


CONFIGS = [
    Config(),
    *(Config(loss=LossConfig(variant=v, hash_loss=1)) for v in ("v1", "v2", "v4")),
    Config(loss=LossConfig(variant="full", exclude_own_pair=True, kl="js"), mixup=MixupConfig(share_lambda=True)),
    Config(loss=LossConfig(bank_candidates=5), graph=GraphConfig(pairs="edge", edge_weight="unit")),
    Config(optimiser=OptimiserConfig(precision="bf16")),
    Config(method="infonce"),
]


@pytest.mark.parametrize("config", CONFIGS, ids=lambda c: f"{c.method} {c.loss.variant} {c.optimiser.precision}")
def test_no_step_waits_for_the_device(pairs, tmp_path, config):
    one = trainer(pairs, config, tmp_path)
    one._one_step(torch.arange(16))  # what is made once
    with NoWaiting():
        terms = one._method.loss(one._train.batch(torch.arange(16, 32), 0, 1))
        torch.autograd.backward(torch.stack(list(terms.values())).sum())


def test_the_check_finds_what_waits():
    x = torch.arange(3.0)
    for work in (lambda: float(x.sum()), lambda: x[x > 1], lambda: torch.tensor(1.0), lambda: x.unique()):
        with pytest.raises(AssertionError, match="waits"), NoWaiting():
            work()


def test_bf16_trains_about_as_well(pairs, tmp_path):
    def loss(precision):
        one = trainer(pairs, Config(optimiser=OptimiserConfig(precision=precision)), tmp_path)
        for step in range(40):
            one._one_step(torch.arange(16) + 16 * (step % 6))
            one._step += 1
        assert all(p.dtype == torch.float32 for p in one._parameters)
        return one._means()["loss"]

    assert loss("bf16") == pytest.approx(loss("float32"), rel=0.01)
    assert loss("bf16") != loss("float32")


@pytest.mark.gpu
@pytest.mark.parametrize("config", CONFIGS, ids=lambda c: f"{c.method} {c.loss.variant} {c.optimiser.precision}")
def test_no_step_waits_for_the_gpu(pairs, tmp_path, config):
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    one = trainer(pairs, config, tmp_path, "cuda")
    index = torch.arange(16, device="cuda")
    one._one_step(index)
    torch.cuda.set_sync_debug_mode("error")
    try:
        one._one_step(index + 16)
    finally:
        torch.cuda.set_sync_debug_mode("default")


@pytest.mark.gpu
def test_a_run_on_the_gpu_scores_as_on_the_cpu(tmp_path, monkeypatch):
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    monkeypatch.setattr("hint_train.runs.training_run.write_report", lambda *_: None)
    config = Config(bits=(32,), optimiser=OptimiserConfig(epochs=10))
    found = [run(replace(config, device=name), tmp_path / name).bits["32"] for name in ("cpu", "cuda")]
    for direction in ("image_to_text", "text_to_image"):
        assert found[1][direction]["map"] == pytest.approx(found[0][direction]["map"], abs=0.03)
