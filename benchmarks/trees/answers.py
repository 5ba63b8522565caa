"""Graphs with known answers, and graphs without structure: what `levels.py` and `noise.py` measure on.

Every graph is the same in every run. Those of the literature and of `benchmark_graphs.py` come from `planted.py`, feature vectors from
scikit-learn and from the folder that HINT_SHARED_DATA names; one whose file or library is not here is skipped with a notice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np
from benchmarks import measure
from benchmarks.records import Records
from benchmarks.trees import benchmark_graphs, planted
from benchmarks.trees.planted import MissingGraphError, Planted
from numpy.typing import NDArray

__all__ = [
    "ANSWERED",
    "DRAWS",
    "HELD_OUT",
    "STRUCTURELESS",
    "drawn_without_structure",
    "features",
    "measure_missing",
    "neighbours_of",
]

Edges = NDArray[np.int64]
Features = tuple[NDArray[np.float64], NDArray[np.int64]]


def blocks(sizes: list[int], inside: float, across: float, *, seed: int = 0, spread: float = 0.0) -> Planted:
    """Planted communities: each node has `inside` links within its own and `across` anywhere, in the mean.

    A spread above 0 makes degrees unequal: nodes are drawn by log-normal weights of that sigma.
    """
    rng = np.random.default_rng(seed)
    label = np.repeat(np.arange(len(sizes)), sizes)
    n = label.size
    draw = rng.lognormal(0.0, spread, n) if spread else np.ones(n)
    parts = [_drawn(rng, np.arange(n), draw, across)]
    parts += [_drawn(rng, np.flatnonzero(label == group), draw, inside) for group in range(len(sizes))]
    return Planted(_simple(np.concatenate(parts)), None, n, {"blocks": label})


def _drawn(rng: np.random.Generator, nodes: Edges, draw: NDArray[np.float64], degree: float) -> Edges:
    chance = draw[nodes] / draw[nodes].sum()
    return rng.choice(nodes, size=(int(nodes.size * degree / 2), 2), p=chance)


def _simple(edges: Edges) -> Edges:
    low, high = edges.min(axis=1), edges.max(axis=1)
    return np.unique(np.stack([low, high], axis=1)[low != high], axis=0)


def nested(seed: int = 0) -> Planted:
    """Three groups of four communities of 40."""
    rng = np.random.default_rng(seed)
    fine = np.repeat(np.arange(12), 40)
    coarse = fine // 4
    parts = [_drawn(rng, np.arange(480), np.ones(480), 1.5)]
    for label, degree in ((coarse, 3.0), (fine, 9.0)):
        parts += [_drawn(rng, np.flatnonzero(label == k), np.ones(480), degree) for k in range(label.max() + 1)]
    return Planted(_simple(np.concatenate(parts)), None, 480, {"fine": fine, "coarse": coarse})


def weighted_blocks(seed: int = 0) -> Planted:
    """A graph that is the same everywhere, in which weights alone tell eight communities: 3 in the mean inside, 1 across."""
    rng = np.random.default_rng(seed)
    label = np.repeat(np.arange(8), 50)
    edges = _simple(rng.integers(0, 400, (8000, 2)))
    inside = label[edges[:, 0]] == label[edges[:, 1]]
    return Planted(edges, rng.gamma(4.0, np.where(inside, 6.0, 0.5) / 4), 400, {"blocks": label})


def ring_of_cliques(cliques: int, size: int) -> Planted:
    """Cliques, each joined to the next by one edge: where modularity merges neighbours."""
    node = np.arange(cliques * size).reshape(cliques, size)
    one, two = np.triu_indices(size, 1)
    inside = np.stack([node[:, one].ravel(), node[:, two].ravel()], axis=1)
    ring = np.stack([node[:, 0], np.roll(node[:, 1], -1)], axis=1)
    return Planted(
        _simple(np.concatenate([inside, ring])), None, node.size, {"cliques": np.repeat(np.arange(cliques), size)}
    )


def features(name: str) -> Features:
    """Feature vectors and their classes, by name."""
    if name == "mfeat":
        path = planted.shared_folder().parent / "uci-mfeat.npz"
        if not path.exists():
            raise MissingGraphError("uci-mfeat.npz is not in the folder of HINT_SHARED_DATA")
        with np.load(path) as file:
            rows = file["image"].astype(np.float64)
            return (rows - rows.mean(axis=0)) / rows.std(axis=0), file["labels"].argmax(axis=1)
    try:
        from sklearn import datasets
    except ImportError as error:
        raise MissingGraphError("the feature vectors are scikit-learn's, which is not installed") from error
    if name == "blobs":
        rows, label = datasets.make_blobs(1500, 8, centers=12, cluster_std=2.2, random_state=0)
        return rows, label
    if name == "moons":
        rows, label = datasets.make_moons(600, noise=0.06, random_state=0)
        return rows, label
    rows, label = getattr(datasets, f"load_{name}")(return_X_y=True)
    return (rows if name == "digits" else (rows - rows.mean(axis=0)) / rows.std(axis=0)), label


def neighbours_of(name: str, k: int = 20) -> Planted:
    """The k nearest neighbours of feature vectors, as the estimator joins them."""
    from hint_se.inputs.knn import neighbour_edges

    rows, label = features(name)
    return Planted(
        _simple(np.asarray(neighbour_edges(np.ascontiguousarray(rows), k, "euclidean"))),
        None,
        len(rows),
        {"classes": label},
    )


#: Name to graph, with what is known of its nodes; at a graph of several planted levels any of them is an answer.
ANSWERED: dict[str, Callable[[], Planted]] = {
    **{name: partial(planted.load, name) for name in planted.REAL},
    **{
        f"{family}-{n}": partial(planted.load, f"{family}-{n}")
        for n in (1_000, 10_000)
        for family in ("blocks", "knn", "lfr")
    },
    "2 x 200": partial(blocks, [200] * 2, 8.0, 3.0),
    "4 x 100": partial(blocks, [100] * 4, 10.0, 4.0),
    "6 x 500": partial(blocks, [500] * 6, 10.0, 4.0),
    "10 x 50": partial(blocks, [50] * 10, 9.0, 5.0),
    "30 x 30": partial(blocks, [30] * 30, 8.0, 4.0),
    "60 x 60": partial(blocks, [60] * 60, 10.0, 5.0),
    "1000, 4 x 100": partial(blocks, [1000, 100, 100, 100, 100], 12.0, 3.0),
    "sizes 16 to 512": partial(blocks, [16, 32, 64, 128, 256, 512], 12.0, 3.0),
    "unequal degrees": partial(blocks, [150] * 5, 10.0, 4.0, spread=0.9),
    "12 in 3": nested,
    "weights alone": weighted_blocks,
    "24 cliques of 5": partial(ring_of_cliques, 24, 5),
    **{
        f"{name}, 20 nearest": partial(neighbours_of, name)
        for name in ("digits", "mfeat", "blobs", "moons", "iris", "wine")
    },
}


def held_out_blocks(draw: int) -> Planted:
    """Planted communities whose number, sizes and degrees are drawn."""
    rng = np.random.default_rng([draw, 11])
    count = int(rng.integers(2, 40))
    sizes = np.maximum(12, rng.lognormal(4.0, rng.choice([0.01, 0.5, 0.9]), count)).astype(int).tolist()
    inside, across = float(rng.uniform(6, 14)), float(rng.uniform(1, 5))
    return blocks(sizes, inside, across, seed=draw, spread=float(rng.choice([0.0, 0.6])))


def held_out_blobs(draw: int) -> Planted:
    """Nearest neighbours of Gaussian blobs whose number, width and dimension are drawn."""
    try:
        from sklearn import datasets
    except ImportError as error:
        raise MissingGraphError("the blobs are scikit-learn's, which is not installed") from error
    from hint_se.inputs.knn import neighbour_edges

    rng = np.random.default_rng([draw, 12])
    size, dimension, centres = (int(rng.integers(low, high)) for low, high in ((300, 2000), (2, 12), (2, 25)))
    spread = float(rng.uniform(0.8, 2.5))
    rows, label = datasets.make_blobs(size, dimension, centers=centres, cluster_std=spread, random_state=draw)
    near = neighbour_edges(rows.copy(), int(rng.choice([8, 15, 25])), "euclidean")
    return Planted(_simple(np.asarray(near)), None, size, {"blobs": label})


#: Graphs that no rule was chosen on.
HELD_OUT: dict[str, Callable[[], Planted]] = {
    **{f"drawn blocks {draw}": partial(held_out_blocks, draw) for draw in range(30)},
    **{f"drawn blobs {draw}": partial(held_out_blobs, draw) for draw in range(14)},
}


def random_pairs(n: int, degree: float, seed: int) -> Planted:
    """G(n, m) of a mean degree."""
    rng = np.random.default_rng(seed)
    return Planted(_simple(rng.integers(0, n, (int(n * degree / 2), 2))), None, n)


def by_degrees(degrees: NDArray[np.int64], seed: int) -> Planted:
    """Stubs of given degrees matched at random; loops and repeats are left out."""
    rng = np.random.default_rng(seed)
    stubs = rng.permutation(np.repeat(np.arange(degrees.size), degrees))
    return Planted(_simple(stubs[: stubs.size // 2 * 2].reshape(-1, 2)), None, degrees.size)


def heavy_tail(n: int, seed: int) -> Planted:
    """Degrees of a power law, matched at random."""
    rng = np.random.default_rng([seed, n])
    return by_degrees(np.minimum(3 * (1 - rng.random(n)) ** -0.7, n / 10).astype(np.int64), seed)


def weighted_pairs(kind: str, seed: int) -> Planted:
    """G(400, m) whose weights are drawn for each edge, or are the product of what is drawn for its nodes."""
    rng = np.random.default_rng([seed, 7])
    graph = random_pairs(400, 12.0, seed)
    if kind == "edges":
        weights = rng.lognormal(0.0, 1.0, len(graph.edges))
    else:
        weights = rng.lognormal(0.0, 0.7, graph.n)[graph.edges].prod(axis=1)
    return Planted(graph.edges, weights, graph.n)


def rewired(name: str, seed: int) -> Planted:
    """The degrees of a graph of the literature, matched at random."""
    graph = planted.load(name)
    return by_degrees(np.bincount(graph.edges.ravel(), minlength=graph.n), seed)


#: Name to graph of a seed. Nothing but degrees, and weights, is in them.
STRUCTURELESS: dict[str, Callable[[int], Planted]] = {
    "G(150, 0.05)": partial(random_pairs, 150, 7.45),
    "G(60, 0.1)": partial(random_pairs, 60, 5.9),
    "G(100, 0.5)": partial(random_pairs, 100, 49.5),
    "G(1000), degree 3": partial(random_pairs, 1000, 3.0),
    "G(1000), degree 6": partial(random_pairs, 1000, 6.0),
    "G(2000), degree 20": partial(random_pairs, 2000, 20.0),
    "regular(500), degree 4": lambda seed: by_degrees(np.full(500, 4), seed),
    "regular(1000), degree 10": lambda seed: by_degrees(np.full(1000, 10), seed),
    "heavy tail, 1000": partial(heavy_tail, 1000),
    "heavy tail, 3000": partial(heavy_tail, 3000),
    "preferential attachment, 1000": lambda seed: Planted(*benchmark_graphs.power_law(1000, seed=seed)),
    "weights of edges": partial(weighted_pairs, "edges"),
    "weights of nodes": partial(weighted_pairs, "nodes"),
    "karate, rewired": partial(rewired, "karate"),
    "football, rewired": partial(rewired, "football"),
    "polbooks, rewired": partial(rewired, "polbooks"),
}


#: How many graphs of each kind without structure are drawn.
DRAWS = 5


def drawn_without_structure() -> Iterator[tuple[str, Callable[[], Planted]]]:
    """Yield name and maker of each draw."""
    for name, draw in STRUCTURELESS.items():
        for seed in range(DRAWS):
            yield f"{name} #{seed}", partial(draw, seed)


def measure_missing(
    records: Records,
    graphs: Iterable[tuple[str, Callable[[], Planted]]],
    measured: Callable[[Planted], dict[str, Any]],
    shown: str,
    most: float,
) -> None:
    """Measure the graphs that have no record yet and at most so many nodes; show one figure of each."""
    for name, make in graphs:
        if records.get(name) is not None:
            continue
        try:
            graph = make()
        except MissingGraphError as error:
            measure.write(f"{name}: left out, {error}\n")
            continue
        if graph.n <= most:
            line = records.add({"name": name, "value": measured(graph)})
            measure.write(f"{name}: {shown} {line['value'][shown]}\n")
