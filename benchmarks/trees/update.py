"""How long `Tree.update` and `Tree.place` take, and what they cost in entropy, against building the changed graph's tree anew.

    python benchmarks/trees/update.py              10^5 nodes, five families: some fifteen minutes
    python benchmarks/trees/update.py --quick      4,000 nodes: shows that it runs, proves nothing
    python benchmarks/trees/update.py --check      exit with 1 where a mark is missed
    python benchmarks/trees/update.py --parts long many edges at once, long chains, nodes that come later; the rest is kept

Writes benchmarks/results/update.md and beside it update.jsonl. Updates and rebuilds take turns in one process, pinned to one core, on one thread.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Figures, Group, Replay, cell_of, flat
from benchmarks.records import QUICK, RESULTS, Line, Records
from benchmarks.trees.benchmark_graphs import FAMILIES
from benchmarks.trees.update_report import CHAIN_LENGTH, report
from numpy.typing import NDArray

import hint_se

COMMAND = "python benchmarks/trees/update.py"
NODES, ROUNDS = 100_000, 5
#: What the entropy of an update over that of a rebuild may be off elsewhere.
TOLERANCE = 0.001
KINDS = ("knn", "blocks", "lfr", "small-world", "power-law")
#: Of a long chain, over which a fifth of the edges changes, and of an update of many edges at once.
LONG_LENGTH, LONG_SHARE, MANY_SHARE = 50, 0.004, 0.16
#: So many of the nodes come later.
LATE_SHARE = 0.01
SHARE = 0.001
OTHER_SHARES = (0.0001, 0.01)
HEIGHTS = (2, 3)
PLACES = ("anywhere", "near")
#: What is measured of a family: changes of few edges, and what goes on for long or is much at once.
PARTS = ("short", "long")

Pairs = NDArray[np.int64]


class Change(NamedTuple):
    """Edges to add, with weights where the graph has weights other than 1, and edges to remove."""

    added: Pairs
    weights: NDArray[np.float64] | None
    removed: Pairs


def listed(graph: hint_se.Graph) -> tuple[Pairs, NDArray[np.float64]]:
    """Return the edges of a graph, smaller end first, and their weights."""
    ends = np.repeat(np.arange(graph.n_nodes), np.diff(graph.indptr))
    once = ends < graph.indices
    return np.stack([ends, graph.indices], axis=1)[once], graph.weights[once]


def change_of(graph: hint_se.Graph, share: float, place: str, rng: np.random.Generator) -> Change:
    """Return a change of a share of the edges: one half goes, wherever it is, and as many come.

    New edges are between any two nodes, or close triangles: they join two neighbours of a node.
    """
    edges, weights = listed(graph)
    count = max(1, round(share * len(edges) / 2))
    start, end = rng.integers(0, graph.n_nodes, (2, 4 * count + 64))
    if place == "near":
        own = np.repeat(np.arange(graph.n_nodes), np.diff(graph.indptr))
        first = rng.integers(0, graph.indices.size, start.size)
        row = own[first]
        other = graph.indptr[row] + rng.integers(0, 2**40, start.size) % (graph.indptr[row + 1] - graph.indptr[row])
        start, end = graph.indices[first], graph.indices[other]
    pairs = np.stack([np.minimum(start, end), np.maximum(start, end)], axis=1).astype(np.int64)
    keys, known = pairs @ (graph.n_nodes, 1), edges @ (graph.n_nodes, 1)
    _, new = np.unique(keys, return_index=True)
    new = np.sort(new[(pairs[new, 0] != pairs[new, 1]) & ~np.isin(keys[new], known)])[:count]
    drawn = None if (weights == 1).all() else rng.choice(weights, len(new))
    return Change(pairs[new], drawn, edges[rng.choice(len(edges), count, replace=False)])


def compared(
    graph: hint_se.Graph, tree: hint_se.Tree, change: Change, height: int | None, rounds: int
) -> dict[str, Any]:
    """Return the times of updates and rebuilds in turn, their entropies, and that of the tree left as it is."""

    def update() -> hint_se.Update[hint_se.Tree]:
        return tree.update(graph, change.added, change.removed, weights=change.weights, height=height)

    after, updates, rebuilds = update(), [], []
    for _ in range(rounds):
        updates.append(measure.timed(update)[1])
        rebuilt, seconds, _ = measure.timed(lambda: hint_se.build_tree(after.graph, height=height, n_threads=1))
        rebuilds.append(seconds)
    entropy = hint_se.structural_entropy(after.graph, after.tree)
    assert abs(entropy - after.tree.entropy) <= 1e-9
    assert height is None or after.tree.height <= height
    return {
        "changed": len(change.added) + len(change.removed),
        "update": median(updates),
        "rebuild": median(rebuilds),
        "gap": entropy / rebuilt.entropy - 1,
        "stale": hint_se.structural_entropy(after.graph, tree) / rebuilt.entropy - 1,
    }


def chain(graph: hint_se.Graph, tree: hint_se.Tree, rng: np.random.Generator) -> list[float]:
    """Return the gap to a rebuild after one update and every fifth one of a chain."""
    gaps = []
    for step in range(1, CHAIN_LENGTH + 1):
        change = change_of(graph, SHARE, "anywhere", rng)
        tree, graph = tree.update(graph, change.added, change.removed, weights=change.weights)
        if step == 1 or step % 5 == 0:
            rebuilt = hint_se.build_tree(graph, n_threads=1)
            gaps.append(hint_se.structural_entropy(graph, tree) / rebuilt.entropy - 1)
    return gaps


def long_chain(graph: hint_se.Graph, tree: hint_se.Tree, rng: np.random.Generator) -> dict[str, Any]:
    """Return the gap to a rebuild after every tenth update of a long chain, and the seconds of an update on average."""
    gaps, spent = [], 0.0
    for step in range(1, LONG_LENGTH + 1):
        change = change_of(graph, LONG_SHARE, "anywhere", rng)
        (tree, graph), seconds, _ = measure.timed(partial(_follow, tree, graph, change))
        spent += seconds
        if step % 10 == 0:
            rebuilt = hint_se.build_tree(graph, n_threads=1)
            gaps.append(hint_se.structural_entropy(graph, tree) / rebuilt.entropy - 1)
    return {"gaps": gaps, "update": spent / LONG_LENGTH}


def _follow(tree: hint_se.Tree, graph: hint_se.Graph, change: Change) -> hint_se.Update[hint_se.Tree]:
    return tree.update(graph, change.added, change.removed, weights=change.weights)


def arrivals(graph: hint_se.Graph, height: int | None, rounds: int, rng: np.random.Generator) -> dict[str, Any]:
    """Return the times of `place`, `update` and a rebuild for nodes that come later, and the gaps of both."""
    count = max(1, round(LATE_SHARE * graph.n_nodes))
    first, number = graph.n_nodes - count, rng.permutation(graph.n_nodes)
    edges, weights = listed(graph)
    edges = number[edges]
    late = (edges >= first).any(axis=1)
    before = hint_se.Graph.from_edges(edges[~late], weights[~late], n_nodes=first)
    tree = hint_se.build_tree(before, height=height, n_threads=1)
    grown = hint_se.Graph.from_edges(edges, weights, n_nodes=graph.n_nodes)
    limit: dict[str, Any] = {"height": height}
    ways: dict[str, Callable[[], Any]] = {
        "place": lambda: tree.place(edges[late], weights[late], n_nodes=graph.n_nodes, **limit),
        "update": lambda: tree.update(before, edges[late], weights=weights[late], n_nodes=graph.n_nodes, **limit),
        "rebuild": lambda: hint_se.build_tree(grown, n_threads=1, **limit),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    made: dict[str, Any] = {}
    for _ in range(rounds):
        for name, way in ways.items():
            made[name], spent, _ = measure.timed(way)
            seconds[name].append(spent)
    placed, after, rebuilt = made.values()
    entropy = hint_se.structural_entropy(after.graph, placed)
    assert abs(entropy - placed.entropy) <= 1e-9
    assert height is None or placed.height <= height
    return {
        "nodes": graph.n_nodes,
        "late": count,
        "edges": int(late.sum()),
        "gap": entropy / rebuilt.entropy - 1,
        "gap of update": after.tree.entropy / rebuilt.entropy - 1,
    } | {name: median(values) for name, values in seconds.items()}


def family(kind: str, n: int, rounds: int, part: str) -> dict[str, Any]:
    """Return the lines of one part of a family, in a process of its own."""
    edges, weights, n = FAMILIES[kind](n)
    graph = hint_se.Graph.from_edges(edges, weights, n_nodes=n)
    heights = (None, *HEIGHTS) if part == "short" else (None, 2)
    trees = {height: hint_se.build_tree(graph, height=height, n_threads=1) for height in heights}
    rng = np.random.default_rng(1 + PARTS.index(part))

    def measured(share: float, place: str, height: int | None, rounds: int = rounds) -> dict[str, Any]:
        found = compared(graph, trees[height], change_of(graph, share, place, rng), height, rounds)
        return {**found, "nodes": n, "edges": graph.n_edges}

    if part == "short":
        return (
            {f"places, {place}": measured(SHARE, place, None) for place in PLACES}
            | {f"heights, {height}": measured(SHARE, "anywhere", height) for height in HEIGHTS}
            | {f"shares, {share}": measured(share, "anywhere", None) for share in OTHER_SHARES}
            | {"chain": chain(graph, trees[None], rng)}
        )
    return (
        {f"many, {height}": measured(MANY_SHARE, "anywhere", height, rounds=1) for height in heights}
        | {"long chain": long_chain(graph, trees[None], rng)}
        | {f"arrivals, {height}": arrivals(graph, height, rounds, rng) for height in heights}
    )


def _compared(part: Any) -> Figures:
    return {name: value for name, value in flat(part).items() if name not in ("update", "rebuild", "place")}


def groups(records: Records) -> Iterator[Group]:
    """The parts of the families: all comparisons of one draw their changes in turn from one source."""
    for kind in KINDS:
        for part in PARTS:
            lines = [line for line in records if line["name"].startswith(f"{kind}, ") and _part_of(line) == part]
            cells = [cell_of(records, line, _compared(line["value"]), kind, tolerance=TOLERANCE) for line in lines]
            yield Group(name=f"{kind}, {part}", cells=cells, measure=partial(_again, kind, part), seconds=60)


def _part_of(line: Line) -> str:
    return "long" if line["name"].split(", ")[1] in ("many", "long chain", "arrivals") else "short"


def _again(kind: str, part: str) -> dict[str, Figures]:
    return {f"{kind}, {name}": _compared(row) for name, row in family(kind, NODES, rounds=1, part=part).items()}


REPLAY = Replay(groups=groups, left_out="seconds")


def main() -> None:
    """Measure every family, show and write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--family", help=argparse.SUPPRESS)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="measure only these")
    parser.add_argument("--nodes", type=int, default=NODES, help="of each graph")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of update and rebuild in turn")
    parser.add_argument("--quick", action="store_true", help="4,000 nodes, one round; into build/benchmarks")
    parser.add_argument("--render", action="store_true", help="measure nothing")
    parser.add_argument("--out", type=Path, help="the report")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a mark is missed")
    options = parser.parse_args()
    nodes, rounds = (4_000, 1) if options.quick else (options.nodes, options.rounds)
    if options.family:
        measure.write(json.dumps(family(options.family, nodes, rounds, options.parts[0])) + "\n")
        return
    usual = nodes == NODES
    out = options.out or (RESULTS if usual else QUICK) / "update.md"
    records = Records(out.with_suffix(".jsonl"), COMMAND, fresh=not options.render and len(options.parts) == len(PARTS))
    records.forget(lambda line: not options.render and _part_of(line) in options.parts)
    for kind, part in () if options.render else itertools.product(KINDS, options.parts):
        arguments = [__file__, "--family", kind, "--parts", part, "--nodes", str(nodes), "--rounds", str(rounds)]
        one = measure.child(arguments, limit=3600.0)
        if one.pop("status") != "ok":
            raise SystemExit(f"{kind}: {one}")
        for name, row in one.items():
            records.add({"name": f"{kind}, {name}", "value": row})
        measure.write(f"{kind}, {part}\n")
    text, missed = report(records, COMMAND + (" --quick" if options.quick else ""), rounds)
    out.write_text(text)
    measure.write(f"\n{text}\n{missed} marks missed; report in {out}\n")
    sys.exit(1 if options.check and missed else 0)


if __name__ == "__main__":
    main()
