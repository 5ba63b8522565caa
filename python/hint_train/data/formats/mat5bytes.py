"""Bytes of MATLAB's version 5 files: tags, small elements, deflated elements."""

from __future__ import annotations

import struct
import zlib
from typing import IO, TYPE_CHECKING, ClassVar, Protocol

import numpy as np

from hint_train.data.formats.stored import MAX_DEFLATE
from hint_train.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

COMPRESSED, MATRIX = 15, 14
NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
"""Type number of an element to NumPy's name of it."""
_CHUNK = 2**18


class Source(Protocol):
    """Bytes of one element."""

    def read(self, n: int) -> bytes:
        """The next `n` bytes, or EOFError."""


class Plain:
    """The next `length` bytes of a file."""

    def __init__(self, stream: IO[bytes], length: int) -> None:
        self._stream = stream
        self._left = length

    def read(self, n: int) -> bytes:
        """The next `n` bytes."""
        if n > self._left:
            raise EOFError(f"{n:,} bytes declared, {self._left:,} left in the element")
        self._left -= n
        taken = self._stream.read(n)
        if len(taken) != n:
            raise EOFError(f"{n:,} bytes declared, {len(taken):,} left in the file")
        return taken


class Deflated:
    """The next `length` bytes of a file, inflated as they are asked for and never further."""

    MAX_RATIO: ClassVar[int] = MAX_DEFLATE

    def __init__(self, stream: IO[bytes], length: int) -> None:
        self._source = Plain(stream, length)
        self._left = length
        self._most = length * MAX_DEFLATE
        self._inflate = zlib.decompressobj()

    def read(self, n: int) -> bytes:
        """The next `n` bytes after inflation."""
        if n > self._most:
            raise EOFError(f"{n:,} bytes declared, more than the element can hold")
        parts: list[bytes] = []
        while n:
            waiting = self._inflate.unconsumed_tail
            if not waiting and self._left:
                size = min(_CHUNK, self._left)
                waiting = self._source.read(size)
                self._left -= size
            part = self._inflate.decompress(waiting, n)
            if not part and not self._left and not self._inflate.unconsumed_tail:
                raise EOFError(f"{n:,} more bytes declared after the last one")
            parts.append(part)
            n -= len(part)
        return b"".join(parts)


def byte_order(path: Path, stream: IO[bytes]) -> str:
    """`<` or `>` after the header of 128 bytes, which is consumed.

    Raises
    ------
    DataError
        The file has no such header.
    """
    stream.seek(0)
    header = stream.read(128)
    if header.startswith(b"# Created by Octave"):
        raise DataError(f"{path}: is Octave's own text, which it saves without an option; write it anew with save -v7")
    order = {b"IM": "<", b"MI": ">"}.get(header[126:128])
    if len(header) < 128 or order is None or struct.unpack(order + "H", header[124:126])[0] != 0x0100:
        raise DataError(
            f"{path}: not a MATLAB file of version 5 or 7.3; a file of version 4 is written anew with save -v7"
        )
    return order


def read_tag(source: Source, order: str) -> tuple[int, bytes | None, int]:
    """Type, the data where it stands inside the tag, and the number of bytes of an element."""
    raw = source.read(8)
    number, length = struct.unpack(order + "II", raw)
    if number >> 16:
        number, length = number & 0xFFFF, number >> 16
        if length > 4:
            raise EOFError(f"a small element declares {length} bytes")
        return number, raw[4 : 4 + length], length
    return number, None, length


def align(length: int) -> int:
    """Bytes from the end of an element of `length` bytes to the next one."""
    return -length % 8


def small_element(source: Source, order: str, most: int) -> NDArray[np.uint8]:
    """Bytes of the next element, which may not be longer than `most`, without its padding."""
    _, immediate, length = read_tag(source, order)
    if immediate is not None:
        return np.frombuffer(immediate, np.uint8)
    if length > most:
        raise EOFError(f"an element declares {length:,} bytes; expected at most {most:,}")
    return np.frombuffer(source.read(length + align(length)), np.uint8)[:length]


def small_integers(source: Source, order: str, most: int) -> NDArray[np.int32]:
    """The next element as int32; see `small_element`."""
    raw = small_element(source, order, most)
    if len(raw) % 4:
        raise EOFError(f"{len(raw)} bytes of 32-bit integers")
    return raw.view(order + "i4")
