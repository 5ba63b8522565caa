"""Every method on a device that is none: no operation mixes devices, a step waits as seldom as said, and the bits are the CPU's."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from elsewhere import ELSEWHERE, Device, MixedDevicesError

from hint_train.config.sections import OptimiserConfig
from hint_train.data.pairs import LabelledPart, TrainingPairs
from hint_train.methods.entries import METHODS
from hint_train.methods.presets import preset
from hint_train.packing import pack
from hint_train.retrieval.evaluate import evaluate
from hint_train.training.checkpoint import CheckpointFolder
from hint_train.training.conversion import to_numpy
from hint_train.training.health import code_health
from hint_train.training.method import SupervisedEntry, TrainingSet
from hint_train.training.networks import encode_in_blocks
from hint_train.training.partners import PartnerSample
from hint_train.training.trainer import Plan, Trainer

HINT = preset("default")
CASES = {name: preset("default", name) for name in METHODS}
CASES |= {
    f"hint {v}": replace(HINT, loss=replace(HINT.loss, variant=v, hash_loss=1.0)) for v in ("v1", "v2", "v4", "full")
}
CASES |= {
    "hint paper": preset("paper"),
    "hint sampled": replace(HINT, loss=replace(HINT.loss, bank_candidates=5)),
    "hint by step": replace(CASES["hint full"], proxy=replace(HINT.proxy, resample="batch", cap=3)),
    "hint encoded": replace(CASES["hint full"], proxy=replace(HINT.proxy, encoder="reencode")),
    "hint iterated": replace(HINT, tree=replace(HINT.tree, rebuild_every=1)),
    "hint bf16": replace(HINT, optimiser=OptimiserConfig(precision="bf16")),
    "hint sgd": replace(HINT, optimiser=OptimiserConfig(optimiser="sgd")),
    "vtm-uch paper": preset("paper", "vtm-uch"),
}
CPU = torch.device("cpu")
SIZE, BITS, BATCH = 96, 12, 16
WAITS = {"hint encoded": 4, "vtm-uch": 2, "vtm-uch paper": 2}
"""How often a step may wait for the device, whose tables are as large as values say; never where nothing is said."""

pytestmark = pytest.mark.usefixtures("_like_a_gpu")


@pytest.fixture
def _like_a_gpu(monkeypatch):
    """What asks for the type of the device hears that it is not the CPU's."""
    monkeypatch.setattr("hint_train.structure.tiles._on_cpu", lambda _: False)


@pytest.fixture(scope="module")
def pairs():
    rng = np.random.default_rng(0)
    centre = rng.integers(6, size=SIZE)
    image, text = ((rng.standard_normal((6, d)) * 2)[centre] + rng.standard_normal((SIZE, d)) for d in (9, 7))
    return TrainingPairs(image.astype(np.float32), text.astype(np.float32)), np.eye(6, dtype=bool)[centre]


def prepared(pairs, config, device):
    entry, (features, labels) = METHODS[config.method], pairs
    if not isinstance(entry, SupervisedEntry):
        return entry.prepare(features, config, device)
    rows = np.arange(0, SIZE, 3)
    return entry.prepare(features, LabelledPart(rows, labels[rows]), config, device)


def all_of_it(pairs, config, device, folder, waits=()):
    """Prepare, build, train, look at the codes, save, load, encode, measure: numbers of it, and how often each step waited."""
    features, labels = pairs
    train = TrainingSet(*(torch.from_numpy(x).to(device) for x in (features.image, features.text)))
    entry, found, waited = METHODS[config.method], [], []

    def build():
        return entry.build(prepared(pairs, config, device), train, config, BITS, 0)

    method = build()
    if entry.trains:
        one = Trainer(method, train, config.optimiser, Plan(BITS, 0, 3, 1e9), CheckpointFolder(folder))
        for one._epoch in range(2):
            method.begin_epoch(one._epoch)
            for one._step in range(3):
                before = len(waits)
                one._one_step(torch.arange(BATCH).to(device) + BATCH * one._step)
                waited.append(waits[before:])
        found.append(one._means())
        one._save()
        again = Trainer(build(), train, config.optimiser, Plan(BITS, 0, 3, 1e9), CheckpointFolder(folder))
        assert again.resume()
        again._method.begin_epoch(1)
        again._one_step(torch.arange(BATCH).to(device))
    found.append(code_health(method.networks, train))
    found.append(PartnerSample(train.image, train.text, held_out=False).recall(method.networks))
    codes = {m: encode_in_blocks(n, getattr(train, m)).cpu().numpy() for m, n in method.networks.items()}
    own = {m: n.outputs(getattr(features, m)) for m, n in to_numpy(method.networks).items()}
    assert all(np.allclose(own[m], codes[m], atol=1e-3) for m in own)
    packed = [pack(codes[m]) for m in ("image", "text")]
    found.append(evaluate(*packed, labels, labels, bits=BITS, device=device))
    return found, codes, waited


@pytest.mark.parametrize("name", CASES)
def test_each_method_runs_elsewhere_and_gives_the_bits_of_the_cpu(pairs, name, tmp_path):
    config = replace(CASES[name], optimiser=replace(CASES[name].optimiser, batch=BATCH))
    with Device() as device:
        figures, codes, waited = all_of_it(pairs, config, ELSEWHERE, tmp_path / "away", device.waits)
    expected, here, _ = all_of_it(pairs, config, CPU, tmp_path / "here")
    assert all(np.array_equal(codes[m], here[m]) for m in here)
    assert repr(figures) == repr(expected)
    assert max((len(x) for x in waited[1:]), default=0) <= WAITS.get(name, 0), waited


def mixed_operands(x):
    return (x * torch.arange(len(x))).sum()


def mixed_gradients(x):
    return (x.detach().cpu() * 2.0).sum()


def drawn_on_the_device(x):
    return (x * torch.rand(len(x), generator=torch.Generator(), device=x.device)).sum()


def without_a_copy(x):
    return torch.from_numpy(x.detach().numpy()).sum()


@pytest.mark.parametrize("fault", [mixed_operands, mixed_gradients, drawn_on_the_device, without_a_copy])
def test_a_loss_on_two_devices_is_found(pairs, fault, tmp_path, monkeypatch):
    """What the test above would say of a method whose loss is wrong in one place."""
    config = replace(CASES["infonce"], optimiser=OptimiserConfig(batch=BATCH))
    whole = METHODS["infonce"].build

    def broken(*given):
        method = whole(*given)
        right = method.loss
        method.loss = lambda batch: right(batch) | {"fault": fault(batch.image[:, 0])}
        return method

    monkeypatch.setitem(METHODS, "infonce", replace(METHODS["infonce"], build=broken))
    with Device(), pytest.raises(MixedDevicesError):
        all_of_it(pairs, config, ELSEWHERE, tmp_path)


def test_a_step_that_waits_is_counted(pairs):
    with Device() as device:
        x = torch.arange(3.0).to(ELSEWHERE)
        for wait in (
            lambda: float(x.sum()),
            lambda: x[x > 1],
            lambda: x.unique(),
            lambda: x.cpu(),
            lambda: x.nonzero(),
        ):
            before = len(device.waits)
            wait()
            assert len(device.waits) > before
        x.sum().exp_()
        assert len(device.waits) == 5
        assert torch.tensor([1.0, 2.0], device=ELSEWHERE).device == ELSEWHERE
