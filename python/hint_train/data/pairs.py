"""Paired data and the part of it that training may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from hint_train.data.parts import NO_PARTS, Parts
from hint_train.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hint_train.data.featurizers import Featurizers

Modality = Literal["image", "text"]
MODALITIES: tuple[Modality, Modality] = ("image", "text")


@dataclass(frozen=True, slots=True)
class Gallery:
    """What a person sees of a data set: pictures (N, h, w, 3) uint8 and N captions."""

    pictures: NDArray[np.uint8]
    captions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PairedData:
    """N pairs of an image row and a text row, with a split.

    Attributes
    ----------
    name
        Name of the data set.
    image, text
        (N, d_image) and (N, d_text) float32, finite.
    labels
        (N, c) bool, or None where nothing can be measured. Two rows are relevant to each other when they share a label.
    query, retrieval, train
        Row numbers, int64; `query` is disjoint from the others and `train` is part of `retrieval`.
    gallery
        Pictures and captions, where the data set has them.
    parts
        Objects and words of the pairs, where the data set has them.
    notes
        What was read from where, and what was left out or is unusual.
    ids, captions
        Name and text of every pair, where the data set has them; names are unique.
    featurizers
        What made the features, where it is known.
    """

    name: str
    image: NDArray[np.float32]
    text: NDArray[np.float32]
    labels: NDArray[np.bool_] | None
    query: NDArray[np.int64]
    retrieval: NDArray[np.int64]
    train: NDArray[np.int64]
    gallery: Gallery | None = None
    parts: Parts = NO_PARTS
    notes: tuple[str, ...] = ()
    ids: tuple[str, ...] | None = None
    captions: tuple[str, ...] | None = None
    featurizers: Featurizers | None = None

    def training_pairs(self) -> TrainingPairs:
        """The training rows, without labels and without the other rows; where they are consecutive, nothing is copied."""
        rows = self.train
        first, last = int(rows[0]), int(rows[-1])
        ascending = last - first == len(rows) - 1 and bool((np.diff(rows) == 1).all())
        taken = slice(first, last + 1) if ascending else rows
        return TrainingPairs(self.image[taken], self.text[taken], self.parts.take(rows, rows))

    def labelled_part(self, share: float, seed: int) -> LabelledPart:
        """The labels of a random `share` of the training pairs, drawn by `seed` without a look at any label.

        Raises
        ------
        DataError
            The data set has no labels, or the share of its training pairs is less than one.
        """
        if self.labels is None:
            raise DataError(f"{self.name} has no labels, and the method learns from labels")
        count = round(share * len(self.train))
        if not count:
            raise DataError(f"a labelled share of {share:g} is less than one of {len(self.train)} training pairs")
        rng = np.random.default_rng([seed, 0x6C61626C])
        rows = np.sort(rng.permutation(len(self.train))[:count])
        return LabelledPart(rows, self.labels[self.train[rows]])


@dataclass(frozen=True, slots=True)
class LabelledPart:
    """Training pairs whose labels a supervised method sees.

    Attributes
    ----------
    rows
        (m,) int64, numbers of training pairs, ascending.
    labels
        (m, c) bool, theirs.
    """

    rows: NDArray[np.int64]
    labels: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TrainingPairs:
    """All that a method is given: it has no field for labels, which is what makes a run unsupervised."""

    image: NDArray[np.float32]
    text: NDArray[np.float32]
    parts: Parts = NO_PARTS

    def __len__(self) -> int:
        return len(self.image)

    def with_noise(self, share: float, seed: int) -> TrainingPairs:
        """The pairs after the texts of a random `share` of them were exchanged, none keeping its own (App. C.6)."""
        rng = np.random.default_rng([seed, 0x6E6F6973])
        chosen = rng.permutation(len(self))[: round(share * len(self))]
        # A cyclic shift along a random order moves every chosen text to another pair, and its words with it.
        own = np.arange(len(self), dtype=np.int64)
        source = own.copy()
        source[chosen] = np.roll(chosen, 1)
        return TrainingPairs(self.image, self.text[source], self.parts.take(own, source))
