"""Structures of faiss as bytes and as files."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import faiss

from hint_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hint_train.search.approximate import Kind

_CLASSES = {"ivf": "IndexBinaryIVF", "hnsw": "IndexBinaryHNSW"}
_FEW = "IndexBinaryFlat"


def structure_bytes(structure: Any) -> bytes:
    """A structure as faiss writes it."""
    return bytes(faiss.serialize_index_binary(structure))


def read_structure(path: Path, kind: Kind, bits: int, codes: int) -> Any:
    """A structure of `codes` codes of `bits` bits, mapped into memory where faiss can.

    Raises
    ------
    DataError
        It is none, or another one.
    """
    try:
        with _vectors_of_at_most(path.stat().st_size):
            found = faiss.read_index_binary(str(path), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise DataError(f"{path}: not a readable structure of faiss") from error
    if type(found).__name__ not in (_CLASSES[kind], _FEW) or found.d != bits or found.ntotal != codes:
        raise DataError(f"{path}: expected {_CLASSES[kind]} or {_FEW} of {codes} codes of {bits} bits")
    return found


@contextlib.contextmanager
def _vectors_of_at_most(length: int) -> Iterator[None]:
    """Let faiss refuse a file that asks for more memory than it is long; its versions before 1.14 cannot."""
    if not hasattr(faiss, "set_deserialization_vector_byte_limit"):
        yield
        return
    before = faiss.get_deserialization_vector_byte_limit()
    faiss.set_deserialization_vector_byte_limit(length)
    try:
        yield
    finally:
        faiss.set_deserialization_vector_byte_limit(before)
