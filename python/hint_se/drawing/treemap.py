"""Areas by leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hint_se.colours import ink, tinted
from hint_se.drawing.layout import HEADING, Outline, outline, tiles
from hint_se.drawing.lettering import label
from hint_se.drawing.paint import axes_points, bare, boxes, paint
from hint_se.drawing.scene import Scene

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["treemap"]

# Square points of the smallest tile; a tile's parts hold at most this share of it.
_SMALL, _PART = 90.0, 0.3


def treemap(ax: Axes, scene: Scene) -> None:
    """Draw communities, in them their parts, and so on while a tile is large enough."""
    bare(ax, "area: leaves; (12) is a subtree of 12; a heading is a community, tiles in it are its parts")
    width, height = axes_points(ax)
    ax.set(xlim=(0, width), ylim=(height, 0))
    shape = _shown(scene, scene.n_leaves * _SMALL / (width * height))
    found = tiles(shape, scene.is_community(shape.node), width, height)
    node = shape.node[found.row]
    x, y, wide, high = found.box.T
    white = np.where(found.rest > 0, 0.72, 0.45 * (1 - 0.6 ** _below(scene, shape)[found.row]))
    colours = tinted(scene.hues[node], white)
    rows = np.flatnonzero((found.layer > 0) | (found.rest > 0) | found.whole | found.headed)
    paint(ax, boxes(x, x + wide, y, y + high)[rows], colours[rows], 0.1 * np.minimum(wide, high)[rows])
    for row in rows.tolist():
        words = (f"({found.rest[row]:,})",) if found.rest[row] else scene.words(int(node[row]))
        if found.headed[row]:
            at, room = (x[row] + 3, y[row] + 0.5 + HEADING / 2), (wide[row] - 6, HEADING)
            label(ax, at, words, room, ink(colours[row]), lines=1, ha="left", weight="bold")
        elif found.whole[row]:
            at = (x[row] + wide[row] / 2, y[row] + high[row] / 2)
            room, lines = (wide[row] - 2, high[row]), 4 if node[row] < scene.n_leaves else 1
            label(ax, at, words, room, ink(colours[row]), fonts=scene.fonts, lines=lines)


def _shown(scene: Scene, least: float) -> Outline:
    """Return communities and their parts; where the nodes above them are coloured too, also these."""
    forced = scene.is_community(np.arange(scene.parent.size))
    skipped = None if scene.crowded else scene.divided
    return outline(scene.parent, scene.counts, least, share=_PART, forced=forced, skipped=skipped)


def _below(scene: Scene, shape: Outline) -> NDArray[np.int64]:
    """Return how many shown nodes are between each row and its community, that one included; 0 for communities and above."""
    by_node = np.argsort(shape.node)
    own = by_node[np.searchsorted(shape.node, scene.community[shape.node], sorter=by_node)]
    below: NDArray[np.int64] = shape.depth - shape.depth[own]
    return below
