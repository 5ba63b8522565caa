"""Networks in NumPy: the same function as in torch, and codes that depend neither on company nor on threads."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from numpy_networks import KINDS, bits_in_company, made, near_zero, numbers

from hint_train.config.sections import NetworkConfig
from hint_train.encoding import networks
from hint_train.encoding.networks import Layer, Network
from hint_train.training.anchor_network import AnchorNetwork
from hint_train.training.conversion import to_numpy, to_torch
from hint_train.training.networks import HashNetwork


def by_hand(network, row):
    """The definition, in plain Python with doubles."""
    if network.unit_rows:
        length = sum(float(v) ** 2 for v in row) ** 0.5
        x = [float(v) / length for v in row]
    else:
        x = [(float(v) - float(m)) / float(s) for v, m, s in zip(row, network.shift, network.scale, strict=True)]
    if network.kernel is not None:
        spread = float(network.kernel.spread)
        x = [2.718281828459045 ** (-sum((a - float(b)) ** 2 for a, b in zip(x, anchor, strict=True)) / spread)
             for anchor in network.kernel.anchors]  # fmt: skip
    for number, (weight, bias) in enumerate(network.layers):
        x = [
            sum(a * float(b) for a, b in zip(x, line, strict=True)) + float(c)
            for line, c in zip(weight, bias, strict=False)
        ]
        if number < len(network.layers) - 1:
            x = [max(v, 0.0) for v in x]
    return x


@pytest.mark.parametrize(("kind", "rows"), KINDS)
def test_outputs_are_those_of_the_definition_and_of_torch(kind, rows):
    network, x = made(kind, rows), numbers(50, 20, seed=9)
    out = network.outputs(x)
    assert out.dtype == np.float32
    assert out.shape == (50, 9) == (50, network.bits)
    assert np.allclose(out, [by_hand(network, row) for row in x], rtol=1e-4, atol=1e-5)
    with torch.no_grad():
        assert np.allclose(out, to_torch(network)(torch.from_numpy(x)).numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("kind", "rows"), KINDS)
def test_there_and_back_again_is_the_same_network(kind, rows):
    network = made(kind, rows)
    again = to_numpy({"image": to_torch(network), "text": to_torch(network)})["text"]
    assert again.unit_rows == network.unit_rows
    assert again.tensors().keys() == network.tensors().keys()
    for name, array in network.tensors().items():
        assert np.array_equal(again.tensors()[name], array), name
    assert isinstance(to_torch(network), AnchorNetwork if kind == "anchors" else HashNetwork)


def test_a_network_that_trains_on_is_not_shared():
    network = HashNetwork(3, 2, NetworkConfig(layers=1), torch.Generator())
    copy = to_numpy({"image": network, "text": network})["image"]
    before = copy.layers[0].weight.copy()
    with torch.no_grad():
        network.layers[0].weight.add_(1)
    assert np.array_equal(copy.layers[0].weight, before)


def test_the_sign_of_a_sum_that_is_almost_zero_is_that_of_the_exact_sum_in_any_company(monkeypatch):
    network, x = near_zero()
    exact = (x.astype(np.longdouble) @ network.layers[0].weight.astype(np.longdouble).T) >= 0
    for size in (1, 2, 7, 64, 600):
        assert np.array_equal(bits_in_company(network, x, size), exact), size
    # Without the second look the same rows do differ, so they are rows on which that can be seen.
    monkeypatch.setattr(networks, "NEAR", 0.0)
    assert not np.array_equal(bits_in_company(network, x, 1), bits_in_company(network, x, 600))


THREADS = """
import sys, hashlib, numpy as np
sys.path[:0] = {path!r}
from numpy_networks import bits_in_company, made, near_zero, numbers, KINDS
parts = [bits_in_company(*near_zero(), size) for size in (1, 600)]
parts += [bits_in_company(made(*kind), numbers(1000, 20, seed=9), size) for kind in KINDS for size in (1, 1000)]
print(*(hashlib.sha256(np.packbits(part).tobytes()).hexdigest() for part in parts))
"""


def test_bits_are_the_same_alone_and_in_company_on_one_two_and_four_threads():
    code = THREADS.format(path=sys.path)
    found = set()
    for threads in ("1", "2", "4"):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        env = {**os.environ, **dict.fromkeys(names, threads)}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
        digests = done.stdout.split()
        assert digests[::2] == digests[1::2]  # alone, and all at once
        found.add(tuple(digests))
    assert len(found) == 1


def test_an_output_of_exactly_zero_counts_as_plus_one():
    network = Network(
        False, *np.array([[0, 0], [1, 1]], np.float32), (Layer(np.eye(2, dtype=np.float32), np.zeros(2, np.float32)),)
    )
    assert (network.outputs(np.array([[0, -1], [1, 0]], np.float32)) >= 0).tolist() == [[True, False], [True, True]]
