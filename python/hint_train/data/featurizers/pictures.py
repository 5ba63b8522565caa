"""Pictures from files, from Pillow and from arrays, as one kind of thing: upright, three channels, of bounded size."""

from __future__ import annotations

import functools
import io
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PIL import Image

MAX_PIXELS = 2**26
"""Greatest number of pixels of one picture; a small file can declare far more."""
SUFFIXES = {
    ".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP", ".gif": "GIF", ".tif": "TIFF", ".tiff": "TIFF",
    ".bmp": "BMP", ".mpo": "MPO", ".ppm": "PPM", ".pgm": "PPM", ".jp2": "JPEG2000", ".avif": "AVIF",
}  # fmt: skip
"""Endings, in small letters, of the names of files that are taken for pictures, and the format that each stands for."""
FORMATS = tuple(dict.fromkeys(SUFFIXES.values()))
"""Formats that are read, where Pillow can; it would start another program for some of the others."""


def names_of(items: Sequence[Any]) -> list[str]:
    """How messages call each of `items`: by its path, or by its number."""
    if isinstance(items, str | os.PathLike | bytes):
        raise DataError(f"expected a list of items, got the single item {items!r:.60}; put it into a list")
    return [str(item) if isinstance(item, str | os.PathLike) else f"item {i}" for i, item in enumerate(items)]


def square(item: Any, size: int, crop: float, name: str) -> NDArray[np.uint8]:
    """The middle of a picture, (size, size, 3), after its short side became `round(size / crop)` pixels (bicubic).

    Parameters
    ----------
    item
        Path, bytes of a picture file, PIL image, or (h, w, 3) uint8 array. A picture of that size already is taken as it is.
    size, crop
        Side of the result, and the share of the short side that is kept.
    name
        What messages call it.

    Raises
    ------
    DataError
        The file is missing, torn, no picture, or has more than `MAX_PIXELS` pixels; or the item is nothing of the kind.
    """
    from PIL import Image

    picture = upright(item, name)
    short = round(size / crop)
    scale = short / min(picture.size)
    shape = (max(short, round(picture.width * scale)), max(short, round(picture.height * scale)))
    if shape[0] * shape[1] > MAX_PIXELS:
        raise DataError(f"{name}: is too long and narrow, {picture.width} x {picture.height} pixels")
    if shape != picture.size:
        picture = picture.resize(shape, Image.Resampling.BICUBIC)
    left, top = (shape[0] - size) // 2, (shape[1] - size) // 2
    return np.asarray(picture.crop((left, top, left + size, top + size)))


def upright(item: Any, name: str) -> Image.Image:
    """A picture in RGB, turned as its EXIF orientation says, see-through parts on white; see `square`."""
    from PIL import Image

    if isinstance(item, np.ndarray):
        if item.ndim != 3 or item.shape[2] != 3 or item.dtype != np.uint8 or 0 in item.shape:
            raise DataError(f"{name}: expected an array (height, width, 3) of uint8, got {item.shape} of {item.dtype}")
        return Image.fromarray(item)
    if isinstance(item, Image.Image):
        return _rgb(item, name)
    if not isinstance(item, str | os.PathLike | bytes):
        raise DataError(f"{name}: expected a path, a PIL image or an array, got {type(item).__name__}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own warning about large pictures; the limit refuses them
            with Image.open(io.BytesIO(item) if isinstance(item, bytes) else Path(item), formats=_formats()) as picture:
                return _rgb(picture, name)
    except (DataError, MemoryError):
        raise
    except Exception as error:  # what Pillow's readers raise on foreign bytes is not documented
        raise DataError(f"{name}: {_why(error)}") from error


def _why(error: Exception) -> str:
    """What is wrong with a picture, without the words that Pillow has for its own objects."""
    if isinstance(error, FileNotFoundError):
        return "no such file; expected a picture"
    if isinstance(error, IsADirectoryError):
        return "is a folder; expected a picture"
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be read ({error.strerror})"
    known = "" if "object at 0x" in str(error) else f" ({error})"
    return f"not a readable picture{known}"


@functools.cache
def _formats() -> tuple[str, ...]:
    from PIL import Image

    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def _rgb(picture: Image.Image, name: str) -> Image.Image:
    from PIL import Image, ImageOps

    if picture.width * picture.height > MAX_PIXELS:
        raise DataError(f"{name}: has {picture.width} x {picture.height} pixels, more than {MAX_PIXELS:,}")
    turned = ImageOps.exif_transpose(picture)
    if turned.mode.startswith("I;16") or (turned.mode == "I" and picture.format == "PNG"):
        # Pillow's own conversion cuts off at 255 instead of scaling, and a picture of 16 bits becomes white.
        turned = Image.fromarray((np.asarray(turned).astype(np.uint32) >> 8).astype(np.uint8))
    elif turned.mode in {"I", "F"}:
        raise DataError(f"{name}: has grey values of 32 bits, whose range is not known; save it with 8 or 16 bits")
    if turned.has_transparency_data:
        ground = Image.new("RGBA", turned.size, "white")
        return Image.alpha_composite(ground, turned.convert("RGBA")).convert("RGB")
    return turned.convert("RGB")
