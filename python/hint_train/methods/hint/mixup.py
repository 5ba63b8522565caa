"""The weight lambda of the mixup and the targets b (paper Eq. 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from hint_train.data.pairs import MODALITIES, Modality
from hint_train.training.losses import base_bandwidth, mixture, profiles, squared_mmd

if TYPE_CHECKING:
    from torch import Tensor

    from hint_train.methods.hint.options import MixupConfig, Variant

OPPOSITE: dict[Modality, Modality] = {"image": "text", "text": "image"}
FIXED_LAMBDA: dict[Variant, float] = {"v1": 0.0, "v2": 1.0, "v3": 1.0}
"""Variants without the MMD: the pair alone, or the mean of both proxies."""

Proxies = dict[Modality, tuple["Tensor", "Tensor"]]
"""m^same and m^cross of each modality."""

_MULTIPLES = {1: (1.0,), 5: (0.25, 0.5, 1.0, 2.0, 4.0)}
"""Multiples of sigma squared, as in the deep adaptation networks that the paper cites."""


def discrepancy(same: Tensor, cross: Tensor, own: Tensor, opposite: Tensor, config: MixupConfig) -> Tensor:
    """lambda of one modality in one batch: the MMD between the profiles of the two kinds of proxies; no gradient.

    Parameters
    ----------
    same, cross
        Proxies (B, L) of the batch's rows.
    own, opposite
        Outputs (B, L) of the batch in the rows' modality and in the other one.
    """
    against = {"same": own, "opposite": opposite, "both": torch.cat([own, opposite])}[config.profile].detach()
    x, y = profiles(same.detach(), against), profiles(cross.detach(), against)
    sigma = base_bandwidth(x, y, config.bandwidth)
    sigmas = [sigma * multiple**0.5 for multiple in _MULTIPLES[config.kernels]]
    value = squared_mmd(x, y, sigmas, unbiased=config.estimator == "unbiased").clamp(min=0)
    return value.sqrt() if config.mmd == "root" else value


def surrogate_sign(mixed: Tensor, config: MixupConfig) -> Tensor:
    """b of Eq. 6 from the mixture, through the chosen surrogate of the sign; detached unless `mix_grad`."""
    if not config.mix_grad:
        mixed = mixed.detach()
    if config.mix_sign == "tanh":
        return torch.tanh(mixed)
    hard = hard_sign(mixed)
    return hard + (mixed - mixed.detach()) if config.mix_sign == "ste" else hard


def hard_sign(x: Tensor) -> Tensor:
    """-1 or +1 with 0 counted as +1; torch.sign would give 0, which is no code."""
    return (x.detach() >= 0).to(x.dtype) * 2 - 1


class Mixup:
    """Lambda of both modalities, and the targets that are mixed with it.

    Attributes
    ----------
    weight
        Lambda of the last step, by modality: fixed by the variant, or the MMD of the batch, smoothed and shared as configured.
    """

    def __init__(self, variant: Variant, config: MixupConfig, device: torch.device) -> None:
        self._config, fixed = config, FIXED_LAMBDA.get(variant)
        self._even = fixed == 1.0
        # Made once: a number that becomes a tensor at every step would wait for the device.
        self._fixed = None if fixed is None else dict.fromkeys(MODALITIES, torch.tensor(fixed, device=device))
        self.weight: dict[Modality, Tensor] = {}

    def update(self, proxies: Proxies, f: dict[Modality, Tensor]) -> None:
        """Find lambda for a batch with outputs `f` (B, L) and `proxies`, which a fixed one does not need."""
        if self._fixed is not None:
            self.weight = self._fixed
            return
        config = self._config
        found = {m: discrepancy(*proxies[m], f[m], f[OPPOSITE[m]], config) for m in MODALITIES}
        if config.share_lambda:
            found = dict.fromkeys(MODALITIES, (found["image"] + found["text"]) / 2)
        kept = config.lambda_momentum if self.weight else 0.0
        self.weight = {m: kept * self.weight.get(m, found[m]) + (1 - kept) * found[m] for m in MODALITIES}

    def targets(self, proxies: Proxies) -> dict[Modality, Tensor]:
        """b of Eq. 6 for the rows or communities of `proxies`."""
        config, (same, cross) = self._config, proxies["image"]
        if self._even and proxies["text"][0] is cross and proxies["text"][1] is same:  # one mean for both
            return dict.fromkeys(MODALITIES, surrogate_sign(mixture(same, cross, self.weight["image"]), config))
        mixed = {m: mixture(*proxies[m], self.weight[m]) for m in MODALITIES}
        if config.shared_mix:
            mixed = dict.fromkeys(MODALITIES, (mixed["image"] + mixed["text"]) / 2)
        return {m: surrogate_sign(mixed[m], config) for m in MODALITIES}
