"""Approximate nearest neighbours of every row by cosine: an inverted file of short codes, whose best are compared again (faiss).

`knn` compares all n^2 pairs. Here 3 sqrt(n) cells are made by k-means along the principal axes, a row meets the rows of the nearest
cells alone, as codes of two bits a number (product quantisation, scanned in registers: Andre, Kermarrec, Le Scouarnec, VLDB 2015),
and the best of these as float16. Rows of a cell are searched one after the other, so that what they meet lies in a cache. Distances
are left to `knn`: beside one row far away the codes tell no others apart. Sample, cells and codes are made on one thread by one
process and every row is searched by itself, so that nothing depends on the number of threads or processes.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from hint_train.errors import DataError
from hint_train.ranks import current
from hint_train.structure.inverted import Share, best_of
from hint_train.structure.progress import told
from hint_train.structure.tiles import unit_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hint_train.ranks import Ranks
    from hint_train.structure.tiles import Rows

_BLOCK_ROWS = 1024
"""Rows between two looks at Ctrl-C: a tenth of a second."""
_PROBE, _NEAR_IN_A_CELL, _NUMBERS_PROBED = 20, 25, 3072
"""Cells that a row looks into, one more for so many neighbours, or as many as have so many numbers: short codes are scanned at little cost."""
_AXES, _MOST_NUMBERS = 192, 1024
"""Numbers of a row, along its principal axes, that say which cells are near; these axes are not sought among more numbers."""
_PER_CODE = 2
"""Numbers of a row that four bits stand for."""
_COMPARED, _LEAST_COMPARED = 1.3, 64
"""So many candidates for each neighbour are compared again, and for few neighbours so many in all."""
_NUMBERS_COMPARED = 8192
"""Or as many candidates as have so many numbers: codes of few numbers say little, and comparing them costs little."""
_SAMPLE_PER_CELL, _LEAST_SAMPLE = 32, 8192


def nearest_approximately(features: Rows, k: int, seed: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Nearly what `knn.nearest` returns: rows outside the cells looked into are missed, similarities are off by up to 0.001.

    Parameters
    ----------
    features
        (n, d) float32, finite; read block by block. Each process of a run reads its share of the rows alone, twice.
        What is held of a row of the share: 2 d bytes of float16, d / 4 of codes, 16 of numbers.
    k
        Neighbours per row, 1 to n - 1.
    seed
        Of the sample and of k-means, in [0, 2^31).

    Returns
    -------
    index, similarity
        (n, k), in every process; best first, of equal similarity the smaller row first. Rows that are equal have similarity 1.

    Raises
    ------
    DataError
        `k` is out of range.
    """
    import faiss  # here: a run that compares all pairs starts without it

    n, ranks = len(features), current()
    if not 1 <= k <= n - 1:
        raise DataError(f"cannot find {k} neighbours of each of {n} rows: there are {n - 1} others")
    with _one_thread(faiss):
        own = _of_own_rows(faiss, _Prepared(features), k, seed, ranks)
    found = (ranks.all_rows(torch.from_numpy(x), n, _BLOCK_ROWS).numpy() for x in own)
    return next(found), next(found)


def _of_own_rows(
    faiss: Any, rows: _Prepared, k: int, seed: int, ranks: Ranks
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Neighbours and similarities of the rows of this process, which holds these alone: (r, k)."""
    n = len(rows)
    first, last, _ = ranks.rows(n, _BLOCK_ROWS).indices(n)
    sample = rows.sample(min(n, max(_LEAST_SAMPLE, _SAMPLE_PER_CELL * _number_of_cells(n))), seed, ranks)
    cells = _shared(faiss, _cells(faiss, sample, n, k, seed) if ranks.first else None, ranks)
    del sample
    share = Share(faiss, cells, ranks, first, last - first, _BLOCK_ROWS)
    for block in told(rows.blocks(first, last), "cells of rows"):
        share.add(rows[block])
    share.close()
    index, value = np.empty((last - first, k), dtype=np.int32), np.empty((last - first, k), dtype=np.float32)
    count = _candidates(k, cells.d)
    for turn in told(rows.blocks(0, ranks.rows(n, _BLOCK_ROWS, rank=0).stop), "neighbours"):
        here, these = share.questions(turn)  # none where others have more
        column, product = share.candidates(these, count, k + 1)
        product[column == first + here[:, None]] = -np.inf
        index[here], score = best_of(column, product, k)
        value[here] = _alike(score, these)
    return index, value


class _Prepared:
    """Rows of unit length or 0, rounded to float16. An even number of columns."""

    def __init__(self, features: Rows) -> None:
        self._features = features

    def __len__(self) -> int:
        return len(self._features)

    def blocks(self, first: int, last: int) -> list[slice]:
        """The rows from `first` to `last` in blocks."""
        return [slice(i, min(i + _BLOCK_ROWS, last)) for i in range(first, last, _BLOCK_ROWS)]

    def __getitem__(self, block: slice) -> NDArray[np.float32]:
        """Rows of a slice."""
        return self._of(block, slice(None))

    def _of(self, block: slice, which: NDArray[np.int64] | slice) -> NDArray[np.float32]:
        """Rows of a slice that `which` says."""
        found = unit_rows(torch.as_tensor(self._features[block])[which].cpu()).numpy()
        return np.pad(found.astype(np.float16).astype(np.float32), ((0, 0), (0, found.shape[1] % 2)))

    def sample(self, size: int, seed: int, ranks: Ranks) -> NDArray[np.float32]:
        """So many rows, drawn by `seed`; each process reads those of its share."""
        n = len(self)
        chosen = np.sort(np.random.default_rng(seed).choice(n, size, replace=False))
        shares = [ranks.rows(n, _BLOCK_ROWS, rank=i) for i in range(ranks.size)]
        drawn = np.split(chosen, np.searchsorted(chosen, [share.start for share in shares[1:]]))
        mine = shares[ranks.rank]
        blocks = self.blocks(mine.start, mine.stop)
        own = []
        for block in blocks:
            start, stop = np.searchsorted(drawn[ranks.rank], (block.start, block.stop))
            own.append(self._of(block, drawn[ranks.rank][start:stop] - block.start))
        padded = np.zeros((max(map(len, drawn)), self[0:1].shape[1]), dtype=np.float32)
        filled = np.concatenate([padded[:0], *own])
        padded[: len(filled)] = filled
        found = ranks.collected(torch.from_numpy(padded)).numpy()
        return np.concatenate([rows[: len(those)] for rows, those in zip(found, drawn, strict=True)])


def _alike(score: NDArray[np.float32], rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Similarities of `rows` (b, d) with rows whose products with them are `score` (b, k)."""
    squares = np.square(rows, dtype=np.float64).sum(1, keepdims=True)  # not quite 1 after rounding
    return np.asarray(np.minimum(score / np.maximum(squares, np.finfo(np.float32).tiny), 1), dtype=np.float32)


def _number_of_cells(n: int) -> int:
    return round(3 * math.sqrt(n))


def _cells(faiss: Any, sample: NDArray[np.float32], n: int, k: int, seed: int) -> Any:
    """An inverted file of codes for `n` rows and questions for `k` of them that is trained and empty."""
    n_cells = _number_of_cells(n)
    d = sample.shape[1]
    centres = _centres(faiss, sample, n_cells, seed)
    cells = faiss.IndexIVFPQFastScan(centres, d, n_cells, d // _PER_CODE, 4, faiss.METRIC_INNER_PRODUCT)
    cells.nprobe = min(max(_PROBE + k // _NEAR_IN_A_CELL, _NUMBERS_PROBED // d), n_cells)
    cells.pq.cp.niter, cells.pq.cp.min_points_per_centroid = 8, 1
    cells.train(sample)
    return cells


def _centres(faiss: Any, sample: NDArray[np.float32], n_cells: int, seed: int) -> Any:
    """What finds the nearest of `n_cells` centres, along the first principal axes of the rows."""
    d = sample.shape[1]
    if not _AXES < d <= _MOST_NUMBERS:
        return _clustered(faiss, sample, n_cells, seed)
    axes = faiss.PCAMatrix(d, _AXES)
    axes.train(sample)
    return faiss.IndexPreTransform(axes, _clustered(faiss, axes.apply(sample), n_cells, seed))


def _clustered(faiss: Any, sample: NDArray[np.float32], n_cells: int, seed: int) -> Any:
    """Centres of length 1 by k-means."""
    centres, clustering = faiss.IndexFlatIP(sample.shape[1]), faiss.Clustering(sample.shape[1], n_cells)
    clustering.niter, clustering.min_points_per_centroid, clustering.spherical, clustering.seed = 6, 1, True, seed
    clustering.train(sample, centres)
    return centres


def _shared(faiss: Any, cells: Any, ranks: Ranks) -> Any:
    """The cells of the first process, in each of them: two kinds of machines do not make the same."""
    if ranks.size == 1:
        return cells
    data = faiss.serialize_index(cells).tobytes() if ranks.first else b""
    return faiss.deserialize_index(np.frombuffer(ranks.from_first(data), dtype=np.uint8))


def _candidates(k: int, d: int) -> int:
    """How many candidates of a row are compared again."""
    factor = max(_COMPARED, max(_LEAST_COMPARED, _NUMBERS_COMPARED / d) / (k + 1))
    return int(np.float32(k + 1) * np.float32(factor))  # as faiss rounds


@contextmanager
def _one_thread(faiss: Any) -> Iterator[None]:
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
