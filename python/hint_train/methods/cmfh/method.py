"""CMFH: one latent factor for both modalities of a pair, linear hash functions fitted to it in the same alternation.

G. Ding, Y. Guo, J. Zhou, Collective matrix factorization hashing for multimodal data, CVPR 2014; constants as stated there.
Written from the equations.

Deviations. Features have the input scaling of every method here, less their mean, which makes the mean of the factors 0, where
the paper thresholds them. Factors start as a random projection of the features instead of as random numbers; they are linear in
the features ever after, so that the alternation works on products of columns and costs the same for any number of pairs. A fixed
number of rounds, not a threshold, ends it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from hint_train.data.pairs import MODALITIES, Modality
from hint_train.training.final import Final
from hint_train.training.method import MethodEntry, NoArtefacts, TrainingSet, generator
from hint_train.training.networks import HashNetwork
from hint_train.training.ridge import Ridge

if TYPE_CHECKING:
    from torch import Tensor

    from hint_train.methods.cmfh.options import CmfhConfig
    from hint_train.methods.config import Config

_START = 0  # purpose of a random draw


@dataclass(frozen=True, slots=True)
class Factorisation:
    """U_m (d_m, L), P_m (d_m, L) and the map M (d_v + d_t, L) that makes V = [X_v X_t] M (n, L); float64."""

    loadings: dict[Modality, Tensor]
    projections: dict[Modality, Tensor]
    factors: Tensor


def factorise(
    gram: Tensor, widths: dict[Modality, int], start: Tensor, options: CmfhConfig, rounds: int
) -> Factorisation:
    """Lower the objective over U, P and V, each exactly in turn.

        sum_m lambda_m ||X_m - V U_m'||^2 + mu sum_m ||V - X_m P_m||^2 + gamma (||V||^2 + sum_m ||U_m||^2 + ||P_m||^2).

    Parameters
    ----------
    gram
        [X_v X_t]'[X_v X_t] (d, d) float64 of centred rows, image columns first.
    widths
        d_v and d_t.
    start
        M (d, L) to start from.
    rounds
        Rounds of the three updates; the objective never rises. O(d^2 L) each.
    """
    weight: dict[Modality, float] = {"image": options.cmfh_image, "text": 1 - options.cmfh_image}
    part: dict[Modality, slice] = {"image": slice(0, widths["image"]), "text": slice(widths["image"], None)}
    systems = {m: Ridge(gram[s, s], options.cmfh_gamma / options.cmfh_mu) for m, s in part.items()}
    maps = start
    loadings: dict[Modality, Tensor] = {}
    projections: dict[Modality, Tensor] = {}
    for _ in range(rounds):
        across = gram @ maps  # X'V
        own = maps.T @ across  # V'V
        for m, s in part.items():
            loadings[m] = Ridge(own, options.cmfh_gamma / weight[m]).solve(across[s].T).T
            projections[m] = systems[m].solve(across[s])
        inner = torch.stack([weight[m] * loadings[m].T @ loadings[m] for m in part]).sum(0)
        right = torch.cat([weight[m] * loadings[m] + options.cmfh_mu * projections[m] for m in part])
        maps = Ridge(inner, 2 * options.cmfh_mu + options.cmfh_gamma).solve(right.T).T
    return Factorisation(loadings, projections, maps)


def _build(_: NoArtefacts, train: TrainingSet, config: Config, bits: int, seed: int) -> Final:
    """Linear networks x -> P_m'(s(x) - mean), s the input scaling."""
    linear = replace(config.network, layers=1)
    source = generator(seed)
    features: dict[Modality, Tensor] = {"image": train.image, "text": train.text}
    networks = {m: HashNetwork.for_features(features[m], bits, linear, source) for m in MODALITIES}
    rows = {m: networks[m].scaled(features[m]).double() for m in MODALITIES}
    means = {m: x.mean(0) for m, x in rows.items()}
    joint = torch.cat([rows[m] - means[m] for m in MODALITIES], dim=1)
    start = torch.randn(joint.shape[1], bits, generator=generator(seed, _START), dtype=torch.float64).to(joint.device)
    widths: dict[Modality, int] = {m: x.shape[1] for m, x in rows.items()}
    found = factorise(joint.T @ joint, widths, start, config.cmfh, config.cmfh.cmfh_iterations)
    for m, network in networks.items():
        maps = found.projections[m]
        layer = {"layers.0.weight": maps.T, "layers.0.bias": -means[m] @ maps}
        network.load_state_dict(network.state_dict() | {name: x.float() for name, x in layer.items()})
        network.requires_grad_(False)
    return Final(networks)


ENTRY = MethodEntry(NoArtefacts.prepare, _build, trains=False)
