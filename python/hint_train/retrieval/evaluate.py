"""Hamming ranking: mAP under stated rules, precision and recall.

A query sees the database only through two counts per distance: items and relevant items. With L bits there are L + 1
distances, so a block of queries needs a (block, L + 1) table and the N_q x N_db matrix is never formed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from hint_train.retrieval.average_precision import average_precision, ranked_average_precision, share_with_hit
from hint_train.retrieval.hamming import CPU, Counts, distance_counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hint_train.config.sections import NoRelevant, TieRule, TopkRule
    from hint_train.retrieval.ties import Floats


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
        `map` and `map@k` in [0, 1]; NaN where no query counts.
    chance
        Mean share of relevant items in the database.
    chance_scores
        What codes that are all equal score, under the names of `scores`: the mean over all orders of the database.
    standard_errors
        Of each score as a mean over queries: what another sample of as many queries would move it by. NaN of fewer than two.
    queries_without_relevant
        Queries without a relevant item.
    curve
        Precision and recall over ranks, of queries with a relevant item.
    """

    scores: dict[str, float]
    chance: float
    chance_scores: dict[str, float]
    standard_errors: dict[str, float]
    queries_without_relevant: int
    curve: Curve


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
    topk: TopkRule = "min-k-relevant",
    no_relevant: NoRelevant = "skip",
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
    ties, topk
        Rules for equal distances and for what `map@k` is divided by; see `hint_train.retrieval.average_precision`. Under
        `nonzero-hits` a query counts in the share of the orders of its ties in which it has a hit.
    no_relevant
        Queries without a relevant item are left out of the means, or count as 0.
    device
        Where distances are computed and counted; the order for `index` is found on the CPU.

    Raises
    ------
    ValueError
        `nonzero-hits` leaves out queries that `no_relevant="zero"` counts; it has no bounds either.
    """
    if topk == "nonzero-hits" and no_relevant == "zero":
        raise ValueError("topk='nonzero-hits' leaves out queries that no_relevant='zero' counts")
    counts = distance_counts(query, database, query_labels, database_labels, bits, device)
    asked: dict[str, int | None] = {"map": None} | {f"map@{cutoff}": cutoff for cutoff in cutoffs}
    relevant = counts.relevant.sum(axis=1)
    if ties == "index":
        every = ranked_average_precision(
            query, database, query_labels, database_labels, bits, list(asked.values()), topk
        )
        values = [(value, _counts_as(value, topk)) for value in every]
    else:
        values = [_of_counts(counts, ties, cutoff, topk) for cutoff in asked.values()]
    counted = relevant > 0 if no_relevant == "skip" else np.ones(len(relevant), dtype=bool)
    scores = {name: _mean(*found, counted) for name, found in zip(asked, values, strict=True)}
    share, again = np.unique(relevant, return_inverse=True)
    one = Counts(np.full((len(share), 1), len(database)), share[:, None])
    tied = {name: _of_counts(one, "expected", cutoff, topk) for name, cutoff in asked.items()}
    ranks = np.unique(np.geomspace(1, len(database), 120).astype(np.int64))
    return Retrieval(
        scores,
        float((relevant[counted] / len(database)).mean()) if counted.any() else float("nan"),
        {name: _mean(value[again], weight[again], counted) for name, (value, weight) in tied.items()},
        {name: _standard_error(*found, counted) for name, found in zip(asked, values, strict=True)},
        int((relevant == 0).sum()),
        precision_recall(counts, ranks),
    )


def _counts_as(value: Floats, topk: TopkRule) -> Floats:
    """1 for each query but those that `nonzero-hits` leaves out."""
    return np.where(np.isnan(value) & (topk == "nonzero-hits"), 0.0, 1.0)


def _of_counts(counts: Counts, ties: TieRule, cutoff: int | None, topk: TopkRule) -> tuple[Floats, Floats]:
    """AP@k of each query, and the share of it that counts."""
    value = average_precision(counts, ties, cutoff, topk)
    return value, share_with_hit(counts, cutoff) if topk == "nonzero-hits" else np.ones(len(value))


def _mean(value: Floats, weight: Floats, counted: NDArray[np.bool_]) -> float:
    """Weighted mean over the queries that count, those without a relevant item as 0; NaN of nothing."""
    weight = weight[counted]
    if not weight.sum():
        return float("nan")
    return float((np.nan_to_num(value[counted]) * weight).sum() / weight.sum())


def _standard_error(value: Floats, weight: Floats, counted: NDArray[np.bool_]) -> float:
    """Standard error of `_mean` over the queries: sqrt(n / (n - 1) sum w^2 (x - mean)^2) / sum w, linearised where weights differ."""
    value, weight = np.nan_to_num(value[counted]), weight[counted]
    n = np.count_nonzero(weight)
    if n < 2:
        return float("nan")
    mean = (value * weight).sum() / weight.sum()
    return float(np.sqrt(n / (n - 1) * np.square(weight * (value - mean)).sum()) / weight.sum())
