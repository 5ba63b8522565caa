"""Where the parts of a tree go in a picture. Plain geometry, linear in the tree; drawing is left to `plot`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["HEADING", "Outline", "Tiles", "branch_places", "outline", "squarified", "tiles"]

_Box: TypeAlias = tuple[float, float, float, float]

# Points left free around the parts of a tile, by layer.
_MARGINS = (0.0, 1.5, 0.7)
#: Points left free above the parts of a community for its heading.
HEADING = 11.0


@dataclass(frozen=True, slots=True)
class Outline:
    """The nodes of a tree that a picture shows, parents first, siblings next to each other by falling size.

    All columns have one row per shown node. ``up`` is the row of the nearest shown ancestor (-1 for the root),
    ``depth`` counts these ancestors, ``start`` is the place of the node's first leaf and ``size`` the number of
    its leaves, in leaves from 0 to n. ``hidden`` counts the leaves at the end of the span that are in no
    shown child.
    """

    node: NDArray[np.int64]
    up: NDArray[np.int64]
    depth: NDArray[np.int64]
    start: NDArray[np.float64]
    size: NDArray[np.int64]
    hidden: NDArray[np.int64]

    @property
    def closed(self) -> NDArray[np.bool_]:
        """The rows that have leaves below them and no shown child."""
        all_hidden: NDArray[np.bool_] = (self.size > 1) & (self.hidden == self.size)
        return all_hidden


@dataclass(frozen=True, slots=True)
class Tiles:
    """Rectangles of a treemap, outer before inner.

    ``box`` is x, y, width and height in points, shape (k, 4), y downwards. ``row`` is the tile's row of the outline;
    where ``rest`` > 0 the tile stands for so many leaves of that row that are too small to be shown.
    ``layer`` counts the tiles around it, ``headed`` marks those that keep a strip free for a heading, ``whole``
    those that are not divided further.
    """

    row: NDArray[np.int64]
    layer: NDArray[np.int64]
    box: NDArray[np.float64]
    rest: NDArray[np.int64]
    headed: NDArray[np.bool_]
    whole: NDArray[np.bool_]


def outline(
    parent: NDArray[np.int32],
    counts: NDArray[np.int64],
    least: float,
    *,
    share: float = 1.0,
    forced: NDArray[np.bool_] | None = None,
    skipped: NDArray[np.bool_] | None = None,
) -> Outline:
    """Return the nodes of at least ``least`` leaves that hold at most a share of their nearest shown ancestor.

    A share below 1 skips what lopsided merges leave nearly whole, so that 0.5 bounds the depth by log2(n) + 1. Leaves and
    forced nodes are shown whatever their share, skipped ones never, the root always. O(t log t).
    """
    wide = np.flatnonzero(counts >= least)[::-1]
    always = np.zeros(parent.size, dtype=np.bool_) if forced is None else forced
    never = np.zeros(parent.size, dtype=np.bool_) if skipped is None else skipped
    size, up, root = counts.tolist(), parent.tolist(), parent.size - 1
    shown, above, deep = [root], {root: root + 1}, {root: 0}
    anchor = {root: root}
    for node, must, must_not in zip(wide.tolist(), always[wide].tolist(), never[wide].tolist(), strict=True):
        if node == root:
            continue
        ancestor = anchor[up[node]]
        if must or not (must_not or share * size[ancestor] < size[node] > 1):
            shown.append(node)
            above[node], deep[node], anchor[node] = ancestor, deep[ancestor] + 1, node
        else:
            anchor[node] = ancestor
    return _placed(np.array(shown), np.array([above[node] for node in shown]), counts, [deep[node] for node in shown])


def _placed(shown: NDArray[np.int64], above: NDArray[np.int64], counts: NDArray[np.int64], deep: list[int]) -> Outline:
    """Return the outline of nodes whose nearest shown ancestors are known; the root is first."""
    # An ancestor's id is larger: by falling ancestor, every node comes after its own.
    order = np.lexsort((shown, -counts[shown], -above))
    node, size = shown[order], counts[shown[order]]
    by_id = np.argsort(node)
    up = by_id[np.searchsorted(node, np.minimum(above[order], node[0]), sorter=by_id)]
    up[0] = -1
    before = np.cumsum(size) - size
    eldest = np.maximum.accumulate(np.where(np.diff(up, prepend=-2) != 0, np.arange(node.size), 0))
    offset = (before - before[eldest]).tolist()
    start = [0.0] * node.size
    for row, above_row in enumerate(up.tolist()[1:], start=1):
        start[row] = start[above_row] + offset[row]
    inside = np.bincount(up[1:], weights=size[1:], minlength=node.size).astype(np.int64)
    hidden = np.where(size == 1, 0, size - inside)
    return Outline(node, up, np.array(deep)[order], np.array(start), size, hidden)


def branch_places(shape: Outline, drawn_rest: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where a dendrogram draws the stem (k,) and the two ends of the bar (k, 2) of each shown node, in leaves.

    The bar joins the outermost children, the stem stands in its middle. A rest of hidden leaves counts as the last
    child where it is drawn. Without either the stem stands amid the span and the bar is NaN.
    """
    stem = (shape.start + shape.size / 2).tolist()
    rest = np.where(drawn_rest, shape.start + shape.size - shape.hidden / 2, np.nan)
    first, last, up = [np.nan] * len(stem), rest.tolist(), shape.up.tolist()
    for row in range(len(stem) - 1, -1, -1):
        if first[row] == first[row]:  # is not NaN
            stem[row] = (first[row] + last[row]) / 2
        if up[row] >= 0:
            first[up[row]] = stem[row]
            if last[up[row]] != last[up[row]]:
                last[up[row]] = stem[row]
    return np.array(stem), np.stack([first, last], axis=1)


def tiles(shape: Outline, community: NDArray[np.bool_], width: float, height: float) -> Tiles:
    """Return a treemap of an outline in width x height points, areas by leaves within each tile.

    Communities (marked rows) get a heading, and are divided only where there is room for one.
    """
    parts: list[list[int]] = [[] for _ in range(shape.node.size)]
    for row, up in enumerate(shape.up.tolist()[1:], start=1):
        parts[up].append(row)
    size, hidden, is_community = shape.size.tolist(), shape.hidden.tolist(), community.tolist()
    boxes: dict[int, _Box] = {0: (0.0, 0.0, width, height)}
    found: list[tuple[int, int, _Box, int, bool, bool]] = []
    for row, layer in enumerate(shape.depth.tolist()):
        box = boxes.get(row)
        if box is None:
            continue
        headed = is_community[row] and bool(parts[row]) and box[3] >= 3 * HEADING and box[2] >= 2 * HEADING
        whole = not parts[row] or (is_community[row] and not headed)
        found.append((row, layer, box, 0, headed, whole))
        if whole:
            continue
        room = _within(box, _MARGINS[min(layer, len(_MARGINS) - 1)], HEADING if headed else 0.0)
        amounts = {part: float(size[part]) for part in parts[row]}
        if hidden[row]:
            amounts[row] = float(hidden[row])
        ordered = sorted(amounts, key=lambda part: -amounts[part])
        placed = dict(zip(ordered, squarified([amounts[part] for part in ordered], room), strict=True))
        if hidden[row]:
            found.append((row, layer + 1, placed.pop(row), hidden[row], False, True))
        boxes |= placed
    return Tiles(*(np.array(column) for column in zip(*found, strict=True)))


def squarified(amounts: list[float], box: _Box) -> list[_Box]:
    """Return rectangles that fill a box, areas in proportion to the amounts, as square as a row at a time allows.

    Bruls, Huizing and van Wijk (2000): rows go along the shorter side; a row grows while its worst side ratio falls.
    """
    x, y, width, height = box
    scale = width * height / sum(amounts)
    areas = [amount * scale for amount in amounts]
    placed: list[_Box] = []
    while len(placed) < len(areas):
        upright = width >= height
        side = height if upright else width
        row = _row_of(areas, len(placed), side)
        thick, along = sum(row) / side, 0.0
        for area in row:
            length = area / thick
            placed.append((x, y + along, thick, length) if upright else (x + along, y, length, thick))
            along += length
        # Rounding must not leave less than nothing for the rows to come.
        if upright:
            x, width = x + thick, max(width - thick, 1e-9)
        else:
            y, height = y + thick, max(height - thick, 1e-9)
    return placed


def _row_of(areas: list[float], begin: int, side: float) -> list[float]:
    low = high = total = areas[begin]
    worst, end = float("inf"), begin
    while True:
        thick = total / side
        ratio = max(high / thick**2, thick**2 / low)
        if ratio > worst:
            return areas[begin:end]
        worst, end = ratio, end + 1
        if end == len(areas):
            return areas[begin:]
        low, high, total = min(low, areas[end]), max(high, areas[end]), total + areas[end]


def _within(box: _Box, margin: float, top: float) -> _Box:
    x, y, width, height = box
    margin = min(margin, width / 8, height / 8)
    top = max(margin, top)
    return x + margin, y + top, width - 2 * margin, height - margin - top
