"""Neighbours found in cells beside exact ones: processor seconds, recall, and what it means for the tree.

    python benchmarks/training/neighbours.py            results/neighbours.md: four minutes of one core
    python benchmarks/training/neighbours.py --quick    4,000 rows, one round

Rows: the training images of fashion20k where HINT_SHARED_DATA has them, and made-up rows in two hundred groups. The exact search and
cells at several shares take turns; seconds are medians over the rounds, recall is the share of the exact neighbours that are found.
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import sys

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.training.figures import ROOT, SHARED

import hint_se
from hint_train.data import load_dataset
from hint_train.structure.cells import nearest_in_cells
from hint_train.structure.knn import nearest

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


def rows_of(name: str, features: np.ndarray, rounds: int) -> list[list[str]]:
    """Lines of the table for one set of rows."""
    searches: dict[str, Callable[[], Any]] = {"exact": lambda: nearest(features, K, "cosine", CPU)[0].numpy()}
    for share in SHARES:
        searches[f"cells, {share:g}"] = partial(_in_cells, features, share)
    seconds: dict[str, list[float]] = {label: [] for label in searches}
    index: dict[str, np.ndarray] = {}
    for _ in range(rounds):
        for label, search in searches.items():
            index[label], spent, _ = measure.timed(search)
            seconds[label].append(spent)
    lines = []
    for label, found in index.items():
        measure.write(f"{name}, {label}: {statistics.median(seconds[label]):.1f} s\n")
        near, far = (recall(found, index["exact"], k) for k in (20, K))
        lines.append(
            [
                name,
                label,
                f"{statistics.median(seconds[label]):.1f}",
                f"{near:.4f}",
                f"{far:.4f}",
                f"{entropy(found):.4f}",
            ]
        )
    return lines


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="4,000 rows, one round")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "neighbours.md")
    options = parser.parse_args()
    sets = {f"made up, {n:,} x 512": made_up(n) for n in ((4_000,) if options.quick else (5_000, 20_000))}
    if not options.quick and (SHARED / "fashion20k.npz").is_file():
        images = load_dataset(str(SHARED / "fashion20k.npz"), None).training_pairs().image
        sets["fashion20k's images, {:,} x {:,}".format(*images.shape)] = images
    lines = [line for name, rows in sets.items() for line in rows_of(name, rows, 1 if options.quick else 3)]
    head = ["rows", "search", "processor s", "recall of 20", f"recall of {K}", "bits of the tree of 20"]
    options.out.write_text(
        f"# Neighbours\n\n`python benchmarks/training/neighbours.py{' --quick' if options.quick else ''}`: {K} nearest by cosine on "
        f"{torch.get_num_threads()} threads; {measure.machine('torch', 'faiss-cpu')}.\n\n{measure.table(head, lines)}",
        encoding="utf-8",
    )
    measure.write(f"{options.out}\n")


if __name__ == "__main__":
    main()
