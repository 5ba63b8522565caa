"""Pictures of pairs, small: of a data set that has them, or from a folder where they are named as the pairs are."""

from __future__ import annotations

import base64
import io
import logging
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from hint_train.data.named_pictures import FORMATS, named_pictures

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hint_train.data import PairedData

_log = logging.getLogger(__name__)
_SIDE = 160
_MAX_PIXELS = 100_000_000
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError)
"""What Pillow raises over a file that is no picture, is torn, or unpacks to far more than it says."""


def pictures_of(data: PairedData, rows: Iterable[int], folder: str | None) -> dict[int, Image.Image]:
    """Small pictures of some pairs, by row; of a folder those that are there and can be read.

    Parameters
    ----------
    folder
        Where pictures are named as the pairs are, for a data set that has none of its own.
    """
    if data.gallery is not None:
        gallery = data.gallery.pictures
        return {row: Image.fromarray(gallery[row]) for row in rows}
    if folder is None or data.ids is None or not Path(folder).is_dir():
        return {}
    paths = named_pictures(Path(folder), {data.ids[row]: row for row in rows})
    if not paths:
        _log.warning("%s holds no picture that is named as one of the pairs of %s", folder, data.name)
    found = {row: _small(path) for row, path in paths.items()}
    return {row: picture for row, picture in found.items() if picture is not None}


def _small(path: Path) -> Image.Image | None:
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=FORMATS) as picture:
            if picture.width * picture.height > _MAX_PIXELS:
                return None
            picture.draft("RGB", (2 * _SIDE, 2 * _SIDE))
            small = ImageOps.exif_transpose(picture).convert("RGB")
    except _BROKEN:
        return None
    small.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    return small


def inlined(picture: Image.Image) -> str:
    """A small picture as the address of an `img` element."""
    kind, options = ("png", {}) if max(picture.size) < _SIDE else ("jpeg", {"quality": 82})
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return f"data:image/{kind};base64,{base64.b64encode(out.getvalue()).decode()}"
