"""How far a search is, and with how many threads: what everything which builds trees takes."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeAlias

from hint_se.checks import integer

__all__ = ["Progress", "threads_for"]

#: Called now and then with the name of the stage and the fraction of it that is done, in [0, 1].
Progress: TypeAlias = Callable[[str, float], object]


def threads_for(n_threads: int | None) -> int:
    """Return a number of threads >= 1; None: as many as this process may use. ValueError for another value."""
    if n_threads is not None:
        return integer("n_threads", n_threads, 1, 2**15)
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1
