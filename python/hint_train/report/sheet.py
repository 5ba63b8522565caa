"""What a few queries find, as people look at it: queries, their nearest items, and which of these are relevant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hint_train.data.pairs import MODALITIES
from hint_train.retrieval.hamming import hamming_distances

if TYPE_CHECKING:
    from hint_train.data import PairedData
    from hint_train.data.pairs import Modality
    from hint_train.retrieval.directions import Codes

N_QUERIES, N_HITS = 4, 6


@dataclass(frozen=True, slots=True)
class Hit:
    """An item that was found: its row, how many bits its code differs in, and whether it shares a label; None without labels."""

    row: int
    distance: int
    relevant: bool | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """Queries of one modality, by their rows, and the nearest items of the other."""

    source: Modality
    target: Modality
    bits: int
    hits: dict[int, tuple[Hit, ...]]


def sheets(data: PairedData, codes: Codes, bits: int) -> list[Sheet]:
    """Four queries, evenly spaced over all, and the six nearest of the database, in both directions.

    Equal distances stand in the order of the database.
    """
    n = min(N_QUERIES, len(data.query))
    asked = data.query[np.arange(n) * len(data.query) // n]
    return [
        Sheet(source, target, bits, {int(row): _nearest(data, codes, int(row), source, target) for row in asked})
        for source, target in (MODALITIES, MODALITIES[::-1])
    ]


def _nearest(data: PairedData, codes: Codes, row: int, source: Modality, target: Modality) -> tuple[Hit, ...]:
    distance = hamming_distances(codes[source][row : row + 1], codes[target][data.retrieval])[0]
    return tuple(
        Hit(int(data.retrieval[i]), int(distance[i]), _relevant(data, row, int(data.retrieval[i])))
        for i in np.argsort(distance, kind="stable")[:N_HITS]
    )


def _relevant(data: PairedData, query: int, hit: int) -> bool | None:
    return None if data.labels is None else bool((data.labels[query] & data.labels[hit]).any())
