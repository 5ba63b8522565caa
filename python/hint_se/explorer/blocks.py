"""Which nodes of a tree are read together: levels of detail.

The first block holds the largest nodes of the tree, the others those of subtrees that hang below a block before them. So a browser that
shows any part of the tree needs the blocks from the root to there, and of these the largest nodes only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hint_se.explorer.order import Order

__all__ = ["SIZE", "Blocks", "divided"]

#: Nodes in a block, at most: some hundred kilobytes to read, milliseconds.
SIZE = 8192


@dataclass(frozen=True, slots=True)
class Blocks:
    """Positions of each block, ascending, and where each position went.

    Parameters
    ----------
    parts : list of ndarray of int64
    place : ndarray of int64, shape (t,)
        Number of the block times ``size``, plus the row in it.
    size : int
    runs : list of lists
        For each block its subtrees by what they hang below: position of that, of the first of them, and their number. The block of the
        root has none.
    more : list of lists
        For each block the row of a node with children elsewhere, and their block, children in order.
    """

    parts: list[NDArray[np.int64]]
    place: NDArray[np.int64]
    size: int
    runs: list[list[tuple[int, int, int]]]
    more: list[list[tuple[int, int]]]


def divided(order: Order, size: int = SIZE) -> Blocks:
    """Return the blocks of a tree. What is taken into one is closed upwards, and of siblings the largest come first."""
    parts: list[NDArray[np.int64]] = []
    waiting = [0]
    while waiting:
        root = waiting.pop()
        inside = np.arange(root, root + order.span[root])
        first = np.sort(np.argsort(-order.leaves[inside], kind="stable")[:size])
        parts.append(inside[first])
        taken = np.zeros(inside.size, dtype=np.bool_)
        taken[first] = True
        rest = inside[~taken]
        hanging = rest[taken[order.up[rest] - root]]
        large = order.span[hanging] > size
        waiting.extend(hanging[large][::-1].tolist())
        parts.extend(_packed(order, hanging, large, size))
    place = np.empty(order.node.size, dtype=np.int64)
    for block, part in enumerate(parts):
        place[part] = block * size + np.arange(part.size)
    runs = [_runs(order, part) for part in parts]
    hangs = sorted((below, first, number) for number, some in enumerate(runs) for below, first, _ in some)
    more: list[list[tuple[int, int]]] = [[] for _ in parts]
    for below, _, number in hangs:
        above, row = divmod(int(place[below]), size)
        more[above].append((row, number))
    return Blocks(parts, place, size, runs, more)


def _packed(order: Order, hanging: NDArray[np.int64], large: NDArray[np.bool_], size: int) -> list[NDArray[np.int64]]:
    """Return the subtrees that are not large as blocks, as many in a row as fit."""
    packs: list[list[NDArray[np.int64]]] = []
    room = 0
    for root, span, alone in zip(hanging.tolist(), order.span[hanging].tolist(), large.tolist(), strict=True):
        if alone:
            room = 0  # siblings stay in order
            continue
        if span > room:
            packs.append([])
            room = size
        packs[-1].append(np.arange(root, root + span))
        room -= span
    return [np.concatenate(pack) for pack in packs]


def _runs(order: Order, part: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    up = order.up[part]
    roots = part[~np.isin(up, part) & (up >= 0)]
    below = order.up[roots]
    begin = np.flatnonzero(np.diff(below, prepend=-1) != 0)
    count = np.diff(begin, append=roots.size)
    return list(zip(below[begin].tolist(), roots[begin].tolist(), count.tolist(), strict=True))
