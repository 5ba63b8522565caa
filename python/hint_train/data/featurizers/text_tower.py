"""Features of texts from a network: the text side of a model of open_clip, or a sentence encoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from hint_train.data.featurizers.backbone import rounded
from hint_train.data.featurizers.weights import Weights, read_weights_of
from hint_train.data.featurizers.words import check_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import DTypeLike, NDArray

    from hint_train.data.featurizers.fields import Fields

KINDS = ("open_clip text", "sentence encoder")
_BLOCK = 32
"""Texts at a time."""


@dataclass(frozen=True, slots=True)
class TextTower:
    """A network as a featurizer of texts; one of several lines has the mean of the features of its lines.

    Attributes
    ----------
    kind
        One of `KINDS`.
    weights
        Which network it is.
    encode
        Texts of one line to (b, width) float32.
    width
        Number of features.
    """

    stored: ClassVar[DTypeLike] = np.float16

    kind: str
    weights: Weights
    encode: Callable[[list[str]], NDArray[np.float32]]
    width: int

    def description(self) -> dict[str, Any]:
        """What `read_text_tower` takes; features are rounded to `rounded`, whose 11 bits are more than they carry."""
        return {"kind": self.kind, **self.weights.description(), "rounded": "float16", "width": self.width}

    def features(self, items: Sequence[str]) -> NDArray[np.float32]:
        """Features (n, width) of n texts; the last bit of some may depend on the others.

        See `hint_train.data.featurizers.Featurizer`.
        """
        check_texts(items)
        out = np.empty((len(items), self.width), dtype=np.float32)
        for start in range(0, len(items), _BLOCK):
            block = slice(start, start + _BLOCK)
            lines = [text.split("\n") for text in items[block]]
            values = self.encode([line for some in lines for line in some])
            first = np.cumsum([0, *map(len, lines[:-1])])
            counts = np.array([[len(some)] for some in lines], dtype=np.float32)
            means = np.divide(np.add.reduceat(values, first, axis=0), counts, dtype=np.float32)
            out[block] = rounded(means, self.width, [f"item {start + i}" for i in range(len(lines))])
        return out


def read_text_tower(fields: Fields) -> tuple[Weights, int]:
    """Which network a description names, and how many features it gives."""
    return read_weights_of(fields), fields.integer("width", 1, 2**20)
