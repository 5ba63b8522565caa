#!/bin/sh
# Modularity does not depend on the unit of the weights, and a factor of a power of two changes no bit of it. All the same the Leiden of igraph
# 1.0.0 and of sc-cluster-libreville 0.1.1 give other communities of this graph, of the same seed, once all weights are multiplied by 2^-20 or
# 2^20: their refinement draws at random (`beta`, `theta`). leidenalg 0.12.0 and igraph's community_multilevel give the same.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q igraph==1.0.0 leidenalg==0.12.0 sc-cluster-libreville==0.1.1 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import random
from importlib.metadata import version

import cluster_libreville
import igraph
import leidenalg
import numpy as np

print(*(f"{name} {version(name)}" for name in ("igraph", "leidenalg", "sc-cluster-libreville")))
rng = np.random.default_rng(0)
points = rng.random((2000, 2))
distance = np.square(points[:, None] - points).sum(axis=2)
near = np.argsort(distance, axis=1)[:, 1:6]
edges = np.unique(np.sort(np.stack([np.repeat(np.arange(2000), 5), near.ravel()], axis=1), axis=1), axis=0)
weights = rng.uniform(0.5, 1.5, len(edges))
graph = igraph.Graph(n=2000, edges=edges)


def by_libreville(scaled):
    return cluster_libreville.leiden_edges(edges[:, 0], edges[:, 1], scaled, n=2000, seed=1, threads=1)


def by_igraph(scaled):
    random.seed(1)
    return graph.community_leiden(objective_function="modularity", weights=list(scaled)).membership


def by_multilevel(scaled):
    random.seed(1)
    return graph.community_multilevel(weights=list(scaled)).membership


def by_leidenalg(scaled):
    return leidenalg.find_partition(graph, leidenalg.ModularityVertexPartition, weights=list(scaled), seed=1).membership


for method, depends in ((by_igraph, True), (by_libreville, True), (by_leidenalg, False), (by_multilevel, False)):
    alone, again = method(weights), method(weights)
    assert np.array_equal(alone, again)
    changed = [not np.array_equal(alone, method(weights * 2.0**power)) for power in (-20, 20)]
    print(method.__name__, "changes by a factor of 2^-20, 2^20:", *changed)
    assert any(changed) == depends
PYTHON
