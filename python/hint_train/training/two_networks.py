"""What methods have in common whose state is their two networks and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hint_train.data.pairs import MODALITIES, Modality
from hint_train.training.method import Batch, TrainingSet, load_weights, weights_of
from hint_train.training.networks import HashNetwork

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from hint_train.config.sections import NetworkConfig


def networks_for(
    train: TrainingSet, bits: int, config: NetworkConfig, source: torch.Generator
) -> dict[Modality, HashNetwork]:
    """One network per modality for the features of `train`, initial weights drawn from `source`, the image's first."""
    features = zip(MODALITIES, (train.image, train.text), strict=True)
    return {m: HashNetwork.for_features(x, bits, config, source) for m, x in features}


class TwoNetworks:
    """All members of a `Method` but its `loss`, where nothing depends on the epoch and only weights change."""

    def __init__(self, networks: dict[Modality, HashNetwork]) -> None:
        self.networks = networks

    def begin_epoch(self, epoch: int) -> None:
        """Nothing to get ready."""

    def outputs(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Preactivations (B, L) of the images and of the texts."""
        return self.networks["image"](batch.image), self.networks["text"](batch.text)

    def figures(self) -> dict[str, Tensor]:
        """No figures beside the losses."""
        return {}

    def state(self) -> dict[str, Tensor]:
        """The weights, and what scales the features."""
        return weights_of(self.networks)

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Continue from what `state` returned."""
        load_weights(self.networks, state)
