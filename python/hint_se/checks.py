"""Arguments checked at the door: what was expected and what arrived, by name."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["integer", "one_of"]


def integer(name: str, value: Any, low: int, high: int | None = None) -> int:
    """Return an integer in [low, high) as an int, or raise ValueError."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer):
        raise ValueError(f"{name}: expected an integer >= {low}, got {value!r}")
    if value < low or (high is not None and value >= high):
        below = "" if high is None else f" and < {high}"
        raise ValueError(f"{name}: expected an integer >= {low}{below}, got {value}")
    return int(value)


def one_of(name: str, value: Any, choices: tuple[str, ...]) -> None:
    """Raise ValueError unless a value is one of some words."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name}: expected one of {', '.join(map(repr, choices))}, got {value!r}")
