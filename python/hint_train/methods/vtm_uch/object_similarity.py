"""Image similarity by objects, joined with the text similarity to the target of VTM-UCH; any block of it, never all N x N of it.

S^x of a pair of images compares every object with its best counterpart; S^f is the union with S^y; the graded similarity fills
the entries on which neighbourhoods and communities disagree (VTM-UCH, AAAI 2025, as its authors' public program computes them).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from torch.nn.functional import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from hint_train.data.parts import Ragged

Symmetry = Literal["none", "mean", "max"]

_BLOCK_ITEMS = 16_000_000
_TINY = 1e-12
"""Keeps rows finite that are zero, or equal to all others."""
_BLOCK_ROWS = 64
"""Pairs that share the partners drawn for them; few, so that sharing does not look like a community."""


@dataclass(frozen=True, slots=True)
class ObjectTable:
    """Objects of N images as unit rows: image i owns `rows[start[i]:start[i] + counts[i]]`."""

    rows: Tensor
    start: Tensor
    counts: Tensor

    @classmethod
    def from_ragged(cls, objects: Ragged, device: torch.device) -> ObjectTable:
        """The table of lists that each hold one row or more."""
        rows = normalize(torch.from_numpy(objects.rows).to(device))
        return cls(rows, torch.from_numpy(objects.ptr[:-1]).to(device), torch.from_numpy(objects.counts).to(device))

    def __len__(self) -> int:
        return len(self.start)

    def population(self, a: Tensor, b: Tensor) -> Tensor:
        """p (A, B) between images `a` and `b` (row numbers): from -1 to 1, and 1 where both show the same objects.

        p_ij = ( sum over objects u of i of max_w cos(u, w) + sum over objects w of j of max_u cos(u, w) ) / (n_i + n_j).
        """
        cosines = self._taken(a) @ self._taken(b).T
        if len(self.rows) == len(self):
            return cosines
        n_a, n_b = self.counts[a], self.counts[b]
        # Each step reduces over runs of the first axis: objects w of j, then objects u of i; and the other way round.
        best_of_b = torch.segment_reduce(cosines.T.contiguous(), "max", lengths=n_b, axis=0)
        best_of_a = torch.segment_reduce(cosines, "max", lengths=n_a, axis=0)
        from_a = torch.segment_reduce(best_of_b.T.contiguous(), "sum", lengths=n_a, axis=0)
        from_b = torch.segment_reduce(best_of_a.T.contiguous(), "sum", lengths=n_b, axis=0).T
        return (from_a + from_b) / (n_a[:, None] + n_b)

    def _taken(self, images: Tensor) -> Tensor:
        """The rows of `images`, one list after the other."""
        counts = self.counts[images]
        ends = counts.cumsum(0)
        first = torch.repeat_interleave(self.start[images] - ends + counts, counts)
        return self.rows[first + torch.arange(len(first), device=first.device)]

    def blocks(self, images: Tensor, others: int) -> Iterator[Tensor]:
        """`images` in parts that may be compared with `others` images at once."""
        each = max(1.0, len(self.rows) / len(self)) ** 2
        return iter(torch.split(images, max(1, int(_BLOCK_ITEMS / (others * each)))))


@dataclass(frozen=True, slots=True)
class JointSimilarity:
    """S^f and the graded similarity of N pairs, by blocks.

    Attributes
    ----------
    objects
        What the images show.
    masks
        (N,) int64 clusters of each text as bits.
    scale
        (N,) 1 / root mean square of each row of p. The published program divides by the norm of the row, which differs by one
        factor for all of them, so that no comparison changes.
    low, high
        (N,) least and greatest entry of each row after scaling.
    threshold
        mu + kappa sigma of the scaled entries above the diagonal.
    symmetry
        Whether entry (i, j) is scaled as a part of row i alone, or by mean or maximum of what rows i and j make of it.
    """

    objects: ObjectTable
    masks: Tensor
    scale: Tensor
    low: Tensor
    high: Tensor
    threshold: float
    symmetry: Symmetry

    @classmethod
    def fit(
        cls, objects: ObjectTable, masks: Tensor, columns: Tensor, kappa: float, symmetry: Symmetry
    ) -> JointSimilarity:
        """Measure the rows of p on `columns` (row numbers, rising); all of them make the figures exact. O(N C n^2 e)."""
        n = len(objects)
        every = torch.arange(n, device=masks.device)
        scale = torch.empty(n, device=masks.device)
        parts = list(objects.blocks(every, len(columns)))
        for rows in parts:
            scale[rows] = objects.population(rows, columns).square().mean(1).clamp(min=_TINY).rsqrt()
        low, high = torch.empty_like(scale), torch.empty_like(scale)
        sums = np.zeros(3)
        for rows in parts:
            scaled = _scaled(objects.population(rows, columns), scale, rows, columns, symmetry)
            low[rows], high[rows] = scaled.amin(1), torch.maximum(scaled.amax(1), scale[rows])
            above = scaled[columns > rows[:, None]].double()
            sums += [len(above), float(above.sum()), float(above.square().sum())]
        mean = sums[1] / sums[0]
        deviation = max(0.0, sums[2] / sums[0] - mean**2) ** 0.5
        return cls(objects, masks, scale, low, high, mean + kappa * deviation, symmetry)

    def block(self, rows: Tensor, columns: Tensor) -> tuple[Tensor, Tensor]:
        """S^f (A, B) bool, and the graded similarity (A, B): the range of the scaled p of a row stretched to -1 ... 1."""
        scaled = _scaled(self.objects.population(rows, columns), self.scale, rows, columns, self.symmetry)
        joint = ((self.masks[rows][:, None] & self.masks[columns]) != 0) | (scaled > self.threshold)
        of_row, of_column = (
            2 * (scaled - self.low[x]) / (self.high[x] - self.low[x]).clamp(min=_TINY) - 1
            for x in (rows[:, None], columns)
        )
        return joint, _either(of_row, of_column, self.symmetry).clamp(-1, 1)

    def edges(self, partners: int, seed: int) -> Tensor:
        """Pairs (E, 2) with S^f = +1 in either direction, i < j, each once: the graph whose communities are sought.

        Each row is compared with `partners` others drawn at random, or with all where there are no more. That keeps a random
        share of the edges of the full graph, which has some hundred million at 200,000 pairs.
        """
        n = len(self.objects)
        source = torch.Generator().manual_seed(seed)
        size = _BLOCK_ROWS if partners < n - 1 else max(_BLOCK_ROWS, _BLOCK_ITEMS // n)
        found = []
        for rows in torch.split(torch.randperm(n, generator=source), size):
            columns = torch.randperm(n, generator=source)[:partners] if partners < n - 1 else torch.arange(n)
            rows, columns = rows.to(self.masks.device), columns.to(self.masks.device)
            i, j = self.block(rows, columns)[0].nonzero().T
            low, high = torch.minimum(rows[i], columns[j]), torch.maximum(rows[i], columns[j])
            found.append((low * n + high)[low < high])
        keys = torch.unique(torch.cat(found))
        return torch.stack([keys // n, keys % n], dim=1)


def _scaled(p: Tensor, scale: Tensor, rows: Tensor, columns: Tensor, symmetry: Symmetry) -> Tensor:
    return _either(p * scale[rows][:, None], p * scale[columns], symmetry)


def _either(of_row: Tensor, of_column: Tensor, symmetry: Symmetry) -> Tensor:
    """What entry (i, j) is, given what row i and row j make of it."""
    if symmetry == "none":
        return of_row
    return (of_row + of_column) / 2 if symmetry == "mean" else torch.maximum(of_row, of_column)
