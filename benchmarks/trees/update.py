"""How long `Tree.update` takes, and what it costs in entropy, against building the changed graph's tree anew.

    python benchmarks/trees/update.py              10^5 nodes, five families: some ten minutes
    python benchmarks/trees/update.py --quick      4,000 nodes: shows that it runs, proves nothing
    python benchmarks/trees/update.py --check      exit with 1 where a mark is missed

Writes benchmarks/results/update.md and beside it update.jsonl. Updates and rebuilds take turns in one process, pinned to one core, on one thread.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Figures, Group, Replay, cell_of, flat
from benchmarks.records import QUICK, RESULTS, Records
from benchmarks.trees.benchmark_graphs import FAMILIES
from numpy.typing import NDArray

import hint_se

COMMAND = "python benchmarks/trees/update.py"
NODES, ROUNDS = 100_000, 5
#: What the entropy of an update over that of a rebuild may be off elsewhere.
TOLERANCE = 0.001
KINDS = ("knn", "blocks", "lfr", "small-world", "power-law")
#: At a change of one edge in a thousand: so many times faster than a rebuild, and at most so much more entropy.
SPEED, GAP = 20.0, 0.005
#: What a chain of updates may lose to a rebuild.
CHAIN_LENGTH, CHAIN_GAP = 20, 0.01
SHARE = 0.001
OTHER_SHARES = (0.0001, 0.01)
HEIGHTS = (2, 3)
PLACES = ("anywhere", "near")

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


def family(kind: str, n: int, rounds: int) -> dict[str, Any]:
    """Return everything about one family, in a process of its own."""
    edges, weights, n = FAMILIES[kind](n)
    graph = hint_se.Graph.from_edges(edges, weights, n_nodes=n)
    trees = {height: hint_se.build_tree(graph, height=height, n_threads=1) for height in (None, *HEIGHTS)}
    rng = np.random.default_rng(1)

    def measured(share: float, place: str, height: int | None) -> dict[str, Any]:
        return compared(graph, trees[height], change_of(graph, share, place, rng), height, rounds)

    return {
        "nodes": n,
        "edges": graph.n_edges,
        "places": {place: measured(SHARE, place, None) for place in PLACES},
        "heights": {str(height): measured(SHARE, "anywhere", height) for height in HEIGHTS},
        "shares": {str(share): measured(share, "anywhere", None) for share in OTHER_SHARES},
        "chain": chain(graph, trees[None], rng),
    }


def parts(found: dict[str, Any]) -> dict[str, Any]:
    """Return the comparisons of a family by name, and its chain."""
    compared = {
        f"{part}, {name}": {**row, "nodes": found["nodes"], "edges": found["edges"]}
        for part in ("places", "heights", "shares")
        for name, row in found[part].items()
    }
    return compared | {"chain": found["chain"]}


def _compared(part: Any) -> Figures:
    return {name: value for name, value in flat(part).items() if name not in ("update", "rebuild")}


def groups(records: Records) -> Iterator[Group]:
    """The families: all comparisons of one draw their changes in turn from one source."""
    for kind in KINDS:
        lines = [line for line in records if line["name"].startswith(f"{kind}, ")]
        cells = [cell_of(records, line, _compared(line["value"]), kind, tolerance=TOLERANCE) for line in lines]
        yield Group(name=kind, cells=cells, measure=partial(_again, kind), seconds=60)


def _again(kind: str) -> dict[str, Figures]:
    return {f"{kind}, {name}": _compared(part) for name, part in parts(family(kind, NODES, rounds=1)).items()}


REPLAY = Replay(groups=groups, left_out="seconds")


def percent(gap: float) -> str:
    """Return a gap with its sign."""
    return f"{100 * gap:+.3f} %"


def row_of(found: dict[str, Any]) -> list[str]:
    """Return the cells that every comparison has."""
    ratio = found["rebuild"] / found["update"]
    return [
        f"{found['changed']:,}",
        f"{found['rebuild']:.3f}",
        f"{found['update']:.4f}",
        f"{ratio:.1f}",
        percent(found["gap"]),
        percent(found["stale"]),
    ]


def holds(found: dict[str, Any]) -> bool:
    """Return whether a comparison at one edge in a thousand keeps both marks."""
    return found["rebuild"] / found["update"] >= SPEED and found["gap"] <= GAP


HEAD = ["changed edges", "rebuild, s", "update, s", "times faster", "entropy against the rebuild", "tree left as it is"]


def report(records: Records, command: str, rounds: int) -> tuple[str, int]:
    """Return the report and the number of missed marks."""
    places, heights, shares, chains, missed = [], [], [], [], 0
    for line in records:
        kind, part, *rest = line["name"].split(", ")
        row = line["value"]
        if part == "places":
            size = [f"{row['nodes']:,}", f"{row['edges']:,}"]
            places.append([kind, *rest, *size, *row_of(row), "yes" if holds(row) else "NO"])
            missed += not holds(row)
        elif part == "heights":
            heights.append([kind, *rest, *row_of(row)])
        elif part == "shares":
            shares.append([kind, f"{100 * float(rest[0]):g} %", *row_of(row)])
        else:
            kept = row[-1] <= CHAIN_GAP
            chains.append([kind, *map(percent, row), "yes" if kept else "NO"])
            missed += not kept
    steps = ["after 1", *(f"after {step}" for step in range(5, CHAIN_LENGTH + 1, 5))]
    text = (
        f"# Updates against rebuilds\n\n`{command}`\n\n{records.made_with()}\n\n"
        f"Medians of {rounds} rounds in which update and rebuild take turns, processor seconds on one thread, effort default. The update makes "
        "tree and graph from the old ones; the rebuild has the new graph already. Half of the changed edges go, and half come.\n\n"
        f"## One edge in a thousand\n\nMarks: {SPEED:g} times faster, {100 * GAP:g} % more entropy at most. New edges join any two nodes, "
        "or two neighbours of a node.\n\n"
        + measure.table(["graph", "new edges", "nodes", "edges", *HEAD, "holds"], places)
        + "\n## At a height limit\n\n"
        + measure.table(["graph", "height", *HEAD], heights)
        + "\n## Other shares of the edges\n\n"
        + measure.table(["graph", "changed", *HEAD], shares)
        + f"\n## {CHAIN_LENGTH} updates in a row\n\nOne edge in a thousand each, new edges between any two nodes. Entropy against a rebuild; "
        f"mark: {100 * CHAIN_GAP:g} % in the end.\n\n" + measure.table(["graph", *steps, "holds"], chains)
    )
    return text, missed


def main() -> None:
    """Measure every family, show and write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--family", help=argparse.SUPPRESS)
    parser.add_argument("--nodes", type=int, default=NODES, help="of each graph")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of update and rebuild in turn")
    parser.add_argument("--quick", action="store_true", help="4,000 nodes, one round; into build/benchmarks")
    parser.add_argument("--render", action="store_true", help="measure nothing")
    parser.add_argument("--out", type=Path, help="the report")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a mark is missed")
    options = parser.parse_args()
    nodes, rounds = (4_000, 1) if options.quick else (options.nodes, options.rounds)
    if options.family:
        measure.write(json.dumps(family(options.family, nodes, rounds)) + "\n")
        return
    usual = nodes == NODES
    out = options.out or (RESULTS if usual else QUICK) / "update.md"
    records = Records(out.with_suffix(".jsonl"), COMMAND, fresh=not options.render)
    for kind in () if options.render else KINDS:
        arguments = [__file__, "--family", kind, "--nodes", str(nodes), "--rounds", str(rounds)]
        one = measure.child(arguments, limit=3600.0)
        if one.pop("status") != "ok":
            raise SystemExit(f"{kind}: {one}")
        for name, part in parts(one).items():
            records.add({"name": f"{kind}, {name}", "value": part})
        measure.write(f"{kind}: {', '.join(row_of(one['places']['anywhere']))}\n")
    text, missed = report(records, COMMAND + (" --quick" if options.quick else ""), rounds)
    out.write_text(text)
    measure.write(f"\n{text}\n{missed} marks missed; report in {out}\n")
    sys.exit(1 if options.check and missed else 0)


if __name__ == "__main__":
    main()
