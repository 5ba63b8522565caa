"""A finished run whose codes another method inherits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from hint_train.encoding.saved import SavedRun, load
from hint_train.errors import ConfigError, DataError
from hint_train.training.conversion import to_torch
from hint_train.training.networks import encode_in_blocks

if TYPE_CHECKING:
    from torch import Tensor

    from hint_train.data.pairs import TrainingPairs
    from hint_train.training.method import TrainingSet


@dataclass(frozen=True, slots=True)
class InheritedRun:
    """Hash networks of a run, and how many labels their method saw."""

    run: SavedRun
    labelled: int

    @classmethod
    def read(cls, folder: str, bits: tuple[int, ...], pairs: TrainingPairs) -> InheritedRun:
        """The run in `folder`, which has to have codes of all lengths `bits` of features as wide as those of `pairs`.

        Raises
        ------
        ConfigError
            The run lacks a code length.
        DataError
            The folder holds no finished run, or one of other features.
        """
        run = load(folder)
        missing = sorted(set(bits) - {length for length, _ in run.networks})
        if missing:
            had = ", ".join(map(str, sorted({length for length, _ in run.networks})))
            raise ConfigError(f"--base {folder} has codes of {had} bits, and none of {', '.join(map(str, missing))}")
        networks = next(iter(run.networks.values()))
        for modality, features in (("image", pairs.image), ("text", pairs.text)):
            width = networks["image" if modality == "image" else "text"].inputs
            if width != features.shape[1]:
                raise DataError(
                    f"--base {folder} encodes {width} {modality} features; the data has {features.shape[1]}"
                )
        return cls(run, _labelled(Path(folder)))

    def outputs(self, train: TrainingSet, bits: int, seed: int) -> Tensor:
        """Sum (n, L) of both modalities' tanh outputs for the training rows, of the run's `seed` or else its first."""
        seeds = sorted(s for length, s in self.run.networks if length == bits)
        networks = self.run.networks[bits, seed if seed in seeds else seeds[0]]
        image = encode_in_blocks(to_torch(networks["image"]), train.image)
        text = encode_in_blocks(to_torch(networks["text"]), train.text)
        return (torch.tanh(image) + torch.tanh(text)).double().to(train.device)

    def notes(self) -> tuple[str, ...]:
        """Where the codes come from and what was seen there."""
        return (f"codes inherited from a run of {self.run.method} that saw {self.labelled} labelled pairs",)


def _labelled(folder: Path) -> int:
    """How many labelled pairs the run in `folder` saw."""
    path = folder / "result.json"
    try:
        return int(json.loads(path.read_text(encoding="utf-8"))["sizes"].get("labelled", 0))
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise DataError(f"{path}: not the result of a run ({error})") from error
