"""How time and memory grow: exponents per family, threads, and the two large graphs.

    python benchmarks/trees/scaling.py                              exponents of fast and default, threads, the large graph
    python benchmarks/trees/scaling.py --quick                      the same at small sizes, to see that it runs
    python benchmarks/trees/scaling.py --parts exponents best       only these; best is fitted from 10^4 to 10^5 nodes
    python benchmarks/trees/scaling.py --parts merge-compress       the paper's greedy, to 3 * 10^5 nodes
    python benchmarks/trees/scaling.py --parts huge                 2 * 10^7 nodes, 10^8 edges: needs some 20 GB and half an hour
    python benchmarks/trees/scaling.py --check                      exit with 1 where a mark is missed

Writes benchmarks/results/scaling.md, and beside it scaling.jsonl with the single measurements: the same command
goes on after the last of them on the same kind of machine.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.records import QUICK, RESULTS, Records
from benchmarks.trees.families import FAMILIES, write_edges
from benchmarks.trees.growth import REPLAY, measured, name_of

__all__ = ["FAMILIES", "REPLAY"]

COMMAND = "python benchmarks/trees/scaling.py"
PARTS = ("exponents", "merge-compress", "best", "threads", "large", "huge")
HEIGHTS = (None, 3)
#: Marks: the exponent, seconds and bytes per edge of the large graph, speed-up on two cores, bytes of the huge one.
MOST_EXPONENT, MOST_SECONDS, MOST_BYTES_PER_EDGE, LEAST_SPEEDUP, MOST_BYTES = 1.25, 3.0, 250.0, 1.5, 20e9


def exponent(sizes: list[int], seconds: list[float]) -> float:
    """Return the slope of log seconds over log nodes, by least squares."""
    return float(np.polyfit(np.log(sizes), np.log(np.maximum(seconds, 1e-6)), 1)[0])


def exponents(records: Records, efforts: tuple[str, ...], sizes: list[int], limit: float) -> tuple[str, int]:
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


def threads(records: Records, n: int, limit: float) -> tuple[str, int]:
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
    records: Records, title: str, graph: str, n: int, m: int | None, rounds: int, limit: float
) -> tuple[str, list[dict[str, Any]]]:
    """Return the section of a graph that is read from a file, built by effort fast, and what was measured."""
    rows, answers = [], []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "edges.npy"
        for count in (1, 2) if rounds > 1 else (2,):
            arguments = {"graph": graph, "n": n, "m": m, "effort": "fast", "threads": count, "rounds": rounds}
            if records.get(name_of("file", arguments)) is None and not file.exists():
                write_edges(graph, n, m, file)
            found = measured(records, "file", limit, None, file=str(file), **arguments)
            answers.append(found)
            if found["status"] != "ok":
                rows.append(["fast", count, found["status"], found.get("why", ""), *[""] * 7])
                continue
            before, tree = (statistics.median(found[part]) for part in ("graph", "tree"))
            cells = [f"{found['n']:,}", f"{found['m']:,}", f"{before:.3g}", f"{tree:.3g}"]
            memory = [
                f"{found['peak'] / 1e9:.2f}",
                f"{found['above'] / 1e9:.2f}",
                f"{found['above'] / found['m']:.0f}",
            ]
            rows.append(["fast", count, *cells, *memory, f"{found['entropy']:.4f}", found["height"]])
            measure.write(" | ".join(map(str, rows[-1])) + "\n")
    head = ["effort", "threads", "nodes", "edges", "graph, s", "tree, s"]
    head += ["peak GB", "above the edges GB", "bytes per edge", "bits", "height"]
    note = (
        "Wall seconds, medians; `Graph.from_edges` and `build_tree` apart. Peak memory of the process over both, in "
        "all and above what it held with the caller's edge list loaded.\n\n"
    )
    return f"## {title}\n\n{note}" + measure.table(head, rows), answers


def large_graph(records: Records, n: int, limit: float) -> tuple[str, int]:
    """Return the section of the large graph and the number of its marks that are missed."""
    title = f"Large: kNN graph of {n:,} nodes, 2.5 edges per node"
    text, answers = from_file(records, title, "large", n, None, 3, limit)
    two = answers[-1]
    missed = 2
    if two["status"] == "ok":
        seconds = statistics.median(map(sum, zip(two["graph"], two["tree"], strict=True)))
        memory = two["above"] / two["m"]
        missed = (seconds > MOST_SECONDS) + (memory > MOST_BYTES_PER_EDGE)
        text += f"\nMarks: {seconds:.2f} s from the edge list to the tree (<= {MOST_SECONDS:.0f} s), "
        text += f"{memory:.0f} bytes per edge (<= {MOST_BYTES_PER_EDGE:.0f}).\n"
    return text, missed


def huge_graph(records: Records, n: int, m: int, limit: float) -> tuple[str, int]:
    """Return the section of the huge graph and whether it needs more than the mark."""
    text, answers = from_file(records, f"Huge: {n:,} nodes in planted communities", "huge", n, m, 1, limit)
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
    parser.add_argument(
        "--out", type=Path, help="the report; results/scaling.md, or build/benchmarks/scaling.md with --quick"
    )
    parser.add_argument("--fresh", action="store_true", help="measure everything again")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a mark is missed")
    options = parser.parse_args(arguments)
    options.out = options.out or (QUICK if options.quick else RESULTS) / "scaling.md"
    options.parts = [part for part in PARTS if part in options.parts or (part == "huge" and options.huge)]
    return options


def main() -> None:
    """Measure the parts asked for."""
    options = parse(sys.argv[1:])
    small = options.quick
    sizes = [1_000, 2_000, 4_000] if small else [10_000, 31_623, 100_000, 316_228, 1_000_000]
    limit = 60.0 if small else 300.0
    records = Records(options.out.with_suffix(".jsonl"), COMMAND, same_machine=True, fresh=options.fresh)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    parts: dict[str, Callable[[], tuple[str, int]]] = {
        "exponents": lambda: exponents(records, ("fast", "default"), sizes, limit),
        "merge-compress": lambda: exponents(records, ("merge-compress",), sizes[:4], limit),
        "best": lambda: exponents(records, ("best",), sizes[:3], limit),
        "threads": lambda: threads(records, 4_000 if small else 1_000_000, limit),
        "large": lambda: large_graph(records, 5_000 if small else 2_000_000, limit),
        "huge": lambda: huge_graph(records, *((5_000, 25_000) if small else (20_000_000, 100_000_000)), 7200.0),
    }
    command = " ".join([COMMAND, *["--quick"] * small, "--parts", *options.parts])
    sections, missed, text = "", 0, ""
    for part in options.parts:
        section, count = parts[part]()
        missed += count
        sections += f"\n{section}"
        text = f"# How time and memory of the tree builder grow\n\n`{command}`\n\n{records.made_with()}\n{sections}"
        # After every part, so that a run that is cut short leaves a report of what it has.
        options.out.write_text(text)
    measure.write(f"\n{text}\n{missed} marks missed; report in {options.out}\n")
    sys.exit(1 if options.check and missed else 0)


if __name__ == "__main__":
    main()
