"""Trees of tables beside the same in memory: processor seconds, peak memory, entropy, and how they grow with the edges.

    python benchmarks/trees/tables.py                10^5 to 10^7 edges, the last of them within 1 GB
    python benchmarks/trees/tables.py --huge         10^8 edges within 4 GB as well: hours of two cores, 60 GB of disk
    python benchmarks/trees/tables.py --quick        small graphs, to see that it runs

The graphs lie in build/benchmarks/tables, and are drawn where they are not there. Writes benchmarks/results/tables.md, and beside it
tables.jsonl with the single measurements: the same command goes on after the last of them.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Replay
from benchmarks.records import QUICK, RESULTS, Records
from benchmarks.trees import benchmark_graphs

#: Its figures are times, peaks and one entropy a graph; the tests hold the trees.
REPLAY = Replay()

COMMAND = "python benchmarks/trees/tables.py"
GRAPHS = QUICK / "tables"
#: Nodes of a kNN graph of some 3.15 edges a node, and the memory that is allowed; None: a third of the edges is left to the core.
SIZES: tuple[tuple[int, str | None], ...] = ((32_000, None), (320_000, None), (3_200_000, "1GB"))
HUGE = (32_000_000, "4GB")
SMALL: tuple[tuple[int, str | None], ...] = ((1_000, None), (3_000, None))
PATIENCE = 86_400.0


def graph(n: int) -> Path:
    """Return the file of a graph, which is drawn where there is none."""
    import pyarrow
    from pyarrow import parquet

    file = GRAPHS / f"knn-{n}.parquet"
    if not file.exists():
        GRAPHS.mkdir(parents=True, exist_ok=True)
        edges, weights, _ = benchmark_graphs.cross_modal_knn(n)
        columns = {"source": edges[:, 0], "target": edges[:, 1]}
        parquet.write_table(pyarrow.table(columns if weights is None else {**columns, "weight": weights}), file)
    return file


def spent() -> dict[str, float]:
    """Return processor seconds of this process and its peak in bytes."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {"cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss * 1024}


def in_memory(file: Path) -> dict[str, Any]:
    """Build from the file in memory, by effort fast."""
    import hint_se

    begun, before = time.perf_counter(), spent()
    known = hint_se.read_graph(file)
    tree = hint_se.build_tree(known, effort="fast", n_threads=2)
    taken = {"wall": time.perf_counter() - begun, **spent()}
    taken["cpu"] -= before["cpu"]
    return {**taken, "n": known.n_nodes, "m": known.n_edges, "entropy": tree.entropy}


def as_tables(file: Path, memory: str | None) -> dict[str, Any]:
    """Build from the file by DuckDB, by effort fast."""
    from pyarrow import parquet

    from hint_se.tables.build import build_within
    from hint_se.tables.limits import Limits, bytes_of

    edges = parquet.ParquetFile(file).metadata.num_rows
    limits = Limits(350_000_000, edges // 3, 1) if memory is None else Limits.of(bytes_of(memory))
    asked = {"edges": str(file), "names": False, "self_loops": "drop", "height": 0, "effort": "fast"}
    with tempfile.TemporaryDirectory(dir=GRAPHS) as folder:
        begun, before = time.perf_counter(), spent()
        tree = build_within(
            str(file), Path(folder) / "tree", asked, limits, engine="duckdb", weight="auto", threads=2, progress=None
        )
        taken = {"wall": time.perf_counter() - begun, **spent()}
        taken["cpu"] -= before["cpu"]
        left = sorted(path.name for path in tree.folder.iterdir())
        return {**taken, "rounds": tree._manifest.rounds, "entropy": tree.structural_entropy(), "left": left}


def measured(records: Records, n: int, memory: str | None, way: str) -> dict[str, Any]:
    """Return the measurement of a name, made in a process of its own where there is none yet."""

    def run() -> dict[str, Any]:
        cell = json.dumps({"file": str(graph(n)), "memory": memory, "way": way})
        return measure.child([__file__, "--cell", cell], PATIENCE, cpus=2)

    found: dict[str, Any] = records.value(f"{way}, {n} nodes", run)
    measure.write(f"{way}, {n} nodes: {found}\n")
    return found


def report(records: Records, sizes: tuple[tuple[int, str | None], ...]) -> str:
    """Return the table of all sizes, and the exponents."""
    rows, points = [], []
    for n, memory in sizes:
        plain, tables = (measured(records, n, memory, way) for way in ("memory", "tables"))
        if "ok" not in (plain["status"], tables["status"]):
            continue
        if plain["status"] != "ok" or tables["status"] != "ok":
            rows.append([f"{n:,}", *[str(one.get("why", one["status"])) for one in (plain, tables)]])
            continue
        points.append((plain["m"], plain["cpu"], tables["cpu"]))
        rows.append([
            f"{n:,}",
            f"{plain['m']:,}",
            memory or "a third",
            tables["rounds"],
            f"{plain['cpu']:.3g}",
            f"{tables['cpu']:.3g}",
            f"{tables['cpu'] / plain['cpu']:.1f}",
            f"{plain['peak'] / 1e9:.2f}",
            f"{tables['peak'] / 1e9:.2f}",
            f"{plain['entropy']:.4f}",
            f"{tables['entropy']:.4f}",
            f"{100 * (tables['entropy'] / plain['entropy'] - 1):+.3f} %",
        ])  # fmt: skip
    head = ["nodes", "edges", "memory", "rounds", "in memory, s", "tables, s", "ratio"]
    head += ["in memory, peak GB", "tables, peak GB", "bits in memory", "bits of tables", "difference"]
    text = (
        "# Trees of tables\n\n"
        f"By `{COMMAND}` on {records.made_with()}.\n\n"
        "kNN graphs of two modalities, effort `fast`, DuckDB on two threads, from the same Parquet file. Seconds are processor seconds of the "
        "process, reading included; the peak is that of the whole process, Python and libraries included. *a third*: rounds run until a third of "
        "the edges is left, whatever memory there is.\n\n" + measure.table(head, rows)
    )
    if len(points) > 1:
        slopes = [
            f"{slope(points, k):.2f} in all and {slope(points[-2:], k):.2f} in the last step {where}"
            for k, where in ((1, "in memory"), (2, "of tables"))
        ]
        text += f"\nExponent, the slope of log seconds over log edges: {', '.join(slopes)}.\n"
    return text


def slope(points: list[tuple[float, float, float]], column: int) -> float:
    """Return the slope of the logarithm of a column over that of the edges."""
    return float(np.polyfit(np.log([m for m, *_ in points]), np.log([point[column] for point in points]), 1)[0])


def main() -> None:
    """Measure what is missing, show and write the table; or measure one cell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small graphs; into build/benchmarks")
    parser.add_argument("--huge", action="store_true", help="10^8 edges as well")
    parser.add_argument("--cell", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.cell:
        cell = json.loads(options.cell)
        file = Path(cell["file"])
        found = in_memory(file) if cell["way"] == "memory" else as_tables(file, cell["memory"])
        measure.write(json.dumps(found) + "\n")
        return
    out = (QUICK if options.quick else RESULTS) / "tables.md"
    records = Records(out.with_suffix(".jsonl"), COMMAND, ("numpy", "duckdb", "narwhals", "pyarrow"), same_machine=True)
    sizes = SMALL if options.quick else (*SIZES, HUGE) if options.huge else SIZES
    text = report(records, sizes)
    out.write_text(text, encoding="utf-8")
    measure.write(f"report in {out}\n")


if __name__ == "__main__":
    main()
