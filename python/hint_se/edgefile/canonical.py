"""Whether integers are written in the one way in which different ones are different words."""

from __future__ import annotations

import numpy as np

__all__ = ["are_canonical"]

_BLANK = ord(" ")


def are_canonical(text: str, delimiter: str | None) -> bool:
    """Return whether no column of a block begins with a sign, or with a zero before another digit."""
    if text[:1] in ("+", "-") or (text[:1] == "0" and "0" <= text[1:2] <= "9"):
        return False
    signs = np.frombuffer(text.encode("utf-8", "surrogateescape"), np.uint8)
    begins = signs[:-1] <= _BLANK  # whether a column begins with the sign behind
    if delimiter is not None:
        begins |= signs[:-1] == ord(delimiter)
    # Most blocks have neither signs nor the id 0, and are done sooner.
    if any(sign in text and (begins & (signs[1:] == ord(sign))).any() for sign in "+-"):
        return False
    begins &= signs[1:] == ord("0")
    return not begins.any() or not (begins[:-1] & (signs[2:] - ord("0") < 10)).any()  # below "0" the bytes wrap around
