"""Every peer's tree and ours, in one run: entropy, height, seconds, peak memory and recovery per graph.

    python benchmarks/trees/compare.py                       all graphs: about an hour, resumable
    python benchmarks/trees/compare.py --quick               graphs of up to 1,000 nodes, one round: a few minutes
    python benchmarks/trees/compare.py --graphs knn-50000    one graph; --peers-only and --ours-only narrow it further

Writes benchmarks/results/trees.md, and beside it trees.jsonl with the single measurements: the same command
goes on after the last of them on the same kind of machine. --check exits with 1 if a peer is below ours anywhere, or could
not run. The protocol is in benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Cell, Figures, Group, Replay, flat
from benchmarks.records import QUICK, RESULTS, Records
from benchmarks.trees import peers, planted, recovery
from benchmarks.trees.compare_report import EFFORTS, HEIGHTS, Row, graph_table, name_of, report, verdicts

import hint_se

MERGE_COMPRESS = "hint_se merge-compress"

#: A build longer than this (seconds) is measured once; and a short one so often inside its process.
ONCE_ABOVE, MANY_BELOW, MANY = 10.0, 0.05, 5
#: What an entropy may be off elsewhere, in bits: peers of another version find other partitions.
TOLERANCE = 0.1


def builder_of(name: str, threads: int = 1) -> peers.Builder:
    """Return the builder of a name, a peer's, or ours for a number of threads."""
    if name in peers.PEERS:
        return peers.PEERS[name]
    _, effort, *limit = name.split(" ")
    return peers.ours(effort, int(limit[0].removeprefix("K=")) if limit else None, threads)


def build(builder: peers.Builder, graph_file: str, tree_file: str, limit: float = math.inf) -> None:
    """Build one tree in this process, save its parent arrays and write the figures as JSON: the child's part.

    `limit`: processor seconds after which the process is ended by the system.
    """
    with np.load(graph_file) as file:
        edges, n = file["edges"], int(file["n"])
        weights = file["weights"] if file["weights"].size else None
    job = builder.prepare(edges, weights, n)
    with measure.at_most(limit):
        (result, cpu, wall), peak, _ = measure.peak_above(lambda: measure.timed(job.build))
    np.savez(tree_file, **{name or "tree": parent for name, parent in job.trees(result).items()})
    cpus, walls = [cpu], [wall]
    while cpu < MANY_BELOW and len(cpus) < MANY:
        # A graph of its own again: what a library keeps in its graph object must not shorten the next build.
        _, again, wall = measure.timed(builder.prepare(edges, weights, n).build)
        cpus.append(again)
        walls.append(wall)
    measure.write(json.dumps({"cpu": cpus, "wall": walls, "peak": peak}) + "\n")


class Comparison:
    """One graph and the builders' trees over it."""

    def __init__(self, name: str, folder: Path, limit: float) -> None:
        self.name = name
        self.known = planted.load(name)
        self.graph = hint_se.Graph.from_edges(self.known.edges, self.known.weights, n_nodes=self.known.n)
        self._limit = limit
        self._graph_file, self._tree_file = folder / "graph.npz", folder / "tree.npz"
        weights = np.empty(0) if self.known.weights is None else self.known.weights
        np.savez(self._graph_file, edges=self.known.edges, weights=weights, n=self.known.n)
        self._once: set[str] = set()

    def run(self, builder: str, repeat: int, records: Records) -> list[Row]:
        """Return a row per tree of the builder; the first repeat also judges the tree."""
        if builder in self._once:
            return []
        rows = records.value(f"{self.name}|{builder}|{repeat}", lambda: self.measure(builder, judge=repeat == 0))
        if not rows or rows[0]["status"] != "ok" or rows[0]["cpu"][0] > ONCE_ABOVE:
            self._once.add(builder)
        return rows

    def measure(self, builder: str, *, judge: bool) -> list[Row]:
        """Build one tree in a process of its own, and judge it."""
        arguments = [__file__, "--build", builder, str(self._graph_file), str(self._tree_file)]
        # The limit is the build's; starting Python and reading the graph come on top.
        answer = measure.child(arguments, self._limit + 20)
        if answer["status"] != "ok" or not judge:
            return [{"builder": builder, **answer}]
        rows = []
        with np.load(self._tree_file) as trees:
            for reading, parent in trees.items():
                tree = hint_se.Tree.from_parent(self.graph, parent)
                rows.append(
                    {
                        "builder": builder if reading == "tree" else f"{builder} ({reading})",
                        **answer,
                        "entropy": hint_se.structural_entropy(self.graph, tree),
                        "height": tree.height,
                        "recovery": recovery.best_match(tree, self.known.labels),
                    }
                )
        return rows


def compare(name: str, options: argparse.Namespace, records: Records) -> tuple[str, list[Row]]:
    """Return (description, rows) of one graph: all builders once, then all of them again, medians of the rounds."""
    with tempfile.TemporaryDirectory() as folder:
        one = Comparison(name, Path(folder), options.limit)
        rivals = [] if options.ours_only else list(peers.PEERS)
        own = [name_of(effort, height) for effort in EFFORTS for height in HEIGHTS]
        own = [] if options.peers_only else [*own, MERGE_COMPRESS]
        rows = [row for builder in rivals for row in one.run(builder, 0, records)]
        tall = [row for row in rows if row["status"] == "ok" and row["height"] > max(filter(None, HEIGHTS))]
        if tall and own:
            # The best peer that is taller than our limits is also met at its own height, not only without a limit.
            own.append(name_of("best", min(tall, key=lambda row: row["entropy"])["height"]))
        rows += [row for builder in own for row in one.run(builder, 0, records)]
        for repeat in range(1, options.repeats):
            for builder in [*rivals, *own]:
                again = one.run(builder, repeat, records)
                if again and again[0]["status"] == "ok":
                    for row in rows:
                        if row["builder"].partition(" (")[0] == builder and row["status"] == "ok":
                            row["cpu"] = row["cpu"] + again[0]["cpu"]
                            row["wall"] = row["wall"] + again[0]["wall"]
        classes = ", ".join(f"{len(np.unique(own[own >= 0])):,} {kind}" for kind, own in one.known.labels.items())
        flat = hint_se.one_dimensional_entropy(one.graph)
        text = f"{one.graph.n_nodes:,} nodes, {one.graph.n_edges:,} edges, flat tree {flat:.4f} bits"
        return text + (f"; known: {classes}" if classes else "; no known classes"), rows


def groups(records: Records) -> Iterator[Group]:
    """The builder of every graph, judged once, for `replay.py`."""
    for line in records:
        graph, builder, repeat = line["name"].split("|")
        rows = line["value"]
        if repeat != "0" or rows[0]["status"] != "ok":
            continue
        method = builder.partition(" K=")[0]
        cell = Cell(
            name=f"{graph}, {builder}",
            method=method,
            stratum=graph,
            figures=_compared(rows),
            made=records.session_of(line),
            tolerance=TOLERANCE,
        )
        again = partial(_again, cell.name, graph, builder, records.header["settings"]["limit"])
        yield Group(name=cell.name, cells=[cell], measure=again, seconds=10 + 2 * rows[0]["cpu"][0])


def _again(name: str, graph: str, builder: str, limit: float) -> dict[str, Figures]:
    with tempfile.TemporaryDirectory() as folder:
        rows = Comparison(graph, Path(folder), 10 * limit).measure(builder, judge=True)
    if rows[0]["status"] != "ok":
        raise SystemExit(f"{builder}: {rows[0].get('why', 'late')}")
    return {name: _compared(rows)}


def _compared(rows: list[Row]) -> Figures:
    return flat({row["builder"]: {key: row[key] for key in ("entropy", "height", "recovery")} for row in rows})


COMMAND = "python benchmarks/trees/compare.py"
LIBRARIES = tuple(sorted({builder.distribution for builder in peers.PEERS.values()}))
REPLAY = Replay(groups=groups, left_out="seconds and memory; builds that took longer than the limit")


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the options of the command line; `given` is what to write into the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small graphs, one round, limit 20 s")
    parser.add_argument("--graphs", nargs="+", metavar="NAME", help="by name, for instance karate knn-50000")
    parser.add_argument(
        "--out", type=Path, help="the report; results/trees.md, or build/benchmarks/trees.md with --quick"
    )
    parser.add_argument("--repeats", type=int, help="interleaved rounds; 3, or 1 with --quick")
    parser.add_argument("--limit", type=float, help="seconds that one build may take; 120, or 20 with --quick")
    parser.add_argument("--fresh", action="store_true", help="measure everything again")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a comparison is lost")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--peers-only", action="store_true")
    only.add_argument("--ours-only", action="store_true")
    options = parser.parse_args(arguments)
    options.out = options.out or (QUICK if options.quick else RESULTS) / "trees.md"
    options.graphs = options.graphs or planted.names(options.quick)
    options.repeats = options.repeats or (1 if options.quick else 3)
    options.limit = options.limit or (20.0 if options.quick else 120.0)
    # The place of the report is not part of what was measured.
    options.given = [
        word for i, word in enumerate(arguments) if word != "--out" and (i == 0 or arguments[i - 1] != "--out")
    ]
    return options


def main() -> None:
    """Run the comparison, or the one build that a child process is for."""
    if sys.argv[1:2] == ["--build"]:
        build(builder_of(sys.argv[2]), *sys.argv[3:5])
        return
    options = parse(sys.argv[1:])
    records = Records(
        options.out.with_suffix(".jsonl"),
        COMMAND,
        LIBRARIES,
        settings={"limit": options.limit},
        same_machine=True,
        fresh=options.fresh,
    )
    options.out.parent.mkdir(parents=True, exist_ok=True)
    found: dict[str, tuple[str, list[Row]]] = {}
    skipped: list[str] = []
    for name in options.graphs:
        try:
            found[name] = compare(name, options, records)
        except planted.MissingGraphError as error:
            skipped.append(f"{name}: {error}")
            continue
        measure.write(f"## {name}\n\n{found[name][0]}\n\n{graph_table(found[name][1], options.limit)}\n")
        for label, text, _ in verdicts(found[name][1]):
            measure.write(f"{name}, K={label}: {text}\n")
        measure.write("\n")
        # After every graph, so that a run that is cut short leaves a report of what it has.
        options.out.write_text(report(found, skipped, options, records.made_with())[0])
    text, lost = report(found, skipped, options, records.made_with())
    options.out.write_text(text)
    for line in skipped:
        measure.write(f"skipped {line}\n")
    measure.write(f"{lost} comparisons lost; report in {options.out}\n")
    # Nothing compared, or a peer that could not run, is no success either.
    broken = not any(verdicts(rows) for _, rows in found.values()) or any(
        row["status"] == "failed" for _, rows in found.values() for row in rows
    )
    sys.exit(1 if options.check and (lost or broken) else 0)


if __name__ == "__main__":
    main()
