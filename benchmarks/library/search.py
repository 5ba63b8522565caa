"""Searching beside bare faiss and beside population counts in NumPy, and the command on a million codes.

    python benchmarks/library/search.py            results/search.md and .jsonl: some three minutes of one core, resumable
    python benchmarks/library/search.py --quick    100,000 codes; into build/benchmarks
    python benchmarks/library/search.py --check    exit status 1 where a mark is missed

Everything runs on one thread. What is compared takes turns, round by round, so that a slow moment hits all alike; figures are medians
of processor seconds over the rounds, and each answer is compared with that of bare faiss.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

import faiss
import numpy as np
from benchmarks import measure
from benchmarks.cells import Figures, Group, Replay, cell_of
from benchmarks.records import QUICK, RESULTS, Records

import hint_train
from hint_train.retrieval.hamming import hamming_distances
from hint_train.search.approximate import Kind
from hint_train.search.index import Index

COMMAND = "python benchmarks/library/search.py"
LIBRARIES = ("numpy", "faiss-cpu")
N, QUICK_N, BITS, K = 10**6, 10**5, 128, 50
QUERIES = 20
ROUNDS = 7
MOST_TIMES_FAISS, LEAST_TIMES_NUMPY = 1.15, 30.0
MOST_SECONDS, MOST_MEGABYTES = 1.5, 300.0
SEARCH = """
import sys
from hint_train.cli import search_main
try:
    search_main()
finally:
    print(open("/proc/self/status").read(), file=sys.stderr)
"""
"""The command, and then what Linux says of its process: what wait4 says of a child counts the memory of its parent, too."""


def made_up(n: int, seed: int = 0, flips: float = 0.12) -> np.ndarray:
    """Packed codes (n, 16) around the centres of two thousand groups, with every bit flipped at a rate; seed 1 makes queries."""
    centres = np.random.default_rng(0).integers(2, size=(2000, BITS), dtype=np.uint8)
    source = np.random.default_rng([seed, 1])
    rows = []
    for start in range(0, n, 50_000):
        count = min(50_000, n - start)
        flipped = source.random((count, BITS), dtype=np.float32) < flips
        rows.append(np.packbits(centres[source.integers(2000, size=count)] ^ flipped, axis=1, bitorder="little"))
    return np.concatenate(rows)


def population_counts(codes: np.ndarray, query: np.ndarray, k: int) -> np.ndarray:
    """Distances (k,) of a query by population counts in NumPy and a partial sort."""
    distances = hamming_distances(query[None], codes)[0]
    return np.asarray(np.sort(distances[np.argpartition(distances, k - 1)[:k]]))


def in_turn(works: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Median processor seconds of each."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds + 1):
        for name, work in works.items():
            seconds[name].append(measure.timed(work)[1])
    return {name: statistics.median(found[1:]) for name, found in seconds.items()}  # the first round fills caches


def searches(n: int, rounds: int) -> dict[str, dict[str, float]]:
    """Seconds of the exact index beside bare faiss and NumPy."""
    codes, queries = made_up(n), made_up(QUERIES, 1)
    bare = faiss.IndexBinaryFlat(BITS)
    bare.add(codes)
    index = Index(codes, bits=BITS)
    right = bare.search(queries, K)
    ours = index.search(queries, K)
    assert (ours.distances == right[0]).all()
    assert (ours.rows == right[1]).all()
    assert (population_counts(codes, queries[0], K) == right[0][0]).all()
    one, half, outputs = queries[:1], range(0, n, 2), np.random.default_rng(2).standard_normal((1, BITS))
    found = in_turn(
        {
            f"bare faiss, {QUERIES} queries, k = {K}": lambda: bare.search(queries, K),
            f"index.search, {QUERIES} queries, k = {K}": lambda: index.search(queries, K),
            "bare faiss, 1 query, k = 10": lambda: bare.search(one, 10),
            "index.search, 1 query, k = 10": lambda: index.search(one, 10),
            "index.search, 1 query, radius 20": lambda: index.search(one, None, radius=20),
            "index.search, 1 query, k = 10, within half": lambda: index.search(one, 10, within=half),
            "index.search, 1 query, k = 10, rescore 1,000": lambda: index.search(
                one, 10, rescore=1000, outputs=outputs
            ),
        },
        rounds,
    )
    counts = partial(population_counts, codes, queries[0], K)
    found |= {
        f"NumPy's population counts, a query, k = {K}": in_turn({"": counts}, 2)[""],
        f"index.search, a query of {QUERIES}, k = {K}": found[f"index.search, {QUERIES} queries, k = {K}"] / QUERIES,
    }
    return {name: {"seconds": seconds} for name, seconds in found.items()}


def kinds(n: int, rounds: int) -> dict[str, dict[str, float]]:
    """Seconds and recall of every kind of index, over codes in groups."""
    codes, queries = made_up(n), made_up(QUERIES, 1)
    exact = Index(codes, bits=BITS).search(queries, K).distances
    found = {}
    for kind in ("flat", "ivf", "hnsw"):
        index = Index(codes, bits=BITS, kind=_kind(kind))
        _, built, _ = measure.timed(lambda index=index: index.search(queries[:1], 1))
        seconds = in_turn({"": lambda index=index: index.search(queries, K)}, rounds)[""] / QUERIES
        distances = index.search(queries, K).distances
        # Of equal distances any item is as right as another.
        recall = float(((distances >= 0) & (distances <= exact[:, -1:])).mean())
        found[f"{kind}, {n:,} codes"] = {"seconds": seconds, "seconds to build": built, "recall": recall}
    return found


def _kind(name: str) -> Kind:
    return name  # type: ignore[return-value]


def command(n: int, rounds: int) -> dict[str, dict[str, float]]:
    """Wall and processor seconds and peak memory of `hint-search` over a saved index, from the shell."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        hint_train.run(hint_train.Config(dataset="shapes", method="cvh", bits=(BITS,), device="cpu"), folder / "run")
        ids = [f"item {i}" for i in range(n)]
        model = hint_train.load(folder / "run").digest
        Index(made_up(n), ids, bits=BITS, model=model).save(folder / "index")
        words = [sys.executable, "-c", SEARCH, "run", "a red wedge", "--index", "index", "--json"]
        found = [_spent(words, folder) for _ in range(rounds + 1)][1:]
    wall, cpu, peak = (statistics.median(column) for column in zip(*found, strict=True))
    return {"hint-search": {"seconds": cpu, "wall seconds": wall, "megabytes": peak}}


def _spent(words: list[str], folder: Path) -> tuple[float, float, float]:
    started = time.perf_counter()
    before = os.times()
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True, env=measure.threads(1))
    wall, after = time.perf_counter() - started, os.times()
    assert len(json.loads(done.stdout)["hits"]) == 10
    peak = next(int(line.split()[1]) for line in done.stderr.splitlines() if line.startswith("VmHWM"))
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, cpu, peak / 1000


def marks(value: dict[str, dict[str, float]]) -> list[tuple[str, float, str, bool]]:
    """What is asked of the figures: what, found, mark, held."""

    def seconds(name: str) -> float:
        return value[name]["seconds"]

    times = seconds(f"index.search, {QUERIES} queries, k = {K}") / seconds(f"bare faiss, {QUERIES} queries, k = {K}")
    faster = seconds(f"NumPy's population counts, a query, k = {K}") / seconds(
        f"index.search, a query of {QUERIES}, k = {K}"
    )
    spent = value["hint-search"]
    return [
        ("index.search over bare faiss", times, f"at most {MOST_TIMES_FAISS:g}", times <= MOST_TIMES_FAISS),
        (
            "NumPy's population counts over index.search",
            faster,
            f"at least {LEAST_TIMES_NUMPY:g}",
            faster >= LEAST_TIMES_NUMPY,
        ),
        (
            "hint-search, processor seconds",
            spent["seconds"],
            f"at most {MOST_SECONDS:g}",
            spent["seconds"] <= MOST_SECONDS,
        ),
        (
            "hint-search, megabytes at most",
            spent["megabytes"],
            f"at most {MOST_MEGABYTES:g}",
            spent["megabytes"] <= MOST_MEGABYTES,
        ),
    ]


def groups(records: Records) -> Iterator[Group]:
    """Recall of the kinds of index; everything else is time or memory."""
    lines = [line for line in records if "recall" in line["value"]]
    cells = [
        cell_of(records, line, _recall(line["value"]), line["name"].split(",")[0], tolerance=0.02) for line in lines
    ]
    yield Group(name="kinds", cells=cells, measure=_again, seconds=40)


def _recall(value: dict[str, float]) -> Figures:
    return {"recall": value["recall"]}


def _again() -> dict[str, Figures]:
    return {name: _recall(value) for name, value in kinds(QUICK_N, 1).items()}


REPLAY = Replay(groups=groups, left_out="seconds and megabytes")


def report(records: Records, *, quick: bool) -> str:
    """The document."""
    value = {line["name"]: line["value"] for line in records}
    rows = [[what, f"{found:.3g}", mark, "held" if held else "MISSED"] for what, found, mark, held in marks(value)]
    timed = [
        [name, f"{1000 * one['seconds']:.2f}"]
        for name, one in value.items()
        if name != "hint-search" and "recall" not in one
    ]
    by_kind = [
        [name, f"{1000 * one['seconds']:.3f}", f"{one['seconds to build']:.1f}", f"{one['recall']:.4f}"]
        for name, one in value.items()
        if "recall" in one
    ]
    spent = value["hint-search"]
    n = QUICK_N if quick else N
    return (
        f"# Search\n\n`{COMMAND}{' --quick' if quick else ''}`: {n:,} codes of {BITS} bits in two thousand groups, one thread, "
        f"medians of processor seconds; {records.made_with()}.\n\n"
        f"{measure.table(['', 'found', 'mark', ''], rows)}\n"
        f"{measure.table(['exact search', 'processor ms'], timed)}\n"
        f"From the shell `hint-search` took {spent['seconds']:.2f} processor seconds, {spent['wall seconds']:.2f} by the clock, and "
        f"{spent['megabytes']:.0f} MB at most.\n\n## Kinds\n\nRecall: share of the {K} answers that are no farther than the exact ones.\n\n"
        f"{measure.table(['index', 'processor ms a query', 's to build', 'recall'], by_kind)}"
    )


def main() -> int:
    """Measure and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_N:,} codes; into build/benchmarks")
    parser.add_argument("--check", action="store_true", help="exit with 1 where a mark is missed")
    parser.add_argument("--fresh", action="store_true", help="forget all figures first")
    parser.add_argument("--render", action="store_true", help="measure nothing")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    faiss.omp_set_num_threads(1)
    out = options.out or (QUICK if options.quick else RESULTS) / "search.md"
    out.parent.mkdir(parents=True, exist_ok=True)
    records = Records(out.with_suffix(".jsonl"), COMMAND, LIBRARIES, same_machine=True, fresh=options.fresh)
    n = QUICK_N if options.quick else N
    parts: dict[str, Callable[[int, int], dict[str, dict[str, float]]]] = {
        "bare faiss, 1 query, k = 10": searches,
        "hint-search": command,
        f"flat, {QUICK_N:,} codes": lambda _, rounds: kinds(QUICK_N, rounds),  # a graph of ten times that takes minutes
    }
    for first, part in () if options.render else parts.items():
        for name, value in part(n, ROUNDS).items() if records.get(first) is None else ():
            records.add({"name": name, "value": value})
    out.write_text(report(records, quick=options.quick), encoding="utf-8")
    measure.write(f"{out}\n")
    return int(options.check and not all(held for *_, held in marks({x["name"]: x["value"] for x in records})))


if __name__ == "__main__":
    sys.exit(main())
