"""Nearest codes by a structure that looks at a part of them: cells (inverted file) or a graph of neighbours (HNSW), both of faiss.

Short codes collide: items share codes, a graph links equal codes to each other and to nobody else, and whole codes are lost. So a
structure holds every distinct code once, and what it finds is joined with the items that have the code. As many distinct codes as 16
bits can have are all compared, which takes less time than any structure, and so nothing is missed there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import faiss
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hint_train.search.exact import Found

Kind = Literal["flat", "ivf", "hnsw"]
"""How an index is searched: `flat`, which compares all codes, needs no structure."""

FEW = 2**16
"""Up to so many distinct codes are compared one by one."""
LINKS, CANDIDATES_WHEN_BUILT = 32, 100
"""Links of a code in the graph, and how many candidates are looked at to choose them."""
CELLS, VISITED = 4.0, 0.05
"""Cells per square root of the number of codes, and the share of them that a search visits."""


def candidates(k: int) -> int:
    """How many codes are found for `k` answers: the graph needs more to find the right ones, and the last of them tie."""
    return 2 * k + 100


@dataclass(frozen=True, slots=True)
class Approximate:
    """A structure of faiss over distinct codes, and the rows that have each of them.

    Attributes
    ----------
    structure
        `IndexBinaryIVF` or `IndexBinaryHNSW` of u distinct codes in the order of their first rows; `IndexBinaryFlat` of a few.
    rows
        (n,) rows by code, ascending within a code.
    starts
        (u + 1,) where the rows of each code begin.
    """

    structure: Any
    rows: NDArray[np.int64]
    starts: NDArray[np.int64]

    def nearest(self, queries: NDArray[np.uint8], k: int) -> Found:
        """The `k` nearest of the items that the structure finds, by distance, then row; -1 in both where there is none."""
        distances = np.full((len(queries), k), -1, dtype=np.int32)
        rows = np.full((len(queries), k), -1, dtype=np.int64)
        asked = min(candidates(k), len(self.starts) - 1)
        if not asked or not len(queries):
            return distances, rows
        near, codes = self.structure.search(queries, asked, params=self._parameters(asked))
        for i in range(len(queries)):
            # What is missing is labelled -1, with the greatest distance by one structure and the least by the other.
            found = codes[i] >= 0
            distance, row = self._joined(near[i, found], codes[i, found], k)
            distances[i, : len(row)], rows[i, : len(row)] = distance, row
        return distances, rows

    def _joined(self, near: NDArray[np.int32], codes: NDArray[np.int64], k: int) -> Found:
        sizes = self.starts[codes + 1] - self.starts[codes]
        # Codes as far as the one with the k-th item count, too: their rows may come before its own.
        full = int(np.searchsorted(sizes.cumsum(), k))
        last = near[min(full, len(near) - 1)] if len(near) else 0
        kept = int(np.searchsorted(near, last, side="right"))
        parts = [self.rows[self.starts[code] : self.starts[code + 1]] for code in codes[:kept]]
        row = np.concatenate([*parts, np.empty(0, np.int64)])
        distance = np.repeat(near[:kept], sizes[:kept])
        order = np.lexsort((row, distance))[:k]
        return distance[order], row[order]

    def _parameters(self, codes: int) -> Any:
        if isinstance(self.structure, faiss.IndexBinaryHNSW):
            return faiss.SearchParametersHNSW(efSearch=codes)
        if isinstance(self.structure, faiss.IndexBinaryIVF):
            return faiss.SearchParametersIVF(nprobe=max(1, round(VISITED * self.structure.nlist)))
        return None


def build(codes: NDArray[np.uint8], kind: Kind) -> Approximate:
    """Build the structure over the distinct ones of `codes` (n, b), on one thread, so that it is always the same."""
    distinct, rows, starts = _distinct(codes)
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        structure = _empty(kind, 8 * codes.shape[1], len(distinct))
        if len(distinct):
            structure.train(distinct)
            structure.add(distinct)
    finally:
        faiss.omp_set_num_threads(before)
    return Approximate(structure, rows, starts)


def _empty(kind: Kind, bits: int, codes: int) -> Any:
    """The structure for so many distinct codes, before they are added."""
    if codes <= FEW:
        return faiss.IndexBinaryFlat(bits)
    if kind == "hnsw":
        graph = faiss.IndexBinaryHNSW(bits, LINKS)
        graph.hnsw.efConstruction = CANDIDATES_WHEN_BUILT
        return graph
    return faiss.IndexBinaryIVF(faiss.IndexBinaryFlat(bits), bits, round(CELLS * codes**0.5))


def _distinct(codes: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """Distinct codes in the order of their first rows, the rows by code, and where those of each code begin."""
    whole = np.ascontiguousarray(codes).view(f"V{codes.shape[1]}").ravel()
    _, first, inverse, sizes = np.unique(whole, return_index=True, return_inverse=True, return_counts=True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    rows = np.argsort(place[inverse], kind="stable").astype(np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes[order])]).astype(np.int64)
    return np.ascontiguousarray(codes[first[order]]), rows, starts
