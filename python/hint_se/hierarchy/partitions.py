"""Two partitions of the same things: how they overlap, and how much of one the other tells. Labels are integers >= 0."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["adjusted_mutual_information", "overlap", "variation_of_information"]

Labels: TypeAlias = NDArray[np.integer[Any]]


def overlap(first: Labels, second: Labels) -> NDArray[np.int64]:
    """Return how many things each community of the first shares with each of the second, shape (a, b)."""
    shape = int(first.max()) + 1, int(second.max()) + 1
    joint = np.bincount(first.astype(np.int64) * shape[1] + second, minlength=shape[0] * shape[1])
    return joint.reshape(shape).astype(np.int64)


def variation_of_information(first: Labels, second: Labels) -> float:
    """Return H(a | b) + H(b | a) in bits: 0 for equal partitions, at most log2 of the number of things (Meila 2007)."""
    alone_first, alone_second, both = _entropies(first, second)
    return max(0.0, float((2 * both - alone_first - alone_second) / np.log(2)))


def adjusted_mutual_information(first: Labels, second: Labels) -> float:
    """Return the mutual information above chance, as a share of the mean entropy above chance (Vinh and others 2010).

    1 for equal partitions, 0 in the mean for independent ones of the same sizes.
    """
    sizes = [np.bincount(labels) for labels in (first, second)]
    rows, columns = (size[size > 0] for size in sizes)
    if rows.size == columns.size and rows.size in (1, first.size):
        return 1.0
    alone_first, alone_second, both = _entropies(first, second)
    expected = _expected_information(rows, columns, first.size)
    room = (alone_first + alone_second) / 2 - expected
    above = alone_first + alone_second - both - expected
    # Both vanish where one of the two has a single community.
    return float(above / room) if abs(room) > 1e-12 else 0.0


def _entropies(first: Labels, second: Labels) -> tuple[float, float, float]:
    """Return the entropies of two partitions and of both at once, in nats."""
    pairs = first.astype(np.int64) * (int(second.max()) + 1) + second
    counts = (np.bincount(first), np.bincount(second), np.unique(pairs, return_counts=True)[1])
    logs = ((size[size > 0], np.log(size[size > 0])) for size in counts)
    alone_first, alone_second, both = (float(np.log(first.size) - (size @ log) / first.size) for size, log in logs)
    return alone_first, alone_second, both


def _expected_information(rows: NDArray[np.int64], columns: NDArray[np.int64], n: int) -> float:
    """Return the mean mutual information (nats) of partitions with these sizes, over the hypergeometric law.

    Terms depend on sizes alone, so that each pair of distinct sizes is worked out once.
    """
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])
    sizes, times = np.unique(columns, return_counts=True)
    total = 0.0
    for own, often in zip(*(column.tolist() for column in np.unique(rows, return_counts=True)), strict=True):
        low = np.maximum(1, own + sizes - n)
        counts = np.minimum(own, sizes) - low + 1
        which = np.repeat(np.arange(sizes.size), counts)
        common = np.arange(which.size) - np.repeat(np.cumsum(counts) - counts, counts) + low[which]
        other = sizes[which]
        chance = (
            log_factorial[own] + log_factorial[other] + log_factorial[n - own] + log_factorial[n - other]
            - log_factorial[n] - log_factorial[common] - log_factorial[own - common]
            - log_factorial[other - common] - log_factorial[n - own - other + common]
        )  # fmt: skip
        terms = common / n * np.log(n * common / (float(own) * other)) * np.exp(chance)
        total += often * float(terms @ times[which])
    return total
