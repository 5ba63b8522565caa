"""Codes in the form that an engine's client takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hint_train.errors import ConfigError, DataError
from hint_train.export.conventions import CONVENTIONS, Convention

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hint_train.export.conventions import Form

    Exported = NDArray[np.uint8] | NDArray[np.int8] | list[bytes] | list[str] | list[list[int]]

_REVERSED = np.packbits(
    np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little"), axis=1
).ravel()
"""Each byte with its bits the other way round."""
_PACKED_BIT = b"\x10\x00"
"""Head of a BSON vector of bits: its type, and no bit of the last byte to ignore."""


def convention_of(engine: str) -> Convention:
    """The convention of an engine, or a `ConfigError` that names those that have one."""
    if engine not in CONVENTIONS:
        raise ConfigError(f"unknown engine {engine!r}; expected one of {', '.join(CONVENTIONS)}")
    return CONVENTIONS[engine]


def checked_codes(codes: object, bits: int | None) -> tuple[NDArray[np.uint8], int]:
    """`codes` and their length in bits, or a `DataError`: of another shape or type, or a bit that is set behind the last one."""
    if not isinstance(codes, np.ndarray) or codes.ndim != 2 or codes.dtype != np.uint8 or codes.shape[1] == 0:
        found = f"{codes.dtype} {codes.shape}" if isinstance(codes, np.ndarray) else type(codes).__name__
        raise DataError(f"codes must be a uint8 array of shape (n, ceil(bits / 8)), got {found}")
    bits = 8 * codes.shape[1] if bits is None else bits
    if codes.shape[1] != -(-bits // 8):
        raise DataError(f"codes of {bits} bits must have {-(-bits // 8)} bytes, got {codes.shape[1]}")
    beyond = codes[:, -1] >> (bits % 8 or 8)
    if beyond.any():
        row = int(np.flatnonzero(beyond)[0])
        raise DataError(
            f"codes of {bits} bits: row {row} has a bit set beyond the last one; it would count as a difference"
        )
    return codes, bits


def export_codes(codes: NDArray[np.uint8], *, to: str, bits: int | None = None) -> Exported:
    """Packed codes as an engine's client takes them.

    Queries and database must be exported alike. Codes whose length is no multiple of what the engine asks for end in zeros there:
    both sides have them, so no Hamming distance changes.

    Parameters
    ----------
    codes
        (n, ceil(bits / 8)) uint8 as `SavedRun.encode` returns them: bit j is bit j mod 8 of byte j // 8.
    to
        The engine: a name in `hint_train.export.conventions.CONVENTIONS`.
    bits
        Code length; 8 times the number of bytes where not given.

    Returns
    -------
    exported
        | faiss, usearch, numpy, sentence-transformers: (n, bytes) uint8
        | sentence-transformers-binary: (n, bytes) int8
        | sqlite-vec, duckdb, milvus: list of bytes; mongodb: the same, for `bson.Binary(code, 9)`
        | pgvector: list of strings of 0 and 1
        | elasticsearch, opensearch, vespa: list of lists of integers from -128 to 127

    Raises
    ------
    ConfigError
        The engine is unknown.
    DataError
        The codes are not as above, or have a bit set beyond the last one.

    Examples
    --------
    >>> codes = np.array([[0b00000001, 0b00001000]], dtype=np.uint8)  # bits 0 and 11 of 12
    >>> export_codes(codes, to="pgvector", bits=12)
    ['100000000001']
    >>> export_codes(codes, to="elasticsearch", bits=12)
    [[-128, 16]]
    >>> export_codes(codes, to="sentence-transformers-binary", bits=12)
    array([[   0, -112]], dtype=int8)
    """
    convention = convention_of(to)
    codes, bits = checked_codes(codes, bits)
    if convention.first == "most":
        codes = _REVERSED[codes]
    return _FORMS[convention.form](codes, convention.width(bits))


def _offset(codes: NDArray[np.uint8], _: int) -> NDArray[np.int8]:
    return (codes ^ 0x80).view(np.int8)


def _strings(codes: NDArray[np.uint8], width: int) -> list[str]:
    digits = np.unpackbits(codes, axis=1, count=width) + ord("0")
    return [row.tobytes().decode("ascii") for row in digits]


def _bytes(codes: NDArray[np.uint8], _: int) -> list[bytes]:
    return [row.tobytes() for row in codes]


def _bson(codes: NDArray[np.uint8], width: int) -> list[bytes]:
    return [_PACKED_BIT + code for code in _bytes(codes, width)]


def _integers(codes: NDArray[np.uint8], _: int) -> list[list[int]]:
    return [[int(byte) for byte in row] for row in codes.view(np.int8).tolist()]


_FORMS: dict[Form, Callable[[NDArray[np.uint8], int], Exported]] = {
    "uint8 array": lambda codes, _: codes,
    "int8 array": _offset,
    "bytes": _bytes,
    "integers": _integers,
    "bit string": _strings,
    "BSON vector": _bson,
}
