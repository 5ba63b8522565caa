"""Nearest neighbours of one modality, found exactly or approximately."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hint_train.structure.approximate import nearest_approximately
from hint_train.structure.knn import nearest

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    from hint_train.config.sections import GraphConfig, SearchConfig
    from hint_train.structure.tiles import Rows

MANY_ROWS = 50_000
"""More rows than these are searched approximately where nothing else is asked for."""
FEW_ROWS = 1_000
"""So few rows are always compared all with all: there are not enough to make codes of."""
_ROUNDING = 2.0**-21
"""By so much the similarity of equal rows may miss 1."""


@dataclass(frozen=True, slots=True)
class NeighbourLists:
    """Nearest neighbours of one modality, most similar first.

    Attributes
    ----------
    index
        (N, a) rows.
    similarity
        (N, k) similarities of the first k <= a.
    """

    index: NDArray[np.int32]
    similarity: NDArray[np.float32]

    def copies(self) -> int:
        """Number of rows whose k nearest are all equal to them in the sense of the similarity, so that nothing else is near."""
        return int((self.similarity[:, -1] >= 1 - _ROUNDING).sum())


def approximates(n_rows: int, config: GraphConfig, device: torch.device, search: SearchConfig) -> bool:
    """Whether so many rows are searched approximately: where that is asked for, or on the CPU where they are many."""
    if search.search == "auto":
        return n_rows > MANY_ROWS and device.type == "cpu" and config.similarity == "cosine"
    return search.search == "approximate" and n_rows > FEW_ROWS


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
        Of an approximate search.
    """
    wanted = max(config.k, config.agreement_k) if config.edge_weight == "agreement" else config.k
    k = min(wanted, len(features) - 1)
    if search is not None and approximates(len(features), config, device, search):
        index, value = nearest_approximately(features, k, seed % 2**31)
        return NeighbourLists(index, value[:, : config.k].copy())
    best, score = nearest(features, k, config.similarity, device)
    return NeighbourLists(best.int().cpu().numpy(), score[:, : config.k].cpu().numpy().copy())
