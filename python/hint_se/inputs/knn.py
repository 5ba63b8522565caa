"""Feature vectors, and the graph of their nearest neighbours by exact search in blocks."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hint_se.errors import InputWarning, warn_user
from hint_se.inputs.arrays import as_array
from hint_se.inputs.sources import source_of

__all__ = ["Metric", "as_matrix", "neighbour_edges", "warn_of_copies"]

Metric: TypeAlias = Literal["euclidean", "cosine"]

# Distances held at a time. A block takes some 20 bytes for each, and Ctrl-C waits for one block.
_BLOCK_ITEMS = 2**21


def as_matrix(X: Any) -> NDArray[np.float64]:
    """Return rows of real numbers as finite float64, shape (n, d) with n, d >= 1, in the words scikit-learn's users know.

    Raises
    ------
    ValueError, TypeError
        If X is sparse, not of two dimensions, empty, complex, text, or holds NaN or infinity; the row is named.
    """
    if source_of(X) is not None:
        raise TypeError(
            f"Sparse data and graphs are no feature vectors: expected a dense array, got {type(X).__name__}"
        )
    array = as_array(X, "X")
    if array.dtype.kind == "c":
        raise ValueError(f"Complex data not supported: X has dtype {array.dtype}")
    if array.ndim != 2:
        raise ValueError(
            f"Expected 2D array, got {array.ndim}D array instead, of shape {array.shape}. Reshape it: "
            "X.reshape(-1, 1) for one feature, X.reshape(1, -1) for one sample"
        )
    for axis, what in enumerate(("sample", "feature")):
        if array.shape[axis] == 0:
            raise ValueError(f"Found array with 0 {what}(s) (shape={array.shape}) while a minimum of 1 is required.")
    text = array.dtype.kind == "O" and any(isinstance(value, str | bytes) for value in array.flat)
    if array.dtype.kind not in "iufbO" or text:
        raise ValueError(f"X: expected real numbers, got {'strings' if text else f'dtype {array.dtype}'}")
    # A long double beyond float64 becomes inf here, which is refused below.
    with np.errstate(over="ignore"):
        rows = np.array(array, dtype=np.float64, order="C")
    bad = ~np.isfinite(rows).all(axis=1)
    if bad.any():
        row = int(bad.argmax())
        raise ValueError(
            f"X: expected finite numbers, got {'NaN' if np.isnan(rows[row]).any() else 'inf'} in row {row}"
        )
    return rows


def neighbour_edges(rows: NDArray[np.float64], n_neighbors: int, metric: Metric) -> NDArray[np.int64]:
    """Return the pairs (row, one of its nearest other rows), shape (m, 2) with m <= n x n_neighbors.

    Parameters
    ----------
    rows : ndarray of float64, shape (n, d)
        Finite. Overwritten.
    n_neighbors : int
        In [1, n - 1].
    metric : {"euclidean", "cosine"}
        A row of zeros has no direction, and so no neighbours by cosine, nor is it one.

    Returns
    -------
    ndarray of int64
        Exact but for rounding; ties go to the smaller row number. O(n^2 d) time; beside ``rows`` and the result,
        memory for 2^21 distances or for one row of them, whichever is more.
    """
    n = len(rows)
    usable = _normalise(rows) if metric == "cosine" else _centre(rows)
    # Half the squared distance, less what is the same for all candidates of a row.
    offset = np.zeros(n) if metric == "cosine" else 0.5 * np.einsum("ij,ij->i", rows, rows)
    offset[~usable] = np.inf
    size = max(1, min(n, _BLOCK_ITEMS // n))
    found = []
    for start in range(0, n, size):
        block = rows[start : start + size] @ rows.T
        np.subtract(offset, block, out=block)
        here = np.arange(len(block))
        block[here, start + here] = np.inf
        block[~usable[start : start + size]] = np.inf
        near, other = np.nonzero(_smallest(block, n_neighbors))
        found.append(np.stack([near + start, other], axis=1))
    return np.concatenate(found)


def _smallest(block: NDArray[np.float64], k: int) -> NDArray[np.bool_]:
    """Return where the k smallest finite entries of each row are; of equal ones, the first."""
    limit = np.partition(block, k - 1, axis=1)[:, k - 1 : k]
    chosen = (block <= limit) & (block < np.inf)
    # Only rows that tie at the limit have more than k.
    for row in np.flatnonzero(chosen.sum(axis=1) > k):
        ties = np.flatnonzero(chosen[row] & (block[row] == limit[row]))
        chosen[row, ties[k - int(chosen[row].sum()) :]] = False
    return chosen


def _normalise(rows: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Scale each row to length 1, in place, and return which rows are not zero."""
    largest = np.abs(rows).max(axis=1)
    usable: NDArray[np.bool_] = largest > 0
    # First by the largest entry, so that squares neither overflow nor vanish.
    rows /= np.where(usable, largest, 1.0)[:, None]
    rows /= np.where(usable, np.sqrt(np.einsum("ij,ij->i", rows, rows)), 1.0)[:, None]
    return usable


def _centre(rows: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Move the origin among the rows and scale them into [-1, 1], in place: distances keep their order.

    Far from the origin, squared lengths would round away the distances between rows. The new origin is a median
    that occurs, and the scale a power of two, so that rows of integers stay exact and ties remain ties.
    """
    _, exponent = np.frexp(np.abs(rows).max())
    np.ldexp(rows, -exponent - 1, out=rows)
    rows -= np.partition(rows, len(rows) // 2, axis=0)[len(rows) // 2]
    return np.ones(len(rows), np.bool_)


def warn_of_copies(rows: NDArray[np.float64], n_neighbors: int, metric: Metric) -> None:
    """Warn of rows whose copies are all the neighbours they get."""
    if metric == "cosine":
        rows = rows[rows.any(axis=1)]  # a row of zeros has no neighbours at all
    # Adding 0 makes -0 a 0.
    whole = (np.ascontiguousarray(rows) + 0.0).view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()
    copies = int(np.unique(whole, return_counts=True)[1].max(initial=0))
    if n_neighbors < copies < len(rows):
        warn_user(
            f"X: {copies:,} rows are copies of one, more than the n_neighbors = {n_neighbors} of each, and fall into a component of their "
            "own where no other row is near; take more neighbours than copies, or distinct rows",
            InputWarning,
        )
