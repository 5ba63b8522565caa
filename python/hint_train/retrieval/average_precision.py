"""Average precision of a ranking that ties: five rules for equal distances, four for the cut at k.

With R relevant items in the database and h of them among the first k, the field calls four things mAP@k; all are the precision
at relevant ranks, summed and divided:

| rule | sum over | divided by |
|---|---|---|
| `min-k-relevant` | relevant ranks up to k | min(k, R) |
| `first-k-relevant` | the first min(k, R) relevant ranks, wherever they are | min(k, R) |
| `hits` | relevant ranks up to k | h; 0 where h = 0 |
| `nonzero-hits` | relevant ranks up to k | h; a query with h = 0 is left out of the mean |

They agree where k is no less than the database. Everything here but `ranked_average_precision` is a closed form of counts per distance,
or one sum over how many hits a cut through a block of ties leaves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hint_train.retrieval.hamming import TILE_ITEMS, TILE_QUERIES, Counts, Keys, parts
from hint_train.retrieval.ties import TIES, Blocks, at_end, hypergeometric, normalised

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hint_train.config.sections import TieRule, TopkRule
    from hint_train.retrieval.ties import Floats


def average_precision(
    counts: Counts, ties: TieRule, cutoff: int | None = None, topk: TopkRule = "min-k-relevant"
) -> NDArray[np.float64]:
    """AP or AP@k of each query from its counts; NaN where nothing is relevant.

    `expected` is its mean over all orders of the ties (McSherry and Najork 2008): inside a block of n items with r relevant, after
    N items with R relevant, rank N + j is relevant with probability r / n and then has precision
    (R + 1 + (j - 1)(r - 1)/(n - 1)) / (N + j). By linearity a cut through a block keeps the ranks up to the cut. Where the divisor
    depends on the order, the number of hits above the cut is hypergeometric, and given it the ranks above the cut are a block of
    their own. `block` gives every item the precision at the end of its block; `optimistic` and `pessimistic` are the greatest and
    the least value of any order.

    Parameters
    ----------
    counts
        Items and relevant items at each distance.
    ties
        Rule for equal distances, any but `index`.
    cutoff
        k; None for the whole ranking.
    topk
        Rule for the cut. Under `nonzero-hits` the value of a query is over those orders that have a hit, NaN where none has; how
        many have one is `share_with_hit`.

    Raises
    ------
    ValueError
        The rule needs the order of the database, or is a bound of queries that may be left out.
    """
    if ties == "index":
        raise ValueError("the rule 'index' needs the order of the database, not counts; use ranked_average_precision")
    if topk == "nonzero-hits" and ties in ("optimistic", "pessimistic"):
        raise ValueError(
            f"the rule 'nonzero-hits' has no bound {ties!r}: which queries it leaves out depends on the order"
        )
    size = int(counts.items[0].sum()) if len(counts.items) else 0
    limit = size if cutoff is None else min(cutoff, size)
    blocks = Blocks.of(counts, size, limit)
    if limit < size and topk != "min-k-relevant":
        return _by_first(blocks, ties, limit) if topk == "first-k-relevant" else _by_hits(blocks, ties, topk)
    with np.errstate(invalid="ignore"):
        return np.asarray(TIES[ties](blocks).sum(axis=1) / np.minimum(limit, blocks.r.sum(axis=1)))


def share_with_hit(counts: Counts, cutoff: int | None) -> NDArray[np.float64]:
    """Share of the orders of its ties under which each query has a relevant item among the first k, (q,)."""
    size = int(counts.items[0].sum()) if len(counts.items) else 0
    blocks = Blocks.of(counts, size, size if cutoff is None else min(cutoff, size))
    whole = np.where(blocks.kept == blocks.n, blocks.r, 0).sum(axis=1) > 0
    share: NDArray[np.float64] = whole.astype(np.float64)
    for query, cut in blocks.cut():
        if not whole[query]:
            hits, chance = hypergeometric(*(int(x) for x in (cut.n, cut.r, cut.kept)))
            share[query] = chance[hits > 0].sum()
    return share


def _by_hits(blocks: Blocks, ties: TieRule, topk: TopkRule) -> Floats:
    """AP@k divided by the hits within k."""
    whole = blocks.kept == blocks.n
    total = np.where(whole, TIES[ties](blocks), 0).sum(axis=1)
    hits = np.where(whole, blocks.r, 0).sum(axis=1)
    none = np.nan if topk == "nonzero-hits" else 0.0
    value: Floats = np.divide(total, hits, out=np.full_like(total, none), where=hits > 0)
    for query, cut in blocks.cut():
        value[query] = _over_hits(cut, ties, float(total[query]), none)
    value[blocks.r.sum(axis=1) == 0] = np.nan
    return value


def _over_hits(cut: Blocks, ties: TieRule, total: float, none: float) -> float:
    """`total` and what a block that is cut adds to it, divided by the hits, over all numbers of hits that the cut may leave."""
    hits, chance = hypergeometric(*(int(x) for x in (cut.n, cut.r, cut.kept)))
    found = hits + cut.before_r
    added = hits * at_end(cut) if ties == "block" else TIES[ties](cut.above(hits))
    value = np.divide(total + added, found, out=np.full(len(hits), none), where=found > 0)
    if ties in ("optimistic", "pessimistic"):
        return float(value.max() if ties == "optimistic" else value.min())
    counted = ~np.isnan(value)
    share = chance[counted].sum()
    return float((value[counted] * chance[counted]).sum() / share) if share else none


def _by_first(blocks: Blocks, ties: TieRule, limit: int) -> Floats:
    """The mean precision at the first min(k, R) relevant ranks."""
    wanted = np.minimum(limit, blocks.r.sum(axis=1))
    uncut = Blocks(blocks.n, blocks.r, blocks.before_n, blocks.before_r, blocks.n, blocks.harmonic)
    after_r = blocks.before_r + blocks.r
    total = np.where(after_r <= wanted[:, None], TIES[ties](uncut), 0).sum(axis=1)
    crossed = (blocks.before_r < wanted[:, None]) & (after_r > wanted[:, None])
    for query, block in np.argwhere(crossed):
        one = uncut.take(int(query), int(block))
        total[query] += _first_of(one, ties, int(wanted[query] - one.before_r))
    with np.errstate(invalid="ignore"):
        return np.asarray(total / wanted)


def _first_of(b: Blocks, ties: TieRule, s: int) -> float:
    """Precision summed over the first `s` of the r relevant items of one block, 0 < s < r."""
    if ties == "block":
        return float(s * at_end(b))
    if ties == "expected":
        return _expected_first(b, s)
    start = b.before_n if ties == "optimistic" else b.before_n + b.n - b.r
    return float(s - (start - b.before_r) * b.inverse_ranks(start, np.asarray(s)))


def _expected_first(b: Blocks, s: int) -> float:
    """Mean over all orders of the sum over the first `s` of r relevant items.

    Rank N + p is relevant with probability r / n and counts where the Y relevant items before it are fewer than s. Then Y is
    hypergeometric over the other n - 1 items, and E[Y; Y < s] = (p - 1)(r - 1)/(n - 1) P(Y' < s - 1) with Y' over n - 2.
    """
    n, r = int(b.n), int(b.r)
    rank = np.arange(1, n + 1)
    value = (float(b.before_r) + 1) * _reaches(n - 1, r - 1, s)
    if s > 1:
        value[1:] += (rank[1:] - 1) * (r - 1) / (n - 1) * _reaches(n - 2, r - 2, s - 1)
    return float((value / (float(b.before_n) + rank)).sum() * r / n)


def _reaches(n: int, r: int, s: int) -> Floats:
    """P(position >= p) for p = 1 .. n + 1 of the `s`-th of `r` relevant among `n` items in random order, 1 <= s <= r."""
    first, last = s, n - r + s
    p = np.arange(first, last)
    steps = p / (p - s + 1) * ((n - p - r + s) / (n - p))
    out = np.zeros(n + 1)
    out[first - 1 : last] = normalised(steps)
    return np.asarray(np.minimum(out[::-1].cumsum()[::-1], 1))


def ranked_average_precision(
    query: NDArray[np.uint8],
    database: NDArray[np.uint8],
    query_labels: NDArray[np.bool_],
    database_labels: NDArray[np.bool_],
    bits: int,
    cutoffs: Sequence[int | None],
    topk: TopkRule = "min-k-relevant",
) -> list[NDArray[np.float64]]:
    """AP@k of each query with ties in the order of the database rows, as published code ranks with a stable sort.

    Depends on the order in which the database is stored: on a file sorted by class it is not a property of the codes. NaN where
    nothing is relevant, and under `nonzero-hits` where there is no hit.
    """
    keys = Keys.of(query, database, query_labels, database_labels, bits)
    found: list[list[NDArray[np.float64]]] = [[] for _ in cutoffs]
    ranks = np.arange(1, len(database) + 1)
    for rows in parts(len(query), max(1, TILE_QUERIES * TILE_ITEMS // len(database))):
        key = keys.tile(rows, slice(0, len(database))).numpy()
        order = np.argsort((key >> 1).astype(np.uint16), axis=1, kind="stable")  # radix sort
        hit = np.take_along_axis(key & 1, order, axis=1).astype(bool)
        hits = hit.cumsum(axis=1)
        gained = np.where(hit, hits / ranks, 0.0).cumsum(axis=1)
        for values, cutoff in zip(found, cutoffs, strict=True):
            limit = len(database) if cutoff is None else min(cutoff, len(database))
            values.append(_ranked(gained, hits, limit, topk))
    return [np.concatenate(values) for values in found]


def _ranked(gained: Floats, hits: NDArray[np.int64], limit: int, topk: TopkRule) -> Floats:
    """AP@limit of rankings from what was gained, and how many hits there were, up to each rank: (q, N) each."""
    relevant = hits[:, -1]
    divisor, last = np.minimum(limit, relevant), np.full(len(hits), limit - 1)
    if topk == "first-k-relevant":
        last = (hits >= divisor[:, None]).argmax(axis=1)
    elif topk != "min-k-relevant":
        divisor = hits[:, limit - 1]
    total = gained[np.arange(len(hits)), last]
    with np.errstate(invalid="ignore"):
        value = np.asarray(total / divisor)
    if topk == "hits":
        value[(divisor == 0) & (relevant > 0)] = 0
    return value
