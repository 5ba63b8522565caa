"""What scaling.py measures, each in a process of its own, and how its figures are measured again."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Cell, Figures, Group, Replay
from benchmarks.records import Records
from benchmarks.trees import benchmark_graphs
from benchmarks.trees.families import FAMILIES, write_edges

import hint_se

TOLERANCE = 0.01
"""What an entropy may be off elsewhere, in bits: a logarithm that rounds otherwise decides a tie."""


def build_family(family: str, n: int, effort: str, height: int | None, seconds: float) -> dict[str, Any]:
    """Build one graph of a family on one thread up to three times, while it takes less than `seconds` altogether."""
    edges, weights, n = FAMILIES[family](n)
    graph = hint_se.Graph.from_edges(edges, weights, n_nodes=n)
    del edges, weights
    how: dict[str, Any] = {"algorithm": effort} if effort == "merge-compress" else {"effort": effort}
    spent: list[float] = []
    while len(spent) < 3 and sum(spent) < seconds:
        tree, cpu, _ = measure.timed(lambda: hint_se.build_tree(graph, height=height, n_threads=1, **how))
        spent.append(cpu)
    return {"n": n, "m": graph.n_edges, "cpu": spent, "entropy": tree.entropy, "height": tree.height}


def build_threads(n: int, effort: str, height: int | None, rounds: int) -> dict[str, Any]:
    """Build the kNN graph on one and on two threads in turn: wall seconds of either, and whether the trees are equal."""
    edges, weights, n = benchmark_graphs.cross_modal_knn(n)
    graph = hint_se.Graph.from_edges(edges, weights, n_nodes=n)
    del edges, weights
    wall: dict[int, list[float]] = {1: [], 2: []}
    trees = {}
    for _ in range(rounds):
        for threads in wall:
            trees[threads], _, taken = measure.timed(
                lambda threads=threads: hint_se.build_tree(graph, height=height, effort=effort, n_threads=threads)
            )
            wall[threads].append(taken)
    return {"n": n, "m": graph.n_edges, "one": wall[1], "two": wall[2], "equal": trees[1] == trees[2]}


def build_file(
    graph: str, n: int, m: int | None, effort: str, threads: int, rounds: int, file: str = ""
) -> dict[str, Any]:
    """Build from the edge list of a .npy file: seconds and peak bytes of the graph and of the tree, from the caller's view.

    The file is made where none is given.
    """
    if not file:
        with tempfile.TemporaryDirectory() as folder:
            made = write_edges(graph, n, m, Path(folder) / "edges.npy")
            return build_file(graph, n, m, effort, threads, rounds, str(made))
    # Read and not mapped: the caller's array has to be in memory for "above it" to mean something.
    edges = np.load(file)
    answer: dict[str, Any] = {"rows": len(edges), "graph": [], "tree": [], "cpu": []}

    def work() -> measure.Timed:
        whole, cpu, wall = measure.timed(lambda: hint_se.Graph.from_edges(edges, n_nodes=n))
        tree, more, longer = measure.timed(lambda: hint_se.build_tree(whole, effort=effort, n_threads=threads))
        answer["graph"].append(wall)
        answer["tree"].append(longer)
        answer["cpu"].append(cpu + more)
        return (whole.n_edges, tree), cpu + more, wall + longer

    (((edges_left, tree), _, _), above, peak) = measure.peak_above(work)
    for _ in range(1, rounds):
        tree = None
        (_, tree), _, _ = work()
    return answer | {
        "n": n,
        "m": edges_left,
        "above": above,
        "peak": peak,
        "entropy": tree.entropy,
        "height": tree.height,
    }


WORK: dict[str, Callable[..., Any]] = {
    "family": build_family,
    "threads": build_threads,
    "file": build_file,
}


def name_of(work: str, arguments: dict[str, Any]) -> str:
    """What the record of a function of WORK with these arguments is called."""
    return f"{work} {json.dumps(arguments)}"


def measured(
    records: Records, work: str, limit: float, cpus: int | None, *, file: str = "", **arguments: Any
) -> dict[str, Any]:
    """Return the record of one child process that runs a function of WORK with these arguments."""
    # The folder of a generated file differs from run to run and names nothing.
    text = json.dumps({**arguments, **({"file": file} if file else {})})
    found: dict[str, Any] = records.value(
        name_of(work, arguments), lambda: measure.child([__file__, work, text], limit, cpus=cpus)
    )
    return found


def groups(records: Records) -> Iterator[Group]:
    """Every build, for `replay.py`."""
    for line in records:
        work, _, text = line["name"].partition(" ")
        arguments, value = json.loads(text), line["value"]
        if value["status"] != "ok":
            continue
        seconds = value.get("cpu") or value["one"]
        cell = Cell(
            name=line["name"],
            method=f"{work}, {arguments['effort']}",
            stratum=arguments.get("family", ""),
            figures=_compared(value),
            made=records.session_of(line),
            tolerance=TOLERANCE,
        )
        # Once: how often a build is repeated changes its time alone.
        once = {"seconds": 1e-9} if work == "family" else {"rounds": 1}
        again = partial(_again, line["name"], work, arguments | once)
        huge = "16 GB of memory and half an hour" if arguments.get("graph") == "huge" else ""
        cores = 1 if work == "family" else 2
        yield Group(
            name=line["name"], cells=[cell], measure=again, seconds=5 + 2 * max(seconds), cores=cores, needs=huge
        )


def _again(name: str, work: str, arguments: dict[str, Any]) -> dict[str, Figures]:
    return {name: _compared(WORK[work](**arguments))}


def _compared(value: dict[str, Any]) -> Figures:
    return {key: value[key] for key in ("n", "m", "entropy", "height", "equal") if key in value}


REPLAY = Replay(groups=groups, left_out="seconds, memory and exponents")


def main() -> None:
    """Do the work of one child process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", choices=WORK)
    parser.add_argument("arguments", type=json.loads, help="as JSON")
    options = parser.parse_args()
    measure.write(json.dumps(WORK[options.work](**options.arguments)) + "\n")


if __name__ == "__main__":
    main()
