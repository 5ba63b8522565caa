"""A `Method` that does not train: its networks are final once it is built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hint_train.training.two_networks import TwoNetworks

if TYPE_CHECKING:
    from torch import Tensor

    from hint_train.training.method import Batch


class Final(TwoNetworks):
    """Two networks that no optimiser touches; the entry says `trains=False`."""

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Never asked for: the entry says that this method does not train."""
        raise NotImplementedError("a closed form has no loss")
