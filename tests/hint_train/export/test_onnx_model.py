"""An ONNX model gives the codes of the library, bit for bit, for every kind of network and any number of rows."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hint_train import load, preset
from hint_train.encoding.networks import Network
from hint_train.encoding.saved import SavedRun
from hint_train.errors import ConfigError
from hint_train.export.onnx_model import onnx_model
from hint_train.runs.training_run import run

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
RNG = np.random.default_rng(0)
BITS = 12


def normal(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


def network(kind):
    """A random network with nine inputs and twelve outputs."""
    width = 20 if kind in ("two layers", "anchors") else 9
    own = {"shift": np.zeros(9, np.float32), "scale": np.ones(9, np.float32)}
    if kind == "scaled":
        own = {"shift": normal(9), "scale": np.abs(normal(9)) + np.float32(0.1)}
    if kind == "two layers":
        own |= {"layers.0.weight": normal(20, 9), "layers.0.bias": normal(20)}
    if kind == "anchors":
        own |= {"anchors": normal(20, 9), "spread": np.float32(9)}
    last = kind == "two layers"
    own |= {f"layers.{int(last)}.weight": normal(BITS, width), f"layers.{int(last)}.bias": normal(BITS)}
    return Network.of(own, unit_rows=kind == "unit length")


def saved(one, bits=BITS):
    return SavedRun("hint", {(bits, 3): {"image": one, "text": one}}, Path(), "0123")


def session(model):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def outputs_in_float64(one, rows):
    """The network's formula, written down once more."""
    x = rows.astype(np.float64)
    if one.unit_rows:
        x = x / np.maximum(np.sqrt((x**2).sum(axis=1, keepdims=True)), 1e-12)
    else:
        x = (x - one.shift) / one.scale
    if one.kernel is not None:
        apart = ((x[:, None, :] - one.kernel.anchors[None].astype(np.float64)) ** 2).sum(axis=2)
        x = np.exp(-apart / float(one.kernel.spread))
    for i, (weight, bias) in enumerate(one.layers):
        x = x @ weight.T.astype(np.float64) + bias
        x = np.where(x > 0, x, 0) if i < len(one.layers) - 1 else x
    return x


KINDS = ["plain", "scaled", "unit length", "two layers", "anchors"]


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_codes_and_outputs_for_any_number_of_rows(kind, exact):
    one = network(kind)
    model = onnx_model(saved(one), modality="text", bits=BITS, seed=3, exact=exact)
    onnx.checker.check_model(model, full_check=True)
    runtime = session(model)
    for count in (0, 1, 7, 1000):
        rows = normal(count, 9)
        codes, outputs = runtime.run(None, {"features": rows})
        wanted = outputs_in_float64(one, rows)
        assert codes.dtype == np.uint8
        assert codes.shape == (count, 2)
        np.testing.assert_array_equal(codes, np.packbits(wanted >= 0, axis=1, bitorder="little"))
        np.testing.assert_allclose(outputs, wanted, rtol=1e-4, atol=1e-5)


def test_a_file_says_what_it_is():
    model = onnx_model(saved(network("plain")), modality="image", bits=BITS, seed=3)
    assert [(x.domain, x.version) for x in model.opset_import] == [("", 17)]
    assert model.ir_version == 8
    assert {x.key: x.value for x in model.metadata_props} == {
        "method": "hint",
        "modality": "image",
        "bits": "12",
        "seed": "3",
        "bit_order": "least significant first",
        "threshold": "output >= 0",
        "model_sha256": "0123",
    }
    shapes = {x.name: [d.dim_param or d.dim_value for d in x.type.tensor_type.shape.dim] for x in model.graph.output}
    assert shapes == {"codes": ["rows", 2], "outputs": ["rows", 12]}


def test_a_sum_that_float32_gets_wrong_is_made_again():
    """2^24 - 1 - 2^24 + ... is 0 in float32 in most orders of adding up, and its sign is that of the small term."""
    weight = np.zeros((8, 9), np.float32)
    weight[:, 0], weight[:, 8] = 2.0**24, -(2.0**24)
    weight[np.arange(8), 1 + np.arange(8) % 7] = np.where(np.arange(8) % 2, -1, 1)
    plain = {"shift": np.zeros(9, np.float32), "scale": np.ones(9, np.float32)}
    one = Network.of({**plain, "layers.0.weight": weight, "layers.0.bias": np.zeros(8, np.float32)}, unit_rows=False)
    own = saved(one, 8)
    codes, outputs = session(onnx_model(own, modality="image", bits=8, seed=3)).run(
        None, {"features": np.ones((3, 9), np.float32)}
    )
    np.testing.assert_array_equal(outputs, np.tile([1, -1, 1, -1, 1, -1, 1, -1], (3, 1)))
    np.testing.assert_array_equal(codes, own.encode(np.ones((3, 9)), modality="image"))


@pytest.mark.parametrize("exact", [True, False])
def test_zeros_denormals_and_nan(exact):
    """0 and -0 count as +1; a NaN makes its own row meaningless and no other."""
    plain = {"shift": np.zeros(9, np.float32), "scale": np.ones(9, np.float32)}
    layer = {"layers.0.weight": np.eye(8, 9, dtype=np.float32), "layers.0.bias": np.zeros(8, np.float32)}
    own = saved(Network.of({**plain, **layer}, unit_rows=False), 8)
    rows = np.zeros((5, 9), np.float32)
    rows[1] = -0.0
    rows[2] = [1e-40, -1e-40, 1e-45, -1e-45, 0, -0.0, 1e-38, -1e-38, 5]
    rows[3, 4] = np.nan
    rows[4] = [1, -1, 2, -2, 3, -3, 4, -4, 5]
    codes, _ = session(onnx_model(own, modality="image", bits=8, seed=3, exact=exact)).run(None, {"features": rows})
    assert codes[[0, 1, 2, 4], 0].tolist() == [0b11111111, 0b11111111, 0b01110101, 0b01010101]
    kept = np.array([0, 1, 2, 4])
    np.testing.assert_array_equal(codes[kept], own.encode(rows[kept], modality="image"))


@pytest.mark.parametrize("method", ["infonce", "srlch", "cvh"])
@pytest.mark.usefixtures("no_pictures")
def test_a_hundred_thousand_real_rows(method, shared, tmp_path):
    path = shared("uci-mfeat.npz")
    config = replace(preset("default", method), dataset=str(path), bits=(64,))
    run(replace(config, optimiser=replace(config.optimiser, epochs=1)), tmp_path / "run")
    own = load(tmp_path / "run")
    source = np.random.default_rng(1)
    with np.load(path) as data:
        for modality in ("image", "text"):
            rows = np.tile(data[modality].astype(np.float32), (50, 1))
            rows[2000:] *= source.uniform(0.9, 1.1, size=(98_000, 1)).astype(np.float32)
            runtime = session(onnx_model(own, modality=modality, bits=64, seed=0))
            codes = [runtime.run(["codes"], {"features": x})[0] for x in np.split(rows, 100)]
            np.testing.assert_array_equal(np.concatenate(codes), own.encode(rows, modality=modality))


def test_the_missing_library_is_named(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "onnx"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ConfigError, match=r"pip install '\.\[onnx\]'"):
        onnx_model(saved(network("plain")), modality="image", bits=BITS, seed=3)


def test_single_precision_has_no_float64():
    def kinds(exact):
        return {
            x.i
            for node in onnx_model(
                saved(network("anchors")), modality="image", bits=BITS, seed=3, exact=exact
            ).graph.node
            for x in node.attribute
            if x.name == "to"
        }

    assert onnx.TensorProto.DOUBLE in kinds(True)
    assert onnx.TensorProto.DOUBLE not in kinds(False)
