"""What the settings of published rivals have in common."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hint_train.config.sections import NetworkConfig, OptimiserConfig

if TYPE_CHECKING:
    from hint_train.methods.config import Config


def as_published(base: Config, *, hidden: int) -> Config:
    """`base` with raw features, networks of this width, and the optimiser that published or known figures were made with."""
    optimiser = OptimiserConfig(learning_rate=1e-4, schedule="constant", warmup=0, batch=256, epochs=20)
    return replace(base, network=NetworkConfig(features="raw", hidden=hidden), optimiser=optimiser)
