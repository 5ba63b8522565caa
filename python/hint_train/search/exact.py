"""Nearest codes by comparing all of them, with the population counts of faiss: no structure, no copy, files mapped into memory."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import faiss
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

Found = tuple["NDArray[np.int32]", "NDArray[np.int64]"]
"""Distances and rows, (q, k) each, nearest first; -1 in both where there is no neighbour."""

_BLOCK = 2**27
"""Pairs of codes compared between two moments at which Ctrl-C is heard: a third of a second at 128 bits on one thread."""


def nearest(codes: NDArray[np.uint8], queries: NDArray[np.uint8], k: int) -> Found:
    """The `k` codes nearest to each query by Hamming distance; of equal distances the earlier row.

    faiss compares the codes in the order of their rows and lets none push out one that is as near, so that the order is the
    stated one for any number of threads.

    Parameters
    ----------
    codes, queries
        (n, b) and (q, b) packed codes.
    """
    distances = np.full((len(queries), k), -1, dtype=np.int32)
    rows = np.full((len(queries), k), -1, dtype=np.int64)
    there = min(k, len(codes))
    for part in _blocks(len(queries), len(codes)) if there else ():
        distances[part, :there], rows[part, :there] = faiss.knn_hamming(queries[part], codes, there)
    return distances, rows


def within_radius(codes: NDArray[np.uint8], queries: NDArray[np.uint8], radius: int) -> Found:
    """All codes at a distance of at most `radius`, in the order of `nearest`, as many columns as the longest answer has."""
    answers: list[Found] = []
    for part in _blocks(len(queries), len(codes)):
        answers += _ranges(codes, queries[part], radius)
    width = max((len(rows) for _, rows in answers), default=0)
    distances = np.full((len(queries), width), -1, dtype=np.int32)
    rows = np.full((len(queries), width), -1, dtype=np.int64)
    for i, (near, where) in enumerate(answers):
        order = np.lexsort((where, near))
        distances[i, : len(order)], rows[i, : len(order)] = near[order], where[order]
    return distances, rows


def _ranges(codes: NDArray[np.uint8], queries: NDArray[np.uint8], radius: int) -> list[Found]:
    result = faiss.RangeSearchResult(len(queries))
    faiss.hamming_range_search(
        faiss.swig_ptr(queries),
        faiss.swig_ptr(codes),
        len(queries),
        len(codes),
        radius + 1,  # faiss leaves out the radius itself
        codes.shape[1],
        result,
    )
    ends = faiss.rev_swig_ptr(result.lims, len(queries) + 1).astype(np.int64)
    total = int(ends[-1])
    if not total:
        return [(np.empty(0, np.int32), np.empty(0, np.int64))] * len(queries)
    near = faiss.rev_swig_ptr(result.distances, total).astype(np.int32)
    where = faiss.rev_swig_ptr(result.labels, total).astype(np.int64)
    return [(near[a:b], where[a:b]) for a, b in pairwise(ends.tolist())]


def _blocks(queries: int, codes: int) -> Iterator[slice]:
    size = max(1, _BLOCK // max(codes, 1))
    for start in range(0, queries, size):
        yield slice(start, min(start + size, queries))
