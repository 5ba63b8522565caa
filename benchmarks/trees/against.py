"""The core of the working tree beside that of another commit: both are built here and take turns, each build in a process of its own.

    python benchmarks/trees/against.py --base 9c15fcd              10^6 nodes and multiples of it: an hour or more
    python benchmarks/trees/against.py --nodes 50000 --rounds 7    smaller graphs
    python benchmarks/trees/against.py --marks "default, kNN" entropy
    python benchmarks/trees/against.py --check                     exit with 1 where a mark is missed

Needs git, cmake, ninja and pybind11. Writes benchmarks/results/against.md and beside it against.jsonl. Seconds are processor seconds on
one thread and wall seconds on more; a ratio is the median over the rounds, in each of which either core builds once.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Replay
from benchmarks.records import QUICK, RESULTS, ROOT, Records
from benchmarks.trees.benchmark_graphs import cross_modal_knn, rmat
from benchmarks.trees.families import planted_pairs

COMMAND = "python benchmarks/trees/against.py"
BASE, NODES, ROUNDS = "9c15fcd", 1_000_000, 5
REPLAY = Replay(left_out="all of it: ratios of times; whether two trees are equal is said beside them")
SIDES = ("base", "here")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Mark:
    """What is timed, over a graph of so many times the nodes, and the most that each number of threads may take of the base's time."""

    work: str
    graph: str
    most: dict[int, float]
    height: int | None = None
    effort: str = "default"
    times: float = 1.0


GRAPHS = {"kNN": "knn", "planted": "planted", "R-MAT": "rmat"}
MARKS = {
    "default, kNN": Mark("build", "knn", {1: 0.8, 2: 0.45}),
    "default, planted": Mark("build", "planted", {1: 0.8, 2: 0.45}),
    **{f"height {k}, kNN": Mark("build", "knn", {1: 0.35, 2: 0.35}, height=k) for k in (2, 3, 4)},
    **{f"fast, {name}": Mark("build", graph, {1: 1.0, 2: 1.0}, effort="fast") for name, graph in GRAPHS.items()},
    "default, R-MAT": Mark("build", "rmat", {1: 1.0, 2: 1.0}),
    "fast, large": Mark("build", "planted", {2: 0.35}, effort="fast", times=20.0),
    "entropy": Mark("entropy", "planted", {1: 0.3, 2: 0.3}, effort="fast", times=2.0),
    "update": Mark("update", "knn", {1: 1.0}, times=0.1),
}
#: Of the edges of the graph of an update: half goes, half comes.
CHANGED = 0.001


def write_graph(mark: Mark, nodes: int, folder: Path) -> Path:
    """Write the edges of the graph of a mark, int32 (m, 2), unless they are there."""
    n = int(nodes * mark.times)
    path = folder / f"{mark.graph}-{n}.npy"
    if not path.exists():
        if mark.graph == "knn":
            np.save(path, cross_modal_knn(n)[0].astype(np.int32))
        elif mark.graph == "rmat":
            np.save(path, rmat(2 ** round(np.log2(n)))[0].astype(np.int32))
        else:
            planted_pairs(n, 5 * n, path)
    return path


def work(mark: Mark, edges: Path, threads: int) -> Row:
    """Do what a mark times, once; `hint_se` is that of the side. Returns seconds, bits and a digest of the result."""
    import hint_se

    assert Path(hint_se.__file__).is_relative_to(os.environ["PYTHONPATH"]), f"not the core of the side: {hint_se}"
    graph = hint_se.Graph.from_edges(np.load(edges))
    build = {"height": mark.height, "effort": mark.effort, "n_threads": threads}
    if mark.work == "build":
        tree, cpu, wall = measure.timed(lambda: hint_se.build_tree(graph, **build))
        bits, result = tree.entropy, np.asarray(tree.parent).tobytes()
    elif mark.work == "entropy":
        tree = hint_se.build_tree(graph, **build)
        bits, cpu, wall = measure.timed(lambda: hint_se.structural_entropy(graph, tree))
        result = repr(bits).encode()
    else:
        tree = hint_se.build_tree(graph, **build)
        rng = np.random.default_rng(0)
        ends = np.repeat(np.arange(graph.n_nodes), np.diff(graph.indptr))
        count = int(CHANGED / 2 * graph.n_edges)
        gone = rng.choice(np.flatnonzero(ends < graph.indices), count, replace=False)
        new = rng.integers(0, graph.n_nodes, (count, 2))
        new, removed = new[new[:, 0] != new[:, 1]], np.stack([ends[gone], graph.indices[gone]], axis=1)
        found, cpu, wall = measure.timed(lambda: tree.update(graph, new, removed, height=mark.height))
        bits, result = found.tree.entropy, np.asarray(found.tree.parent).tobytes()
    return {"cpu": cpu, "wall": wall, "bits": bits, "result": hashlib.sha256(result).hexdigest()[:16]}


def build_core(source: Path, folder: Path) -> Path:
    """Build the core of a checkout; returns the folder of a copy of its package with that core."""
    target = folder / "package"
    shutil.copytree(
        source / "python" / "hint_se", target / "hint_se", ignore=shutil.ignore_patterns("_core*.so", "__pycache__")
    )
    found = subprocess.run([sys.executable, "-m", "pybind11", "--cmakedir"], capture_output=True, text=True, check=True)
    options = [
        f"-Dpybind11_DIR={found.stdout.strip()}",
        f"-DPython_EXECUTABLE={sys.executable}",
        "-DCMAKE_BUILD_TYPE=Release",
    ]
    for command in (
        ["cmake", "-S", source, "-B", folder / "build", "-G", "Ninja", *options],
        ["cmake", "--build", folder / "build", "--target", "_core"],
    ):
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(map(str, command))}:\n{(done.stdout + done.stderr)[-2000:]}")
    for library in (folder / "build").glob("_core*.so"):
        shutil.copy(library, target / "hint_se")
    return target


@contextlib.contextmanager
def cores(base: str, folder: Path) -> Iterator[dict[str, Path]]:
    """The packages of the base commit and of the working tree, with their cores; the checkout of the base goes afterwards."""
    checkout = folder / "checkout"
    git = ["git", "-C", str(ROOT), "worktree"]
    subprocess.run([*git, "add", "--detach", str(checkout), base], check=True, capture_output=True)
    try:
        yield {"base": build_core(checkout, folder / "base"), "here": build_core(ROOT, folder / "here")}
    finally:
        subprocess.run([*git, "remove", "--force", str(checkout)], check=True, capture_output=True)


def take_turns(names: list[str], sides: dict[str, Path], nodes: int, rounds: int, folder: Path) -> Iterator[Row]:
    """Measure every mark at every number of threads with either core in turn, round after round; one row each."""
    for round_ in range(rounds):
        for name in names:
            edges = write_graph(MARKS[name], nodes, folder)
            for threads in MARKS[name].most:
                # The first of a pair finds the file in memory as the second does, but not always the same load.
                for side in SIDES if round_ % 2 else SIDES[::-1]:
                    os.environ["PYTHONPATH"] = str(sides[side])
                    load = os.getloadavg()[0]
                    arguments = [__file__, "--work", name, str(edges), str(threads)]
                    found = measure.child(arguments, limit=3600.0, cpus=threads)
                    if found.pop("status") != "ok":
                        raise SystemExit(f"{name}, {side}: {found}")
                    yield {"mark": name, "threads": threads, "side": side, "round": round_, "load": load, **found}


def compared(rows: list[Row]) -> list[tuple[list[str], bool]]:
    """Return the cells of each mark and number of threads, and whether it holds."""
    lines = []
    for name, threads in dict.fromkeys((row["mark"], row["threads"]) for row in rows):
        own = [row for row in rows if (row["mark"], row["threads"]) == (name, threads)]
        clock = "cpu" if threads == 1 else "wall"
        base, here = ([row for row in own if row["side"] == side] for side in SIDES)
        ratios = [b[clock] / a[clock] for a, b in zip(base, here, strict=True)]
        most, gain = MARKS[name].most[threads], here[0]["bits"] - base[0]["bits"]
        everywhere = {row["result"] for row in rows if row["mark"] == name and row["side"] == "here"}
        holds = median(ratios) <= most and gain <= 1e-9
        cells = [name, str(threads), *(f"{median(row[clock] for row in side):.3g}" for side in (base, here))]
        cells += [
            f"{median(ratios):.2f}",
            f"{min(ratios):.2f} to {max(ratios):.2f}",
            f"{most:g}",
            f"{here[0]['bits']:.6f}",
        ]
        cells += [
            "equal" if abs(gain) <= 1e-9 else f"{gain:+.2g}",
            "yes" if base[0]["result"] == here[0]["result"] else "no",
        ]
        lines.append(([*cells, "yes" if len(everywhere) == 1 else "NO", "yes" if holds else "NO"], holds))
    return lines


HEAD = [
    "",
    "threads",
    "base, s",
    "here, s",
    "ratio",
    "rounds",
    "mark",
    "bits",
    "to the base",
    "same result",
    "same in all runs",
    "holds",
]


def report(records: Records, base: str, nodes: int) -> tuple[str, int]:
    """Return the report and the number of missed marks."""
    rows = [line["value"] for line in records]
    lines = compared(rows)
    loads = [row["load"] for row in rows]
    text = (
        f"# Two cores side by side\n\n`{COMMAND} --base {base} --nodes {nodes}`\n\n{records.made_with()}\n\n"
        f"The core at commit {base} and the one here, built alike, take turns over the same graphs in {max(row['round'] for row in rows) + 1} rounds. "
        "Medians: processor seconds on one thread, wall seconds on more; the ratio is the median of those of the rounds, of which the least "
        f"and the greatest stand beside it. Load of the machine before the builds: {min(loads):.1f} to {max(loads):.1f}.\n\n"
        + measure.table(HEAD, [cells for cells, _ in lines])
    )
    return text, sum(not holds for _, holds in lines)


def main() -> None:
    """Build both cores, let them take turns, show and write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--base", default=BASE, help="the commit to compare with")
    parser.add_argument(
        "--nodes", type=int, default=NODES, help="of the graph that the sizes of all marks are multiples of"
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="in each of which either core builds once")
    parser.add_argument("--marks", nargs="+", choices=MARKS, default=list(MARKS), metavar="MARK", help=", ".join(MARKS))
    parser.add_argument("--out", type=Path, help="the report")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a mark is missed")
    options = parser.parse_args()
    if options.work:
        name, edges, threads = options.work
        measure.write(json.dumps(work(MARKS[name], Path(edges), int(threads))) + "\n")
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the checkout goes, as after Ctrl-C
    out = options.out or (RESULTS if options.nodes >= 50_000 else QUICK) / "against.md"
    records = Records(out.with_suffix(".jsonl"), COMMAND, fresh=True)
    with tempfile.TemporaryDirectory() as name, cores(options.base, Path(name)) as sides:
        for row in take_turns(options.marks, sides, options.nodes, options.rounds, Path(name)):
            key = f"{row['mark']}, {row['threads']} threads, {row['side']}, round {row['round']}"
            records.add({"name": key, "value": row})
            measure.write(f"{key}: {row['cpu']:.3g} s, {row['wall']:.3g} s wall\n")
    text, missed = report(records, options.base, options.nodes)
    out.write_text(text)
    measure.write(f"\n{text}\n{missed} marks missed; report in {out}\n")
    sys.exit(1 if options.check and missed else 0)


if __name__ == "__main__":
    main()
