"""What the trainer asks of a method, and what it hands over.

A method never sees a label: neither `TrainingPairs` nor `Batch` has a field for one. The exception declares itself: the entry
of a method that learns from labels is a `SupervisedEntry`, whose `prepare` takes those of the labelled part and of no other row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import numpy as np
import torch

from hint_train.data.pairs import MODALITIES, Modality

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import Tensor

    from hint_train.data.pairs import LabelledPart, TrainingPairs
    from hint_train.training.networks import HashNetwork

Options = TypeVar("Options")
"""Whatever a method reads its options from; nothing here looks into them."""


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Features of the training pairs on the device of a run: (N, d) float32 each."""

    image: Tensor
    text: Tensor

    def __len__(self) -> int:
        return len(self.image)

    @property
    def device(self) -> torch.device:
        """Where the features are."""
        return self.image.device

    def batch(self, index: Tensor, epoch: int, step: int) -> Batch:
        """The pairs `index` as the batch of one step."""
        # Rows by index_select: a fifth of the time that indexing takes.
        return Batch(index, self.image.index_select(0, index), self.text.index_select(0, index), epoch, step)


@dataclass(frozen=True, slots=True)
class Batch:
    """B training pairs: their numbers (B,) int64 and features (B, d), and which step of which epoch this is."""

    index: Tensor
    image: Tensor
    text: Tensor
    epoch: int
    step: int


class Artefacts(Protocol):
    """What a method derives from the training pairs once, for all code lengths and seeds."""

    def summary(self) -> dict[str, float]:
        """Figures for the result, such as the entropy of a tree."""
        ...

    def notes(self) -> tuple[str, ...]:
        """Sentences for the result: what a reader has to know about how these figures came about."""
        ...

    def save(self, folder: Path) -> None:
        """Write what is worth keeping into the output folder."""
        ...


class Method(Protocol):
    """One method at one code length and seed.

    Every random draw is a function of (seed, epoch, step), see `generator`, so that nothing but `state` has to be kept to
    continue a run bit for bit.
    """

    networks: dict[Modality, HashNetwork]

    def begin_epoch(self, epoch: int) -> None:
        """Get ready for an epoch. Called again with the same number when a run continues inside it."""
        ...

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Named terms, each a scalar already multiplied by its weight; the objective is their sum."""
        ...

    def figures(self) -> dict[str, Tensor]:
        """Scalars of the last step worth recording, such as lambda."""
        ...

    def state(self) -> dict[str, Tensor]:
        """All tensors that change during training, weights included."""
        ...

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Continue from what `state` returned."""
        ...


@dataclass(frozen=True, slots=True)
class MethodEntry(Generic[Options]):
    """How a method is made: its artefacts once, then one `Method` per code length and seed.

    A method in closed form does not train: its networks are final once it is built, and its `loss` is never asked for.
    """

    prepare: Callable[[TrainingPairs, Options, torch.device], Artefacts]
    build: Callable[[Any, TrainingSet, Options, int, int], Method]
    trains: bool = True


@dataclass(frozen=True, slots=True)
class LearnedCodes:
    """Codes that were learned for training pairs together with their labels, not computed from their features.

    Attributes
    ----------
    rows
        (m,) int64, numbers of training pairs.
    signs
        (m, L) of +-1.
    """

    rows: NDArray[np.int64]
    signs: NDArray[np.float64]


class SupervisedMethod(Method, Protocol):
    """A method that has seen labels, and knows which codes it owes to them."""

    learned: LearnedCodes


@dataclass(frozen=True, slots=True)
class SupervisedEntry(Generic[Options]):
    """How a method is made that asks for labels: those of the labelled part, when it prepares, and never again.

    Its artefacts belong to one seed, because the labelled part is drawn by the seed.
    """

    prepare: Callable[[TrainingPairs, LabelledPart, Options, torch.device], Artefacts]
    build: Callable[[Any, TrainingSet, Options, int, int], SupervisedMethod]
    trains: bool = True


@dataclass(frozen=True, slots=True)
class NoArtefacts:
    """Artefacts of a method that derives nothing from the training pairs before it trains."""

    @classmethod
    def prepare(cls, _pairs: TrainingPairs, _config: object, _device: torch.device) -> NoArtefacts:
        """Nothing to prepare."""
        return cls()

    def summary(self) -> dict[str, float]:
        """No figures."""
        return {}

    def notes(self) -> tuple[str, ...]:
        """No notes."""
        return ()

    def save(self, folder: Path) -> None:
        """Nothing is written."""


def weights_of(networks: dict[Modality, HashNetwork]) -> dict[str, Tensor]:
    """Weights and buffers of both networks under names such as `image.layers.0.weight`."""
    return {f"{m}.{key}": value for m in MODALITIES for key, value in networks[m].state_dict().items()}


def load_weights(networks: dict[Modality, HashNetwork], state: dict[str, Tensor]) -> None:
    """Put what `weights_of` returned back; other names in `state` are left alone."""
    for m in MODALITIES:
        own = {key.removeprefix(f"{m}."): value for key, value in state.items() if key.startswith(f"{m}.")}
        networks[m].load_state_dict(own)


def derived_seed(*key: int) -> int:
    """A 63-bit seed from a list of integers, far apart for keys that differ in any of them."""
    return int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0] >> np.uint64(1))


def generator(*key: int) -> torch.Generator:
    """A CPU generator for one purpose: the same key gives the same draws, whatever was drawn elsewhere."""
    return torch.Generator().manual_seed(derived_seed(*key))
