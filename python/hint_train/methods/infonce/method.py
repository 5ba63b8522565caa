"""Paired in-batch InfoNCE: two hash networks pulled together by their pairs and by nothing else.

A. van den Oord, Y. Li, O. Vinyals, Representation learning with contrastive predictive coding, 2018 (the loss), in the
symmetric two-modality form of A. Radford et al., Learning transferable visual models from natural language supervision,
ICML 2021. Written from the equations.

Deviations. No paper proposes it for hashing: it is the control that a method has to beat. Embeddings are tanh of the outputs of two
hash networks over given features, not of encoders that are trained as well. The temperature is fixed, at 0.9, where CLIP learns it
and begins at 0.07. A step has 256 pairs (`--batch`), so that each output is contrasted with 255 others, where CLIP has
32,767.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from hint_train.training.losses import hash_loss
from hint_train.training.method import (
    Batch,
    MethodEntry,
    NoArtefacts,
    TrainingSet,
    generator,
)
from hint_train.training.two_networks import TwoNetworks, networks_for

if TYPE_CHECKING:
    from torch import Tensor

    from hint_train.methods.config import Config

_WEIGHTS = 0  # purpose of a random draw


class InfoNce(TwoNetworks):
    """Networks of one run; a `Method`.

    With f = tanh of the outputs and c the cosine, over the B pairs of a batch:

        L = 1/(2B) sum_i ( -log exp(c(f_i^v, f_i^t)/tau) / sum_j exp(c(f_i^v, f_j^t)/tau)  +  the same with v and t exchanged )

    tau is `--pair-tau`, fixed and not learned as CLIP's is: a learned one falls, and mAP over the whole ranking falls with it.
    """

    def __init__(self, _: NoArtefacts, train: TrainingSet, config: Config, bits: int, seed: int) -> None:
        self._tau = config.loss.pair_tau
        super().__init__(networks_for(train, bits, config.network, generator(seed, _WEIGHTS)))

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """The term `pair`."""
        image, text = map(torch.tanh, self.outputs(batch))
        both = hash_loss(image, text, self._tau, "cosine") + hash_loss(text, image, self._tau, "cosine")
        return {"pair": both / 2}


ENTRY = MethodEntry(NoArtefacts.prepare, InfoNce)
