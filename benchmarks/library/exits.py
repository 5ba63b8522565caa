"""Run `hint-train` many times on a tiny data set under a watchdog, to see that every process ends once its results are written.

    python benchmarks/library/exits.py --runs 1000        appends to results/exits.jsonl; some seconds a run
    python benchmarks/library/exits.py --minutes 30       as many runs as the time allows

A process that is still there `--patience` seconds after its `result.json` appeared is looked at before it is ended: the state and the
place in the kernel of each of its threads, and by SIGABRT the Python stack of each, which `faulthandler` prints. The exit code is 1
if there was one.
"""

from __future__ import annotations

import argparse
import collections
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.records import described, session

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "benchmarks" / "results" / "exits.jsonl"
CODE = "import faulthandler; faulthandler.enable(); from hint_train.cli.train import main; main()"
#: Every way to a result that loads something else: networks, closed forms, a grid of no steps.
METHODS = ("hint", "ucch", "cvh", "djsrh")


def tiny(path: Path) -> None:
    """Sixty pairs of three kinds."""
    rng = np.random.default_rng(0)
    labels = np.eye(3, dtype=np.uint8)[rng.integers(3, size=60)]
    image, text = rng.standard_normal((60, 5)), rng.standard_normal((60, 4))
    np.savez(path, image=image, text=text, labels=labels, query=np.arange(12), retrieval=np.arange(12, 60))


def threads(pid: int) -> list[str]:
    """Name, state and place in the kernel of every thread of a process, where the system says so."""
    found = []
    for task in sorted(Path(f"/proc/{pid}/task").glob("*")):
        name, state, place = (_read(task / what) for what in ("comm", "status", "wchan"))
        word = next((line.split(":")[1].strip() for line in state.splitlines() if line.startswith("State")), "?")
        found.append(f"{task.name} {name.strip()}: {word}, {place or '?'}")
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def one(dataset: Path, folder: Path, method: str, patience: float) -> dict[str, Any]:
    """One run: its exit code, the seconds that it lived on after its results, and what was seen if that took too long."""
    options = ["--dataset", dataset, "--method", method, "--bits", "8", "--out", folder, "--quiet", "--json"]
    if method != "cvh":
        options += ["--epochs", "1", "--batch", "16"]
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", CODE, *map(str, options)], stdout=subprocess.DEVNULL, stderr=log
        )
        written = math.inf
        while process.poll() is None:
            if math.isinf(written) and (folder / "result.json").is_file():
                written = time.monotonic()
            if time.monotonic() - written > patience:
                break
            time.sleep(0.02)
        late = process.poll() is None
        seen = threads(process.pid) if late else []
        if late:
            process.send_signal(signal.SIGABRT)
            time.sleep(2)
            process.kill()
        process.wait()
        lived = max(0.0, time.monotonic() - written) if not math.isinf(written) else None
        log.seek(0)
        said = log.read()[-20_000:] if late or process.returncode else ""
    return {"method": method, "code": process.returncode, "lived": lived, "late": late, "threads": seen, "said": said}


def main() -> None:
    """Run, and say how many did not end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=math.inf)
    parser.add_argument("--patience", type=float, default=60.0, help="seconds after the results")
    parser.add_argument("--out", type=Path, default=KEPT)
    chosen = parser.parse_args()
    began, ends, longest = time.monotonic(), collections.Counter[str](), 0.0
    trouble: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch:
        tiny(Path(scratch) / "tiny.npz")
        for i in range(chosen.runs):
            if time.monotonic() - began > 60 * chosen.minutes:
                break
            found = one(Path(scratch) / "tiny.npz", Path(scratch) / str(i), METHODS[i % len(METHODS)], chosen.patience)
            ends["late" if found["late"] else "ended" if found["code"] == 0 else "failed"] += 1
            longest = max(longest, found["lived"] or 0.0)
            if found["late"] or found["code"]:
                trouble.append(found)
                measure.write(json.dumps(found, indent=2) + "\n")
    line = {
        "machine": described([session(("torch",))]),
        "cores": os.cpu_count(),
        "runs": sum(ends.values()),
        **{name: ends[name] for name in ("ended", "failed", "late")},
        "patience_seconds": chosen.patience,
        "longest_seconds_after_results": round(longest, 2),
        "minutes": round((time.monotonic() - began) / 60, 1),
        "trouble": trouble,
    }
    with chosen.out.open("a") as stream:
        stream.write(json.dumps(line) + "\n")
    measure.write(f"{line['runs']} runs: {line['ended']} ended, {line['failed']} failed, {line['late']} lived on\n")
    if ends["late"] or ends["failed"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
