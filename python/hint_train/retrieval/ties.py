"""Items at equal distance: blocks of them, and precision summed over the relevant ranks of a block under each rule for ties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hint_train.retrieval.hamming import Counts

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Blocks:
    """Blocks of equal distance, (q, L + 1) each: n items of which r are relevant, after N items with R relevant.

    `kept` of the n items lie above the cut; `harmonic[i]` is the i-th harmonic number.
    """

    n: Floats
    r: Floats
    before_n: Floats
    before_r: Floats
    kept: Floats
    harmonic: Floats

    @classmethod
    def of(cls, counts: Counts, size: int, limit: int) -> Blocks:
        """The blocks of each query in a database of `size` items, cut after `limit` of them."""
        n, r = counts.items.astype(np.float64), counts.relevant.astype(np.float64)
        before_n, before_r = n.cumsum(axis=1) - n, r.cumsum(axis=1) - r
        harmonic = np.concatenate([[0.0], np.cumsum(1.0 / np.arange(1, size + 1))])
        return cls(n, r, before_n, before_r, np.clip(limit - before_n, 0, n), harmonic)

    def inverse_ranks(self, start: Floats, length: Floats) -> Floats:
        """Sum of 1 / (start + i) for i = 1 .. length."""
        first = start.astype(np.int64)
        return np.asarray(self.harmonic[first + length.astype(np.int64)] - self.harmonic[first])

    def take(self, query: int, block: int) -> Blocks:
        """One block, as arrays without axes."""
        n, r, before_n, before_r, kept = (
            np.asarray(x[query, block]) for x in (self.n, self.r, self.before_n, self.before_r, self.kept)
        )
        return Blocks(n, r, before_n, before_r, kept, self.harmonic)

    def cut(self) -> list[tuple[int, Blocks]]:
        """Queries whose cut goes through a block, and that block."""
        through = (self.kept > 0) & (self.kept < self.n)
        return [(int(query), self.take(int(query), int(block))) for query, block in np.argwhere(through)]

    def above(self, hits: NDArray[np.int64]) -> Blocks:
        """The part of one block above the cut, as blocks of their own with so many `hits` each."""
        kept, before_n, before_r = (np.broadcast_to(x, hits.shape) for x in (self.kept, self.before_n, self.before_r))
        return Blocks(kept, hits.astype(np.float64), before_n, before_r, kept, self.harmonic)


def _expected(b: Blocks) -> Floats:
    inverse = b.inverse_ranks(b.before_n, b.kept)
    growth = (b.r - 1) / np.maximum(b.n - 1, 1)
    inside = (b.before_r + 1) * inverse + growth * (b.kept - (b.before_n + 1) * inverse)
    return np.asarray(b.r / np.maximum(b.n, 1) * inside)


def _block(b: Blocks) -> Floats:
    return np.asarray(b.r * b.kept / np.maximum(b.n, 1) * at_end(b))


def at_end(b: Blocks) -> Floats:
    """Precision at the end of a block."""
    return np.asarray((b.before_r + b.r) / np.maximum(b.before_n + b.n, 1))


def _optimistic(b: Blocks) -> Floats:
    hits = np.minimum(b.r, b.kept)
    return np.asarray(hits - (b.before_n - b.before_r) * b.inverse_ranks(b.before_n, hits))


def _pessimistic(b: Blocks) -> Floats:
    hits = np.maximum(b.kept - (b.n - b.r), 0)
    start = b.before_n + (b.n - b.r)
    return np.asarray(hits - (start - b.before_r) * b.inverse_ranks(start, hits))


TIES: dict[str, Callable[[Blocks], Floats]] = {
    "expected": _expected,
    "block": _block,
    "optimistic": _optimistic,
    "pessimistic": _pessimistic,
}


def hypergeometric(n: int, r: int, m: int) -> tuple[NDArray[np.int64], Floats]:
    """How many of `r` relevant items among `n` are among `m` drawn: the possible numbers, and their probabilities."""
    hits = np.arange(max(0, m - (n - r)), min(r, m) + 1)
    x = hits[:-1]
    return hits, normalised((r - x) * (m - x) / ((x + 1.0) * (n - r - m + x + 1)))


def normalised(steps: Floats) -> Floats:
    """Probabilities whose successive ratios are `steps`."""
    log = np.concatenate([[0.0], np.log(steps).cumsum()])
    weight = np.exp(log - log.max())
    return np.asarray(weight / weight.sum())
