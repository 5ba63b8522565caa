"""Colours for pictures and pages: as many as there are communities, and what becomes of them above and below."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ABOVE", "ALONE", "PALETTE", "SEEN", "distinct", "ink", "mixed", "tinted"]

#: Okabe and Ito (2008): told apart with every kind of colour blindness. Their black is left to words.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#F0E442")
#: So many colours can be told apart by eye.
SEEN = 30
#: What lies above the communities, and leaves that are in none.
ABOVE, ALONE = "#9A9A9A", "#C4C4C4"
# Lightness of one colour after the other: the next hues stand at another step each.
_STEPS = (0.42, 0.72, 0.57, 0.87)
# More glares.
_CHROMA = 0.15
# From OKLab to the cube roots of cone responses, and from these to linear sRGB (Ottosson 2020).
_CONES = np.array(
    [[1, 0.3963377774, 0.2158037573], [1, -0.1055613458, -0.0638541728], [1, -0.0894841775, -1.2914855480]]
)
_LINEAR = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def distinct(count: int) -> NDArray[np.float64]:
    """Return so many colours (count, 3) as sRGB in [0, 1], no two alike: neighbours are alike in hue and differ in lightness.

    Up to seven are those of Okabe and Ito. More go once around the hues of OKLCH, at the greatest chroma that neither a screen lacks nor glares, over
    four steps of lightness. Up to thirty are at least 13 apart in CAM02-UCS, where 1 is just seen.
    """
    if count <= len(PALETTE):
        return np.array([list(bytes.fromhex(name[1:])) for name in PALETTE[:count]]).reshape(count, 3) / 255
    # A whole number of steps, that the last and the first do not meet on one.
    turn = 2 * np.pi / (-(-count // len(_STEPS)) * len(_STEPS))
    hue, light = turn * np.arange(count), np.resize(_STEPS, count)
    direction = np.stack([np.cos(hue), np.sin(hue)], axis=1)
    low, high = np.zeros(count), np.full(count, _CHROMA)
    for _ in range(12):
        middle = (low + high) / 2
        linear = _linear(np.column_stack([light, middle[:, None] * direction]))
        inside = ((linear >= 0) & (linear <= 1)).all(axis=1)
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return _encoded(_linear(np.column_stack([light, low[:, None] * direction])))


def mixed(
    colours: NDArray[np.float64], shares: NDArray[np.int64], begin: NDArray[np.int64], end: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the mixtures (m, 3) in OKLab of runs of colours (k, 3), from ``begin`` to before ``end``, each by its share (k,)."""
    weighted = np.column_stack([_oklab(colours), np.ones(shares.size)]) * shares[:, None]
    sums = np.concatenate([np.zeros((1, 4)), np.cumsum(weighted, axis=0)])
    run = sums[end] - sums[begin]
    return _encoded(_linear(run[:, :3] / run[:, 3:]))


def tinted(colours: NDArray[np.float64], white: Any) -> NDArray[np.float64]:
    """Return colours (k, 3) mixed with a share of white, or where that is negative of black."""
    share = np.reshape(np.asarray(white), (-1, 1))
    return colours + np.abs(share) * ((share > 0) - colours)


def ink(colour: Any) -> str:
    """Return black or white, whichever is easier to read on a colour (relative luminance of WCAG 2)."""
    share = np.asarray(colour)
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return "black" if float(linear @ (0.2126, 0.7152, 0.0722)) > 0.2 else "white"


def _oklab(colours: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    lab: NDArray[np.float64] = np.cbrt(linear @ np.linalg.inv(_LINEAR).T) @ np.linalg.inv(_CONES).T
    return lab


def _linear(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    linear: NDArray[np.float64] = (lab @ _CONES.T) ** 3 @ _LINEAR.T
    return linear


def _encoded(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return sRGB in [0, 1] of linear light, cut off where a screen ends."""
    light = np.clip(linear, 0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
