"""DGCPN: cosines of codes fitted to similarities that are made coherent by shared neighbours, half real and half binary.

J. Yu, H. Zhou, Y. Zhan, D. Tao, Deep graph-neighbor coherence preserving network for unsupervised cross-modal hashing, AAAI
2021; constants as in the authors' public program. Written from the equations.

Deviations. Hash networks and optimiser are those of every method here. The program steps three times per batch: both networks on
real outputs, then each against the signs of the other; here the three losses are added and stepped once. Neighbours are the
published 2,000 of 5,000 pairs as a share of the training pairs, but at most 1,000 of each, and similarities come batch by batch,
so that no N x N matrix exists. The scale that makes products of neighbour distributions comparable with cosines, the published
4,000, is 2 per neighbour. Neighbours of negative cosine weigh nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn.functional import mse_loss, normalize

from hint_train.structure.knn import nearest
from hint_train.training.method import (
    Batch,
    MethodEntry,
    TrainingSet,
    generator,
)
from hint_train.training.two_networks import TwoNetworks, networks_for

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from hint_train.data.pairs import TrainingPairs
    from hint_train.methods.config import Config
    from hint_train.methods.dgcpn.options import DgcpnConfig

_WEIGHTS = 0  # purpose of a random draw
_MOST_NEIGHBOURS = 1000


@dataclass(frozen=True, slots=True)
class Coherence:
    """Neighbours of the training pairs: `index` (N, k) int64 and how likely each is, `share` (N, k), rows adding up to 1."""

    index: Tensor
    share: Tensor
    scale: float

    @classmethod
    def of(cls, joint: Tensor, options: DgcpnConfig) -> Coherence:
        """The neighbours by cosine of the `joint` unit features (N, d)."""
        n = len(joint)
        k = max(1, min(round(options.dgcpn_neighbours * n), _MOST_NEIGHBOURS, n - 1))
        index, cosine = nearest(joint, k)
        weight = cosine.clamp(min=0)
        return cls(index.long(), weight / weight.sum(1, keepdim=True).clamp(min=1e-12), options.dgcpn_scale * k)

    def block(self, rows: Tensor) -> Tensor:
        """scale * P P' (B, B) of the pairs `rows`, P (B, N) the distributions over neighbours: pairs that share neighbours."""
        p = torch.zeros(len(rows), len(self.index), dtype=self.share.dtype, device=rows.device)
        p.scatter_(1, self.index[rows], self.share[rows])
        return self.scale * p @ p.T

    def summary(self) -> dict[str, float]:
        """Number of neighbours."""
        return {"neighbours": self.index.shape[1]}

    def notes(self) -> tuple[str, ...]:
        """No notes."""
        return ()

    def save(self, folder: Path) -> None:
        """Nothing is written."""


def joint_features(image: Tensor, text: Tensor, text_share: float) -> Tensor:
    """Unit rows (n, d_v + d_t) whose products are (1 - text_share) C_v + text_share C_t, C the cosines of one modality."""
    return torch.cat([(1 - text_share) ** 0.5 * normalize(image), text_share**0.5 * normalize(text)], dim=1)


def target_of(joint: Tensor, coherence: Tensor, share: float) -> Tensor:
    """S = 2 ((1 - share) J J' + share * coherence) - 1 (B, B), J the joint features of the batch."""
    return 2 * ((1 - share) * joint @ joint.T + share * coherence) - 1


def preserving_loss(image: Tensor, text: Tensor, target: Tensor, own: float) -> dict[str, Tensor]:
    """The three similarities that outputs (B, L) preserve, C their cosines.

    `pair`: mean (C_vt,ii - own)^2. `graph`: mse of C_vv, C_tt and C_vt to the target, added, diagonals left out of the sums but
    not of the count. `consistency`: mse between C_vt and C_vv, C_vt and C_tt, C_vv and C_tt, C_vt and its transpose, added.
    """
    v, t = normalize(image), normalize(text)
    vv, tt, vt = v @ v.T, t @ t.T, v @ t.T
    off = 1 - torch.eye(len(v), dtype=v.dtype, device=v.device)
    graph = sum((mse_loss(c * off, target * off) for c in (vv, tt, vt)), vt.new_zeros(()))
    return {
        "pair": (vt.diagonal() - own).square().mean(),
        "graph": graph,
        "consistency": mse_loss(vt, vv) + mse_loss(vt, tt) + mse_loss(vv, tt) + mse_loss(vt, vt.T),
    }


class Dgcpn(TwoNetworks):
    """Networks of one run; a `Method`.

    With f = tanh of the outputs and b their signs, which pass no gradient: L(f_v, f_t) + L(f_v, b_t) + L(b_v, f_t), where
    L = pair + w_g graph + w_c consistency of `preserving_loss`.
    """

    def __init__(self, coherence: Coherence, train: TrainingSet, config: Config, bits: int, seed: int) -> None:
        self._options, self._coherence = config.dgcpn, coherence
        super().__init__(networks_for(train, bits, config.network, generator(seed, _WEIGHTS)))

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """The terms `pair`, `graph` and `consistency`, weighted, each the sum of the real and the two half-binary losses."""
        options = self._options
        v, t = map(torch.tanh, self.outputs(batch))
        joint = joint_features(batch.image, batch.text, options.dgcpn_text)
        target = target_of(joint, self._coherence.block(batch.index), options.dgcpn_coherence)
        halves = ((v, t), (v, t.detach().sign()), (v.detach().sign(), t))
        losses = [preserving_loss(x, y, target, options.dgcpn_pair_target) for x, y in halves]
        weights = {"pair": 1.0, "graph": options.dgcpn_graph, "consistency": options.dgcpn_consistency}
        return {name: weight * torch.stack([x[name] for x in losses]).sum() for name, weight in weights.items()}


def _prepare(pairs: TrainingPairs, config: Config, device: torch.device) -> Coherence:
    image, text = (torch.from_numpy(x).to(device) for x in (pairs.image, pairs.text))
    return Coherence.of(joint_features(image, text, config.dgcpn.dgcpn_text), config.dgcpn)


ENTRY = MethodEntry(_prepare, Dgcpn)
