"""Levels from left to right, leaves from top to bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hint_se.colours import ink, tinted
from hint_se.drawing.lettering import label
from hint_se.drawing.paint import FADED, axes_points, bare, boxes, paint, visible
from hint_se.drawing.scene import Scene

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["icicle"]

_THIN = (2.0, 1.4, 0.8)
# Levels are no narrower.
_COLUMN = 14.0


def icicle(ax: Axes, scene: Scene) -> None:
    """Draw levels as columns; a leaf reaches to the right edge."""
    ax.set(xlim=(0, 1), ylim=(scene.n_leaves, 0))
    leaves = "1 leaf" if scene.n_leaves == 1 else f"{scene.n_leaves:,} leaves, all of the same height"
    # The words below take their room before it is measured, the longer ones.
    bare(ax, "levels, less those that only shed a few leaves", leaves)
    ax.set_xticks([0.5], ["1"], fontsize=8)
    ax.tick_params(length=0)
    width, height = axes_points(ax)
    shape = visible(scene, _THIN, height, int(width / _COLUMN))
    # The root is left out, but where it is all there is; the last column stands for all levels that are not shown.
    first = min(1, int(shape.depth.max()))
    left, bottom = shape.depth - first, shape.start + shape.size
    columns = int(left.max()) + 1 + bool(shape.hidden.any())
    right = np.where(shape.size == 1, columns, left + 1)
    column, unit = width / columns, height / scene.n_leaves
    ax.set(xlim=(0, columns))
    under = scene.is_community(shape.node) & (shape.size > 1) | (shape.up < 0)
    back = boxes(left[under] + 1, np.full(under.sum(), columns), shape.start[under], bottom[under])
    paint(ax, back, tinted(scene.hues[shape.node[under]], FADED), 0.0)
    rows = np.flatnonzero(shape.depth >= first)
    colours = scene.colours(shape.node)
    paint(
        ax,
        boxes(left[rows], right[rows], shape.start[rows], bottom[rows]),
        colours[rows],
        0.12 * unit * shape.size[rows],
    )
    for row in rows.tolist():
        room = ((right[row] - left[row]) * column - 3, unit * shape.size[row])
        middle = ((left[row] + right[row]) / 2, shape.start[row] + shape.size[row] / 2)
        lines = 2 if shape.size[row] == 1 else 1
        label(ax, middle, scene.words(int(shape.node[row])), room, ink(colours[row]), fonts=scene.fonts, lines=lines)
    for row in np.flatnonzero(shape.hidden & ~shape.closed).tolist():
        room = ((columns - left[row] - 1) * column - 3, unit * shape.hidden[row])
        middle = ((left[row] + 1 + columns) / 2, bottom[row] - shape.hidden[row] / 2)
        label(ax, middle, (f"({shape.hidden[row]:,})",), room, "black")
    names = [str(level + first) for level in range(columns)]
    names[-1] = "…" if shape.hidden.any() else names[-1]
    step = int(np.ceil(12 / column))
    ax.set_xticks(np.arange(columns)[::step] + 0.5, names[::step], fontsize=8)
    if (shape.depth == scene.depth[shape.node]).all():
        ax.set_xlabel("level, 1 is the coarsest")
