"""What methods in closed form share: ridge systems, signs, and a `Method` that is final once it is built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from hint_train.data.pairs import MODALITIES, Modality
from hint_train.errors import DataError
from hint_train.methods.config import Config
from hint_train.methods.supervised.anchors import Kernel
from hint_train.training.final import Final
from hint_train.training.method import LearnedCodes, SupervisedEntry, generator

if TYPE_CHECKING:
    from pathlib import Path

    from hint_train.data.pairs import LabelledPart, TrainingPairs
    from hint_train.training.method import TrainingSet

_ANCHORS: dict[Modality, int] = {"image": 0, "text": 1}  # purposes of random draws
_SIGNS = 2

Kernels = dict[Modality, Kernel]


@dataclass(frozen=True, slots=True)
class Learned:
    """Codes B (n, L) of +-1 of the rows that were learned from, and maps W (a, L) of both modalities; float64."""

    codes: Tensor
    maps: dict[Modality, Tensor]


def signs(values: Tensor) -> Tensor:
    """+-1 as float64, with 0 counted as +1."""
    return torch.where(values >= 0, 1.0, -1.0).double()


def random_signs(n: int, bits: int, seed: int, device: torch.device) -> Tensor:
    """(n, bits) independent fair signs, the start of an alternation."""
    return signs(torch.randint(2, (n, bits), generator=generator(seed, _SIGNS)) - 0.5).to(device)


def kernels_of(pairs: TrainingPairs, config: Config, device: torch.device) -> Kernels:
    """Kernel features of both modalities of all training pairs, anchors drawn by the seed of `config`."""
    options = config.anchors
    counts: dict[Modality, int] = {"image": options.image_anchors, "text": options.text_anchors}
    features: dict[Modality, Tensor] = {
        "image": torch.from_numpy(pairs.image).to(device),
        "text": torch.from_numpy(pairs.text).to(device),
    }
    return {
        m: Kernel.of(features[m], config.network, counts[m], options.anchor_width, generator(config.seed, _ANCHORS[m]))
        for m in MODALITIES
    }


@dataclass(frozen=True, slots=True)
class Labelled:
    """Artefacts of a supervised method: kernels of the labelled rows, and their labels Y (m, c) float64 of 0 and 1."""

    kernels: Kernels
    labels: Tensor
    rows: Tensor
    n_pairs: int
    learned_database: bool

    @classmethod
    def of(cls, kernels: Kernels, part: LabelledPart, config: Config) -> Labelled:
        """The labelled part of the training rows whose `kernels` are given.

        Raises
        ------
        DataError
            No labelled pair has a label.
        """
        if not part.labels.any():
            raise DataError(f"none of the {len(part.rows)} labelled training pairs has a label; raise --labelled")
        device, n_pairs = kernels["image"].device, len(kernels["image"])
        rows = torch.from_numpy(part.rows).to(device)
        labels = torch.from_numpy(part.labels).to(device).double()
        learned_database = config.labels.database_codes == "learned-with-labels"
        return cls({m: kernel.part(rows) for m, kernel in kernels.items()}, labels, rows, n_pairs, learned_database)

    @classmethod
    def prepare(cls, pairs: TrainingPairs, part: LabelledPart, config: Config, device: torch.device) -> Labelled:
        """Anchors from all pairs, kernels of the labelled ones."""
        return cls.of(kernels_of(pairs, config, device), part, config)

    def summary(self) -> dict[str, float]:
        """Labelled pairs and numbers of anchors."""
        return {"labelled": len(self.rows), **{f"{m}_anchors": k.width for m, k in self.kernels.items()}}

    def notes(self) -> tuple[str, ...]:
        """What was seen, and whether the database's codes carry it."""
        seen = f"saw the labels of {len(self.rows)} of {self.n_pairs} training pairs"
        return (
            (seen, "database codes of the pairs learned from carry their labels") if self.learned_database else (seen,)
        )

    def save(self, folder: Path) -> None:
        """Nothing is written: the maps go into the model."""


class ClosedForm(Final):
    """The networks of what was learned, and its codes; a `SupervisedMethod` that does not train."""

    def __init__(self, learned: Learned, rows: Tensor, kernels: Kernels) -> None:
        super().__init__({m: kernels[m].network(learned.maps[m]) for m in MODALITIES})
        self.learned = LearnedCodes(rows.cpu().numpy(), learned.codes.cpu().numpy())


Learn = Callable[[Kernels, Tensor, Config, int, int], Learned]
"""A base hasher: kernels of the labelled rows, their labels (m, c), options, code length and seed to codes and maps."""


def labelled_only(learn: Learn) -> SupervisedEntry[Config]:
    """The method that learns from the labelled pairs by `learn`, and from nothing else."""

    def build(artefacts: Labelled, _: TrainingSet, config: Config, bits: int, seed: int) -> ClosedForm:
        learned = learn(artefacts.kernels, artefacts.labels, config, bits, seed)
        return ClosedForm(learned, artefacts.rows, artefacts.kernels)

    return SupervisedEntry(Labelled.prepare, build, trains=False)
