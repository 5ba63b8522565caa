"""Trees of other libraries, and of hint_se, over one and the same edge list, as parent arrays.

Each builder is a function of (edges, weights, n) that makes the graph its library wants and returns a `Job`:
what the clock runs, and what turns its result into trees. Seeds are fixed. The libraries are imported where they are used,
so that a process holds one of them only: its peak memory is its own.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import hint_se

__all__ = ["CPM_RESOLUTION", "PEERS", "Builder", "Job", "from_dendrogram", "from_levels", "ours", "tidy"]

Edges = NDArray[np.int64]
Weights = NDArray[np.float64] | None
Parent = NDArray[np.int32]

SEED = 1
#: CPM has no default: the density that a community must exceed. Blocks of some tens of nodes, which most of the graphs
#: have, reach 0.1 to 0.4; the whole graph stays far below.
CPM_RESOLUTION = 0.05


class Job(NamedTuple):
    """What is timed, and how to read its result: a parent array per name, "" being the tree itself."""

    build: Callable[[], Any]
    trees: Callable[[Any], dict[str, Parent]]


@dataclass(frozen=True, slots=True)
class Builder:
    """A library's way to a tree: the distribution it comes from, and the function that prepares a job."""

    distribution: str
    prepare: Callable[[Edges, Weights, int], Job]


def tidy(parent: Any, n_leaves: int, keep: Any = None) -> Parent:
    """Return a tree in the order hint_se wants: nodes that are not kept or have a single child are left out.

    Parameters
    ----------
    parent : array_like of int, shape (t,)
        Leaves first, the root last with parent -1, a parent after its children.
    n_leaves : int
    keep : array_like of bool, shape (t,), optional
        False leaves an inner node out: its children go to its parent. None: keep all.
    """
    up = np.asarray(parent, dtype=np.int64).copy()
    size = up.size
    kept = np.ones(size, bool) if keep is None else np.array(keep, dtype=bool)
    kept[:n_leaves] = True
    kept[-1] = True
    # A node that only has leaves out of sight below it: none, so children counts are those after the dropping.
    up[:-1] = _kept_ancestor(up, kept)[up[:-1]]
    children = np.bincount(up[:-1][kept[:-1]], minlength=size)
    kept[n_leaves:] &= children[n_leaves:] >= 2
    # A root of one child hands its place to the first node below it that branches.
    kept[np.flatnonzero(kept)[-1] + 1 :] = False
    root = int(np.flatnonzero(kept)[-1]) if n_leaves > 1 else size - 1
    kept[root] = True
    up[root:] = -1
    up[:root] = _kept_ancestor(up, kept)[np.maximum(up[:root], 0)]
    number = np.cumsum(kept) - 1
    result = np.where(up >= 0, number[up], -1)[kept]
    return result.astype(np.int32)


def _kept_ancestor(up: NDArray[np.int64], kept: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return for each node itself or the lowest ancestor that is kept, by pointer jumping."""
    jump = np.where(kept, np.arange(up.size), up)
    while True:
        further = jump[jump]
        if np.array_equal(further, jump):
            return jump
        jump = further


def from_levels(levels: list[NDArray[Any]], n: int) -> Parent:
    """Return the tree of nested labellings of the n leaves, the finest first.

    Communities of two levels are nested by construction here: a finer label only counts together with
    all coarser ones.
    """
    code = np.zeros(n, np.int64)
    codes = []
    for labels in reversed(levels):
        _, own = np.unique(labels, return_inverse=True)
        _, code = np.unique(code * (int(own.max()) + 1) + own, return_inverse=True)
        codes.append(code)
    parents, start, below = [], n, np.arange(n)
    for code in reversed(codes):
        # Every community of the level below lies in the community of any leaf of it.
        member = np.zeros(int(below.max()) + 1, np.int64)
        member[below] = code
        parents.append(start + member)
        start += int(code.max()) + 1
        below = code
    parents.append(np.full(int(below.max()) + 1, start))
    return tidy(np.concatenate([*parents, [-1]]), n)


def from_dendrogram(dendrogram: NDArray[Any], *, contract: bool = False) -> Parent:
    """Return the tree of a linkage table (two merged ids, distance, size per row).

    With `contract` a merge at the distance of its parent is no level of its own: a node of many children that
    the table had to write as a chain is one node again.
    """
    rows = np.asarray(dendrogram)
    n = len(rows) + 1
    parent = np.full(2 * n - 1, -1, np.int64)
    parent[rows[:, :2].astype(np.int64)] = (n + np.arange(n - 1))[:, None]
    keep = np.ones(2 * n - 1, bool)
    if contract:
        distance = np.concatenate([np.full(n, -np.inf), rows[:, 2]])
        keep = (parent < 0) | (distance != distance[parent])
    # Sorted by distance, a merge may stand before one of its own parts where the distances are equal.
    order = np.concatenate([np.arange(n), n + np.argsort(-_depths(parent)[n:], kind="stable")])
    number = np.empty_like(order)
    number[order] = np.arange(order.size)
    up = np.where(parent[order] >= 0, number[parent[order]], -1)
    return tidy(up, n, keep[order])


def _depths(up: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of edges from the root (parent -1) to each node, by pointer doubling."""
    depth = (up >= 0).astype(np.int64)
    jump = np.where(up >= 0, up, np.arange(up.size))
    while True:
        further = jump[jump]
        if np.array_equal(further, jump):
            return depth
        depth += depth[jump]
        jump = further


def _matrix(edges: Edges, weights: Weights, n: int) -> Any:
    import scipy.sparse

    values = np.ones(len(edges)) if weights is None else weights
    half = scipy.sparse.coo_matrix((values, (edges[:, 0], edges[:, 1])), (n, n)).tocsr()
    return (half + half.T).tocsr()


def paris(edges: Edges, weights: Weights, n: int) -> Job:
    """Prepare scikit-network's Paris: nearest-neighbour chain on pair sampling ratios (Bonald and others 2018)."""
    from sknetwork.hierarchy import Paris

    matrix = _matrix(edges, weights, n)
    return Job(lambda: Paris().fit_predict(matrix), lambda found: {"": from_dendrogram(found)})


def louvain_iteration(edges: Edges, weights: Weights, n: int) -> Job:
    """Prepare scikit-network's LouvainIteration: Louvain inside every community, three levels deep by default.

    Its dendrogram writes a community of many members as a chain of merges. The chain lowers the entropy and is
    no structure that the method found; both readings are shown.
    """
    from sknetwork.hierarchy import LouvainIteration

    matrix = _matrix(edges, weights, n)
    return Job(
        lambda: LouvainIteration().fit_predict(matrix),
        lambda found: {"": from_dendrogram(found, contract=True), "as chains": from_dendrogram(found)},
    )


def infomap(edges: Edges, weights: Weights, n: int, *, two_level: bool, seed: int = SEED) -> Job:
    """Prepare Infomap: least description length of a random walk (Rosvall and Bergstrom 2008)."""
    from infomap import Infomap

    model = Infomap(silent=True, two_level=two_level, seed=seed, num_trials=1, num_threads=1)
    model.add_nodes(range(n))
    values = np.ones(len(edges)) if weights is None else weights
    model.add_links(np.column_stack([edges.astype(np.float64), values]))

    def trees(found: Any) -> dict[str, Parent]:
        paths = found.multilevel_modules()
        depth = max(len(path) for path in paths.values())
        # A module that ends early is repeated by the library, a node outside every module is one of its own.
        full = [paths.get(node, (-1 - node,)) for node in range(n)]
        levels = np.array([path + path[-1:] * (depth - len(path)) for path in full])
        return {"": from_levels([levels[:, level] for level in reversed(range(depth))], n)}

    return Job(model.run, trees)


def _igraph(edges: Edges, weights: Weights, n: int) -> Any:
    import igraph

    graph = igraph.Graph(n=n, edges=edges)
    if weights is not None:
        graph.es["weight"] = weights
    return graph


def igraph_multilevel(edges: Edges, weights: Weights, n: int) -> Job:
    """Prepare igraph's multilevel: Louvain on modularity (Blondel and others 2008), every level kept."""
    graph = _igraph(edges, weights, n)
    name = None if weights is None else "weight"
    random.seed(SEED)
    return Job(
        lambda: graph.community_multilevel(weights=name, return_levels=True),
        lambda found: {"": from_levels([np.array(level.membership) for level in found], n)},
    )


def leiden(edges: Edges, weights: Weights, n: int, *, quality: str, seed: int = SEED) -> Job:
    """Prepare leidenalg (Traag and others 2019) for modularity or the constant Potts model."""
    import leidenalg

    graph = _igraph(edges, weights, n)
    options: dict[str, Any] = {"resolution_parameter": CPM_RESOLUTION} if quality == "CPM" else {}
    kind = {"modularity": leidenalg.ModularityVertexPartition, "CPM": leidenalg.CPMVertexPartition}[quality]
    name = None if weights is None else "weight"
    return Job(
        lambda: leidenalg.find_partition(graph, kind, weights=name, seed=seed, **options),
        lambda found: {"": from_levels([np.array(found.membership)], n)},
    )


def networkit(edges: Edges, weights: Weights, n: int, *, algorithm: str) -> Job:
    """Prepare networkit's PLM (parallel Louvain) or ParallelLeiden, on one thread."""
    import networkit as nk

    nk.setNumberOfThreads(1)
    nk.setSeed(SEED, False)
    graph = nk.Graph(n, weighted=weights is not None)
    ends = (np.ascontiguousarray(edges[:, 0], np.uint64), np.ascontiguousarray(edges[:, 1], np.uint64))
    graph.addEdges(ends if weights is None else (weights, ends))
    return Job(
        lambda: getattr(nk.community, algorithm)(graph).run(),
        lambda found: {"": from_levels([np.array(found.getPartition().getVector())], n)},
    )


PEERS: dict[str, Builder] = {
    "scikit-network Paris": Builder("scikit-network", paris),
    "scikit-network LouvainIteration": Builder("scikit-network", louvain_iteration),
    "Infomap two-level": Builder("infomap", partial(infomap, two_level=True)),
    "Infomap multilevel": Builder("infomap", partial(infomap, two_level=False)),
    "igraph multilevel": Builder("igraph", igraph_multilevel),
    "leidenalg modularity": Builder("leidenalg", partial(leiden, quality="modularity")),
    "leidenalg CPM": Builder("leidenalg", partial(leiden, quality="CPM")),
    "networkit PLM": Builder("networkit", partial(networkit, algorithm="PLM")),
    "networkit ParallelLeiden": Builder("networkit", partial(networkit, algorithm="ParallelLeiden")),
}


def ours(effort: str, height: int | None) -> Builder:
    """Return the builder of hint_se for an effort, or for "merge-compress", and a height limit."""
    options: dict[str, Any] = {"algorithm": effort} if effort == "merge-compress" else {"effort": effort}

    def prepare(edges: Edges, weights: Weights, n: int) -> Job:
        graph = hint_se.Graph.from_edges(edges, weights, n_nodes=n)
        return Job(
            lambda: hint_se.build_tree(graph, height=height, n_threads=1, **options), lambda tree: {"": tree.parent}
        )

    return Builder("hint-se", prepare)
