"""Pictures in a folder, and what they are called."""

from __future__ import annotations

import os
from pathlib import Path

from hint_train.data.featurizers.pictures import SUFFIXES
from hint_train.errors import DataError


def pictures_in(place: Path) -> tuple[list[Path], list[str]]:
    """Pictures in a folder and those below it, or the one picture that `place` is; and their names.

    A name is the path below the folder, with slashes, and the order that of the names. Other files, and what begins with a dot, are
    left aside; links to folders are not followed.

    Raises
    ------
    DataError
        There is nothing at `place`, or no picture in it.
    """
    if not place.exists():
        raise DataError(f"{place}: no such file or folder; expected a picture, or a folder of them")
    if not place.is_dir():
        return [place], [place.name]
    found = []
    for parent, folders, files in os.walk(place):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES:
                path = Path(parent) / name
                found.append((path.relative_to(place).as_posix(), path))
    if not found:
        raise DataError(f"{place}: holds no picture; expected names that end in {', '.join(sorted(SUFFIXES))}")
    found.sort()
    return [path for _, path in found], [name for name, _ in found]
