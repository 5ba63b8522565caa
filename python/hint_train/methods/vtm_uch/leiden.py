"""Communities of greatest modularity, by the Leiden algorithm of scikit-network, which is an extra."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix

if TYPE_CHECKING:
    from numpy.typing import NDArray


def leiden(edges: NDArray[np.int64], n: int, seed: int) -> NDArray[np.int64]:
    """Label 0, 1, ... of every node, larger communities first (Traag, Waltman and van Eck, Scientific Reports 2019).

    Parameters
    ----------
    edges
        (E, 2) distinct undirected edges without loops, of weight 1.
    n
        Nodes; one without an edge is a community of its own.
    seed
        Of the algorithm.
    """
    from sknetwork.clustering import Leiden  # an extra: `check` has made sure of it

    if len(edges) == 0:
        return np.arange(n, dtype=np.int64)
    ends = np.concatenate([edges, edges[:, ::-1]])
    adjacency = csr_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(n, n))
    found = Leiden(random_state=seed, return_probs=False, return_aggregate=False).fit_predict(adjacency)
    return np.asarray(found, dtype=np.int64)
