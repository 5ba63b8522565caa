"""Centres: k-means, and communities redrawn around the means of their features, the pseudo-centres of VTM-UCH."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from scipy.cluster.vq import kmeans2, vq
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROUNDS = 50
_SAMPLE = 64
"""Rows for each cluster among which first centres are sought."""
_BLOCK_ITEMS = 16_000_000
MAX_DENSIFIED = 128
"""Communities up to which midpoints are added: 128 have 8,128 of them."""


def cluster(rows: NDArray[np.float32], n_clusters: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """k-means with Euclidean distances, begun by k-means++ on a sample of distinct rows.

    The published program begins with random rows, which puts two centres into one cluster now and then.

    Parameters
    ----------
    rows
        (R, e).
    n_clusters
        Clusters, or as many as the sample has distinct rows where those are fewer.
    seed
        Of the sample and the first centres.

    Returns
    -------
    labels, centres
        (R,) and (C, e). O(50 R C e).
    """
    rng = np.random.default_rng(seed)
    sample = np.unique(rows[rng.permutation(len(rows))[: _SAMPLE * n_clusters]], axis=0)
    with warnings.catch_warnings():
        # A cluster that runs empty keeps its centre and comes to nothing.
        warnings.filterwarnings("ignore", message="One of the clusters is empty")
        start, _ = kmeans2(sample, min(n_clusters, len(sample)), iter=1, minit="++", seed=rng)
        centres, labels = kmeans2(rows, start, iter=_ROUNDS, minit="matrix")
    return labels.astype(np.int64), np.asarray(centres, dtype=np.float32)


def nearest_centres(rows: NDArray[np.float32], centres: NDArray[np.float32]) -> NDArray[np.int64]:
    """Number (n,) of the centre nearest to each row (Euclidean), by blocks of rows."""
    size = max(1, _BLOCK_ITEMS // len(centres))
    out = np.empty(len(rows), dtype=np.int64)
    for start in range(0, len(rows), size):
        out[start : start + size] = vq(rows[start : start + size], centres)[0]
    return out


def refined(features: NDArray[np.float32], labels: NDArray[np.int64], *, densify: bool) -> NDArray[np.int64]:
    """Communities after one round of nearest means (Euclidean).

    Rows go to the nearest of the communities' means and, with `densify`, of the midpoints between any two means; the means of
    what each centre got are the final centres, and rows go to the nearest of these.

    Parameters
    ----------
    features
        (N, d).
    labels
        (N,) community 0..K-1 of each row.
    densify
        Add midpoints; left out beyond `MAX_DENSIFIED` communities.

    Returns
    -------
    labels
        (N,) from 0, each in use. O(N K^2 d) with midpoints.
    """
    centres = _means(features, labels)
    if densify and len(centres) <= MAX_DENSIFIED:
        first, second = np.triu_indices(len(centres), 1)
        centres = np.concatenate([centres, (centres[first] + centres[second]) / 2])
    nearest = nearest_centres(features, centres)
    return np.unique(nearest_centres(features, _means(features, nearest)), return_inverse=True)[1].astype(np.int64)


def _means(features: NDArray[np.float32], labels: NDArray[np.integer]) -> NDArray[np.float32]:
    """Mean row of each label that occurs."""
    _, labels, counts = np.unique(labels, return_inverse=True, return_counts=True)
    members = csr_array((1 / counts[labels], (labels, np.arange(len(labels)))))
    return np.asarray(members @ features, dtype=np.float32)
