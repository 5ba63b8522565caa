"""Approximate nearest neighbours: rows are sorted into cells around centres, and a row meets those of the nearest cells alone.

The inverted file of faiss. `knn` compares all n^2 pairs of rows, this a share `probe` of them after n^1.5
steps for the centres; it pays from some ten thousand rows on. Centres are found by seeded k-means on one thread, so that nothing
depends on the number of threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from hint_train.errors import DataError
from hint_train.ranks import current
from hint_train.structure.knn import power_below, unit_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hint_train.structure.knn import Rows, Similarity

_BLOCK_ROWS = 4096
_ROWS_PER_CENTRE = 64
"""Most rows that k-means sees per centre; more do not move the centres by enough to matter."""


def nearest_in_cells(
    features: Rows, k: int, similarity: Similarity, probe: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Up to rounding what `knn.nearest` returns, less the neighbours that lie outside the cells looked into.

    There are 4 sqrt(n) cells. A row that meets fewer than `k` others in its cells meets all. Each process of a run has the whole
    index and asks for its share of the rows.

    Parameters
    ----------
    features
        (n, d) float32, finite; read block by block. The index holds a copy.
    k
        Neighbours per row, 1 to n - 1.
    probe
        Share of the cells that a row looks into, in (0, 1]; 1 is exact.
    seed
        Of k-means, in [0, 2^31).

    Returns
    -------
    index, similarity
        (n, k), best first; of the neighbours found those of equal similarity by the smaller row.

    Raises
    ------
    DataError
        `k` is out of range.
    """
    import faiss  # here: a run that compares all pairs starts without it

    n, d = len(features), len(features[:1][0])
    if not 1 <= k <= n - 1:
        raise DataError(f"cannot find {k} neighbours of each of {n} rows: there are {n - 1} others")
    rows = _Prepared(features, similarity)
    n_cells = min(n, round(4 * n**0.5))
    quantiser = faiss.IndexFlatL2(d)
    quantiser.add(_centres(faiss, rows, n_cells, seed))
    metric = {"cosine": faiss.METRIC_INNER_PRODUCT, "l2": faiss.METRIC_L2, "l1": faiss.METRIC_L1}[similarity]
    index = faiss.IndexIVFFlat(quantiser, d, n_cells, metric)
    for block in rows.blocks():
        index.add(block)
    ranks = current()
    own, n_probe = ranks.rows(n, _BLOCK_ROWS), max(1, round(probe * n_cells))
    nothing = np.empty((0, k + 1), dtype=np.int64), np.empty((0, k + 1), dtype=np.float32)
    found = [nothing, *(_search(index, block, k + 1, n_probe) for block in rows.blocks(own))]
    parts = (torch.from_numpy(np.concatenate(x)) for x in zip(*found, strict=True))
    column, value = _without_self(*(ranks.all_rows(x, n, _BLOCK_ROWS).numpy() for x in parts))
    alike = (
        value if similarity == "cosine" else 1 / (1 + (np.sqrt(value) if similarity == "l2" else value) * rows.scale)
    )
    order = np.lexsort((column, -alike), axis=1)
    return np.take_along_axis(column, order, axis=1), np.take_along_axis(alike, order, axis=1).astype(np.float32)


class _Prepared:
    """Rows as they are compared: of unit length or 0 for cosines, else centred, so that distances keep their digits.

    For distances they are divided by `scale`, a power of two, so that squares are finite and not 0 at any scale of the features.
    """

    def __init__(self, features: Rows, similarity: Similarity) -> None:
        self._features, self._unit = features, similarity == "cosine"
        self._mean, self.scale = np.zeros(1, dtype=np.float32), np.ones(1, dtype=np.float32)
        if not self._unit:
            sums, tops = zip(*((x.sum(0, dtype=np.float64), np.abs(x).max()) for x in self.blocks()), strict=True)
            self.scale = power_below(torch.tensor([max(tops)])).numpy()
            self._mean = (sum(sums) / len(features) / self.scale).astype(np.float32)

    def blocks(self, which: slice = slice(None)) -> Iterator[NDArray[np.float32]]:
        """The rows of a slice, in turn; all by default."""
        first, last, _ = which.indices(len(self._features))
        for start in range(first, last, _BLOCK_ROWS):
            rows = torch.as_tensor(self._features[start : start + _BLOCK_ROWS]).cpu().contiguous()
            found = unit_rows(rows).numpy() if self._unit else rows.numpy() / self.scale - self._mean
            yield np.asarray(found, dtype=np.float32)

    def sample(self, most: int) -> NDArray[np.float32]:
        """At most `most` rows, evenly spread."""
        step = -(-len(self._features) // most)
        kept, first = [], 0
        for block in self.blocks():
            kept.append(block[-first % step :: step].copy())  # a view would keep the block
            first += len(block)
        return np.concatenate(kept)


def _centres(faiss: Any, rows: _Prepared, n_cells: int, seed: int) -> NDArray[np.float32]:
    sample = rows.sample(n_cells * _ROWS_PER_CENTRE)
    kmeans = faiss.Kmeans(sample.shape[1], n_cells, niter=10, seed=seed, min_points_per_centroid=1)
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        kmeans.train(sample)
    finally:
        faiss.omp_set_num_threads(before)
    return np.asarray(kmeans.centroids)


def _search(
    index: Any, rows: NDArray[np.float32], k: int, n_probe: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Columns and products or distances (b, k) of the rows nearest to `rows`."""
    index.nprobe = n_probe
    value, column = index.search(rows, k)
    short = column[:, -1] < 0
    if short.any():
        index.nprobe = index.nlist
        value[short], column[short] = index.search(rows[short], k)
    return column, value


def _without_self(
    column: NDArray[np.int64], value: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """One column less: each row's own number, or the last where so many rows equal it that it is not among them."""
    own = column == np.arange(len(column))[:, None]
    own[~own.any(axis=1), -1] = True
    shape = (len(column), column.shape[1] - 1)
    return column[~own].reshape(shape), value[~own].reshape(shape)
