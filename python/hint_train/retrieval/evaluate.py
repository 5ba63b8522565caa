"""Hamming ranking: packed codes, mAP under a stated tie rule, precision and recall.

A query sees the database only through two counts per distance: items and relevant items. With L bits there are L + 1
distances, so a block of queries needs a (block, L + 1) table and the N_q x N_db matrix is never formed. Every tie rule
but `index` is a closed form of these counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from hint_train.retrieval.hamming import CPU, TILE_ITEMS, TILE_QUERIES, Counts, Keys, distance_counts, parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hint_train.config.sections import TieRule


@dataclass(frozen=True, slots=True)
class Curve:
    """Mean precision and recall of the first `n` items, in expectation over the order of ties."""

    n: NDArray[np.int64]
    precision: NDArray[np.float64]
    recall: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Outcome of one direction.

    Attributes
    ----------
    scores
        `map` and `map@k` in [0, 1], the mean over the queries that have a relevant item.
    chance
        Mean share of relevant items in the database over those queries.
    queries_without_relevant
        Queries left out of the means.
    curve
        Precision and recall over ranks.
    """

    scores: dict[str, float]
    chance: float
    queries_without_relevant: int
    curve: Curve


def average_precision(counts: Counts, ties: TieRule, cutoff: int | None = None) -> NDArray[np.float64]:
    """AP or AP@k of each query from its counts; NaN where nothing is relevant.

    AP@k = (1 / min(k, R)) times the sum over ranks up to k of relevance times precision. `expected` is its mean over all
    orders of the ties (McSherry and Najork 2008): inside a block of n items with r relevant, after N items with R relevant,
    rank N + j is relevant with probability r / n and then has precision (R + 1 + (j - 1)(r - 1)/(n - 1)) / (N + j). By
    linearity a cut through a block keeps the ranks up to the cut. `block` gives every item the precision at the end of its
    block; `optimistic` and `pessimistic` put relevant items first or last. Closed forms through harmonic numbers.
    """
    if ties == "index":
        raise ValueError("the rule 'index' needs the order of the database, not counts; use ranked_average_precision")
    size = int(counts.items[0].sum()) if len(counts.items) else 0
    limit = size if cutoff is None else min(cutoff, size)
    blocks = _Blocks.of(counts, size, limit)
    total = {"expected": _expected, "block": _block, "optimistic": _optimistic, "pessimistic": _pessimistic}[ties](
        blocks
    )
    with np.errstate(invalid="ignore"):
        return np.asarray(total.sum(axis=1) / np.minimum(limit, blocks.r.sum(axis=1)))


_Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Blocks of equal distance, (q, L + 1) each: n items of which r are relevant, after N items with R relevant.

    `kept` of the n items lie above the cut; `harmonic[i]` is the i-th harmonic number.
    """

    n: _Floats
    r: _Floats
    before_n: _Floats
    before_r: _Floats
    kept: _Floats
    harmonic: _Floats

    @classmethod
    def of(cls, counts: Counts, size: int, limit: int) -> _Blocks:
        n, r = counts.items.astype(np.float64), counts.relevant.astype(np.float64)
        before_n, before_r = n.cumsum(axis=1) - n, r.cumsum(axis=1) - r
        harmonic = np.concatenate([[0.0], np.cumsum(1.0 / np.arange(1, size + 1))])
        return cls(n, r, before_n, before_r, np.clip(limit - before_n, 0, n), harmonic)

    def inverse_ranks(self, start: _Floats, length: _Floats) -> _Floats:
        """Sum of 1 / (start + i) for i = 1 .. length."""
        first = start.astype(np.int64)
        return np.asarray(self.harmonic[first + length.astype(np.int64)] - self.harmonic[first])


def _expected(b: _Blocks) -> _Floats:
    inverse = b.inverse_ranks(b.before_n, b.kept)
    growth = (b.r - 1) / np.maximum(b.n - 1, 1)
    inside = (b.before_r + 1) * inverse + growth * (b.kept - (b.before_n + 1) * inverse)
    return np.asarray(b.r / np.maximum(b.n, 1) * inside)


def _block(b: _Blocks) -> _Floats:
    at_end = (b.before_r + b.r) / np.maximum(b.before_n + b.n, 1)
    return np.asarray(b.r * b.kept / np.maximum(b.n, 1) * at_end)


def _optimistic(b: _Blocks) -> _Floats:
    hits = np.minimum(b.r, b.kept)
    return np.asarray(hits - (b.before_n - b.before_r) * b.inverse_ranks(b.before_n, hits))


def _pessimistic(b: _Blocks) -> _Floats:
    hits = np.maximum(b.kept - (b.n - b.r), 0)
    start = b.before_n + (b.n - b.r)
    return np.asarray(hits - (start - b.before_r) * b.inverse_ranks(start, hits))


def ranked_average_precision(
    query: NDArray[np.uint8],
    database: NDArray[np.uint8],
    query_labels: NDArray[np.bool_],
    database_labels: NDArray[np.bool_],
    bits: int,
    cutoffs: Sequence[int | None],
) -> list[NDArray[np.float64]]:
    """AP@k of each query with ties in the order of the database rows, as published code ranks with a stable sort.

    Depends on the order in which the database is stored: on a file sorted by class it is not a property of the codes.
    """
    keys = Keys.of(query, database, query_labels, database_labels, bits)
    found: list[list[NDArray[np.float64]]] = [[] for _ in cutoffs]
    ranks = np.arange(1, len(database) + 1)
    for rows in parts(len(query), max(1, TILE_QUERIES * TILE_ITEMS // len(database))):
        key = keys.tile(rows, slice(0, len(database))).numpy()
        order = np.argsort((key >> 1).astype(np.uint16), axis=1, kind="stable")  # radix sort
        hit = np.take_along_axis(key & 1, order, axis=1).astype(bool)
        gained = np.where(hit, hit.cumsum(axis=1) / ranks, 0.0).cumsum(axis=1)
        relevant = hit.sum(axis=1)
        for values, cutoff in zip(found, cutoffs, strict=True):
            limit = len(database) if cutoff is None else min(cutoff, len(database))
            with np.errstate(invalid="ignore"):
                values.append(gained[:, limit - 1] / np.minimum(limit, relevant))
    return [np.concatenate(values) for values in found]


def precision_recall(counts: Counts, n: NDArray[np.int64]) -> Curve:
    """Mean precision and recall of the first `n` items, in expectation over the order of ties."""
    items, relevant = counts.items.cumsum(axis=1), counts.relevant.cumsum(axis=1)
    kept = relevant[:, -1] > 0
    precision, recall = np.zeros((2, len(n)))
    for cum_items, cum_relevant in zip(items[kept], relevant[kept], strict=True):
        # Inside a block relevant items are spread evenly in expectation, so hits grow linearly between block ends.
        hits = np.interp(n, np.append(0, cum_items), np.append(0, cum_relevant))
        precision += hits / n
        recall += hits / cum_relevant[-1]
    rows = max(1, int(kept.sum()))
    return Curve(n, precision / rows, recall / rows)


def evaluate(
    query: NDArray[np.uint8],
    database: NDArray[np.uint8],
    query_labels: NDArray[np.bool_],
    database_labels: NDArray[np.bool_],
    *,
    bits: int,
    cutoffs: Sequence[int] = (50, 5000),
    ties: TieRule = "expected",
    device: torch.device = CPU,
) -> Retrieval:
    """Rank the database by Hamming distance from every query and measure it.

    Parameters
    ----------
    query, database
        Packed codes, (N_q, ceil(L / 8)) and (N_db, ceil(L / 8)) uint8.
    query_labels, database_labels
        (N_q, c) and (N_db, c) bool; relevant means sharing a label.
    bits
        Code length L.
    cutoffs
        Ranks k of the further `map@k`.
    ties
        Rule for equal distances; see `average_precision`.
    device
        Where distances are computed and counted; the order for `index` is found on the CPU.
    """
    counts = distance_counts(query, database, query_labels, database_labels, bits, device)
    asked: list[int | None] = [None, *cutoffs]
    if ties == "index":
        values = ranked_average_precision(query, database, query_labels, database_labels, bits, asked)
    else:
        values = [average_precision(counts, ties, cutoff) for cutoff in asked]
    relevant = counts.relevant.sum(axis=1)
    judged = relevant > 0
    names = ["map" if cutoff is None else f"map@{cutoff}" for cutoff in asked]
    means = [float(v[judged].mean()) if judged.any() else float("nan") for v in values]
    chance = float((relevant[judged] / len(database)).mean()) if judged.any() else float("nan")
    ranks = np.unique(np.geomspace(1, len(database), 120).astype(np.int64))
    curve = precision_recall(counts, ranks)
    return Retrieval(dict(zip(names, means, strict=True)), chance, int((~judged).sum()), curve)
