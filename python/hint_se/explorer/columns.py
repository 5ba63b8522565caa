"""What is in a block: columns of numbers and names as JSON, deflated, as text."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hint_se import _core
from hint_se.colours import ALONE, PALETTE, distinct
from hint_se.explorer.blocks import Blocks
from hint_se.explorer.order import Order
from hint_se.hierarchy.cuts import community_nodes, merge_heights, number_by_appearance, split_nodes
from hint_se.hierarchy.invariants import leaf_count

__all__ = ["Content", "columns_of", "content", "packed"]

# Digits of numbers that are no integers, letters of a member that is named in another block.
_DIGITS, _LONGEST = 6, 60


@dataclass(frozen=True, slots=True)
class Content:
    """What blocks are filled from. Columns have one row per position; ``names`` one per leaf of the tree, by id.

    Parameters
    ----------
    order : Order
    blocks : Blocks
    volume, cut, bits : ndarray of float64
        Bits are those that all nodes of the subtree add to the structural entropy, its root included.
    community, hue : ndarray of int64
        Number of the suggested community around a position, -1 above the communities; and of its colour.
    colours : list of str
        As ``#rrggbb``.
    members : dict
        Positions of the best connected leaves, see `members.best`.
    names : list of str, optional
    """

    order: Order
    blocks: Blocks
    volume: NDArray[np.float64]
    cut: NDArray[np.float64]
    bits: NDArray[np.float64]
    community: NDArray[np.int64]
    hue: NDArray[np.int64]
    colours: list[str]
    members: dict[int, list[int]]
    names: list[str] | None


def content(
    parent: NDArray[np.int32],
    volume: NDArray[np.float64],
    cut: NDArray[np.float64],
    names: list[str] | None,
    n_communities: int,
    order: Order,
    blocks: Blocks,
    members: dict[int, list[int]],
) -> Content:
    """Return what the blocks of a tree hold, coloured by its cut into at most so many communities."""
    terms, up = _core.entropy_terms(parent, volume, cut).tolist(), parent[:-1].tolist()
    for node, above in enumerate(up):
        terms[above] += terms[node]
    community, hue, colours = _communities(parent, volume, cut, n_communities, order)
    ids = order.node
    return Content(order, blocks, volume[ids], cut[ids], np.array(terms)[ids], community, hue, colours, members, names)


def columns_of(known: Content, number: int) -> dict[str, Any]:
    """Return a block as columns for JSON; empty ones are left out.

    ``node``, ``span`` (nodes of the subtree in this block), ``leaves`` (0 for a leaf of the tree), ``volume``: one for each row. ``cut`` and
    ``bits``: one for each row that is no leaf. ``loops``: what the volume of a leaf holds beyond its cut. ``names``: of leaves. ``runs``: parent's
    place, children in a row, their community and hue. ``more``: row and block of children that hang elsewhere. ``marks``: row,
    community, hue. ``members``: row and names.
    """
    order, part = known.order, known.blocks.parts[number]
    inner, leaf = part[order.inner[part]], part[~order.inner[part]]
    rows = np.arange(part.size)
    loops = known.volume[leaf] - known.cut[leaf]
    row_of = dict(zip(part.tolist(), rows.tolist(), strict=True))
    columns: dict[str, Any] = {
        "node": order.node[part].tolist(),
        "span": (np.searchsorted(part, part + order.span[part]) - rows).tolist(),
        "leaves": np.where(order.inner[part], order.leaves[part], 0).tolist(),
        "volume": _short(known.volume[part]),
        "cut": _short(known.cut[inner]),
        "bits": _short(known.bits[inner]),
        "loops": _short(loops) if loops.any() else [],
        "names": [] if known.names is None else [known.names[one] for one in order.node[leaf].tolist()],
        "runs": [
            [int(known.blocks.place[below]), count, int(known.community[below]), int(known.hue[below])]
            for below, _, count in known.blocks.runs[number]
        ],
        "more": known.blocks.more[number],
        "marks": _marks(known, part),
        "members": [
            [row_of[one], *(_called(known, leaf) for leaf in known.members[one])]
            for one in inner.tolist()
            if one in known.members
        ],
    }
    return {name: column for name, column in columns.items() if column}


def packed(columns: Any) -> str:
    """Return columns as text: JSON, deflated (RFC 1951), in base 64."""
    text = json.dumps(columns, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    return base64.b64encode(zlib.compress(text, 6, wbits=-15)).decode("ascii")


def _communities(
    parent: NDArray[np.int32],
    volume: NDArray[np.float64],
    cut: NDArray[np.float64],
    n_communities: int,
    order: Order,
) -> tuple[NDArray[np.int64], NDArray[np.int64], list[str]]:
    """Return number and colour of the community around each position, and the colours.

    Few go by falling size. More go down the page, so that neighbours are alike. The last is that of lone leaves.
    """
    divided = split_nodes(parent, merge_heights(parent, volume, cut), n_communities)
    around = community_nodes(parent, divided)
    leaves = leaf_count(parent)
    groups, first = np.unique(around[:leaves], return_index=True)
    numbers = number_by_appearance(around[:leaves])[first]
    size = np.empty(parent.size, dtype=np.int64)
    size[order.node] = order.leaves
    several = np.flatnonzero(size[groups] > 1)
    position = np.argsort(order.node)[groups[several]]
    rank = (
        np.lexsort((numbers[several], -size[groups[several]])) if several.size <= len(PALETTE) else np.argsort(position)
    )
    hues = np.full(groups.size, several.size)
    hues[several[rank]] = np.arange(several.size)
    number, hue = (np.full(parent.size, -1, dtype=np.int64) for _ in range(2))
    number[groups], hue[groups] = numbers, hues
    below = ~divided
    number[below], hue[below] = number[around[below]], hue[around[below]]
    colours = [f"#{bytes(colour).hex()}" for colour in np.rint(255 * distinct(several.size)).astype(np.uint8)]
    return number[order.node], hue[order.node], [*colours, ALONE]


def _marks(known: Content, part: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """Return the rows that are communities as a whole, with number and colour."""
    up = known.order.up[part]
    whole = (known.community[part] >= 0) & ((up < 0) | (known.community[up] < 0))
    rows = np.flatnonzero(whole)
    return list(zip(rows.tolist(), known.community[part[rows]].tolist(), known.hue[part[rows]].tolist(), strict=True))


def _called(known: Content, leaf: int) -> str:
    node = int(known.order.node[leaf])
    name = str(node) if known.names is None else known.names[node]
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"


def _short(values: NDArray[np.float64]) -> list[int] | list[float]:
    """Return integers as such, other numbers with six digits that count."""
    whole = np.rint(values)
    if np.array_equal(values, whole) and (np.abs(whole) < 2**53).all():
        return [int(value) for value in whole.tolist()]
    return [float(f"{value:.{_DIGITS}g}") for value in values.tolist()]
