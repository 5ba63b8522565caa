"""Pictures from requests, opened under limits, and small pictures for the page."""

from __future__ import annotations

import base64
import binascii
import io
import warnings
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from hint_train.data.named_pictures import FORMATS
from hint_train.serving.refusals import RefusedError

if TYPE_CHECKING:
    from pathlib import Path

_SIDE = 320
_DRAWN = 128
"""A picture of so few pixels is sent as it is: JPEG would blur it."""
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError)
"""What Pillow raises over a file that is no picture, is torn, or unpacks to far more than it says."""


def opened(place: str, encoded: str, max_pixels: int) -> Image.Image:
    """A picture from base64, its header read and nothing decoded yet.

    Parameters
    ----------
    place
        The field that it comes from, for messages.

    Raises
    ------
    RefusedError
        It is no base64, no picture in one of `FORMATS`, or declares more than `max_pixels`.
    """
    try:
        data = base64.b64decode(encoded.partition(",")[2] if encoded.startswith("data:") else encoded, validate=True)
    except (binascii.Error, ValueError):
        raise RefusedError(422, f"{place}: not base64") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own warning about large pictures; the limit below refuses them
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError:
        picture = None
    except _BROKEN:
        raise RefusedError(422, f"{place}: not a picture in one of the formats {', '.join(FORMATS)}") from None
    if picture is None or picture.width * picture.height > max_pixels:
        raise RefusedError(
            413, f"{place}: has more than {max_pixels:,} pixels, the most that is decoded (--max-pixels)"
        )
    return picture


def decode(place: str, picture: Image.Image) -> None:
    """Read the pixels of an opened picture.

    Raises
    ------
    RefusedError
        Its data are torn, or unpack to something else than was declared.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture.load()
    except _BROKEN:
        raise RefusedError(422, f"{place}: the picture is damaged or incomplete") from None


def thumbnail(source: Path | Image.Image, max_pixels: int) -> bytes:
    """A picture as PNG or JPEG of at most 320 x 320 pixels, turned as its camera says.

    Raises
    ------
    RefusedError
        The file is no picture any more, or too large.
    """
    try:
        with warnings.catch_warnings(), _opened(source) as picture:
            warnings.simplefilter("ignore")
            if picture.width * picture.height > max_pixels:
                raise RefusedError(404, "the picture of this row is too large to be shown")
            picture.draft("RGB", (2 * _SIDE, 2 * _SIDE))
            small = ImageOps.exif_transpose(picture).convert("RGB")
    except _BROKEN:
        raise RefusedError(404, "the picture of this row cannot be read") from None
    form, options = ("PNG", {}) if max(small.size) <= _DRAWN else ("JPEG", {"quality": 85})
    small.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, form, **options)
    return out.getvalue()


def _opened(source: Path | Image.Image) -> Image.Image:
    return source if isinstance(source, Image.Image) else Image.open(source, formats=FORMATS)
