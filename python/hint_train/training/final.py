"""A `Method` that does not train: its networks are final once it is built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hint_train.training.method import Batch, Modality, load_weights, weights_of

if TYPE_CHECKING:
    from torch import Tensor

    from hint_train.training.networks import HashNetwork


class Final:
    """Two networks that no optimiser touches; the entry says `trains=False`."""

    def __init__(self, networks: dict[Modality, HashNetwork]) -> None:
        self.networks = networks

    def begin_epoch(self, epoch: int) -> None:
        """There are no epochs."""

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Never asked for: the entry says that this method does not train."""
        raise NotImplementedError("a closed form has no loss")

    def figures(self) -> dict[str, Tensor]:
        """No figures."""
        return {}

    def state(self) -> dict[str, Tensor]:
        """The weights, and what scales the features."""
        return weights_of(self.networks)

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take what `state` returned."""
        load_weights(self.networks, state)
