"""DJSRH: cosines of codes fitted to a joint similarity of both modalities and to how alike its rows are.

S. Su, Z. Zhong, C. Zhang, Deep joint-semantics reconstructing hashing for large-scale unsupervised cross-modal retrieval, ICCV
2019; constants as in the authors' public program. Written from the equations.

Deviations. Hash networks and optimiser are those of every method here: features come as arrays, so no image tower is tuned. The
image features that the similarity is made of are the given ones, not the activations of AlexNet. beta is 0.6 for all sets, where
the program has a value for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn.functional import mse_loss, normalize

from hint_train.data.pairs import Modality
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


def joint_similarity(image: Tensor, text: Tensor, beta: float, eta: float) -> Tensor:
    """S (B, B) of the features (B, d) of a batch, before it is multiplied by mu.

    S~ = beta (2 C_v - 1) + (1 - beta) (2 C_t - 1), C the cosines of one modality, and S = (1 - eta) S~ + eta S~ S~' / B: rows
    that are similar to the same others are similar.
    """
    shares: dict[Modality, float] = {"image": beta, "text": 1 - beta}
    first = torch.zeros(len(image), len(image), dtype=image.dtype, device=image.device)
    for share, features in zip(shares.values(), (image, text), strict=True):
        unit = normalize(features)
        first += share * (2 * unit @ unit.T - 1)
    return (1 - eta) * first + eta * first @ first.T / len(first)


def reconstruction_loss(image: Tensor, text: Tensor, target: Tensor) -> dict[str, Tensor]:
    """Mean squared differences between the cosines of outputs (B, L) and the target (B, B): across, of images, of texts."""
    v, t = normalize(image), normalize(text)
    return {
        "across": mse_loss(v @ t.T, target),
        "image": mse_loss(v @ v.T, target),
        "text": mse_loss(t @ t.T, target),
    }


class Djsrh(TwoNetworks):
    """Networks of one run; a `Method`.

    With f = tanh(alpha * outputs), alpha = sqrt(epoch) counted from 1, so that f comes closer to signs as training goes on:

        L = mse(C(f_v, f_t), mu S) + lambda_v mse(C(f_v, f_v), mu S) + lambda_t mse(C(f_t, f_t), mu S).
    """

    def __init__(self, _: NoArtefacts, train: TrainingSet, config: Config, bits: int, seed: int) -> None:
        self._options = config.djsrh
        super().__init__(networks_for(train, bits, config.network, generator(seed, _WEIGHTS)))

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """The terms `across`, `image` and `text`, weighted."""
        options, alpha = self._options, (batch.epoch + 1) ** 0.5
        image, text = (torch.tanh(alpha * x) for x in self.outputs(batch))
        target = joint_similarity(batch.image, batch.text, options.djsrh_beta, options.djsrh_eta)
        terms = reconstruction_loss(image, text, options.djsrh_mu * target)
        weights = {"across": 1.0, "image": options.djsrh_image, "text": options.djsrh_text}
        return {name: weights[name] * term for name, term in terms.items()}


ENTRY = MethodEntry(NoArtefacts.prepare, Djsrh)
