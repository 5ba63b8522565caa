"""The graphs that trees are compared on, by name, with the classes that are known of their nodes.

Real graphs are read from the folder `graphs` in the one that the environment variable HINT_SHARED_DATA names, by default
shared/data beside the repository; karate comes with networkx. Generated graphs are named
family-nodes, for instance "knn-50000", and are the same in every run.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from benchmarks.trees import benchmark_graphs
from numpy.typing import NDArray

__all__ = ["GENERATED", "QUICK", "REAL", "SIZES", "MissingGraphError", "Planted", "load", "names", "shared_folder"]

REAL = ("karate", "dolphins", "polbooks", "football", "cora", "pubmed")
GENERATED = ("blocks", "knn", "lfr", "rmat", "small-world")
SIZES = (1_000, 10_000, 50_000)
QUICK = ("karate", "football", *(f"{family}-1000" for family in GENERATED))


class MissingGraphError(Exception):
    """A graph that needs a file or a library that is not here."""


@dataclass(frozen=True, slots=True)
class Planted:
    """Edges (m, 2), weights or None, the number of nodes, and known classes per planted level, the finest first."""

    edges: NDArray[np.int64]
    weights: NDArray[np.float64] | None
    n: int
    labels: dict[str, NDArray[np.int64]] = field(default_factory=dict)


def names(quick: bool = False) -> list[str]:
    """Return the graphs of a whole comparison, or of a quick one."""
    if quick:
        return list(QUICK)
    return [*REAL, *(f"{family}-{n}" for n in SIZES for family in GENERATED)]


def shared_folder() -> Path:
    """Return the folder that the real graphs are read from; it need not exist."""
    named = Path(os.environ.get("HINT_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
    return named / "graphs" if (named / "graphs").is_dir() else named


def load(name: str) -> Planted:
    """Return a graph by name; MissingGraphError where its file or library is not here."""
    if name == "karate":
        return _karate()
    if name in REAL:
        return _real(name)
    family, _, size = name.rpartition("-")
    if family not in GENERATED or not size.isdigit():
        raise MissingGraphError(f"expected one of {REAL} or FAMILY-NODES with a family of {GENERATED}, got {name!r}")
    n = int(size)
    if family == "lfr":
        return _lfr(n)
    edges, weights, n = benchmark_graphs.FAMILIES[family](n)
    labels: dict[str, NDArray[np.int64]] = {}
    if family == "knn":
        labels["clusters"] = benchmark_graphs.cross_modal_clusters(n)
    if family == "blocks":
        sizes = [benchmark_graphs.BLOCK * 8**level for level in range(3)]
        labels |= {f"blocks of {block:,}": np.arange(n) // block for block in sizes if block < n}
    return Planted(edges, weights, n, labels)


def _karate() -> Planted:
    import networkx

    graph = networkx.karate_club_graph()
    club = np.array([graph.nodes[node]["club"] == "Officer" for node in graph.nodes], dtype=np.int64)
    return Planted(np.array(graph.edges(), dtype=np.int64), None, len(club), {"club": club})


def _real(name: str) -> Planted:
    folder = shared_folder()
    if not (folder / f"{name}.edges").exists():
        raise MissingGraphError(f"{name}.edges is not in the folder of HINT_SHARED_DATA")
    edges = np.loadtxt(folder / f"{name}.edges", dtype=np.int64)
    labels = np.loadtxt(folder / f"{name}.labels", dtype=np.int64)
    return Planted(edges, None, len(labels), {"classes": labels})


def _lfr(n: int) -> Planted:
    """LFR (Lancichinetti and Fortunato 2009) by networkit: degrees 20 on average, communities 20 to 100, mixing 0.4."""
    try:
        import networkit as nk
    except ImportError as error:
        raise MissingGraphError("the LFR generator is networkit's, which is not installed") from error
    threads = nk.getMaxNumberOfThreads()
    nk.setNumberOfThreads(1)
    nk.setSeed(7, False)
    generator = nk.generators.LFRGenerator(n)
    generator.generatePowerlawDegreeSequence(20, 50, -2)
    generator.generatePowerlawCommunitySizeSequence(20, 100, -1)
    generator.setMu(0.4)
    graph = generator.generate()
    labels = np.array(generator.getPartition().getVector(), dtype=np.int64)
    nk.setNumberOfThreads(threads)
    edges = np.sort(np.array([(u, v) for u, v in graph.iterEdges()], dtype=np.int64), axis=1)
    return Planted(edges[np.lexsort((edges[:, 1], edges[:, 0]))], None, n, {"communities": labels})
