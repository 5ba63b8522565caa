"""Hash networks: one per modality, from a feature row to L real outputs (paper Eq. 1)."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from hint_train.config.sections import NetworkConfig

_NORM = 10.0
"""Root mean squared norm of centred training rows."""
_FIT_ROWS = 16_384


class HashNetwork(nn.Module):
    """Multi-layer perceptron d -> hidden -> ... -> L with ReLU between layers.

    The scaling of the input belongs to the network, so that saved weights encode raw features. The output is the
    preactivation: training applies tanh, codes take the sign with 0 counted as +1.

    Parameters
    ----------
    inputs, bits
        Feature width d and code length L.
    config
        Width, depth and input scaling.
    generator
        Source of the initial weights, on the CPU so that every device starts equal.
    """

    shift: Tensor
    scale: Tensor

    def __init__(self, inputs: int, bits: int, config: NetworkConfig, generator: torch.Generator) -> None:
        super().__init__()
        self.unit_rows = config.features == "l2"
        self.register_buffer("shift", torch.zeros(inputs))
        self.register_buffer("scale", torch.ones(inputs))
        widths = [inputs, *[config.hidden] * (config.layers - 1), bits]
        self.layers = nn.ModuleList(_linear(a, b, generator) for a, b in pairwise(widths))

    @classmethod
    def for_features(
        cls, features: Tensor, bits: int, config: NetworkConfig, generator: torch.Generator
    ) -> HashNetwork:
        """A network for the training `features` (n, d), on their device, with its input scaling fitted to them."""
        network = cls(features.shape[1], bits, config, generator)
        network.fit_inputs(features.cpu(), config)
        return network.to(features.device)

    def fit_inputs(self, features: Tensor, config: NetworkConfig) -> None:
        """Fit the input scaling that `config` asks for to the training `features` (n, d) on the CPU."""
        if config.features == "standard":
            self.fit_columns(features)
        elif config.features == "centred":
            self.fit_centre(features)

    def fit_columns(self, features: Tensor) -> None:
        """Take mean and deviation of each column of the training `features` (n, d); constant columns keep deviation 1."""
        mean = _mean(features)
        deviation = _mean_of([_squares(part, mean).sum(0) for part in _parts(features)], len(features)).sqrt()
        greatest = torch.stack([part.abs().amax(0) for part in _parts(features)]).amax(0)
        self.shift.copy_(mean)
        self.scale.copy_(torch.where(deviation > 1e-6 * greatest, deviation, torch.ones_like(deviation)))

    def fit_centre(self, features: Tensor) -> None:
        """Take the mean of the training `features` (n, d) and one scale for all columns: mean squared norm 100 of the rows.

        Constant features keep scale 1.
        """
        self.shift.copy_(_mean(features))
        norm, plain = (
            float(_mean_of([_squares(part, shift).sum(1).sum() for part in _parts(features)], len(features)).sqrt())
            for shift in (self.shift, torch.zeros_like(self.shift))
        )
        self.scale.fill_(1.0 if norm <= 1e-6 * plain else norm / _NORM)

    def scaled(self, features: Tensor) -> Tensor:
        """Raw `features` (n, d) as the first layer sees them."""
        return nn.functional.normalize(features) if self.unit_rows else (features - self.shift).div_(self.scale)

    def forward(self, features: Tensor) -> Tensor:
        """Preactivations (n, L) of raw `features` (n, d)."""
        x = self.scaled(features)
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        out: Tensor = self.layers[-1](x)
        return out.float()  # products may have been made in a shorter type


def _parts(features: Tensor) -> tuple[Tensor, ...]:
    """Blocks of rows, so that a copy in float64 stays small."""
    return torch.split(features, _FIT_ROWS)


def _mean(features: Tensor) -> Tensor:
    return _mean_of([part.double().sum(0) for part in _parts(features)], len(features))


def _mean_of(sums: list[Tensor], n: int) -> Tensor:
    return torch.stack(sums).sum(0) / n


def _squares(part: Tensor, shift: Tensor) -> Tensor:
    return (part.double() - shift).square_()


def blank_linear(inputs: int, outputs: int) -> nn.Linear:
    """A linear layer whose weights are still to be set; torch's global generator stays as it was.

    Without storage on the device `meta`, as `torch.nn.utils.skip_init` makes one, it would load sympy: a third of a second.
    """
    with torch.random.fork_rng(devices=[]):
        return nn.Linear(inputs, outputs)


def _linear(inputs: int, outputs: int, generator: torch.Generator) -> nn.Linear:
    """A linear layer with torch's default initialisation, uniform on +-1/sqrt(inputs), drawn from `generator`."""
    layer = blank_linear(inputs, outputs)
    bound = 1 / math.sqrt(inputs)
    with torch.no_grad():
        layer.weight.uniform_(-bound, bound, generator=generator)
        layer.bias.uniform_(-bound, bound, generator=generator)
    return layer


def encode_in_blocks(network: HashNetwork, features: Tensor, block: int = 1024) -> Tensor:
    """Preactivations of many rows without gradients, on the network's device, where rows move to block by block.

    Every product has the same shape, the last block being padded, because a matrix product may add up in another order at
    another shape: so a row gets the same code in whatever company it is encoded.
    """
    device = network.shift.device
    out = []
    with torch.no_grad():
        for part in torch.split(features, block):
            padded = torch.nn.functional.pad(part.to(device), (0, 0, 0, block - len(part)))
            out.append(network(padded)[: len(part)])
    return torch.cat(out)
