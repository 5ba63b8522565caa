"""Merges at their heights, leaves from left to right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hint_se.colours import tinted
from hint_se.drawing.layout import branch_places
from hint_se.drawing.lettering import without_math
from hint_se.drawing.paint import FADED, axes_points, boxes, lines, paint, visible
from hint_se.drawing.scene import Scene

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["dendrogram"]

_THIN = (6.5, 3.0, 1.5, 0.8)
# Letters of a name under the axes, where longer ones would press the picture flat.
_LETTERS = 22


def dendrogram(ax: Axes, scene: Scene) -> None:
    """Draw merges; a triangle is a subtree too thin to be opened, a pale block the small subtrees that merge at its top."""
    ax.set(xlim=(0, scene.n_leaves), ylim=(0, 1.04 * max(float(scene.heights[-1]), 0.01)))
    ax.set_ylabel("merge height, 0 to 1: e / (e + o)\ne, o: links expected, observed", fontsize=8)
    ax.spines[["top", "right", "bottom"]].set_visible(False)
    ax.set_xlabel("leaves", fontsize=8, wrap=True)
    ax.set_xticks([])
    ax.tick_params(axis="x", length=0)
    width, _ = axes_points(ax)
    unit = width / scene.n_leaves
    shape = visible(scene, _THIN, width, scene.parent.size)
    high, end = scene.heights[shape.node], shape.start + shape.size
    hues = tinted(scene.hues[shape.node], -0.1)
    closed, low = shape.closed, np.zeros(high.size)
    if closed.any() or (shape.hidden > 0).any():
        ax.set_xlabel("leaves; (12) is a subtree of 12")
    rest = (shape.hidden > 0) & ~closed
    stem, bar = branch_places(shape, rest & (unit * shape.hidden >= 1))
    paint(ax, boxes(end - shape.hidden, end, low, high)[rest], tinted(hues[rest], FADED), 0.0)
    triangles = np.stack([np.stack([stem, shape.start, end], axis=1), np.stack([high, low, low], axis=1)], axis=2)
    paint(ax, triangles[closed], tinted(hues[closed], 0.45), 0.6, hues[closed])
    opened = ~np.isnan(bar[:, 0])
    bars = np.stack([bar, np.stack([high, high], axis=1)], axis=2)[opened]
    legs = np.stack([np.stack([stem, stem], axis=1), np.stack([high, high[shape.up]], axis=1)], axis=2)[1:]
    ends = closed | (shape.size == 1)
    thick = np.clip(0.3 * width / max(1, ends.sum()), 0.3, 0.9)
    lines(ax, np.concatenate([legs, bars]), np.concatenate([hues[1:], hues[opened]]), thick)
    named = ends & (unit * shape.size >= 6)
    _name_stems(ax, scene, stem[named], shape.node[named], unit)


def _name_stems(ax: Axes, scene: Scene, places: NDArray[np.float64], nodes: NDArray[np.int64], unit: float) -> None:
    """Write names under leaves and (leaves) under triangles, where their width lets them stand side by side."""
    names = [
        scene.names.at_most(node, _LETTERS) if node < scene.n_leaves else next(iter(scene.words(node)))
        for node in nodes.tolist()
    ]
    size = min(8.0, max(5.5, 0.85 * unit))
    ax.set_xticks(places, names, rotation=90, fontsize=size, fontfamily=list(scene.fonts) or None)
    for text in ax.get_xticklabels():
        without_math(text)
