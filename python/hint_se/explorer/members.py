"""Who is best connected within each community of a tree.

A member is the better connected the more weight its edges to other members have. On the way up from a leaf that weight grows only
where one of its edges closes, at the lowest node with both ends below it. So the best of a node are among the best of its children
and those whose edges close at it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hint_se.explorer.order import Order, stepwise_lexsort

__all__ = ["MOST", "Connections", "best", "by_volume", "by_weight_inside"]

#: Members that are named.
MOST = 5
# Ends of edges that are sorted at a time: a tenth of a second.
_SLICE = 500_000
# Nodes between two reports of progress.
_STRIDE = 65_536


@dataclass(frozen=True, slots=True)
class Connections:
    """What leaves have within communities: up to `MOST` rows for each position ``at``, by position, the best first, shape (k,).

    The leaf at position ``leaf`` has ``value`` from there upwards, until it comes again. Equal ones stand by position.
    """

    at: NDArray[np.int64]
    leaf: NDArray[np.int64]
    value: NDArray[np.float64]


def by_volume(order: Order, volume: NDArray[np.float64]) -> Connections:
    """Return the degree of each leaf in all communities around it, for where the graph is not known."""
    leaf = np.flatnonzero(~order.inner & (order.up >= 0))
    return _leading(order.up[leaf], leaf, volume[order.node[leaf]])


def by_weight_inside(
    order: Order,
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[np.float64],
    tell: Callable[[float], object],
) -> Connections:
    """Return the weight of each leaf's edges to members of the communities around it. O(m log n)."""
    place = np.empty(order.node.size, dtype=np.int64)
    place[order.node] = np.arange(order.node.size)
    head = _heads(order)
    leaves = np.flatnonzero(~order.inner)
    ids = order.node[leaves]
    ends = np.cumsum(indptr[ids + 1] - indptr[ids])
    found: list[Connections] = []
    for slice_of in np.split(np.arange(leaves.size), np.searchsorted(ends, np.arange(_SLICE, ends[-1], _SLICE))):
        own, rows = leaves[slice_of], ids[slice_of]
        degree = indptr[rows + 1] - indptr[rows]
        entry = np.repeat(indptr[rows] - np.cumsum(degree) + degree, degree) + np.arange(degree.sum())
        leaf = np.repeat(own, degree)
        at = _closing(order, head, leaf, place[indices[entry]])
        found.append(_leading(*_summed_up(leaf, at, weights[entry])))
        tell(ends[slice_of[-1]] / max(ends[-1], 1) if slice_of.size else 0.0)
    return _leading(*(np.concatenate([getattr(part, name) for part in found]) for name in ("at", "leaf", "value")))


def best(order: Order, found: Connections, tell: Callable[[float], object]) -> dict[int, list[int]]:
    """Return up to `MOST` leaves for each position of more leaves than that, the best connected first; equal ones by position."""
    leaf, value = found.leaf.tolist(), found.value.tolist()
    begin = np.searchsorted(found.at, np.arange(order.node.size + 1)).tolist()
    up, size = order.up.tolist(), order.leaves.tolist()
    below: dict[int, dict[int, float]] = {}
    named: dict[int, list[int]] = {}
    for done, position in enumerate(np.flatnonzero(order.inner)[::-1].tolist()):
        if done % _STRIDE == 0:
            tell(1 - position / len(up))
        rows = slice(begin[position], begin[position + 1])
        # What closes here replaces what a child said of the same leaf.
        all_known = below.pop(position, {}) | dict(zip(leaf[rows], value[rows], strict=True))
        leading = sorted(all_known.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST]
        if size[position] > MOST:
            named[position] = [one for one, _ in leading]
        if position:
            below.setdefault(up[position], {}).update(leading)
    return named


def _summed_up(
    leaf: NDArray[np.int64], at: NDArray[np.int64], weight: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return positions, leaves and weights added up on each leaf's way to the root. Leaves come in order."""
    # Of one leaf the lowest community first, which has the largest position.
    sequence = np.lexsort((-at, leaf))
    at, weight = at[sequence], weight[sequence]
    first = np.flatnonzero((np.diff(leaf, prepend=-1) != 0) | (np.diff(at, prepend=-1) != 0))
    at, leaf, sums = at[first], leaf[first], np.add.reduceat(weight, first) if first.size else weight
    row = np.flatnonzero(np.diff(leaf, prepend=-1) != 0)
    end = np.append(row[1:], leaf.size)[: row.size]
    while row.size:  # of each leaf by itself: a running sum over all of them would lose light edges behind heavy ones
        row, end = row[row + 1 < end] + 1, end[row + 1 < end]
        sums[row] += sums[row - 1]
    return at, leaf, sums


def _leading(at: NDArray[np.int64], leaf: NDArray[np.int64], value: NDArray[np.float64]) -> Connections:
    """Return the best `MOST` rows of each position."""
    rows = stepwise_lexsort((leaf, -value, at))
    sorted_at = at[rows]
    begin = np.maximum.accumulate(np.where(np.diff(sorted_at, prepend=-1) != 0, np.arange(rows.size), 0))
    rows = rows[np.arange(rows.size) - begin < MOST]
    return Connections(at[rows], leaf[rows], value[rows])


def _heads(order: Order) -> NDArray[np.int64]:
    """Return the top of the heavy path of each position: a position and its largest child follow each other, so these are runs."""
    positions = np.arange(order.up.size)
    return np.maximum.accumulate(np.where(order.up == positions - 1, 0, positions))


def _closing(
    order: Order, head: NDArray[np.int64], one: NDArray[np.int64], other: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the lowest common ancestor of pairs of positions.

    Whoever is on the path that begins further down leaves it, at most log2(n) times (Sleator and Tarjan 1983).
    """
    one, other = one.copy(), other.copy()
    apart = np.flatnonzero(head[one] != head[other])
    while apart.size:
        a, b = one[apart], other[apart]
        climbs = head[a] > head[b]
        one[apart] = np.where(climbs, order.up[head[a]], a)
        other[apart] = np.where(climbs, b, order.up[head[b]])
        apart = apart[head[one[apart]] != head[other[apart]]]
    return np.minimum(one, other)
