"""Presets of paired InfoNCE, whose temperature `--pair-tau` is HINT's option."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hint_train.methods.rivals import as_published

if TYPE_CHECKING:
    from hint_train.methods.config import Config, Preset


def preset(base: Config, _: Preset) -> Config:
    """The settings that known figures were made with."""
    return as_published(base, hidden=512)
