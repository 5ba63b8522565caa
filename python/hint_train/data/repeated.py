"""Pairs that occur twice by value: queries that are in another part of a data set as well."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray


def digests(
    image: NDArray[np.float32], text: NDArray[np.float32], rows: NDArray[np.int64] | None = None
) -> Iterator[bytes]:
    """128 bits of every pair, or of those at `rows`; they stand for the pair, as equal ones are equal for all practical purposes."""
    for row in range(len(image)) if rows is None else rows:
        digest = hashlib.blake2b(image[row].tobytes(), digest_size=16)
        digest.update(text[row].tobytes())
        yield digest.digest()


def repeated(queries: Sequence[bytes], others: Iterable[bytes]) -> list[int]:
    """Numbers of the queries whose digest is among those of other rows."""
    wanted = set(queries)
    there = {digest for digest in others if digest in wanted}  # others may be many more, and are seen one by one
    return [row for row, digest in enumerate(queries) if digest in there]


def repeated_words(shared: Sequence[int], n_queries: int, part: str) -> str:
    """How many queries are in a part as well, for a message or a note."""
    return f"{len(shared):,} of {n_queries:,} queries are in the {part} part as well, the first is row {shared[0]}"
