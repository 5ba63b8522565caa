"""Options of DJSRH."""

from __future__ import annotations

from dataclasses import dataclass

from hint_train.config.ranges import Positive, Share, Weight


@dataclass(frozen=True, slots=True, kw_only=True)
class DjsrhConfig:
    """`--method djsrh` alone: joint similarities, at the constants of the authors' program for NUS-WIDE."""

    djsrh_beta: Share = 0.6
    """Share of the images in the joint similarity."""
    djsrh_eta: Share = 0.4
    """Share of the similarity of rows of similarities."""
    djsrh_mu: Positive = 1.5
    """What the joint similarity is multiplied by."""
    djsrh_image: Weight = 0.1
    """lambda_1, weight of cosines between image outputs; those across modalities have 1."""
    djsrh_text: Weight = 0.1
    """lambda_2, of those between text outputs."""
