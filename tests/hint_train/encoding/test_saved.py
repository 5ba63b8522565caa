"""A model file holds all that its codes depend on, and is checked before a row is encoded by it."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from hint_train.config.sections import NetworkConfig, OptimiserConfig
from hint_train.encoding.modelfile import MODEL, read_model, write_model
from hint_train.encoding.networks import Network
from hint_train.encoding.saved import load
from hint_train.errors import DataError
from hint_train.methods.config import Config
from hint_train.runs.training_run import run

METHODS = {"hint": "centred", "infonce": "l2", "cvh": "standard", "srlch": "raw", "batch": "l2"}
"""Methods of each kind of network, with each scaling of inputs."""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    rng = np.random.default_rng(0)
    kind = rng.integers(4, size=120)
    image, text = (rng.standard_normal((4, d))[kind] * 2 + rng.standard_normal((120, d)) for d in (9, 7))
    path = tmp_path_factory.mktemp("data") / "pairs.npz"
    labels = np.eye(4, dtype=np.uint8)[kind]
    np.savez(path, image=image, text=text, labels=labels, query=np.arange(20), retrieval=np.arange(20, 120))
    return path


@pytest.fixture(scope="module")
def finished(data, tmp_path_factory):
    """Output folder of a run, by method."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hint_train.runs.training_run.write_report", lambda *_: None)
        for method, features in METHODS.items():
            config = Config(dataset=str(data), method=method, bits=(8, 16), network=NetworkConfig(features=features))
            config = replace(config, seeds=2, optimiser=OptimiserConfig(batch=32, epochs=1))
            run(config, folder / method)
    return folder


@pytest.fixture
def out(finished, tmp_path):
    """A copy of the run of HINT, to be damaged."""
    shutil.copytree(finished / "hint", tmp_path / "out")
    return tmp_path / "out"


def contents(path):
    with safe_open(path, framework="pt") as stream:
        return load_file(path), stream.metadata()


def as_before(folder):
    """Make the model what the version before wrote: no description, no digest."""
    tensors, metadata = contents(folder / MODEL)
    cells = [{"bits": c["bits"], "seed": c["seed"]} for c in json.loads(metadata["model"])["cells"]]
    save_file(tensors, folder / MODEL, metadata={"cells": json.dumps(cells)})


def same_codes(saved, folder, data):
    arrays = np.load(data)
    with np.load(folder / "codes.npz") as stored:
        codes = {key: stored[key] for key in stored if stored[key].dtype == np.uint8}
    for key in codes:
        bits, seed, modality = key.split("-")
        found = saved.encode(arrays[modality], modality=modality, bits=int(bits[4:]), seed=int(seed[4:]))
        assert np.array_equal(found, codes[key]), key
    return len(codes)


@pytest.mark.parametrize("method", METHODS)
def test_the_file_alone_gives_the_codes_of_the_run(finished, data, tmp_path, method):
    shutil.copy(finished / method / MODEL, tmp_path / "moved.safetensors")
    saved = load(tmp_path / "moved.safetensors")
    assert saved.method == method
    assert same_codes(saved, finished / method, data) == 8


@pytest.mark.parametrize("method", METHODS)
def test_a_file_of_an_earlier_version_still_loads(finished, data, tmp_path, method):
    folder = tmp_path / "out"
    shutil.copytree(finished / method, folder)
    as_before(folder)
    saved = load(folder)
    assert saved.method == method
    assert same_codes(saved, folder, data) == 8


def test_options_edited_after_training_change_no_code(out, data):
    text = (out / "config.toml").read_text()
    assert 'features = "centred"' in text
    for edited in (text.replace('features = "centred"', 'features = "l2"'), "no toml at all ["):
        (out / "config.toml").write_text(edited)
        assert same_codes(load(out), out, data) == 8
    (out / "config.toml").unlink()
    assert same_codes(load(out), out, data) == 8


def test_a_file_of_an_earlier_version_needs_its_options(out):
    as_before(out)
    (out / "config.toml").unlink()
    with pytest.raises(DataError, match="an earlier version wrote it, and its options are missing"):
        load(out)
    (out / "config.toml").write_text("bits = [8]\n")
    with pytest.raises(DataError, match="its note lacks 'network'"):
        load(out)


def refused(folder, words):
    with pytest.raises(DataError, match=f"not the networks of a run .*{words}") as caught:
        load(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("metadata", [None, {}, {"format": "pt"}])
def test_a_file_of_somebody_else(out, metadata):
    save_file({"weight": torch.ones(3, 3)}, out / MODEL, metadata=metadata)
    refused(out, "its note of what the tensors are is missing; expected a model.safetensors that hint-train wrote")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xff" * 100, b"\x08" + bytes(7) + b"[[[[[[[["])
def test_no_safetensors_file_at_all(out, content):
    (out / MODEL).write_bytes(content)
    refused(out, "")


def test_one_changed_byte_is_noticed(out):
    content = bytearray((out / MODEL).read_bytes())
    content[-3] ^= 1
    (out / MODEL).write_bytes(content)
    refused(out, "it was changed since it was written")


@pytest.mark.parametrize("name", ["layers.0.weight", "layers.1.bias", "scale", "shift"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("before", [False, True])
def test_weights_that_are_not_finite(out, name, value, before):
    if before:
        as_before(out)
        tensors, metadata = contents(out / MODEL)
        tensors[f"bits16.seed1.text.{name}"].view(-1)[0] = value
        save_file(tensors, out / MODEL, metadata=metadata)
    else:
        model = read_model(out / MODEL)
        changed = {key: array.copy() for key, array in model.networks[16, 1]["text"].tensors().items()}
        changed[name].reshape(-1)[0] = value
        model.networks[16, 1]["text"] = Network.of(changed, unit_rows=False)
        write_model(out, model.method, model.networks)
    refused(out, rf"bits16\.seed1\.text\.{name} holds numbers that are not finite")


def changed_note(folder, change):
    """Write a model whose note was changed and whose digest fits."""
    from hint_train.encoding import modelfile

    tensors, metadata = contents(folder / MODEL)
    note = json.loads(metadata["model"])
    given = change(note, tensors)
    note = given if isinstance(given, list) else note
    tensors = {name: tensor.contiguous() for name, tensor in tensors.items()}
    digest = modelfile._digest(note, {name: tensor.numpy() for name, tensor in tensors.items()})
    save_file(tensors, folder / MODEL, metadata={"model": json.dumps(note), "sha256": digest})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda note, _: note.update(version=99), "expected version 1 of the hint-train model, got 99"),
        (lambda note, _: note.update(format="other"), "got 1 of other"),
        (lambda note, _: note.pop("method"), "its note lacks 'method'"),
        (lambda note, _: note.update(cells=[]), "got 0 and .* other tensors"),
        (lambda note, _: note.update(cells=note["cells"][:1]), "got 1 and .* other tensors"),
        (lambda note, _: note.update(cells=3), ""),
        (lambda note, _: note.update(cells=[3]), ""),
        (lambda note, _: note.update(cells=note["cells"] * 2), "each pair once"),
        (lambda note, _: note["cells"][0].update(bits="8"), "expected code lengths"),
        (lambda note, _: note["cells"][0].update(bits=24), "not those of a network of 24 bits"),
        (lambda note, _: note["cells"][0].pop("text"), "its note lacks 'text'"),
        (lambda note, _: note["cells"][0]["text"].update(kind="tree"), "unknown kind"),
        (lambda note, _: note["cells"][0]["text"].update(rows="squared"), "unknown kind, rows or widths"),
        (lambda note, _: note["cells"][0]["text"].update(widths=[7, -1, 8]), "unknown kind, rows or widths"),
        (lambda note, _: note["cells"][0]["text"].update(widths=[7, 10**15, 8]), "not those of widths"),
        (lambda note, _: note["cells"][0]["text"].update(widths=[7, 512, 511, 8]), "the widths .* are not those"),
        (lambda note, _: note["cells"][0]["text"].update(widths=8), ""),
        (lambda note, _: [1, 2], ""),
        (lambda _, tensors: tensors.update(more=torch.ones(1)), "1 other tensors"),
        (lambda _, tensors: tensors.pop("bits8.seed0.text.scale"), "not those of widths"),
        (lambda _, tensors: tensors.update({"bits8.seed0.text.scale": torch.ones(2)}), "not those of widths"),
        (lambda _, tensors: tensors.update({"bits8.seed0.text.scale": torch.ones(7).double()}), "not float32"),
    ],
)
def test_a_note_that_does_not_fit_its_tensors(out, change, words):
    changed_note(out, change)
    refused(out, words)


def test_rows_that_overflow_are_no_codes(out):
    saved = load(out)
    rows = np.zeros((3, 9), dtype=np.float32)
    rows[1] = 3e38
    with pytest.raises(DataError, match="image rows: row 1 is so large"):
        saved.encode(rows, modality="image", bits=8)
