"""How a limit of memory is divided, and what it decides: when the rounds stop, and which communities are improved."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Limits", "bytes_of"]

_UNITS = {
    "": 1,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KIB": 2**10,
    "MIB": 2**20,
    "GIB": 2**30,
    "TIB": 2**40,
}
_LEAST, _BEYOND = 500 * 10**6, 10**18
# Measured, beside what the process needs whatever it does: see benchmarks/results/tables.md.
_PROCESS = 250 * 10**6
_ENGINE_SHARE = 0.6
_CORE_BYTES, _COMMUNITY_BYTES = 250, 8_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What a build may hold. All but the first decide the tree, and follow from the memory alone."""

    engine_bytes: int
    #: Edges of the graph that the core finishes.
    core_edges: int
    #: Edges of a community that is improved.
    community_edges: int

    @classmethod
    def of(cls, memory: int) -> Limits:
        """Return the limits that an amount of memory, in bytes, gives."""
        free = memory - _PROCESS
        return cls(int(free * _ENGINE_SHARE), free // _CORE_BYTES, free // _COMMUNITY_BYTES)


def bytes_of(memory: str | int) -> int:
    """Return an amount of memory in bytes: a number, or one with a unit such as 4GB or 512MiB.

    Raises
    ------
    ValueError
        If it is neither, or below 500 MB.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]i?B)?", str(memory).strip(), re.IGNORECASE)
    if found is None:
        raise ValueError(f"memory: expected bytes, or an amount such as 4GB, got {memory!r}")
    amount = float(found[1]) * _UNITS[(found[2] or "").upper()]
    if not _LEAST <= amount < _BEYOND:
        raise ValueError(f"memory: expected at least 500MB and less than a million TB, got {memory!r}")
    return int(amount)
