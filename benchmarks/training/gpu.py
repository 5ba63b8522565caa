"""What a GPU makes of the trainer's two large jobs: exact neighbours of 200,000 rows of 4,096, and a run of 10,000 pairs at 128 bits.

    python benchmarks/training/gpu.py                                    results/gpu.md and .jsonl; needs CUDA
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
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Figures, Group, Replay, cell_of, flat
from benchmarks.records import RESULTS, Records
from benchmarks.training.large_epoch import write_set

import hint_train
from hint_train import preset
from hint_train.structure.knn import nearest

COMMAND = "python benchmarks/training/gpu.py"
TOLERANCE = 0.05
"""What a mAP may be off on another device."""
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


def measured(device: str, rows: int, pairs: int, width: int) -> dict[str, Any]:
    """Seconds and figures of both jobs."""
    chosen = torch.device(device)
    seconds, exact = neighbours(rows, width, chosen)
    result = whole_run(pairs, width, chosen)
    return {
        "name": torch.cuda.get_device_name(chosen) if chosen.type == "cuda" else "no GPU",
        "sizes": {"device": device, "rows": rows, "pairs": pairs, "width": width},
        "neighbours": seconds,
        "exact": exact,
        "seconds": {stage: result.seconds[stage] for stage in ("prepare", "train", "evaluate", "total")},
        "mAP": {way: scores["map"] for way, scores in result.bits["128"].items()},
        "chance": result.chance,
    }


def groups(records: Records) -> Iterator[Group]:
    """Both jobs at once."""
    for line in records:
        cell = cell_of(records, line, _figures(line["value"]), "hint", tolerance=TOLERANCE)
        again = partial(_again, line["name"], line["value"]["sizes"])
        yield Group(name=line["name"], cells=[cell], measure=again, seconds=300, needs="a CUDA device")


def _again(name: str, sizes: dict[str, Any]) -> dict[str, Figures]:
    return {name: _figures(measured(**sizes))}


def _figures(value: dict[str, Any]) -> Figures:
    return flat({name: value[name] for name in ("exact", "mAP", "chance")})


REPLAY = Replay(groups=groups, left_out="seconds")


def report(found: dict[str, Any], command: str, made_with: str) -> str:
    """The page."""
    sizes, seconds = found["sizes"], found["seconds"]
    maps = ", ".join(f"{score:.3f}" for score in found["mAP"].values())
    width = f"{sizes['width']:,}"
    rows = [
        (f"{_K} neighbours of {sizes['rows']:,} × {width}, cosine", f"{found['neighbours']:.2f} s"),
        (f"of those of {_CHECKED} rows, found in float64 as well", f"{found['exact']:.2%}"),
        (f"{sizes['pairs']:,} pairs × {width}, 128 bits: graph, tree, proxies", f"{seconds['prepare']:.1f} s"),
        ("training", f"{seconds['train']:.1f} s"),
        ("evaluation", f"{seconds['evaluate']:.1f} s"),
        ("in all", f"{seconds['total']:.1f} s"),
        ("mAP I→T, T→I (chance)", f"{maps} ({found['chance']:.3f})"),
    ]
    text = f"# The large jobs on a GPU\n\n`{command}`: {found['name']}; {made_with}.\n\n"
    return text + measure.table(("", "measured"), rows)


def main() -> None:
    """Measure both and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--width", type=int, default=4096)
    parser.add_argument("--out", type=Path, default=RESULTS / "gpu.md")
    chosen = parser.parse_args()
    if chosen.device.startswith("cuda") and not torch.cuda.is_available():
        raise SystemExit("this machine has no CUDA device; --device cpu runs the same at sizes of your choice")
    records = Records(chosen.out.with_suffix(".jsonl"), COMMAND, ("torch",), fresh=True)
    found = records.value("both jobs", lambda: measured(chosen.device, chosen.rows, chosen.pairs, chosen.width))
    text = report(found, " ".join([COMMAND, *sys.argv[1:]]), records.made_with())
    chosen.out.write_text(text, encoding="utf-8")
    measure.write(text)


if __name__ == "__main__":
    main()
