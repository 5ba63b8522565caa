"""What one request may ask for, and what all of them together may hold."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from hint_train.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of the service; a request above one of them is refused with a sentence that names it."""

    max_body: int = 16 * 2**20
    """Bytes of a request's body, which is refused before it is read whole."""
    max_held: int = 64 * 2**20
    """Bytes of all bodies that are held at a time; above it requests are asked to come again."""
    max_k: int = 1000
    """Neighbours of one search, and hits that are rescored."""
    max_items: int = 256
    """Texts, pictures or rows of features of one request, and of one batch."""
    max_characters: int = 2000
    """Characters of one text."""
    max_within: int = 100_000
    """Ids that one search may be restricted to."""
    max_pixels: int = 2**26
    """Pixels of one picture, and of all that are decoded at a time; a small file can declare far more."""
    max_seconds: float = 30.0
    """Seconds that a body may take to arrive, those that its answer may take, and those of the end after a signal."""
    max_waiting: int = 1024
    """Requests that wait for the network; above it requests are asked to come again."""

    def __post_init__(self) -> None:
        """Refuse a limit that lets nothing through."""
        for field in fields(self):
            value = getattr(self, field.name)
            if not (math.isfinite(value) and value > 0):
                raise ConfigError(f"--{field.name.replace('_', '-')} must be positive and finite, got {value}")
