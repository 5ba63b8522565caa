"""The network whose inputs are similarities to a few hundred training rows; its weights come from closed forms."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from hint_train.training.networks import HashNetwork, blank_linear

if TYPE_CHECKING:
    from hint_train.config.sections import NetworkConfig


class AnchorNetwork(HashNetwork):
    """Linear in the kernel features: W' phi(x) + b, with phi_j(x) = exp(-|s(x) - a_j|^2 / spread), s the input scaling.

    Parameters
    ----------
    inputs, count, bits
        Feature width d, number of anchors a and code length L.
    config
        Input scaling; there are no hidden layers.
    """

    anchors: Tensor
    spread: Tensor

    def __init__(self, inputs: int, count: int, bits: int, config: NetworkConfig) -> None:
        super().__init__(inputs, bits, replace(config, layers=1), torch.Generator())
        self._config = config
        self.register_buffer("anchors", torch.zeros(count, inputs))
        self.register_buffer("spread", torch.ones(()))
        self.layers = nn.ModuleList([blank_linear(count, bits)])

    @classmethod
    def scaled_to(cls, features: Tensor, config: NetworkConfig, count: int) -> AnchorNetwork:
        """A network of `count` anchors and one output for the training `features` (n, d), its input scaling fitted to them."""
        network = cls(features.shape[1], count, 1, config)
        network.fit_inputs(features.cpu(), config)
        return network.requires_grad_(False).to(features.device)

    def with_maps(self, maps: Tensor, mean: Tensor) -> AnchorNetwork:
        """A copy with the outputs W'(phi(x) - mean), `maps` W (a, L) and `mean` (a,) float64."""
        inputs, count, bits = self.anchors.shape[1], *maps.shape
        copy = AnchorNetwork(inputs, count, bits, self._config)
        layer = {"layers.0.weight": maps.T, "layers.0.bias": -mean @ maps}
        copy.load_state_dict(self.state_dict() | {name: value.cpu() for name, value in layer.items()})
        return copy.requires_grad_(False).to(self.anchors.device)

    def similarities(self, features: Tensor) -> Tensor:
        """phi of raw `features` (n, d): (n, a), in (0, 1]."""
        x = self.scaled(features)
        # The product form rounds, and rounding must not make a distance negative.
        squared = x.square().sum(1, keepdim=True) + self.anchors.square().sum(1) - 2 * x @ self.anchors.T
        return torch.exp(-squared.clamp_(min=0) / self.spread)

    def forward(self, features: Tensor) -> Tensor:
        """Preactivations (n, L) of raw `features` (n, d)."""
        out: Tensor = self.layers[0](self.similarities(features))
        return out
