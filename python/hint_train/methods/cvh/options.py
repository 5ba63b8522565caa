"""Options of CVH."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hint_train.config.ranges import Count, Positive


@dataclass(frozen=True, slots=True, kw_only=True)
class CvhConfig:
    """`--method cvh` alone: canonical correlations, closed form."""

    cvh_components: Count | None = None
    """Canonical components that carry the code; None takes as many as there are bits, where the features have them."""
    cvh_rotation: Literal["none", "random", "itq"] = "none"
    """Rotation before the sign: none, seeded at random, or ITQ's of least quantisation error."""
    cvh_iterations: Count = 50
    """Rounds of ITQ."""
    cvh_ridge: Positive = 1e-2
    """Added to the diagonal of each covariance, as a share of its mean diagonal entry."""
