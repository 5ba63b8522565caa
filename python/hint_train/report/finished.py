"""What is known at the end of a run, and all that its report may tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hint_train.data import PairedData
    from hint_train.encoding.modelfile import Cell
    from hint_train.methods.config import Config
    from hint_train.report.result import Result
    from hint_train.retrieval.directions import Codes
    from hint_train.retrieval.evaluate import Retrieval
    from hint_train.training.partners import PartnerSample
    from hint_train.training.trainer import Record

DIRECTIONS = {"image_to_text": "image → text", "text_to_image": "text → image"}
"""Words for the two directions of retrieval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A run whose codes are learned and measured.

    Attributes
    ----------
    config, result
        What was asked for, and what came of it; its seconds may still be open.
    data
        The data set.
    records
        One for each epoch of each code length and seed; empty where nothing was trained.
    retrievals
        Figures of both directions by code length and seed; empty without labels.
    codes
        Packed codes of all pairs, by the same.
    health
        Signs of trouble in them, by the same, as `code_health` and `PartnerSample.recall` name them.
    sample
        The pairs of which Recall@10 was measured.
    """

    config: Config
    result: Result
    data: PairedData
    records: list[Record]
    retrievals: dict[Cell, dict[str, Retrieval]]
    codes: dict[Cell, Codes]
    health: dict[Cell, dict[str, float]]
    sample: PartnerSample
