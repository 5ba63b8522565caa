"""The speed table of the trainer, with its marks: one command, about two minutes on two idle cores.

    python benchmarks/training/speed.py                     results/speed.md and .jsonl
    python benchmarks/training/speed.py --check             a missed mark is exit status 1
    python benchmarks/training/speed.py --rounds 3          medians of so many processes each

Every figure comes from a process of its own. Seconds are wall time, because a user waits for that; the processor seconds beside
them say what an idle machine needs, and the load says how idle this one was. fashion20k is read from HINT_SHARED_DATA.
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
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Before torch is loaded, as the command hint-train does: threads that spin at barriers stall where cores are shared.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Replay
from benchmarks.records import RESULTS, Records
from benchmarks.training.figures import SHARED

COMMAND = "python benchmarks/training/speed.py"
REPLAY = Replay(left_out="all of it: seconds and memory")


def whole_run() -> dict[str, float]:
    """`hint-train` with its defaults on fashion20k at 64 bits: seconds by stage, and the peak of the process."""
    path = SHARED / "fashion20k.npz"
    with tempfile.TemporaryDirectory() as folder:
        words = [
            "-c",
            "from hint_train.cli.train import main; main()",
            "--dataset",
            str(path),
            "--bits",
            "64",
            "--quiet",
            "--json",
        ]
        began, before = time.monotonic(), os.times()
        done = subprocess.run(
            [sys.executable, *words, "--out", f"{folder}/run"], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"hint-train failed: {done.stderr.strip()}")
        after = os.times()
    result = json.loads(done.stdout)
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return {
        "prepare": result["seconds"]["prepare"],
        "seconds": time.monotonic() - began,
        "processor": used,
        "peak": result["peak_memory_bytes"],
    }


def retrieval(n_query: int, n_database: int, classes: int) -> dict[str, float]:
    """Seconds of mAP@all, @50 and @5000 in one direction at 64 bits, after a small one has warmed up; memory above the start's."""
    from hint_train.retrieval.evaluate import evaluate

    rng = np.random.default_rng(0)
    query, database = (rng.integers(256, size=(n, 8), dtype=np.uint8) for n in (n_query, n_database))
    of_query, of_database = (rng.integers(10, size=(n, classes), dtype=np.uint8) == 0 for n in (n_query, n_database))
    evaluate(query[:10], database[:1000], of_query[:10], of_database[:1000], bits=64)
    (_, processor, wall), above, _ = measure.peak_above(
        lambda: measure.timed(lambda: evaluate(query, database, of_query, of_database, bits=64))
    )
    return {"seconds": wall, "processor": processor, "above": above}


def step() -> dict[str, float]:
    """A training step of HINT beside one of UCCH, see bench_step.py."""
    from benchmarks.training import bench_step

    return bench_step.compare(100)


PARTS: dict[str, Callable[[], dict[str, float]]] = {
    "run": whole_run,
    "map": lambda: retrieval(2_000, 18_000, 24),
    "map-large": lambda: retrieval(2_100, 184_000, 21),
    "step": step,
}


def measured(part: str, rounds: int) -> dict[str, float]:
    """Medians of a part over several processes."""
    found: list[dict[str, Any]] = []
    for _ in range(rounds):
        answer = measure.child([__file__, "--part", part], 3600, cpus=None)
        if answer.pop("status") != "ok":
            raise SystemExit(f"{part}: {answer.get('why', 'late')}")
        found.append(answer)
        measure.write(f"{part}: {answer}\n")
    return {key: statistics.median(float(one[key]) for one in found) for key in found[0]}


def rows(found: dict[str, dict[str, float]]) -> list[dict[str, Any]]:
    """What is shown: name, value, mark, unit, and a note."""
    out: list[dict[str, Any]] = []

    def add(name: str, value: float, mark: float, unit: str, note: str = "") -> None:
        out.append({"name": name, "value": value, "mark": mark, "unit": unit, "note": note})

    if "run" in found:
        run = found["run"]
        add("fashion20k, 64 bits: graph, tree and proxies", run["prepare"], 8, "s")
        processor = f" ({run['processor']:.0f} processor s)"
        add("the whole run, from the shell to the result", run["seconds"], 60, "s", processor)
        add("its peak memory", run["peak"] / 1e9, 2.5, "GB")
    for part, name, mark in (("map", "2,000 × 18,000", 1), ("map-large", "2,100 × 184,000", 20)):
        one = found[part]
        add(f"mAP of {name} at 64 bits", one["seconds"], mark, "s", f" ({one['processor']:.2f} processor s)")
        add(f"memory that mAP of {name} takes", one["above"] / 1e9, 1, "GB")
    one = found["step"]
    note = f" ({1000 * one['hint']:.0f} ms and {1000 * one['ucch']:.0f} ms)"
    add("HINT's step over a plain step of UCCH, processor time", one["ratio"], 1.3, "×", note)
    return out


def held(row: dict[str, Any]) -> bool:
    """Whether a row keeps its mark."""
    return bool(row["value"] <= row["mark"])


def main() -> None:
    """Measure every part and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--part", choices=PARTS, help="measure one part here and print it as JSON")
    parser.add_argument("--render", action="store_true", help="measure nothing")
    parser.add_argument("--out", type=Path, default=RESULTS / "speed.md")
    chosen = parser.parse_args()
    if chosen.part:
        measure.write(json.dumps(PARTS[chosen.part]()) + "\n")
        return
    settings = None if chosen.render else {"rounds": chosen.rounds, "load": round(os.getloadavg()[0], 1)}
    records = Records(chosen.out.with_suffix(".jsonl"), COMMAND, ("torch",), settings=settings, fresh=not chosen.render)
    parts = [] if chosen.render else list(PARTS)
    if "run" in parts and not (SHARED / "fashion20k.npz").is_file():
        measure.write("fashion20k.npz is not in HINT_SHARED_DATA: the whole run is left out\n")
        parts.remove("run")
    for row in rows({part: measured(part, chosen.rounds) for part in parts}) if parts else []:
        records.add(row)
    made = records.header["settings"]
    text = f"# Speed of the trainer\n\n`{COMMAND} --rounds {made['rounds']}`: {records.made_with()}; "
    text += f"load before the first run {made['load']:.1f}.\n\n"
    shown = [
        (
            row["name"],
            f"{row['value']:.2f} {row['unit']}{row['note']}",
            f"≤ {row['mark']:g} {row['unit']}",
            "held" if held(row) else "MISSED",
        )
        for row in records
    ]
    text += measure.table(("", "measured", "mark", ""), shown)
    chosen.out.write_text(text)
    measure.write(text)
    if chosen.check and not all(held(row) for row in records):
        raise SystemExit("a mark was missed")


if __name__ == "__main__":
    main()
