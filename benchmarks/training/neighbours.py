"""Neighbours found approximately beside exact ones and beside other libraries: processor seconds, memory, recall.

    python benchmarks/training/neighbours.py            results/neighbours.md and .jsonl: some minutes of one core
    python benchmarks/training/neighbours.py --quick    4,000 rows
    python benchmarks/training/neighbours.py --again exact approximate    these alone anew

Rows: images and texts of fashion20k where HINT_SHARED_DATA has them, enlarged: each is a row and up to 0.3 of the difference of two
others, turned onto 512 numbers. Made-up rows in two hundred groups. And noisy ones, as far from all others as those of `large_epoch.py`.
A million rows are mapped from a file, as data sets are; then memory is what is allocated. Every search runs on one thread in a process of its own, which
finds its library loaded and, for pynndescent, compiled. Recall is the share of the true neighbours of 400 rows that are found. Peers,
not of the distribution: `pip install pynndescent hnswlib usearch`.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Figures, Group, Replay, cell_of
from benchmarks.records import QUICK, RESULTS, Records
from benchmarks.training import shards
from benchmarks.training.figures import SHARED

from hint_train.structure.approximate import nearest_approximately
from hint_train.structure.knn import nearest

COMMAND = "python benchmarks/training/neighbours.py"
LIBRARIES = ("torch", "faiss-cpu", "pynndescent", "hnswlib", "usearch")
TOLERANCE = 0.02
"""What a recall may be off elsewhere: k-means, which makes the cells, ends elsewhere."""
D, ASKED = 512, 400
MANY, BLOCK = 1_000_000, 50_000
CPU = torch.device("cpu")


def made_up(n: int, d: int = D, groups: int = 200, inner: int = 24) -> np.ndarray:
    """Rows around the centres of `groups`, on a subspace of `inner` dimensions and with noise off it."""
    source = np.random.default_rng(0)
    centres = source.standard_normal((groups, inner))[source.integers(groups, size=n)]
    plane = source.standard_normal((inner, d))
    rows = (centres + 0.5 * source.standard_normal(centres.shape)) @ plane + 0.3 * source.standard_normal((n, d))
    return np.asarray(rows, dtype=np.float32)


def enlarged(modality: str, n: int) -> np.ndarray:
    """So many rows made of one modality of fashion20k."""
    source = np.random.default_rng(5)
    with np.load(SHARED / "fashion20k.npz") as file:
        base = file[modality].astype(np.float32)
    a, b, c = (base[source.integers(len(base), size=n)] for _ in range(3))
    turn = np.linalg.qr(source.standard_normal((base.shape[1], D)))[0].astype(np.float32)
    rows = (a + 0.3 * source.random((n, 1), dtype=np.float32) * (b - c)) @ turn
    return np.asarray(rows - rows.mean(0))


def noisy(n: int, d: int = D) -> np.ndarray:
    """Rows around a centre for each hundred, and more than twice as far from it as centres are long."""
    source = np.random.default_rng(0)
    centres = source.standard_normal((n // 100, d), dtype=np.float32)[source.integers(n // 100, size=n)]
    return np.asarray(centres + 1.5 * source.standard_normal((n, d), dtype=np.float32))


def rows_of(kind: str, n: int) -> np.ndarray:
    if kind in ("made up", "noisy"):
        return (made_up if kind == "made up" else noisy)(n)
    return enlarged(kind.split()[1], n)


def mapped(modality: str, n: int, path: Path) -> np.ndarray:
    """As `enlarged`, written block by block and mapped from there."""
    with np.load(SHARED / "fashion20k.npz") as file:
        base = file[modality].astype(np.float32)
    source = np.random.default_rng(6)
    turn = np.linalg.qr(source.standard_normal((base.shape[1], D)))[0].astype(np.float32)
    out = np.lib.format.open_memmap(path, "w+", np.float32, (n, D))
    for start in range(0, n, BLOCK):
        rows = out[start : start + BLOCK]
        a, b, c = (base[source.integers(len(base), size=len(rows))] for _ in range(3))
        rows[:] = (a - base.mean(0) + 0.3 * source.random((len(rows), 1), dtype=np.float32) * (b - c)) @ turn
    out.flush()
    del out
    return np.asanyarray(np.load(path, mmap_mode="c"))


def unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def recall(rows: np.ndarray, index: np.ndarray, k: int) -> float:
    """Share of the `k` true neighbours of some rows that are among those found."""
    asked = np.random.default_rng(1).permutation(len(rows))[:ASKED]
    alike = unit(rows[asked]) @ unit(rows).T
    alike[np.arange(len(asked)), asked] = -2
    true = np.argpartition(-alike, k, axis=1)[:, :k]
    return float(np.mean([np.isin(t, index[i]).mean() for t, i in zip(true, asked, strict=True)]))


def _faiss(what: str, **options: float) -> Callable[[np.ndarray, int], np.ndarray]:
    def search(rows: np.ndarray, k: int) -> np.ndarray:
        import faiss

        index = faiss.index_factory(D, what.format(cells=round(4 * len(rows) ** 0.5)), faiss.METRIC_INNER_PRODUCT)
        unit_rows = unit(rows)
        index.train(unit_rows)
        index.add(unit_rows)
        for name, value in options.items():
            faiss.ParameterSpace().set_index_parameter(index, name, value)
        return np.asarray(index.search(unit_rows, k + 1)[1])

    return search


def _hnswlib(rows: np.ndarray, k: int) -> np.ndarray:
    import hnswlib

    index = hnswlib.Index("cosine", D)
    index.init_index(len(rows), M=16, ef_construction=60, random_seed=0)
    index.set_num_threads(1)
    index.add_items(rows)
    index.set_ef(64)
    return np.asarray(index.knn_query(rows, k + 1)[0]).astype(np.int64)


def _usearch(rows: np.ndarray, k: int) -> np.ndarray:
    from usearch.index import Index

    index = Index(ndim=D, metric="cos", dtype="bf16", connectivity=16, expansion_add=60, expansion_search=64)
    index.add(np.arange(len(rows)), rows, threads=1)
    return np.asarray(index.search(rows, k + 1, threads=1).keys).astype(np.int64)


def _pynndescent(rows: np.ndarray, k: int) -> np.ndarray:
    from pynndescent import NNDescent

    found = NNDescent(unit(rows), n_neighbors=k + 1, random_state=0, n_jobs=1, low_memory=True).neighbor_graph
    return np.asarray(found[0])


SEARCHES: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "exact": lambda rows, k: nearest(rows, k, "cosine", CPU)[0].numpy(),
    "approximate": lambda rows, k: nearest_approximately(rows, k, 0)[0],
    "faiss, cells, 5 %": _faiss("IVF{cells},Flat", nprobe=45),
    "faiss, HNSW": _faiss("HNSW16,Flat", efConstruction=60, efSearch=64),
    "hnswlib": _hnswlib,
    "usearch, bfloat16": _usearch,
    "pynndescent": _pynndescent,
}


def plan(quick: bool) -> list[tuple[str, int, int, str]]:
    """(rows, how many, k, search) of every measurement."""
    kinds = ["made up", *(("fashion20k image", "fashion20k text") if (SHARED / "fashion20k.npz").is_file() else ())]
    if quick:
        return [("made up", 4_000, 20, search) for search in ("exact", "approximate")]
    own = ("exact", "approximate")
    both = [(kind, 20_000, 100, search) for kind in kinds for search in own]
    more = [("fashion20k image", n, 20, "approximate") for n in (50_000, 100_000, 200_000)]
    most = [
        ("fashion20k image", MANY, 20, "approximate"),
        ("noisy", 100_000, 20, "approximate"),
        ("fashion20k image", 50_000, 20, "exact"),
        *(("fashion20k image", 100_000, k, search) for k in (20, 100) for search in own),
    ]
    peers = [("fashion20k image", 20_000, 20, search) for search in SEARCHES]
    cells = dict.fromkeys((*more[:2], *both, *peers, *more[2:], *most))
    return [cell for cell in cells if cell[0] in (*kinds, "noisy")]


def measured(kind: str, n: int, k: int, search: str) -> dict[str, float]:
    """Seconds, memory and recall of one search; in the process that asks."""
    import faiss

    torch.set_num_threads(1)
    faiss.omp_set_num_threads(1)
    if n >= MANY:
        return _measured_mapped(kind, n, k, search)
    rows = rows_of(kind, n)
    if search == "pynndescent":
        _pynndescent(rows[:500], k)
    (index, seconds, _), above, _ = measure.peak_above(lambda: measure.timed(lambda: SEARCHES[search](rows, k)))
    return {"seconds": seconds, "memory": above, "recall": recall(rows, index, k)}


def _measured_mapped(kind: str, n: int, k: int, search: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        rows = mapped(kind.split()[1], n, Path(folder) / "rows.npy")
        SEARCHES[search](np.asarray(rows[:1500]), k)  # so that libraries are loaded before it is watched
        with shards.watched() as peak:
            index, seconds, _ = measure.timed(lambda: SEARCHES[search](rows, k))
        return {"seconds": seconds, "memory": peak["RssAnon"], "recall": shards.recall(rows, index)}


def _in_child(kind: str, n: int, k: int, search: str) -> dict[str, Any]:
    return measure.child([__file__, "--one", json.dumps([kind, n, k, search])], 3600)


def name_of(kind: str, n: int, k: int, search: str) -> str:
    return f"{kind}, {n:,} rows, {k} neighbours; {search}"


def groups(records: Records) -> Iterator[Group]:
    """The measurements, each by itself."""
    for line in records:
        figures = _figures(line["value"])
        cell = cell_of(records, line, figures, line["search"].split(",")[0], line["rows"], tolerance=TOLERANCE)
        again = partial(_again, line["rows"], line["n"], line["k"], line["search"])
        yield Group(name=line["name"], cells=[cell], measure=again, seconds=line["value"]["seconds"] + 10)


def _again(kind: str, n: int, k: int, search: str) -> dict[str, Figures]:
    return {name_of(kind, n, k, search): _figures(_in_child(kind, n, k, search))}


def _figures(value: dict[str, float]) -> Figures:
    return {"recall": value["recall"]}


REPLAY = Replay(groups=groups, left_out="seconds and memory")


def report(records: Records, command: str) -> str:
    """The page of results."""
    seconds = {(x["rows"], x["n"], x["k"], x["search"]): x["value"]["seconds"] for x in records}
    lines = []
    for (kind, n, k, search), spent in seconds.items():
        value = next(x["value"] for x in records if x["name"] == name_of(kind, n, k, search))
        exact = seconds.get((kind, n, k, "exact"))
        ratio = "" if exact is None else f"{spent / exact:.2f}"
        lines.append(
            [
                kind,
                f"{n:,}",
                k,
                search,
                f"{spent:.1f}",
                ratio,
                f"{value['recall']:.4f}",
                f"{value['memory'] / 1e6:,.0f}",
            ]
        )
    head = ["rows", "number", "k", "search", "processor s", "of exact", "recall", "MB beyond the rows"]
    text = f"# Neighbours\n\n`{command}`: k nearest by cosine of 512 numbers, one thread; {records.made_with()}.\n\n"
    text += measure.table(head, lines)
    most = max(seconds, key=lambda cell: cell[1])[0]
    found = sorted((n, s) for (kind, n, *what), s in seconds.items() if [kind, *what] == [most, 20, "approximate"])
    if len(found) > 1:
        slope = np.polyfit([math.log(n) for n, _ in found], [math.log(s) for _, s in found], 1)[0]
        text += f"\nExponent of `approximate` from {found[0][0]:,} to {found[-1][0]:,} rows of {most}: {slope:.2f}"
        last = math.log(found[-1][1] / found[-2][1]) / math.log(found[-1][0] / found[-2][0])
        text += f", from {found[-2][0]:,} on {last:.2f}.\n"
    return text


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="4,000 rows; into build/benchmarks")
    parser.add_argument("--render", action="store_true", help="measure nothing")
    parser.add_argument("--fresh", action="store_true", help="measure all anew")
    parser.add_argument("--again", nargs="+", choices=SEARCHES, default=(), help="measure these searches anew")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.one:
        measure.write(json.dumps(measured(*json.loads(options.one))))
        return
    out = options.out or (QUICK if options.quick else RESULTS) / "neighbours.md"
    records = Records(out.with_suffix(".jsonl"), COMMAND, LIBRARIES, fresh=options.fresh)
    if options.again:
        records.forget(lambda line: line["search"] in options.again)
    for kind, n, k, search in () if options.render else plan(options.quick):
        name = name_of(kind, n, k, search)
        if not any(line["name"] == name for line in records):
            value = _in_child(kind, n, k, search)
            measure.write(f"{name}: {value}\n")
            if "seconds" in value:
                records.add({"name": name, "rows": kind, "n": n, "k": k, "search": search, "value": value})
    out.write_text(report(records, COMMAND + (" --quick" if options.quick else "")), encoding="utf-8")
    measure.write(f"{out}\n")


if __name__ == "__main__":
    main()
