"""A tree of tables as steps read it."""

from __future__ import annotations

from dataclasses import dataclass

from hint_se.tables.folder import Manifest
from hint_se.tables.rounds import Frame

__all__ = ["Known"]


@dataclass(frozen=True, slots=True)
class Known:
    """The rows of a tree, ``node, parent, volume, cut, depth``, its names, ``node, name``, if it has some, and its manifest."""

    rows: Frame
    names: Frame | None
    manifest: Manifest
