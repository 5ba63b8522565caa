"""Packed codes and how far apart they are: population counts, and counts of items by distance without any N x N matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from hint_train.packing import unpack

if TYPE_CHECKING:
    from numpy.typing import NDArray

TILE_QUERIES, TILE_ITEMS = 256, 16_384
"""Queries and items whose distances are held at once: 16 MB of float32 stay in cache and bound memory at any size."""
CPU = torch.device("cpu")


@dataclass(frozen=True, slots=True)
class Counts:
    """Items and relevant items of each query at each Hamming distance: two (q, L + 1) int64 arrays."""

    items: NDArray[np.int64]
    relevant: NDArray[np.int64]


def hamming_distances(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Distances (n_a, n_b) of packed codes by population count. Forms the whole matrix: for few rows."""
    differing = np.bitwise_count(a[:, None, :] ^ b[None, :, :])
    return np.asarray(differing.sum(axis=2, dtype=np.int64))


def distance_counts(
    query: NDArray[np.uint8],
    database: NDArray[np.uint8],
    query_labels: NDArray[np.bool_],
    database_labels: NDArray[np.bool_],
    bits: int,
    device: torch.device = CPU,
) -> Counts:
    """Count items and relevant items at each distance from each query.

    Distances are (L - <a, b>) / 2 of the sign vectors: exact in float32, and a matrix product is several times faster
    than a population count without a compiled kernel. O(N_q N_db (L + c)) time, O(tile) memory.
    """
    keys = Keys.of(query, database, query_labels, database_labels, bits, device)
    width = 2 * (bits + 1)
    both = torch.zeros((len(query), width), dtype=torch.int64, device=device)
    offset = torch.arange(TILE_QUERIES, dtype=torch.int32, device=device)[:, None] * width
    for rows in parts(len(query), TILE_QUERIES):
        for columns in parts(len(database), TILE_ITEMS):
            key = keys.tile(rows, columns)
            n = len(key)
            key += offset[:n]
            both[rows] += torch.bincount(key.view(-1), minlength=n * width).view(n, width)
    found = both.view(len(query), bits + 1, 2).cpu().numpy()
    return Counts(found.sum(axis=2), found[:, :, 1].copy())


def parts(n: int, size: int) -> list[slice]:
    """`n` rows as slices of `size`."""
    return [slice(start, min(start + size, n)) for start in range(0, n, size)]


class Keys:
    """The matrices whose products give 2 * distance + relevance of a query and an item as one integer."""

    def __init__(self, query: tuple[torch.Tensor, torch.Tensor], items: tuple[torch.Tensor, torch.Tensor]) -> None:
        self._query, self._items = query, items  # codes, labels: (q, L), (q, c) and (L, n), (c, n)
        # Reused by every tile: memory that is asked for anew costs more than the arithmetic, and fragments the heap.
        self._work: dict[str, torch.Tensor] = {}

    @classmethod
    def of(
        cls,
        query: NDArray[np.uint8],
        database: NDArray[np.uint8],
        query_labels: NDArray[np.bool_],
        database_labels: NDArray[np.bool_],
        bits: int,
        device: torch.device = CPU,
    ) -> Keys:
        """From packed codes (N, ceil(L / 8)) and labels (N, c) of both sides."""
        codes = [torch.from_numpy(unpack(x, bits)).to(device) for x in (query, database)]
        labels = [torch.from_numpy(x.astype(np.float32)).to(device) for x in (query_labels, database_labels)]
        return cls((codes[0], labels[0]), (codes[1].T.contiguous(), labels[1].T.contiguous()))

    def tile(self, rows: slice, columns: slice) -> torch.Tensor:
        """2 * distance + relevance of the queries `rows` and the items `columns`: int32, valid until the next call."""
        codes, labels = (x[rows] for x in self._query)
        shape = (len(codes), columns.stop - columns.start)
        twice, shared, key = (self._space(name, shape) for name in ("twice", "shared", "key"))
        # L less the product of the signs is twice the distance.
        torch.mm(codes, self._items[0][:, columns], out=twice)
        torch.mm(labels, self._items[1][:, columns], out=shared)
        key.copy_(torch.sub(shared.clamp_(max=1).add_(codes.shape[1]), twice, out=twice))
        return key

    def _space(self, name: str, shape: tuple[int, int]) -> torch.Tensor:
        kept = self._work.get(name)
        if kept is None or kept.shape != shape:
            kept = self._query[0].new_empty(shape, dtype=torch.int32 if name == "key" else torch.float32)
            self._work[name] = kept
        return kept
