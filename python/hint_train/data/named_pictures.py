"""Pictures in a folder that are named as items are: which file belongs to which item."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from hint_train.data.featurizers.pictures import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

Name = TypeVar("Name", bound="Hashable")

FORMATS = ("BMP", "GIF", "JPEG", "PNG", "WEBP")
"""What is decoded to be shown: formats of photographs and drawings that Pillow reads by itself, without another program."""
_SUFFIXES = {suffix for suffix, form in SUFFIXES.items() if form in FORMATS}


def named_pictures(folder: Path, names: Mapping[str, Name]) -> dict[Name, Path]:
    """The files of a folder, and of folders in it, that are named as items are.

    Parameters
    ----------
    folder
        Looked through once, now. Links are followed only where they end inside of it.
    names
        Text of an id to the id. A file belongs to an item when its path below `folder`, or that without its suffix, is the text.
    """
    root = folder.resolve()
    found: dict[Name, Path] = {}
    for above, folders, files in os.walk(root):
        folders.sort()
        for file in sorted(files):
            path = Path(above, file)
            below = path.relative_to(root)
            name = next((n for n in (below.as_posix(), below.with_suffix("").as_posix()) if n in names), None)
            if name is not None and path.suffix.lower() in _SUFFIXES and inside(path, root):
                found.setdefault(names[name], path)
    return found


def inside(path: Path, root: Path) -> bool:
    """Whether a path leads to a file in the resolved folder `root`."""
    real = path.resolve()
    return real.is_file() and real.is_relative_to(root)
