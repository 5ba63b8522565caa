"""The communities that the training pairs belong to, and running means of a memory bank over each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from hint_train.method import MODALITIES, Modality

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor


class CommunityMeans:
    """Mean entry of every community in either modality, kept current as entries of the bank change.

    Parameters
    ----------
    labels
        (N,) community 0..C-1 of every image row and of every text row. They are equal where a pair is one node of the graph.
    device
        Where the sums are kept: (C, L) per modality.
    """

    def __init__(self, labels: dict[Modality, NDArray[np.int64]], device: torch.device) -> None:
        self.labels = {m: torch.from_numpy(labels[m]).to(device) for m in MODALITIES}
        count = 1 + max(int(x.max()) for x in labels.values())
        self.sizes = {m: torch.bincount(self.labels[m], minlength=count).float() for m in MODALITIES}
        self.sums: dict[Modality, Tensor] = {}

    def fill(self, bank: dict[Modality, Tensor]) -> None:
        """Add up the whole `bank` (N, L) anew, which ends the rounding errors of the updates."""
        for m in MODALITIES:
            self.sums[m] = (
                bank[m].new_zeros(len(self.sizes[m]), bank[m].shape[1]).index_add_(0, self.labels[m], bank[m])
            )

    def update(self, modality: Modality, rows: Tensor, change: Tensor) -> None:
        """Entries of `rows` changed by `change` (b, L)."""
        self.sums[modality].index_add_(0, self.labels[modality][rows], change)

    def means(self, modality: Modality) -> tuple[Tensor, Tensor]:
        """Means (C, L) over the community's rows of this modality and of the other; where one has none, the other's."""
        own, other = (self.sums[m] / self.sizes[m].clamp(min=1)[:, None] for m in _own_first(modality))
        has_own, has_other = (self.sizes[m][:, None] > 0 for m in _own_first(modality))
        return torch.where(has_own, own, other), torch.where(has_other, other, own)


def _own_first(modality: Modality) -> tuple[Modality, Modality]:
    return MODALITIES if modality == "image" else ("text", "image")
