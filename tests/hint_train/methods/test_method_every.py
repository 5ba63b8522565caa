"""One protocol for all methods and for HINT's variants: finite losses, gradients everywhere, same seed same codes, no label, resume, encode."""

import json
from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from hint_train.config.sections import OptimiserConfig
from hint_train.data import load_dataset
from hint_train.data.pairs import LabelledPart, TrainingPairs
from hint_train.encoding.saved import load
from hint_train.errors import InterruptedRunError
from hint_train.methods.entries import METHODS
from hint_train.methods.presets import preset
from hint_train.methods.supervised.options import LabelConfig
from hint_train.packing import pack
from hint_train.runs.training_run import Watch, run
from hint_train.training.method import Batch, SupervisedEntry, TrainingSet
from hint_train.training.networks import encode_in_blocks

CPU = torch.device("cpu")
BITS = 12
HINT = preset("default")
CASES = {name: preset("default", name) for name in METHODS}
CASES |= {f"hint {v}": replace(HINT, loss=replace(HINT.loss, variant=v)) for v in ("v1", "v2", "v4", "full")}
CASES["hint paper"] = preset("paper")
CASES["hint, drawn by step"] = replace(
    HINT, loss=replace(HINT.loss, variant="full"), proxy=replace(HINT.proxy, resample="batch", cap=3)
)
TRAINED = [name for name, config in CASES.items() if METHODS[config.method].trains]
SUPERVISED = [name for name, entry in METHODS.items() if isinstance(entry, SupervisedEntry)]


pytestmark = pytest.mark.usefixtures("no_pictures")


def blobs(n=90):
    rng = np.random.default_rng(0)
    centre = rng.integers(6, size=n)
    image, text = ((rng.standard_normal((6, d)) * 2)[centre] + rng.standard_normal((n, d)) for d in (9, 7))
    return image.astype(np.float32), text.astype(np.float32), np.eye(6, dtype=np.uint8)[centre]


@pytest.fixture(scope="module")
def pairs():
    return TrainingPairs(*blobs()[:2])


def prepare(pairs, name, config):
    entry = METHODS[config.method]
    if name not in SUPERVISED:
        return entry.prepare(pairs, config, CPU)
    rows = np.arange(0, 90, 3)
    return entry.prepare(pairs, LabelledPart(rows, blobs()[2][rows] > 0), config, CPU)


def build(pairs, name, seed=0):
    config = replace(CASES[name], optimiser=OptimiserConfig(batch=16))
    train = TrainingSet(torch.from_numpy(pairs.image), torch.from_numpy(pairs.text))
    return METHODS[config.method].build(prepare(pairs, name, config), train, config, BITS, seed), train


def steps(method, train, epochs=(0, 1)):
    """Train two epochs of three steps by plain descent; the terms of each step."""
    parameters = [p for network in method.networks.values() for p in network.parameters()]
    out = []
    for epoch in epochs:
        method.begin_epoch(epoch)
        for step in range(3):
            terms = method.loss(train.batch(torch.arange(step * 16, step * 16 + 16), epoch, step))
            out.append({key: value.item() for key, value in terms.items()})
            for p in parameters:
                p.grad = None
            torch.stack(list(terms.values())).sum().backward()
            with torch.no_grad():
                for p in parameters:
                    p -= 0.01 * p.grad
    return out


def codes(method, train):
    return {m: encode_in_blocks(n, getattr(train, m)) >= 0 for m, n in method.networks.items()}


@pytest.mark.parametrize("name", TRAINED)
def test_losses_are_finite_and_reach_each_parameter(pairs, name):
    method, train = build(pairs, name)
    found = steps(method, train)
    assert all(np.isfinite(list(terms.values())).all() for terms in found)
    for modality, network in method.networks.items():
        for key, p in network.named_parameters():
            assert float(p.grad.abs().sum()) > 0, (modality, key)
    assert all(torch.isfinite(torch.as_tensor(value)) for value in method.figures().values())


@pytest.mark.parametrize("name", CASES)
def test_same_seed_same_codes_another_seed_others(pairs, name):
    found = []
    for seed in (0, 0, 1):
        method, train = build(pairs, name, seed)
        if name in TRAINED:
            steps(method, train)
        found.append(codes(method, train))
    assert all(torch.equal(found[0][m], found[1][m]) for m in found[0])
    assert not all(torch.equal(found[0][m], found[2][m]) for m in found[0])
    assert all(x.shape == (90, BITS) for x in found[0].values())


@pytest.mark.parametrize("name", TRAINED)
def test_state_restores_everything(pairs, name):
    method, train = build(pairs, name)
    steps(method, train)
    restored, _ = build(pairs, name)
    restored.load_state({key: value.clone() for key, value in method.state().items()})
    assert steps(restored, train, (2,)) == steps(method, train, (2,))


def dataset_file(path, labels):
    image, text, classes = blobs(160)
    rows = {"query": np.arange(40), "retrieval": np.arange(40, 160)}
    np.savez(path, image=image, text=text, labels=labels(classes), **rows)
    return str(path)


def outcome(folder):
    stored = np.load(folder / "codes.npz")
    return {key: stored[key].tobytes() for key in stored}


@pytest.mark.parametrize("name", [name for name in CASES if name not in SUPERVISED])
def test_labels_change_no_code(tmp_path, name):
    """The types have no room for labels, and a run over other labels learns the same codes."""
    assert {field.name for field in fields(TrainingPairs)} == {"image", "text", "parts"}
    assert {field.name for field in fields(Batch)} == {"index", "image", "text", "epoch", "step"}
    found = []
    for i, change in enumerate((lambda y: y, lambda y: np.roll(y, 5, axis=0))):
        file = dataset_file(tmp_path / f"{i}.npz", change)
        config = replace(CASES[name], dataset=file, bits=(8,), optimiser=OptimiserConfig(batch=32, epochs=2))
        run(config, tmp_path / f"out{i}")
        found.append(outcome(tmp_path / f"out{i}"))
    assert found[0] == found[1]


@pytest.mark.parametrize("name", SUPERVISED)
def test_labels_of_the_labelled_part_change_codes_and_no_others_do(tmp_path, name):
    """A method that declares that it learns from labels is handed those that `labelled_part` drew, and no other."""
    whole = load_dataset(dataset_file(tmp_path / "whole.npz", lambda y: y), None)
    seen = whole.train[whole.labelled_part(0.3, 4).rows]
    unseen = np.setdiff1d(np.arange(160), seen)

    def rolled(rows):
        def change(classes):
            classes = classes.copy()
            classes[rows] = np.roll(classes[rows], 1, axis=1)[::-1]
            return classes

        return change

    found = []
    for i, change in enumerate((lambda y: y, rolled(unseen), rolled(seen))):
        file = dataset_file(tmp_path / f"{i}.npz", change)
        labels = LabelConfig(labelled=(0.3,))
        config = replace(CASES[name], dataset=file, bits=(8,), seed=4, labels=labels)
        config = replace(config, optimiser=OptimiserConfig(batch=32, epochs=2))
        result = run(config, tmp_path / f"out{i}")
        assert result.sizes["labelled"] == len(seen) == 36
        found.append(outcome(tmp_path / f"out{i}"))
    assert found[0] == found[1]
    assert found[0] != found[2]


@pytest.mark.parametrize("name", CASES)
def test_a_run_is_resumed_and_encodes_rows_as_it_did(tmp_path, name):
    file = dataset_file(tmp_path / "blobs.npz", lambda y: y)
    config = replace(CASES[name], dataset=file, bits=(8, 16), optimiser=OptimiserConfig(batch=32, epochs=3))
    result = run(config, tmp_path / "whole")
    assert all(0 < scores["map"] <= 1 for directions in result.bits.values() for scores in directions.values())
    asked = iter(range(10))
    if name in TRAINED:
        with pytest.raises(InterruptedRunError):
            run(config, tmp_path / "stopped", watch=Watch(stop=lambda: next(asked) == 5))
        run(config, tmp_path / "stopped", resume=True)
        assert outcome(tmp_path / "stopped") == outcome(tmp_path / "whole")
    run(config, tmp_path / "whole", resume=True)
    assert json.loads((tmp_path / "whole" / "result.json").read_text())["bits"] == result.bits
    saved = load(tmp_path / "whole")
    image, text, _ = blobs(160)
    for modality, rows in (("image", image), ("text", text)):
        stored = np.load(tmp_path / "whole" / "codes.npz")[f"bits16-seed0-{modality}"]
        assert np.array_equal(saved.encode(rows, modality=modality, bits=16), stored)
        assert stored.shape == (160, 2)


@pytest.mark.parametrize("name", CASES)
def test_input_scaling_is_part_of_the_saved_networks(pairs, name):
    for scaling in ("raw", "l2", "standard"):
        config = CASES[name]
        config = replace(config, network=replace(config.network, features=scaling))
        train = TrainingSet(torch.from_numpy(pairs.image), torch.from_numpy(pairs.text))
        method = METHODS[config.method].build(prepare(pairs, name, config), train, config, 5, 0)
        out = encode_in_blocks(method.networks["text"], train.text)
        assert torch.isfinite(out).all()
        assert pack(out.numpy()).shape == (90, 1)
