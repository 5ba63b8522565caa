"""What a search returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Hits:
    """The neighbours of q queries, k columns each, the best first.

    Order: by distance, of equal distances the item that was added earlier. After rescoring: by score, then distance, then that.

    Attributes
    ----------
    ids
        For each query the ids of its neighbours, as many as there are.
    rows
        (q, k) int64, places of the items in the index; -1 where there is no neighbour.
    distances
        (q, k) int32, Hamming distances in bits; -1 where there is no neighbour.
    scores
        (q, k) float32 after rescoring, NaN where there is no neighbour; else None.
    """

    ids: list[list[Hashable]]
    rows: NDArray[np.int64]
    distances: NDArray[np.int32]
    scores: NDArray[np.float32] | None = None
