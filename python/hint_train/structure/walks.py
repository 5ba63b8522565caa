"""Where random walks over the graph of the training pairs end: each row's share in every community."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array, diags_array, vstack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hint_train.structure.pair_graph import PairGraph

_MOST = 32
"""Communities that are kept of a row at every step, those with the greatest shares: a row takes 256 bytes, however far it walks."""
_BLOCK_ROWS = 8192
_FILLED = 4
"""A table is made where it is at most so many times as large as what stands in it."""


@dataclass(frozen=True, slots=True)
class Shares:
    """What share of the walks from a row ends in which community; the shares of a row add up to 1.

    Attributes
    ----------
    community
        (n, m) int32, the greatest share first; 0 where there are fewer than m.
    share
        (n, m) float32; 0 where there are fewer than m.
    """

    community: NDArray[np.int32]
    share: NDArray[np.float32]

    def __getitem__(self, rows: slice) -> Shares:
        """Those of some rows."""
        return Shares(self.community[rows], self.share[rows])


def walked(graph: PairGraph, communities: NDArray[np.int64], steps: int) -> Shares:
    """Shares of the communities in which walks of so many `steps` end, from every node of `graph`.

    X_0 holds each node's own community, X_{t+1} = P X_t with P = D^-1 A, of which the greatest 32 shares of a row are kept and
    scaled to 1; of equal ones the lower number. A node without an edge stays where it is.

    Parameters
    ----------
    communities
        (n_nodes,) community 0, 1, ... of every node.
    steps
        At least 1.
    """
    step, n = _transitions(graph), graph.n_nodes
    reached = csr_array((np.ones(n), communities, np.arange(n + 1, dtype=np.int64)))
    for _ in range(steps):
        reached = _stepped(step, reached)
    return _table(reached)


def apart(shares: Shares, near: NDArray[np.int32], mismatched: NDArray[np.float32]) -> Shares:
    """`shares` of pairs as those of one modality's rows, each as far on its own as its pair may be mismatched.

    (1 - q_i) p_i + q_i times the mean of p_j over the neighbours j, weighted by 1 - q_j; the greatest 32 of a row, scaled to 1.

    Parameters
    ----------
    near
        (N, k) nearest rows of that modality.
    mismatched
        (N,) q, below 1.
    """
    n, k = near.shape
    parted = mismatched > 0
    trusted = 1 - mismatched.astype(np.float64)
    weight = trusted[near[parted]]
    weight *= (mismatched[parted] / weight.sum(axis=1))[:, None]
    starts = np.concatenate([[0], np.cumsum(k * parted)])
    towards = csr_array((weight.ravel(), near[parted].ravel(), starts), shape=(n, n))
    return _table(_stepped(csr_array(diags_array(trusted) + towards), _matrix(shares)))


def _stepped(step: csr_array, reached: csr_array) -> csr_array:
    """The greatest entries of every row of `step @ reached`, in blocks of rows."""
    blocks = [_greatest(step[i : i + _BLOCK_ROWS] @ reached) for i in range(0, step.shape[0], _BLOCK_ROWS)]
    return vstack(blocks, format="csr")


def _transitions(graph: PairGraph) -> csr_array:
    """P, the probability of every step."""
    joined = graph.adjacency()
    return _scaled(joined + diags_array((np.diff(joined.indptr) == 0).astype(np.float64), format="csr"))


def _scaled(x: csr_array) -> csr_array:
    """`x` with rows that add up to 1."""
    lengths = np.diff(x.indptr)
    sums = np.add.reduceat(x.data, x.indptr[:-1])  # no row is empty
    return csr_array((x.data / np.repeat(sums, lengths), x.indices, x.indptr), shape=x.shape)


def _greatest(x: csr_array) -> csr_array:
    """The greatest entries of every row, in descending order, scaled to a sum of 1."""
    row = np.repeat(np.arange(x.shape[0]), np.diff(x.indptr))
    kept = np.flatnonzero(x.data >= _least(x)[row])  # a sort of all would take most of the time
    row, indices, data = row[kept], x.indices[kept], x.data[kept]
    order = np.lexsort((indices, -data, row))
    lengths = np.bincount(row, minlength=x.shape[0])
    order = order[np.arange(len(order)) - np.repeat(np.cumsum(lengths) - lengths, lengths) < _MOST]
    indptr = np.concatenate([[0], np.cumsum(np.minimum(lengths, _MOST))])
    return _scaled(csr_array((data[order], indices[order], indptr), shape=x.shape))


def _least(x: csr_array) -> NDArray[np.float64]:
    """The least of the greatest entries of every row; 0 where the rows are so unlike in length that a table of them would be large."""
    lengths = np.diff(x.indptr)
    width = int(lengths.max())
    if width <= _MOST or width * len(lengths) > _FILLED * len(x.data):
        return np.zeros(len(lengths))
    table = np.zeros((len(lengths), width))
    table[np.arange(width) < lengths[:, None]] = x.data
    table.partition(width - _MOST, axis=1)
    return np.asarray(table[:, width - _MOST])


def _matrix(shares: Shares) -> csr_array:
    """Shares as a row of a matrix for each row of the table."""
    kept = shares.share > 0
    starts = np.concatenate([[0], np.cumsum(kept.sum(axis=1))])
    return csr_array((shares.share[kept].astype(np.float64), shares.community[kept], starts))


def _table(x: csr_array) -> Shares:
    """The rows of `x` side by side, as wide as the longest."""
    lengths = np.diff(x.indptr)
    filled = np.arange(int(lengths.max()))[None, :] < lengths[:, None]
    community, share = np.zeros(filled.shape, dtype=np.int32), np.zeros(filled.shape, dtype=np.float32)
    community[filled], share[filled] = x.indices, x.data
    return Shares(community, share)
