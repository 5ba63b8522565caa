"""Networks in NumPy to encode with, and rows that are hard for them; without torch."""

from itertools import pairwise

import numpy as np

from hint_train.encoding.networks import Kernel, Layer, Network


def numbers(*shape, seed=0, scale=1.0):
    return (np.random.default_rng([seed, *shape]).standard_normal(shape) * scale).astype(np.float32)


def made(kind, rows, inputs=20):
    """A network of each kind with random weights."""
    kernel = Kernel(numbers(11, inputs), np.array(30.0, np.float32)) if kind == "anchors" else None
    widths = {"anchors": [11, 9], "one layer": [inputs, 9], "three layers": [inputs, 16, 16, 9]}[kind]
    layers = tuple(Layer(numbers(b, a, seed=i), numbers(b, seed=i)) for i, (a, b) in enumerate(pairwise(widths)))
    shift, scale = numbers(inputs, seed=5), np.abs(numbers(inputs, seed=6)) + np.float32(0.1)
    return Network(rows == "unit length", shift, scale, layers, kernel)


KINDS = [(kind, rows) for kind in ("anchors", "one layer", "three layers") for rows in ("unit length", "shifted")]


def near_zero(n=600, d=700, bits=16):
    """A network of one layer, and rows of which each makes an output that is zero but for rounding."""
    rng = np.random.default_rng(3)
    weight = rng.standard_normal((bits, d)).astype(np.float32)
    x = rng.standard_normal((n, d))
    for row in range(n):
        normal = weight[row % bits].astype(np.float64)
        x[row] -= (x[row] @ normal) / (normal @ normal) * normal
    network = Network(
        False, np.zeros(d, np.float32), np.ones(d, np.float32), (Layer(weight, np.zeros(bits, np.float32)),)
    )
    return network, x.astype(np.float32)


def bits_in_company(network, x, size):
    return np.concatenate([network.outputs(x[i : i + size]) for i in range(0, len(x), size)]) >= 0
