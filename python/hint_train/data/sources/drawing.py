"""Filled shapes on a pixel grid, each drawn from an inequality in its own coordinates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Plane = NDArray[np.float32]
    Mask = NDArray[np.bool_]

SIZE = 32
"""Pictures are SIZE x SIZE pixels."""


def _polygon(corners: int) -> Callable[[Plane, Plane], Mask]:
    def inside(x: Plane, y: Plane) -> Mask:
        sector = 2 * np.pi / corners
        angle = np.mod(np.arctan2(y, x), sector) - sector / 2
        return np.asarray(np.hypot(x, y) * np.cos(angle) <= np.cos(sector / 2))

    return inside


def _star(points: int, depth: float) -> Callable[[Plane, Plane], Mask]:
    def inside(x: Plane, y: Plane) -> Mask:
        wave = np.abs(np.mod(np.arctan2(y, x) * points / (2 * np.pi), 1) - 0.5) * 2
        return np.asarray(np.hypot(x, y) <= 1 - depth * (1 - wave))

    return inside


KINDS: dict[str, Callable[[Plane, Plane], Mask]] = {
    "disc": lambda x, y: np.hypot(x, y) <= 0.9,
    "ring": lambda x, y: np.abs(np.hypot(x, y) - 0.72) <= 0.24,
    "crescent": lambda x, y: (np.hypot(x, y) <= 0.95) & (np.hypot(x - 0.45, y) > 0.7),
    "triangle": _polygon(3),
    "square": _polygon(4),
    "hexagon": _polygon(6),
    "star": _star(5, 0.6),
    "sun": _star(9, 0.35),
    "cross": lambda x, y: (np.minimum(np.abs(x), np.abs(y)) <= 0.26) & (np.maximum(np.abs(x), np.abs(y)) <= 0.9),
    "bar": lambda x, y: (np.abs(y) <= 0.28) & (np.abs(x) <= 1),
    "stripes": lambda x, y: (np.abs(np.abs(y) - 0.5) <= 0.2) & (np.abs(x) <= 0.95),
    "corner": lambda x, y: (np.maximum(np.abs(x), np.abs(y)) <= 0.85) & (np.minimum(x, y) <= -0.3),
}
"""Name of a shape to its inside in coordinates where it fills the unit disc."""


def masks(kind: str, centre: Plane, radius: Plane, angle: Plane) -> Mask:
    """Pixels inside n shapes of one kind, (n, SIZE, SIZE).

    Parameters
    ----------
    kind
        A key of `KINDS`.
    centre
        (n, 2) positions in pixels.
    radius, angle
        (n,) sizes in pixels and turns in radians.
    """
    grid = np.arange(SIZE, dtype=np.float32)
    y, x = np.meshgrid(grid, grid, indexing="ij")
    dx = (x - centre[:, 0, None, None]) / radius[:, None, None]
    dy = (y - centre[:, 1, None, None]) / radius[:, None, None]
    cos, sin = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    return KINDS[kind](cos * dx + sin * dy, cos * dy - sin * dx)
