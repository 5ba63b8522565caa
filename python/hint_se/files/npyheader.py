"""Headers of arrays in the npy format, matched by their pattern.

Accepted is what NumPy writes, and every other header is a ValueError. NumPy's own reader evaluates headers as Python literals,
which lets other errors and warnings out. The array itself is left to the caller.
"""

from __future__ import annotations

import re
from typing import IO, NamedTuple

__all__ = ["NpyHeader", "read_npy_header"]

_MAGIC = b"\x93NUMPY"
# Bytes of the length that stands before the header.
_LENGTHS = {(1, 0): 2, (2, 0): 4}
_LONGEST = 10_000
_PATTERN = re.compile(
    rb"\{'descr': ?'(?P<descr>[<>|=]?[bBiufcSUOVMm]\d{0,9})', 'fortran_order': ?(?P<fortran>True|False), "
    rb"'shape': ?\((?P<shape>(?:\d{1,18}, ?){0,8}(?:\d{1,18})?)\),? ?\} *\n?"
)


class NpyHeader(NamedTuple):
    """What a header claims; nothing about it is true yet."""

    descr: str
    fortran: bool
    shape: tuple[int, ...]


def read_npy_header(stream: IO[bytes]) -> NpyHeader:
    """Return the header at the front of a stream, which is left where the array begins; ValueError if there is none."""
    start = stream.read(len(_MAGIC) + 2)
    width = _LENGTHS.get(tuple(start[len(_MAGIC) :])) if start.startswith(_MAGIC) else None  # type: ignore[arg-type]
    if width is None:
        raise ValueError(f"expected an array in version 1 or 2 of the npy format, got {start!r}")
    length = int.from_bytes(stream.read(width), "little")
    text = stream.read(min(length, _LONGEST))
    found = _PATTERN.fullmatch(text)
    if found is None or len(text) < length:
        raise ValueError(f"expected the header of a flat dtype, as NumPy writes it, got {text[:80]!r}")
    shape = tuple(int(extent) for extent in found["shape"].split(b",") if extent.strip())
    return NpyHeader(found["descr"].decode("ascii"), found["fortran"] == b"True", shape)
