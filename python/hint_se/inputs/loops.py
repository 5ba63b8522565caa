"""Self-loops that were dropped, said once."""

from __future__ import annotations

from hint_se.errors import SelfLoopWarning, warn_user

__all__ = ["warn_loops"]


def warn_loops(n_loops: int, why: str = "they do not change the tree") -> None:
    """Warn of self-loops that were dropped, if there were any."""
    if n_loops:
        plural = "" if n_loops == 1 else "s"
        warn_user(f"dropped {n_loops} self-loop{plural}: {why}", SelfLoopWarning)
