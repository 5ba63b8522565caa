"""Trees and partitions over the training pairs of the emoji set, compared with its subgroups and groups.

Three graphs of the 20 nearest neighbours that HINT's default looks at: of pictures, of texts, every edge weighing 1, and the graph that
HINT builds of both. All methods get the same edges.
"""

from __future__ import annotations

import functools
import statistics
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from benchmarks import measure
from benchmarks.cells import Group, cell_of, flat
from benchmarks.records import Records
from benchmarks.training.emoji_set import LEVELS, classes, emoji, same_set
from benchmarks.training.tree_levels import FOUR, FREE, PEERS, SEEDS, levels_of, shown_levels, spread, tree_of

import hint_se
from hint_train import preset
from hint_train.structure.neighbour_lists import neighbour_lists
from hint_train.structure.pair_graph import pair_graph
from hint_train.structure.transform import GraphView, choose

GRAPHS = ("pictures", "texts", "HINT's graph of both")
METHODS = (FREE, FOUR, *PEERS)
SHUFFLES = 100
CUTS = (9, 98)
"""The known numbers of groups and subgroups, which trees of hint_se are also cut into."""
TOLERANCE = 0.05


@functools.cache
def edges_of(graph: str) -> tuple[np.ndarray, np.ndarray]:
    """Edges (m, 2) and their weights."""
    config, cpu = preset("default"), torch.device("cpu")
    pairs = emoji().training_pairs()
    how = choose(pairs.image, pairs.text, config.graph, config.tree.tree_seed, cpu)
    image, text = (
        neighbour_lists(GraphView(x, h), config.graph, cpu) for x, h in zip((pairs.image, pairs.text), how, strict=True)
    )
    if graph == GRAPHS[2]:
        both = pair_graph(image, text, config.graph)
        return both.edges, both.weights
    near = (image if graph == GRAPHS[0] else text).index[:, : config.graph.k]
    ends = np.stack([np.repeat(np.arange(len(near)), near.shape[1]), near.ravel()], axis=1)
    edges = np.unique(np.sort(ends, axis=1), axis=0)
    return edges, np.ones(len(edges))


def known(level: str) -> np.ndarray:
    """The class of every training pair at a level."""
    return classes(level)[emoji().train].argmax(axis=1)


def measured(graph: str, method: str, seed: int) -> dict[str, Any]:
    """Entropy of a tree, and of each of its levels the number of communities and the AMI with both known levels."""
    edges, weights = edges_of(graph)
    built = hint_se.Graph.from_edges(edges, weights, n_nodes=len(emoji().train))
    tree = tree_of(method, built, edges, weights, seed)
    return {
        "nodes": built.n_nodes,
        "edges": len(edges),
        "entropy": tree.entropy,
        "height": tree.height,
        "levels": levels_of(tree, {level: known(level) for level in LEVELS}, CUTS if method in (FREE, FOUR) else ()),
    }


def reference(graph: str) -> dict[str, Any]:
    """The known hierarchy as a tree of the graph, the flat tree, and what chance gives: the levels' labels, shuffled."""
    edges, weights = edges_of(graph)
    built = hint_se.Graph.from_edges(edges, weights, n_nodes=len(emoji().train))
    fine, coarse = known("subgroup"), known("group")
    read = hint_se.build_tree(built, n_threads=1).labels()
    rng = np.random.default_rng(0)
    chance = {}
    for level in LEVELS:
        shuffled = [
            hint_se.compare(read, rng.permutation(known(level))).adjusted_mutual_information[0, 0]
            for _ in range(SHUFFLES)
        ]
        chance[level] = {"mean": float(np.mean(shuffled)), "greatest": float(np.max(shuffled))}
    return {
        "known": hint_se.Tree.from_labels(built, [coarse, fine]).entropy,
        "flat": hint_se.Tree.from_labels(built, np.zeros(built.n_nodes, dtype=int)).entropy,
        "chance": chance,
        "inside": {level: float(weights[_inside(edges, known(level))].sum() / weights.sum()) for level in LEVELS},
    }


def _inside(edges: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return labels[edges[:, 0]] == labels[edges[:, 1]]


def measure_trees(records: Records) -> None:
    """Measure what is missing."""
    for graph in GRAPHS:
        for method in METHODS:
            for seed in SEEDS:
                name = f"tree: {graph}; {method}; seed {seed}"
                if records.get(name) is None:
                    same_set(records)
                    records.value(name, functools.partial(measured, graph, method, seed))
        name = f"reference: {graph}"
        if records.get(name) is None:
            records.value(name, functools.partial(reference, graph))
        measure.write(f"trees of {graph}\n")


def tree_groups(records: Records) -> Iterator[Group]:
    """Every tree and reference as a group of its own."""
    for line in records:
        if "name" in line:
            kind, _, rest = line["name"].partition(": ")
            graph, *more = rest.split("; ")
            again = functools.partial(_again, line["name"], records)
            cell = cell_of(records, line, flat(line["value"]), more[0] if more else kind, graph, tolerance=TOLERANCE)
            yield Group(name=line["name"], cells=[cell], measure=again, seconds=5)


def _again(name: str, records: Records) -> dict[str, Any]:
    same_set(records)
    kind, _, rest = name.partition(": ")
    graph, *more = rest.split("; ")
    found = reference(graph) if kind == "reference" else measured(graph, more[0], int(more[1].removeprefix("seed ")))
    return {name: flat(found)}


def trees_text(records: Records) -> str:
    """A table for each graph."""
    parts = []
    for graph in GRAPHS:
        about = records.get(f"reference: {graph}")
        if about is None:
            continue
        value, rows = about["value"], []
        for method in METHODS:
            lines = [records.get(f"tree: {graph}; {method}; seed {seed}") for seed in SEEDS]
            rows += _rows(method, [line["value"] for line in lines if line is not None])
        first = records.get(f"tree: {graph}; {METHODS[0]}; seed {SEEDS[0]}")
        size = f"{first['value']['nodes']:,} nodes, {first['value']['edges']:,} edges" if first else ""
        inside = {level: f"{100 * share:.0f} %" for level, share in value["inside"].items()}
        chance = {
            level: f"{abs(found['mean']):.3f} in the mean and {found['greatest']:.3f} at most"
            for level, found in value["chance"].items()
        }
        parts.append(
            f"### {graph[0].upper()}{graph[1:]}\n\n{size}; {inside['group']} of the weight inside a group, "
            f"{inside['subgroup']} inside a subgroup. Entropy of the flat tree {value['flat']:.3f} bits, of the known hierarchy "
            f"{value['known']:.3f}. With shuffled labels the AMI of what `suggest_level` reads is {chance['group']} for groups, "
            f"{chance['subgroup']} for subgroups.\n\n"
            + measure.table(
                ["method", "entropy", "level", "communities", "AMI with groups", "AMI with subgroups"], rows
            )
        )
    return "\n".join(parts)


def _rows(method: str, values: list[dict[str, Any]]) -> Iterator[list[str]]:
    for name, communities, there in shown_levels(method, values):
        figures = [spread([level[known_level] for level in there]) for known_level in ("group", "subgroup")]
        entropy = statistics.fmean(value["entropy"] for value in values)
        yield [method, f"{entropy:.3f}", name, communities, *figures]
