"""Pictures and bodies that are not what they seem, made here."""

import base64
import io
import struct
import zlib

import numpy as np
from PIL import Image, ImageDraw


def file_of(picture, form="PNG", **options):
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def plain(size=(32, 32), form="PNG", colour=(200, 30, 30), **options):
    return file_of(Image.new("RGB", size, colour), form, **options)


def drawn(form="PNG"):
    """A red disc."""
    picture = Image.new("RGB", (32, 32), (40, 40, 40))
    ImageDraw.Draw(picture).ellipse((8, 8, 24, 24), (214, 48, 40))
    return file_of(picture, form)


def noise(side=64, form="PNG"):
    pixels = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    return file_of(Image.fromarray(pixels), form)


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width, height, data, *extra):
    """A PNG of these declared sizes with these compressed pixels, whatever they hold."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(extra) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


ZEROS = zlib.compress(bytes(30_000_000), 9)
"""Thirty million bytes in thirty thousand."""


def with_size(data, at, width, height, form):
    """A picture file whose header was overwritten with another size."""
    return data[:at] + struct.pack(form, width, height) + data[at + struct.calcsize(form) :]


def jpeg_sized(width, height):
    data = plain(form="JPEG")
    return with_size(data, data.index(b"\xff\xc0") + 5, height, width, ">HH")


PICTURES = {
    "nothing": (b"\0", 422, "not a picture"),
    "words": (b"GIF? no.", 422, "not a picture"),
    "only a signature": (b"\x89PNG\r\n\x1a\n", 422, "picture"),
    "a torn PNG": (noise()[:3000], 422, "damaged"),
    "a torn JPEG": (noise(form="JPEG")[:1500], 422, "damaged"),
    "a torn GIF": (noise(form="GIF")[:1500], 422, "damaged"),
    "a torn WebP": (noise(form="WEBP")[:1500], 422, "picture"),
    "a torn BMP": (noise(form="BMP")[:1500], 422, "damaged"),
    "a PNG of other bytes": (png(32, 32, b"not compressed"), 422, "damaged"),
    "a PNG without pixels": (png(32, 32, b""), 422, "damaged"),
    "a PNG of no size": (png(0, 0, zlib.compress(b"")), 422, "picture"),
    "a bomb: PNG that unpacks to more than the limit": (png(10_000, 1_000, ZEROS), 413, "pixels"),
    "a bomb: PNG of 30,000 x 30,000": (png(30_000, 30_000, ZEROS), 413, "pixels"),
    "a bomb: PNG of 2 ** 31 - 1 a side": (png(2**31 - 1, 2**31 - 1, ZEROS), 413, "pixels"),
    "a bomb: PNG that unpacks to more than it says": (png(8, 8, ZEROS), 422, "mean nothing"),
    "a bomb: compressed words in a PNG": (
        png(8, 8, zlib.compress(bytes(200)), chunk(b"zTXt", b"a\0\0" + ZEROS)),
        422,
        "picture",
    ),
    "a bomb: a colour profile in a PNG": (
        png(8, 8, zlib.compress(bytes(200)), chunk(b"iCCP", b"a\0\0" + ZEROS)),
        422,
        "picture",
    ),
    "a bomb: JPEG of 65,500 x 65,500": (jpeg_sized(65_500, 65_500), 413, "pixels"),
    "a bomb: GIF of 65,535 x 65,535": (with_size(plain(form="GIF"), 6, 65_535, 65_535, "<HH"), 413, "pixels"),
    "a bomb: BMP of 100,000 x 100,000": (with_size(plain(form="BMP"), 18, 100_000, 100_000, "<ii"), 413, "pixels"),
    # Harmless: what is too much in them is never unpacked, and what is left is a picture of one colour.
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>", 422, "not a picture"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n", 422, "not a picture"),
    "TIFF": (plain(form="TIFF"), 422, "not a picture"),
    "PDF": (b"%PDF-1.7\n", 422, "not a picture"),
    "zip": (b"PK\x03\x04" + bytes(60), 422, "not a picture"),
    "a strip": (plain((20_000, 4)), 422, "mean nothing"),
    "one pixel": (plain((1, 1)), 422, "mean nothing"),
    "one colour": (plain(), 422, "mean nothing"),
}
"""Name to (file, status, words of the answer); the service that gets them takes a million pixels."""


def base64_of(data):
    return base64.b64encode(data).decode()
