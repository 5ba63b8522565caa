"""Generated graphs of the families that structural entropy is judged on, from 10^3 to 10^6 nodes.

Each function returns (edges int64 (m, 2), weights float64 (m,) or None, n) and is deterministic for a
seed. Everything is vectorised: a million nodes take seconds. Duplicates and self-loops are
removed here, so that the numbers of edges are those the tree is built on.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

__all__ = [
    "BLOCK",
    "FAMILIES",
    "SMALL",
    "cross_modal_clusters",
    "cross_modal_knn",
    "lfr_like",
    "nested_blocks",
    "power_law",
    "rmat",
    "simple",
    "small_world",
]

Edges = tuple[NDArray[np.int64], NDArray[np.float64] | None, int]

#: Nodes of a finest planted block of `nested_blocks`.
BLOCK = 32


def cross_modal_knn(n: int, k: int = 4, seed: int = 0) -> Edges:
    """N / 2 image-text pairs in clusters of some 50: kNN edges within either modality, one edge per pair.

    A pair belongs to one cluster, whose centre differs between the modalities; clusters overlap a
    little, as features of real classes do. Some 2.9 edges per node.
    """
    rng = np.random.default_rng(seed)
    pairs = n // 2
    clusters = max(2, pairs // 50)
    cluster = _draw_clusters(pairs, rng)
    parts = [np.stack([np.arange(pairs), np.arange(pairs) + pairs], axis=1)]
    for modality in range(2):
        centre = rng.random((clusters, 4)) * clusters**0.25
        points = centre[cluster] + rng.normal(scale=0.25, size=(pairs, 4))
        _, near = cKDTree(points).query(points, k=k + 1)
        ends = np.stack([np.repeat(np.arange(pairs), k + 1), near.ravel()], axis=1)
        parts.append(ends + modality * pairs)
    return simple(np.concatenate(parts)), None, 2 * pairs


def cross_modal_clusters(n: int, seed: int = 0) -> NDArray[np.int64]:
    """Return the cluster of each node of `cross_modal_knn` with the same n and seed."""
    return np.tile(_draw_clusters(n // 2, np.random.default_rng(seed)), 2)


def _draw_clusters(pairs: int, rng: np.random.Generator) -> NDArray[np.int64]:
    return rng.integers(0, max(2, pairs // 50), size=pairs)


def nested_blocks(n: int, degree: float = 12.0, seed: int = 0) -> Edges:
    """Blocks of 32 in groups of eight, and those again: each node spends its degree 55/25/13/7 % outwards."""
    rng = np.random.default_rng(seed)
    n -= n % BLOCK
    parts = []
    for size, share in ((BLOCK, 0.55), (8 * BLOCK, 0.25), (64 * BLOCK, 0.13), (n, 0.07)):
        m = int(n * degree / 2 * share)
        start = rng.integers(0, n, size=m)
        first = start // size * size
        end = first + (rng.random(m) * np.minimum(size, n - first)).astype(np.int64)
        parts.append(np.stack([start, end], axis=1))
    return simple(np.concatenate(parts)), None, n


def power_law(n: int, links: int = 3, seed: int = 0) -> Edges:
    """Preferential attachment (Barabási and Albert): each new node links to ends of earlier edges.

    The target of link e is an end of a uniform earlier link, node 0 for the first links. An end that is
    itself a target is resolved by pointer jumping, so no loop over nodes is needed.
    """
    rng = np.random.default_rng(seed)
    source = np.repeat(np.arange(1, n), links)
    # Half-edge 2e is the source of link e, 2e + 1 its target; -1 stands for node 0.
    end = (rng.random(source.size) * 2 * np.arange(source.size)).astype(np.int64)
    end[:links] = -1
    while (unknown := (end > 0) & (end % 2 == 1)).any():
        end[unknown] = end[end[unknown] // 2]
    target = np.where(end < 0, 0, source[end // 2])
    return simple(np.stack([source, target], axis=1)), None, n


def rmat(n: int, degree: float = 8.0, seed: int = 0) -> Edges:
    """Recursive matrix graph (0.57, 0.19, 0.19, 0.05), n rounded down to a power of two: heavy hubs."""
    rng = np.random.default_rng(seed)
    scale = int(np.log2(n))
    m = int(2**scale * degree / 2)
    edges = np.zeros((m, 2), np.int64)
    for _ in range(scale):
        draw = rng.random(m)
        edges *= 2
        edges[:, 0] += draw >= 0.76
        edges[:, 1] += ((draw >= 0.57) & (draw < 0.76)) | (draw >= 0.95)
    return simple(edges), None, 2**scale


def small_world(n: int, k: int = 6, rewired: float = 0.05, seed: int = 0) -> Edges:
    """A ring of k nearest neighbours with a share of the ends thrown anywhere (Watts and Strogatz)."""
    rng = np.random.default_rng(seed)
    start = np.repeat(np.arange(n), k // 2)
    end = (start + np.tile(np.arange(1, k // 2 + 1), n)) % n
    thrown = rng.random(end.size) < rewired
    end[thrown] = rng.integers(0, n, size=int(thrown.sum()))
    return simple(np.stack([start, end], axis=1)), None, n


def lfr_like(n: int, mixing: float = 0.3, mean_degree: float = 10.0, seed: int = 0) -> Edges:
    """Power-law degrees and community sizes with a share of each node's links outside (after LFR), weighted.

    Stubs are matched within the community and over the whole graph; what would be a loop or a repeat
    is left out, so degrees are met in the mean and not to the unit.
    """
    rng = np.random.default_rng(seed)
    sizes = np.minimum(20 * (1 - rng.random(n // 10 + 2)) ** -0.9, max(40, n // 20)).astype(np.int64)
    community = np.repeat(np.arange(sizes.size), sizes)
    while community.size < n:
        community = np.concatenate([community, community + community[-1] + 1])
    community = community[:n]
    wanted = 0.55 * mean_degree * (1 - rng.random(n)) ** -0.5
    degree = np.minimum(wanted, max(20, n // 50)).astype(np.int64) + 1
    outside = rng.binomial(degree, mixing)
    parts = []
    for stubs, group in ((degree - outside, community), (outside, np.zeros(n, np.int64))):
        node = np.repeat(np.arange(n), stubs)
        node = node[np.lexsort((rng.random(node.size), group[node]))]
        node = node[: node.size // 2 * 2].reshape(-1, 2)
        parts.append(node[group[node[:, 0]] == group[node[:, 1]]])
    edges = simple(np.concatenate(parts))
    return edges, rng.gamma(4.0, 0.25, size=len(edges)), n


def simple(edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the edges without loops and repeats, sorted."""
    low, high = edges.min(axis=1), edges.max(axis=1)
    width = int(high.max()) + 1
    keys = np.unique((low * width + high)[low != high])
    return np.stack([keys // width, keys % width], axis=1)


FAMILIES: dict[str, Callable[[int], Edges]] = {
    "knn": cross_modal_knn,
    "blocks": nested_blocks,
    "power-law": power_law,
    "rmat": rmat,
    "small-world": small_world,
    "lfr": lfr_like,
}

#: One graph of some thousand nodes per family, for tests.
SMALL: dict[str, Callable[[], Edges]] = {name: partial(make, 4096) for name, make in FAMILIES.items()}
