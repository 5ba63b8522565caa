"""The weight lambda of the mixup and the targets b (paper Eq. 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from hint_train.training.losses import base_bandwidth, profiles, squared_mmd

if TYPE_CHECKING:
    from torch import Tensor

    from hint_train.methods.hint.options import MixupConfig

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
