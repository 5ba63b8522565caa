"""Signs of trouble in codes, measured without labels: dead bits, unbalanced bits, correlated bits, collapse."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import torch

from hint_train.networks import encode_in_blocks

if TYPE_CHECKING:
    from hint_train.method import Modality, TrainingSet
    from hint_train.networks import HashNetwork

_SAMPLE = 2048
_log = logging.getLogger(__name__)


def code_health(networks: dict[Modality, HashNetwork], train: TrainingSet) -> dict[str, float]:
    """Figures of the codes of the first training rows, the worse modality of the two.

    Returns
    -------
    figures
        `imbalance`: mean of |mean of a bit's signs|, 0 at best, 1 where all bits are constant. `dead_bits`: bits equal in
        more than 99.5 % of the rows. `correlation`: mean |correlation| of two bits. `distinct`: share of distinct codes.
    """
    found = []
    for modality, features in (("image", train.image), ("text", train.text)):
        network = networks["image" if modality == "image" else "text"]
        found.append(_figures((encode_in_blocks(network, features[:_SAMPLE]) >= 0).cpu()))
    worse = {name: max(f[name] for f in found) for name in ("imbalance", "dead_bits", "correlation")}
    return worse | {"distinct": min(f["distinct"] for f in found)}


def _figures(ones: torch.Tensor) -> dict[str, float]:
    signs = ones.double() * 2 - 1
    n = len(signs)
    mean = signs.mean(0)
    spread = (1 - mean.square()).sqrt()
    live = spread > 0
    standard = (signs - mean)[:, live] / spread[live]
    correlation = (standard.T @ standard / n).abs()
    pairs = max(1, len(correlation) * (len(correlation) - 1))
    return {
        "imbalance": float(mean.abs().mean()),
        "dead_bits": float((mean.abs() > 0.99).sum()),
        "correlation": float(correlation.sum() - correlation.diagonal().sum()) / pairs,
        "distinct": len(torch.unique(ones, dim=0)) / n,
    }


def warn_if_ill(figures: dict[str, float], bits: int) -> None:
    """Log a warning where the codes of `bits` bits have collapsed or lost bits."""
    if figures["imbalance"] > 0.9:
        _log.warning(
            "the %d-bit codes have collapsed (imbalance %.2f); try a smaller --gamma", bits, figures["imbalance"]
        )
    elif figures["dead_bits"] > bits / 4:
        _log.warning("%d of %d bits are constant", int(figures["dead_bits"]), bits)
