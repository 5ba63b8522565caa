"""The communities that the training pairs belong to, and running means of a memory bank over each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from hint_train.data.pairs import MODALITIES, Modality

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
        self.shared = bool((labels["image"] == labels["text"]).all())
        """Whether a pair is always in one community."""
        count = 1 + max(int(x.max()) for x in labels.values())
        self.sizes = {m: torch.bincount(self.labels[m], minlength=count).float() for m in MODALITIES}
        self._mixed = all(bool((n > 0).all()) for n in self.sizes.values())  # every community has rows of both
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

    def means(self, which: Tensor | None = None) -> dict[Modality, tuple[Tensor, Tensor]]:
        """Means over the rows of a modality and of the other; where a community has none of one, the other's.

        Parameters
        ----------
        which
            (c,) communities; None for all C.

        Returns
        -------
        own, other
            (c, L) each, by modality.
        """
        sums, sizes = self.sums, self.sizes
        if which is not None:
            sums, sizes = ({m: x[m].index_select(0, which) for m in MODALITIES} for x in (sums, sizes))
        image, text = (sums[m] / sizes[m][:, None].clamp(min=1) for m in MODALITIES)
        if not self._mixed:
            has_image, has_text = (sizes[m][:, None] > 0 for m in MODALITIES)
            image, text = torch.where(has_image, image, text), torch.where(has_text, text, image)
        return {"image": (image, text), "text": (text, image)}

    def __len__(self) -> int:
        return len(self.sizes["image"])
