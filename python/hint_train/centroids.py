"""Communities redrawn around the means of their features: the pseudo-centres of VTM-UCH."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.cluster.vq import vq
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_DENSIFIED = 128
"""Communities up to which midpoints are added: 128 have 8,128 of them."""


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
    nearest = vq(features, centres)[0]
    return np.unique(vq(features, _means(features, nearest))[0], return_inverse=True)[1].astype(np.int64)


def _means(features: NDArray[np.float32], labels: NDArray[np.integer]) -> NDArray[np.float32]:
    """Mean row of each label that occurs."""
    _, labels, counts = np.unique(labels, return_inverse=True, return_counts=True)
    members = csr_array((1 / counts[labels], (labels, np.arange(len(labels)))))
    return np.asarray(members @ features, dtype=np.float32)
