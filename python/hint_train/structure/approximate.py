"""Approximate nearest neighbours of every row by cosine: an inverted file of short codes, whose best are compared again (faiss).

`knn` compares all n^2 pairs. Here 3 sqrt(n) cells are made by k-means, a row meets the rows of the nearest cells alone, as codes of
two bits a number (product quantisation, scanned in registers: Andre, Kermarrec, Le Scouarnec, VLDB 2015), and the best of these as
float16. Distances are left to `knn`: beside one row far away the codes tell no others apart. Sample, cells and codes are made on one thread and every row is searched by itself, so that nothing depends on the number of
threads.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from hint_train.errors import DataError
from hint_train.ranks import current
from hint_train.structure.knn import unit_rows
from hint_train.structure.progress import told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hint_train.structure.knn import Rows

_BLOCK_ROWS = 1024
"""Rows between two looks at Ctrl-C: a tenth of a second."""
_PROBE = 24
"""Cells that a row looks into."""
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
        (n, d) float32, finite; read block by block, three times, of the last each process of a run its share. What is held of a row: 2 d bytes of float16, d / 4 of codes.
    k
        Neighbours per row, 1 to n - 1.
    seed
        Of the sample and of k-means, in [0, 2^31).

    Returns
    -------
    index, similarity
        (n, k), best first; of the neighbours found those of equal similarity by the smaller row. Rows that are equal have similarity 1.

    Raises
    ------
    DataError
        `k` is out of range.
    """
    import faiss  # here: a run that compares all pairs starts without it

    n = len(features)
    if not 1 <= k <= n - 1:
        raise DataError(f"cannot find {k} neighbours of each of {n} rows: there are {n - 1} others")
    rows = _Prepared(features)
    with _one_thread(faiss):
        cells, exact = _indexes(faiss, rows, n, seed)
        for block in told(rows.blocks, "cells of rows"):
            these = rows[block]
            cells.add(these)
            exact.add(these)
    ranks = current()
    first, last, _ = ranks.rows(n, _BLOCK_ROWS).indices(n)
    index, value = np.empty((last - first, k), dtype=np.int32), np.empty((last - first, k), dtype=np.float32)
    for block in told([block for block in rows.blocks if first <= block.start < last], "neighbours"):
        these, here = rows[block], slice(block.start - first, block.stop - first)
        index[here], score = _search(faiss, cells, exact, these, k, block.start)
        value[here] = _alike(score, these)
    found = (ranks.all_rows(torch.from_numpy(x), n, _BLOCK_ROWS).numpy() for x in (index, value))
    return next(found), next(found)


class _Prepared:
    """Rows of unit length or 0, rounded to float16. An even number of columns."""

    def __init__(self, features: Rows) -> None:
        self._features = features
        self.blocks = [slice(i, min(i + _BLOCK_ROWS, len(features))) for i in range(0, len(features), _BLOCK_ROWS)]

    def __getitem__(self, block: slice) -> NDArray[np.float32]:
        """Rows of a slice."""
        found = unit_rows(torch.as_tensor(self._features[block]).cpu()).numpy()
        return np.pad(found.astype(np.float16).astype(np.float32), ((0, 0), (0, found.shape[1] % 2)))

    def sample(self, size: int, seed: int) -> NDArray[np.float32]:
        """So many rows, drawn by `seed`."""
        chosen = np.sort(np.random.default_rng(seed).choice(len(self._features), size, replace=False))
        starts = np.searchsorted(chosen, [block.start for block in self.blocks])
        parts = np.split(chosen, starts[1:])
        return np.concatenate(
            [self[block][part - block.start] for block, part in zip(self.blocks, parts, strict=True) if len(part)]
        )


def _alike(score: NDArray[np.float32], rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Similarities of `rows` (b, d) with rows whose products with them are `score` (b, k)."""
    squares = np.square(rows, dtype=np.float64).sum(1, keepdims=True)  # not quite 1 after rounding
    return np.asarray(np.minimum(score / np.maximum(squares, np.finfo(np.float32).tiny), 1), dtype=np.float32)


def _indexes(faiss: Any, rows: _Prepared, n: int, seed: int) -> tuple[Any, Any]:
    """An inverted file of codes that is trained and empty, and an empty list of float16 rows."""
    n_cells = round(3 * n**0.5)
    sample = rows.sample(min(n, max(_LEAST_SAMPLE, _SAMPLE_PER_CELL * n_cells)), seed)
    d = sample.shape[1]
    metric = faiss.METRIC_INNER_PRODUCT
    cells = faiss.IndexIVFPQFastScan(faiss.IndexFlatIP(d), d, n_cells, d // _PER_CODE, 4, metric)
    cells.nprobe = min(_PROBE, n_cells)
    for clustering, steps in ((cells.cp, 6), (cells.pq.cp, 8)):
        clustering.niter, clustering.min_points_per_centroid = steps, 1
    cells.cp.seed = seed
    cells.train(sample)
    return cells, faiss.IndexScalarQuantizer(d, faiss.ScalarQuantizer.QT_fp16, metric)


def _search(
    faiss: Any, cells: Any, exact: Any, rows: NDArray[np.float32], k: int, first: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The `k` best of `rows`, which begin at row `first`, without themselves: columns and products (b, k).

    A row that meets too few others in its cells meets all.
    """
    refined = faiss.IndexRefine(cells, exact)
    refined.k_factor = max(_COMPARED, max(_LEAST_COMPARED, _NUMBERS_COMPARED / rows.shape[1]) / (k + 1))
    score, column = refined.search(rows, k + 1)
    short = column[:, -1] < 0
    if short.any():
        score[short], column[short] = exact.search(rows[short], k + 1)
    own = column == np.arange(first, first + len(rows))[:, None]
    own[~own.any(axis=1), -1] = True  # so many rows equal it that it is not among them
    column, score = (x[~own].reshape(len(rows), k) for x in (column, score))
    order = np.lexsort((column, -score), axis=1)
    return np.take_along_axis(column, order, axis=1), np.take_along_axis(score, order, axis=1)


@contextmanager
def _one_thread(faiss: Any) -> Iterator[None]:
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
