"""Peers and ours on graphs of 10^6 and 10^7 edges, in turn: edges per second, bits at equal height, peak memory, and who repeats itself.

    python benchmarks/trees/at_scale.py                     three families, hours of two cores, 20 GB; resumable
    python benchmarks/trees/at_scale.py --edges 1000000     one size
    python benchmarks/trees/at_scale.py --families kNN      some of planted, kNN, R-MAT
    python benchmarks/trees/at_scale.py --builders networkit hint_se --rounds 1    those whose names begin so, once each
    python benchmarks/trees/at_scale.py --fresh ours        forget what was measured of ours, and measure that again
    python benchmarks/trees/at_scale.py --quick             10^4 edges, to see that it runs

The graphs lie in build/benchmarks/at_scale, and are drawn where they are not there. Writes benchmarks/results/at_scale.md, and beside it
at_scale.jsonl with the single measurements: the same command, without --fresh, goes on after the last of them. The protocol is in
benchmarks/README.md; the limit is one of processor seconds here, all threads together.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Cell, Figures, Group, Replay
from benchmarks.records import QUICK, RESULTS, Records
from benchmarks.trees import compare, parents, peers
from benchmarks.trees.at_scale_report import report
from benchmarks.trees.families import OF_EDGES

import hint_se

COMMAND = "python benchmarks/trees/at_scale.py"
GRAPHS = QUICK / "at_scale"
#: Builds are made up to so many times; twice if they take longer than compare.ONCE_ABOVE, which shows whether they repeat themselves.
ROUNDS = 3
#: Wall seconds after which a build is given up, as a multiple of the limit: on a busy machine a processor second takes longer.
PATIENCE = 10.0
Row = dict[str, Any]


def _networkit(algorithm: str, threads: int) -> peers.Builder:
    return peers.Builder("networkit", partial(peers.networkit, algorithm=algorithm, threads=threads))


#: Builders by their name, made for a number of threads; those that know only one.
PARALLEL: dict[str, Callable[[int], peers.Builder]] = {
    "networkit PLM": partial(_networkit, "PLM"),
    "networkit ParallelLeiden": partial(_networkit, "ParallelLeiden"),
    "sc-cluster-libreville": lambda threads: peers.Builder(
        "sc-cluster-libreville", partial(peers.libreville, threads=threads)
    ),
}
SERIAL: dict[str, peers.Builder] = {
    "igraph Leiden": peers.Builder("igraph", peers.igraph_leiden),
    **{
        name: peers.PEERS[name]
        for name in ("leidenalg modularity", "Infomap two-level", "Infomap multilevel", "scikit-network Paris")
    },
}
OURS = ("hint_se fast", "hint_se default", "hint_se default K=2", "hint_se default K=3")
#: Taller trees of peers than this stand beside ours without a limit.
TALLEST = 7
LIBRARIES = ("igraph", "infomap", "leidenalg", "networkit", "scikit-network", "sc-cluster-libreville")


def builder_of(name: str, threads: int) -> peers.Builder:
    """Return the builder of a name for a number of threads."""
    if name in SERIAL:
        return SERIAL[name]
    if name in PARALLEL:
        return PARALLEL[name](threads)
    return compare.builder_of(name, threads)


class Race:
    """One graph, which is drawn when something is missing, and the builds over it."""

    def __init__(self, family: str, m: int, folder: Path, limit: float, records: Records) -> None:
        self.family, self.m, self.name = family, m, f"{family}-{m}"
        self._limit, self._records = limit, records
        self._graph_file, self._tree_file = GRAPHS / f"{self.name}.npz", folder / "tree.npz"

    @cached_property
    def graph(self) -> hint_se.Graph:
        """The graph, whose file the processes that build read."""
        if not self._graph_file.exists():
            GRAPHS.mkdir(parents=True, exist_ok=True)
            edges, _, n = OF_EDGES[self.family](self.m)
            part = self._graph_file.with_suffix(".partial.npz")
            np.savez(part, edges=edges, weights=np.empty(0), n=n)
            part.replace(self._graph_file)
        with np.load(self._graph_file) as file:
            return hint_se.Graph.from_edges(file["edges"], n_nodes=int(file["n"]))

    def run(self, chosen: tuple[str, ...], rounds: int) -> None:
        """Measure what is missing of the builders whose names begin as one of `chosen`: each once, then all of them again."""
        entries = [(name, threads) for name in PARALLEL for threads in (1, 2)] + [(name, 1) for name in SERIAL]
        entries = [entry for entry in entries if entry[0].startswith(chosen)]
        for name, threads in entries:
            self._row(name, threads, 0)
        # A taller peer is also met at its own height, not only without a limit.
        known = [line["value"] for line in self._records if line["name"].split("|")[0] == self.name]
        tall = sorted({row["height"] for row in known if row["status"] == "ok" and 3 < row["height"] <= TALLEST})
        own = [name for name in (*OURS, *(f"hint_se default K={height}" for height in tall)) if name.startswith(chosen)]
        entries += [(name, threads) for name in own for threads in (1, 2)]
        for turn in range(rounds):
            for name, threads in entries:
                first = self._row(name, threads, 0)
                if first["status"] == "ok" and (turn < 2 or first["cpu"][0] <= compare.ONCE_ABOVE):
                    self._row(name, threads, turn)

    def _row(self, name: str, threads: int, turn: int) -> Row:
        key = f"{self.name}|{name}|{threads}|{turn}"
        row: Row = self._records.value(key, lambda: self.measure(name, threads))
        return row

    def measure(self, name: str, threads: int) -> Row:
        """Build one tree in a process of its own, and judge it."""
        graph = self.graph
        arguments = [
            __file__,
            "--build",
            name,
            str(threads),
            *map(str, (self._graph_file, self._tree_file, self._limit)),
        ]
        answer = measure.child(arguments, PATIENCE * self._limit, cpus=threads)
        measure.write(f"{self.name}, {name}, {threads} threads: {answer}\n")
        if answer["status"] != "ok":
            return answer
        with np.load(self._tree_file) as trees:
            parent = trees["tree"]
        tree = hint_se.Tree.from_parent(graph, parent)
        return {
            **answer,
            "bits": hint_se.structural_entropy(graph, tree),
            "height": tree.height,
            "tree": parents.fingerprint(parent, graph.n_nodes),
        }


def groups(records: Records) -> Iterator[Group]:
    """The first build of every builder that repeats itself, for `replay.py`."""
    trees: dict[tuple[str, ...], set[str]] = {}
    for line in records:
        if line["value"]["status"] == "ok":
            trees.setdefault(tuple(line["name"].split("|")[:2]), set()).add(line["value"]["tree"])
    for line in records:
        graph, name, threads, turn = line["name"].split("|")
        row = line["value"]
        if turn != "0" or row["status"] != "ok" or len(trees[graph, name]) > 1:
            continue
        figures: Figures = {key: row[key] for key in ("bits", "height", "tree")}
        made = records.session_of(line)
        cell = Cell(name=line["name"], method=name.partition(" K=")[0], stratum=graph, figures=figures, made=made)
        again = partial(_again, line["name"], records.header["settings"]["limit"])
        yield Group(name=line["name"], cells=[cell], measure=again, seconds=30 + 2 * row["cpu"][0], cores=int(threads))


def _again(key: str, limit: float) -> dict[str, Figures]:
    graph, name, threads, _ = key.split("|")
    family, _, m = graph.rpartition("-")
    with tempfile.TemporaryDirectory() as folder:
        none = Records(Path(folder) / "none.jsonl", COMMAND)
        row = Race(family, int(m), Path(folder), 10 * limit, none).measure(name, int(threads))
    if row["status"] != "ok":
        raise SystemExit(f"{name}: {row.get('why', 'late')}")
    return {key: {figure: row[figure] for figure in ("bits", "height", "tree")}}


REPLAY = Replay(groups=groups, left_out="seconds and memory; builders whose trees differ from run to run")


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="10^4 edges, limit 20 s; into build/benchmarks")
    parser.add_argument("--edges", nargs="+", type=int, help="10^6 and 10^7")
    parser.add_argument("--families", nargs="+", choices=OF_EDGES, default=list(OF_EDGES))
    parser.add_argument("--builders", nargs="+", default=[""], help="how their names begin; all")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often a build is made at most; 3")
    parser.add_argument(
        "--limit", type=float, help="processor seconds that one build may take; 120, or 20 with --quick"
    )
    parser.add_argument("--out", type=Path, help="the report; results/at_scale.md, or build/benchmarks/at_scale.md")
    parser.add_argument("--fresh", nargs="?", const="all", choices=("all", "ours"), help="measure again: all, or ours")
    parser.add_argument("--render", action="store_true", help="only the report of what was measured")
    options = parser.parse_args(arguments)
    options.edges = options.edges or ([10_000] if options.quick else [1_000_000, 10_000_000])
    options.limit = options.limit or (20.0 if options.quick else 120.0)
    options.out = options.out or (QUICK if options.quick else RESULTS) / "at_scale.md"
    return options


def main() -> None:
    """Measure what is missing and write the report, or do the one build that a child process is for."""
    if sys.argv[1:2] == ["--build"]:
        name, threads, graph, tree, limit = sys.argv[2:7]
        compare.build(builder_of(name, int(threads)), graph, tree, float(limit))
        return
    options = parse(sys.argv[1:])
    settings = {"limit": options.limit}
    file = options.out.with_suffix(".jsonl")
    records = Records(file, COMMAND, LIBRARIES, settings=settings, same_machine=True, fresh=options.fresh == "all")
    if options.fresh == "ours":
        records.forget(lambda line: line["name"].split("|")[1].startswith("hint_se"))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    for m in options.edges if not options.render else ():
        for family in options.families:
            with tempfile.TemporaryDirectory() as folder:
                Race(family, m, Path(folder), options.limit, records).run(tuple(options.builders), options.rounds)
            # After every graph, so that a run that is cut short leaves a report of what it has.
            options.out.write_text(report(records, COMMAND, TALLEST), encoding="utf-8")
    options.out.write_text(report(records, COMMAND, TALLEST), encoding="utf-8")
    measure.write(f"report in {options.out}\n")


if __name__ == "__main__":
    main()
