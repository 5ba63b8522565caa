"""HINT's tree beside the classes that are known: adjusted mutual information per level, Infomap's and Leiden's on the same graph.

    python benchmarks/training/known_classes.py             results/known_classes.md and .jsonl: five minutes of one core
    python benchmarks/training/known_classes.py --quick     the two small sets
    python benchmarks/training/known_classes.py --render    no measurement, only the table

The graph is the one that HINT's default builds over the training pairs of a set, the tree the one that it builds of it. A line is known
by set, method, seed and the options that make the graph, so that another default is measured anew. Emoji are taken from emoji.jsonl.
"""

from __future__ import annotations

import functools
import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

import numpy as np
import torch
from benchmarks import measure
from benchmarks.cells import Figures, Group, Replay, cell_of, flat
from benchmarks.records import RESULTS, Records
from benchmarks.training.emoji_trees import GRAPHS
from benchmarks.training.figures import LIBRARIES, arguments, chosen_sets, parsed, same_data, where
from benchmarks.training.tree_levels import FOUR, FREE, PEERS, SEEDS, levels_of, shown_levels, spread, tree_of

import hint_se
from hint_train import Config, preset
from hint_train.data import load_dataset
from hint_train.structure.neighbour_lists import neighbour_lists
from hint_train.structure.pair_graph import PairGraph, pair_graph
from hint_train.structure.transform import GraphView, choose

COMMAND = "python benchmarks/training/known_classes.py"
TOLERANCE = 0.05
OURS = "HINT's tree"
METHODS = (OURS, FREE, *PEERS)
KINDS = ("broader", "labels", "finer")
CLASSES = {
    "fashion20k": {"broader": "labels_master", "labels": "labels", "finer": "labels_article"},
    "emoji": {"broader": "group", "labels": "subgroup"},
}
"""Where a set's classes of each kind lie; `labels` are those that retrieval is measured by, and all that the other sets have."""


def kinds(name: str) -> dict[str, str]:
    """Kinds of classes of a set, and where each lies."""
    return CLASSES.get(name, {"labels": "labels"})


@functools.cache
def known(name: str) -> dict[str, np.ndarray]:
    """The class of every training pair, by kind."""
    with np.load(where(name)) as held:
        return {kind: held[field][held["train"]].argmax(axis=1) for kind, field in kinds(name).items()}


@functools.cache
def graph_of(name: str) -> PairGraph:
    """The graph that HINT's default builds over the training pairs of a set."""
    config, cpu = preset("default"), torch.device("cpu")
    pairs = load_dataset(where(name)).training_pairs()
    how = choose(pairs.image, pairs.text, config.graph, config.tree.tree_seed, cpu)
    image, text = (
        neighbour_lists(GraphView(x, h), config.graph, cpu) for x, h in zip((pairs.image, pairs.text), how, strict=True)
    )
    return pair_graph(image, text, config.graph)


def measured(name: str, method: str, seed: int) -> dict[str, Any]:
    """Entropy and height of a method's tree, and what `levels_of` finds."""
    graph, tree = graph_of(name), preset("default").tree
    built = hint_se.Graph.from_edges(graph.edges, graph.weights, n_nodes=graph.n_nodes)
    if method == OURS:
        found = hint_se.build_tree(
            built, height=tree.height, algorithm=tree.algorithm, effort=tree.effort, seed=seed, n_threads=1
        )
    else:
        found = tree_of(method, built, graph.edges, graph.weights, seed)
    # Where a pair is two nodes, both are of its class.
    answers = {kind: np.tile(of, graph.n_nodes // graph.n_pairs) for kind, of in known(name).items()}
    return {
        "nodes": graph.n_nodes,
        "edges": len(graph.edges),
        "classes": {kind: len(np.unique(of)) for kind, of in answers.items()},
        "entropy": found.entropy,
        "height": found.height,
        "levels": levels_of(found, answers),
    }


def options(config: Config) -> dict[str, Any]:
    """What the graph and HINT's tree depend on; the seed of the tree is that of the line."""
    tree = {name: value for name, value in asdict(config.tree).items() if name not in ("tree_seed", "rebuild_every")}
    return asdict(config.graph) | tree


def key(name: str, method: str, seed: int, chosen: dict[str, Any]) -> str:
    """What a line is found by."""
    return json.dumps([name, method, seed, chosen], sort_keys=True)


def measure_set(name: str, records: Records) -> None:
    """Measure what is missing of a set."""
    chosen = options(preset("default"))
    for method in METHODS:
        for seed in SEEDS:
            own = key(name, method, seed, chosen)
            if records.get(own) is None:
                same_data(name, records)
                about = {"name": own, "set": name, "method": method, "seed": seed, "options": chosen}
                records.add({**about, "value": measured(name, method, seed)})
        measure.write(f"{name}, {method}\n")


def emoji_records() -> Records:
    """The lines of emoji.jsonl; its trees are found by their names."""
    return Records(RESULTS / "emoji.jsonl", "", key=lambda line: str(line.get("name", json.dumps(line))))


def values_of(name: str, records: Records, emoji: Records) -> dict[str, list[dict[str, Any]]]:
    """What was measured under today's default, by method, a value a seed."""
    found: dict[str, list[dict[str, Any]]] = {}
    for method in METHODS:
        if name == "emoji":
            there = FOUR if method == OURS else method
            lines = [emoji.get(f"tree: {GRAPHS[2]}; {there}; seed {seed}") for seed in SEEDS]
            values = [_as_here(line["value"]) for line in lines if line is not None]
        else:
            lines = [records.get(key(name, method, seed, options(preset("default")))) for seed in SEEDS]
            values = [line["value"] for line in lines if line is not None]
        if len(values) == len(SEEDS):
            found[method] = values
    return found


def _as_here(value: dict[str, Any]) -> dict[str, Any]:
    """A line of emoji.jsonl, its levels under the kinds of classes."""
    levels = {
        name: about | {kind: about[field] for kind, field in kinds("emoji").items()}
        for name, about in value["levels"].items()
    }
    return value | {"levels": levels}


def groups(records: Records) -> Iterator[Group]:
    """Every tree of today's default as a group of its own."""
    for line in records:
        if line["options"] == options(preset("default")):
            again = functools.partial(_again, line, records)
            cell = cell_of(records, line, flat(line["value"]), line["method"], line["set"], tolerance=TOLERANCE)
            yield Group(name=line["name"], cells=[cell], measure=again, seconds=10)


def _again(line: dict[str, Any], records: Records) -> dict[str, Figures]:
    same_data(line["set"], records)
    return {line["name"]: flat(measured(line["set"], line["method"], line["seed"]))}


REPLAY = Replay(groups=groups)


def best_text(tables: dict[str, dict[str, list[dict[str, Any]]]]) -> str:
    """For each set and kind of classes every method's nearest level."""
    rows = []
    for name, values in tables.items():
        for kind in kinds(name):
            cells = []
            for method in METHODS:
                found = [
                    (float(np.mean([one[kind] for one in there])), level)
                    for level, _, there in shown_levels(method, values.get(method, []))
                    if not level.startswith("cut")
                ]
                # What is read is often a level, whose name says more.
                score, level = max(found, default=(-1.0, ""), key=lambda one: (one[0], one[1] != "read"))
                cells.append((score, f"{score:.3f} ({level})" if found else "–"))
            most = max(score for score, _ in cells)
            rows.append([name, kind, *(f"**{text}**" if score == most else text for score, text in cells)])
    return measure.table(["set", "classes", *METHODS], rows)


def levels_text(tables: dict[str, dict[str, list[dict[str, Any]]]]) -> str:
    """Every level of every method on every set."""
    rows = []
    for name, values in tables.items():
        for method, seeds in values.items():
            entropy = float(np.mean([value["entropy"] for value in seeds]))
            for level, communities, there in shown_levels(method, seeds):
                if not level.startswith("cut"):
                    scores = [spread([x[kind] for x in there]) if kind in kinds(name) else "–" for kind in KINDS]
                    rows.append([name, method, f"{entropy:.3f}", level, communities, *scores])
    return measure.table(
        ["set", "method", "entropy", "level", "communities", *(f"AMI, {kind}" for kind in KINDS)], rows
    )


def report(records: Records, emoji: Records, sets: list[str], *, quick: bool) -> str:
    """The whole document."""
    tables = {name: values_of(name, records, emoji) for name in [*sets, "emoji"]}
    tables = {name: values for name, values in tables.items() if values}
    sizes = []
    for name, values in tables.items():
        one = next(iter(values.values()))[0]
        classes = one.get("classes", {"broader": 9, "labels": 98})
        counted = ", ".join(f"{classes[kind]} {kind}" for kind in kinds(name))
        sizes.append(f"* {name}: {one['nodes']:,} nodes, {one['edges']:,} edges; classes: {counted}\n")
    return (
        f"# HINT's tree beside known classes\n\n`{COMMAND}{' --quick' if quick else ''}`\n\n"
        f"Measured with {records.made_with()}; emoji stand in emoji.jsonl.\n\n{_ABOUT}\n{''.join(sizes)}\n"
        f"## Nearest level\n\n{best_text(tables)}\n## All levels\n\n{levels_text(tables)}"
    )


_ABOUT = f"""Adjusted mutual information (AMI) with classes of the training pairs, mean (± standard deviation) over {len(SEEDS)} seeds; 1 for equal partitions, 0 in the
mean by chance. Every method gets the same edges: the graph that HINT's default builds over the training pairs of both modalities. *labels* are
the classes that retrieval is measured by; where a set has a hierarchy of classes, *broader* and *finer* are its other levels. Level 1 is the
coarsest; *read* is what `suggest_level` names; *finest* are the parents of the leaves. Leiden and two-level Infomap make one partition. A
leaf that ends above a level is a community of its own there; levels that trees of some seeds alone have are left out. Entropy in bits: of the
whole tree, so that shorter trees have more. **Bold**: nearest of its row.
"""


def main() -> None:
    """Measure what is missing and write the table, after every set."""
    chosen = parsed(arguments(__doc__))
    logging.disable(logging.WARNING)
    sets = chosen_sets(chosen)
    records = Records(
        chosen.out / "known_classes.jsonl", COMMAND, (*LIBRARIES, "infomap", "leidenalg"), fresh=chosen.fresh
    )
    emoji = emoji_records()
    path = chosen.out / "known_classes.md"
    for name in [] if chosen.render else sets:
        measure_set(name, records)
        path.write_text(report(records, emoji, sets, quick=chosen.quick), encoding="utf-8")
    path.write_text(report(records, emoji, sets, quick=chosen.quick), encoding="utf-8")
    measure.write(f"{path}\n")


if __name__ == "__main__":
    main()
