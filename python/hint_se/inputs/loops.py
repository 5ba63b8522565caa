"""Self-loops: what may become of them, and what is said of those that were dropped."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from hint_se.errors import GraphError, SelfLoopWarning, warn_user

__all__ = ["SelfLoops", "as_self_loops", "warn_loops"]

#: Whether an edge from a node to itself goes, or counts: twice in the degree of its node, and in no cut.
SelfLoops: TypeAlias = Literal["drop", "keep"]


def as_self_loops(self_loops: SelfLoops) -> SelfLoops:
    """Return what is to become of self-loops, or raise GraphError."""
    if self_loops not in get_args(SelfLoops):
        raise GraphError(f"self_loops: expected 'drop' or 'keep', got {self_loops!r}")
    return self_loops


def warn_loops(n_loops: int, self_loops: SelfLoops, what: str = "they count in no degree") -> None:
    """Warn once, at the line that called this package, of self-loops that were dropped, if there were any."""
    if n_loops and self_loops == "drop":
        plural = "" if n_loops == 1 else "s"
        warn_user(
            f"dropped {n_loops} self-loop{plural}: {what}, and with them the best tree may be another; "
            "self_loops='keep' (--self-loops keep) lets them count",
            SelfLoopWarning,
        )
