"""Image features from pixels alone: what stands out from the ground, its outline and its colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from hint_train.data.featurizers.pictures import names_of, square

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import DTypeLike, NDArray

    from hint_train.data.featurizers.fields import Fields

CELLS = 4
ORIENTATIONS = 9
COLOUR_LEVELS = 4
POOLED = 8
WIDTH = POOLED**2 + CELLS**2 * ORIENTATIONS + COLOUR_LEVELS**3
_BORDER = 3
_COLOUR_SHARE = np.float32(0.5)
_NOISE = 45.0
"""Colour distances from the ground below this count as noise (grey levels)."""
_BLOCK = 256
"""Pictures at a time."""


@dataclass(frozen=True, slots=True)
class Pixels:
    """Features that need no network; they tell drawings and products on plain ground apart, and are weak on photographs.

    Attributes
    ----------
    size
        Side in pixels of what is looked at: the middle of the picture, after its short side was brought to this length.
    """

    kind: ClassVar[str] = "pixels"
    stored: ClassVar[DTypeLike] = np.float32

    size: int = 32

    @property
    def width(self) -> int:
        """Number of features of a picture."""
        return WIDTH

    def description(self) -> dict[str, Any]:
        """What `read_pixels` takes."""
        return {"kind": self.kind, "size": self.size, "width": WIDTH}

    def pixels_of(self, item: Any, name: str) -> NDArray[np.uint8]:
        """The middle of one picture, (size, size, 3)."""
        return square(item, self.size, 1.0, name)

    def rows(self, pixels: NDArray[np.uint8], names: Sequence[str]) -> NDArray[np.float32]:  # noqa: ARG002
        """Features of n of them; a picture alone and among others has the same."""
        return picture_features(pixels)

    def features(self, items: Sequence[Any]) -> NDArray[np.float32]:
        """Features (n, width) of n pictures, in blocks; see `hint_train.data.featurizers.Featurizer`."""
        names = names_of(items)
        out = np.empty((len(names), WIDTH), dtype=np.float32)
        for start in range(0, len(names), _BLOCK):
            block = slice(start, start + _BLOCK)
            pixels = [self.pixels_of(item, name) for item, name in zip(items[block], names[block], strict=True)]
            out[block] = picture_features(np.stack(pixels))
        return out


def read_pixels(fields: Fields) -> Pixels:
    """The featurizer of a description."""
    size = fields.integer("size", POOLED, 1024)
    if size % POOLED:
        raise fields.refuse("size", f"a multiple of {POOLED}")
    fields.integer("width", WIDTH, WIDTH)
    return Pixels(size)


def picture_features(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Silhouette, oriented gradients and colours of what stands out from the ground.

    Parameters
    ----------
    pictures
        (n, s, s, 3) uint8; s divisible by `POOLED`.

    Returns
    -------
    features
        (n, WIDTH) float32: three histograms, POOLED ** 2, CELLS ** 2 * ORIENTATIONS and COLOUR_LEVELS ** 3 long, each of them
        power-normalised and of unit length (half of that for colours). The first two are taken after centring what stands out.
        The bits of a row do not depend on the other pictures.
    """
    smooth = _box_blur(pictures.astype(np.float32))
    salient = _saliency(smooth)
    colours = _colour_histograms(pictures, salient)
    salient = _centred(salient)
    silhouette = _pooled(salient)
    edges = _gradient_histograms(salient)
    return np.concatenate([_unit(silhouette), _unit(edges), _COLOUR_SHARE * _unit(colours)], axis=1)


def _unit(histograms: NDArray[np.float32]) -> NDArray[np.float32]:
    root = np.sqrt(histograms)
    return np.asarray(root / np.maximum(np.linalg.norm(root, axis=1, keepdims=True), 1e-12), dtype=np.float32)


def _box_blur(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    for axis in (1, 2):
        pictures = (np.roll(pictures, 1, axis) + pictures + np.roll(pictures, -1, axis)) / np.float32(3)
    return pictures


def _saliency(smooth: NDArray[np.float32]) -> NDArray[np.float32]:
    """Colour distance of each pixel from the ground of its row, which the picture's left and right border show."""
    border = np.concatenate([smooth[:, :, :_BORDER], smooth[:, :, -_BORDER:]], axis=2)
    ground = np.median(border, axis=2, keepdims=True)
    distance = np.linalg.norm(smooth - ground, axis=3)
    return np.asarray(np.maximum(distance - _NOISE, 0), dtype=np.float32)


def _centred(salient: NDArray[np.float32]) -> NDArray[np.float32]:
    n, size, _ = salient.shape
    position = np.arange(size, dtype=np.float32)
    total = np.maximum(salient.sum(axis=(1, 2)), 1e-6)
    # Sums by row and no matrix product, whose bits depend on the number of pictures.
    shift_y = np.rint((salient.sum(axis=2) * position).sum(axis=1) / total).astype(np.int64) - size // 2
    shift_x = np.rint((salient.sum(axis=1) * position).sum(axis=1) / total).astype(np.int64) - size // 2
    index = np.arange(size)
    y = (index + shift_y[:, None]) % size
    x = (index + shift_x[:, None]) % size
    return np.asarray(salient[np.arange(n)[:, None, None], y[:, :, None], x[:, None, :]])


def _pooled(salient: NDArray[np.float32]) -> NDArray[np.float32]:
    n, size, _ = salient.shape
    step = size // POOLED
    return np.asarray(salient.reshape(n, POOLED, step, POOLED, step).mean(axis=(2, 4)).reshape(n, -1))


def _gradient_histograms(salient: NDArray[np.float32]) -> NDArray[np.float32]:
    size = salient.shape[1]
    dy, dx = np.gradient(salient, axis=(1, 2))
    orientation = np.mod(np.arctan2(dy, dx), np.pi) * (ORIENTATIONS / np.pi)
    bins = np.minimum(orientation.astype(np.int64), ORIENTATIONS - 1)
    part = np.arange(size) * CELLS // size
    cell = part[:, None] * CELLS + part
    return _histograms(cell * ORIENTATIONS + bins, np.hypot(dx, dy), CELLS * CELLS * ORIENTATIONS)


def _colour_histograms(pictures: NDArray[np.uint8], salient: NDArray[np.float32]) -> NDArray[np.float32]:
    level = pictures.astype(np.int64) * COLOUR_LEVELS // 256
    colour = (level[..., 0] * COLOUR_LEVELS + level[..., 1]) * COLOUR_LEVELS + level[..., 2]
    return _histograms(colour, salient, COLOUR_LEVELS**3)


def _histograms(bins: NDArray[np.int64], weights: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Weighted histogram (n, size) of the bins (n, h, w) of each picture."""
    n = len(bins)
    flat = (np.arange(n)[:, None, None] * size + bins).ravel()
    return np.bincount(flat, weights.ravel(), minlength=n * size).reshape(n, size).astype(np.float32)
