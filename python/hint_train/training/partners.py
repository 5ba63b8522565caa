"""How well codes bring pairs together, measured without labels: Recall@10 on a fixed sample, while training goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from hint_train.data.pairs import MODALITIES
from hint_train.training.networks import encode_in_blocks

if TYPE_CHECKING:
    from torch import Tensor

    from hint_train.data.pairs import Modality, PairedData
    from hint_train.training.networks import HashNetwork

K = 10
"""A pair is brought together when its partner is among so many nearest."""
RECALL = f"recall@{K}"
"""What the figure is called in the records of epochs."""
_MOST, _PART = 500, 10
"""So many pairs at most, and a tenth of those that are trained on: with that the figure costs less than 2 % of an epoch."""
_FEWEST = 100
"""So many pairs that were not trained on are needed, or else training pairs are looked at: among fewer, ten are no feat."""


@dataclass(frozen=True, slots=True)
class PartnerSample:
    """Pairs among which each modality searches for its partners.

    Attributes
    ----------
    image, text
        (n, d) features of up to 500 pairs, evenly spaced, on the device of the networks.
    held_out
        Whether they are pairs of the database that training does not see; otherwise they are training pairs.
    """

    image: Tensor
    text: Tensor
    held_out: bool

    @classmethod
    def of(cls, data: PairedData, device: torch.device) -> PartnerSample:
        """Pairs of the database that are not trained on where there are 100 or more, otherwise training pairs."""
        rest = np.setdiff1d(data.retrieval, data.train)
        held_out = len(rest) >= _FEWEST
        rows = rest if held_out else np.sort(data.train)
        n = min(len(rows), _MOST, max(_FEWEST, len(data.train) // _PART))
        rows = rows[np.arange(n) * len(rows) // n]
        image, text = (torch.from_numpy(x[rows]).to(device) for x in (data.image, data.text))
        return cls(image, text, held_out)

    def __len__(self) -> int:
        return len(self.image)

    @property
    def chance(self) -> float:
        """What codes that are all equal score."""
        return min(1.0, K / len(self))

    def recall(self, networks: dict[Modality, HashNetwork]) -> dict[str, float]:
        """Recall@10: the share of items whose partner is among the 10 nearest of the other modality, the mean of both directions.

        Where several are as near as the tenth, a partner among them counts as the share of them that the ten have room for: the
        mean over all orders of equal distances. No random number is drawn.
        """
        image, text = (
            (encode_in_blocks(networks[m], x, len(x)) >= 0).float() * 2 - 1
            for m, x in zip(MODALITIES, (self.image, self.text), strict=True)
        )
        nearness = image @ text.T  # L - 2 distance: whole numbers, exact in float32
        return {RECALL: float((_found(nearness) + _found(nearness.T)) / 2)}


def _found(nearness: Tensor) -> Tensor:
    """Share of rows in which the diagonal is among the 10 greatest."""
    own = nearness.diagonal()[:, None]
    nearer, tied = (nearness > own).sum(1), (nearness == own).sum(1)
    return ((K - nearer) / tied).clamp(0, 1).mean()
