"""The part of a tree that new nodes can touch, as a small tree in memory: the nodes above their neighbours, and what hangs beside these.

A new node goes where some of its edges meet, or beside that. So of the other children of a node only their sum counts: to the core they are
one leaf of the same volume and cut, with as many levels below as they have, where the height is limited.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.tables.communities import NONE
from hint_se.tables.engines.engine import Columns
from hint_se.tables.naming import LEVEL
from hint_se.tables.top import named_nodes

__all__ = ["Part", "grown", "part_of"]


@dataclass(frozen=True, slots=True)
class Part:
    """A tree whose leaves come first; ``node`` is `NONE` where one stands for others."""

    node: NDArray[np.int64]
    parent: NDArray[np.int32]
    volume: NDArray[np.float64]
    cut: NDArray[np.float64]
    depth: NDArray[np.int32]
    n_leaves: int


def part_of(path: Columns, rest: Columns) -> Part:
    """Return the part of a tree.

    Parameters
    ----------
    path : columns ``node, parent, volume, cut, depth``
        Nodes with all that are above them, in the order of their names.
    rest : columns ``parent, count, cut, levels``
        Of the other children of each: how many they are, the sum of their cuts, and levels below them that count.
    """
    node = path["node"]
    leaves = int(np.searchsorted(node, LEVEL)) if node.size > 1 else 1
    inner = leaves + np.lexsort((node[leaves:], -path["depth"][leaves:]))  # parents behind their children
    holders = np.searchsorted(node, rest["parent"])
    levels = rest["levels"]
    # A root of more than two children stays the root: up to three stand for all of them.
    beside = np.where(path["parent"][holders] < 0, np.minimum(rest["count"], 3) - 1, 0)
    second = np.repeat(holders, beside)
    volume = path["volume"].copy()
    below = np.flatnonzero(path["parent"] >= 0)
    np.subtract.at(volume, np.searchsorted(node, path["parent"][below]), path["volume"][below])
    standing, steps, fillers = holders.size, int(levels.sum()), int(levels.sum()) + second.size
    n_leaves = leaves + standing + fillers
    place = np.empty(node.size, np.int64)
    place[:leaves] = np.arange(leaves)
    place[inner] = n_leaves + steps + np.arange(inner.size)
    up = np.where(path["parent"] >= 0, place[np.searchsorted(node, path["parent"])], NONE)
    # A stair of so many steps above each that stands for others, and a leaf of nothing beside each step.
    begin = n_leaves + np.cumsum(levels) - levels
    stair = n_leaves + np.arange(steps)
    last = begin + levels - 1
    above_stair = stair + 1
    above_stair[(last - n_leaves)[levels > 0]] = place[holders[levels > 0]]
    above_standing = np.where(levels > 0, begin, place[holders])
    of_step = np.repeat(np.arange(standing), levels)
    of_standing = np.maximum(volume[holders], rest["cut"]), rest["cut"]
    nothing = np.zeros(fillers)
    return Part(
        np.concatenate([node[:leaves], np.full(standing + fillers + steps, NONE), node[inner]]),
        np.concatenate([up[:leaves], above_standing, stair, place[second], above_stair, up[inner]]).astype(np.int32),
        np.concatenate(
            [path["volume"][:leaves], of_standing[0], nothing, of_standing[0][of_step], path["volume"][inner]]
        ),
        np.concatenate([path["cut"][:leaves], of_standing[1], nothing, of_standing[1][of_step], path["cut"][inner]]),
        np.concatenate([path["depth"][:leaves], np.zeros(standing + fillers + steps, np.int32), path["depth"][inner]]),
        n_leaves,
    )


def grown(
    part: Part, new: NDArray[np.int64], made: tuple[NDArray[np.int32], ...], level: int
) -> tuple[Columns, Columns]:
    """Return the rows of a part to which the core added the leaves ``new``, and by how much which nodes of before are deeper, ``node, deeper``.

    Nodes of before keep their names; the others are named from a level on.
    """
    parent, volume, cut = (np.asarray(column) for column in made)
    was = _nodes_before(part, parent, new.size)
    ids = np.concatenate([np.where(part.node[: part.n_leaves] == NONE, LEVEL - 1, part.node[: part.n_leaves]), new])
    name = named_nodes(parent.astype(np.int64), ids, ids, level)
    name = np.where(was >= 0, part.node[was], name)
    depth = _core.depths(parent)
    kept = name != NONE
    rows = {
        "node": name[kept],
        "parent": np.where(parent >= 0, name[parent], NONE)[kept],
        "volume": np.asarray(volume, np.float64)[kept],
        "cut": np.asarray(cut, np.float64)[kept],
        "depth": depth[kept],
    }
    deeper = np.where(was >= 0, depth - part.depth[was], 0)
    moved = kept & (deeper != 0) & (name >= LEVEL)
    return rows, {"node": name[moved], "deeper": deeper[moved].astype(np.int32)}


def _nodes_before(part: Part, parent: NDArray[np.int32], n_new: int) -> NDArray[np.int64]:
    """Return which node of a part each node is now, -1 for a new one: the lowest that holds all its children of before."""
    wanted = np.bincount(part.parent[part.parent >= 0], minlength=part.parent.size).tolist()
    up, before = parent.tolist(), part.parent.tolist()
    was, holds, count = [NONE] * len(up), [NONE] * len(up), [0] * len(up)
    for node, above in enumerate(up):
        if node < part.n_leaves:
            was[node] = node
        elif node >= part.n_leaves + n_new and holds[node] >= 0 and count[node] == wanted[holds[node]]:
            was[node] = holds[node]
        if above < 0:
            continue
        if was[node] >= 0:
            holding, many = before[was[node]], 1
        else:
            holding, many = holds[node], count[node]
        if holding >= 0:
            holds[above] = holding
            count[above] += many
    return np.array(was, np.int64)
