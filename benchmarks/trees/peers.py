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
from benchmarks.trees.parents import Parent, from_dendrogram, from_levels
from numpy.typing import NDArray

import hint_se

__all__ = ["CPM_RESOLUTION", "PEERS", "Builder", "Job", "igraph_leiden", "leiden", "libreville", "networkit", "ours"]

Edges = NDArray[np.int64]
Weights = NDArray[np.float64] | None

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


def igraph_leiden(edges: Edges, weights: Weights, n: int) -> Job:
    """Prepare igraph's own Leiden on modularity, two iterations as by default."""
    graph = _igraph(edges, weights, n)
    name = None if weights is None else "weight"
    random.seed(SEED)
    return Job(
        lambda: graph.community_leiden(objective_function="modularity", weights=name),
        lambda found: {"": from_levels([np.array(found.membership)], n)},
    )


def libreville(edges: Edges, weights: Weights, n: int, *, threads: int = 1) -> Job:
    """Prepare the Leiden of sc-cluster-libreville on modularity, until an iteration changes nothing, as by default."""
    import cluster_libreville

    matrix = _matrix(edges, weights, n)
    return Job(
        lambda: cluster_libreville.leiden(matrix, seed=SEED, threads=threads),
        lambda found: {"": from_levels([found], n)},
    )


def networkit(edges: Edges, weights: Weights, n: int, *, algorithm: str, threads: int = 1) -> Job:
    """Prepare networkit's PLM (parallel Louvain) or ParallelLeiden."""
    import networkit as nk

    nk.setNumberOfThreads(threads)
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


def ours(effort: str, height: int | None, threads: int = 1) -> Builder:
    """Return the builder of hint_se for an effort, or for "merge-compress", and a height limit."""
    options: dict[str, Any] = {"algorithm": effort} if effort == "merge-compress" else {"effort": effort}

    def prepare(edges: Edges, weights: Weights, n: int) -> Job:
        graph = hint_se.Graph.from_edges(edges, weights, n_nodes=n)
        # Named here, because the first use of the name loads what builds trees.
        build = partial(hint_se.build_tree, graph, height=height, n_threads=threads, **options)
        return Job(build, lambda tree: {"": tree.parent})

    return Builder("hint-se", prepare)
