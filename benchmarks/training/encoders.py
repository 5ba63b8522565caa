"""Rows of features to packed codes: ONNX Runtime, NumPy and torch beside each other on one thread, and whether their bits agree.

    python benchmarks/training/encoders.py            results/encoders.md and .jsonl: a few minutes
    python benchmarks/training/encoders.py --check    a missed mark is exit status 1

A network of every kind that a run can have is trained for one epoch on each real set of HINT_SHARED_DATA: two layers (InfoNCE with the
networks of HINT), anchors (SRLCH), one linear layer (CVH). Its 10^5 rows are the set's over and over, scaled by random numbers close to 1.
The encoders take turns; seconds are processor seconds, medians over the rounds.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Figures, Group, Replay, cell_of
from benchmarks.records import RESULTS, Records
from benchmarks.training import accuracy_cells as plan
from benchmarks.training.figures import SHARED

from hint_train import Config, preset

COMMAND = "python benchmarks/training/encoders.py"
LIBRARIES = ("onnx", "onnxruntime", "numpy", "torch")
KINDS = {"two layers": "infonce", "anchors": "srlch", "one layer": "cvh"}
MODALITIES = ("image", "text")
ROWS, BATCH, ROUNDS, BITS = 100_000, 1000, 3, 64
EXACT, SINGLE, NUMPY, TORCH = "ONNX Runtime", "ONNX Runtime, single precision", "NumPy", "torch"
"""Names of the encoders; NumPy is the library's own."""
Encode = Callable[[np.ndarray], np.ndarray]


def config_of(dataset: str, kind: str) -> Config:
    """One epoch of the method that has networks of a kind."""
    base = plan.infonce_as_hint(0.9) if kind == "two layers" else preset("default", KINDS[kind])
    short = replace(base.optimiser, epochs=1)
    return replace(base, dataset=str(SHARED / f"{dataset}.npz"), bits=(BITS,), device="cpu", optimiser=short)


def encoders(run: Any, modality: str) -> dict[str, Encode]:
    """From rows to packed codes, by name."""
    import onnxruntime
    import torch

    from hint_train.export.onnx_model import onnx_model
    from hint_train.packing import pack
    from hint_train.training.conversion import to_torch
    from hint_train.training.networks import encode_in_blocks

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1

    def session(exact: bool) -> Encode:
        model = onnx_model(run, modality=modality, bits=BITS, seed=0, exact=exact).SerializeToString()
        made = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        return lambda rows: made.run(["codes"], {"features": rows})[0]

    network = to_torch(run.networks[BITS, 0][modality])
    return {
        EXACT: session(exact=True),
        SINGLE: session(exact=False),
        NUMPY: lambda rows: run.encode(rows, modality=modality),
        TORCH: lambda rows: pack(encode_in_blocks(network, torch.from_numpy(rows), BATCH).numpy()),
    }


def measured(dataset: str, kind: str, rounds: int) -> dict[str, dict[str, float]]:
    """By modality: items a second of every encoder, and bits that differ from the library's."""
    import hint_train

    with tempfile.TemporaryDirectory() as folder:
        hint_train.run(config_of(dataset, kind), Path(folder) / "run")
        run = hint_train.load(Path(folder) / "run")
    found: dict[str, dict[str, float]] = {}
    for modality in MODALITIES:
        with np.load(SHARED / f"{dataset}.npz") as data:
            real = data[modality].astype(np.float32)
        rows = real[np.arange(ROWS) % len(real)]
        rows[len(real) :] *= np.random.default_rng(0).uniform(0.9, 1.1, (ROWS - len(real), 1)).astype(np.float32)
        own = encoders(run, modality)
        codes: dict[str, np.ndarray] = {}
        seconds: dict[str, list[float]] = {name: [] for name in own}
        for _ in range(rounds):
            for name, encode in own.items():
                started = time.process_time()
                codes[name] = np.concatenate([encode(part) for part in np.split(rows, ROWS // BATCH)])
                seconds[name].append(time.process_time() - started)
        rates = {f"{name}, items a second": ROWS / statistics.median(spent) for name, spent in seconds.items()}
        bits = {f"{name}, bits": float(np.bitwise_count(codes[name] ^ codes[NUMPY]).sum()) for name in own}
        found[modality] = {**rates, **bits}
    return found


def groups(records: Records) -> Iterator[Group]:
    """The networks of a set and a kind: only whether the exact model has the library's bits, which no machine may change."""
    for part in dict.fromkeys((line["set"], line["kind"]) for line in records):
        lines = [line for line in records if (line["set"], line["kind"]) == part]
        cells = [
            cell_of(records, line, _compared(line["value"]), line["kind"], line["set"], tolerance=0) for line in lines
        ]
        yield Group(name=", ".join(part), cells=cells, measure=functools.partial(_again, *part), seconds=30)


def _compared(value: dict[str, float]) -> Figures:
    return {f"{EXACT}, bits": value[f"{EXACT}, bits"]}


def _again(dataset: str, kind: str) -> dict[str, Figures]:
    return {f"{dataset}, {kind}, {m}": _compared(value) for m, value in measured(dataset, kind, 1).items()}


REPLAY = Replay(
    groups=groups, left_out="items a second; bits of torch and of single precision, which are the machine's"
)


def held(value: dict[str, float]) -> bool:
    """Whether ONNX Runtime is no slower than torch, and has the library's bits."""
    faster = value[f"{EXACT}, items a second"] >= value[f"{TORCH}, items a second"]
    return faster and not value[f"{EXACT}, bits"]


def report(records: Records) -> str:
    """The table."""
    names = (EXACT, SINGLE, NUMPY, TORCH)
    rows = [
        [
            line["name"],
            *(f"{line['value'][f'{name}, items a second']:,.0f}" for name in names),
            *(f"{line['value'][f'{name}, bits']:.0f}" for name in (EXACT, SINGLE, TORCH)),
        ]
        for line in records
    ]
    marks = sum(held(line["value"]) for line in records)
    head = ["network", *names, *(f"{name}: other bits" for name in (EXACT, SINGLE, TORCH))]
    return (
        f"# Encoders\n\n`{COMMAND}`: {records.made_with()}.\n\nItems a second from rows of features to packed codes of {BITS} bits, one thread, "
        f"{BATCH:,} rows at a time, {ROWS:,} rows, the encoders in turn, medians of processor time; then how many of the {ROWS * BITS:,} bits differ from the library's. "
        f"NumPy is the library's own encoder (`hint_train.load(...).encode`).\n\nMark: ONNX Runtime no slower than torch, and none of its "
        f"bits another: held in {marks} of {len(records)} rows.\n\n{measure.table(head, rows)}"
    )


def main() -> None:
    """Measure what is missing and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--render", action="store_true", help="measure nothing")
    parser.add_argument("--fresh", action="store_true", help="forget all figures first")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--out", type=Path, default=RESULTS / "encoders.md")
    parser.add_argument("--part", nargs=2, metavar=("SET", "KIND"), help="measure one part here and print it as JSON")
    options = parser.parse_args()
    if options.part:
        measure.write(json.dumps(measured(*options.part, ROUNDS)) + "\n")
        return
    records = Records(options.out.with_suffix(".jsonl"), COMMAND, LIBRARIES, same_machine=True, fresh=options.fresh)
    present = [name for name in plan.SETS[::-1] if (SHARED / f"{name}.npz").is_file()]  # the large set last
    for dataset, kind in [] if options.render else [(name, kind) for name in present for kind in KINDS]:
        if records.get(f"{dataset}, {kind}, text") is not None:
            continue
        found = measure.child([__file__, "--part", dataset, kind], 3600)
        if found.pop("status") != "ok":
            raise SystemExit(f"{dataset}, {kind}: {found.get('why', 'late')}")
        for modality, value in found.items():
            records.add({"name": f"{dataset}, {kind}, {modality}", "set": dataset, "kind": kind, "value": value})
            measure.write(f"{dataset}, {kind}, {modality}: {value}\n")
        options.out.write_text(report(records), encoding="utf-8")
    options.out.write_text(report(records), encoding="utf-8")
    if options.check and not all(held(line["value"]) for line in records):
        raise SystemExit("a mark was missed")


if __name__ == "__main__":
    main()
