"""Pairs that occur twice by value: queries that are in another part of a data set as well."""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

_log = logging.getLogger(__name__)


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


def repeated_pairs(queries: Sequence[bytes], database: Iterable[bytes]) -> tuple[str, ...]:
    """A note where queries of a set in one piece are in its database by value: figures of rows that were seen say little."""
    shared = repeated(queries, database)
    return (f"{repeated_words(shared, len(queries), 'database')}, by value",) if shared else ()


def told(
    name: str,
    image: NDArray[np.float32],
    text: NDArray[np.float32],
    query: NDArray[np.int64],
    retrieval: NDArray[np.int64],
) -> tuple[str, ...]:
    """`repeated_pairs` of the data set `name`, logged as a warning too.

    Rows are what whoever split the set made them, and pairs of few features may well be equal: nothing is refused.
    """
    notes = repeated_pairs(list(digests(image, text, query)), digests(image, text, retrieval))
    for note in notes:
        _log.warning("%s: %s", name, note)
    return notes


def repeated_words(shared: Sequence[int], n_queries: int, part: str) -> str:
    """How many queries are in a part as well, for a message or a note."""
    return f"{len(shared):,} of {n_queries:,} queries are in the {part} part as well, the first is row {shared[0]}"
