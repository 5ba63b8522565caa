"""Options of CMFH."""

from __future__ import annotations

from dataclasses import dataclass

from hint_train.config.ranges import Count, InnerShare, Positive


@dataclass(frozen=True, slots=True, kw_only=True)
class CmfhConfig:
    """`--method cmfh` alone: collective matrix factorisation, closed form, at the paper's constants."""

    cmfh_image: InnerShare = 0.5
    """lambda, weight of reconstructing the images; the texts have the rest up to 1."""
    cmfh_mu: Positive = 100.0
    """Weight of the hash functions' fit to the common factor."""
    cmfh_gamma: Positive = 0.01
    """Ridge of all factors."""
    cmfh_iterations: Count = 50
    """Rounds of its updates."""
