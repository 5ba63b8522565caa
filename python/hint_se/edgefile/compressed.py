"""Compressed files as the bytes inside: gzip, bzip2, xz and Zstandard, known by their first bytes."""

from __future__ import annotations

import bz2
import gzip
import importlib
import io
import lzma
import re
import zlib
from typing import Any

from hint_se.errors import GraphError

__all__ = ["SUFFIXES", "unpacked"]

#: What stands behind the suffix of the format inside.
SUFFIXES = (".gz", ".bz2", ".xz", ".zst")
# Of bzip2 BZ and h could begin a name; the number of a block and its own mark follow.
_KINDS = (
    (re.compile(rb"\x1f\x8b"), "gzip"),
    (re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)"), "bzip2"),
    (re.compile(rb"\xfd7zXZ\x00"), "xz"),
    (re.compile(rb"\x28\xb5\x2f\xfd"), "Zstandard"),
)
_BUFFER = 2**18
# In the standard library from Python 3.14, and the same module for older ones.
_ZSTANDARD = ("compression.zstd", "backports.zstd")


def unpacked(file: io.BufferedReader, where: str) -> io.BufferedReader:
    """Return the bytes that a file holds packed, as a stream; the file itself where it is not compressed.

    Raises
    ------
    GraphError
        While it is read, if the packed data are damaged; at once, if Python has no Zstandard here.
    """
    head = file.peek(10)
    for magic, kind in _KINDS:
        if magic.match(head):
            return io.BufferedReader(_Unpacked(_open(kind, file, where), kind, where), _BUFFER)
    return file


class _Unpacked(io.RawIOBase):
    """What a stream unpacks, with one class of error for all that can be wrong with it."""

    def __init__(self, stream: Any, kind: str, where: str) -> None:
        self._stream, self._kind, self._where = stream, kind, where

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        try:
            data = self._stream.read(len(view))
        except (EOFError, zlib.error, lzma.LZMAError) as error:
            raise self._broken(error) from error
        except OSError as error:
            # One with a number comes from the system: the disk, not the data.
            if error.errno is not None:
                raise
            raise self._broken(error) from error
        except Exception as error:
            if type(error).__name__ != "ZstdError":
                raise
            raise self._broken(error) from error
        view[: len(data)] = data
        return len(data)

    def _broken(self, error: Exception) -> GraphError:
        return GraphError(f"{self._where}: expected {self._kind} data: {error}")


def _open(kind: str, file: io.BufferedReader, where: str) -> Any:
    if kind == "gzip":
        return gzip.GzipFile(fileobj=file)
    if kind == "bzip2":
        return bz2.BZ2File(file)
    if kind == "xz":
        return lzma.LZMAFile(file)
    for name in _ZSTANDARD:
        try:
            return importlib.import_module(name).ZstdFile(file)
        except ImportError:
            continue
    raise GraphError(
        f"{where}: expected backports.zstd for a file in Zstandard, got none: pip install backports.zstd, or zstd -d"
    )
