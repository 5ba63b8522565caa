"""Trees and partitions of one graph by several methods, and how much each of their levels shares with known classes."""

from __future__ import annotations

import statistics
import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from benchmarks.trees import peers

import hint_se

FREE, FOUR = "hint_se, no limit", "hint_se, height 4"
PEERS = ("Infomap multilevel", "Infomap two-level", "Leiden, modularity")
SEEDS = range(1, 6)


def tree_of(method: str, graph: hint_se.Graph, edges: np.ndarray, weights: np.ndarray, seed: int) -> hint_se.Tree:
    """What a method makes of a graph; those of this project are `FREE` and `FOUR`."""
    if method in (FREE, FOUR):
        return hint_se.build_tree(graph, height=4 if method == FOUR else None, seed=seed, n_threads=1)
    if method.startswith("Leiden"):
        job = peers.leiden(edges, weights, graph.n_nodes, quality="modularity", seed=seed)
    else:
        job = peers.infomap(edges, weights, graph.n_nodes, two_level="two-level" in method, seed=seed)
    return hint_se.Tree.from_parent(graph, job.trees(job.build())[""])


def levels_of(tree: hint_se.Tree, known: Mapping[str, np.ndarray], cuts: Iterable[int] = ()) -> dict[str, Any]:
    """For each level of a tree the number of communities and the adjusted mutual information with each of `known`, (n,) classes.

    Beside its levels stand what `suggest_level` reads, the parents of the leaves, and cuts into given numbers of communities.
    """
    found: dict[str, Any] = {}
    leaves = len(next(iter(known.values())))
    more = {"finest": np.unique(tree.parent[:leaves], return_inverse=True)[1]}
    more |= {f"cut({n})": _quietly(tree, n) for n in cuts}
    for kind, answer in known.items():
        compared = hint_se.compare(tree, answer)
        for i, level in enumerate(compared.levels[0]):
            name = "read" if level is None else f"level {level}"
            about = found.setdefault(name, {"communities": compared.n_communities[0][i]})
            about[kind] = float(compared.adjusted_mutual_information[i, 0])
        for name, labels in more.items():
            about = found.setdefault(name, {"communities": int(labels.max()) + 1})
            about[kind] = float(hint_se.compare(labels, answer).adjusted_mutual_information[0, 0])
    return found


def _quietly(tree: hint_se.Tree, n: int) -> np.ndarray:
    """A cut into n communities, or into the nearest number that there is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hint_se.InputWarning)
        return tree.cut(n)


def shown_levels(method: str, values: list[dict[str, Any]]) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    """Levels that the trees of all seeds have: name, number of communities in words, and what was measured, by seed."""
    names = dict.fromkeys(name for value in values for name in value["levels"])
    if method in PEERS:
        # Below level 1 nodes whose module has none in it would count as modules of their own: the finest modules are what there is.
        names = dict.fromkeys(["level 1", *(["finest"] if "multilevel" in method else [])])
    for name in names:
        there = [value["levels"][name] for value in values if name in value["levels"]]
        if not there or len(there) < len(values):  # a mean over the trees of some of the seeds
            continue
        communities = sorted({level["communities"] for level in there})
        yield name, str(communities[0]) if len(communities) == 1 else f"{communities[0]} to {communities[-1]}", there


def spread(found: list[float]) -> str:
    """Mean and standard deviation, in words."""
    return f"{statistics.fmean(found):.3f} ± {statistics.stdev(found):.3f}"
