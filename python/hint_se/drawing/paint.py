"""What the kinds of picture share: which nodes can be seen, patches, lines, axes without scales."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hint_se.drawing.layout import Outline, outline
from hint_se.drawing.scene import Scene

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["FADED", "axes_points", "bare", "boxes", "lines", "paint", "visible"]

#: White in the colour of what is not shown in detail.
FADED = 0.75
# At most this share of all leaves may be outside every community that is shown.
_LOST = 0.1


def visible(scene: Scene, thins: tuple[float, ...], extent: float, deepest: int) -> Outline:
    """Return what can be seen where all leaves share an extent of so many points.

    Subtrees thinner than the first of ``thins`` with which few leaves lose the colour of their community are left out; a tree taller
    than ``deepest`` is thinned where it is lopsided.
    """
    forced = scene.is_community(np.arange(scene.parent.size))
    for thin in thins:
        for share in (1.0, 0.95, 0.8, 0.5):
            shape = outline(scene.parent, scene.counts, scene.n_leaves * thin / extent, share=share, forced=forced)
            if shape.depth.max() <= deepest:
                break
        if scene.crowded or shape.hidden[scene.divided[shape.node]].sum() <= _LOST * scene.n_leaves:
            break
    return shape


def axes_points(ax: Axes) -> tuple[float, float]:
    """Return width and height of axes in points, once legend, title and layout have settled."""
    root = ax.figure.canvas.figure
    if root.get_layout_engine() is not None:
        root.draw_without_rendering()
    ax.apply_aspect()
    box = ax.get_window_extent()
    return box.width * 72 / root.dpi, box.height * 72 / root.dpi


def bare(ax: Axes, below: str, beside: str = "") -> None:
    """Take frame and scales from axes and say in words what lengths, angles or areas are."""
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
    ax.set_xlabel(below, fontsize=8, wrap=True)
    ax.set_ylabel(beside, fontsize=8)


def paint(ax: Axes, shapes: Any, colours: NDArray[np.float64], edges: Any, edge_colours: Any = "white") -> None:
    """Fill polygons, with edges of so many points."""
    from matplotlib.collections import PolyCollection

    widths = np.clip(np.broadcast_to(edges, len(colours)), 0, 0.8)
    if len(colours):
        patches = PolyCollection(shapes, facecolors=colours, edgecolors=edge_colours, linewidths=widths)
        ax.add_collection(patches, autolim=False)


def lines(ax: Axes, segments: NDArray[np.float64], colours: NDArray[np.float64], thick: float) -> None:
    """Draw lines between pairs of points."""
    from matplotlib.collections import LineCollection

    drawn = LineCollection(list(segments), colors=colours, linewidths=thick, capstyle="projecting")
    ax.add_collection(drawn, autolim=False)


def boxes(left: Any, right: Any, low: Any, high: Any) -> NDArray[np.float64]:
    """Return rectangles (k, 4, 2) of four columns."""
    across = np.stack([left, right, right, left], axis=1)
    upwards = np.stack([low, low, high, high], axis=1)
    return np.stack([across, upwards], axis=2).astype(np.float64)
