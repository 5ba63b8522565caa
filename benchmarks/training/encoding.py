"""Saved networks in NumPy: which bits depend on company, threads or the library, and items a second beside torch.

    python benchmarks/training/encoding.py              results/encoding.md and .jsonl: five minutes of one core
    python benchmarks/training/encoding.py --quick      one method, one code length; into build/benchmarks
    python benchmarks/training/encoding.py --check      a bit that depends on company or threads is exit status 1

Networks of three kinds are trained on fashion20k, which is read from HINT_SHARED_DATA, and encode all of its pairs. Company: 8,000 rows
alone against blocks of 1,000. Threads: 1, 2 and 4, in processes of their own. The library: the codes that the run left, which torch
made. Near zero: what float32 was off at most, as a share of the length of the two vectors whose product an output is; an output
below 1/500,000 of it is computed again in float64. Seconds are of one thread, medians of rounds in which both take turns.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

# Before any library starts its threads; the children that count with others set these anew.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Replay
from benchmarks.records import QUICK, RESULTS, ROOT, Records

import hint_train
from hint_train.data.pairs import MODALITIES
from hint_train.encoding import networks
from hint_train.encoding.networks import Network

COMMAND = "python benchmarks/training/encoding.py"
REPLAY = Replay(left_out="all of it: seconds, and counts of bits that the last rounding of a product decides")
SET = Path(os.environ.get("HINT_SHARED_DATA", ROOT.parent / "shared" / "data")) / "fashion20k.npz"
METHODS, BITS, BLOCK, ALONE = ("infonce", "cvh", "srlch"), (16, 64, 128), 1000, 8000
THREADS = (1, 2, 4)


def trained(method: str, bits: tuple[int, ...], folder: Path) -> Path:
    """A short run; what its networks are worth does not matter here."""
    config = hint_train.preset("default", method)
    config = replace(config, dataset=str(SET), bits=bits, optimiser=replace(config.optimiser, epochs=3))
    hint_train.run(config, folder / method)
    return folder / method


def parts(folder: Path) -> Iterator[tuple[str, Network, np.ndarray, np.ndarray]]:
    """Name, network, features and left codes of every code length and modality of a run."""
    run, arrays = hint_train.load(folder), np.load(SET)
    for (bits, seed), pair in run.networks.items():
        for modality in MODALITIES:
            codes = run.codes(modality=modality, bits=bits, seed=seed)
            ones = np.unpackbits(codes, axis=1, count=bits, bitorder="little").astype(bool)
            yield f"{bits}-{modality}", pair[modality], arrays[modality].astype(np.float32), ones


def by_blocks(network: Network, rows: np.ndarray, size: int) -> np.ndarray:
    """Outputs in blocks of `size` rows."""
    return np.concatenate([network.outputs(rows[i : i + size]) for i in range(0, len(rows), size)])


def digests(folder: Path) -> dict[str, str]:
    """A digest of the bits of each network, on as many threads as this process may have."""
    found = {}
    for name, network, rows, _ in parts(folder):
        found[name] = hashlib.sha256(np.packbits(by_blocks(network, rows, BLOCK) >= 0).tobytes()).hexdigest()
    return found


def on_threads(folder: Path) -> int:
    """How many networks have other bits on some number of threads."""
    found = []
    for count in THREADS:
        words = [sys.executable, __file__, "--digests", str(folder)]
        done = subprocess.run(words, capture_output=True, text=True, check=True, env=measure.threads(count))
        found.append(json.loads(done.stdout))
    return sum(len({one[name] for one in found}) > 1 for name in found[0])


def turned(network: Network, rows: np.ndarray, together: np.ndarray) -> tuple[int, int]:
    """How many bits of the first rows are others alone than in company, and how many bits that is of."""
    alone = by_blocks(network, rows[:ALONE], 1) >= 0
    return int((alone != (together[:ALONE] >= 0)).sum()), alone.size


def counted(folder: Path) -> dict[str, Any]:
    """Counts of bits over all networks of a run."""
    value = dict.fromkeys(("bits", "alone", "company", "company in float32", "torch"), 0)
    again, rows_seen, worst = 0, 0, 0.0
    for _, network, rows, left in parts(folder):
        together = by_blocks(network, rows, BLOCK)
        other, count = turned(network, rows, together)
        value["bits"], value["alone"] = value["bits"] + together.size, value["alone"] + count
        value["company"] += other
        value["torch"] += int(((together >= 0) != left).sum())
        near, networks._NEAR = networks._NEAR, 0.0  # float32 alone
        plain = by_blocks(network, rows, BLOCK)
        value["company in float32"] += turned(network, rows, plain)[0]
        networks._NEAR = near
        hidden = network._hidden(rows.astype(np.float64))
        weight, bias = (part.astype(np.float64) for part in network.layers[-1])
        size = np.linalg.norm(hidden, axis=1)[:, None] * np.linalg.norm(weight, axis=1)
        # A row of zeros has an output without rounding, and no length.
        worst = max(worst, float((np.abs(plain - (hidden @ weight.T + bias)) / np.where(size > 0, size, np.inf)).max()))
        again += int((np.abs(plain) < near * size).any(axis=1).sum())
        rows_seen += len(rows)
    return {**value, "again": again / rows_seen, "worst": worst, "threads": on_threads(folder)}


def speed(folder: Path, rounds: int) -> dict[str, float]:
    """Rows a processor second of NumPy, and how many times torch's, at three sizes of a batch on one thread."""
    import torch

    from hint_train.training.conversion import to_torch
    from hint_train.training.networks import encode_in_blocks

    torch.set_num_threads(1)
    network = hint_train.load(folder).networks[64, 0]["image"]
    other, features, value = to_torch(network), np.load(SET)["image"].astype(np.float32), {}
    for size, repeats in ((1, 20), (1000, 5), (20_000, 1)):
        work = {
            "numpy": partial(_repeated, repeats, by_blocks, network, features[:size], 4096),
            "torch": partial(_repeated, repeats, encode_in_blocks, other, torch.from_numpy(features[:size])),
        }
        seconds: dict[str, list[float]] = {name: [] for name in work}
        for _ in range(rounds):
            for name, call in work.items():
                seconds[name].append(measure.timed(call)[1] / repeats)
        value[f"numpy, {size}"] = size / statistics.median(seconds["numpy"])
        value[f"ratio, {size}"] = statistics.median(b / a for a, b in zip(*seconds.values(), strict=True))
    return value


def _repeated(times: int, call: Callable[..., object], *arguments: object) -> None:
    for _ in range(times):
        call(*arguments)


def report(records: Records, quick: bool) -> str:
    """Both tables."""
    bits, speeds = [], []
    for line in records:
        value = line["value"]
        names = ("bits", "torch", "alone", "company", "company in float32", "threads")
        counts = [f"{value[name]:,}" for name in names]
        bits.append([line["name"], *counts, f"{value['worst']:.1e}", f"{value['again']:.2%}"])
        speeds.append(
            [line["name"]]
            + [x for n in (1, 1000, 20_000) for x in (f"{value[f'numpy, {n}']:,.0f}", f"{value[f'ratio, {n}']:.2f}")]
        )
    heads = (
        ["method", "bits", "≠ torch's", "bits of rows alone", "≠ in company", "in float32 alone"],
        ["method", "rows a second, 1", "× torch", "1,000", "× torch ", "20,000", "× torch  "],
    )
    heads[0].extend(["networks that threads change", "float32 off by at most", "rows computed again"])
    return (
        f"# Encoding with saved networks\n\n`{COMMAND}{' --quick' if quick else ''}`: all pairs of fashion20k; "
        f"{records.made_with()}.\n\n## Bits\n\n{measure.table(heads[0], bits)}\n"
        f"## Items a second\n\n64 bits, images, one thread; torch in blocks padded to 1,024 rows, as runs are evaluated.\n\n"
        f"{measure.table(heads[1], speeds)}"
    )


def main() -> None:
    """Measure and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one method, one code length; into build/benchmarks")
    parser.add_argument("--check", action="store_true", help="exit status 1 where bits depend on company or threads")
    parser.add_argument("--digests", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.digests:
        measure.write(json.dumps(digests(options.digests)))
        return
    out = (QUICK if options.quick else RESULTS) / "encoding.md"
    records = Records(out.with_suffix(".jsonl"), COMMAND, ("numpy", "torch"), fresh=True)
    with tempfile.TemporaryDirectory() as folder:
        for method in METHODS[:1] if options.quick else METHODS:
            run = trained(method, (64,) if options.quick else BITS, Path(folder))
            line = records.add({"name": method, "value": counted(run) | speed(run, 3 if options.quick else 9)})
            measure.write(f"{line}\n")
    out.write_text(report(records, options.quick), encoding="utf-8")
    measure.write(f"{out}\n")
    if options.check and any(line["value"]["company"] or line["value"]["threads"] for line in records):
        raise SystemExit("bits depend on company or threads")


if __name__ == "__main__":
    main()
