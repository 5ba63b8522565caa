"""One epoch over 200,000 synthetic pairs: seconds and memory of `hint-train`, with the features mapped from an uncompressed .npz.

    python benchmarks/training/large_epoch.py                       results/large_epoch.md and .jsonl; the file is 0.65 GB
    python benchmarks/training/large_epoch.py --pairs 50000 --variant v1

Pairs belong to 2,000 groups; both modalities are noisy views of the group. Memory is sampled from outside twenty times a second:
what the process allocated (anonymous pages, which is what it needs beyond the features) and all that was resident, mapped
features included.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Cell, Figures, Group, Replay, cell_of, flat
from benchmarks.records import RESULTS, Records

COMMAND = "python benchmarks/training/large_epoch.py"
PAIRS, WIDTHS, VARIANT = 200_000, (512, 300), "v3"
TOLERANCE = 0.01
"""What a mAP may be off elsewhere; the number of communities may not."""
MARK = 6 * 10**9
_GROUPS, _QUERIES, _BLOCK = 2_000, 2_000, 10_000


def write_set(path: Path, n_pairs: int, widths: tuple[int, int]) -> None:
    """Write `n_pairs` training pairs and the queries, block by block: nothing of the set's size is ever held."""
    n = n_pairs + _QUERIES
    group = np.random.default_rng(0).integers(_GROUPS, size=n)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for seed, (name, width) in enumerate(zip(("image", "text"), widths, strict=True), 1):
            rng = np.random.default_rng(seed)
            centre = rng.standard_normal((_GROUPS, width), dtype=np.float32)
            with archive.open(f"{name}.npy", "w", force_zip64=True) as stream:
                header = {"descr": "<f4", "fortran_order": False, "shape": (n, width)}
                np.lib.format.write_array_header_1_0(stream, header)  # type: ignore[arg-type]
                for start in range(0, n, _BLOCK):
                    rows = centre[group[start : start + _BLOCK]]
                    stream.write((rows + 1.5 * rng.standard_normal(rows.shape, dtype=np.float32)).tobytes())
        labels = np.zeros((n, 100), dtype=np.uint8)
        labels[np.arange(n), group % 100] = 1
        small = {"query": np.arange(_QUERIES), "retrieval": np.arange(_QUERIES, n), "labels": labels}
        for name, array in small.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as stream:
                np.lib.format.write_array(stream, array, allow_pickle=False)


def watched(arguments: list[str]) -> tuple[str, int, int]:
    """Run `hint-train`; its output, and the peaks in bytes of what it allocated and of what was resident."""
    words = [sys.executable, "-c", "from hint_train.cli.train import main; main()", *arguments]
    with tempfile.TemporaryFile() as out:
        own = resident = 0
        with subprocess.Popen(words, stdout=out) as process:
            try:
                while process.poll() is None:
                    fields = _status(process.pid)
                    own, resident = max(own, fields.get("RssAnon", 0)), max(resident, fields.get("VmHWM", 0))
                    time.sleep(0.05)
            finally:  # whatever happens
                process.kill()
        if process.returncode:
            raise SystemExit(f"hint-train ended with {process.returncode}")
        out.seek(0)
        return out.read().decode(), own, resident


def _status(pid: int) -> dict[str, int]:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:  # it has just ended
        return {}
    return {k: int(v.split()[0]) * 1024 for k, _, v in (line.partition(":") for line in lines) if v.endswith(" kB")}


def epoch(pairs: int, widths: tuple[int, int], variant: str, folder: Path | None = None) -> dict[str, Any]:
    """Make the set and train one epoch on it."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        path = Path(scratch) / "large.npz"
        write_set(path, pairs, widths)
        options = ["--dataset", str(path), "--bits", "64", "--epochs", "1", "--variant", variant, "--search", "exact"]
        out, own, resident = watched([*options, "--out", str(Path(scratch) / "run"), "--json"])
        result = json.loads(out)
        found = {
            "file": path.stat().st_size,
            "communities": result["structure"]["communities"],
            "mAP": {way: scores["map"] for way, scores in result["bits"]["64"].items()},
            "chance": result["chance"],
            "seconds": {name: result["seconds"][name] for name in ("prepare", "train", "evaluate", "total")},
            "own": own,
            "resident": resident,
            "load": os.getloadavg()[0],
        }
    return found | {"pairs": pairs, "widths": list(widths), "variant": variant}


def report(row: dict[str, Any], command: str, made_with: str) -> str:
    """The page of results."""
    seconds = row["seconds"]
    maps = ", ".join(f"{score:.3f}" for score in row["mAP"].values())
    rows = [
        ("file of features and labels", f"{row['file'] / 1e9:.2f} GB, mapped"),
        ("graph, tree, proxies", f"{seconds['prepare']:.0f} s"),
        ("one epoch", f"{seconds['train']:.0f} s"),
        ("codes of all rows, mAP of 2,000 queries", f"{seconds['evaluate']:.1f} s"),
        ("in all", f"{seconds['total']:.0f} s"),
        ("communities", f"{row['communities']:,.0f}"),
        ("mAP I→T, T→I (chance)", f"{maps} ({row['chance']:.3f})"),
        ("allocated at the peak, beyond the features", f"{row['own'] / 1e9:.2f} GB (mark: {MARK / 1e9:.0f} GB)"),
        ("resident at the peak, mapped features included", f"{row['resident'] / 1e9:.2f} GB"),
    ]
    text = f"# An epoch over {row['pairs']:,} pairs\n\n`{command}`: {made_with}, load {row['load']:.1f}.\n\n"
    text += f"`hint-train --search exact --bits 64 --epochs 1 --variant {row['variant']}`, features of {row['widths'][0]} and {row['widths'][1]} numbers.\n\n"
    return text + measure.table(("", "measured"), rows)


def groups(records: Records) -> Iterator[Group]:
    """The one epoch."""
    for line in records:
        cell: Cell = cell_of(records, line, _figures(line["value"]), line["value"]["variant"], tolerance=TOLERANCE)
        again = partial(_again, line["name"])
        yield Group(name=line["name"], cells=[cell], measure=again, seconds=450, cores=2)


def _again(name: str) -> dict[str, Figures]:
    return {name: _figures(epoch(PAIRS, WIDTHS, VARIANT))}


def _figures(value: dict[str, Any]) -> Figures:
    return flat({name: value[name] for name in ("file", "communities", "mAP", "chance")})


REPLAY = Replay(groups=groups, left_out="seconds and memory")


def main() -> None:
    """Make the set, train, write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--widths", type=int, nargs=2, default=WIDTHS, metavar=("IMAGE", "TEXT"))
    parser.add_argument("--variant", default=VARIANT)
    parser.add_argument("--folder", type=Path, default=None, help="where the set is written; temporary by default")
    parser.add_argument("--render", action="store_true", help="measure nothing")
    parser.add_argument("--out", type=Path, default=RESULTS / "large_epoch.md")
    chosen = parser.parse_args()
    records = Records(chosen.out.with_suffix(".jsonl"), COMMAND, ("torch",), fresh=not chosen.render)
    name = f"{chosen.pairs:,} pairs, {chosen.variant}"
    row = records.value(name, lambda: epoch(chosen.pairs, tuple(chosen.widths), chosen.variant, chosen.folder))
    words = [word for word in sys.argv[1:] if word != "--render"]
    chosen.out.write_text(report(row, " ".join([COMMAND, *words]), records.made_with()))
    measure.write(chosen.out.read_text())
    if row["own"] > MARK:
        raise SystemExit("more memory than the mark")


if __name__ == "__main__":
    main()
