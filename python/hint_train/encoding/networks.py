"""Hash networks in NumPy: from a feature row to L real outputs, as `hint_train.training.networks` trained them (paper Eq. 1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Real = TypeVar("Real", np.float32, np.float64)

NEAR = 2.0**-19
"""An output is near zero below this share of what its sum is made of; rounding of float32 reached a thirteenth of that."""


class Layer(NamedTuple):
    """A linear layer: weight (outputs, inputs) and bias (outputs,), float32."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Kernel:
    """Similarities exp(-|x - a|^2 / spread) to anchors (a, d), which the layers then see instead of the row x."""

    anchors: NDArray[np.float32]
    spread: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Network:
    """A hash network: scaling of the input, maybe a kernel, then linear layers with ReLU between them.

    Attributes
    ----------
    unit_rows
        Whether rows are scaled to unit length; else they become (row - shift) / scale.
    shift, scale
        (d,) float32.
    layers
        At least one.
    kernel
        What comes before the layers, in networks of closed forms.
    """

    unit_rows: bool
    shift: NDArray[np.float32]
    scale: NDArray[np.float32]
    layers: tuple[Layer, ...]
    kernel: Kernel | None = None

    @property
    def inputs(self) -> int:
        """Feature width d."""
        return len(self.shift)

    @property
    def bits(self) -> int:
        """Code length L."""
        return len(self.layers[-1].bias)

    @property
    def width(self) -> int:
        """Greatest number of values that one row becomes on its way."""
        anchors = 0 if self.kernel is None else len(self.kernel.anchors)
        return max(self.inputs, anchors, *(len(layer.bias) for layer in self.layers))

    def outputs(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Outputs (n, L) of raw `features` (n, d); where these overflow, what is not finite stands there.

        The sign of an output does not depend on the other rows, nor on the number of threads, although a matrix product adds up
        in another order at another shape: outputs so near to zero that this could turn them are computed again in float64.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            hidden = self._hidden(features)
            out = _linear(hidden, self.layers[-1])
            size = np.linalg.norm(hidden, axis=1)[:, None] * np.linalg.norm(self.layers[-1].weight, axis=1)
            rows = np.flatnonzero((np.abs(out) < NEAR * size).any(axis=1))
            if len(rows):
                out[rows] = _linear(self._hidden(features[rows].astype(np.float64)), self.layers[-1])
        return out

    def _hidden(self, features: NDArray[Real]) -> NDArray[Real]:
        """What the last layer sees, in the type of `features`."""
        x = _unit(features) if self.unit_rows else (features - self.shift) / self.scale
        if self.kernel is not None:
            x = _similarities(x, self.kernel)
        for layer in self.layers[:-1]:
            x = np.maximum(_linear(x, layer), 0)
        return x

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """All arrays by the names that they have in a model file."""
        kernel = {} if self.kernel is None else {"anchors": self.kernel.anchors, "spread": self.kernel.spread}
        layers = {f"layers.{i}.{name}": x for i, layer in enumerate(self.layers) for name, x in layer._asdict().items()}
        return {"shift": self.shift, "scale": self.scale, **kernel, **layers}

    @classmethod
    def of(cls, tensors: dict[str, NDArray[np.float32]], *, unit_rows: bool) -> Network:
        """The network whose `tensors` these are."""
        count = sum(name.endswith(".bias") for name in tensors)
        layers = tuple(Layer(tensors[f"layers.{i}.weight"], tensors[f"layers.{i}.bias"]) for i in range(count))
        kernel = Kernel(tensors["anchors"], tensors["spread"]) if "anchors" in tensors else None
        return cls(unit_rows, tensors["shift"], tensors["scale"], layers, kernel)


def _linear(x: NDArray[Real], layer: Layer) -> NDArray[Real]:
    weight, bias = (part.astype(x.dtype, copy=False) for part in layer)
    out = x @ weight.T
    out += bias
    return out


def _unit(features: NDArray[Real]) -> NDArray[Real]:
    unit: NDArray[Real] = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    return unit


def _similarities(x: NDArray[Real], kernel: Kernel) -> NDArray[Real]:
    anchors, spread = (part.astype(x.dtype, copy=False) for part in (kernel.anchors, kernel.spread))
    # The product form rounds, and rounding must not make a distance negative.
    squared = np.square(x).sum(axis=1, keepdims=True) + np.square(anchors).sum(axis=1) - 2 * x @ anchors.T
    similarity: NDArray[Real] = np.exp(-np.maximum(squared, 0) / spread)
    return similarity
