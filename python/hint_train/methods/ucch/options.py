"""Options of UCCH."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hint_train.config.ranges import Count, Positive, Share, Weight
from hint_train.methods.rivals import as_published

if TYPE_CHECKING:
    from hint_train.methods.config import Config, Preset


@dataclass(frozen=True, slots=True, kw_only=True)
class UcchConfig:
    """`--method ucch` alone: the loss of Hu et al. 2022, whose authors' settings these are."""

    ucch_nce: Share = 0.7
    """Weight of the contrast with the memory; the ranking loss has the rest up to 1."""
    ucch_tau: Positive = 0.9
    """Temperature of that contrast, on cosines."""
    ucch_negatives: Count = 4096
    """Negatives drawn from the memory at each step, with replacement."""
    ucch_momentum: Share = 0.4
    """Share of the old entry kept when a memory entry is updated."""
    ucch_warmup: Count = 1
    """Epochs at the start that contrast with the codes of the batch instead of the memory."""
    ucch_margin: Weight = 0.2
    """Ranking: other items whose cosine s is this far below the own pair's count as s - shift."""
    ucch_shift: Weight = 0.1
    """Ranking: that shift."""


def preset(base: Config, name: Preset) -> Config:
    """The settings that known figures were made with; as `paper` the published width."""
    return as_published(base, hidden=1024 if name == "default" else 8192)
