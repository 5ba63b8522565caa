"""Runs of one, two and four processes on the CPU, in turn: figures beside those of one process, seconds, and whether they come again.

    python benchmarks/training/ranks.py                 results/ranks.md and .jsonl; some ten minutes on two cores
    python benchmarks/training/ranks.py --rounds 5      medians of so many runs each

Every process has one thread. The table has the default run on wikipedia-t100, and one whose steps are mostly products of wide networks.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the folder above `benchmarks`

from benchmarks import measure
from benchmarks.cells import Cell, Figures, Group, Replay, cell_of, flat
from benchmarks.records import RESULTS, ROOT, Line, Records
from benchmarks.training.figures import SHARED
from benchmarks.training.kill_resume import fingerprint

COMMAND = "python benchmarks/training/ranks.py"
SIZES = (1, 2, 4)
RUNS = {"default": [], "wide": ["--hidden", "4096", "--batch", "1024", "--epochs", "4"]}
TOLERANCE = 0.05
"""What a mAP may be off elsewhere: rounding grows over hundreds of steps to what another seed does."""


def once(size: int, options: list[str]) -> dict[str, Any]:
    """One run: mAP of both directions, the loss of the first epoch, seconds by stage, and the digests of all it leaves."""
    start = [] if size == 1 else ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(size)]
    with tempfile.TemporaryDirectory() as folder:
        words = [*start, "-m", "hint_train", "--dataset", str(SHARED / "wikipedia-t100.npz"), "--bits", "64"]
        path = os.pathsep.join([str(ROOT / "python"), os.environ.get("PYTHONPATH", "")])
        done = subprocess.run(
            [sys.executable, *words, *options, "--device", "cpu", "--quiet", "--json", "--out", f"{folder}/run"],
            env=measure.threads(1) | {"PYTHONPATH": path, "TMPDIR": folder, "OMP_WAIT_POLICY": "PASSIVE"},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"{size} processes ended with {done.returncode}")
        result = json.loads(done.stdout)
        first = json.loads((Path(folder) / "run" / "metrics.jsonl").read_text().splitlines()[0])
        return {
            "mAP": {way: scores["map"] for way, scores in result["bits"]["64"].items()},
            "loss": first["loss"],
            "seconds": {name: result["seconds"][name] for name in ("prepare", "train")},
            "digests": fingerprint(Path(folder) / "run"),
        }


def measured(rounds: int) -> list[Line]:
    """Every run of every size, in turn; medians of the seconds."""
    found: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for number in range(rounds):
        for kind, options in RUNS.items():
            for size in SIZES:
                found[kind, size].append(once(size, options))
                measure.write(
                    f"round {number + 1}, {kind}, {size}: {found[kind, size][-1]['seconds']}, load {os.getloadavg()[0]:.1f}\n"
                )
    return [
        {
            "name": f"{kind}, {size} process{'es' if size > 1 else ''}",
            "kind": kind,
            "size": size,
            "mAP": runs[0]["mAP"],
            "loss": runs[0]["loss"],
            "seconds": {stage: statistics.median(x["seconds"][stage] for x in runs) for stage in ("prepare", "train")},
            "again": all(x["digests"] == runs[0]["digests"] for x in runs),
        }
        for (kind, size), runs in found.items()
    ]


def report(records: Records) -> str:
    """The page of results."""
    made = records.header["settings"]
    one = {line["kind"]: line for line in records if line["size"] == 1}
    rows = []
    for line in records:
        before = one[line["kind"]]
        rows.append(
            (
                line["name"],
                " ".join(f"{value:.4f}" for value in line["mAP"].values()),
                f"{abs(line['loss'] / before['loss'] - 1):.1g}" if line is not before else "",
                f"{line['seconds']['train']:.1f} s",
                f"{line['seconds']['train'] / before['seconds']['train']:.2f}",
                "the same" if line["again"] else "OTHERS",
            )
        )
    text = f"# Several processes\n\n`{COMMAND} --rounds {made['rounds']}`: {records.made_with()}; "
    text += f"load before the first run {made['load']:.1f}.\n\n"
    text += "wikipedia-t100 at 64 bits, one thread each. Wide: `" + " ".join(RUNS["wide"]) + "`. "
    text += "Loss: relative difference of the first epoch's mean. "
    text += "Runs took turns; where the load is above the number of cores, their seconds say little.\n\n"
    head = ("", "mAP I→T, T→I", "loss off by", "training", "÷ one process", "bits of all rounds")
    return text + measure.table(head, rows)


def groups(records: Records) -> Iterator[Group]:
    """Every run."""
    for line in records:
        cell: Cell = cell_of(records, line, _figures(line), line["kind"], tolerance=TOLERANCE)
        yield Group(
            name=line["name"], cells=[cell], measure=partial(_again, line), seconds=sum(line["seconds"].values()) + 15
        )


def _again(line: Line) -> dict[str, Figures]:
    return {line["name"]: _figures(once(line["size"], RUNS[line["kind"]]))}


def _figures(line: Line) -> Figures:
    return flat({"mAP": line["mAP"], "loss": line["loss"]})


REPLAY = Replay(groups=groups, left_out="seconds")


def main() -> None:
    """Measure every run and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--render", action="store_true", help="measure nothing")
    parser.add_argument("--out", type=Path, default=RESULTS / "ranks.md")
    chosen = parser.parse_args()
    if not chosen.render and not (SHARED / "wikipedia-t100.npz").is_file():
        raise SystemExit("wikipedia-t100.npz is not in HINT_SHARED_DATA")
    settings = None if chosen.render else {"rounds": chosen.rounds, "load": round(os.getloadavg()[0], 1)}
    records = Records(chosen.out.with_suffix(".jsonl"), COMMAND, ("torch",), settings=settings, fresh=not chosen.render)
    for line in [] if chosen.render else measured(chosen.rounds):
        records.add(line)
    chosen.out.write_text(report(records))
    measure.write(chosen.out.read_text())


if __name__ == "__main__":
    main()
