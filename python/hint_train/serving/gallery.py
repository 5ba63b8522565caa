"""Pictures of an index's items, by id: of a folder, or of a data set that is drawn."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from PIL import Image

from hint_train.data.named_pictures import inside, named_pictures
from hint_train.errors import ConfigError
from hint_train.serving.pictures import thumbnail
from hint_train.serving.refusals import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping
    from pathlib import Path

    from hint_train.data.pairs import Gallery

_KEPT = 1024
"""Small pictures that are kept; each is some 10 kB."""


class Pictures:
    """Small pictures by id.

    Parameters
    ----------
    sources
        Ids to files, or to pictures: nothing else is ever opened.
    max_pixels
        Of one file.
    """

    def __init__(self, sources: Mapping[Hashable, Callable[[], Path | Image.Image]], max_pixels: int) -> None:
        self._sources = sources
        self._small = functools.lru_cache(_KEPT)(lambda name: thumbnail(self._sources[name](), max_pixels))

    def __contains__(self, name: Hashable) -> bool:
        return name in self._sources

    def __len__(self) -> int:
        return len(self._sources)

    def small(self, name: Hashable) -> bytes:
        """PNG or JPEG of the item of an id.

        Raises
        ------
        RefusedError
            There is none, or its file cannot be read any more.
        """
        if name not in self._sources:
            raise RefusedError(404, "there is no picture of this row")
        return self._small(name)


def of_folder(folder: Path, names: Mapping[str, Hashable], max_pixels: int) -> Pictures:
    """Pictures of the files that `named_pictures` finds in a folder.

    Raises
    ------
    ConfigError
        The folder is none, or holds no picture of any item.
    """
    if not folder.is_dir():
        raise ConfigError(f"--images {folder} is no folder")
    root = folder.resolve()
    found = {name: functools.partial(_checked, path, root) for name, path in named_pictures(folder, names).items()}
    if not found:
        raise ConfigError(f"--images {folder} holds no picture that is named as an item of the index")
    return Pictures(found, max_pixels)


def of_gallery(gallery: Gallery, rows: Mapping[Hashable, int], max_pixels: int) -> Pictures:
    """Pictures that a data set brings with it; `rows` say which of them each id has."""
    return Pictures(
        {name: functools.partial(Image.fromarray, gallery.pictures[row]) for name, row in rows.items()}, max_pixels
    )


def _checked(path: Path, root: Path) -> Path:
    """The file, unless it was exchanged since the folder was looked through."""
    if not inside(path, root):
        raise RefusedError(404, "the picture of this row cannot be read")
    return path
