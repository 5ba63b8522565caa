"""Codes of a whole data set from two networks, and how well they retrieve in both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from hint_train.data.pairs import MODALITIES, Modality
from hint_train.packing import pack
from hint_train.retrieval.evaluate import Retrieval, evaluate
from hint_train.training.networks import encode_in_blocks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hint_train.config.sections import EvaluationConfig
    from hint_train.data import PairedData
    from hint_train.training.networks import HashNetwork

Codes = dict[Modality, "NDArray[np.uint8]"]
"""Packed codes (pairs, ceil(L / 8)) of both modalities."""


def codes_of(data: PairedData, networks: dict[Modality, HashNetwork]) -> Codes:
    """Packed codes of every pair of `data`."""
    features = {"image": data.image, "text": data.text}
    return {m: pack(encode_in_blocks(networks[m], torch.from_numpy(features[m])).cpu().numpy()) for m in MODALITIES}


def both_directions(
    data: PairedData, query: Codes, database: Codes, bits: int, options: EvaluationConfig, device: torch.device
) -> dict[str, Retrieval]:
    """`image_to_text` and `text_to_image`; no direction where `data` has no labels.

    Parameters
    ----------
    query, database
        Codes of all pairs as they are asked for and as they are found; the split of `data` picks the rows.
    bits
        Code length L.
    device
        Where distances are counted.
    """
    labels = data.labels
    if labels is None:
        return {}
    return {
        f"{source}_to_{target}": evaluate(
            query[source][data.query],
            database[target][data.retrieval],
            labels[data.query],
            labels[data.retrieval],
            bits=bits,
            cutoffs=options.cutoffs,
            ties=options.ties,
            topk=options.topk_rule,
            no_relevant=options.no_relevant,
            device=device,
        )
        for source, target in (MODALITIES, MODALITIES[::-1])
    }
