"""Features of pictures from a network without its last layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from hint_train.data.featurizers.pictures import names_of, square
from hint_train.data.featurizers.weights import Weights, read_weights_of
from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import DTypeLike, NDArray
    from torch import Tensor

    from hint_train.data.featurizers.fields import Fields

_BLOCK = 32
"""Pictures at a time."""


@dataclass(frozen=True, slots=True)
class Crop:
    """How a picture becomes what a network takes.

    Attributes
    ----------
    size
        Height and width, cut from the middle after the short side became `round(size / crop)` pixels.
    crop
        Share of the short side that is kept.
    mean, std
        What each channel, scaled to 0 to 1, is normalised with.
    """

    size: int = 224
    crop: float = 0.875
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    std: tuple[float, ...] = (0.229, 0.224, 0.225)


@dataclass(frozen=True, slots=True)
class Backbone:
    """A network of torchvision, timm or open_clip as a featurizer.

    Attributes
    ----------
    weights
        Which network it is.
    encode
        (b, 3, size, size) float32, normalised, to (b, width) float32.
    width
        Number of features.
    crop
        What it expects of pictures.
    """

    kind: ClassVar[str] = "backbone"
    stored: ClassVar[DTypeLike] = np.float16

    weights: Weights
    encode: Callable[[Tensor], Tensor]
    width: int
    crop: Crop = Crop()

    def description(self) -> dict[str, Any]:
        """What `read_backbone` takes; features are rounded to `rounded`, whose 11 bits are more than they carry."""
        crop = {"size": self.crop.size, "crop": self.crop.crop, "mean": [*self.crop.mean], "std": [*self.crop.std]}
        return {"kind": self.kind, **self.weights.description(), **crop, "rounded": "float16", "width": self.width}

    def pixels_of(self, item: Any, name: str) -> NDArray[np.float32]:
        """One picture as the network takes it, (3, size, size)."""
        values = square(item, self.crop.size, self.crop.crop, name).astype(np.float32)
        mean, std = (np.asarray(value, dtype=np.float32) for value in (self.crop.mean, self.crop.std))
        return np.ascontiguousarray(((values / 255 - mean) / std).transpose(2, 0, 1))

    def rows(self, pixels: NDArray[np.float32], names: Sequence[str]) -> NDArray[np.float32]:
        """Features of a stack of them, rounded to float16; the last bit of some may depend on the size of the stack."""
        import torch

        return rounded(self.encode(torch.from_numpy(pixels)).numpy(), self.width, names)

    def features(self, items: Sequence[Any]) -> NDArray[np.float32]:
        """Features (n, width) of n pictures, in blocks; see `hint_train.data.featurizers.Featurizer`."""
        names = names_of(items)
        out = np.empty((len(names), self.width), dtype=np.float32)
        for start in range(0, len(names), _BLOCK):
            block = slice(start, start + _BLOCK)
            pixels = [self.pixels_of(item, name) for item, name in zip(items[block], names[block], strict=True)]
            out[block] = self.rows(np.stack(pixels), names[block])
        return out


def rounded(values: NDArray[np.float32], width: int, names: Sequence[str]) -> NDArray[np.float32]:
    """What a network gave, rounded to float16; a `DataError` where it is of another shape, or not finite."""
    if values.shape != (len(names), width):
        raise DataError(f"the network gave shape {values.shape} for {len(names)} items; expected {width} features each")
    with np.errstate(over="ignore"):
        half = values.astype(np.float16)
    bad = ~np.isfinite(half).all(axis=1)
    if bad.any():
        raise DataError(f"{names[int(np.flatnonzero(bad)[0])]}: its features are not finite in float16")
    return half.astype(np.float32)


def read_backbone(fields: Fields) -> tuple[Weights, Crop, int]:
    """Which network a description names, what it takes, and how many features it gives."""
    weights = read_weights_of(fields)
    crop = Crop(
        fields.integer("size", 1, 4096), fields.number("crop", 0, 1), fields.numbers("mean", 3), _spread(fields)
    )
    return weights, crop, fields.integer("width", 1, 2**20)


def _spread(fields: Fields) -> tuple[float, ...]:
    std = fields.numbers("std", 3)
    if min(std) <= 0:
        raise fields.refuse("std", "3 positive numbers")
    return std
