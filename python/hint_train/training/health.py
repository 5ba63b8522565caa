"""Signs of trouble in codes, measured without labels: dead bits, unbalanced bits, correlated bits, collapse."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from hint_train.training.networks import encode_in_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hint_train.data.pairs import Modality
    from hint_train.training.method import TrainingSet
    from hint_train.training.networks import HashNetwork

_SAMPLE = 2048
_TILE_BITS = 256
_PAIRED_BITS = 512
"""Of longer codes so many bits are drawn to be compared with one another: the number of pairs grows with the square of theirs."""
_MAX_DEAD = 0.25
"""Share of the bits that may be constant."""
_MAX_CORRELATION = 0.5
"""Mean |correlation| of two bits: 0.4 was the greatest in sound runs of all methods, 1 is one bit over and over."""
_FEWEST_CODES = 4
_CODES_PER_POSSIBLE = 1 / 256
"""Distinct codes must number 4, and this share of the rows or of the codes that there are: fewer tell next to nothing apart."""
_log = logging.getLogger(__name__)


def code_health(networks: dict[Modality, HashNetwork], train: TrainingSet) -> dict[str, float]:
    """Figures of the codes of up to 2,048 training rows, evenly spaced over all; the worse modality of the two.

    Returns
    -------
    figures
        `imbalance`: mean of |mean of a bit's signs|, 0 at best, 1 where all bits are constant. `dead_bits`: bits equal in
        more than 99.5 % of the rows. `correlation`: mean |correlation| of two bits, among 512 drawn ones where there are more.
        `distinct`: share of distinct codes.
    """
    found = []
    # Evenly spaced, because files are often sorted by class.
    rows = torch.arange(_sampled(len(train)), device=train.device) * len(train) // _sampled(len(train))
    for modality, features in (("image", train.image), ("text", train.text)):
        network = networks["image" if modality == "image" else "text"]
        found.append(_figures(encode_in_blocks(network, features[rows]) >= 0))
    worse = {name: max(f[name] for f in found) for name in ("imbalance", "dead_bits", "correlation")}
    return worse | {"distinct": min(f["distinct"] for f in found)}


def _sampled(n: int) -> int:
    return min(n, _SAMPLE)


def _figures(ones: torch.Tensor) -> dict[str, float]:
    n = len(ones)
    mean = 2 * ones.float().sum(0).double() / n - 1
    live = mean.abs() < 1
    paired = torch.nonzero(live).ravel()
    if len(paired) > _PAIRED_BITS:
        drawn = torch.randperm(len(paired), generator=torch.Generator().manual_seed(0))[:_PAIRED_BITS]
        paired = paired[drawn.to(paired.device)]
    return {
        "imbalance": float(mean.abs().mean()),
        "dead_bits": float((mean.abs() > 0.99).sum()),
        "correlation": _mean_correlation(ones[:, paired], mean[paired]),
        "distinct": len({code.tobytes() for code in np.packbits(ones.cpu().numpy(), axis=1)}) / n,
    }


def _mean_correlation(ones: torch.Tensor, mean: torch.Tensor) -> float:
    """Mean |correlation| of two bits, none of them constant; 0 where there are no two.

    Products of so few signs are exact in float32, in which they take half the time, and each pair is multiplied once.

    Parameters
    ----------
    ones
        (n, bits) bool.
    mean
        (bits,) float64, means of the signs.
    """
    n, bits = ones.shape
    signs, spread = ones.float() * 2 - 1, (1 - mean.square()).sqrt()
    total = 0.0
    for start in range(0, bits, _TILE_BITS):
        own = slice(start, start + _TILE_BITS)
        both = (signs[:, own].T @ signs[:, start:]).double() / n
        correlation = (both - mean[own, None] * mean[start:]).abs_() / (spread[own, None] * spread[start:])
        total += float(correlation.triu(1).sum())
    return 2 * total / max(1, bits * (bits - 1))


class HealthWatch:
    """Logs a warning where the codes of one code length and seed fall ill: once for each kind of fault.

    Parameters
    ----------
    bits
        Code length.
    n_train
        Number of training pairs.
    """

    def __init__(self, bits: int, n_train: int) -> None:
        self._bits, self._rows = bits, _sampled(n_train)
        self._named: set[str] = set()

    def look(self, figures: Mapping[str, float]) -> None:
        """Judge what `code_health` found, after the `epoch` that is named beside it, if any."""
        when = f"after epoch {figures['epoch']:.0f} " if "epoch" in figures else ""
        for kind, fault in self._faults(figures):
            if kind not in self._named:
                self._named.add(kind)
                _log.warning("%sthe %d-bit codes are ill: %s", when, self._bits, fault)

    def _faults(self, figures: Mapping[str, float]) -> Iterator[tuple[str, str]]:
        bits, rows = self._bits, self._rows
        possible = min(rows, 2 ** min(bits, 62))
        codes = round(figures["distinct"] * rows)
        if codes < min(possible / 2, max(_FEWEST_CODES, possible * _CODES_PER_POSSIBLE)):
            noun = "code" if codes == 1 else "codes"
            advice = "; try a smaller --learning-rate" if "epoch" in figures else ""  # there is none in closed form
            yield "collapse", f"only {codes} distinct {noun} in {rows} training rows{advice}"
        if figures["dead_bits"] > bits * _MAX_DEAD:
            yield "dead", f"{figures['dead_bits']:.0f} of {bits} bits are constant"
        limit = max(_MAX_CORRELATION, 2 / math.sqrt(rows))  # bits of few rows are correlated by chance
        if figures["correlation"] > limit:
            found = f"mean correlation {figures['correlation']:.2f}, more than {limit:g}"
            yield "copies", f"bits copy one another ({found})"
