"""Approximate nearest neighbours: rows are sorted into cells around centres, and a row meets those of the nearest cells alone.

The inverted file of faiss, which is an extra. Its time grows with n^1.5 in place of n^2; `knn` is exact, and faster up to some
ten thousand rows. Centres are found by seeded k-means on one thread, so that nothing depends on the number of threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hint_train.knn import Rows, Similarity

_BLOCK_ROWS = 4096
_ROWS_PER_CENTRE = 64
"""Rows that k-means sees per centre; more do not move the centres by enough to matter."""


def nearest_in_cells(
    features: Rows, k: int, similarity: Similarity, probe: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Up to rounding what `knn.nearest` returns, less the neighbours that lie outside the cells looked into.

    There are 4 sqrt(n) cells. A row that meets fewer than `k` others in its cells meets all.

    Parameters
    ----------
    features
        (n, d) float32, finite; read block by block. The index holds a copy.
    k
        Neighbours per row, at most n - 1.
    probe
        Share of the cells that a row looks into, in (0, 1]; 1 is exact.
    seed
        Of k-means, in [0, 2^31).

    Returns
    -------
    index, similarity
        (n, k), best first, ties by the smaller row.
    """
    import faiss  # an extra: `check` has made sure of it

    n, d = len(features), len(features[:1][0])
    centre = np.zeros(d, dtype=np.float32)
    if similarity != "cosine":  # distances keep their digits
        centre = (sum(x.sum(0, dtype=np.float64) for x in _blocks(features)) / n).astype(np.float32)

    def prepared() -> Iterator[NDArray[np.float32]]:
        for rows in _blocks(features):
            yield _unit(rows) if similarity == "cosine" else rows - centre

    n_cells = min(n, round(4 * n**0.5))
    sample = np.concatenate([x[:: max(1, n // (n_cells * _ROWS_PER_CENTRE))] for x in prepared()])
    quantiser = faiss.IndexFlatL2(d)
    quantiser.add(_centres(faiss, sample, n_cells, seed))
    index = faiss.IndexIVFFlat(quantiser, d, n_cells, faiss.METRIC_L1 if similarity == "l1" else faiss.METRIC_L2)
    for rows in prepared():
        index.add(rows)
    found = [_search(index, rows, k + 1, max(1, round(probe * n_cells))) for rows in prepared()]
    column, distance = _without_self(np.concatenate([x for x, _ in found]), np.concatenate([x for _, x in found]))
    order = np.lexsort((column, distance), axis=1)
    nearest = np.take_along_axis(column, order, axis=1)
    return nearest, _similarity(np.take_along_axis(distance, order, axis=1), similarity)


def _blocks(features: Rows) -> Iterator[NDArray[np.float32]]:
    for start in range(0, len(features), _BLOCK_ROWS):
        yield np.ascontiguousarray(torch.as_tensor(features[start : start + _BLOCK_ROWS]).cpu().numpy())


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return torch.nn.functional.normalize(torch.from_numpy(rows)).numpy()


def _centres(faiss: Any, sample: NDArray[np.float32], n_cells: int, seed: int) -> NDArray[np.float32]:
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
    """Columns and distances (b, k) of the rows nearest to `rows`."""
    index.nprobe = n_probe
    distance, column = index.search(rows, k)
    short = column[:, -1] < 0
    if short.any():
        index.nprobe = index.nlist
        distance[short], column[short] = index.search(rows[short], k)
    return column, distance


def _without_self(
    column: NDArray[np.int64], distance: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """One column less: each row's own number, or the last where so many rows equal it that it is not among them."""
    own = column == np.arange(len(column))[:, None]
    own[~own.any(axis=1), -1] = True
    shape = (len(column), column.shape[1] - 1)
    return column[~own].reshape(shape), distance[~own].reshape(shape)


def _similarity(distance: NDArray[np.float32], similarity: Similarity) -> NDArray[np.float32]:
    """Cosine from the squared distance of unit rows, or 1 / (1 + distance)."""
    if similarity == "cosine":
        return np.asarray(1 - distance / 2, dtype=np.float32)
    return np.asarray(1 / (1 + (np.sqrt(distance) if similarity == "l2" else distance)), dtype=np.float32)
