"""Levels from the middle outwards, leaves clockwise from the top."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hint_se.colours import ink, tinted
from hint_se.drawing.layout import Outline
from hint_se.drawing.lettering import LEADING, SMALLEST, fitted, label, width_of
from hint_se.drawing.paint import FADED, axes_points, bare, paint, visible
from hint_se.drawing.scene import Scene

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["sunburst"]

_THIN = (2.0, 1.4, 0.8)
# Rings are no narrower. Radius of the hole; names outside the rim take at most this share of the radius, in letters of this size.
_RING, _HOLE, _OUTSIDE, _SIZE = 9.0, 0.18, 0.35, 7.0
# Points for a line along a narrow ring.
_LINE = 8.2
# Letters of a name outside.
_LETTERS = 28


class _Rings(NamedTuple):
    """Sectors as angles in turns of 2 pi from the top and radii, the rim of the disc at ``rim``; one row per shown node."""

    begin: NDArray[np.float64]
    end: NDArray[np.float64]
    inner: NDArray[np.float64]
    outer: NDArray[np.float64]
    rim: float


def sunburst(ax: Axes, scene: Scene) -> None:
    """Draw levels as rings; a leaf reaches to the rim, and has its name beyond it where not all fit within."""
    ax.set(xlim=(-1, 1), ylim=(-1, 1), aspect="equal")
    bare(ax, "ring: a level, the coarsest innermost; angle: leaves")
    radius = min(axes_points(ax)) / 2
    shape = visible(scene, _THIN, 2 * np.pi * 0.8 * radius, int((1 - _HOLE) * radius / _RING))
    leaf = shape.size == 1
    rings = _rings(shape, scene.n_leaves, 1.0)
    outside = leaf.any() and not all(
        _fits_inside(scene, rings, row, radius, shape) for row in np.flatnonzero(leaf).tolist()
    )
    if outside:
        names = [scene.names.at_most(node, _LETTERS) for node in shape.node[leaf].tolist()]
        longest = _SIZE * max(width_of(name, scene.fonts) for name in names) / 0.9 + 5
        narrower = _rings(shape, scene.n_leaves, max(1 - _OUTSIDE, 1 - longest / radius))
        if 2 * np.pi / scene.n_leaves * narrower.rim * radius >= SMALLEST * LEADING:
            rings = narrower
    _paint_rings(ax, scene, shape, rings, radius)
    colours = scene.colours(shape.node)
    for row in np.flatnonzero(rings.outer > rings.inner).tolist():
        words = scene.words(int(shape.node[row]))
        if leaf[row] and rings.rim < 1:
            _label_beyond(ax, scene, words, rings, row, radius)
        else:
            place, room, turned = _room(rings, row, radius)
            lines = 2 if leaf[row] else 1
            label(ax, place, words, room, ink(colours[row]), fonts=scene.fonts, rotation=turned, lines=lines)
    label(ax, (0, 0), (f"{scene.n_leaves:,}",), (1.8 * _HOLE * rings.rim * radius, 20), "#444444")


def _rings(shape: Outline, n_leaves: int, rim: float) -> _Rings:
    turn, step = 2 * np.pi / n_leaves, (1 - _HOLE) * rim / max(1, int(shape.depth.max()))
    hole, leaf = _HOLE * rim, shape.size == 1
    outer = np.where(leaf, rim, hole + shape.depth * step)
    inner = hole + np.maximum(shape.depth - 1, 0) * step
    return _Rings(shape.start * turn, (shape.start + shape.size) * turn, inner, outer, rim)


def _paint_rings(ax: Axes, scene: Scene, shape: Outline, rings: _Rings, radius: float) -> None:
    if shape.hidden.any():
        under = np.flatnonzero(scene.is_community(shape.node) & (shape.size > 1) | (shape.up < 0))
        back = [_sector(rings.begin[row], rings.end[row], rings.outer[row], rings.rim) for row in under]
        paint(ax, back, tinted(scene.hues[shape.node[under]], FADED), 0.0)
    rows = np.flatnonzero(rings.outer > rings.inner)
    sectors = [_sector(rings.begin[row], rings.end[row], rings.inner[row], rings.outer[row]) for row in rows]
    edges = 0.12 * radius * rings.outer * (rings.end - rings.begin)
    paint(ax, sectors, scene.colours(shape.node[rows]), edges[rows])


def _room(rings: _Rings, row: int, radius: float) -> tuple[tuple[float, float], tuple[float, float], float]:
    """Return the middle of a sector, the room for words there in points and their turn: along the ring where that is longer, else outwards."""
    begin, end, inner, outer = (float(column[row]) for column in rings[:4])
    middle, angle = (inner + outer) / 2, (begin + end) / 2
    across = (outer - inner) * radius
    outwards = (end - begin) * middle * radius < across
    if outwards:
        room = (across - 3, (end - begin) * inner * radius)
    else:
        # Words are straight, and their upper corners nearest to the edge.
        high = min(across, max(_LINE, 0.6 * across))
        straight = 2 * np.sqrt(max((outer * radius) ** 2 - (middle * radius + high / 2) ** 2, 0.0))
        room = (min(straight, (end - begin) * middle * radius) - 3, high)
    return _around(angle, middle), room, _upright(90 - np.degrees(angle) - (0 if outwards else 90))


def _fits_inside(scene: Scene, rings: _Rings, row: int, radius: float, shape: Outline) -> bool:
    text = next(iter(scene.words(int(shape.node[row]))), "")
    return not text or fitted(text, *_room(rings, row, radius)[1], fonts=scene.fonts, lines=2) is not None


def _label_beyond(ax: Axes, scene: Scene, words: Iterable[str], rings: _Rings, row: int, radius: float) -> None:
    """Write outwards from the rim, towards it on the left half."""
    angle = (rings.begin[row] + rings.end[row]) / 2
    room = ((1 - rings.rim) * radius - 3, (rings.end[row] - rings.begin[row]) * rings.rim * radius)
    outwards = float(90 - np.degrees(angle))
    turned = _upright(outwards)
    side = "left" if abs(turned - outwards) < 1 else "right"
    at = _around(angle, rings.rim + 3 / radius)
    label(ax, at, words, room, "black", fonts=scene.fonts, rotation=turned, lines=1, ha=side)


def _around(angle: float, radius: float) -> tuple[float, float]:
    return (radius * np.sin(angle), radius * np.cos(angle))


def _upright(degrees: float) -> float:
    return float((degrees + 89.9) % 180 - 89.9)


def _sector(begin: float, end: float, inner: float, outer: float) -> NDArray[np.float64]:
    """Return a sector of a ring as a polygon whose corners are at most two degrees apart."""
    angle = np.linspace(begin, end, 2 + int((end - begin) / 0.035))
    circle = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    return np.concatenate([inner * circle, outer * circle[::-1]])
