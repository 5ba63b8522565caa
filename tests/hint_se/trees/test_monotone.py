"""A taller limit is never worse than a lower one: entropy(K + 1) <= entropy(K), and none is the best of all."""

import functools
import itertools

import numpy as np
import pytest
from benchmarks.trees import benchmark_graphs, optimality, scaling

import hint_se

HEIGHTS = (1, 2, 3, 4, 5, 7, None)
#: "best" takes a quarter of a second on a graph of fifty nodes: it gets small ones, and fewer heights.
BEST_HEIGHTS = (2, 3, 4, None)
SIZES = {
    "fast": (48, 150, 400, 2500),
    "default": (48, 150, 400, 2500),
    "merge-compress": (48, 1000),
    "best": (32,),
}


@functools.lru_cache(maxsize=64)
def family_graph(family, n):
    make = scaling.FAMILIES.get(family) or benchmark_graphs.FAMILIES[family]
    edges, weights, nodes = make(n)
    return hint_se.Graph.from_edges(edges, weights, n_nodes=nodes)


def random_graph(kind, n, weighted, seed):
    matrix = optimality.random_graph(kind, n, weighted, seed)
    u, v = np.nonzero(np.triu(matrix))
    return hint_se.Graph.from_edges(np.stack([u, v], axis=1), matrix[u, v], n_nodes=n)


def assert_monotone(graph, effort):
    options = {"algorithm": effort} if effort == "merge-compress" else {"effort": effort}
    heights, found = BEST_HEIGHTS if effort == "best" else HEIGHTS, []
    for height in heights:
        tree = hint_se.build_tree(graph, height=height, **options)
        assert height is None or tree.height <= height
        found.append(hint_se.structural_entropy(graph, tree))
    falls = [later <= earlier + 1e-12 for earlier, later in itertools.pairwise(found)]
    assert all(falls), f"{graph}, {effort}: {dict(zip(heights, found, strict=True))}"


@pytest.mark.parametrize("family", [*scaling.FAMILIES, *sorted(set(benchmark_graphs.FAMILIES) - {"knn", "rmat"})])
@pytest.mark.parametrize("effort", SIZES)
def test_on_families(effort, family):
    for n in SIZES[effort]:
        assert_monotone(family_graph(family, n), effort)


@pytest.mark.parametrize("kind", optimality.KINDS)
@pytest.mark.parametrize("effort", SIZES)
def test_on_random_graphs(effort, kind):
    sizes, seeds = ((4, 8), 2) if effort == "best" else ((3, 5, 8, 13, 20, 40), 3)
    for n, weighted, seed in itertools.product(sizes, (False, True), range(seeds)):
        assert_monotone(random_graph(kind, n, weighted, seed), effort)


@pytest.mark.parametrize("effort", SIZES)
def test_on_components_of_different_shapes(effort):
    """Isolated nodes, a star, a path and a clique side by side."""
    parts, start = [], 3
    for family, n in (("star", 9), ("path", 8), ("cliques", 32)):
        edges, _, nodes = scaling.FAMILIES[family](n)
        parts.append(edges + start)
        start += nodes
    assert_monotone(hint_se.Graph.from_edges(np.concatenate(parts), n_nodes=start), effort)
