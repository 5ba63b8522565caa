"""How well a tree recovers known classes: adjusted mutual information with its best level.

Written out here because the expected mutual information depends on the sizes of the clusters only: taken once
per pair of distinct sizes it costs milliseconds where a pass over all pairs of clusters costs minutes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

import hint_se

__all__ = ["adjusted_mutual_information", "best_match", "cuts"]

Labels = NDArray[np.integer]

#: Levels by depth beyond this one are taken at growing steps; caterpillars are thousands deep.
_EVERY_LEVEL = 24
_MOST_LEVELS = 40


def adjusted_mutual_information(first: Labels, second: Labels) -> float:
    """Return the mutual information above chance, 1 for equal partitions (Vinh and others 2010; arithmetic mean).

    Nodes with a negative label on either side are left out.
    """
    known = (first >= 0) & (second >= 0)
    _, a = np.unique(first[known], return_inverse=True)
    _, b = np.unique(second[known], return_inverse=True)
    n = a.size
    rows, columns = np.bincount(a), np.bincount(b)
    if n == 0 or rows.size == columns.size == 1 or rows.size == columns.size == n:
        return 1.0
    _, joint = np.unique(a * columns.size + b, return_counts=True)
    entropy_a, entropy_b, entropy_both = (np.log(n) - xlogy(c, c).sum() / n for c in (rows, columns, joint))
    expected = _expected_information(rows, columns, n)
    found = entropy_a + entropy_b - entropy_both
    room = (entropy_a + entropy_b) / 2 - expected
    return float((found - expected) / room) if abs(room) > 1e-15 else 0.0


def _expected_information(rows: Labels, columns: Labels, n: int) -> float:
    """Return the mean mutual information (nats) of partitions with these sizes, over the hypergeometric law."""
    sizes_a, times_a = np.unique(rows, return_counts=True)
    sizes_b, times_b = np.unique(columns, return_counts=True)
    log_factorial = gammaln(np.arange(n + 1) + 1.0)
    total = 0.0
    for a, times in zip(sizes_a.tolist(), times_a.tolist(), strict=True):
        low = np.maximum(1, a + sizes_b - n)
        counts = np.minimum(a, sizes_b) - low + 1
        owner = np.repeat(np.arange(sizes_b.size), counts)
        common = np.arange(owner.size) - np.repeat(np.cumsum(counts) - counts, counts) + low[owner]
        b = sizes_b[owner]
        chance = (
            log_factorial[a] + log_factorial[b] + log_factorial[n - a] + log_factorial[n - b]
            - log_factorial[n] - log_factorial[common] - log_factorial[a - common]
            - log_factorial[b - common] - log_factorial[n - a - b + common]
        )  # fmt: skip
        terms = common / n * np.log(n * common / (float(a) * b)) * np.exp(chance)
        total += times * float((terms * times_b[owner]).sum())
    return total


def cuts(tree: hint_se.Tree) -> list[NDArray[np.int32]]:
    """Return the partitions that a tree offers: its levels by depth, and its largest subtrees up to a volume.

    The second kind is what a binary tree needs, where subtrees of one depth differ in size. Volumes go up by powers of two.
    """
    depth = np.unique(np.geomspace(_EVERY_LEVEL, max(tree.height, _EVERY_LEVEL), _MOST_LEVELS - _EVERY_LEVEL).round())
    levels = [*range(1, min(tree.height, _EVERY_LEVEL) + 1), *(int(level) for level in depth if level > _EVERY_LEVEL)]
    found = [tree.labels(level) for level in levels if level <= tree.height]
    if tree.height > 2:
        volume, parent = tree.volume, tree.parent.astype(np.int64)
        parent[-1] = tree.root
        limit = volume[-1] / 2
        while limit > volume[: tree.n_leaves].max():
            top = np.where(volume[parent] <= limit, parent, np.arange(parent.size))
            while not np.array_equal(further := top[top], top):
                top = further
            found.append(top[: tree.n_leaves].astype(np.int32))
            limit /= 2
    return found


def best_match(tree: hint_se.Tree, classes: dict[str, Labels]) -> dict[str, float]:
    """Return for each labelling the adjusted mutual information of the cut of the tree that matches it best."""
    partitions = cuts(tree) if classes else []
    return {name: max(adjusted_mutual_information(cut, own) for cut in partitions) for name, own in classes.items()}
