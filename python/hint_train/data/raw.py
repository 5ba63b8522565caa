"""What raw pictures and texts the rows of a data set came from, where that is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hint_train.data.featurizers import Featurizers


@dataclass(frozen=True, slots=True)
class Raw:
    """Names and texts of N pairs, and what made their features; see `hint_train.data.pairs.PairedData`."""

    ids: tuple[str, ...] | None = None
    captions: tuple[str, ...] | None = None
    featurizers: Featurizers | None = None


NO_RAW = Raw()
"""Of a data set that is features alone."""
