"""Neighbours of a million rows by one process and by two: what each reads, holds and computes.

    python benchmarks/training/shards.py                 results/shards.md and .jsonl; some five minutes of a core
    python benchmarks/training/shards.py --rows 50000    by one, two and four, into build/benchmarks

Rows of 128 numbers in a file that is mapped; the neighbours are found approximately. Each process looks at itself fifty times a
second: what it has allocated beyond what it had before the search, and what of the file is mapped in. Recall is the share of the true neighbours of 400 rows that are found.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Figures, Group, Replay, cell_of
from benchmarks.records import QUICK, RESULTS, ROOT, Line, Records

from hint_train.ranks import joined
from hint_train.structure.approximate import nearest_approximately

COMMAND = "python benchmarks/training/shards.py"
ROWS, D, K, SIZES = 1_000_000, 128, 20, (1, 2)
ASKED, BLOCK = 400, 50_000
TOLERANCE = 0.02
"""What a recall may be off elsewhere: k-means, which makes the cells, ends elsewhere."""


def write_rows(path: Path, n: int) -> None:
    """Rows around two hundred centres, on a subspace of 24 dimensions and with noise off it, block by block."""
    source = np.random.default_rng(0)
    centre, plane = source.standard_normal((200, 24)), source.standard_normal((24, D))
    with path.open("wb") as stream:
        header = {"descr": "<f4", "fortran_order": False, "shape": (n, D)}
        np.lib.format.write_array_header_1_0(stream, header)  # type: ignore[arg-type]
        for start in range(0, n, BLOCK):
            inner = centre[source.integers(200, size=min(BLOCK, n - start))]
            inner += 0.5 * source.standard_normal(inner.shape)
            rows = inner @ plane + 0.3 * source.standard_normal((len(inner), D))
            stream.write(rows.astype("<f4").tobytes())


@contextlib.contextmanager
def watched() -> Iterator[dict[str, int]]:
    """The greatest anonymous and mapped memory of this process within the block, in bytes beyond those before it."""
    before, peak, ended = _held(), {"RssAnon": 0, "RssFile": 0}, threading.Event()

    def look() -> None:
        while not ended.wait(0.02):
            peak.update({name: max(peak[name], now - before[name]) for name, now in _held().items()})

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield peak
    finally:
        ended.set()
        looking.join()


def _held() -> dict[str, int]:
    lines = (line.split() for line in Path("/proc/self/status").read_text().splitlines())
    return {x[0].rstrip(":"): int(x[1]) * 1024 for x in lines if x[0] in ("RssAnon:", "RssFile:")}


def recall(rows: np.ndarray, index: np.ndarray) -> float:
    """Share of the true neighbours of some rows that are among those found; of the rows one block is held."""
    asked = np.sort(np.random.default_rng(1).permutation(len(rows))[:ASKED])
    x = rows[asked] / np.linalg.norm(rows[asked], axis=1, keepdims=True)
    best = np.full((ASKED, K), -2.0)
    true = np.zeros((ASKED, K), dtype=np.int64)
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        alike = x @ (block / np.linalg.norm(block, axis=1, keepdims=True)).T
        inside = (asked >= start) & (asked < start + len(block))
        alike[inside, asked[inside] - start] = -2
        near = np.argpartition(-alike, K, axis=1)[:, :K]
        score = np.hstack([best, np.take_along_axis(alike, near, 1)])
        column = np.argsort(-score, axis=1)[:, :K]
        best, true = (np.take_along_axis(y, column, 1) for y in (score, np.hstack([true, near + start])))
    return float(np.mean([np.isin(t, index[i]).mean() for t, i in zip(true, asked, strict=True)]))


def one_of_several(folder: Path) -> None:
    """What each process does: search, and write what it took."""
    torch.set_num_threads(1)
    rows = np.load(folder / "rows.npy", mmap_mode="c")  # as data sets are mapped
    nearest_approximately(np.asarray(rows[:1500]), K, 0)  # so that libraries are loaded before it is watched
    with joined() as ranks:
        with watched() as peak:
            (index, value), seconds, _ = measure.timed(lambda: nearest_approximately(rows, K, 0))
        found = {"seconds": seconds, "allocated": peak["RssAnon"], "mapped": peak["RssFile"]}
        found["digest"] = hashlib.sha256(index.tobytes() + value.tobytes()).hexdigest()
        if ranks.first:
            found["recall"] = recall(rows, index)
        (folder / f"{ranks.size}-{ranks.rank}.json").write_text(json.dumps(found))


def searched(folder: Path, size: int) -> Line:
    """A search by so many processes."""
    words = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(size), __file__, "--one"]
    path = os.pathsep.join([str(ROOT / "python"), os.environ.get("PYTHONPATH", "")])
    environment = measure.threads(1) | {"PYTHONPATH": path, "OMP_WAIT_POLICY": "PASSIVE"}
    began = time.perf_counter()
    subprocess.run([sys.executable, *words, str(folder)], env=environment, check=True)
    each = [json.loads((folder / f"{size}-{rank}.json").read_text()) for rank in range(size)]
    digests = {x["digest"] for x in each}
    return {
        "name": f"{size} process{'es' if size > 1 else ''}",
        "size": size,
        "recall": each[0]["recall"],
        "digest": digests.pop() if len(digests) == 1 else "OTHERS",
        "wall": time.perf_counter() - began,
        **{what: [x[what] for x in each] for what in ("seconds", "allocated", "mapped")},
    }


def report(records: Records, n: int, command: str) -> str:
    """The page of results."""
    one = next(line for line in records if line["size"] == 1)
    rows = [
        (
            line["name"],
            " ".join(f"{x:.0f}" for x in line["seconds"]),
            " ".join(f"{x / 1e6:,.0f}" for x in line["allocated"]),
            " ".join(f"{x / 1e6:,.0f}" for x in line["mapped"]),
            f"{line['recall']:.4f}",
            "the same" if line["digest"] == one["digest"] else "OTHERS",
        )
        for line in records
    ]
    text = f"# Neighbours by several processes\n\n`{command}`: {records.made_with()}.\n\n"
    text += f"The {K} nearest of {n:,} rows of {D} numbers, a file of {n * D * 4 / 1e6:,.0f} MB, one thread each; one number for each process. "
    text += f"Allocated is beyond what it had before, {n * K * 8 / 1e6:,.0f} MB of it the lists of all rows.\n\n"
    head = ("", "processor s", "MB allocated", "MB of the file mapped in", "recall", "bits of the lists")
    return text + measure.table(head, rows)


def groups(records: Records) -> Iterator[Group]:
    """Every search."""
    for line in records:
        cell = cell_of(records, line, _figures(line), "neighbours", tolerance=TOLERANCE)
        seconds = sum(line["seconds"]) + 30
        yield Group(name=line["name"], cells=[cell], measure=partial(_again, line["size"]), seconds=seconds)


def _again(size: int) -> dict[str, Figures]:
    with tempfile.TemporaryDirectory() as folder:
        write_rows(Path(folder) / "rows.npy", ROWS)
        line = searched(Path(folder), size)
    return {line["name"]: _figures(line)}


def _figures(line: Line) -> Figures:
    return {"recall": line["recall"]}


REPLAY = Replay(groups=groups, left_out="seconds and memory")


def main() -> None:
    """Measure every search and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--render", action="store_true", help="measure nothing")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        one_of_several(chosen.one)
        return
    quick = chosen.rows != ROWS
    out = (QUICK if quick else RESULTS) / "shards.md"
    records = Records(out.with_suffix(".jsonl"), COMMAND, ("torch", "faiss-cpu"), fresh=not chosen.render)
    with tempfile.TemporaryDirectory() as name:
        folder: Any = Path(name)
        if not chosen.render:
            write_rows(folder / "rows.npy", chosen.rows)
        for size in () if chosen.render else (*SIZES, 4) if quick else SIZES:
            records.add(searched(folder, size))
            measure.write(f"{size}: {list(records)[-1]}\n")
    out.write_text(report(records, chosen.rows, COMMAND + (f" --rows {chosen.rows}" if quick else "")))
    measure.write(out.read_text())


if __name__ == "__main__":
    main()
