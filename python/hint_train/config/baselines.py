"""Options of the baselines that HINT's configuration has no word for, one frozen section each."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CmfhConfig:
    """`--method cmfh` alone: collective matrix factorisation, closed form, at the paper's constants."""

    cmfh_image: float = 0.5
    """lambda, weight of reconstructing the images; the texts have the rest up to 1."""
    cmfh_mu: float = 100.0
    """Weight of the hash functions' fit to the common factor."""
    cmfh_gamma: float = 0.01
    """Ridge of all factors."""
    cmfh_iterations: int = 50
    """Rounds of its updates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DjsrhConfig:
    """`--method djsrh` alone: joint similarities, at the constants of the authors' program for NUS-WIDE."""

    djsrh_beta: float = 0.6
    """Share of the images in the joint similarity."""
    djsrh_eta: float = 0.4
    """Share of the similarity of rows of similarities."""
    djsrh_mu: float = 1.5
    """What the joint similarity is multiplied by."""
    djsrh_image: float = 0.1
    """lambda_1, weight of cosines between image outputs; those across modalities have 1."""
    djsrh_text: float = 0.1
    """lambda_2, of those between text outputs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DgcpnConfig:
    """`--method dgcpn` alone: similarities by shared neighbours, at the constants of the authors' program."""

    dgcpn_text: float = 0.01
    """Share of the texts in similarities."""
    dgcpn_neighbours: float = 0.4
    """Neighbours per pair as a share of the training pairs, at most 1,000."""
    dgcpn_coherence: float = 0.3
    """Share of the coherence of neighbours in the target; the cosines have the rest up to 1."""
    dgcpn_scale: float = 2.0
    """Factor of that coherence, per neighbour."""
    dgcpn_pair_target: float = 1.5
    """What the cosine of a pair is fitted to."""
    dgcpn_graph: float = 1.0
    """Weight of fitting the target; the pairs have 1."""
    dgcpn_consistency: float = 1.0
    """Weight of the agreement of cosines within and across modalities."""


_SHARES = frozenset({"ucch_nce", "ucch_momentum", "djsrh_beta", "djsrh_eta", "dgcpn_text", "dgcpn_coherence"})
_INNER_SHARES = frozenset({"cmfh_image", "dgcpn_neighbours"})
_MAY_BE_ZERO = frozenset(
    {"ucch_margin", "ucch_shift", "djsrh_image", "djsrh_text", "dgcpn_graph", "dgcpn_consistency", "dgcpn_scale"}
)


def faults(*sections: UcchConfig | CvhConfig | CmfhConfig | DjsrhConfig | DgcpnConfig) -> Iterator[str]:
    """Every value that cannot be run, in words."""
    for section in sections:
        for field in fields(section):
            value = getattr(section, field.name)
            name = f"--{field.name.replace('_', '-')}"
            if value is None or isinstance(value, str):
                continue
            if field.name in _SHARES:
                if not 0 <= value <= 1:
                    yield f"{name} must lie between 0 and 1, got {value:g}"
            elif field.name in _INNER_SHARES:
                if not 0 < value < 1:
                    yield f"{name} must lie between 0 and 1, both excluded, got {value:g}"
            elif isinstance(value, int):
                if value < 1:
                    yield f"{name} must be at least 1, got {value}"
            elif field.name in _MAY_BE_ZERO:
                if not 0 <= value < math.inf:  # also catches NaN
                    yield f"{name} must be at least 0 and finite, got {value:g}"
            elif not 0 < value < math.inf:
                yield f"{name} must be greater than 0 and finite, got {value:g}"
