"""Kernel features of anchors: similarities of a row to a few hundred training rows, made block by block.

Closed forms need K'K, K'B and K W of the centred features K (n, a), never K itself, so n costs time and no memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from hint_train.training.anchor_network import AnchorNetwork

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from hint_train.config.sections import NetworkConfig

_BLOCK = 4096
_KEEP_BYTES = 2**28
"""Features of at most this size are kept, those of more rows are made anew at every use."""


class Kernel:
    """Centred kernel features K (n, a) of the training rows of one modality, or of a part of them.

    Anchors, width and the mean that is subtracted come from all training rows: features need no label. The width is that of
    BATCH (Y. Wang et al., IEEE TKDE 2021): spread = 2 sigma^2, sigma^2 the mean squared distance between rows and anchors.
    Sums are float64, of features in float32 as the networks compute them.
    """

    def __init__(self, features: Tensor, network: AnchorNetwork, mean: Tensor, rows: Tensor | None = None) -> None:
        self._features, self._network, self._mean, self._rows = features, network, mean, rows
        self._kept: list[Tensor] = []
        self._gram: Tensor | None = None

    @classmethod
    def of(cls, features: Tensor, config: NetworkConfig, count: int, width: float, source: torch.Generator) -> Kernel:
        """The kernel of all training rows `features` (n, d), with min(`count`, n) of them as anchors. O(n d a) time.

        `width` multiplies sigma^2.
        """
        network = AnchorNetwork.scaled_to(features, config, min(count, len(features)))
        chosen = torch.randperm(len(features), generator=source)[:count].sort().values
        network.anchors.copy_(network.scaled(features[chosen.to(features.device)]))
        network.spread.fill_(2 * width * _mean_squared_distance(network, features))
        out = cls(features, network, torch.zeros(len(network.anchors), dtype=torch.float64, device=features.device))
        total = out.transposed(torch.ones(len(out), 1, dtype=torch.float64, device=features.device))[:, 0]
        out._mean = total / len(out)
        return out

    def part(self, rows: Tensor) -> Kernel:
        """The same features of the training rows `rows` (m,) int64 alone."""
        return Kernel(self._features, self._network, self._mean, rows)

    def __len__(self) -> int:
        return len(self._features) if self._rows is None else len(self._rows)

    @property
    def width(self) -> int:
        """Number of features a, one per anchor."""
        return len(self._mean)

    @property
    def device(self) -> torch.device:
        """Where the features are."""
        return self._features.device

    def blocks(self) -> Iterator[tuple[slice, Tensor]]:
        """K in blocks of rows: which rows, and their features (b, a) float64."""
        keep = len(self) * self.width * 4 <= _KEEP_BYTES
        for number, start in enumerate(range(0, len(self), _BLOCK)):
            part = slice(start, min(start + _BLOCK, len(self)))
            if number < len(self._kept):
                block = self._kept[number]
            else:
                rows = self._features[part] if self._rows is None else self._features[self._rows[part]]
                block = self._network.similarities(rows)
                if keep:
                    self._kept.append(block)
            yield part, block.double() - self._mean

    def gram(self) -> Tensor:
        """K'K (a, a), computed once. O(n a^2)."""
        if self._gram is None:
            self._gram = torch.zeros(self.width, self.width, dtype=torch.float64, device=self.device)
            for _, block in self.blocks():
                self._gram += block.T @ block
        return self._gram

    def cross(self, other: Kernel) -> Tensor:
        """K'K* (a, a*) with the kernel K* of the other modality over the same rows."""
        out = torch.zeros(self.width, other.width, dtype=torch.float64, device=self.device)
        for (_, mine), (_, theirs) in zip(self.blocks(), other.blocks(), strict=True):
            out += mine.T @ theirs
        return out

    def times(self, maps: Tensor) -> Tensor:
        """K W (n, L) for `maps` W (a, L) float64."""
        out = torch.empty(len(self), maps.shape[1], dtype=torch.float64, device=self.device)
        for part, block in self.blocks():
            out[part] = block @ maps
        return out

    def transposed(self, values: Tensor) -> Tensor:
        """K'B (a, L) for `values` B (n, L) float64."""
        out = torch.zeros(self.width, values.shape[1], dtype=torch.float64, device=self.device)
        for part, block in self.blocks():
            out += block.T @ values[part]
        return out

    def network(self, maps: Tensor) -> AnchorNetwork:
        """The hash function x -> W'(phi(x) - mean) of `maps` W (a, L) as a network that can be saved; it is not trained."""
        return self._network.with_maps(maps, self._mean)


def _mean_squared_distance(network: AnchorNetwork, features: Tensor) -> float:
    """Mean of |x - a|^2 over all rows x and anchors a, in O(n d) by opening the square; 1 where all rows are equal."""
    n, d = features.shape
    square, mean = 0.0, torch.zeros(d, dtype=torch.float64, device=features.device)
    for block in torch.split(features, _BLOCK):
        x = network.scaled(block).double()
        square += float(x.square().sum()) / n
        mean += x.sum(0) / n
    anchors = network.anchors.double()
    apart = square + float(anchors.square().sum(1).mean() - 2 * mean @ anchors.mean(0))
    return apart if apart > 1e-9 * square else 1.0
