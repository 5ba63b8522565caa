"""Neighbours found in cells beside exact ones: processor seconds, recall, and what it means for the tree.

    python benchmarks/training/neighbours.py            results/neighbours.md and .jsonl: four minutes of one core
    python benchmarks/training/neighbours.py --quick    4,000 rows, one round

Rows: the training images of fashion20k where HINT_SHARED_DATA has them, and made-up rows in two hundred groups. The exact search and
cells at several shares take turns; seconds are medians over the rounds, recall is the share of the exact neighbours that are found.
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import sys

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Figures, Group, Replay, cell_of
from benchmarks.records import QUICK, RESULTS, Records
from benchmarks.training.figures import SHARED

import hint_se
from hint_train.data import load_dataset
from hint_train.structure.cells import nearest_in_cells
from hint_train.structure.knn import nearest

COMMAND = "python benchmarks/training/neighbours.py"
LIBRARIES = ("torch", "faiss-cpu")
TOLERANCE = 0.02
"""What a recall, or an entropy in bits, may be off elsewhere: k-means, which makes the cells, ends elsewhere."""
SIZES = (5_000, 20_000)
K, SHARES = 100, (0.01, 0.02, 0.05, 0.1)
CPU = torch.device("cpu")


def made_up(n: int, d: int = 512, groups: int = 200, inner: int = 24) -> np.ndarray:
    """Rows around the centres of `groups`, on a subspace of `inner` dimensions and with noise off it."""
    source = np.random.default_rng(0)
    centres = source.standard_normal((groups, inner))[source.integers(groups, size=n)]
    plane = source.standard_normal((inner, d))
    rows = (centres + 0.5 * source.standard_normal(centres.shape)) @ plane + 0.3 * source.standard_normal((n, d))
    return np.asarray(rows, dtype=np.float32)


def recall(found: np.ndarray, exact: np.ndarray, k: int) -> float:
    """Share of the first `k` exact neighbours that are among those found."""
    return float(np.mean([np.isin(e[:k], f).mean() for e, f in zip(exact, found, strict=True)]))


def entropy(index: np.ndarray, k: int = 20) -> float:
    """Structural entropy in bits of the graph of the first `k` neighbours, height 4."""
    n = len(index)
    edges = np.stack([np.repeat(np.arange(n), k), index[:, :k].ravel()], axis=1)
    return hint_se.build_tree(np.unique(np.sort(edges, axis=1), axis=0), n_nodes=n, height=4).entropy


def _in_cells(features: np.ndarray, share: float) -> np.ndarray:
    return nearest_in_cells(features, K, "cosine", share, 0)[0]


def measured(features: np.ndarray, rounds: int) -> dict[str, dict[str, float]]:
    """Median seconds, recall and entropy of each search over one set of rows."""
    searches: dict[str, Callable[[], Any]] = {"exact": lambda: nearest(features, K, "cosine", CPU)[0].numpy()}
    for share in SHARES:
        searches[f"cells, {share:g}"] = partial(_in_cells, features, share)
    seconds: dict[str, list[float]] = {label: [] for label in searches}
    index: dict[str, np.ndarray] = {}
    for _ in range(rounds):
        for label, search in searches.items():
            index[label], spent, _ = measure.timed(search)
            seconds[label].append(spent)
    return {
        label: {
            "seconds": statistics.median(seconds[label]),
            "recall of 20": recall(found, index["exact"], 20),
            f"recall of {K}": recall(found, index["exact"], K),
            "bits": entropy(found),
        }
        for label, found in index.items()
    }


def sets(quick: bool = False) -> dict[str, Callable[[], np.ndarray]]:
    """The rows by name: made up, and fashion20k's where they are at hand."""
    found: dict[str, Callable[[], np.ndarray]] = {
        f"made up, {n:,} x 512": partial(made_up, n) for n in ((4_000,) if quick else SIZES)
    }
    if not quick and (SHARED / "fashion20k.npz").is_file():
        found[FASHION] = lambda: load_dataset(str(SHARED / "fashion20k.npz"), None).training_pairs().image
    return found


FASHION = "fashion20k's images, 9,984 x 1,280"


def _figures(value: dict[str, float]) -> Figures:
    return {name: figure for name, figure in value.items() if name != "seconds"}


def groups(records: Records) -> Iterator[Group]:
    """The sets of rows: recall is measured against the exact search of the same rows."""
    for rows in dict.fromkeys(line["rows"] for line in records):
        lines = [line for line in records if line["rows"] == rows]
        cells = [
            cell_of(records, line, _figures(line["value"]), line["search"].split(",")[0], rows, tolerance=TOLERANCE)
            for line in lines
        ]
        yield Group(name=rows, cells=cells, measure=partial(_again, rows), seconds=20)


def _again(rows: str) -> dict[str, Figures]:
    found = measured(sets()[rows](), rounds=1)
    return {f"{rows}; {search}": _figures(value) for search, value in found.items()}


REPLAY = Replay(groups=groups, left_out="seconds")


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="4,000 rows, one round; into build/benchmarks")
    parser.add_argument("--render", action="store_true", help="measure nothing")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    out = options.out or (QUICK if options.quick else RESULTS) / "neighbours.md"
    records = Records(out.with_suffix(".jsonl"), COMMAND, LIBRARIES, fresh=not options.render)
    for rows, make in ({} if options.render else sets(options.quick)).items():
        for search, value in measured(make(), 1 if options.quick else 3).items():
            measure.write(f"{rows}, {search}: {value['seconds']:.1f} s\n")
            records.add({"name": f"{rows}; {search}", "rows": rows, "search": search, "value": value})
    lines = [
        [line["rows"], line["search"], f"{line['value']['seconds']:.1f}"]
        + [f"{line['value'][name]:.4f}" for name in ("recall of 20", f"recall of {K}", "bits")]
        for line in records
    ]
    head = ["rows", "search", "processor s", "recall of 20", f"recall of {K}", "bits of the tree of 20"]
    out.write_text(
        f"# Neighbours\n\n`{COMMAND}{' --quick' if options.quick else ''}`: {K} nearest by cosine; "
        f"{records.made_with()}.\n\n{measure.table(head, lines)}",
        encoding="utf-8",
    )
    measure.write(f"{out}\n")


if __name__ == "__main__":
    main()
