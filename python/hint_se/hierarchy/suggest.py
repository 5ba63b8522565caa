"""Which cut of a tree to read: the one that says much in few communities, before the merges become much tighter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.hierarchy.cuts import ROUNDING, linked_weights, merge_heights, split_order
from hint_se.hierarchy.invariants import leaf_count

__all__ = ["Suggestion", "code_savings", "community_counts", "suggested"]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Which communities of a tree to read, and why; see `Tree.suggest_level`. ``print`` says it in words.

    Parameters
    ----------
    n_communities : int
        ``tree.cut(n_communities)`` is the cut, and what ``tree.labels()`` gives.
    level : int
        The level of the tree with the nearest number of communities.
    share : float
        What a two-level code with these communities saves, as a share of what the best cut saves, in [0, 1].
    gap : float
        How many times as tightly as the last node that was divided the next one hangs together, >= 1: the ratio of their merge odds.
    """

    n_communities: int
    level: int
    share: float
    gap: float

    def __str__(self) -> str:
        if self.n_communities == 1:
            return "1 community: no cut saves bits in a two-level code"
        if self.share == 0:
            return (
                f"{self.n_communities:,} communities, the connected components: no cut saves bits in a two-level code"
            )
        gap = f"{self.gap:.1f}" if self.gap < 1000 else "over 1,000"
        return (
            f"{self.n_communities:,} communities (nearest level: {self.level}): {self.share:.0%} of the most that a two-level "
            f"code saves, then a gap of {gap} in merge odds"
        )


def suggested(parent: NDArray[np.int32], volume: NDArray[np.float64], cuts: NDArray[np.float64]) -> Suggestion:
    r"""Return the cut of the greatest :math:`s^3 \ln r`, among those that divide nodes as a whole. O(t log t).

    s is the share of the greatest saving: what the two-level map equation (Rosvall and Bergstrom 2008) says that the communities of the
    cut save against one, as a share of the most that any cut saves. r is the ratio of the merge odds h / (1 - h), which are the distance of
    Paris, of the last node that was divided and the next one. So a cut is worth reading if it saves much and its communities
    are much tighter than what was parted. Components are always parted. No node that edges link has odds above vol / 2w or below w / vol, w being
    the least weight between the children of a node; where nothing links them the odds are the ratio of the two, vol² / 2w².
    ``benchmarks/results/levels.md`` has what the rule finds and what others find.
    """
    leaves = leaf_count(parent)
    if volume[-1] <= 0:
        return Suggestion(leaves, 1, 1.0, 1.0)
    heights = merge_heights(parent, volume, cuts)
    order = split_order(parent, heights)
    counts, saved = community_counts(parent, volume, cuts), code_savings(parent, volume, cuts)
    share = np.maximum(saved, 0.0) / max(float(saved.max()), np.finfo(np.float64).tiny)
    linked = linked_weights(parent, volume, cuts) / volume[-1]
    least = max(float(linked[linked > 0].min(initial=1.0)), ROUNDING)
    odds = np.clip(heights[order] / np.maximum(1 - heights[order], least**2 / 2), least / 2, 2 / least**2)
    ratio = np.ones(counts.size)
    ratio[1:-1] = odds[:-1] / odds[1:]
    # Nothing links what a node of height 1 holds together: a community is at most a component.
    parted = int(np.count_nonzero(heights[order] == 1.0))
    best = parted + int(np.argmax((share**3 * np.log(ratio))[parted:]))
    if saved[best] <= 0:
        best = parted
    return Suggestion(
        int(counts[best]), _nearest_level(parent, int(counts[best])), float(share[best]), float(ratio[best])
    )


def community_counts(
    parent: NDArray[np.int32], volume: NDArray[np.float64], cuts: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return how many communities the cuts have that divide nodes as a whole, from 1 on, in order."""
    order = split_order(parent, merge_heights(parent, volume, cuts))
    return _prefixes(parent, order, np.ones(parent.size)).round().astype(np.int64)


def code_savings(
    parent: NDArray[np.int32], volume: NDArray[np.float64], cuts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the bits a step that each of these cuts saves against one community, by the two-level map equation."""
    order = split_order(parent, merge_heights(parent, volume, cuts))
    left, inside = cuts / volume[-1], volume / volume[-1]
    terms = _log_weighted(left + inside) - 2 * _log_weighted(left)
    length = _log_weighted(_prefixes(parent, order, left)) + _prefixes(parent, order, terms)
    saved: NDArray[np.float64] = length[0] - length
    return saved


def _prefixes(parent: NDArray[np.int32], order: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sum of values over the communities after 0, 1, ... divisions."""
    inside = np.bincount(parent[:-1], weights=values[:-1], minlength=parent.size)
    sums: NDArray[np.float64] = values[-1] + np.concatenate([[0.0], np.cumsum((inside - values)[order])])
    return sums


def _log_weighted(values: NDArray[np.float64]) -> NDArray[np.float64]:
    weighted: NDArray[np.float64] = values * np.log2(values, out=np.zeros_like(values), where=values > 0)
    return weighted


def _nearest_level(parent: NDArray[np.int32], n_communities: int) -> int:
    """Return the level whose number of communities is nearest in ratio, of two the coarser."""
    leaves, depth = leaf_count(parent), _core.depths(parent)
    at, ended = np.bincount(depth), np.cumsum(np.bincount(depth[:leaves], minlength=int(depth.max()) + 1))
    counts = at[1:] + ended[:-1]
    return 1 + int(np.argmin(np.abs(np.log(counts / n_communities)))) if counts.size else 1
