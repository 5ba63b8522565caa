"""Every peer's tree and ours, in one run: entropy, height, seconds, peak memory and recovery per graph.

    python benchmarks/trees/compare.py                       all graphs: about an hour, resumable
    python benchmarks/trees/compare.py --quick               graphs of up to 1,000 nodes, one round: a few minutes
    python benchmarks/trees/compare.py --graphs knn-50000    one graph; --peers-only and --ours-only narrow it further

Writes benchmarks/results/trees.md, and beside it trees.jsonl with the single measurements: the same command
goes on after the last of them, as long as the compiled core and the machine are the same. --check exits
with 1 if a peer is below ours anywhere, or could not run. The protocol is in benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.trees import peers, planted, recovery

import hint_se

EFFORTS = ("fast", "default", "best")
HEIGHTS = (None, 2, 3, 4, 5)
MERGE_COMPRESS = "hint_se merge-compress"
RESULTS = Path(__file__).resolve().parents[1] / "results"

#: A build longer than this (seconds) is measured once; and a short one so often inside its process.
ONCE_ABOVE, MANY_BELOW, MANY = 10.0, 0.05, 5
#: The graph that the marks of speed are about.
SPEED_GRAPH = "knn-50000"

Row = dict[str, Any]


def name_of(effort: str, height: int | None) -> str:
    """Return the name of our builder, for instance "hint_se best K=3"."""
    return f"hint_se {effort}" + ("" if height is None else f" K={height}")


def builder_of(name: str) -> peers.Builder:
    """Return the builder of a name, a peer's or ours."""
    if name in peers.PEERS:
        return peers.PEERS[name]
    _, effort, *limit = name.split(" ")
    return peers.ours(effort, int(limit[0].removeprefix("K=")) if limit else None)


def build(name: str, graph_file: str, tree_file: str) -> None:
    """Build one tree in this process, save its parent arrays and write the figures as JSON: the child's part."""
    with np.load(graph_file) as file:
        edges, n = file["edges"], int(file["n"])
        weights = file["weights"] if file["weights"].size else None
    builder = builder_of(name)
    job = builder.prepare(edges, weights, n)
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
    """One graph and the builders' trees over it, with every measurement kept in the records."""

    def __init__(self, name: str, records: measure.Records, folder: Path, limit: float) -> None:
        self.name = name
        self.known = planted.load(name)
        self.graph = hint_se.Graph.from_edges(self.known.edges, self.known.weights, n_nodes=self.known.n)
        self._records, self._limit = records, limit
        self._graph_file, self._tree_file = folder / "graph.npz", folder / "tree.npz"
        weights = np.empty(0) if self.known.weights is None else self.known.weights
        np.savez(self._graph_file, edges=self.known.edges, weights=weights, n=self.known.n)
        self._once: set[str] = set()

    def run(self, builder: str, repeat: int) -> list[Row]:
        """Return a row per tree of the builder; the first repeat also judges the tree."""
        if builder in self._once:
            return []
        rows = self._records.get(f"{self.name}|{builder}|{repeat}", lambda: self._measure(builder, judge=repeat == 0))
        if not rows or rows[0]["status"] != "ok" or rows[0]["cpu"][0] > ONCE_ABOVE:
            self._once.add(builder)
        return rows

    def _measure(self, builder: str, *, judge: bool) -> list[Row]:
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


def compare(name: str, options: argparse.Namespace, records: measure.Records) -> tuple[str, list[Row]]:
    """Return (description, rows) of one graph: all builders once, then all of them again, medians of the rounds."""
    with tempfile.TemporaryDirectory() as folder:
        one = Comparison(name, records, Path(folder), options.limit)
        rivals = [] if options.ours_only else list(peers.PEERS)
        own = [name_of(effort, height) for effort in EFFORTS for height in HEIGHTS]
        own = [] if options.peers_only else [*own, MERGE_COMPRESS]
        rows = [row for builder in rivals for row in one.run(builder, 0)]
        tall = [row for row in rows if row["status"] == "ok" and row["height"] > max(filter(None, HEIGHTS))]
        if tall and own:
            # The best peer that is taller than our limits is also met at its own height, not only without a limit.
            own.append(name_of("best", min(tall, key=lambda row: row["entropy"])["height"]))
        rows += [row for builder in own for row in one.run(builder, 0)]
        for repeat in range(1, options.repeats):
            for builder in [*rivals, *own]:
                again = one.run(builder, repeat)
                if again and again[0]["status"] == "ok":
                    for row in rows:
                        if row["builder"].partition(" (")[0] == builder and row["status"] == "ok":
                            row["cpu"] = row["cpu"] + again[0]["cpu"]
                            row["wall"] = row["wall"] + again[0]["wall"]
        classes = ", ".join(f"{len(np.unique(own[own >= 0])):,} {kind}" for kind, own in one.known.labels.items())
        flat = hint_se.one_dimensional_entropy(one.graph)
        text = f"{one.graph.n_nodes:,} nodes, {one.graph.n_edges:,} edges, flat tree {flat:.4f} bits"
        return text + (f"; known: {classes}" if classes else "; no known classes"), rows


def graph_table(rows: list[Row], limit: float) -> str:
    """Return the table of one graph, peers first, each group by entropy."""
    done = [row for row in rows if row["status"] == "ok"]
    classes = list(done[0]["recovery"]) if done else []
    lines = []
    for row in sorted(rows, key=lambda row: (row["builder"].startswith("hint_se"), row.get("entropy", np.inf))):
        if row["status"] == "late":
            lines.append([row["builder"], "", "", f">{limit:.0f} s", "", *[""] * len(classes)])
        elif row["status"] == "failed":
            lines.append([row["builder"], "", "", f"failed: {row['why']}", "", *[""] * len(classes)])
        else:
            figures = [f"{row['entropy']:.4f}", row["height"], f"{seconds(row):.3g}", f"{row['peak'] / 1e6:.1f}"]
            lines.append([row["builder"], *figures, *(f"{row['recovery'][kind]:.3f}" for kind in classes)])
    return measure.table(["tree", "bits", "height", "seconds", "peak MB", *(f"AMI, {kind}" for kind in classes)], lines)


def seconds(row: Row) -> float:
    """Return the median processor time of a row's builds."""
    return statistics.median(row["cpu"])


def verdicts(rows: list[Row]) -> list[tuple[str, str, bool]]:
    """Return (limit, sentence, holds) per height: ours at height K against every peer that is no taller."""
    done = {row["builder"]: row for row in rows if row["status"] == "ok"}
    rivals = [row for name, row in done.items() if not name.startswith("hint_se")]
    own = [int(name.rpartition("=")[2]) for name in done if name.startswith("hint_se best K=")]
    found = []
    for height in [*sorted(own), None]:
        allowed = [row for row in rivals if height is None or row["height"] <= height]
        ours = done.get(name_of("best", height))
        if not allowed or ours is None:
            continue
        best = min(allowed, key=lambda row: row["entropy"])
        margin = best["entropy"] - ours["entropy"]
        # Equal trees may differ in the last bits of their sums.
        holds = margin >= -1e-9
        word = f"ours lower by {margin:.4f}" if holds else f"**BEHIND by {-margin:.4f}**"
        text = f"{ours['entropy']:.4f} against {best['entropy']:.4f} of {best['builder']}: {word}"
        found.append(("full" if height is None else str(height), text, holds))
    return found


def effort_marks(rows: list[Row]) -> list[tuple[str, str, bool]]:
    """Return the marks between efforts: default within 1 % of best at every height, fast within 1 % of Paris."""
    done = {row["builder"]: row["entropy"] for row in rows if row["status"] == "ok"}
    found = []
    for height in HEIGHTS:
        pair = [done.get(name_of(effort, height)) for effort in ("default", "best")]
        if None not in pair and pair[1] > 0:
            ratio = pair[0] / pair[1]
            label = "full" if height is None else f"K={height}"
            found.append((f"default / best, {label}", f"{ratio:.4f} (mark 1.01)", ratio <= 1.01))
    if name_of("fast", None) in done and "scikit-network Paris" in done:
        ratio = done[name_of("fast", None)] / done["scikit-network Paris"]
        found.append(("fast / Paris, full", f"{ratio:.4f} (mark 1.01)", ratio <= 1.01))
    return found


def speed_marks(rows: list[Row]) -> list[tuple[str, str, bool]]:
    """Return the marks of speed that both sides were measured for."""
    done = {row["builder"]: row for row in rows if row["status"] == "ok"}
    marks = [
        (name_of("fast", None), "networkit PLM", 1.0, 0.0),
        (name_of("fast", None), "scikit-network Paris", 1 / 20, 1.01),
        (name_of("default", None), "scikit-network Paris", 1 / 5, 1.0),
        (name_of("default", 3), "Infomap multilevel", 1.0, 1.0),
    ]
    found = []
    for ours, rival, share, factor in marks:
        if ours in done and rival in done:
            ratio = seconds(done[ours]) / seconds(done[rival])
            text = f"time {ratio:.3f} (mark {share:.3g})"
            holds = ratio <= share
            if factor:
                entropy = done[ours]["entropy"] / done[rival]["entropy"]
                text += f", entropy {entropy:.4f} (mark {factor})"
                holds &= entropy <= factor
            found.append((f"{ours} / {rival}", text, holds))
    return found


def recovery_lines(rows: list[Row]) -> list[list[str]]:
    """Return per kind of classes: our best AMI, and the best peer's."""
    done = [row for row in rows if row["status"] == "ok"]
    lines = []
    for kind in done[0]["recovery"] if done else []:
        groups = ([row for row in done if row["builder"].startswith("hint_se") == own] for own in (True, False))
        cells = []
        for group in groups:
            best = max(group, key=lambda row: row["recovery"][kind], default=None)
            cells.append("" if best is None else f"{best['recovery'][kind]:.3f} ({best['builder']})")
        by_name = {row["builder"]: f"{row['recovery'][kind]:.3f}" for row in done}
        chosen = (name_of("default", 2), name_of("default", None), "Infomap multilevel", "leidenalg modularity")
        lines.append([kind, *cells, *(by_name.get(name, "") for name in chosen)])
    return lines


def report(found: dict[str, tuple[str, list[Row]]], skipped: list[str], options: argparse.Namespace) -> tuple[str, int]:
    """Return the Markdown report and the number of comparisons that are lost."""
    distributions = sorted({builder.distribution for builder in peers.PEERS.values()})
    everything = [row for _, rows in found.values() for row in rows if row["status"] == "ok"]
    stretch = (
        statistics.median(sum(row["wall"]) / max(sum(row["cpu"]), 1e-9) for row in everything) if everything else 1
    )
    command = " ".join(["python benchmarks/trees/compare.py", *options.given])
    summary, lost, parts = [], 0, []
    recovered = []
    for name, (_, rows) in found.items():
        for label, text, holds in verdicts(rows):
            summary.append([name, label, text, "yes" if holds else "NO"])
            lost += not holds
        recovered += [[name, *line] for line in recovery_lines(rows)]
    marks = [
        [name, *mark[:2], "yes" if mark[2] else "NO"]
        for name, (_, rows) in found.items()
        for mark in effort_marks(rows)
    ]
    speed = [[*mark[:2], "yes" if mark[2] else "NO"] for mark in speed_marks(found.get(SPEED_GRAPH, ("", []))[1])]
    parts.append(f"# Trees of hint_se and of its peers\n\n`{command}`\n\n{measure.machine(*distributions)}\n")
    parts.append(
        f"One thread, each build in a process of its own, pinned to one core; seconds are the median processor time of up to "
        f"{options.repeats} interleaved rounds, the graph's construction excluded; peak memory is what the build takes above "
        f"its loaded graph; entropy is `hint_se.structural_entropy` throughout. Time limit {options.limit:.0f} s. Wall time was {stretch:.2f} "
        "times processor time in the median: 1.0 is an idle machine.\n"
    )
    parts += [f"Skipped: {text}\n" for text in skipped]
    parts.append(f"## Ours (best) at height K against the best peer of height <= K: {lost} of {len(summary)} lost\n")
    parts.append(measure.table(["graph", "K", "bits", "at or below"], summary))
    parts.append("## Between the efforts\n")
    parts.append(measure.table(["graph", "ratio", "entropy", "holds"], marks))
    if speed:
        parts.append(f"## Marks of speed, {SPEED_GRAPH}\n")
        parts.append(measure.table(["ours / peer", "figures", "holds"], speed))
    if recovered:
        parts.append("## Recovery: adjusted mutual information of the best cut\n")
        names = [name_of("default", 2), name_of("default", None), "Infomap multilevel", "leidenalg modularity"]
        parts.append(measure.table(["graph", "known", "best of ours", "best of the peers", *names], recovered))
    for name, (description, rows) in found.items():
        parts.append(f"## {name}\n\n{description}\n")
        parts.append(graph_table(rows, options.limit))
    return "\n".join(parts), lost


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the options of the command line; `given` is what to write into the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small graphs, one round, limit 20 s")
    parser.add_argument("--graphs", nargs="+", metavar="NAME", help="by name, for instance karate knn-50000")
    parser.add_argument("--out", type=Path, default=RESULTS / "trees.md", help="the report")
    parser.add_argument("--repeats", type=int, help="interleaved rounds; 3, or 1 with --quick")
    parser.add_argument("--limit", type=float, help="seconds that one build may take; 120, or 20 with --quick")
    parser.add_argument("--fresh", action="store_true", help="measure everything again")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a comparison is lost")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--peers-only", action="store_true")
    only.add_argument("--ours-only", action="store_true")
    options = parser.parse_args(arguments)
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
        build(*sys.argv[2:5])
        return
    options = parse(sys.argv[1:])
    records = measure.Records(options.out.with_suffix(".jsonl"), fresh=options.fresh, key=f"limit {options.limit}")
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
        options.out.write_text(report(found, skipped, options)[0])
    text, lost = report(found, skipped, options)
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
