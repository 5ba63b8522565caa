"""Whether `Tree.null` tells structure from noise: z of graphs with known communities, and false alarms on graphs without.

    python benchmarks/trees/noise.py              some minutes, resumable
    python benchmarks/trees/noise.py --quick      graphs of at most 200 nodes
    python benchmarks/trees/noise.py --render     the table from what was measured

Writes benchmarks/results/noise.md and beside it noise.jsonl. Graphs without structure are drawn five times each, from other seeds.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Figures, Group, Replay, cell_of
from benchmarks.records import QUICK, RESULTS, Records
from benchmarks.trees.answers import ANSWERED, DRAWS, drawn_without_structure, measure_missing
from benchmarks.trees.planted import Planted

import hint_se

COMMAND = "python benchmarks/trees/noise.py"
#: Null models of larger graphs take minutes and say no more.
MOST_NODES = 4_000
TOLERANCE = 3.0


def graphs() -> Iterator[tuple[str, Callable[[], Planted]]]:
    """Yield the names and makers of all graphs: with structure first."""
    for name, make in ANSWERED.items():
        yield f"structure: {name}", make
    for name, make in drawn_without_structure():
        yield f"noise: {name}", make


def measured(graph: Planted) -> Figures:
    """Return what the null model says of a graph; its seed is another than any that drew a graph."""
    known = hint_se.Graph.from_edges(graph.edges, graph.weights, n_nodes=graph.n)
    tree = hint_se.build_tree(known, effort="fast", n_threads=1)
    found = tree.null(seed=2_000)
    return {
        "nodes": graph.n,
        "saved": found.saved,
        "mean": found.mean,
        "std": found.std,
        "z": found.z,
        "structure": found.structure,
    }


def again(name: str) -> dict[str, Figures]:
    """Return the figures of one graph by its name."""
    return {name: measured(dict(graphs())[name]())}


def groups(records: Records) -> Iterator[Group]:
    """A group for each graph."""
    for line in records:
        kind, _, name = line["name"].partition(": ")
        cell = cell_of(records, line, line["value"], kind, name.partition(" #")[0], tolerance=TOLERANCE)
        yield Group(name=line["name"], cells=[cell], measure=partial(again, line["name"]), seconds=15)


REPLAY = Replay(groups=groups)


def report(records: Records) -> str:
    """Return the tables."""
    found = {line["name"]: line["value"] for line in records}
    with_structure = {name.partition(": ")[2]: value for name, value in found.items() if name.startswith("structure: ")}
    noise: dict[str, list[Figures]] = {}
    for name, value in found.items():
        if name.startswith("noise: "):
            noise.setdefault(name.partition(": ")[2].rpartition(" #")[0], []).append(value)
    alarms = sum(bool(value["structure"]) for values in noise.values() for value in values)
    seen = sum(bool(value["structure"]) for value in with_structure.values())
    text = (
        f"# Structure or noise\n\n`{COMMAND}`\n\n{records.made_with()}\n\n## Verdict\n\n"
        f"* Structure is seen in {seen} of {len(with_structure)} graphs with known communities.\n"
        f"* It is seen in {alarms} of {sum(map(len, noise.values()))} graphs without: {len(noise)} kinds, {DRAWS} draws each.\n\n"
        "## With known communities\n\nWhat a tree of effort fast saves of the one-dimensional entropy, what it saves on 20 random graphs of the same degrees, and z.\n\n"
    )
    rows = [
        [
            name,
            f"{v['nodes']:,}",
            f"{v['saved']:.1%}",
            f"{v['mean']:.1%} ± {v['std']:.1%}",
            f"{v['z']:,.1f}",
            "yes" if v["structure"] else "NO",
        ]
        for name, v in with_structure.items()
    ]
    text += measure.table(["graph", "nodes", "saved", "by chance", "z", "structure"], rows)
    text += "\n## Without structure\n\nThe largest and the smallest z of five draws.\n\n"
    rows = []
    for name, values in noise.items():
        z = [float(value["z"] or 0) for value in values]
        saved = f"{np.mean([value['saved'] for value in values]):.1%}"
        rows.append(
            [
                name,
                f"{values[0]['nodes']:,}",
                saved,
                f"{min(z):.1f}",
                f"{max(z):.1f}",
                sum(bool(value["structure"]) for value in values),
            ]
        )
    return text + measure.table(["graph", "nodes", "saved", "smallest z", "largest z", "false alarms"], rows)


def main() -> None:
    """Measure what is missing, show and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small graphs; into build/benchmarks")
    parser.add_argument("--render", action="store_true", help="measure nothing")
    options = parser.parse_args()
    out = (QUICK if options.quick else RESULTS) / "noise.md"
    records = Records(out.with_suffix(".jsonl"), COMMAND, ("numpy", "scikit-learn", "networkit"))
    if not options.render:
        measure_missing(records, graphs(), measured, "z", 200 if options.quick else MOST_NODES)
    out.write_text(report(records), encoding="utf-8")
    measure.write(f"report in {out}\n")


if __name__ == "__main__":
    main()
