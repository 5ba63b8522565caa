"""Options of the baselines that HINT's configuration has no word for, one frozen section each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class UcchConfig:
    """`--method ucch` alone: the loss of Hu et al. 2022, whose authors' settings these are."""

    ucch_nce: float = 0.7
    """Weight of the contrast with the memory; the ranking loss has the rest up to 1."""
    ucch_tau: float = 0.9
    """Temperature of that contrast, on cosines."""
    ucch_negatives: int = 4096
    """Negatives drawn from the memory at each step, with replacement."""
    ucch_momentum: float = 0.4
    """Share of the old entry kept when a memory entry is updated."""
    ucch_warmup: int = 1
    """Epochs at the start that contrast with the codes of the batch instead of the memory."""
    ucch_margin: float = 0.2
    """Ranking: other items whose cosine s is this far below the own pair's count as s - shift."""
    ucch_shift: float = 0.1
    """Ranking: that shift."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CvhConfig:
    """`--method cvh` alone: canonical correlations, closed form."""

    cvh_components: int | None = None
    """Canonical components that carry the code; None takes as many as there are bits, where the features have them."""
    cvh_rotation: Literal["none", "random", "itq"] = "none"
    """Rotation before the sign: none, seeded at random, or ITQ's of least quantisation error."""
    cvh_iterations: int = 50
    """Rounds of ITQ."""
    cvh_ridge: float = 1e-2
    """Added to the diagonal of each covariance, as a share of its mean diagonal entry."""


def faults(ucch: UcchConfig, cvh: CvhConfig) -> Iterator[str]:
    """Every value that cannot be run, in words."""
    shares = {"--ucch-nce": ucch.ucch_nce, "--ucch-momentum": ucch.ucch_momentum}
    least: dict[str, tuple[float, float]] = {
        "--ucch-negatives": (ucch.ucch_negatives, 1),
        "--ucch-warmup": (ucch.ucch_warmup, 1),
        "--ucch-margin": (ucch.ucch_margin, 0),
        "--ucch-shift": (ucch.ucch_shift, 0),
        "--cvh-components": (1 if cvh.cvh_components is None else cvh.cvh_components, 1),
        "--cvh-iterations": (cvh.cvh_iterations, 1),
    }
    for name, value in shares.items():
        if not 0 <= value <= 1:
            yield f"{name} must lie between 0 and 1, got {value:g}"
    for name, (value, bound) in least.items():
        if not value >= bound:  # also catches NaN
            yield f"{name} must be at least {bound:g}, got {value:g}"
    for name, value in {"--ucch-tau": ucch.ucch_tau, "--cvh-ridge": cvh.cvh_ridge}.items():
        if not value > 0:
            yield f"{name} must be greater than 0, got {value:g}"
