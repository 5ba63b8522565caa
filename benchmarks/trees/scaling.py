"""How time and memory grow: exponents per family, threads, and the two large graphs.

    python benchmarks/trees/scaling.py                              exponents of fast and default, threads, the large graph
    python benchmarks/trees/scaling.py --quick                      the same at small sizes, to see that it runs
    python benchmarks/trees/scaling.py --parts exponents best       only these; best is fitted from 10^4 to 10^5 nodes
    python benchmarks/trees/scaling.py --parts huge                 2 * 10^7 nodes, 10^8 edges: needs some 20 GB and half an hour
    python benchmarks/trees/scaling.py --check                      exit with 1 where a mark is missed

Writes benchmarks/results/scaling.md, and beside it scaling.jsonl with the single measurements: the same
command goes on after the last of them while the compiled core and the machine are the same.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.trees import benchmark_graphs
from numpy.typing import NDArray

import hint_se

RESULTS = Path(__file__).resolve().parents[1] / "results"
PARTS = ("exponents", "best", "threads", "large", "huge")
HEIGHTS = (None, 3)
#: Marks: the exponent, seconds and bytes per edge of the large graph, speed-up on two cores, bytes of the huge one.
MOST_EXPONENT, MOST_SECONDS, MOST_BYTES_PER_EDGE, LEAST_SPEEDUP, MOST_BYTES = 1.25, 3.0, 250.0, 1.5, 20e9

Edges = tuple[NDArray[np.int64], NDArray[np.float64] | None, int]


def star(n: int) -> Edges:
    """One hub."""
    leaf = np.arange(1, n)
    return np.stack([np.zeros_like(leaf), leaf], axis=1), None, n


def stars(n: int) -> Edges:
    """A path of about sqrt(n) hubs with as many leaves each."""
    hubs = int(n**0.5)
    leaf = np.arange(hubs, n)
    return np.concatenate([path(hubs)[0], np.stack([leaf % hubs, leaf], axis=1)]), None, n


def hubs(n: int, count: int = 10) -> Edges:
    """Ten hubs; every other node hangs at one or two of them."""
    rng = np.random.default_rng(0)
    node = np.arange(count, n)
    ends = np.concatenate([node % count, rng.integers(0, count, node.size)])
    return np.unique(np.stack([ends, np.tile(node, 2)], axis=1), axis=0), None, n


def biclique(n: int) -> Edges:
    """Every node linked to the same two: all leaves tie."""
    node = np.arange(2, n)
    return np.concatenate([np.stack([np.full_like(node, hub), node], axis=1) for hub in (0, 1)]), None, n


def path(n: int) -> Edges:
    """One path of equal weights."""
    return np.stack([np.arange(n - 1), np.arange(1, n)], axis=1), None, n


def rising(n: int) -> Edges:
    """A path of rising weights: every node prefers the same side, so that one pair at a time is mutually best."""
    return path(n)[0], np.arange(1.0, n), n


def cliques(n: int, size: int = 16) -> Edges:
    """A ring of cliques."""
    first = np.arange(n // size) * size
    u, v = np.triu_indices(size, 1)
    inside = np.stack([(first[:, None] + u).ravel(), (first[:, None] + v).ravel()], axis=1)
    ring = np.stack([first, np.roll(first, -1)], axis=1)
    return np.concatenate([inside, ring]), None, first.size * size


def caterpillar(n: int) -> Edges:
    """A path with one leaf at every node."""
    spine = np.arange(n // 2)
    return np.concatenate([path(spine.size)[0], np.stack([spine, spine + spine.size], axis=1)]), None, 2 * spine.size


def power_of_two(make: Callable[[int], Edges]) -> Callable[[int], Edges]:
    """Return a maker for the power of two nearest to n: rounded down, as R-MAT is, sizes would stop short of 10^6."""
    return lambda n: make(2 ** round(np.log2(n)))


FAMILIES: dict[str, Callable[[int], Edges]] = {
    "star": star,
    "stars": stars,
    "hubs": hubs,
    "biclique": biclique,
    "path": path,
    "rising path": rising,
    "caterpillar": caterpillar,
    "cliques": cliques,
    "kNN": benchmark_graphs.cross_modal_knn,
    "R-MAT": power_of_two(benchmark_graphs.rmat),
}


def large(n: int) -> Edges:
    """The kNN graph of three neighbours, thinned at random from some 2.56 edges per node to 2.5."""
    edges, _, n = benchmark_graphs.cross_modal_knn(n, k=3)
    keep = np.random.default_rng(0).permutation(len(edges))[: 5 * n // 2]
    return edges[np.sort(keep)], None, n


def planted_pairs(n: int, m: int, path: Path) -> None:
    """Write m rows of int32 ids to a .npy file: links inside communities of 200, of 200,000, and anywhere.

    60, 25 and 15 %. Nodes are numbered at random, as they come in practice, so that a community is not one
    stretch of memory. A chunk at a time: the file is all that is ever held.
    """
    rng = np.random.default_rng(0)
    number = rng.permutation(n).astype(np.int32)
    rows = np.lib.format.open_memmap(path, mode="w+", dtype=np.int32, shape=(m, 2))
    chunk = 2_000_000
    for start in range(0, m, chunk):
        size = min(chunk, m - start)
        first = rng.integers(0, n, size)
        block = np.where((draw := rng.random(size)) < 0.60, 200, np.where(draw < 0.85, 200_000, n))
        block = np.minimum(block, n)
        base = first // block * block
        width = np.minimum(block, n - base)
        # Never the node itself: a step of 1 to width - 1 round the block.
        step = 1 + (rng.random(size) * (width - 1)).astype(np.int64)
        second = base + (first - base + step) % width
        rows[start : start + size, 0] = number[first]
        rows[start : start + size, 1] = number[second]
    rows.flush()


def build_family(family: str, n: int, effort: str, height: int | None, seconds: float) -> dict[str, Any]:
    """Build one graph of a family on one thread up to three times, while it takes less than `seconds` altogether."""
    edges, weights, n = FAMILIES[family](n)
    graph = hint_se.Graph.from_edges(edges, weights, n_nodes=n)
    del edges, weights
    spent: list[float] = []
    while len(spent) < 3 and sum(spent) < seconds:
        tree, cpu, _ = measure.timed(lambda: hint_se.build_tree(graph, height=height, effort=effort, n_threads=1))
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


def build_file(file: str, n: int, effort: str, threads: int, rounds: int) -> dict[str, Any]:
    """Build from the edge list of a .npy file: seconds and peak bytes of the graph and of the tree, from the caller's view."""
    # Read and not mapped: the caller's array has to be in memory for "above it" to mean something.
    edges = np.load(file)
    answer: dict[str, Any] = {"rows": len(edges), "graph": [], "tree": [], "cpu": []}

    def work() -> measure.Timed:
        graph, cpu, wall = measure.timed(lambda: hint_se.Graph.from_edges(edges, n_nodes=n))
        tree, more, longer = measure.timed(lambda: hint_se.build_tree(graph, effort=effort, n_threads=threads))
        answer["graph"].append(wall)
        answer["tree"].append(longer)
        answer["cpu"].append(cpu + more)
        return (graph.n_edges, tree), cpu + more, wall + longer

    (((m, tree), _, _), above, peak) = measure.peak_above(work)
    for _ in range(1, rounds):
        tree = None
        (_, tree), _, _ = work()
    return answer | {"m": m, "above": above, "peak": peak, "entropy": tree.entropy, "height": tree.height}


WORK: dict[str, Callable[..., Any]] = {
    "family": build_family,
    "threads": build_threads,
    "file": build_file,
}


def measured(records: measure.Records, work: str, limit: float, cpus: int | None, **arguments: Any) -> dict[str, Any]:
    """Return the record of one child process that runs a function of WORK with these arguments."""
    text = json.dumps(arguments)
    # The folder of a generated file differs from run to run and names nothing.
    name = f"{work} {json.dumps({key: value for key, value in arguments.items() if key != 'file'})}"
    return records.get(name, lambda: measure.child([__file__, "--work", work, text], limit, cpus=cpus))


def exponent(sizes: list[int], seconds: list[float]) -> float:
    """Return the slope of log seconds over log nodes, by least squares."""
    return float(np.polyfit(np.log(sizes), np.log(np.maximum(seconds, 1e-6)), 1)[0])


def exponents(records: measure.Records, efforts: tuple[str, ...], sizes: list[int], limit: float) -> tuple[str, int]:
    """Return the section of the exponents and the number of families that miss the mark."""
    rows, missed = [], 0
    for effort in efforts:
        for height in HEIGHTS:
            for family in FAMILIES:
                points: list[tuple[int, float]] = []
                cells = []
                for n in sizes:
                    # The number of rounds follows from the time, so a million nodes are built once or twice.
                    found = measured(
                        records, "family", limit, 1, family=family, n=n, effort=effort, height=height, seconds=4.0
                    )
                    if found["status"] != "ok":
                        cells.append(f">{limit:.0f} s" if found["status"] == "late" else "failed")
                        break
                    points.append((found["n"], statistics.median(found["cpu"])))
                    cells.append(f"{points[-1][1]:.3g}")
                cells += [""] * (len(sizes) - len(cells))
                complete = len(points) == len(sizes)
                slope = exponent([n for n, _ in points], [t for _, t in points]) if len(points) > 1 else float("nan")
                last = exponent(*map(list, zip(*points[-2:], strict=True))) if len(points) > 1 else float("nan")
                holds = complete and slope <= MOST_EXPONENT
                missed += not holds
                label = f"{effort}, {'full' if height is None else f'K={height}'}"
                row = [family, label, *cells, f"{slope:.2f}", f"{last:.2f}", "yes" if holds else "NO"]
                rows.append(row)
                measure.write(" | ".join(row) + "\n")
    head = ["family", "build", *(f"n = {n:,}" for n in sizes), "exponent", "last step", f"<= {MOST_EXPONENT}"]
    title = f"## Exponents, {' and '.join(efforts)}: {missed} of {len(rows)} above {MOST_EXPONENT}\n\n"
    note = (
        "Processor seconds on one thread, median of up to three builds of one process; the exponent is the slope "
        "of log seconds over log nodes. R-MAT has the nearest powers of two.\n\n"
    )
    return title + note + measure.table(head, rows), missed


def threads(records: measure.Records, n: int, limit: float) -> tuple[str, int]:
    """Return the section on one and two threads and the number of rows that miss the mark or differ."""
    rows, missed = [], 0
    for effort in ("fast", "default"):
        for height in HEIGHTS:
            found = measured(
                records, "threads", limit, None, n=n, effort=effort, height=height, rounds=3 if effort == "fast" else 2
            )
            label = f"{effort}, {'full' if height is None else f'K={height}'}"
            if found["status"] != "ok":
                rows.append([label, found["status"], "", "", "", "NO"])
                missed += 1
                continue
            one, two = statistics.median(found["one"]), statistics.median(found["two"])
            holds = found["equal"] and one / two >= LEAST_SPEEDUP
            missed += not holds
            equal = "yes" if found["equal"] else "NO"
            rows.append([label, f"{one:.3g}", f"{two:.3g}", f"{one / two:.2f}", equal, "yes" if holds else "NO"])
            measure.write(" | ".join(rows[-1]) + "\n")
    head = ["build", "one thread, s", "two threads, s", "speed-up", "trees bit-identical", f">= {LEAST_SPEEDUP}"]
    return f"## Threads: kNN graph of {n:,} nodes\n\nWall seconds, medians of builds in turn.\n\n" + measure.table(
        head, rows
    ), missed


def from_file(
    records: measure.Records,
    title: str,
    write: Callable[[Path], int],
    efforts: tuple[str, ...],
    rounds: int,
    limit: float,
) -> tuple[str, list[dict[str, Any]]]:
    """Return the section of a graph that is read from a file, and what was measured."""
    rows, answers = [], []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "edges.npy"
        n: int | None = None
        for effort in efforts:
            for count in (1, 2) if rounds > 1 else (2,):

                def one(effort: str = effort, count: int = count) -> dict[str, Any]:
                    nonlocal n
                    n = write(file) if n is None else n
                    arguments = {"file": str(file), "n": n, "effort": effort, "threads": count, "rounds": rounds}
                    return measure.child([__file__, "--work", "file", json.dumps(arguments)], limit, cpus=None) | {
                        "n": n
                    }

                found = records.get(f"{title} {effort} {count} {rounds}", one)
                answers.append(found | {"effort": effort, "threads": count})
                if found["status"] != "ok":
                    rows.append([effort, count, found["status"], found.get("why", ""), *[""] * 7])
                    continue
                graph, tree = (statistics.median(found[part]) for part in ("graph", "tree"))
                cells = [f"{found['n']:,}", f"{found['m']:,}", f"{graph:.3g}", f"{tree:.3g}"]
                memory = [
                    f"{found['peak'] / 1e9:.2f}",
                    f"{found['above'] / 1e9:.2f}",
                    f"{found['above'] / found['m']:.0f}",
                ]
                rows.append([effort, count, *cells, *memory, f"{found['entropy']:.4f}", found["height"]])
                measure.write(" | ".join(map(str, rows[-1])) + "\n")
    head = ["effort", "threads", "nodes", "edges", "graph, s", "tree, s"]
    head += ["peak GB", "above the edges GB", "bytes per edge", "bits", "height"]
    note = (
        "Wall seconds, medians; `Graph.from_edges` and `build_tree` apart. Peak memory of the process over both, in "
        "all and above what it held with the caller's edge list loaded.\n\n"
    )
    return f"## {title}\n\n{note}" + measure.table(head, rows), answers


def large_graph(records: measure.Records, n: int, limit: float) -> tuple[str, int]:
    """Return the section of the large graph and the number of its marks that are missed."""

    def save(file: Path) -> int:
        edges, _, nodes = large(n)
        np.save(file, edges.astype(np.int32))
        return nodes

    text, answers = from_file(
        records, f"Large: kNN graph of {n:,} nodes, 2.5 edges per node", save, ("fast",), 3, limit
    )
    two = answers[-1]
    missed = 2
    if two["status"] == "ok":
        seconds = statistics.median(map(sum, zip(two["graph"], two["tree"], strict=True)))
        memory = two["above"] / two["m"]
        missed = (seconds > MOST_SECONDS) + (memory > MOST_BYTES_PER_EDGE)
        text += f"\nMarks: {seconds:.2f} s from the edge list to the tree (<= {MOST_SECONDS:.0f} s), "
        text += f"{memory:.0f} bytes per edge (<= {MOST_BYTES_PER_EDGE:.0f}).\n"
    return text, missed


def huge_graph(records: measure.Records, n: int, m: int, limit: float) -> tuple[str, int]:
    """Return the section of the huge graph and whether it needs more than the mark."""

    def save(file: Path) -> int:
        # Some rows repeat an edge; this many more leave about m distinct ones.
        planted_pairs(n, m + m // 100, file)
        return n

    text, answers = from_file(records, f"Huge: {n:,} nodes in planted communities", save, ("fast",), 1, limit)
    missed = 1
    if answers[-1]["status"] == "ok":
        missed = int(answers[-1]["peak"] > MOST_BYTES)
        text += f"\nMark: peak {answers[-1]['peak'] / 1e9:.2f} GB (<= {MOST_BYTES / 1e9:.0f} GB).\n"
    return text, missed


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that it runs, proves nothing")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=["exponents", "threads", "large"])
    parser.add_argument("--huge", action="store_true", help="the huge graph as well")
    parser.add_argument("--out", type=Path, default=RESULTS / "scaling.md", help="the report")
    parser.add_argument("--fresh", action="store_true", help="measure everything again")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a mark is missed")
    options = parser.parse_args(arguments)
    options.parts = [part for part in PARTS if part in options.parts or (part == "huge" and options.huge)]
    return options


def main() -> None:
    """Measure the parts asked for, or do the work of a child process."""
    if sys.argv[1:2] == ["--work"]:
        measure.write(json.dumps(WORK[sys.argv[2]](**json.loads(sys.argv[3]))) + "\n")
        return
    options = parse(sys.argv[1:])
    small = options.quick
    sizes = [1_000, 2_000, 4_000] if small else [10_000, 31_623, 100_000, 316_228, 1_000_000]
    limit = 60.0 if small else 300.0
    records = measure.Records(options.out.with_suffix(".jsonl"), fresh=options.fresh)
    parts: dict[str, Callable[[], tuple[str, int]]] = {
        "exponents": lambda: exponents(records, ("fast", "default"), sizes, limit),
        "best": lambda: exponents(records, ("best",), sizes[:3], limit),
        "threads": lambda: threads(records, 4_000 if small else 1_000_000, limit),
        "large": lambda: large_graph(records, 5_000 if small else 2_000_000, limit),
        "huge": lambda: huge_graph(records, *((5_000, 25_000) if small else (20_000_000, 100_000_000)), 7200.0),
    }
    text = f"# How time and memory of the tree builder grow\n\n`python {Path(__file__).parent.name}/scaling.py "
    text += " ".join(["--quick"] * small + ["--parts", *options.parts]) + f"`\n\n{measure.machine()}\n"
    missed = 0
    for part in options.parts:
        section, count = parts[part]()
        missed += count
        text += f"\n{section}"
        # After every part, so that a run that is cut short leaves a report of what it has.
        options.out.write_text(text)
    measure.write(f"\n{text}\n{missed} marks missed; report in {options.out}\n")
    sys.exit(1 if options.check and missed else 0)


if __name__ == "__main__":
    main()
