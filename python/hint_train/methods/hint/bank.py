"""The memory bank: what Eq. 5 averages, for every training pair and modality."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from hint_train.data.pairs import MODALITIES, Modality
from hint_train.methods.hint.mixup import hard_sign

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from hint_train.config.sections import ProxyConfig
    from hint_train.structure.proxies import ProxyTable

Tables = dict[Modality, tuple["ProxyTable", "ProxyTable"]]
"""N+ and N- of each modality."""


class Bank:
    """Entries of all training pairs, each from the last step that had the pair in its batch.

    Attributes
    ----------
    entries
        (N, L) by modality; empty before it is filled.
    near
        (N, L) by modality, means of `entries` over each row's N+; only where `follow` was asked for.
    """

    def __init__(self, config: ProxyConfig) -> None:
        self._average = config.average
        self.entries: dict[Modality, Tensor] = {}
        self.near: dict[Modality, Tensor] = {}

    def entry(self, preactivation: Tensor) -> Tensor:
        """What is kept of an output."""
        if self._average == "preactivation":
            return preactivation
        return torch.tanh(preactivation) if self._average == "tanh" else hard_sign(preactivation)

    def proxy(self, mean: Tensor) -> Tensor:
        """A proxy from the mean of entries."""
        return torch.tanh(mean) if self._average == "preactivation" else mean

    def follow(self, tables: Tables) -> None:
        """Keep the means over each row's N+ from now on."""
        self.near.update({m: tables[m][0].mean_of_all(self.entries[m]) for m in MODALITIES})

    def replace(self, modality: Modality, rows: Tensor, preactivation: Tensor, tables: Tables) -> Tensor:
        """Put new outputs (b, L) of `rows` in; return by how much the entries changed."""
        entry = self.entry(preactivation)
        change = entry - self.entries[modality].index_select(0, rows)
        self.entries[modality].index_copy_(0, rows, entry)
        if self.near:
            self.near[modality][rows] = tables[modality][0].mean_from_bank(rows, self.entries[modality])
        return change

    def proxies(
        self, means: Mapping[Modality, tuple[Tensor, Tensor]], which: Tensor | None
    ) -> dict[Modality, tuple[Tensor, Tensor]]:
        """m^same and m^cross (c, L) of communities `which`, None for all, from the means of their entries."""
        out: dict[Modality, tuple[Tensor, Tensor]] = {}
        for m, (same, cross) in means.items():
            if self.near:  # every pair is a community of its own
                same = self.near[m].clone() if which is None else self.near[m][which]
            out[m] = self.proxy(same), self.proxy(cross)
        return out
