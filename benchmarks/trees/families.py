"""The graphs whose time and memory scaling.py follows: families that are hard in one way each, and the two large ones."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from benchmarks.trees import benchmark_graphs
from numpy.typing import NDArray

Edges = tuple[NDArray[np.int64], NDArray[np.float64] | None, int]


def star(n: int) -> Edges:
    """One hub."""
    leaf = np.arange(1, n)
    return np.stack([np.zeros_like(leaf), leaf], axis=1), None, n


def close_star(n: int) -> Edges:
    """One hub whose links differ by less than a merge changes: every merge lowers all of them past each other."""
    edges, _, n = star(n)
    return edges, 1.0 + 1e-9 * np.random.default_rng(0).permutation(len(edges)), n


def stars(n: int) -> Edges:
    """A path of about sqrt(n) hubs with as many leaves each."""
    hubs = int(n**0.5)
    leaf = np.arange(hubs, n)
    return np.concatenate([path(hubs)[0], np.stack([leaf % hubs, leaf], axis=1)]), None, n


def hubs(n: int, count: int = 10) -> Edges:
    """Ten hubs; every other node hangs at one or two of them."""
    rng = np.random.default_rng(0)
    node = np.arange(count, n)
    ends = np.concatenate([node % count, rng.integers(0, count, node.size)])
    return np.unique(np.stack([ends, np.tile(node, 2)], axis=1), axis=0), None, n


def biclique(n: int) -> Edges:
    """Every node linked to the same two: all leaves tie."""
    node = np.arange(2, n)
    return np.concatenate([np.stack([np.full_like(node, hub), node], axis=1) for hub in (0, 1)]), None, n


def path(n: int) -> Edges:
    """One path of equal weights."""
    return np.stack([np.arange(n - 1), np.arange(1, n)], axis=1), None, n


def rising(n: int) -> Edges:
    """A path of rising weights: every node prefers the same side, so that one pair at a time is mutually best."""
    return path(n)[0], np.arange(1.0, n), n


def cliques(n: int, size: int = 16) -> Edges:
    """A ring of cliques."""
    first = np.arange(n // size) * size
    u, v = np.triu_indices(size, 1)
    inside = np.stack([(first[:, None] + u).ravel(), (first[:, None] + v).ravel()], axis=1)
    ring = np.stack([first, np.roll(first, -1)], axis=1)
    return np.concatenate([inside, ring]), None, first.size * size


def caterpillar(n: int) -> Edges:
    """A path with one leaf at every node."""
    spine = np.arange(n // 2)
    return np.concatenate([path(spine.size)[0], np.stack([spine, spine + spine.size], axis=1)]), None, 2 * spine.size


def power_of_two(make: Callable[[int], Edges]) -> Callable[[int], Edges]:
    """Return a maker for the power of two nearest to n: rounded down, as R-MAT is, sizes would stop short of 10^6."""
    return lambda n: make(2 ** round(np.log2(n)))


FAMILIES: dict[str, Callable[[int], Edges]] = {
    "star": star,
    "close star": close_star,
    "stars": stars,
    "hubs": hubs,
    "biclique": biclique,
    "path": path,
    "rising path": rising,
    "caterpillar": caterpillar,
    "cliques": cliques,
    "kNN": benchmark_graphs.cross_modal_knn,
    "R-MAT": power_of_two(benchmark_graphs.rmat),
}


def thinned(edges: NDArray[np.int64], m: int) -> NDArray[np.int64]:
    """Return m of the edges at random, in their order."""
    assert len(edges) >= m
    return edges[np.sort(np.random.default_rng(0).permutation(len(edges))[:m])]


def large(n: int) -> Edges:
    """The kNN graph of three neighbours, thinned at random from some 2.56 edges per node to 2.5."""
    edges, _, n = benchmark_graphs.cross_modal_knn(n, k=3)
    return thinned(edges, 5 * n // 2), None, n


def knn_of(m: int) -> Edges:
    """The kNN graph of m edges, some 3.1 per node."""
    edges, _, n = benchmark_graphs.cross_modal_knn(m // 50 * 16)
    return thinned(edges, m), None, n


def rmat_of(m: int) -> Edges:
    """The R-MAT graph of m edges, 3.5 to 7 per node."""
    n = 2 ** round(np.log2(m / 5))
    edges, _, n = benchmark_graphs.rmat(n, degree=3 * m / n)
    return thinned(edges, m), None, n


def planted_of(m: int) -> Edges:
    """The planted graph of m edges, five per node, see `planted_pairs`."""
    n = m // 5
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pairs.npy"
        planted_pairs(n, m + m // 20, file)
        edges = benchmark_graphs.simple(np.load(file).astype(np.int64))
    return thinned(edges, m), None, n


#: Graphs of so many edges, for at_scale.py.
OF_EDGES: dict[str, Callable[[int], Edges]] = {"planted": planted_of, "kNN": knn_of, "R-MAT": rmat_of}


def planted_pairs(n: int, m: int, path: Path) -> None:
    """Write m rows of int32 ids to a .npy file: links inside communities of 200, of 200,000, and anywhere.

    60, 25 and 15 %. Nodes are numbered at random, as they come in practice, so that a community is not one
    stretch of memory. A chunk at a time: the file is all that is ever held.
    """
    rng = np.random.default_rng(0)
    number = rng.permutation(n).astype(np.int32)
    rows = np.lib.format.open_memmap(path, mode="w+", dtype=np.int32, shape=(m, 2))
    chunk = 2_000_000
    for start in range(0, m, chunk):
        size = min(chunk, m - start)
        first = rng.integers(0, n, size)
        block = np.where((draw := rng.random(size)) < 0.60, 200, np.where(draw < 0.85, 200_000, n))
        block = np.minimum(block, n)
        base = first // block * block
        width = np.minimum(block, n - base)
        # Never the node itself: a step of 1 to width - 1 round the block.
        step = 1 + (rng.random(size) * (width - 1)).astype(np.int64)
        second = base + (first - base + step) % width
        rows[start : start + size, 0] = number[first]
        rows[start : start + size, 1] = number[second]
    rows.flush()


def write_edges(graph: str, n: int, m: int | None, path: Path) -> Path:
    """Write the edges of the `large` or the `huge` graph to a .npy file of int32 ids."""
    if graph == "large":
        np.save(path, large(n)[0].astype(np.int32))
    else:
        assert m is not None
        # Some rows repeat an edge; this many more leave about m distinct ones.
        planted_pairs(n, m + m // 100, path)
    return path
