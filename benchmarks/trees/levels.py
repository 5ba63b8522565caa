"""Whether `Tree.suggest_level` names the communities that are known: adjusted mutual information, beside other rules.

    python benchmarks/trees/levels.py              30 graphs, 44 that no rule was chosen on, 80 without structure: some minutes, resumable
    python benchmarks/trees/levels.py --quick      those of at most 300 nodes
    python benchmarks/trees/levels.py --render     the table from what was measured

Writes benchmarks/results/levels.md and beside it levels.jsonl. Every rule reads the same tree, the default without a limit, and sees no
label. At a graph of several planted levels the nearest of them counts. Of graphs without structure, five draws each, the number of
communities that are read is kept.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Group, Replay, cell_of, flat
from benchmarks.records import QUICK, RESULTS, Records
from benchmarks.trees.answers import ANSWERED, DRAWS, HELD_OUT, drawn_without_structure, measure_missing
from benchmarks.trees.planted import Planted
from benchmarks.trees.recovery import adjusted_mutual_information

import hint_se
from hint_se.hierarchy.cuts import merge_heights, split_order
from hint_se.hierarchy.suggest import code_savings, community_counts

COMMAND = "python benchmarks/trees/levels.py"
SETS: dict[str, dict[str, Callable[[], Planted]]] = {"chosen on": ANSWERED, "held out": HELD_OUT}
NOISE = "without structure"
RULES = {
    "suggested": "suggest_level",
    "saving": "greatest saving of a two-level code",
    "gap": "widest gap of merge odds",
    "height 2": "level 1 of a tree of height 2",
    "known": "cut into the known number",
    "best": "best cut, by the answer",
}
#: Of the cuts that are tried for the best, those of more communities are taken at growing steps.
_EVERY = 60
TOLERANCE = 0.05
#: Adjusted mutual information that a cut may lack of the best one to count as near it.
NEAR = 0.05


def measured(graph: Planted) -> dict[str, Any]:
    """Return what each rule finds: the number of communities and the AMI with the nearest answer."""
    known = hint_se.Graph.from_edges(graph.edges, graph.weights, n_nodes=graph.n)
    tree = hint_se.build_tree(known, n_threads=1)
    counts = community_counts(tree.parent, tree.volume, tree.cuts)
    heights = merge_heights(tree.parent, tree.volume, tree.cuts)
    odds = np.log(np.clip(heights, 1e-9, 1 - 1e-9) / np.clip(1 - heights, 1e-9, 1))[split_order(tree.parent, heights)]

    def scored(labels: np.ndarray) -> dict[str, Any]:
        found = max(adjusted_mutual_information(labels, answer) for answer in graph.labels.values())
        return {"communities": int(labels.max()) + 1, "ami": found}

    answers = [np.unique(answer).size for answer in graph.labels.values()]
    tried = [n for n in counts.tolist() if n <= graph.n // 2]
    tried = [*tried[:_EVERY], *tried[_EVERY :: 1 + len(tried) // _EVERY]]
    return {
        "nodes": graph.n,
        "answers": answers,
        "suggested": scored(tree.labels()),
        "saving": scored(tree.cut(int(counts[np.argmax(code_savings(tree.parent, tree.volume, tree.cuts))]))),
        "gap": scored(tree.cut(int(counts[1 + np.argmax(odds[:-1] - odds[1:])]))),
        "height 2": scored(hint_se.build_tree(known, height=2, n_threads=1).labels(1)),
        "known": max((scored(quietly(tree, n)) for n in answers), key=lambda found: found["ami"]),
        "best": max((scored(tree.cut(n)) for n in tried), key=lambda found: found["ami"]),
    }


def suggested_alone(graph: Planted) -> dict[str, Any]:
    """Return how many communities are read where no answer is known."""
    known = hint_se.Graph.from_edges(graph.edges, graph.weights, n_nodes=graph.n)
    tree = hint_se.build_tree(known, n_threads=1)
    return {"nodes": graph.n, "suggested": {"communities": tree.suggest_level().n_communities}}


def quietly(tree: hint_se.Tree, n: int) -> np.ndarray:
    """Return a cut into n communities, or into the nearest number that there is."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hint_se.InputWarning)
        return tree.cut(n)


def again(group: str, name: str) -> dict[str, Any]:
    """Return the figures of one graph by the name of its line."""
    if group == NOISE:
        return {f"{group}: {name}": flat(suggested_alone(dict(drawn_without_structure())[name]()))}
    return {f"{group}: {name}": flat(measured(SETS[group][name]()))}


def groups(records: Records) -> Iterator[Group]:
    """A group for each graph."""
    for line in records:
        group, _, name = line["name"].partition(": ")
        cell = cell_of(records, line, flat(line["value"]), group, name, tolerance=TOLERANCE)
        yield Group(name=line["name"], cells=[cell], measure=partial(again, group, name), seconds=20)


REPLAY = Replay(groups=groups)


def best_of(value: dict[str, Any]) -> dict[str, Any]:
    """Return the figures of a graph with the best cut being the best of all that were read: not every cut was tried."""
    return {**value, "best": max((value[rule] for rule in RULES if rule != "height 2"), key=lambda found: found["ami"])}


def report(records: Records) -> str:
    """Return the tables."""
    text = f"# Which communities to read\n\n`{COMMAND}`\n\n{records.made_with()}\n\n{_ABOUT}\n{verdict(records)}\n"
    means = []
    for group in SETS:
        lines = [best_of(line["value"]) for line in records if line["name"].startswith(f"{group}: ")]
        if lines:
            means.append(
                [group, len(lines), *(f"{np.mean([value[rule]['ami'] for value in lines]):.3f}" for rule in RULES)]
            )
    text += "## Means\n\n" + measure.table(["graphs", "number", *RULES.values()], means)
    for group in SETS:
        rows = []
        for line in records:
            if line["name"].startswith(f"{group}: "):
                value = best_of(line["value"])
                found = [f"{value[rule]['ami']:.3f} ({value[rule]['communities']:,})" for rule in RULES]
                rows.append(
                    [
                        line["name"].partition(": ")[2],
                        f"{value['nodes']:,}",
                        " or ".join(map(str, value["answers"])),
                        *found,
                    ]
                )
        if rows:
            text += f"\n## {group.capitalize()}\n\n" + measure.table(["graph", "nodes", "known", *RULES.values()], rows)
    return text + without_structure(records)


def verdict(records: Records) -> str:
    """Return what the tables come to."""
    values = [best_of(line["value"]) for line in records if line["name"].startswith(tuple(SETS))]
    near = sum(value["best"]["ami"] - value["suggested"]["ami"] <= NEAR for value in values)
    right = sum(value["suggested"]["communities"] in value["answers"] for value in values)
    met = sum(value["known"]["communities"] in value["answers"] for value in values)
    read = [n for numbers in read_without_structure(records).values() for n in numbers]
    return (
        "## Verdict\n\n"
        f"* Of {len(values)} graphs with known communities, `suggest_level` is within {NEAR} of the best cut on {near}, and reads exactly as many "
        f"communities as are known on {right}.\n"
        f"* `n_clusters`, the cut into the known number, has that number on {met} of {len(values)}. The others have more connected components "
        "than that, and the nearest number comes with a warning.\n"
        f"* Of {len(read)} graphs without structure `suggest_level` reads one community on {read.count(1)} and several on "
        f"{len(read) - read.count(1)}: it says where to cut, and not whether there is anything to see. `Tree.null` says that.\n"
    )


def read_without_structure(records: Records) -> dict[str, list[int]]:
    """Return how many communities are read of each kind of graph without structure, a number for each draw."""
    found: dict[str, list[int]] = {}
    for line in records:
        group, _, name = line["name"].partition(": ")
        if group == NOISE:
            found.setdefault(name.rpartition(" #")[0], []).append(line["value"]["suggested"]["communities"])
    return found


def without_structure(records: Records) -> str:
    """Return the table of graphs in which there is nothing to read."""
    rows = [[name, *sorted(read)] for name, read in read_without_structure(records).items()]
    head = ["graph", "fewest", *[""] * (DRAWS - 2), "most"]
    return (
        f"\n## Without structure\n\nCommunities that `suggest_level` reads in each of {DRAWS} draws.\n\n"
        + measure.table(head, rows)
    )


_ABOUT = """Adjusted mutual information with the known communities, and in brackets the number of communities. The rule of `suggest_level`, share³ · ln gap,
and its exponent were chosen on the first set; on the second nothing was.
"""


def main() -> None:
    """Measure what is missing, show and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small graphs; into build/benchmarks")
    parser.add_argument("--render", action="store_true", help="measure nothing")
    options = parser.parse_args()
    out = (QUICK if options.quick else RESULTS) / "levels.md"
    records = Records(out.with_suffix(".jsonl"), COMMAND, ("numpy", "scikit-learn", "networkit"))
    if not options.render:
        graphs = ((f"{group}: {name}", make) for group, makers in SETS.items() for name, make in makers.items())
        most = 300 if options.quick else math.inf
        measure_missing(records, graphs, measured, "suggested", most)
        noise = ((f"{NOISE}: {name}", make) for name, make in drawn_without_structure())
        measure_missing(records, noise, suggested_alone, "suggested", most)
    out.write_text(report(records), encoding="utf-8")
    measure.write(f"report in {out}\n")


if __name__ == "__main__":
    main()
