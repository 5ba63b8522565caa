"""Paired data and the part of it that training may see."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hint_train.data.ragged import Ragged

WordUnit = Literal["word", "bpe"]
"""What one row of `words` stands for: a word, or a token of a byte-pair encoding."""


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
    objects
        Embeddings of what each image shows: its crops, and last the whole image; one row at least.
    words
        Embeddings of the words of each text in the same space; a text may have none.
    word_unit
        What a row of `words` stands for.
    """

    name: str
    image: NDArray[np.float32]
    text: NDArray[np.float32]
    labels: NDArray[np.bool_] | None
    query: NDArray[np.int64]
    retrieval: NDArray[np.int64]
    train: NDArray[np.int64]
    gallery: Gallery | None = None
    objects: Ragged | None = None
    words: Ragged | None = None
    word_unit: WordUnit = "word"

    def training_pairs(self) -> TrainingPairs:
        """The training rows, without labels and without the other rows."""
        objects, words = (None if part is None else part.take(self.train) for part in (self.objects, self.words))
        return TrainingPairs(self.image[self.train], self.text[self.train], objects, words, self.word_unit)


@dataclass(frozen=True, slots=True)
class TrainingPairs:
    """All that a method is given: it has no field for labels, which is what makes a run unsupervised."""

    image: NDArray[np.float32]
    text: NDArray[np.float32]
    objects: Ragged | None = None
    words: Ragged | None = None
    word_unit: WordUnit = "word"

    def __len__(self) -> int:
        return len(self.image)

    def with_noise(self, share: float, seed: int) -> TrainingPairs:
        """The pairs after the texts of a random `share` of them were exchanged, none keeping its own (App. C.6)."""
        rng = np.random.default_rng([seed, 0x6E6F6973])
        chosen = rng.permutation(len(self))[: round(share * len(self))]
        # A cyclic shift along a random order moves every chosen text to another pair, and its words with it.
        source = np.arange(len(self))
        source[chosen] = np.roll(chosen, 1)
        words = None if self.words is None else self.words.take(source)
        return replace(self, text=self.text[source], words=words)
