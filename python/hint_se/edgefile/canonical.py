"""Whether integers are written in the one way in which different ones are different words."""

from __future__ import annotations

import numpy as np

__all__ = ["are_canonical"]

_BLANK = ord(" ")


def are_canonical(text: str, delimiter: str | None) -> bool:
    """Return whether no column of a block begins with a sign, or with a zero before another digit."""
    signs = np.frombuffer(f"\n{text}".encode("utf-8", "surrogateescape"), np.uint8)
    before, first, second = signs[:-2], signs[1:-1], signs[2:]
    begins = before <= _BLANK
    if delimiter is not None:
        begins |= before == ord(delimiter)
    zero = (first == ord("0")) & (second - ord("0") < 10)  # below "0" the bytes wrap around
    zero |= (first == ord("+")) | (first == ord("-"))
    return not (begins & zero).any()
