"""Nearest neighbours of one modality, found exactly or in cells as configured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hint_train.structure.cells import nearest_in_cells
from hint_train.structure.knn import nearest

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    from hint_train.config.sections import GraphConfig, SearchConfig
    from hint_train.structure.knn import Rows

_ROUNDING = 2.0**-21
"""By so much the similarity of equal rows may miss 1."""


@dataclass(frozen=True, slots=True)
class NeighbourLists:
    """Nearest neighbours of one modality, most similar first: (N, k) rows and similarities."""

    index: NDArray[np.int64]
    similarity: NDArray[np.float32]

    def copies(self, k: int) -> int:
        """Number of rows whose `k` nearest are all equal to them in the sense of the similarity, so that nothing else is near."""
        return int((self.similarity[:, :k][:, -1] >= 1 - _ROUNDING).sum())


def neighbour_lists(
    features: Rows, config: GraphConfig, device: torch.device, search: SearchConfig | None = None, seed: int = 0
) -> NeighbourLists:
    """As many nearest neighbours as the edges and their weights need, or as there are other rows.

    Parameters
    ----------
    features
        (N, d) float32, read block by block.
    search
        How they are found; None compares all pairs of rows.
    seed
        Of the cells, where they are searched.
    """
    wanted = max(config.k, config.agreement_k) if config.edge_weight == "agreement" else config.k
    k = min(wanted, len(features) - 1)
    if search is not None and search.search == "cells":
        return NeighbourLists(*nearest_in_cells(features, k, config.similarity, search.probe, seed % 2**31))
    index, value = nearest(features, k, config.similarity, device)
    return NeighbourLists(index.cpu().numpy(), value.cpu().numpy())
