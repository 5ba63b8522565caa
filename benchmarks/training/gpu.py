"""What a GPU makes of the trainer's two large jobs: exact neighbours of 200,000 rows of 4,096, and a run of 10,000 pairs at 128 bits.

    python benchmarks/training/gpu.py                                    results/gpu.md; needs CUDA
    python benchmarks/training/gpu.py --device cpu --rows 4000 --pairs 1000 --width 256 --out gpu.md
                                                                the same on a CPU, for a look at what it does

The pairs are those of large_epoch.py, noisy views of groups. Neighbours are timed after a small call has warmed the
device up, and checked on 100 rows against float64; the run is `hint-train` with its defaults, from features on the host to figures.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.training.large_epoch import write_set

import hint_train
from hint_train import preset
from hint_train.structure.knn import nearest

ROOT = Path(__file__).resolve().parents[2]
_K, _CHECKED = 20, 100


def finished(device: torch.device) -> float:
    """The time once the device has nothing left to do."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


def neighbours(n: int, width: int, device: torch.device) -> tuple[float, float]:
    """Seconds of the exact neighbours, and the share of those of 100 rows that float64 finds as well."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.npz"
        write_set(path, n, (width, 1))
        with np.load(path) as held:
            rows = held["image"][:n]
    nearest(rows[:1000], _K, device=device)
    began = finished(device)
    index, _ = nearest(rows, _K, device=device)
    seconds = finished(device) - began
    chosen = np.random.default_rng(2).choice(n, _CHECKED, replace=False)
    unit = rows.astype(np.float64)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    products = unit[chosen] @ unit.T
    products[np.arange(_CHECKED), chosen] = -2
    exact = np.argpartition(-products, _K, axis=1)[:, :_K]
    found = index.cpu().numpy()[chosen]
    return seconds, float(np.mean([len(np.intersect1d(a, b)) / _K for a, b in zip(exact, found, strict=True)]))


def whole_run(n_pairs: int, width: int, device: torch.device) -> hint_train.Result:
    """A run of `n_pairs` training pairs at 128 bits, evaluated with the queries beside them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pairs.npz"
        write_set(path, n_pairs, (width, width // 4))
        config = replace(preset("default"), dataset=str(path), bits=(128,), device=str(device))
        return hint_train.run(config, Path(folder) / "run")


def main() -> None:
    """Measure both and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--width", type=int, default=4096)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "gpu.md")
    chosen = parser.parse_args()
    device = torch.device(chosen.device)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise SystemExit("this machine has no CUDA device; --device cpu runs the same at sizes of your choice")
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "no GPU"
    seconds, exact = neighbours(chosen.rows, chosen.width, device)
    result = whole_run(chosen.pairs, chosen.width, device)
    maps = ", ".join(f"{scores['map']:.3f}" for scores in result.bits["128"].values())
    rows = [
        (f"{_K} neighbours of {chosen.rows:,} × {chosen.width:,}, cosine", f"{seconds:.2f} s"),
        ("of those of 100 rows, found in float64 as well", f"{exact:.2%}"),
        (
            f"{chosen.pairs:,} pairs × {chosen.width:,}, 128 bits: graph, tree, proxies",
            f"{result.seconds['prepare']:.1f} s",
        ),
        ("training", f"{result.seconds['train']:.1f} s"),
        ("evaluation", f"{result.seconds['evaluate']:.1f} s"),
        ("in all", f"{result.seconds['total']:.1f} s"),
        ("mAP I→T, T→I (chance)", f"{maps} ({result.chance:.3f})"),
    ]
    command = " ".join(["python benchmarks/training/gpu.py", *sys.argv[1:]])
    text = f"# The large jobs on a GPU\n\n`{command}`: {name}; {measure.machine('torch')}.\n\n"
    chosen.out.write_text(text + measure.table(("", "measured"), rows), encoding="utf-8")
    measure.write(chosen.out.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
