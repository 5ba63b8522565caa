"""UCCH: contrast with binary codes in a memory, and a ranking loss that spares likely false negatives.

P. Hu, H. Zhu, J. Lin, D. Peng, Y.-P. Zhao, X. Peng, Unsupervised contrastive cross-modal hashing, IEEE TPAMI 2022; where the
paper leaves a choice, as the authors' public program makes it. Written from the equations.

Deviations. Hidden layers are 1024 wide by default and not 8192 (`--preset paper` has 8192). The negatives of a step are drawn
once for the whole batch and not once per row, which has the same expectation. Entries of pairs that the warm-up did not reach
(the dropped last batch) are unbiased random signs. The last epoch is kept, not the one with the best labelled mAP.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch.nn.functional import cross_entropy, normalize

from hint_train.data.pairs import Modality
from hint_train.training.method import (
    Batch,
    MethodEntry,
    NoArtefacts,
    TrainingSet,
    generator,
    load_weights,
    weights_of,
)
from hint_train.training.networks import HashNetwork

if TYPE_CHECKING:
    from torch import Tensor

    from hint_train.methods.config import Config

_WEIGHTS, _MEMORY, _NEGATIVES = range(3)  # purposes of random draws


def code_contrast(outputs: Tensor, codes: Tensor, negatives: Tensor, tau: float) -> Tensor:
    """Contrast of unit outputs (B, L) with their own sign codes (B, L) against sign codes (M, L).

    mean_i of -log( exp(c(f_i, b_i)/tau) / (exp(c(f_i, b_i)/tau) + sum_j exp(c(f_i, n_j)/tau)) ), c the cosine: the norm of a
    sign code is sqrt(L). No gradient flows into codes.
    """
    scale = tau * outputs.shape[1] ** 0.5
    positive = (outputs * codes).sum(1, keepdim=True)
    logits = torch.cat([positive, outputs @ negatives.T], dim=1) / scale
    return cross_entropy(logits, torch.zeros(len(logits), dtype=torch.long, device=logits.device))


def batch_contrast(outputs: Tensor, codes: Tensor, tau: float) -> Tensor:
    """The same against the codes (B, L) of the other rows of the batch: what the warm-up uses."""
    logits = outputs @ codes.T / (tau * outputs.shape[1] ** 0.5)
    return cross_entropy(logits, torch.arange(len(logits), device=logits.device))


def ranking_loss(image: Tensor, text: Tensor, margin: float, shift: float) -> Tensor:
    """Cross-modal ranking loss of unit outputs (B, L).

    With s_ij = <f_i^v, f_j^t>, and s'_ij = s_ij where s_ij >= s_ii - margin, else s_ij - shift:

        1/B sum_i ( margin - s_ii + log sum_j exp(s'_ij) )  +  the same over columns.

    Every negative takes part, the near ones more; the hardest alone would be the false ones.
    """
    products = image @ text.T
    own = products.diagonal()
    total = products.new_zeros(())
    for s in (products, products.T):
        far = s < own[:, None] - margin
        total = total + (margin - own + torch.logsumexp(s - shift * far, dim=1)).mean()
    return total


class Ucch:
    """Networks and memory of one run; a `Method`.

    f = tanh of the outputs, divided by its norm. Memory: one unit vector per training pair, old * momentum +
    new * (1 - momentum) where new is the unit mean of both modalities' f, and normalised again; its signs are the codes.
    """

    def __init__(self, _: NoArtefacts, train: TrainingSet, config: Config, bits: int, seed: int) -> None:
        self._options, self._seed = config.ucch, seed
        source = generator(seed, _WEIGHTS)
        deeper = replace(config.network, layers=config.network.layers + 1)
        self.networks: dict[Modality, HashNetwork] = {
            "image": HashNetwork.for_features(train.image, bits, deeper, source),
            "text": HashNetwork.for_features(train.text, bits, config.network, source),
        }
        signs = torch.randint(2, (len(train), bits), generator=generator(seed, _MEMORY)) * 2.0 - 1
        self._memory = normalize(signs).to(train.device)

    def begin_epoch(self, epoch: int) -> None:
        """Nothing depends on the epoch beyond what the batch says."""

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """The terms `nce` (both modalities, summed) and `ranking`, weighted; the memory is updated after they are computed."""
        options = self._options
        f = [
            normalize(torch.tanh(network(x)))
            for network, x in zip(self.networks.values(), (batch.image, batch.text), strict=True)
        ]
        centre = normalize((f[0] + f[1]).detach())
        warm = batch.epoch < options.ucch_warmup
        if warm:
            codes = centre.sign()
            contrast = sum((batch_contrast(x, codes, options.ucch_tau) for x in f), centre.new_zeros(()))
        else:
            codes, negatives = self._memory[batch.index].sign(), self._memory[self._drawn(batch)].sign()
            each = (code_contrast(x, codes, negatives, options.ucch_tau) for x in f)
            contrast = sum(each, centre.new_zeros(()))
        kept = 0.0 if warm else options.ucch_momentum
        self._memory[batch.index] = normalize(kept * self._memory[batch.index] + (1 - kept) * centre)
        ranking = ranking_loss(f[0], f[1], options.ucch_margin, options.ucch_shift)
        return {"nce": options.ucch_nce * contrast, "ranking": (1 - options.ucch_nce) * ranking}

    def _drawn(self, batch: Batch) -> Tensor:
        """Rows of the memory that serve as negatives at this step, with replacement."""
        source = generator(self._seed, _NEGATIVES, batch.epoch, batch.step)
        drawn = torch.randint(len(self._memory), (self._options.ucch_negatives,), generator=source)
        return drawn.to(self._memory.device, non_blocking=True)

    def figures(self) -> dict[str, Tensor]:
        """No figures beside the losses."""
        return {}

    def state(self) -> dict[str, Tensor]:
        """Weights and memory."""
        return weights_of(self.networks) | {"memory": self._memory}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Continue from what `state` returned."""
        load_weights(self.networks, state)
        self._memory = state["memory"].to(self._memory)


ENTRY = MethodEntry(NoArtefacts.prepare, Ucch)
