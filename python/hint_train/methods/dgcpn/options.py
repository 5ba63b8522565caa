"""Options of DGCPN."""

from __future__ import annotations

from dataclasses import dataclass

from hint_train.config.ranges import InnerShare, Positive, Share, Weight


@dataclass(frozen=True, slots=True, kw_only=True)
class DgcpnConfig:
    """`--method dgcpn` alone: similarities by shared neighbours, at the constants of the authors' program."""

    dgcpn_text: Share = 0.01
    """Share of the texts in similarities."""
    dgcpn_neighbours: InnerShare = 0.4
    """Neighbours per pair as a share of the training pairs, at most 1,000."""
    dgcpn_coherence: Share = 0.3
    """Share of the coherence of neighbours in the target; the cosines have the rest up to 1."""
    dgcpn_scale: Weight = 2.0
    """Factor of that coherence, per neighbour."""
    dgcpn_pair_target: Positive = 1.5
    """What the cosine of a pair is fitted to."""
    dgcpn_graph: Weight = 1.0
    """Weight of fitting the target; the pairs have 1."""
    dgcpn_consistency: Weight = 1.0
    """Weight of the agreement of cosines within and across modalities."""
